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
)

// serve works on a row until it is closed, or no longer this process's. What
// cannot be done just now is left for later.
func (b *Worker) serve(work, post context.Context, t *Task) {
	defer b.Pool.release(t)
	defer b.Survive("answering")
	for {
		err := b.carryOut(work, post, t)
		switch {
		case err == nil:
			return
		case errors.Is(err, queue.ErrRevised), t.isStale() && !errors.Is(err, queue.ErrTaken):
			if err = b.Persist(post, "reading a question anew", func(context.Context) error { return t.read(post) }); err == nil {
				continue
			}
		case errors.Is(err, errGone):
			if err = b.withdraw(post, t); err == nil {
				continue
			}
		}
		switch {
		case errors.Is(err, queue.ErrTaken):
			b.Log.InfoContext(post, "a question was taken over meanwhile, or closed")
		case errors.Is(err, errUnreadable):
			b.Log.ErrorContext(post, "a question is abandoned", "cause", err)
			_ = b.abandon(post, t, err) // what fails of that is told
		case work.Err() != nil && b.Ledger.Durable():
			b.Log.InfoContext(post, "a question waits for the next run")
		default:
			b.Log.ErrorContext(post, "a question waits to be tried again", "cause", err)
			b.release(post, t)
		}
		return
	}
}

// carryOut does what a row's state asks for, up to its end. It returns
// queue.ErrRevised when the row is to be read again, and errGone when the
// question stands no more.
func (b *Worker) carryOut(work, post context.Context, t *Task) error {
	o := Outcome{answer: bot.Answer{Question: t.env.Question}}
	row := t.snapshot()
	switch {
	case row.Tries > 2*MostClaims: // not even that can be told
		return b.abandon(post, t, fmt.Errorf("it was given up after %d tries", row.Tries))
	case row.State == queue.Accepted && row.Tries > MostClaims:
		return b.giveUp(post, t)
	case row.State == queue.Accepted:
		if o = b.draft(work, post, t); o.err != nil {
			return o.err
		}
	case row.State == queue.Stopped:
		o.Views = []object.View{b.stopped(t)}
		o.kept = b.Keep(post, t, o)
	case row.State == queue.Answered:
		if o.Views, o.err = shown(row.Body); o.err != nil {
			return b.abandon(post, t, o.err)
		}
	}
	b.Pool.drafted(t)
	if errors.Is(o.kept, queue.ErrTaken) || errors.Is(o.kept, queue.ErrRevised) {
		return o.kept
	}
	posting := time.Now()
	err := b.deliver(post, t, o.Views)
	changed := t.isStale() || errors.Is(err, queue.ErrRevised) || errors.Is(err, queue.ErrTaken) || errors.Is(err, errGone)
	if row.State != queue.Withdrawn && (err == nil || !changed) {
		b.told(post, t, posting, o, err)
	}
	switch {
	case gateway.Fatal(err) != nil: // another run may have a token that is taken
		return err
	case errors.As(err, new(*rest.Refusal)):
		b.Unheard(post, t.env, err)
		return b.abandon(post, t, err)
	case err != nil && row.Tries > MostClaims && post.Err() == nil && !changed:
		return b.abandon(post, t, err)
	case err != nil:
		return err
	}
	return b.settle(post, t, o)
}

// deliver has an answer stand on Discord. As long as nobody knows whether it does,
// that is tried again, some times. A question that may be another's by now is left
// alone.
func (b *Worker) deliver(post context.Context, t *Task, views []object.View) error {
	for try := 1; ; try++ {
		if err := b.holds(post, t); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(post, 2*time.Minute)
		err := b.Reconcile(ctx, t, views)
		cancel()
		if err == nil || errors.As(err, new(*rest.Refusal)) || errors.Is(err, errGone) || errors.Is(err, queue.ErrRevised) || try == MaxDeliveries {
			b.Failed(post, t.channel(), err)
			return err
		}
		b.Log.WarnContext(post, "an answer is not posted yet", "cause", err)
		if bot.Sleep(post, b.Timing.Pause(try)) != nil {
			return err
		}
	}
}

// giveUp tells the asker that a question is not answered, and closes it.
func (b *Worker) giveUp(post context.Context, t *Task) error {
	b.Log.ErrorContext(post, "a question is given up", "tries", t.Row.Tries)
	if err := b.deliver(post, t, []object.View{render.Line(t.env.Words().GaveUp)}); err != nil && !errors.As(err, new(*rest.Refusal)) {
		return err
	}
	return b.abandon(post, t, fmt.Errorf("it was given up after %d tries", t.Row.Tries))
}

// settle closes a row of which all stands that should.
func (b *Worker) settle(post context.Context, t *Task, o Outcome) error {
	if o.kept != nil {
		if err := b.Persist(post, "keeping an answer", func(ctx context.Context) error { return b.Keep(ctx, t, o) }); err != nil {
			return err
		}
	}
	return b.Persist(post, "closing a question", func(ctx context.Context) error { return b.Ledger.Settle(ctx, t.snapshot()) })
}

// abandon closes a row for a reason.
func (b *Worker) abandon(post context.Context, t *Task, why error) error {
	return b.Persist(post, "abandoning a question", func(ctx context.Context) error { return b.Ledger.Abandon(ctx, t.snapshot(), why.Error()) })
}

// withdraw takes a question back that is seen to stand no more.
func (b *Worker) withdraw(post context.Context, t *Task) error {
	err := b.Persist(post, "taking a question back", func(ctx context.Context) error {
		_, err := b.Ledger.Withdraw(ctx, event.Withdrawn(t.Row.ID, t.channel(), t.Row.Server), false)
		return err
	})
	if err != nil {
		return err
	}
	return b.Persist(post, "reading a question anew", func(context.Context) error { return t.read(post) })
}

// release gives up a claim whose question could not be answered just now.
func (b *Worker) release(post context.Context, t *Task) {
	r := t.snapshot()
	r.Unsure = !t.known || !t.tried.IsZero()
	ctx, cancel := b.Asking(context.WithoutCancel(post))
	defer cancel()
	err := b.Ledger.Release(ctx, r, min(releasePause<<min(r.Tries, 8), mostReleasePause))
	if err != nil && !errors.Is(err, queue.ErrTaken) && !errors.Is(err, queue.ErrRevised) {
		b.Log.WarnContext(post, "a claim is not given up: it ends by itself", "cause", err)
	}
}

// read reads the row again. What this process knows to stand, it goes on knowing.
func (t *Task) read(ctx context.Context) error {
	t.mu.Lock()
	t.stale = false
	t.mu.Unlock()
	now, since := t.snapshot(), time.Now()
	ctx, cancel := t.bot.Asking(ctx)
	defer cancel()
	r, err := t.bot.Ledger.Read(ctx, now.ID, now.Fence)
	if err != nil {
		t.change()
		return err
	}
	env, err := event.Open(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.tried.IsZero() { // what may stand has the nonce of the revision before
		t.known, t.tried = false, time.Time{}
	}
	r.Posts, r.Acked = t.Row.Posts, t.Row.Acked || r.Acked
	t.Row, t.env, t.since = r, env, since
	return nil
}

const (
	// mostClaims is how often a question is claimed before it is given up: one
	// that ends the process would do so for ever.
	MostClaims = 8
	// maxDeliveries is how often one claim tries to post an answer.
	MaxDeliveries = 5
	// releasePause is how long a question waits that could not be answered or
	// posted, and mostReleasePause how long it does at most: the pause doubles.
	releasePause, mostReleasePause = 5 * time.Second, 2 * time.Minute
)
