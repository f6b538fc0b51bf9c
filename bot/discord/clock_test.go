package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/testserver"
)

// clocks are how far a machine's clock is behind Discord's.
var clocks = []time.Duration{0, 20 * time.Minute, -20 * time.Minute}

// onClocks runs a test for each.
func onClocks(t *testing.T, run func(t *testing.T, behind time.Duration)) {
	for _, behind := range clocks {
		t.Run(fmt.Sprint(behind), func(t *testing.T) {
			t.Parallel()
			run(t, behind)
		})
	}
}

// reads is how often the bot has read messages of a channel.
func (w *world) reads() (n int) {
	w.Helper()
	for line := range strings.Lines(w.wire()) {
		var r struct{ Method, Path string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			w.Fatal(err)
		}
		if r.Method == "GET" && strings.HasSuffix(r.Path, "/messages") {
			n++
		}
	}
	return n
}

// asUsual does in a channel what members do, and checks that each thing comes
// about as it does where the clocks agree.
func (w *world) asUsual(channel string) {
	w.Helper()
	before := w.reads()
	w.answersOnce(channel)
	if n := w.reads() - before; n != 0 {
		w.Errorf("a message that was just written is taken for one of an earlier life: it was looked for %d times", n)
	}
	for show, alone := range map[string]bool{command.ShowAll: false, command.ShowMe: true} {
		m := w.command("ana", channel, command.Ask, map[string]any{command.OptQuestion: "why Alaska?", command.OptShow: show})
		holds(w.T, m, "far from arbitrary")
		if m.Ephemeral() != alone {
			w.Errorf("a command to be shown to %s is answered to one alone: %v", show, m.Ephemeral())
		}
	}
	w.settle()
	if n := len(w.said(channel)); n != 2 && n != 3 { // with what is shown to one alone
		w.Errorf("the bot said %d things in %s", n, channel)
	}
	asked := w.said(channel)[0]
	_, passage := w.done(w.server.Component("ben", asked.ID, w.one(asked, customid.ShowPassage)))
	holds(w.T, passage, "paragraph 1 of 6")
	_, thanks := w.done(w.server.Component("ben", asked.ID, w.one(asked, customid.VoteUp)))
	holds(w.T, thanks, en.Thanks)

	q := w.say("cy", channel, "@summitbot why Alaska?")
	a := w.answerTo(q)
	w.edited(q, a, "@summitbot why Alaska, then?")
	if err := w.server.Delete("cy", q.ID); err != nil {
		w.Fatal(err)
	}
	w.eventually("the answer to a deleted question is gone", func() bool {
		return !slices.ContainsFunc(w.said(channel), func(m testserver.Message) bool { return m.ID == a.ID })
	})
}

// edited edits a question, and waits until its answer is that to the edited one.
func (w *world) edited(q, a testserver.Message, content string) {
	w.Helper()
	if _, err := w.server.Edit("cy", q.ID, content); err != nil {
		w.Fatal(err)
	}
	w.eventually("the edited question is answered", func() bool { return strings.Contains(w.refresh(a).Text(), en.Edited) })
}

// A machine's clock that is off, and is put right or wrong meanwhile, changes
// nothing that members see.
func TestClockIsOff(t *testing.T) {
	t.Parallel()
	onClocks(t, func(t *testing.T, behind time.Duration) {
		w := startOn(t, testserver.Options{ClockSkew: behind}, alaska(t), nil)
		w.awaitReady()
		w.asUsual("general")
		for i, now := range clocks {
			w.server.SetClock(now)
			w.answersOnce(fmt.Sprint("first-", i)) // who answers tells the time
			w.asUsual(fmt.Sprint("then-", i))
		}
		w.restart(alaska(t), nil)
		w.asUsual("after-a-restart")
	})
}

