package discord

import (
	"context"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/queue"
)

// leases is until when this process surely has what it has claimed. Both times
// are read before the store is asked, by a clock that no one sets.
type leases struct {
	renewed atomic.Pointer[time.Time] // all claims, last
	// unbroken is since when they were renewed in time: an older claim may
	// have ended in between.
	unbroken atomic.Pointer[time.Time]
	open     atomic.Int64 // questions, when the claims were renewed
}

// The claims' clock.
const (
	renewEvery = queue.ClaimLife / 4
	pollEvery  = time.Second // where other processes may leave something
	// holdsFor is for how long a claim is believed to hold without asking.
	holdsFor = queue.ClaimLife * 3 / 4
)

// keepClaims renews this process's claims until ctx ends, and tells of rows that
// were changed.
func (b *worker) keepClaims(ctx context.Context) {
	every := time.NewTicker(renewEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-b.ledger.Revised():
			b.hand.change(id)
			continue
		case <-every.C:
		}
		now := time.Now()
		// It is given its time, for it finds out whether the store is back.
		within, cancel := context.WithTimeout(ctx, storeWithin)
		held := b.hand.held()
		open, changed, err := b.ledger.Renew(within, held)
		cancel()
		if err != nil {
			continue
		}
		b.hand.changed(held, changed)
		if last := b.leases.renewed.Load(); last != nil && now.Sub(*last) > holdsFor {
			b.leases.unbroken.Store(&now)
		}
		b.leases.renewed.Store(&now)
		b.leases.open.Store(int64(open))
	}
}

// claim takes up rows that nobody works on until ctx ends, as many as there are
// hands for.
func (b *worker) claim(ctx, work, post context.Context) {
	select {
	case <-b.isReady:
	case <-ctx.Done():
		return
	}
	poll := renewEvery
	if b.ledger.Shared() {
		poll = pollEvery
	}
	for try := 0; ; {
		pause := poll
		if free := b.hand.grab(); free > 0 {
			within, cancel := b.asking(ctx)
			claimed, err := b.ledger.Claim(within, free, b.hand.ids(), b.hand.full())
			cancel()
			for _, r := range claimed {
				b.hand.take(server(r))
				b.takeUp(work, post, r, false)
			}
			b.hand.settle()
			switch {
			case err != nil && ctx.Err() == nil:
				if try++; try == 1 {
					b.log.Warn("questions cannot be claimed: it is tried again", "cause", err)
				}
				pause = max(poll, b.timing.Pause(try))
			case err == nil:
				try = 0
			}
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-b.ledger.Nudges():
		case <-b.hand.freed:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

// takeUp works on a row for which there is a place in hand, and reads it again
// first if it was changed since.
func (b *worker) takeUp(work, post context.Context, r queue.Row, changed bool) {
	work, post = bot.About(work, r.ID), bot.About(post, r.ID)
	t, err := b.begin(r)
	b.hand.hold(t)
	if changed {
		t.change()
	}
	b.tasks.Go(func() {
		if err != nil { // it is none of ours, or of a newer release
			defer b.hand.release(t)
			b.log.ErrorContext(post, "a question that was kept cannot be read", "cause", err)
			if err := b.abandon(post, t, err); err != nil {
				b.log.ErrorContext(post, "it stays open", "cause", err)
			}
			return
		}
		b.serve(work, post, t)
	})
}

// holds says whether a question is still this process's to answer: by the
// clock while the claim lasts, and by the store's word afterwards.
func (b *worker) holds(ctx context.Context, t *task) error {
	if t.isStale() {
		return queue.ErrRevised
	}
	if time.Now().Before(b.surely(t)) {
		return nil
	}
	ctx, cancel := b.asking(ctx)
	defer cancel()
	now := time.Now()
	r, err := b.ledger.Read(ctx, t.row.ID, t.row.Fence)
	if err != nil {
		return err
	}
	if r.Revision != t.row.Revision {
		t.change()
		return queue.ErrRevised
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = now
	return nil
}

// surely is until when a question is still this process's, by the clock alone.
func (b *worker) surely(t *task) time.Time {
	if !b.ledger.Shared() { // nobody else can have it
		return time.Now().Add(holdsFor)
	}
	t.mu.Lock()
	since := t.since
	t.mu.Unlock()
	if renewed := b.leases.renewed.Load(); renewed != nil && renewed.After(since) && !since.Before(*b.leases.unbroken.Load()) {
		since = *renewed
	}
	return since.Add(holdsFor)
}

// letGo gives up what is claimed and not closed, for others or the next run.
func (b *worker) letGo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	if err := b.ledger.ReleaseAll(ctx); err != nil {
		b.log.Warn("claims are not given up: they end by themselves", "cause", err)
	}
}

// age is how long ago the thing with an id was made, by Discord's clock, as its
// id is.
func (b *worker) age(id string) time.Duration { return b.clock.Now().Sub(object.MadeAt(id)) }
