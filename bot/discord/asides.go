package discord

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
	mu   sync.Mutex
	n    int
	said map[string]int // by the place where something is said
}

// asideRoom is how many asides there are at a time.
const asideRoom = 512

// enter takes one of the places, or tells that there is none. What is said in a
// place has to share half of them, for it may have to wait; what is urgent, such as
// a click that has to be answered within seconds, names no place.
func (a *asides) enter(place string) (leave func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n >= asideRoom || place != "" && (a.n >= asideRoom/2 || a.said[place] >= asideRoom/16) {
		return nil, false
	}
	a.n++
	a.said[place]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.n--
		if a.said[place]--; a.said[place] == 0 {
			delete(a.said, place)
		}
	}, true
}

// aside runs a short piece of work for who asked, beside the questions.
func (b *worker) aside(post context.Context, e event.Envelope, place string, run func(context.Context) error) {
	post = bot.About(post, e.Question.ID)
	leave, ok := b.asides.enter(place)
	if !ok {
		b.log.WarnContext(post, "there is no room to answer", "channel", e.Question.Place)
		return
	}
	b.asides.Go(func() {
		defer leave()
		defer b.survive("doing something beside the questions")
		ctx, cancel := context.WithTimeout(post, time.Minute)
		defer cancel()
		err := run(ctx)
		b.failed(ctx, e.Question.Place, err)
		b.unheard(ctx, e, err)
	})
}

// survive keeps a panic from ending the process. Defer it.
func (b *worker) survive(doing string) {
	if p := recover(); p != nil {
		b.log.Error("panic", "while", doing, "value", panicked(p))
		b.log.Debug("panic", "value", fmt.Sprint(p))
	}
}

// panicked is what the log tells of a panic's value. What Go itself says holds
// no member's words; other values may, and are told at debug level.
func panicked(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("a %T", p)
}
