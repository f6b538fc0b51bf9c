package discord

import (
	"context"
	"errors"
	"sync"
	"time"

	"summitbot/bot"
)

// progress is what of an answer is written so far.
type progress struct {
	news chan struct{} // has room for one: there is something new

	look Look
	// until is until when it may be shown: then another process may have the
	// question, and finish the message that shows it.
	until func() time.Time

	mu  sync.Mutex
	now view
}

func newProgress(l Look, until func() time.Time) *progress {
	return &progress{news: make(chan struct{}, 1), look: l, until: until}
}

// show takes an answer that is not finished.
func (p *progress) show(a bot.Answer) {
	now := renderUnfinished(a, p.look)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
	select {
	case p.news <- struct{}{}:
	default: // nobody has looked yet
	}
}

func (p *progress) latest() view {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// An edited message is one that is edited while its answer is written, no
// oftener than Discord takes it.
type edited struct {
	every time.Duration
	last  time.Time // of the last edit; zero before the first
}

// due waits until the message may be edited again.
func (e *edited) due(ctx context.Context) error {
	if e.last.IsZero() {
		return nil
	}
	return sleep(ctx, time.Until(e.last.Add(e.every)))
}

// follow edits the progress into a message until ctx ends, and calls retype
// from time to time. An edit that has begun is carried out, until post ends or
// nobody knows any more whose the question is.
// Only a refusal is an error: what else fails the finished answer mends.
func (b *Bot) follow(ctx, post context.Context, p *progress, e *edited, edit func(context.Context, view) error, retype func(context.Context) error) error {
	again := time.NewTicker(b.timing.retype)
	defer again.Stop()
	e.every = b.timing.edit
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
			if err := retype(ctx); err != nil {
				return err
			}
		case <-p.news:
			if err := e.due(ctx); err != nil {
				return err
			}
			until := p.until()
			if !time.Now().Before(until) {
				continue
			}
			within, cancel := context.WithDeadline(post, until.Add(bot.ClaimLife-holdsFor))
			err := edit(within, p.latest())
			cancel()
			e.last = time.Now()
			if errors.As(err, new(*refusal)) {
				return err
			}
			if err != nil {
				b.log.DebugContext(ctx, "an unfinished answer was not shown", "cause", err)
			}
		}
	}
}
