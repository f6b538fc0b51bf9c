package gateway

import (
	"context"
	"sync"
	"time"

	"summitbot/bot"
)

// Shards shares the gateway's shards among the processes of one bot. Each
// shard is held by one process at a time, under a lease.
type Shards interface {
	// Hold claims this process's fair share for the length of a lease, and
	// returns what it holds now. What it is to give up is marked, and stays
	// its own until Release. It is called several times within a lease, on one
	// goroutine.
	Hold(ctx context.Context, c bot.GatewayClaim) (bot.GatewayShare, error)
	// Keep writes down who the bot is, and how far it has come in the sessions
	// of shards. Those of another holder are left as they are.
	Keep(ctx context.Context, self bot.Self, shards []bot.Shard) error
	// Release lets go of shards, with their sessions; with all, the process
	// wants no more.
	Release(ctx context.Context, self bot.Self, shards []bot.Shard, all bool) error
	// Identify takes the next turn of one of Discord's buckets and returns 0,
	// if the last one was so long ago; else it returns how long to wait before
	// asking again.
	Identify(ctx context.Context, bucket int, every time.Duration) (wait time.Duration, err error)
}

// A solo holds all shards in one process, for which nobody has to be asked.
// Their sessions end with it.
type solo struct {
	mu    sync.Mutex
	turns map[int]time.Time // by bucket
}

// Hold returns all shards.
func (*solo) Hold(_ context.Context, c bot.GatewayClaim) (bot.GatewayShare, error) {
	held := bot.GatewayShare{Count: c.Shards, Fair: c.Shards}
	for i := range c.Shards {
		held.Shards = append(held.Shards, bot.Shard{ID: i})
	}
	return held, nil
}

// Keep keeps nothing.
func (*solo) Keep(context.Context, bot.Self, []bot.Shard) error { return nil }

// Release has nobody to leave anything to.
func (*solo) Release(context.Context, bot.Self, []bot.Shard, bool) error { return nil }

// Identify takes the next turn of a bucket.
func (s *solo) Identify(_ context.Context, bucket int, every time.Duration) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if last, ok := s.turns[bucket]; ok && now.Sub(last) < every {
		return every - now.Sub(last), nil
	}
	if s.turns == nil {
		s.turns = map[int]time.Time{}
	}
	s.turns[bucket] = now
	return 0, nil
}
