package worker

import (
	"context"
	"time"

	"summitbot/bot/queue"
)

// The claims' clock.
const (
	RenewEvery = queue.ClaimLife / 4
	pollEvery  = time.Second // where other processes may leave something
	// holdsFor is for how long a claim is believed to hold without asking.
	holdsFor = queue.ClaimLife * 3 / 4
)

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
