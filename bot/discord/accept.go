package discord

import (
	"context"
	"errors"
	"fmt"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/queue"
)

// maxOpen is how many rows may be open, of all processes; more questions are
// turned away with a word.
const maxOpen = 10_000

// take accepts a question: it is a row before it is acknowledged. By the deadline
// it has to be acknowledged, whatever the store does; zero is none.
func (b *Bot) take(work, post context.Context, e event.Envelope, by time.Time) {
	work, post = bot.About(work, e.Question.ID), bot.About(post, e.Question.ID)
	full := b.Claims.Open.Load() > maxOpen || !b.intake.add(e.Question.Place, func(turn <-chan struct{}) {
		defer b.Survive("accepting a question")
		inTurn(turn, by)
		b.accept(work, post, e, by)
	})
	if full {
		b.meter.Heard(worker.Full)
		b.Log.WarnContext(post, "there are too many questions")
		b.Tell(post, e, by, render.Line(e.Words().Busy))
	}
}

// What is left of the time to acknowledge an interaction for that, however long
// the store takes to keep it, and for the store, however long it has waited for its
// turn.
const (
	acknowledging = time.Second
	keeping       = time.Second / 2
)

// inTurn waits for an event's turn; where that takes longer than a command can
// wait, it has its turn at once.
func inTurn(turn <-chan struct{}, by time.Time) {
	if by.IsZero() {
		<-turn
		return
	}
	late := time.NewTimer(time.Until(by.Add(-acknowledging - keeping)))
	defer late.Stop()
	select {
	case <-turn:
	case <-late.C:
	}
}

// inTime bounds a call of the store that has to be over by a deadline.
func (b *Bot) inTime(ctx context.Context, by time.Time) (context.Context, context.CancelFunc) {
	if by.IsZero() {
		return b.Asking(ctx)
	}
	return context.WithDeadline(ctx, by.Add(-acknowledging))
}

// accept is take, in its turn. Then this process answers, or whoever has
// room.
func (b *Bot) accept(work, post context.Context, e event.Envelope, by time.Time) {
	r, err := e.Row()
	if err != nil {
		b.Log.ErrorContext(post, "a question cannot be kept", "cause", err)
		return
	}
	terms := queue.Terms{PerMinute: b.perMinute, Claim: b.role != Gateway && b.Pool.Reserve(worker.Server(r), r.Place)}
	since := time.Now()
	ctx, cancel := b.inTime(post, by)
	a, err := b.Ledger.Accept(ctx, r, terms)
	cancel()
	b.meter.Took(worker.Accepting, time.Since(since))
	if terms.Claim && !a.Claimed {
		b.Pool.Back(worker.Server(r))
	}
	switch {
	case err != nil:
		b.Log.ErrorContext(post, "a question is lost: nothing can be kept, not even in memory", "cause", err)
		b.Tell(post, e, by, render.Line(e.Words().Failed))
	case a.Wait > 0:
		b.SlowDown(post, e, by, a.Wait)
	case !a.Fresh:
		b.Log.DebugContext(post, "a question is known")
		if e.Message != nil && e.Message.Edited != "" && e.Question.Text != "" {
			b.revise(post, e)
		}
	default:
		b.meter.Heard(worker.Accepted)
		r.Accepted, r.Fence, r.Tries = since, 1, 1
		if a.Claimed && e.Interaction == nil {
			b.TakeUp(work, post, r, r.Accepted, false)
			return
		}
		b.Tasks.Go(func() { b.accepted(work, post, e, r, a.Claimed, by) }) // whoever asks next in the place does not wait for that
	}
}

