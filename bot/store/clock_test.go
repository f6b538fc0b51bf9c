package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
)

// off is how far clocks are off in these tests, either way.
const off = 20 * time.Minute

// Nobody who asks too fast is kept from asking for longer than a minute, and
// nobody asks more than they may, when the clock was put back.
func TestClockAndQuota(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, _ func() *Store) {
		take := func(allowed bool) {
			t.Helper()
			wait, err := s.Take(t.Context(), "ana", 2)
			if err != nil || (wait == 0) != allowed || wait > 30*time.Second {
				t.Errorf("%v to wait, %v", wait, err)
			}
		}
		take(true)
		take(true)
		shift(s, -off)
		take(false)
		take(false)
		shift(s, 31*time.Second)
		take(true)
		take(false)
	})
}

// On SQLite, what an earlier life has kept is as old as it is, however far the
// machine's clock was off then and is now.
func TestClockOfEarlierLives(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	passed := time.Duration(0)
	live := func(machine time.Duration, run func(s *Store)) {
		t.Helper()
		o := Options{Folder: folder, Serving: true, Clock: bot.NewClock()}
		tell := func(at time.Time) { o.Clock.Tell(at, at) }
		tell(time.Now().Add(passed + machine))
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		tell(time.Now().Add(passed)) // as Discord's first answer does
		run(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	goesOn := func(s *Store, want ...string) {
		t.Helper()
		if got, err := s.History(t.Context(), "here", "ana"); err != nil || !slices.Equal(got, want) {
			t.Errorf("a conversation goes on from %q, want %q, %v", got, want, err)
		}
	}
	for _, machines := range [][2]time.Duration{{off, 0}, {0, off}, {-off, 0}, {0, -off}, {off, -off}, {-off, off}} {
		folder = filepath.Join(t.TempDir(), fmt.Sprint(machines))
		passed = 0
		live(machines[0], func(s *Store) {
			accept(t, s, "1", "here", "ana", queue.Terms{Claim: true, PerMinute: 1})
			accept(t, s, "2", "here", "ana", queue.Terms{}) // is left open
			settle(t, s, claimedFirst("1"), inWords("words 1", ""))
		})
		passed = 59 * time.Second
		live(machines[1], func(s *Store) {
			if wait, err := s.Take(t.Context(), "ana", 1); err != nil || wait <= 0 || wait > time.Second {
				t.Errorf("%v to wait, %v", wait, err)
			}
			claimed, err := s.Claim(t.Context(), 9, nil, nil)
			if err != nil || !slices.Equal(ids(claimed), []string{"2"}) {
				t.Fatalf("%v are claimed, %v", ids(claimed), err)
			}
			if age := time.Since(claimed[0].Accepted) - passed; age.Abs() > 5*time.Second {
				t.Errorf("its age is off by %v", age)
			}
			goesOn(s, "words 1")
		})
		passed = 29 * time.Minute
		live(machines[0], func(s *Store) { goesOn(s, "words 1") })
		passed = 31 * time.Minute
		live(machines[1], func(s *Store) { goesOn(s) })
	}
}

// With PostgreSQL everything goes by its clock, however far this machine's is
// off.
func TestClockOfPostgres(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{off, -off} {
		o := Options{URL: postgrestest.New(t).URL(), Serving: true}
		first := open(t, o)
		for _, set := range []string{
			fmt.Sprintf(`CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '%d seconds' $$`, int(by.Seconds())),
			`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`,
		} {
			if _, err := first.db.ExecContext(t.Context(), set); err != nil {
				t.Fatal(err)
			}
		}
		s, other := open(t, o), open(t, o)
		if ahead := time.Until(s.Now()) - by; ahead.Abs() > time.Minute {
			t.Fatalf("the store's clock is off by %v", ahead)
		}
		accept(t, s, "1", "here", "ana", queue.Terms{Claim: true, PerMinute: 2})
		accept(t, s, "2", "here", "ben", queue.Terms{})
		claimed, err := other.Claim(t.Context(), 9, nil, nil)
		if err != nil || !slices.Equal(ids(claimed), []string{"2"}) {
			t.Fatalf("%v are claimed, %v", ids(claimed), err)
		}
		if age := time.Since(claimed[0].Accepted); age.Abs() > time.Minute {
			t.Errorf("what was just accepted is %v old", age)
		}
		settle(t, s, claimedFirst("1"), inWords("words 1", ""))
		settle(t, other, claimed[0], inWords("words 2", ""))
		err = s.Records(t.Context(), "", s.Now().Add(-time.Minute), func(r bot.Record) error {
			if r.Took.Abs() > time.Minute {
				t.Errorf("question %s took %v", r.ID, r.Took)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slots, err := s.Slots(t.Context(), "bot", 10, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := slots.Take(t.Context(), 5); err != nil || time.Until(at[4]).Abs() > time.Minute {
			t.Errorf("requests may be sent at %v, %v", at, err)
		}
	}
}

// A machine that was asleep, and does not know for how long, asks for the time
// before it claims anything.
func TestClockAfterSleep(t *testing.T) {
	t.Parallel()
	o := Options{URL: postgrestest.New(t).URL()}
	s, other := open(t, o), open(t, o)
	shift(s, -off)
	woken := false
	s.steady = func() bool { defer func() { woken = true }(); return woken }
	accept(t, s, "1", "here", "ana", queue.Terms{Claim: true})
	if claimed, err := other.Claim(t.Context(), 9, nil, nil); err != nil || len(claimed) > 0 {
		t.Errorf("%v are claimed, %v", ids(claimed), err)
	}
	if off := time.Until(s.Now()); off.Abs() > time.Minute {
		t.Errorf("the clock is off by %v", off)
	}
}
