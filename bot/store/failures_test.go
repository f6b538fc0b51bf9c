package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
)

func TestBacklog(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		looks := func(want int, least, most time.Duration) {
			t.Helper()
			open, oldest, err := another().Backlog(t.Context())
			if err != nil || open != want || oldest < least || oldest > most {
				t.Errorf("%d are open, the oldest for %v, %v", open, oldest, err)
			}
		}
		looks(0, 0, 0)
		accept(t, s, "1", "here", "ana", queue.Terms{Claim: true})
		accept(t, s, "2", "there", "ben", queue.Terms{})
		if _, err := s.db.ExecContext(t.Context(), `UPDATE question SET accepted = $1 WHERE id = '1'`, stamp(s.now().Add(-time.Hour))); err != nil {
			t.Fatal(err)
		}
		looks(2, time.Hour, 2*time.Hour)
		settle(t, s, claimedFirst("1"), queue.Result{})
		looks(1, 0, 30*time.Minute)
	})
}

// Each call that fails is told; one that fails as it should is none of them.
func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	var failures atomic.Int64
	o := Options{Folder: t.TempDir(), Serving: true, Failed: func(error) { failures.Add(1) }}
	s := open(t, o)
	accept(t, s, "1", "here", "ana", queue.Terms{})
	accept(t, s, "1", "here", "ana", queue.Terms{}) // known
	taken := s.Settle(t.Context(), queue.Row{ID: "1", Fence: 7})
	if _, err := s.AskedFor(t.Context(), "nothing", ""); err != nil || !errors.Is(taken, queue.ErrTaken) {
		t.Fatal(err, taken)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Ping(gone); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if n := failures.Load(); n != 0 {
		t.Errorf("%d failures are told of a store that is well", n)
	}
	if _, err := s.db.ExecContext(t.Context(), `PRAGMA query_only = 1`); err != nil {
		t.Fatal(err)
	}
	writes := map[string]func() error{
		"Ping":  func() error { return s.Ping(t.Context()) },
		"Spend": func() error { return s.Spend(t.Context(), bot.Question{}, bot.Usage{}) },
	}
	for name, call := range writes {
		before := failures.Load()
		if err := call(); err == nil || failures.Load() != before+1 {
			t.Errorf("%s: %v, and %d failures are told", name, err, failures.Load()-before)
		}
	}
	if _, err := s.db.ExecContext(t.Context(), `PRAGMA query_only = 0`); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"question", "answer", "usage", "place"} {
		if _, err := s.db.ExecContext(t.Context(), `ALTER TABLE `+table+` RENAME TO `+table+`_gone`); err != nil {
			t.Fatal(err)
		}
	}
	for name, call := range map[string]func() error{
		"Backlog":  func() error { _, _, err := s.Backlog(t.Context()); return err },
		"Ahead":    func() error { _, err := s.Ahead(t.Context(), "1"); return err },
		"Places":   func() error { _, err := s.Places(t.Context(), time.Time{}); return err },
		"Spent":    func() error { _, err := s.Spent(t.Context()); return err },
		"Recall":   func() error { _, err := s.Recall(t.Context(), "k"); return err },
		"History":  func() error { _, err := s.History(t.Context(), "p", "m"); return err },
		"AskedFor": func() error { _, err := s.AskedFor(t.Context(), "m", ""); return err },
	} {
		before := failures.Load()
		if err := call(); err == nil || failures.Load() != before+1 {
			t.Errorf("%s: %v, and %d failures are told", name, err, failures.Load()-before)
		}
	}
}

// A disk that hangs in the middle of writing keeps nobody waiting for longer than
// they want to, and what was written in the end is there.
func TestHangingDisk(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Folder: t.TempDir(), Serving: true})
	hangs, goOn := make(chan struct{}), make(chan struct{})
	do := s.batch.do
	s.batch.do = func(ctx context.Context, run func(*sql.Tx) error) error {
		err := do(context.WithoutCancel(ctx), run) // it is on its way to the disk
		close(hangs)
		<-goOn
		s.batch.do = do
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	accepted := make(chan error)
	go func() {
		_, err := s.Accept(ctx, queue.Row{ID: "1", Place: "here", Member: ana}, queue.Terms{})
		accepted <- err
	}()
	<-hangs
	cancel()
	if err := <-accepted; !errors.Is(err, context.Canceled) {
		t.Errorf("a question is accepted: %v", err)
	}
	gone, end := context.WithTimeout(t.Context(), time.Millisecond)
	defer end()
	if err := s.Vote(gone, bot.Vote{Answer: "1", Member: ana}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a vote behind it: %v", err)
	}
	close(goOn)
	if a := accept(t, s, "1", "here", ana, queue.Terms{}); a.Fresh {
		t.Error("what was written is not there")
	}
	if votes, err := s.Votes(t.Context()); err != nil || len(votes) != 0 {
		t.Errorf("a vote was kept of which it was said that it is not: %v, %v", votes, err)
	}
}
