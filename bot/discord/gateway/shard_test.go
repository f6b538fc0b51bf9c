package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// A lease that was over before it was renewed has ended what stood under it.
func TestALeaseIsNotRevived(t *testing.T) {
	t.Parallel()
	server := discordtest.New(t, testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token}}})
	base, err := rest.ParseAPIURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.New(rest.Options{Token: token, Base: base, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	living, stop := context.WithCancel(t.Context())
	held := &shard{id: 0, count: 1, done: make(chan struct{})}
	first := held.done
	end := sync.OnceFunc(func() { close(first) })
	held.cancel = end
	g := New(Options{
		Token: token, Network: rest.Network{Loopback: true}, Shards: 1, Timing: quickTiming, Clock: client.Clock(), Log: slog.New(slog.DiscardHandler), Ask: client.Gateway, Self: &atomic.Pointer[rest.Self]{},
		Receive: func(string, json.RawMessage, time.Time) Barrier { return nil },
		Pending: func() Barrier { return nil }, Away: func() bool { return false },
	})
	g.shards[0] = held
	if _, err := g.identify.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	held.gateway = g
	g.lease.last(time.Now().Add(time.Hour))
	if g.hold(living); held.done != first || held.ended() {
		t.Error("a shard under a lease that goes on was given up")
	}
	g.lease.last(time.Now().Add(-time.Nanosecond))
	if g.hold(living); held.done == first {
		t.Error("a shard outlived its lease")
	}
	stop()
	g.wg.Wait()
}

// While dispatches come in, what is kept lags behind by one look; in the end
// it does not. What was accepted in memory alone is to be told again if the process
// ends: until it is moved, nothing more is kept.
func TestRecord(t *testing.T) {
	var pending Barrier
	away := false
	s := &shard{gateway: New(Options{
		Clock: bot.NewClock(), Receive: func(string, json.RawMessage, time.Time) Barrier { return nil },
		Pending: func() Barrier { return pending }, Away: func() bool { return away },
	})}
	sequence := func(tick, last bool) int64 {
		r, changed := s.record(tick, last)
		if changed != (r.Session != s.kept) {
			t.Error("it does not know what has changed")
		}
		return r.Session.Sequence
	}
	s.take(dispatch{"READY", 1, json.RawMessage(`{"session_id":"x","resume_gateway_url":"ws://127.0.0.1"}`)})
	for i, want := range []int64{1, 1, 2, 3} {
		if got := sequence(true, false); got != want {
			t.Errorf("look %d keeps %d, want %d", i, got, want)
		}
		s.take(dispatch{kind: "MESSAGE_CREATE", sequence: int64(i + 2)})
	}
	if got := sequence(false, false); got != 4 {
		t.Errorf("between two looks it keeps %d", got)
	}
	accepting := make(chan struct{})
	pending = Barrier{accepting}
	for range 3 {
		if got := sequence(true, false); got > 5 {
			t.Errorf("it keeps %d", got)
		}
		s.take(dispatch{kind: "MESSAGE_CREATE", sequence: 6})
	}
	if got := sequence(true, false); got != 4 {
		t.Errorf("while a question is being accepted it keeps %d", got)
	}
	close(accepting)
	if got := sequence(false, true); got != 6 {
		t.Errorf("in the end it keeps %d", got)
	}
	s.take(dispatch{kind: "MESSAGE_CREATE", sequence: 7})
	away = true
	for range 3 {
		if got := sequence(true, false); got != 5 {
			t.Errorf("while what was accepted is in memory alone it keeps %d", got)
		}
	}
	if got := sequence(false, true); got != 5 {
		t.Errorf("in the end, while what was accepted is in memory alone, it keeps %d", got)
	}
	away = false
	r, _ := s.record(false, true)
	s.isKept(r)
	if _, changed := s.record(false, true); changed || r.Session.URL != "ws://127.0.0.1" || r.Session.ID != "x" {
		t.Errorf("it keeps %+v again", r)
	}
	s.forget()
	if r, changed := s.record(true, false); !changed || r.Session != (bot.GatewaySession{}) {
		t.Errorf("a session that was given up is kept as %+v", r)
	}
}

// A session is told to have been heard up to where it had no gap.
func TestHeard(t *testing.T) {
	var told []time.Time
	s := &shard{gateway: New(Options{Clock: bot.NewClock(), Receive: func(_ string, _ json.RawMessage, last time.Time) Barrier {
		told = append(told, last)
		return nil
	}})}
	take := func(kind string) {
		time.Sleep(time.Millisecond)
		s.take(dispatch{kind: kind, data: json.RawMessage("{}")})
	}
	s.begins()
	take("READY")
	take("MESSAGE_CREATE")
	heard := s.heard
	s.begins() // to resume
	take("MESSAGE_CREATE")
	if s.heard != heard {
		t.Error("what is told after a gap counts before all of it is told")
	}
	s.begins() // and anew
	take("READY")
	if last := told[len(told)-1]; last != heard || !told[0].IsZero() || !s.heard.After(heard) {
		t.Errorf("told is %v, not %v", last, heard)
	}
	s.begins()
	take("MESSAGE_CREATE")
	heard = s.heard
	take("RESUMED")
	if !s.heard.After(heard) {
		t.Error("a session that is resumed does not count")
	}
}

// quickGatewayTiming keeps tests short.
var quickTiming = Timing{
	Hello: 300 * time.Millisecond, Open: 5 * time.Second,
	Backoff: 10 * time.Millisecond, Longest: 50 * time.Millisecond, Settled: time.Hour, Lease: 4 * time.Second, Poll: 10 * time.Millisecond,
}

var errOnPurpose = errors.New("broken on purpose")
