package discord

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/testserver"
)

// claimsLate hands out what it has claimed when it is let.
type claimsLate struct {
	Ledger
	holds   atomic.Bool
	claimed chan struct{}
	let     chan struct{}
}

func (c *claimsLate) Claim(ctx context.Context, most int, inHand []string) ([]bot.Pending, error) {
	claimed, err := c.Ledger.Claim(ctx, most, inHand)
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
	time.Sleep(20 * w.bot.timing.edit) // it is looked for again and again
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

// Of two edits the last one is answered, whichever comes to be looked at last.
func TestTwoEdits(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	q := w.say("ana", "general", "@summitbot why Alaska?")
	w.answerTo(q)
	w.settle()
	older := &edit{bot: w.bot, work: t.Context(), post: t.Context(), message: message{ID: q.ID, ChannelID: q.ChannelID, Author: user{ID: q.Author.ID}}, text: "a pizza recipe"}
	newer := *older
	w.bot.edits.put(q.ID, &newer)
	turn := make(chan struct{})
	close(turn)
	older.answer(turn)
	w.settle()
	holds(t, w.answerTo(q), "far from arbitrary")
}

// What could not be taken back is tried again.
func TestTakeBackAgain(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	p, err := w.bot.api.send(t.Context(), w.say("ana", "general", "hello").ChannelID, line("late"), "", "")
	if err != nil {
		t.Fatal(err)
	}
	channel := w.said("general")[0].ChannelID
	w.server.SetFaults(testserver.Faults{BadGateway502: maxTries})
	if err := w.bot.takeBack(t.Context(), channel, []string{p.ID}); err == nil {
		t.Error("it is not told that a message stands")
	}
	if err := w.bot.takeBack(t.Context(), channel, []string{p.ID}); err != nil || len(w.said("general")) != 0 {
		t.Errorf("it stands, %v", err)
	}
}

// An answer that comes through after its question was deleted is taken back;
// one whose question somebody else answers is left to them. A worker, which is
// told of no deletions, asks.
func TestAnswerToADeletedQuestion(t *testing.T) {
	t.Parallel()
	for _, role := range []Role{Everything, Worker} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), nil)
			q := w.say("ana", "general", "hello")
			p, err := w.bot.api.send(t.Context(), q.ChannelID, line("late"), "", q.ID)
			if err != nil {
				t.Fatal(err)
			}
			taken := &claim{Pending: bot.Pending{ID: q.ID, Attempts: 1}}
			w.bot.role = role // what it does, not what it hears
			r := &messageReply{bot: w.bot, message: message{ID: q.ID, ChannelID: q.ChannelID}, there: []string{p.ID}}
			w.bot.close(t.Context(), taken, r, bot.Question{}, outcome{}, nil)
			if n := len(w.said("general")); n != 1 {
				t.Errorf("what somebody else goes on with is gone: %d messages", n)
			}
			if role == Everything {
				w.bot.heard.put(q.ID, q.Author.ID)
			}
			if err := w.server.Delete("ana", q.ID); err != nil {
				t.Fatal(err)
			}
			w.eventually("the deletion is heard", func() bool { return role == Worker || w.bot.gone.has(q.ID) })
			w.bot.close(t.Context(), taken, r, bot.Question{}, outcome{}, nil)
			w.eventually("no answer stands to a question that is gone", func() bool { return len(w.said("general")) == 0 })
			w.settle()
			if n := strings.Count(w.wire(), `"method":"DELETE"`); n != 1 {
				t.Errorf("it was deleted %d times", n)
			}
		})
	}
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
