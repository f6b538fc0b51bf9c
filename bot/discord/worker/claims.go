package worker

import (
	"context"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
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
			asked := time.Now() // a process may stand still before it hears what it has
			within, cancel := b.Asking(ctx)
			claimed, err := b.Ledger.Claim(within, free, b.Pool.IDs(), b.Pool.full())
			cancel()
			for _, r := range claimed {
				b.Pool.take(Server(r))
				b.TakeUp(work, post, r, asked, false)
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
// first if it was changed since. When it was claimed is read before the store is asked.
func (b *Worker) TakeUp(work, post context.Context, r queue.Row, since time.Time, changed bool) {
	work, post = bot.About(work, r.ID), bot.About(post, r.ID)
	t, err := b.Begin(r, since)
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

// LetGo gives up what is claimed and not closed, for others or the next run.
func (b *Worker) LetGo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, StoreWithin)
	defer cancel()
	if err := b.Ledger.ReleaseAll(ctx); err != nil {
		b.Log.Warn("claims are not given up: they end by themselves", "cause", err)
	}
}
