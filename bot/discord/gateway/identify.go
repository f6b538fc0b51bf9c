package gateway

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"
)

// An identifyLimiter keeps the bot within what Discord allows of IDENTIFYs: one in 5 s for
// each of its buckets, and so many a day. Both hold for all processes of the
// bot together. A bot that goes over them loses its token.
//
// https://docs.discord.com/developers/events/gateway#session-start-limit-object
type identifyLimiter struct {
	ask   func(context.Context) (rest.GatewayInfo, error)
	share Shards
	alone func() bool // no other process takes turns
	every time.Duration
	log   *slog.Logger

	mu    sync.Mutex
	known rest.GatewayInfo
	at    time.Time             // when it was asked for
	left  int                   // of the day's IDENTIFYs, at least
	given int                   // IDENTIFYs that this process was allowed
	done  int                   // those of them that are over
	open  int                   // those that Discord may not have counted when it was asked
	seats map[int]chan struct{} // one for each bucket
	last  map[int]time.Time     // by shard: when it was allowed its last IDENTIFY
	own   solo                  // the turns of this process alone
}

// refresh asks Discord anew.
func (s *identifyLimiter) refresh(ctx context.Context) (rest.GatewayInfo, error) {
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	info, err := s.ask(ctx)
	if err != nil {
		return rest.GatewayInfo{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.at = info, time.Now()
	s.open = s.given - done
	s.left = info.Starts.Remaining - s.open
	return info, nil
}

// info is what Discord said last.
func (s *identifyLimiter) info() rest.GatewayInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

// A seat lets one shard of its bucket connect in order to IDENTIFY.
type seat struct {
	limiter *identifyLimiter
	bucket  int
	freed   sync.Once
	left    sync.Once
}

// enter waits until no other shard of the same bucket is about to IDENTIFY in
// this process, and until the day's limit allows one more. The seat is to be
// left.
func (s *identifyLimiter) enter(ctx context.Context, shard int) (*seat, error) {
	if wait := s.spread(shard); wait > 0 {
		s.log.Warn("few of today's connections are left: a shard waits before it takes another", "shard", shard, "left", s.info().Starts.Remaining, "pause", wait)
		if err := bot.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	bucket := shard % s.known.Starts.Concurrency
	taken := s.seats[bucket]
	if taken == nil {
		taken = make(chan struct{}, 1)
		s.seats[bucket] = taken
	}
	s.mu.Unlock()
	select {
	case taken <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	at := &seat{limiter: s, bucket: bucket}
	if err := s.allowed(ctx); err != nil {
		at.free()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[shard] = time.Now()
	return at, nil
}

// spread is how long a shard should wait that needs one IDENTIFY after another.
// When half of the day's are used up, the rest is made to last until there are
// more: a bot without any would be away for hours.
func (s *identifyLimiter) spread(shard int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, before := s.last[shard]
	if !before || s.left > s.known.Starts.Total/2 {
		return 0
	}
	reset := s.at.Add(time.Duration(s.known.Starts.ResetAfter) * time.Millisecond)
	shards := max(s.known.Shards, len(s.last)) // all draw on the same
	return time.Until(last.Add(reset.Sub(last) * time.Duration(shards) / time.Duration(max(1, s.left))))
}

// free lets the next shard in.
func (s *seat) free() {
	s.freed.Do(func() {
		s.limiter.mu.Lock()
		taken := s.limiter.seats[s.bucket]
		s.limiter.mu.Unlock()
		<-taken
	})
}

// leave is called when the shard has connected, or failed to.
func (s *seat) leave() {
	s.free()
	s.left.Do(func() {
		s.limiter.mu.Lock()
		s.limiter.done++
		s.limiter.mu.Unlock()
	})
}

// allowed takes one of the day's IDENTIFYs, as soon as there is one.
func (s *identifyLimiter) allowed(ctx context.Context) error {
	for {
		s.mu.Lock()
		old := s.left <= 0 || time.Since(s.at) >= s.every
		s.mu.Unlock()
		if old {
			if _, err := s.refresh(ctx); err != nil {
				return err
			}
		}
		s.mu.Lock()
		total, reset, open := s.known.Starts.Total, s.at.Add(time.Duration(s.known.Starts.ResetAfter)*time.Millisecond), s.open
		if s.left > 0 {
			s.left--
			s.given++
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		pause := max(s.every, time.Second)
		if open == 0 { // else Discord may have counted those, and there is one more
			pause = max(pause, time.Until(reset))
			s.log.Error("Discord allows the bot no more connections today; waiting until it does", "a day", total, "until", reset)
		}
		if err := bot.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// turn waits until Discord and the other processes allow an IDENTIFY, and lets
// the next shard in.
func (s *seat) turn(ctx context.Context) error {
	from := s.limiter
	every := from.every + from.every/20 // some IDENTIFYs travel faster than others
	for {
		wait, err := from.share.Identify(ctx, s.bucket, every)
		if err != nil && from.alone() {
			from.log.Warn("when the bot may identify is not known beyond this process", "cause", err)
			wait, err = from.own.Identify(ctx, s.bucket, every)
		}
		if err != nil {
			return err
		}
		if wait <= 0 {
			s.free()
			return nil
		}
		if err := bot.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}
