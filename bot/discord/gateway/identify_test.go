package gateway

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"summitbot/bot/discord/rest"
)

// pacing returns a limiter that asks a Discord with so many IDENTIFYs left, which
// has more an hour from now.
func pacing(share Shards, concurrency int, left *atomic.Int64) *identifyLimiter {
	fresh := time.Now().Add(time.Hour)
	return &identifyLimiter{
		share: share, alone: func() bool { return false }, every: 5 * time.Second, log: slog.New(slog.DiscardHandler), seats: map[int]chan struct{}{}, last: map[int]time.Time{},
		ask: func(context.Context) (info rest.GatewayInfo, err error) {
			if !time.Now().Before(fresh) {
				fresh = fresh.Add(24 * time.Hour)
				left.Store(1000)
			}
			info.Starts.Total, info.Starts.Remaining, info.Starts.ResetAfter, info.Starts.Concurrency = 1000, int(left.Load()), time.Until(fresh).Milliseconds(), concurrency
			return info, nil
		},
	}
}

// identify goes through what a shard does to IDENTIFY, and returns when.
func identify(t *testing.T, s *identifyLimiter, shard int, left *atomic.Int64) time.Time {
	seat, err := s.enter(t.Context(), shard)
	if err != nil {
		t.Error(err)
		return time.Time{}
	}
	defer seat.leave()
	if err := seat.turn(t.Context()); err != nil {
		t.Error(err)
	}
	left.Add(-1)
	return time.Now()
}

// However many shards there are, in however many processes, each bucket has
// one IDENTIFY in five seconds.
func TestIdentifiesArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const concurrency, shards = 2, 9
		var left, mine atomic.Int64
		left.Store(1000)
		share := &solo{} // stands for the store
		done := make(chan struct {
			bucket int
			at     time.Time
		}, shards)
		start := time.Now()
		processes := []*identifyLimiter{pacing(share, concurrency, &left), pacing(share, concurrency, &left)}
		for _, s := range processes {
			if _, err := s.refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for shard := range shards {
			go func() {
				at := identify(t, processes[shard%3%2], shard, &mine)
				done <- struct {
					bucket int
					at     time.Time
				}{shard % concurrency, at}
			}()
		}
		last := map[int]time.Time{}
		for range shards {
			d := <-done
			if before, ok := last[d.bucket]; ok && d.at.Sub(before) < 5*time.Second {
				t.Errorf("bucket %d had an IDENTIFY %v after another", d.bucket, d.at.Sub(before))
			}
			last[d.bucket] = d.at
		}
		if took := time.Since(start); took > 22*time.Second { // five of one bucket, four spaces
			t.Errorf("it took %v", took)
		}
	})
}

// When no IDENTIFY is left for the day, the next waits for the next day; one
// that is under way is not mistaken for that.
func TestNoIdentifyIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Int64
		left.Store(2)
		s := pacing(&solo{}, 4, &left)
		if _, err := s.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		first, err := s.enter(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		identify(t, s, 1, &left)
		go func() {
			time.Sleep(time.Minute)
			left.Add(-1) // the first has identified
			first.leave()
		}()
		if at := identify(t, s, 2, &left); at.Sub(start) < time.Hour || at.Sub(start) > time.Hour+time.Minute {
			t.Errorf("a third IDENTIFY of two came after %v", at.Sub(start))
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		left.Store(0)
		s.left = 0
		if _, err := s.enter(ended, 3); err == nil {
			t.Error("a shard that is given up goes in")
		}
		if s.given != s.done {
			t.Errorf("%d are under way", s.given-s.done)
		}
	})
}

// A shard that needs one IDENTIFY after another makes the last of the day last,
// and keeps no other shard waiting.
func TestLastIdentifiesAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Int64
		left.Store(11)
		s := pacing(&solo{}, 1, &left)
		if _, err := s.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		identify(t, s, 0, &left)
		if took := time.Since(start); took > time.Second {
			t.Errorf("the first came after %v", took)
		}
		other := make(chan time.Duration)
		go func() {
			time.Sleep(10 * time.Second)
			begun := time.Now()
			identify(t, s, 1, &left)
			other <- time.Since(begun)
		}()
		at := identify(t, s, 0, &left)
		if took := at.Sub(start); took < 5*time.Minute || took > 7*time.Minute { // ten in an hour
			t.Errorf("the second came after %v", took)
		}
		if took := <-other; took > 6*time.Second {
			t.Errorf("another shard waited for %v", took)
		}
	})
}

// mute is a store that does not answer.
type mute struct{ solo }

func (*mute) Identify(context.Context, int, time.Duration) (time.Duration, error) {
	return 0, errOnPurpose
}

// A store that does not answer keeps a shard from its turn, but not that of a
// process that is alone with it.
func TestTurnWithoutAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Int64
		left.Store(1000)
		s := pacing(&mute{}, 1, &left)
		if _, err := s.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		seat, err := s.enter(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := seat.turn(t.Context()); !errors.Is(err, errOnPurpose) {
			t.Errorf("a turn that nobody gave: %v", err)
		}
		seat.leave()
		s.alone = func() bool { return true }
		start := time.Now()
		identify(t, s, 0, &left)
		identify(t, s, 0, &left)
		if took := time.Since(start); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("two turns took %v", took)
		}
	})
}
