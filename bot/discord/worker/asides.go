package worker

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
)

// asides are short pieces of work beside the questions, each on a goroutine of its
// own, and not more than there is room for.
type asides struct {
	sync.WaitGroup
	Mu   sync.Mutex
	N    int
	said map[string]int // by the place where something is said
}

// asideRoom is how many asides there are at a time.
const asideRoom = 512

// enter takes one of the places, or tells that there is none. What is said in a
// place has to share half of them, for it may have to wait; what is urgent, such as
// a click that has to be answered within seconds, names no place.
func (a *asides) Enter(place string) (leave func(), ok bool) {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	if a.N >= asideRoom || place != "" && (a.N >= asideRoom/2 || a.said[place] >= asideRoom/16) {
		return nil, false
	}
	a.N++
	a.said[place]++
	return func() {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		a.N--
		if a.said[place]--; a.said[place] == 0 {
			delete(a.said, place)
		}
	}, true
}

// Aside runs a short piece of work for who asked, beside the questions.
func (b *Worker) Aside(post context.Context, e event.Envelope, place string, run func(context.Context) error) {
	post = bot.About(post, e.Question.ID)
	leave, ok := b.Asides.Enter(place)
	if !ok {
		b.Log.WarnContext(post, "there is no room to answer", "channel", e.Question.Place)
		return
	}
	b.Asides.Go(func() {
		defer leave()
		defer b.Survive("doing something beside the questions")
		ctx, cancel := context.WithTimeout(post, time.Minute)
		defer cancel()
		err := run(ctx)
		b.Failed(ctx, e.Question.Place, err)
		b.Unheard(ctx, e, err)
	})
}

// Survive keeps a panic from ending the process. Defer it.
func (b *Worker) Survive(doing string) {
	if p := recover(); p != nil {
		b.Log.Error("panic", "while", doing, "value", Panicked(p))
		b.Log.Debug("panic", "value", fmt.Sprint(p))
	}
}

// Panicked is what the log tells of a panic's value. What Go itself says holds
// no member's words; other values may, and are told at debug level.
func Panicked(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("a %T", p)
}
