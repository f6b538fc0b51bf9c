package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"summitbot/bot"
)

// claim is what the processes of these tests want.
var claim = bot.GatewayClaim{Bot: "1", Shards: 4, Lease: 15 * time.Second}

// gatewayTest runs a test in a bubble of time, with a store.
func gatewayTest(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), Options{Folder: Memory})
		if err != nil {
			t.Fatal(err)
		}
		test(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// hold claims shards and returns the ids of those that are held, and of those
// that are to be released.
func hold(t *testing.T, g *Gateway, c bot.GatewayClaim) (held bot.GatewayShare, ids, leave []int) {
	t.Helper()
	held, err := g.Hold(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range held.Shards {
		if ids = append(ids, s.ID); s.Leave {
			leave = append(leave, s.ID)
		}
	}
	return held, ids, leave
}

func release(t *testing.T, g *Gateway, held bot.GatewayShare, ids ...int) {
	t.Helper()
	shards := slices.DeleteFunc(slices.Clone(held.Shards), func(s bot.Shard) bool { return !slices.Contains(ids, s.ID) })
	if err := g.Release(t.Context(), bot.Self{}, shards, false); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A second process gets its share once the first has let go of it, with the
// sessions; one that leaves gives all to the other.
func TestShardsAreShared(t *testing.T) {
	t.Parallel()
	gatewayTest(t, func(t *testing.T, s *Store) {
		one, two := s.Gateway(true), s.Gateway(true)
		held, ids, _ := hold(t, one, claim)
		same(t, "one alone", ids, 0, 1, 2, 3)
		self := bot.Self{User: "1", Name: "summitbot", Application: "2"}
		for i := range held.Shards {
			held.Shards[i].Session = bot.GatewaySession{ID: "session", Sequence: 7, URL: "wss://x.discord.gg"}
		}
		if err := one.Keep(t.Context(), self, held.Shards); err != nil {
			t.Fatal(err)
		}
		_, ids, _ = hold(t, two, claim)
		same(t, "two at first", ids)
		held, ids, leave := hold(t, one, claim)
		same(t, "one still", ids, 0, 1, 2, 3)
		same(t, "one is to release", leave, 2, 3)
		release(t, one, held, leave...)
		got, ids, _ := hold(t, two, claim)
		same(t, "two", ids, 2, 3)
		if want := held.Shards[2]; got.Self != self || got.Shards[0].Session != want.Session || got.Shards[0].Fence <= want.Fence || got.Fair != 2 {
			t.Errorf("two got %+v", got)
		}
		// What one still wants to say of it is not heard.
		late := held.Shards[2]
		late.Session = bot.GatewaySession{ID: "old"}
		if err := one.Keep(t.Context(), bot.Self{}, []bot.Shard{late}); err != nil {
			t.Fatal(err)
		}
		release(t, one, held, 2)
		last := got.Shards
		last[0].Session.Sequence = 9
		if err := two.Release(t.Context(), self, last, true); err != nil {
			t.Fatal(err)
		}
		got, ids, _ = hold(t, one, claim)
		same(t, "one in the end", ids, 0, 1, 2, 3)
		if s := got.Shards[2].Session; s.ID != "session" || s.Sequence != 9 {
			t.Errorf("the session that came back is %+v", s)
		}
	})
}

// What a process holds is free when its lease is over, and not before.
func TestLeasesEnd(t *testing.T) {
	t.Parallel()
	gatewayTest(t, func(t *testing.T, s *Store) {
		one, two := s.Gateway(true), s.Gateway(true)
		start := time.Now()
		held, _, _ := hold(t, one, claim)
		if want := start.Add(claim.Lease); !held.Until.Equal(want) {
			t.Errorf("the lease ends at %v, want %v", held.Until, want)
		}
		for time.Since(start) < claim.Lease {
			_, ids, _ := hold(t, two, claim)
			same(t, "two, too early", ids)
			time.Sleep(time.Second)
		}
		_, ids, _ := hold(t, two, claim)
		same(t, "two", ids, 0, 1, 2, 3)
		held, ids, _ = hold(t, one, claim) // it wakes up
		same(t, "one", ids)
		if held.Fair != 2 {
			t.Errorf("its share is %d", held.Fair)
		}
	})
}

// However many processes come, go, and stand still, no shard is held twice,
// and all are held soon after the last of it.
func TestShardsAreNeverHeldTwice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		dice := rand.New(rand.NewPCG(seed, 0))
		gatewayTest(t, func(t *testing.T, s *Store) {
			c := claim
			c.Shards = 1 + dice.IntN(9)
			type running struct {
				*Gateway
				held  bot.GatewayShare
				still int // rounds that it will stand still
			}
			var all []*running
			round := func() {
				for _, p := range all {
					if p.still > 0 {
						p.still--
						continue
					}
					held, _, leave := hold(t, p.Gateway, c)
					if p.held = held; len(leave) > 0 {
						release(t, p.Gateway, held, leave...)
						p.held.Shards = slices.DeleteFunc(p.held.Shards, func(s bot.Shard) bool { return s.Leave })
					}
				}
				holders := map[int]int{}
				for _, p := range all {
					if time.Now().Before(p.held.Until) {
						for _, s := range p.held.Shards {
							holders[s.ID]++
						}
					}
				}
				for id, n := range holders {
					if n > 1 {
						t.Fatalf("seed %d: %d processes hold shard %d", seed, n, id)
					}
				}
				time.Sleep(time.Second)
			}
			for range 120 {
				switch dice.IntN(10) {
				case 0:
					all = append(all, &running{Gateway: s.Gateway(true)})
				case 1:
					if len(all) > 0 { // it leaves
						i := dice.IntN(len(all))
						if err := all[i].Release(t.Context(), bot.Self{}, all[i].held.Shards, true); err != nil {
							t.Fatal(err)
						}
						all = slices.Delete(all, i, i+1)
					}
				case 2:
					if len(all) > 0 { // it is killed
						i := dice.IntN(len(all))
						all = slices.Delete(all, i, i+1)
					}
				case 3:
					if len(all) > 0 {
						all[dice.IntN(len(all))].still = dice.IntN(40)
					}
				}
				round()
			}
			all = append(all, &running{Gateway: s.Gateway(true)})
			for range 30 + 40 { // a lease to end, and the longest that one stands still
				round()
			}
			least, most, sum := c.Shards, 0, 0
			for _, p := range all {
				n := len(p.held.Shards)
				least, most, sum = min(least, n), max(most, n), sum+n
			}
			if sum != c.Shards || most-least > 1 {
				t.Errorf("seed %d: %d of %d shards are held, from %d to %d a process", seed, sum, c.Shards, least, most)
			}
		})
	}
}

// The number of shards changes only when no other process takes part, and the
// sessions of the old ones are void then; so are another bot's.
func TestShardsAreAgreed(t *testing.T) {
	t.Parallel()
	gatewayTest(t, func(t *testing.T, s *Store) {
		one, two := s.Gateway(true), s.Gateway(true)
		held, _, _ := hold(t, one, claim)
		held.Shards[0].Session.ID = "session"
		if err := one.Keep(t.Context(), bot.Self{User: "1"}, held.Shards); err != nil {
			t.Fatal(err)
		}
		more := claim
		more.Shards = 6
		if got, _, _ := hold(t, two, more); got.Count != 4 {
			t.Errorf("%d shards are agreed on", got.Count)
		}
		other := claim
		other.Bot = "2"
		if _, err := two.Hold(t.Context(), other); err == nil || !strings.Contains(err.Error(), "another bot") {
			t.Errorf("another bot's claim: %v", err)
		}
		for _, g := range []*Gateway{one, two} {
			if err := g.Release(t.Context(), bot.Self{}, nil, true); err != nil {
				t.Fatal(err)
			}
		}
		got, ids, _ := hold(t, s.Gateway(false), claim)
		same(t, "the same number", ids, 0, 1, 2, 3)
		if got.Shards[0].Session.ID != "session" {
			t.Error("a session was lost")
		}
		fence := got.Shards[0].Fence
		got, ids, _ = hold(t, s.Gateway(false), more)
		same(t, "another number", ids, 0, 1, 2, 3, 4, 5)
		if got.Shards[0].Session.ID != "" || got.Shards[0].Fence <= fence || got.Self.User != "1" {
			t.Errorf("after a change: %+v", got)
		}
		last := s.Gateway(false)
		got, _, _ = hold(t, last, more)
		got.Shards[0].Session.ID = "session"
		if err := last.Keep(t.Context(), bot.Self{User: "1"}, got.Shards); err != nil {
			t.Fatal(err)
		}
		other.Shards = 6
		if got, _, _ = hold(t, s.Gateway(false), other); got.Shards[0].Session.ID != "" || got.Self.User != "" {
			t.Errorf("another bot got %+v", got)
		}
	})
}

// A process that has the store to itself gets at once what an earlier one
// held, and no lease ends.
func TestGatewayOfOneProcess(t *testing.T) {
	t.Parallel()
	gatewayTest(t, func(t *testing.T, s *Store) {
		killed := s.Gateway(false)
		held, _, _ := hold(t, killed, claim)
		held.Shards[1].Session = bot.GatewaySession{ID: "session", Sequence: 3}
		if err := killed.Keep(t.Context(), bot.Self{}, held.Shards); err != nil {
			t.Fatal(err)
		}
		g := s.Gateway(false)
		for range 3 {
			held, ids, _ := hold(t, g, claim)
			same(t, "the next", ids, 0, 1, 2, 3)
			if !held.Until.IsZero() || held.Shards[1].Session.Sequence != 3 {
				t.Errorf("it holds %+v", held)
			}
			time.Sleep(time.Hour)
		}
	})
}

func TestTurnsToIdentify(t *testing.T) {
	t.Parallel()
	gatewayTest(t, func(t *testing.T, s *Store) {
		one, two := s.Gateway(true), s.Gateway(true)
		ask := func(g *Gateway, bucket int) time.Duration {
			t.Helper()
			wait, err := g.Identify(t.Context(), bucket, 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		if wait := ask(one, 0); wait != 0 {
			t.Errorf("the first turn is in %v", wait)
		}
		if wait := ask(two, 1); wait != 0 {
			t.Errorf("another bucket's turn is in %v", wait)
		}
		time.Sleep(2 * time.Second)
		if wait := ask(two, 0); wait != 3*time.Second {
			t.Errorf("the next turn is in %v", wait)
		}
		time.Sleep(3 * time.Second)
		if wait := ask(two, 0); wait != 0 {
			t.Errorf("a turn that is due is in %v", wait)
		}
		if wait := ask(one, 0); wait != 5*time.Second {
			t.Errorf("the one after it is in %v", wait)
		}
		// A clock that was put back keeps nobody waiting for long.
		if _, err := s.db.ExecContext(t.Context(), `UPDATE shard_identify SET at = $1`, stamp(time.Now().Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		if wait := ask(one, 0); wait != 0 {
			t.Errorf("after the clock was put back: %v", wait)
		}
	})
}

// A claim that fails takes nothing, and says what failed.
func TestClaimFails(t *testing.T) {
	t.Parallel()
	gatewayTest(t, func(t *testing.T, s *Store) {
		g := s.Gateway(true)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.Hold(ended, claim); err == nil || !strings.HasPrefix(err.Error(), "claiming shards: ") {
			t.Errorf("Hold: %v", err)
		}
		if err := g.Keep(ended, bot.Self{}, nil); err == nil {
			t.Error("Keep succeeded")
		}
		if err := g.Release(ended, bot.Self{}, nil, true); err == nil {
			t.Error("Release succeeded")
		}
		if _, err := g.Identify(ended, 0, time.Second); err == nil {
			t.Error("Identify succeeded")
		}
	})
}

func TestShare(t *testing.T) {
	t.Parallel()
	a, b, c := process{"a", "1", 0}, process{"b", "2", 0}, process{"c", "3", 0}
	with := func(p process, held int) process { p.held = held; return p }
	for _, c := range []struct {
		shards int
		all    []process
		want   map[string]int
	}{
		{4, []process{a}, map[string]int{"a": 4}},
		{4, []process{a, b, c}, map[string]int{"a": 2, "b": 1, "c": 1}},
		{4, []process{with(a, 1), with(b, 1), with(c, 2)}, map[string]int{"a": 1, "b": 1, "c": 2}}, // nothing moves
		{1, []process{with(b, 1), a}, map[string]int{"a": 0, "b": 1}},
		{2, []process{a, b, c}, map[string]int{"a": 1, "b": 1, "c": 0}},
	} {
		for me, want := range c.want {
			if got := share(c.shards, c.all, me); got != want {
				t.Errorf("%s's share of %d among %v is %d, want %d", me, c.shards, c.all, got, want)
			}
		}
	}
}

// The same in real time, where processes claim side by side and each has a
// connection of its own: on PostgreSQL, as on SQLite.
func TestShardsSideBySide(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		c := bot.GatewayClaim{Bot: "1", Shards: 7, Lease: 600 * time.Millisecond}
		stores := []*Store{s}
		if s.Shared() {
			stores = append(stores, another(), another())
		}
		var mu sync.Mutex
		until := make([]time.Time, c.Shards) // by shard: when the lease of its holder ends
		holder := make([]*Gateway, c.Shards)
		moved, killed := 0, false

		live := func(s *Store, dice *rand.Rand) {
			g := s.Gateway(true)
			for range 5 + dice.IntN(40) {
				held, err := g.Hold(t.Context(), c)
				if err != nil {
					t.Error(err)
					return
				}
				var leave []bot.Shard
				mu.Lock()
				now := time.Now()
				for _, h := range held.Shards {
					if o := holder[h.ID]; o != nil && o != g {
						if moved++; now.Before(until[h.ID]) {
							t.Errorf("shard %d was held twice", h.ID)
						}
					}
					if holder[h.ID], until[h.ID] = g, held.Until; h.Leave {
						leave = append(leave, h)
						until[h.ID] = now
					}
				}
				mu.Unlock()
				if err := g.Release(t.Context(), bot.Self{}, leave, false); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Duration(dice.IntN(60)) * time.Millisecond)
			}
			mu.Lock()
			defer mu.Unlock()
			if killed = !killed; killed {
				return
			}
			for id, o := range holder {
				if o == g {
					until[id] = time.Now()
				}
			}
			if err := g.Release(t.Context(), bot.Self{}, nil, true); err != nil {
				t.Error(err)
			}
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				dice := rand.New(rand.NewPCG(uint64(i), 1))
				for range 4 {
					live(stores[i%len(stores)], dice)
				}
			})
		}
		wg.Wait()
		if moved == 0 {
			t.Error("no shard has changed hands")
		}
		t.Logf("%d times, a shard changed hands", moved)

		const every = 50 * time.Millisecond
		turns := make(chan [2]time.Time, 8) // each came between two moments
		for i := range cap(turns) {
			wg.Go(func() {
				g := stores[i%len(stores)].Gateway(true)
				for {
					before := time.Now()
					wait, err := g.Identify(t.Context(), 0, every)
					if err != nil {
						t.Error(err)
						return
					}
					if wait == 0 {
						turns <- [2]time.Time{before, time.Now()}
						return
					}
					time.Sleep(wait)
				}
			})
		}
		wg.Wait()
		close(turns)
		taken := slices.SortedFunc(func(yield func([2]time.Time) bool) {
			for at := range turns {
				if !yield(at) {
					return
				}
			}
		}, func(a, b [2]time.Time) int { return a[1].Compare(b[1]) })
		for i := 1; i < len(taken); i++ {
			if apart := taken[i][1].Sub(taken[i-1][0]); apart < every {
				t.Errorf("two turns are at most %v apart", apart)
			}
		}
		if len(taken) != cap(turns) {
			t.Errorf("%d turns were taken", len(taken))
		}
	})
}