// accepted acknowledges a question that has a row, and hands it on to be answered.
func (b *Bot) accepted(work, post context.Context, e event.Envelope, r queue.Row, claimed bool, by time.Time) {
	defer b.Survive("acknowledging a question")
	refused := false
	if e.Interaction != nil {
		ctx, cancel := context.WithDeadline(post, by)
		err := b.API.Acknowledge(ctx, *e.Interaction, e.Alone)
		cancel()
		r.Acked, refused = err == nil, errors.As(err, new(*rest.Refusal))
		switch {
		case refused: // whoever asked was told that nothing comes
			b.Failed(post, r.Place, err)
			b.Unheard(post, e, err)
			b.withdrawRow(post, event.Withdrawn(r.ID, r.Place, r.Server))
		case err != nil: // it may have come through
			b.Log.WarnContext(post, "an acknowledgement was not answered", "cause", err)
		case !claimed:
			ctx, cancel := b.Asking(post)
			if err := b.Ledger.Acknowledge(ctx, r.ID); err != nil {
				b.Log.DebugContext(ctx, "it is not noted that a command was acknowledged", "cause", err)
			}
			cancel()
		}
	}
	switch {
	case claimed:
		b.TakeUp(work, post, r, r.Accepted, refused)
	case e.Message != nil: // Discord shows who asked by a command that the bot is thinking
		b.tellWaiting(post, e, r)
	}
}

// tellAhead is how many rows are before one whose asker is told.
const tellAhead = 10

// tellWaiting tells who asked by a message how many are before them, if nobody has
// claimed their question after a while. The answer takes the place of that.
func (b *Bot) tellWaiting(post context.Context, e event.Envelope, r queue.Row) {
	held, end := b.Pool.Await(r.ID)
	defer end()
	select {
	case <-b.leaving:
		return
	case <-held:
		return
	case <-time.After(b.Timing.Waiting):
	}
	leave, ok := b.Asides.Enter(r.Place)
	if !ok {
		return // there is enough to say
	}
	defer leave()
	ctx, cancel := b.Asking(post)
	defer cancel()
	n, err := b.Ledger.Ahead(ctx, r.ID)
	if err != nil || n < tellAhead {
		return
	}
	if b.Ledger.Acknowledge(ctx, r.ID) != nil { // so that it is known that something stands
		return
	}
	post, keepsOn := rest.InLine(post, r.ID)
	defer keepsOn()
	_, err = b.API.Send(post, r.Place, render.Line(fmt.Sprintf(e.Words().Ahead, n)), r.ID, r.ID) // with the nonce of the answer
	b.Failed(post, r.Place, err)
}

// revise has a question answered anew that was edited, and tells whether there is
// such a question; where that is not known, it is taken to be.
func (b *Bot) revise(post context.Context, e event.Envelope) (known bool) {
	r, err := e.Row()
	if err != nil {
		b.Log.ErrorContext(post, "an edited question cannot be kept", "cause", err)
		return true
	}
	v, err := now(b, post, r.ID, "revising a question", func(ctx context.Context) (queue.Revision, error) {
		return b.Ledger.Revise(ctx, r, queue.Terms{PerMinute: b.perMinute})
	})
	switch {
	case err != nil:
		return true
	case v.Wait > 0:
		b.SlowDown(post, e, time.Time{}, v.Wait)
	case v.Revised:
		b.Log.InfoContext(post, "a question was edited")
	}
	return v.Known
}

// patience is how old a message may be whose edit asks something for the first
// time.
const patience = 15 * time.Minute

// withdrawRow has what stands of a question taken back, and tells whether there is
// such a question.
func (b *Bot) withdrawRow(post context.Context, r queue.Row) (known bool) {
	known, _ = now(b, post, r.ID, "taking a question back", func(ctx context.Context) (bool, error) {
		return b.Ledger.Withdraw(ctx, r, false)
	})
	return known
}

// now changes the row of a question from outside. Where the store fails, a
// question that this process has heard is changed once the store is back.
func now[T any](b *Bot, post context.Context, id, doing string, change func(context.Context) (T, error)) (T, error) {
	ctx, cancel := b.Asking(post)
	defer cancel()
	value, err := change(ctx)
	if err == nil || post.Err() != nil {
		return value, err
	}
	b.Log.WarnContext(post, "a question is not changed yet", "doing", doing, "cause", err)
	if b.heard.Contains(id) {
		b.Tasks.Go(func() { // what fails of that is told
			_ = b.Persist(post, doing, func(ctx context.Context) error {
				_, err := change(ctx)
				return err
			})
		})
	}
	return value, err
}
