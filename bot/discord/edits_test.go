package discord

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot/queue"
	"summitbot/bot/testserver"
)

// claimsLate hands out what it has claimed when it is let.
type claimsLate struct {
	Ledger
	holds   atomic.Bool
	claimed chan struct{}
	let     chan struct{}
}

func (c *claimsLate) Claim(ctx context.Context, most int, inHand, full []string) ([]queue.Row, error) {
	claimed, err := c.Ledger.Claim(ctx, most, inHand, full)
	if len(claimed) > 0 && c.holds.Load() {
		c.claimed <- struct{}{}
		<-c.let
	}
	return claimed, err
}

// A question that is edited while somebody is about to answer it is answered
// as it is in the end.
func TestEditOfAClaimedQuestion(t *testing.T) {
	t.Parallel()
	first := make(chan struct{})
	ledger := &claimsLate{claimed: make(chan struct{}), let: make(chan struct{})}
	w := running(t, testserver.Faults{}, heldBackUntil(t, first), func(o *Options, b *Bot) {
		if b == nil {
			ledger.Ledger, o.Ledger = o.Ledger, ledger
		}
	})
	w.say("ana", "general", "@summitbot why Alaska?")
	second := w.say("ana", "general", "@summitbot what is a good pizza recipe?") // is claimed when the first is answered
	w.eventually("both are accepted", func() bool { return w.open() == 2 })
	ledger.holds.Store(true)
	close(first)
	<-ledger.claimed
	if _, err := w.server.Edit("ana", second.ID, "@summitbot why Alaska, then?"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * w.bot.timing.edit)
	ledger.holds.Store(false)
	close(ledger.let)
	a := w.answerTo(second)
	w.eventually("its answer is that to the edited question", func() bool {
		now := w.refresh(a).Text()
		return strings.Contains(now, "far from arbitrary") && strings.Contains(now, en.Edited)
	})
	w.settle()
	if n := len(w.said("general")); n != 2 {
		t.Errorf("the bot said %d things", n)
	}
}

// What could not be taken back is tried again.
func TestTakeBackAgain(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	q := w.say("ana", "general", "@summitbot why Alaska?")
	w.answerTo(q)
	w.settle()
	w.server.SetFaults(testserver.Faults{BadGateway502: maxTries})
	if err := w.server.Delete("ana", q.ID); err != nil {
		t.Fatal(err)
	}
	w.eventually("it is taken back", func() bool { return len(w.said("general")) == 0 })
	w.settle()
}

// The answer to a question goes with it, in all its messages, also when an
// earlier run has given it; other messages that are deleted cost Discord
// nothing.
func TestDeletedAfterARestart(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, allOfIt(t)), nil)
	place := w.say("ana", "@summitbot", "all of it")
	asked := []testserver.Message{w.say("ana", "general", "@summitbot all of it"), place}
	other := w.say("ben", "general", "hello")
	for _, q := range asked {
		w.answerTo(q)
	}
	w.settle()
	w.restart(answers(t, allOfIt(t)), nil)
	if err := w.server.Delete("ben", other.ID); err != nil {
		t.Fatal(err)
	}
	for _, q := range asked {
		if err := w.server.Delete("ana", q.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.eventually("no answer stands to a question that is gone", func() bool {
		direct, err := w.server.MessagesFor("ana", "@summitbot", 0)
		return err == nil && len(direct)+len(w.said("general")) == 0
	})
	if strings.Contains(w.wire(), "after="+other.ID) {
		t.Error("answers were looked for to what nobody asked")
	}
}

// unanswering is a surface of which nobody knows what it has done.
type unanswering struct{ surface }

func (unanswering) edit(context.Context, queue.Post, view) error { return errBroken }

// What a message shows is not known after an edit that may have come through: also
// what it showed before is to be edited in.
func TestEditWithoutAnAnswer(t *testing.T) {
	before := line("before")
	work := &task{row: queue.Row{Posts: []queue.Post{{Message: "1", Shows: before.hash()}}}}
	if err := work.edit(t.Context(), unanswering{}, work.row.Posts[0], line("after")); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if p, _ := work.post(0); p.Shows == before.hash() {
		t.Error("it is taken to show what it showed before")
	}
}
