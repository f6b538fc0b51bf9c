package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/queue"
)

// unanswering is a surface of which nobody knows what it has done.
type unanswering struct{ surface }

func (unanswering) edit(context.Context, queue.Post, object.View) error { return errOnPurpose }

// What a message shows is not known after an edit that may have come through: also
// what it showed before is to be edited in.
func TestEditWithoutAnAnswer(t *testing.T) {
	before := render.Line("before")
	work := &Task{Row: queue.Row{Posts: []queue.Post{{Message: "1", Shows: hashOf(before)}}}}
	if err := work.edit(t.Context(), unanswering{}, work.Row.Posts[0], render.Line("after")); !errors.Is(err, errOnPurpose) {
		t.Error(err)
	}
	if p, _ := work.post(0); p.Shows == hashOf(before) {
		t.Error("it is taken to show what it showed before")
	}
}

// What is told seldom is told again after its time.
func TestToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Worker{denied: NewCache[time.Time](8)}
		for i, c := range []struct {
			after time.Duration
			told  bool
		}{{0, false}, {time.Minute, true}, {toldEvery, false}, {time.Minute, true}} {
			time.Sleep(c.after)
			if got := b.toldLately("x"); got != c.told {
				t.Errorf("%d: %v", i, got)
			}
		}
	})
}

// Who waits for a row to be taken up hears of it, also where it was before; who has
// left is not remembered.
func TestAwaitARow(t *testing.T) {
	h := newPool(1)
	early, end := h.Await("1")
	_, leave := h.Await("2")
	leave()
	h.hold(&Task{Row: queue.Row{ID: "1"}})
	late, _ := h.Await("1")
	for when, held := range map[string]<-chan struct{}{"before": early, "after": late} {
		select {
		case <-held:
		default:
			t.Errorf("who began to wait %s the row was taken up does not hear of it", when)
		}
	}
	if end(); len(h.awaited) > 0 {
		t.Errorf("%d are remembered to wait", len(h.awaited))
	}
}

// standing is a store that claims a row while the process stands still, for longer
// than the claim lasts.
type standing struct {
	Ledger
	of      *Worker
	claimed *atomic.Bool
	begun   chan *Task
}

func (s standing) Away() bool              { return false }
func (s standing) Shared() bool            { return true }
func (s standing) Nudges() <-chan struct{} { return nil }

func (s standing) Claim(context.Context, int, []string, []string) ([]queue.Row, error) {
	if s.claimed.Swap(true) {
		return nil, nil
	}
	time.Sleep(queue.ClaimLife + time.Second)
	return []queue.Row{{ID: "1", Place: "2"}}, nil
}

// Abandon is what is done with a row that cannot be read, as this one.
func (s standing) Abandon(_ context.Context, r queue.Row, _ string) error {
	s.of.Pool.mu.Lock()
	defer s.of.Pool.mu.Unlock()
	s.begun <- s.of.Pool.tasks[r.ID]
	return nil
}

// A claim that is over when the process hears of it is not believed to hold: an
// unfinished answer would take the place of another process's finished one.
func TestClaimThatIsHeardOfTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Worker{Clock: bot.NewClock(), Log: slog.New(slog.DiscardHandler), Pool: newPool(1), IsReady: make(chan struct{})}
		s := standing{of: b, claimed: new(atomic.Bool), begun: make(chan *Task)}
		b.Ledger = s
		close(b.IsReady)
		ctx, stop := context.WithCancel(t.Context())
		go b.Claim(ctx, ctx, ctx)
		work := <-s.begun
		stop()
		if until := b.surely(work); time.Now().Before(until) {
			t.Errorf("it is believed to hold for %v more", time.Until(until))
		}
	})
}

var errOnPurpose = errors.New("broken on purpose")
