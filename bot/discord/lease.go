package discord

import (
	"errors"
	"sync/atomic"
	"time"
)

// errLease ends a connection whose shard may be another process's by now.
var errLease = errors.New("the lease of the shards is over: the store could not be reached in time, or this process stood still")

// A lease is for how long this process may use the shards that it holds. The
// zero value never ends.
type lease struct{ end atomic.Pointer[time.Time] }

// last sets when the lease ends; a zero time is never.
func (l *lease) last(until time.Time) {
	if until.IsZero() {
		l.end.Store(nil)
		return
	}
	l.end.Store(&until)
}

// until is when the lease ends; false is never.
func (l *lease) until() (time.Time, bool) {
	end := l.end.Load()
	if end == nil {
		return time.Time{}, false
	}
	return *end, true
}

// over says whether the lease has ended. It asks the monotonic clock, which
// nobody sets, and the other one too: that goes on while a machine sleeps.
func (l *lease) over() bool {
	end, ok := l.until()
	now := time.Now()
	return ok && (!now.Before(end) || !now.Round(0).Before(end.Round(0)))
}
