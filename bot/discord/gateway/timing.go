package gateway

import (
	"math/rand/v2"
	"time"
)

// Timing is the gateway's patience. Its values are Discord's, except in
// tests.
type Timing struct {
	Hello    time.Duration // for Hello to come
	Open     time.Duration // for READY or RESUMED to come
	Backoff  time.Duration // the first pause between two connections, at most; it doubles
	Longest  time.Duration // the longest such pause
	Identify time.Duration // between two IDENTIFYs; Discord allows one in 5 s
	Settled  time.Duration // how long a connection lasts that forgets the earlier pauses
	Lease    time.Duration // for how long a process holds shards without a word from it
	Poll     time.Duration // between two looks at which shards to hold, and two savings of sessions
}

// DefaultTiming is Discord's.
var DefaultTiming = Timing{
	Hello:    15 * time.Second,
	Open:     30 * time.Second,
	Backoff:  time.Second,
	Longest:  time.Minute,
	Identify: 5 * time.Second,
	Settled:  time.Second,
	Lease:    6 * time.Second,
	Poll:     time.Second,
}

// Pause draws the pause after so many failures in a row, at least one.
func (t Timing) Pause(failures int) time.Duration {
	ceiling := t.Longest
	if failures < 16 {
		ceiling = min(ceiling, t.Backoff<<(failures-1))
	}
	return time.Duration(rand.Int64N(int64(ceiling) + 1))
}