// A clock that is set while questions wait loses none of them, and answers none
// twice. (Where Discord's goes forward it is as if time had passed, of which the
// token of a command has a quarter of an hour.)
func TestClockIsSetWhileQuestionsWait(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{-20 * time.Minute, 10 * time.Minute} {
		onClocks(t, func(t *testing.T, behind time.Duration) {
			release := make(chan struct{})
			w := startOn(t, testserver.Options{ClockSkew: behind - by}, heldBackUntil(t, release), nil)
			w.awaitReady()
			in, err := w.server.Command("ben", "general", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"})
			if err != nil {
				t.Fatal(err)
			}
			q := w.say("ana", "general", "@summitbot why Alaska?")
			w.eventually("both are accepted", func() bool { return w.open() == 2 })
			w.server.SetClock(behind)
			close(release)
			holds(t, w.answerTo(q), "far from arbitrary")
			_, m := w.done(in, nil)
			holds(t, m, "far from arbitrary")
			w.settle()
			if n := len(w.said("general")); n != 2 {
				t.Errorf("the bot said %d things", n)
			}
		})
	}
}

// What came while no bot was there is answered, and nothing that is older than a
// quarter of an hour. What was answered is answered anew when it is edited, however
// old it is.
func TestClockIsOffAndMessagesWereMissed(t *testing.T) {
	t.Parallel()
	onClocks(t, func(t *testing.T, behind time.Duration) {
		w := startOn(t, testserver.Options{ClockSkew: behind - 25*time.Minute}, alaska(t), nil)
		w.awaitReady()
		w.answersOnce("general")
		longAgo := w.say("cy", "general", "@summitbot why Alaska?")
		w.answerTo(longAgo)
		w.settle()
		w.leaveOpen()
		old := w.say("ben", "general", "@summitbot why Alaska?")
		w.server.SetClock(behind - 10*time.Minute)
		missed := w.say("cy", "general", "@summitbot why Alaska?")
		w.server.SetClock(behind)
		w.run(alaska(t), nil)
		w.awaitReady()
		answer := w.answerTo(missed)
		holds(t, answer, "far from arbitrary")
		w.restart(alaska(t), nil)
		if _, err := w.server.Edit("cy", longAgo.ID, "@summitbot why Alaska, at last?"); err != nil {
			t.Fatal(err)
		}
		w.edited(missed, answer, "@summitbot why Alaska, then?")
		w.settle()
		for _, m := range w.said("general") {
			if m.MessageReference.MessageID == old.ID {
				t.Error("a question of 25 minutes ago is answered as if it had just been asked")
			}
			if m.MessageReference.MessageID == longAgo.ID && !strings.Contains(m.Text(), en.Edited) {
				t.Error("a question of 25 minutes ago, of an earlier life, is not answered anew when it is edited")
			}
		}
	})
}

// A conversation goes on, or lapses, by the time that has passed for members.
func TestClockIsOffAndTheConversationGoesOn(t *testing.T) {
	t.Parallel()
	onClocks(t, func(t *testing.T, behind time.Duration) {
		histories := make(chan []string, 8)
		w := startOn(t, testserver.Options{ClockSkew: behind - time.Hour}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
			histories <- q.History
			return alaska(t).Stream(ctx, q, nil)
		}), nil)
		w.awaitReady()
		ask := func(text string, want ...string) {
			t.Helper()
			w.answerTo(w.say("ana", "general", "@summitbot "+text))
			if got := <-histories; !slices.Equal(got, want) {
				t.Errorf("%q goes on from %q, want %q", text, got, want)
			}
			w.settle()
		}
		ask("why Alaska?")
		w.leaveOpen()
		w.server.SetClock(behind - 40*time.Minute)
		w.run(w.bot.Answerer, nil)
		w.awaitReady()
		ask("and when?", "why Alaska?")
		w.leaveOpen()
		w.server.SetClock(behind)
		w.run(w.bot.Answerer, nil)
		w.awaitReady()
		ask("and where?")
	})
}

// Nobody waits longer than the pace wants, or asks more than it allows.
func TestClockIsOffAndMembersAskTooFast(t *testing.T) {
	t.Parallel()
	onClocks(t, func(t *testing.T, behind time.Duration) {
		w := startOn(t, testserver.Options{ClockSkew: behind}, alaska(t), func(o *Options, _ *Bot) { o.PerMinute = 2 })
		w.awaitReady()
		answered := func(user string) { // which tells the bot the time, too
			w.answerTo(w.say(user, "general", "@summitbot why Alaska?"))
			w.settle()
		}
		answered("ana")
		answered("ana")
		for i, now := range []time.Duration{behind, behind - 20*time.Minute} {
			w.server.SetClock(now)
			answered(fmt.Sprint("ben-", i))
			m := w.command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why?"})
			if !m.Ephemeral() || !waitOfAPace.MatchString(m.Text()) {
				t.Errorf("who asks too fast is told %q", m.Text())
			}
		}
		w.server.SetClock(behind + time.Minute)
		answered("ben-2")
		answered("ana")
	})
}

// waitOfAPace is what one waits at most who may ask twice in a minute, and the
// second that is begun.
var waitOfAPace = regexp.MustCompile(`(^|\D)([12]?\d|30|31) s`)
