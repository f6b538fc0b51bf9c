package worker

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
	"summitbot/bot/wording"
)

// Failed logs a failure to post. A refused token ends the bot; a permission
// that a channel lacks is told once an hour.
func (b *Worker) Failed(ctx context.Context, channel string, err error) {
	switch {
	case err == nil, errors.Is(err, errGone), errors.Is(err, queue.ErrRevised):
	case gateway.Fatal(err) != nil:
		b.Fail(gateway.Fatal(err))
	case barred(err, false) != (Barred{}):
		if !b.toldLately(channel) {
			b.Log.WarnContext(ctx, "the bot may not post in a channel: give it View Channel, Send Messages, Read Message History and, in threads, Send Messages in Threads; a thread that is locked has to be unlocked", "channel", channel, "cause", err)
		}
	case rest.RefusedWith(err, rest.CodeUnknownInteraction):
		b.Log.WarnContext(ctx, "an interaction was too old to be answered")
	default:
		b.Log.ErrorContext(ctx, "posting failed", "cause", err)
	}
}

// toldEvery is how often an operator, and a member who asks, is told at most
// that the bot may not write in a place.
const toldEvery = time.Hour

// toldLately says whether something of that key was told within toldEvery, and
// otherwise notes that it is told now.
func (b *Worker) toldLately(key string) bool {
	if at, known := b.denied.Get(key); known && time.Since(at) < toldEvery {
		return true
	}
	b.denied.Add(key, time.Now())
	return false
}

// A Barred is what keeps the bot from writing in a place: a permission that it
// lacks, or that a thread is locked. The zero bar is none.
type Barred struct {
	Lacks  object.Permissions
	Locked bool
}

// barred is what an error says that keeps the bot from writing in a place.
func barred(err error, thread bool) Barred {
	switch {
	case rest.RefusedWith(err, rest.CodeMissingAccess):
		return Barred{Lacks: object.MayView}
	case rest.RefusedWith(err, rest.CodeMissingPermission) && thread:
		return Barred{Lacks: object.MaySendInThreads}
	case rest.RefusedWith(err, rest.CodeMissingPermission):
		return Barred{Lacks: object.MaySend}
	case rest.RefusedWith(err, rest.CodeNoHistory):
		return Barred{Lacks: object.MayReadHistory}
	case rest.RefusedWith(err, rest.CodeThreadArchived, rest.CodeThreadLocked): // an archived one is opened by writing there
		return Barred{Locked: true}
	}
	return Barred{}
}

// Told is what a member is told of it, who asked in a place.
func (b Barred) Told(w *wording.Words, place string) string {
	if b.Locked {
		return fmt.Sprintf(w.NoPostLocked, "<#"+place+">")
	}
	name := map[object.Permissions]string{object.MayView: w.MayView, object.MaySend: w.MaySend, object.MaySendInThreads: w.MaySendThreads, object.MayReadHistory: w.MayReadHistory}[b.Lacks]
	return fmt.Sprintf(w.NoPost, "<#"+place+">", name)
}

// Unheard tells the asker in a server, by a direct message, that the bot may
// not write where they asked, and what would mend it.
func (b *Worker) Unheard(ctx context.Context, e event.Envelope, err error) {
	member, why, place := e.Asker(), barred(err, e.InThread()), e.Question.Place
	if why == (Barred{}) || member == "" || b.toldLately(place+" "+member) {
		return
	}
	if err := b.whisper(ctx, member, render.Line(why.Told(e.Words(), place)), e.Question.ID+"d"); err != nil {
		b.Log.WarnContext(ctx, "an asker could not be told that the bot may not write where they asked", "channel", place, "cause", err)
	}
}

// Tell says a line in place of an answer: in answer to an interaction, which has
// to come by a time, or below a message.
func (b *Worker) Tell(post context.Context, e event.Envelope, by time.Time, v object.View) {
	place := e.Question.Place
	if e.Interaction != nil {
		place = ""
	}
	b.Aside(post, e, place, func(ctx context.Context) error {
		if e.Interaction == nil {
			_, err := b.API.Send(ctx, e.Question.Place, v, e.Question.ID, e.Question.ID)
			return err
		}
		ctx, cancel := context.WithDeadline(ctx, by)
		defer cancel()
		v.Ephemeral = true
		return b.API.Respond(ctx, *e.Interaction, rest.Response{Type: rest.RespondMessage, Data: rest.BodyOf(v)})
	})
}

// warnEvery is how often a member is told at most, by a direct message, that
// they ask too fast.
const warnEvery = time.Minute

// SlowDown tells the asker, and nobody else, how long to wait: in answer to an
// interaction, or, for a message, as a direct message.
func (b *Worker) SlowDown(post context.Context, e event.Envelope, by time.Time, wait time.Duration) {
	b.meter.Heard(TooFast)
	v, member := TooFastLine(e.Words(), wait), e.Question.Member
	if e.Interaction != nil {
		b.Tell(post, e, by, v)
		return
	}
	if at, told := b.warned.Get(member); told && time.Since(at) < warnEvery {
		return
	}
	b.warned.Add(member, time.Now())
	b.Aside(post, e, e.Question.Place, func(ctx context.Context) error {
		if err := b.whisper(ctx, member, v, e.Question.ID+"w"); err != nil {
			b.Log.DebugContext(ctx, "a member takes no direct messages", "cause", err)
		}
		return nil
	})
}

func TooFastLine(w *wording.Words, wait time.Duration) object.View {
	return render.Line(fmt.Sprintf(w.TooFast, int(wait.Seconds())+1))
}

// whisper sends a direct message.
func (b *Worker) whisper(ctx context.Context, member string, v object.View, nonce string) error {
	channel, err := b.API.Direct(ctx, member)
	if err != nil {
		return fmt.Errorf("telling a member: %w", err)
	}
	_, err = b.API.Send(ctx, channel, v, nonce, "")
	return err
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
