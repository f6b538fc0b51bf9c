package worker

import (
	"context"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/queue"
)

// Claims is until when this process surely has what it has claimed. Both times
// are read before the store is asked, by a clock that no one sets.
type Claims struct {
	renewed atomic.Pointer[time.Time] // all claims, last
	// unbroken is since when they were renewed in time: an older claim may
	// have ended in between.
	Unbroken atomic.Pointer[time.Time]
	Open     atomic.Int64 // questions, when the claims were renewed
}

// The claims' clock.
const (
	RenewEvery = queue.ClaimLife / 4
	pollEvery  = time.Second // where other processes may leave something
	// holdsFor is for how long a claim is believed to hold without asking.
	holdsFor = queue.ClaimLife * 3 / 4
)

// KeepClaims renews this process's claims until ctx ends, and tells of rows that
// were changed.
func (b *Worker) KeepClaims(ctx context.Context) {
	every := time.NewTicker(RenewEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-b.Ledger.Revised():
			b.Pool.change(id)
			continue
		case <-every.C:
		}
		now := time.Now()
		// It is given its time, for it finds out whether the store is back.
		within, cancel := context.WithTimeout(ctx, StoreWithin)
		held := b.Pool.held()
		open, changed, err := b.Ledger.Renew(within, held)
		cancel()
		if err != nil {
			continue
		}
		b.Pool.changed(held, changed)
		if last := b.Claims.renewed.Load(); last != nil && now.Sub(*last) > holdsFor {
			b.Claims.Unbroken.Store(&now)
		}
		b.Claims.renewed.Store(&now)
		b.Claims.Open.Store(int64(open))
	}
}

// Claim takes up rows that nobody works on until ctx ends, as many as there are
// hands for.
func (b *Worker) Claim(ctx, work, post context.Context) {
	select {
	case <-b.IsReady:
	case <-ctx.Done():
		return
	}
	poll := RenewEvery
	if b.Ledger.Shared() {
		poll = pollEvery
	}
	for try := 0; ; {
		pause := poll
		if free := b.Pool.grab(); free > 0 {
			within, cancel := b.Asking(ctx)
			claimed, err := b.Ledger.Claim(within, free, b.Pool.IDs(), b.Pool.full())
			cancel()
			for _, r := range claimed {
				b.Pool.take(Server(r))
				b.TakeUp(work, post, r, false)
			}
			b.Pool.settle()
			switch {
			case err != nil && ctx.Err() == nil:
				if try++; try == 1 {
					b.Log.Warn("questions cannot be claimed: it is tried again", "cause", err)
				}
				pause = max(poll, b.Timing.Pause(try))
			case err == nil:
				try = 0
			}
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-b.Ledger.Nudges():
		case <-b.Pool.freed:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

// TakeUp works on a row for which there is a place in hand, and reads it again
// first if it was changed since.
func (b *Worker) TakeUp(work, post context.Context, r queue.Row, changed bool) {
	work, post = bot.About(work, r.ID), bot.About(post, r.ID)
	t, err := b.Begin(r)
	b.Pool.hold(t)
	if changed {
		t.change()
	}
	b.Tasks.Go(func() {
		if err != nil { // it is none of ours, or of a newer release
			defer b.Pool.release(t)
			b.Log.ErrorContext(post, "a question that was kept cannot be read", "cause", err)
			if err := b.abandon(post, t, err); err != nil {
				b.Log.ErrorContext(post, "it stays open", "cause", err)
			}
			return
		}
		b.serve(work, post, t)
	})
}

// holds says whether a question is still this process's to answer: by the
// clock while the claim lasts, and by the store's word afterwards.
func (b *Worker) holds(ctx context.Context, t *Task) error {
	if t.isStale() {
		return queue.ErrRevised
	}
	if time.Now().Before(b.surely(t)) {
		return nil
	}
	ctx, cancel := b.Asking(ctx)
	defer cancel()
	now := time.Now()
	r, err := b.Ledger.Read(ctx, t.Row.ID, t.Row.Fence)
	if err != nil {
		return err
	}
	if r.Revision != t.Row.Revision {
		t.change()
		return queue.ErrRevised
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = now
	return nil
}

// surely is until when a question is still this process's, by the clock alone.
func (b *Worker) surely(t *Task) time.Time {
	if !b.Ledger.Shared() { // nobody else can have it
		return time.Now().Add(holdsFor)
	}
	t.mu.Lock()
	since := t.since
	t.mu.Unlock()
	if renewed := b.Claims.renewed.Load(); renewed != nil && renewed.After(since) && !since.Before(*b.Claims.Unbroken.Load()) {
		since = *renewed
	}
	return since.Add(holdsFor)
}

// LetGo gives up what is claimed and not closed, for others or the next run.
func (b *Worker) LetGo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, StoreWithin)
	defer cancel()
	if err := b.Ledger.ReleaseAll(ctx); err != nil {
		b.Log.Warn("claims are not given up: they end by themselves", "cause", err)
	}
}

// Age is how long ago the thing with an id was made, by Discord's clock, as its
// id is.
func (b *Worker) Age(id string) time.Duration { return b.Clock.Now().Sub(object.MadeAt(id)) }
