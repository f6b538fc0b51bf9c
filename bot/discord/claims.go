package discord

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"summitbot/bot"
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

// A claim is a question that is this process's to answer.
type claim struct {
	bot.Pending
	since time.Time // when it was claimed
}

// The claims' clock.
const (
	renewEvery = bot.ClaimLife / 4
	pollEvery  = time.Second // where other processes may leave something
)

// keepClaims renews this process's claims until ctx ends.
func (b *Bot) keepClaims(ctx context.Context) {
	for failed := false; sleep(ctx, renewEvery) == nil; {
		now := time.Now()
		// It is given its time, for it finds out whether the store is back.
		within, cancel := context.WithTimeout(ctx, storeWithin)
		open, lost, err := b.ledger.Renew(within, b.hand.inHand())
		cancel()
		b.away.Store(err != nil && ctx.Err() == nil)
		switch {
		case err == nil:
			b.hand.letGo(lost...)
			if last := b.leases.renewed.Load(); last != nil && now.Sub(*last) > holdsFor {
				b.leases.unbroken.Store(&now)
			}
			b.leases.renewed.Store(&now)
			b.leases.open.Store(int64(open))
			if failed {
				b.log.Info("the store is there again")
			}
		case !failed && ctx.Err() == nil:
			b.log.Error("the store is away: questions are answered, but would not outlive a crash", "cause", err)
		}
		failed = err != nil
	}
}

// claim takes up questions that nobody answers until ctx ends, as many as
// there are hands for.
func (b *Bot) claim(ctx, work, post context.Context) {
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
			since := time.Now()
			within, told := b.asking(ctx)
			claimed, err := b.ledger.Claim(within, free, b.hand.inHand())
			_ = told(err)
			for _, p := range claimed {
				b.takeUp(work, post, claim{p, since})
			}
			b.hand.settle()
			switch {
			case err != nil && ctx.Err() == nil:
				if try++; try == 1 {
					b.log.Warn("questions cannot be claimed: it is tried again", "cause", err)
				}
				pause = max(poll, b.timing.pause(try))
			case err == nil:
				try = 0
			}
			if len(claimed) > 0 {
				b.log.Debug("claimed", "questions", len(claimed))
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

// takeUp answers a question that was claimed from the ledger.
func (b *Bot) takeUp(work, post context.Context, c claim) {
	b.hand.take(server(c.Pending))
	work, post = b.hand.hold(bot.About(work, c.ID), c.ID), bot.About(post, c.ID)
	var e envelope
	if err := json.Unmarshal([]byte(c.Event), &e); err != nil || e.Message == nil && e.Interaction == nil {
		b.log.ErrorContext(post, "a question that was kept cannot be read", "cause", err)
		b.hand.release(server(c.Pending), c.ID)
		b.finished(post, bot.Finished{Pending: c.Pending})
		return
	}
	var r reply
	author := e.Question.Member
	if e.Message != nil {
		r = &messageReply{bot: b, message: *e.Message, resumed: c.Attempts > 1}
	} else {
		r = &interactionReply{bot: b, interaction: *e.Interaction, alone: e.Alone, claimed: c.since, resumed: c.Attempts > 1}
	}
	b.heard.put(c.ID, author)
	answer := b.streaming(r, e.Question)
	var shown [][]component
	switch {
	case c.Answer != "" && json.Unmarshal([]byte(c.Answer), &shown) == nil && len(shown) > 0:
		answer = func(context.Context, Look, func(bot.Answer)) outcome {
			o := outcome{answer: bot.Answer{Question: e.Question}}
			for _, s := range shown {
				o.views = append(o.views, view{components: s})
			}
			return o
		}
	case c.Attempts > maxAttempts:
		b.log.ErrorContext(post, "a question is given up", "attempts", c.Attempts)
		answer = func(context.Context, Look, func(bot.Answer)) outcome {
			return outcome{views: []view{line(r.words().GaveUp)}, answer: bot.Answer{Question: e.Question}}
		}
	}
	b.queue.add(talk(e.Question), true, func(turn <-chan struct{}) {
		b.serve(work, post, r, e.Question, &c, answer, turn)
	})
}

// holds says whether a question is still this process's to answer: by the
// clock while the claim lasts, and by the store's word afterwards.
func (b *Bot) holds(ctx context.Context, c *claim) error {
	if c == nil || !b.ledger.Shared() { // or nobody else can have it
		return nil
	}
	if time.Now().Before(b.surely(c)) {
		return nil
	}
	ctx, told := b.asking(ctx)
	now := time.Now()
	err := told(b.ledger.Holds(ctx, c.Pending))
	if err == nil {
		c.since = now
	}
	return err
}

// surely is until when a question is still this process's, by the clock alone.
func (b *Bot) surely(c *claim) time.Time {
	if c == nil || !b.ledger.Shared() {
		return time.Now().Add(holdsFor)
	}
	since := c.since
	if renewed := b.leases.renewed.Load(); renewed != nil && renewed.After(since) && !since.Before(*b.leases.unbroken.Load()) {
		since = *renewed
	}
	return since.Add(holdsFor)
}

// holdsFor is for how long a claim is believed to hold without asking.
const holdsFor = bot.ClaimLife * 3 / 4

// drop gives up a claim whose question could not be answered just now: it is
// tried again after a pause, here or by another process.
func (b *Bot) drop(post context.Context, c *claim) {
	if c == nil {
		return
	}
	within, told := b.asking(context.WithoutCancel(post))
	err := told(b.ledger.Drop(within, c.Pending, min(dropPause<<min(c.Attempts, 8), mostDropPause)))
	if err != nil && !errors.Is(err, bot.ErrTaken) {
		b.log.WarnContext(post, "a claim is not given up: it ends by itself", "cause", err)
	}
}

// letGo gives up what is claimed and not answered, for others or the next run.
func (b *Bot) letGo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	if err := b.ledger.Release(ctx); err != nil {
		b.log.Warn("claims are not given up: they end by themselves", "cause", err)
	}
}
