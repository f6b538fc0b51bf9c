package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

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

var errOnPurpose = errors.New("broken on purpose")
