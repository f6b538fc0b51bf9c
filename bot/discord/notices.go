package discord

import (
	"context"
	"errors"
	"fmt"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/queue"

	lru "github.com/hashicorp/golang-lru/v2"
)

// failed logs a failure to post. A refused token ends the bot; a permission
// that a channel lacks is told once an hour.
func (b *worker) failed(ctx context.Context, channel string, err error) {
	switch {
	case err == nil, errors.Is(err, errGone), errors.Is(err, queue.ErrRevised):
	case gateway.Fatal(err) != nil:
		b.fail(gateway.Fatal(err))
	case barred(err, false) != (bar{}):
		if !b.toldLately(channel) {
			b.log.WarnContext(ctx, "the bot may not post in a channel: give it View Channel, Send Messages, Read Message History and, in threads, Send Messages in Threads; a thread that is locked has to be unlocked", "channel", channel, "cause", err)
		}
	case rest.RefusedWith(err, rest.CodeUnknownInteraction):
		b.log.WarnContext(ctx, "an interaction was too old to be answered")
	default:
		b.log.ErrorContext(ctx, "posting failed", "cause", err)
	}
}

// toldEvery is how often an operator, and a member who asks, is told at most
// that the bot may not write in a place.
const toldEvery = time.Hour

// toldLately says whether something of that key was told within toldEvery, and
// otherwise notes that it is told now.
func (b *worker) toldLately(key string) bool {
	if at, known := b.denied.Get(key); known && time.Since(at) < toldEvery {
		return true
	}
	b.denied.Add(key, time.Now())
	return false
}

// A bar is what keeps the bot from writing in a place: a permission that it
// lacks, or that a thread is locked. The zero bar is none.
type bar struct {
	lacks  object.Permissions
	locked bool
}

// barred is what an error says that keeps the bot from writing in a place.
func barred(err error, thread bool) bar {
	switch {
	case rest.RefusedWith(err, rest.CodeMissingAccess):
		return bar{lacks: object.MayView}
	case rest.RefusedWith(err, rest.CodeMissingPermission) && thread:
		return bar{lacks: object.MaySendInThreads}
	case rest.RefusedWith(err, rest.CodeMissingPermission):
		return bar{lacks: object.MaySend}
	case rest.RefusedWith(err, rest.CodeNoHistory):
		return bar{lacks: object.MayReadHistory}
	case rest.RefusedWith(err, rest.CodeThreadArchived, rest.CodeThreadLocked): // an archived one is opened by writing there
		return bar{locked: true}
	}
	return bar{}
}

// told is what a member is told of it, who asked in a place.
func (b bar) told(w *bot.Wording, place string) string {
	if b.locked {
		return fmt.Sprintf(w.NoPostLocked, "<#"+place+">")
	}
	name := map[object.Permissions]string{object.MayView: w.MayView, object.MaySend: w.MaySend, object.MaySendInThreads: w.MaySendThreads, object.MayReadHistory: w.MayReadHistory}[b.lacks]
	return fmt.Sprintf(w.NoPost, "<#"+place+">", name)
}

// unheard tells the asker in a server, by a direct message, that the bot may
// not write where they asked, and what would mend it.
func (b *worker) unheard(ctx context.Context, e event.Envelope, err error) {
	member, why, place := e.Asker(), barred(err, e.InThread()), e.Question.Place
	if why == (bar{}) || member == "" || b.toldLately(place+" "+member) {
		return
	}
	if err := b.whisper(ctx, member, render.Line(why.told(e.Words(), place)), e.Question.ID+"d"); err != nil {
		b.log.WarnContext(ctx, "an asker could not be told that the bot may not write where they asked", "channel", place, "cause", err)
	}
}

// tell says a line in place of an answer: in answer to an interaction, which has
// to come by a time, or below a message.
func (b *worker) tell(post context.Context, e event.Envelope, by time.Time, v object.View) {
	place := e.Question.Place
	if e.Interaction != nil {
		place = ""
	}
	b.aside(post, e, place, func(ctx context.Context) error {
		if e.Interaction == nil {
			_, err := b.api.Send(ctx, e.Question.Place, v, e.Question.ID, e.Question.ID)
			return err
		}
		ctx, cancel := context.WithDeadline(ctx, by)
		defer cancel()
		v.Ephemeral = true
		return b.api.Respond(ctx, *e.Interaction, rest.Response{Type: rest.RespondMessage, Data: rest.BodyOf(v)})
	})
}

// warnEvery is how often a member is told at most, by a direct message, that
// they ask too fast.
const warnEvery = time.Minute

// slowDown tells the asker, and nobody else, how long to wait: in answer to an
// interaction, or, for a message, as a direct message.
func (b *worker) slowDown(post context.Context, e event.Envelope, by time.Time, wait time.Duration) {
	b.meter.Heard(TooFast)
	v, member := tooFast(e.Words(), wait), e.Question.Member
	if e.Interaction != nil {
		b.tell(post, e, by, v)
		return
	}
	if at, told := b.warned.Get(member); told && time.Since(at) < warnEvery {
		return
	}
	b.warned.Add(member, time.Now())
	b.aside(post, e, e.Question.Place, func(ctx context.Context) error {
		if err := b.whisper(ctx, member, v, e.Question.ID+"w"); err != nil {
			b.log.DebugContext(ctx, "a member takes no direct messages", "cause", err)
		}
		return nil
	})
}

func tooFast(w *bot.Wording, wait time.Duration) object.View {
	return render.Line(fmt.Sprintf(w.TooFast, int(wait.Seconds())+1))
}

// whisper sends a direct message.
func (b *worker) whisper(ctx context.Context, member string, v object.View, nonce string) error {
	channel, err := b.api.Direct(ctx, member)
	if err != nil {
		return fmt.Errorf("telling a member: %w", err)
	}
	_, err = b.api.Send(ctx, channel, v, nonce, "")
	return err
}

// newCache remembers the values of so many keys, those used last.
func newCache[V any](room int) *lru.Cache[string, V] {
	c, err := lru.New[string, V](room)
	if err != nil {
		panic(err) // for no room, which no caller asks for
	}
	return c
}
