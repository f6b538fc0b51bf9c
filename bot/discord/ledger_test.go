package discord

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/testserver"
)

// What is not answered when the bot is ended is answered by the next run, each
// where it was asked, and once.
func TestNextRunGoesOn(t *testing.T) {
	t.Parallel()
	slow := answers(func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		<-ctx.Done()
		return bot.Answer{}, ctx.Err()
	})
	w := running(t, testserver.Faults{}, slow, func(o *Options, b *Bot) {
		o.Drain = 50 * time.Millisecond
		if b != nil {
			b.timing.quick = 10 * time.Millisecond
		}
	})
	w.ledger.durable = true
	mention := w.say("ana", "general", "@summitbot why Alaska?")
	direct := w.say("ana", "@summitbot", "why Alaska?")
	var commands []testserver.Interaction
	for _, show := range []string{showAll, showMe} {
		in, err := w.server.Command("ben", "general", cmdAsk, map[string]any{optQuestion: "why?", optShow: show})
		if err != nil {
			t.Fatal(err)
		}
		commands = append(commands, in)
	}
	w.eventually("all are accepted", func() bool {
		w.ledger.mu.Lock()
		defer w.ledger.mu.Unlock()
		return len(w.ledger.open) == 4
	})
	w.eventually("the commands are acknowledged", func() bool { return strings.Count(w.wire(), `/callback"`) == 2 })
	w.restart(alaska, nil)
	for _, q := range []testserver.Message{mention, direct} {
		a := w.await(func(m testserver.Message) bool {
			return m.MessageReference != nil && m.MessageReference.MessageID == q.ID && strings.Contains(m.Text(), "far from arbitrary")
		})
		if a.EditedTimestamp == nil {
			t.Error("the placeholder was not used")
		}
	}
	for i, in := range commands {
		_, m := w.done(in, nil)
		holds(t, m, "far from arbitrary")
		if m.Ephemeral() != (i == 1) {
			t.Errorf("command %d: ephemeral is %t", i, m.Ephemeral())
		}
	}
	w.settle()
	if n := len(w.said("general")); n != 3 {
		t.Errorf("the bot said %d things", n)
	}
	if len(w.ledger.open) != 0 {
		t.Errorf("%d questions are open", len(w.ledger.open))
	}
}

// A command that can no longer be answered is answered as a message for who
// asked, and what was for them alone is told to them alone.
func TestLateCommands(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska, nil)
	w.ledger.durable = true
	place := w.say("ana", "general", "hello")
	for id, alone := range map[string]bool{place.ID + "1": false, place.ID + "2": true} {
		i := interaction{ID: id, ApplicationID: w.bot.self.Load().application, Type: interactionCommand, Token: "over", ChannelID: place.ChannelID, User: &user{ID: place.Author.ID}}
		data, err := json.Marshal(envelope{Question: bot.Question{ID: id, Place: place.ChannelID, Kind: bot.Ask, Text: "why?"}, Interaction: &i, Alone: alone})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ledger.Accept(t.Context(), bot.Pending{ID: id, Place: place.ChannelID, Event: string(data)}); err != nil {
			t.Fatal(err)
		}
	}
	w.restart(alaska, nil)
	m := w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "<@"+place.Author.ID+">") })
	holds(t, m, "far from arbitrary")
	if len(m.Mentions) != 0 {
		t.Error("the asker was pinged")
	}
	w.eventually("the other one is told alone", func() bool {
		ms, err := w.server.MessagesFor("ana", "@summitbot", 0)
		return err == nil && len(ms) == 1 && strings.Contains(ms[0].Text(), "far from arbitrary")
	})
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things in the channel", n)
	}
}

// An answer that was made and not posted is posted as it is; a question that
// run after run has failed over is given up, with a word.
func TestAnswersAndFailuresAreKept(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(func(context.Context, bot.Question) (bot.Answer, error) {
		t.Error("it is answered anew")
		return bot.Answer{}, errBroken
	}), nil)
	made, poison := w.say("ana", "made", "why?"), w.say("ana", "poison", "why?")
	for _, m := range []testserver.Message{made, poison} {
		e := envelope{Question: bot.Question{ID: m.ID, Place: m.ChannelID, Kind: bot.Ask, Text: "why?"}, Message: &message{ID: m.ID, ChannelID: m.ChannelID, GuildID: "1", Content: "why?", Author: user{ID: m.Author.ID}}}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ledger.Accept(t.Context(), bot.Pending{ID: m.ID, Place: m.ChannelID, Event: string(data)}); err != nil {
			t.Fatal(err)
		}
	}
	w.bot.answered(t.Context(), made.ID, outcome{views: []view{line("made before")}})
	w.ledger.attempts[poison.ID] = maxAttempts
	w.restart(answers(func(context.Context, bot.Question) (bot.Answer, error) { return bot.Answer{}, errBroken }), nil)
	if a := w.answerTo(made); a.Text() != "made before" {
		t.Errorf("posted is %q", a.Text())
	}
	if a := w.answerTo(poison); a.Text() != en.GaveUp {
		t.Errorf("posted is %q", a.Text())
	}
	w.logged("a question is given up")
}

// A store that fails keeps nobody from their answer.
func TestFailingLedger(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{}, alaska, func(o *Options, _ *Bot) { o.Ledger = failingLedger{} })
	w.awaitReady()
	w.answersOnce("general")
	w.logged("would not outlive a crash")
}

type failingLedger struct{}

func (failingLedger) Accept(context.Context, bot.Pending) (bool, error) { return false, errBroken }
func (failingLedger) Answered(context.Context, string, string) error    { return errBroken }
func (failingLedger) Attempt(context.Context, string) (int, error)      { return 0, errBroken }
func (failingLedger) Finish(context.Context, string) error              { return errBroken }
func (failingLedger) Resume(context.Context) ([]bot.Pending, error)     { return nil, errBroken }
func (failingLedger) Durable() bool                                     { return true }
func (failingLedger) Places(context.Context, time.Time) (map[string]string, error) {
	return nil, errBroken
}
