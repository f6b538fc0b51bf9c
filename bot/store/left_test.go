package store

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"

	"summitbot/bot/queue"
)

// A change that nobody waits for any more, and that is carried out nevertheless,
// leaves alone what its caller was told. (The race detector sees it.)
func TestChangesThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(context.Context, *Store) (bool, error){
		"withdraw": func(ctx context.Context, s *Store) (bool, error) { return s.Withdraw(ctx, queue.Row{ID: "1"}, false) },
		"stop":     func(ctx context.Context, s *Store) (bool, error) { return s.Stop(ctx, "1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), Options{Folder: t.TempDir(), Serving: true})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			if _, err := s.Accept(t.Context(), queue.Row{ID: "1", Place: "here", Member: "ana"}, queue.Terms{}); err != nil {
				t.Fatal(err)
			}
			// Behind a write that takes its time, the change and another such write
			// wait, and are carried out together. Nothing but time tells one from
			// another, or the detector would see an order.
			var writes sync.WaitGroup
			for _, takes := range []time.Duration{100 * time.Millisecond, 0, 500 * time.Millisecond} {
				writes.Go(func() {
					if takes > 0 {
						_ = s.write(context.Background(), func(*sql.Tx) error { // it cannot fail
							time.Sleep(takes)
							return nil
						})
						return
					}
					ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
					defer cancel()
					if did, err := change(ctx, s); did && err != nil {
						t.Errorf("it is told to be done, and failed: %v", err)
					}
				})
				time.Sleep(30 * time.Millisecond) // until it waits
			}
			writes.Wait()
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
