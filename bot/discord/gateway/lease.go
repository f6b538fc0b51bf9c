package gateway

import (
	"errors"
	"sync/atomic"
	"time"
)

// ErrLease ends a connection whose shard may be another process's by now.
var ErrLease = errors.New("the lease of the shards is over: the store could not be reached in time, or this process stood still")

// A lease is for how long this process may use the shards that it holds. The
// zero value never ends.
type lease struct{ end atomic.Pointer[leaseEnd] }

// A leaseEnd is when a lease ends: by the clock that nobody sets, which may stand
// still while the machine sleeps, and by one that goes on meanwhile.
type leaseEnd struct {
	at       time.Time
	sleeping time.Duration
}

// last sets when the lease ends; a zero time is never.
func (l *lease) last(until time.Time) {
	if until.IsZero() {
		l.end.Store(nil)
		return
	}
	l.end.Store(&leaseEnd{until, sinceBoot() + time.Until(until)})
}

// until is when the lease ends; false is never.
func (l *lease) until() (time.Time, bool) {
	end := l.end.Load()
	if end == nil {
		return time.Time{}, false
	}
	return end.at, true
}

// over says whether the lease has ended.
func (l *lease) over() bool {
	end := l.end.Load()
	return end != nil && (time.Until(end.at) <= 0 || sinceBoot() >= end.sleeping)
}
