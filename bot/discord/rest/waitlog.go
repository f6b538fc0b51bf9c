package rest

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// longWait is for how long Discord may ask the bot to wait before its
	// operator is told.
	longWait = time.Minute
	// longestHold is the longest wait that is kept to. Discord asks for a day
	// at most; what is longer is no answer of Discord's.
	longestHold = 7 * 24 * time.Hour
)

// A waitLog tells the operator of the long waits that Discord asks for, each once,
// with the time at which it ends: until then a part of the bot stands still,
// which would look as if it had died.
type waitLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	ends map[string]time.Time // by what has to wait
}

// newWaitLog returns one by which a log is told.
func newWaitLog(log *slog.Logger) *waitLog { return &waitLog{log: log, ends: map[string]time.Time{}} }

// tell tells of a wait that begins now, if it is long and is not told of yet.
// A nil one tells nobody.
func (w *waitLog) tell(ctx context.Context, what string, pause time.Duration) {
	if w == nil || pause <= longWait {
		return
	}
	until := time.Now().Add(pause)
	w.mu.Lock()
	known := until.Sub(w.ends[what]) <= longWait
	if !known {
		w.ends[what] = until
	}
	w.mu.Unlock()
	if !known {
		w.log.WarnContext(ctx, "Discord asks the bot to wait", "what", what, "until", clockTime(until))
	}
}

// clockTime is a time as operators are told it.
func clockTime(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

// requestKey is the context key of what a request does, in words.
type requestKey struct{}

// requestName is what the request of a context does.
func requestName(ctx context.Context) string {
	if name, ok := ctx.Value(requestKey{}).(string); ok {
		return name
	}
	return "a request"
}
