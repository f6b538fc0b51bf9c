package bot

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// A Clock tells the time of somebody else, by whose clock things happen:
// Discord's, or that of a database. It goes by what it was told last, and from
// there on by how much time has passed, which nobody sets; this machine's own
// clock is believed once, until something is told. So it makes no difference
// how far that is off, nor that it is put right. It may be used from any
// goroutine.
type Clock struct{ told atomic.Pointer[reading] }

// A reading is what a clock showed, and this machine's at the same moment.
type reading struct {
	theirs time.Time
	ours   time.Time // from which it is known how much time has passed
	wall   time.Time // what people would have read
}

// NewClock returns a clock that shows this machine's time until it is told
// another.
func NewClock() *Clock {
	c := &Clock{}
	now := time.Now()
	c.told.Store(&reading{now.Round(0), now, now.Round(0)})
	return c
}

// Now is the time.
func (c *Clock) Now() time.Time {
	r := c.told.Load()
	return r.theirs.Add(time.Since(r.ours))
}

// Tell tells the clock that it is not before a time now, and not after another.
// A clock that agrees is left as it is: no two answers tell quite the same, and
// what happens later is not to have come before.
func (c *Clock) Tell(least, most time.Time) {
	now := time.Now()
	r := c.told.Load()
	theirs := r.theirs.Add(now.Sub(r.ours))
	if theirs.Before(least) || theirs.After(most) {
		theirs = least.Add(most.Sub(least) / 2)
	}
	c.told.Store(&reading{theirs.Round(0), now, now.Round(0)})
}

// Steady says whether this machine's clock has gone on evenly since something
// was told. If it has not, it was set, which makes no difference, or the
// machine was asleep and does not know how much time has passed: then the clock
// is late until it is told more.
func (c *Clock) Steady() bool {
	r, now := c.told.Load(), time.Now()
	return (now.Round(0).Sub(r.wall) - now.Sub(r.ours)).Abs() < time.Second
}

// Sleep waits, or returns the context's error.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// aboutKey is the context key of the id of the question at hand.
type aboutKey struct{}

// About is a context in which the question with an id is at hand, so that what
// is logged under it tells the id.
func About(ctx context.Context, question string) context.Context {
	return context.WithValue(ctx, aboutKey{}, question)
}

// A LogHandler adds to each line the id of the question that is at hand in its
// context, as "question".
type LogHandler struct{ slog.Handler }

// Handle hands a line on.
func (h LogHandler) Handle(ctx context.Context, r slog.Record) error {
	id, ok := ctx.Value(aboutKey{}).(string)
	if !ok {
		return h.Handler.Handle(ctx, r)
	}
	line := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	line.AddAttrs(slog.String("question", id))
	r.Attrs(func(a slog.Attr) bool {
		line.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, line)
}

// WithAttrs is what slog.Logger.With calls.
func (h LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return LogHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup is what slog.Logger.WithGroup calls.
func (h LogHandler) WithGroup(name string) slog.Handler { return LogHandler{h.Handler.WithGroup(name)} }
