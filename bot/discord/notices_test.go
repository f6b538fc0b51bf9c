package discord

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/worker"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// thread opens a thread below an answer in a channel and returns its id.
func (w *world) thread(channel string) string {
	w.Helper()
	a := w.answerTo(w.say("ana", channel, "@summitbot why Alaska?"))
	w.done(w.server.Component("ana", a.ID, w.one(a, customid.OpenThread)))
	w.settle()
	return a.ID
}

// permit changes what the bot may do.
func (w *world) permit(channel string, deny ...string) {
	w.Helper()
	if err := w.server.Permit("summitbot", channel, nil, deny); err != nil {
		w.Fatal(err)
	}
}

// archive archives or locks a thread, by a moderator.
func (w *world) archive(thread string, archived, locked bool) {
	w.Helper()
	if err := w.server.Archive(thread, archived, locked); err != nil {
		w.Fatal(err)
	}
}

// Who asks where the bot may not write is told so, in their language, with what
// would mend it; the operator is told as well, and both once. The questions are
// done with.
func TestBarredIsTold(t *testing.T) {
	t.Parallel()
	de := wording.For("de")
	const why, german = "@summitbot why was Alaska chosen?", "@summitbot Warum wurde Alaska gewählt?"
	for name, c := range map[string]struct {
		// prepare bars the bot, and tells where to ask.
		prepare   func(w *world) string
		question  string
		meanwhile func(w *world, place string) // while the question is answered
		lacks     string
	}{
		"sending": {prepare: func(w *world) string { w.permit("closed", "SEND_MESSAGES"); return "closed" }, question: why, lacks: en.MaySend},
		"sending in threads": {prepare: func(w *world) string {
			id := w.thread("general")
			w.permit("general", "SEND_MESSAGES_IN_THREADS")
			return id
		}, question: german, lacks: de.MaySendThreads},
		"reading history": {prepare: func(w *world) string { w.permit("closed", "READ_MESSAGE_HISTORY"); return "closed" }, question: german, lacks: de.MayReadHistory},
		"access": {prepare: func(w *world) string {
			at := w.say("ana", "closed", "hello").ChannelID
			w.server.SetFaults(testserver.Faults{Answers: []testserver.Answer{{Method: http.MethodPost, Path: "/channels/" + at, Status: http.StatusForbidden, Body: `{"code":50001,"message":"Missing Access"}`}}})
			return "closed"
		}, question: why, lacks: en.MayView},
		"a thread that is locked": {prepare: func(w *world) string { return w.thread("general") }, question: why,
			meanwhile: func(w *world, place string) { w.archive(place, true, true) }, lacks: "the thread is locked"},
		"a thread that is locked and not archived": {prepare: func(w *world) string { return w.thread("general") }, question: german,
			meanwhile: func(w *world, place string) { w.archive(place, false, true) }, lacks: "Der Thread ist gesperrt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, release := make(chan struct{}, 10), make(chan struct{})
			seeds := alaska(t)
			w := running(t, testserver.Faults{}, answersAfter(t, seeds, asked, release), nil)
			w.permit("", "MANAGE_THREADS")
			if c.meanwhile == nil {
				close(release)
			} else {
				go func() { release <- struct{}{} }() // for the thread's first message
			}
			place := c.prepare(w)
			for len(asked) > 0 {
				<-asked
			}
			w.say("ana", place, c.question)
			if c.meanwhile != nil {
				<-asked
				c.meanwhile(w, place)
				close(release)
			}
			told := w.await(func(m testserver.Message) bool {
				return strings.Contains(m.Text(), "<#") && strings.Contains(m.Text(), c.lacks)
			})
			w.settle()
			if c.meanwhile == nil {
				w.say("ana", place, c.question+" 2")
				w.settle()
			}
			if ms, err := w.server.MessagesFor("ana", "@summitbot", 0); err != nil || len(ms) != 1 {
				t.Errorf("the member was told %d times, %v: %s", len(ms), err, told.Text())
			}
			if n := strings.Count(w.log.String(), "may not post in a channel"); n != 1 {
				t.Errorf("the operator was told %d times", n)
			}
			w.server.SetFaults(testserver.Faults{})
			w.answersOnce("elsewhere")
		})
	}
}

// answersAfter is an Answerer that tells when it is asked, and answers when it
// is let.
func answersAfter(t *testing.T, as worker.Answerer, asked chan<- struct{}, release <-chan struct{}) worker.Answerer {
	t.Helper()
	return answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		asked <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return as.Stream(ctx, q, nil)
	})
}

// An archived thread is taken out of the archive, for a new message by Discord
// and for one that is edited or deleted by the bot.
func TestArchivedThread(t *testing.T) {
	t.Parallel()
	release := make(chan struct{}, 1)
	release <- struct{}{}
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Quick = 0
		}
	})
	w.permit("", "MANAGE_THREADS")
	place := w.thread("general")
	q := w.say("ana", place, "@summitbot why was Alaska chosen?")
	w.await(func(m testserver.Message) bool { return m.ChannelID == place && m.Text() == en.Looking })
	w.archive(place, true, false)
	close(release)
	holds(t, w.answerTo(q), "far from arbitrary")
	w.settle()
	if err := w.server.Delete("ana", q.ID); err == nil {
		w.eventually("the answer is gone", func() bool { return !strings.Contains(fmt.Sprint(w.said(place)), "far from arbitrary") })
	}
	w.archive(place, true, false)
	holds(t, w.answerTo(w.say("ana", place, "@summitbot why was Alaska chosen?")), "far from arbitrary")
}

// A command in a thread that is locked cannot be answered there at all.
func TestCommandInLockedThread(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.permit("", "MANAGE_THREADS")
	place := w.thread("general")
	w.archive(place, true, true)
	if _, err := w.server.Command("ana", place, command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}); err != nil {
		t.Fatal(err)
	}
	w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "the thread is locked") })
}

// Where a member takes no direct messages, the log tells it, and nothing is
// tried again.
func TestBarredAndNoDirectMessages(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	direct := w.answerTo(w.say("ana", "@summitbot", "why Alaska?")).ChannelID
	w.permit("closed", "SEND_MESSAGES")
	w.server.SetFaults(testserver.Faults{Answers: []testserver.Answer{{
		Method: http.MethodPost, Path: "/channels/" + direct + "/messages", Status: http.StatusForbidden, Body: `{"code":50007,"message":"Cannot send messages to this user"}`,
	}}})
	w.say("ana", "closed", "@summitbot why was Alaska chosen?")
	w.eventually("the log tells it", func() bool { return strings.Contains(w.log.String(), "an asker could not be told") })
	w.settle()
	if n := strings.Count(w.wire(), "50007"); n != 1 {
		t.Errorf("it was tried %d times", n)
	}
	w.logged("50007")
	w.answersOnce("elsewhere")
}
