package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/worker"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// asking is an Answerer that tells what it is asked, and answers as alaska does.
func asking(t *testing.T) (a worker.Answerer, asked chan string) {
	t.Helper()
	asked = make(chan string, 100)
	seeds := alaska(t)
	return answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		asked <- q.Text
		return seeds.Stream(ctx, q, nil)
	}), asked
}

// all empties a channel.
func all(asked chan string) (got []string) {
	for len(asked) > 0 {
		got = append(got, <-asked)
	}
	return got
}

func withContent(o *Options, _ *Bot) { o.MessageContent = true }

// Discord's picker offers a bot's own role beside the bot.
func TestMentionOfTheRole(t *testing.T) {
	t.Parallel()
	a, asked := asking(t)
	w := running(t, testserver.Faults{}, a, withContent)
	if err := w.server.Permit("ana", "", []string{"MANAGE_MESSAGES"}, nil); err != nil { // by a role
		t.Fatal(err)
	}
	w.answerTo(w.say("ben", "general", "@&summitbot why Alaska?"))
	w.say("ben", "general", "@&ana why Juneau?")
	w.say("ben", "general", "> @&summitbot why Nome?")
	w.say("ben", "general", "`@&summitbot` why Sitka?")
	holds(t, w.answerTo(w.say("ben", "general", "@&summitbot")), "/ask")
	w.answerTo(w.say("ben", "general", "@summitbot @&summitbot why Kodiak?"))
	w.settle()
	if got := all(asked); !slices.Equal(got, []string{"why Alaska?", "why Kodiak?"}) {
		t.Errorf("it was asked %q", got)
	}
	if n := strings.Count(w.wire(), "/roles"); n != 2 { // once for each role
		t.Errorf("the roles were read %d times", n)
	}
}

// Without the content of all messages, Discord says that the role is mentioned
// and not what is asked. The asker is told so, once.
func TestMentionOfTheRoleUnread(t *testing.T) {
	t.Parallel()
	a, asked := asking(t)
	w := running(t, testserver.Faults{}, a, nil)
	first := w.say("ana", "general", "@&summitbot why Alaska?")
	hint := w.answerTo(first)
	holds(t, hint, fmt.Sprintf(en.ByRole, "<@"+hint.Author.ID+">"))
	w.say("ana", "general", "@&summitbot why Alaska, again?")
	w.answerTo(w.say("ana", "general", "@summitbot why Juneau?"))
	w.settle()
	if n := len(w.said("general")); n != 2 {
		t.Errorf("the bot said %d things, not the hint and the answer", n)
	}
	// Who edits the message, as they were told, gets the answer in the hint's place.
	if _, err := w.server.Edit("ana", first.ID, "@summitbot why Nome?"); err != nil {
		t.Fatal(err)
	}
	w.eventually("the hint becomes the answer", func() bool { return strings.Contains(w.refresh(hint).Text(), "far from arbitrary") })
	w.settle()
	if got := all(asked); !slices.Equal(got, []string{"why Juneau?", "why Nome?"}) {
		t.Errorf("it was asked %q", got)
	}
	if n := len(w.said("general")); n != 2 {
		t.Errorf("the bot said %d things", n)
	}
}

// A mention that is edited into a message is one like any other.
func TestMentionEditedIn(t *testing.T) {
	t.Parallel()
	a, asked := asking(t)
	w := running(t, testserver.Faults{}, a, nil)
	q := w.say("ana", "general", "why Alaska? https://example.com")
	edit := func(content string) {
		t.Helper()
		if _, err := w.server.Edit("ana", q.ID, content); err != nil {
			t.Fatal(err)
		}
	}
	unfurl := func() {
		t.Helper()
		if _, err := w.server.Unfurl(q.ID, map[string]any{"title": "News"}); err != nil {
			t.Fatal(err)
		}
	}
	unfurl()
	edit("why Alaska?")
	edit("@summitbot why Alaska?")
	unfurl()
	unfurl()
	answer := w.answerTo(q)
	unfurl()
	w.settle()
	if got := all(asked); !slices.Equal(got, []string{"why Alaska?"}) {
		t.Errorf("it was asked %q", got)
	}
	edit("@summitbot why Juneau?")
	w.eventually("the answer is edited", func() bool { return strings.Contains(w.refresh(answer).Text(), en.Edited) })
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things", n)
	}
	// Another life of the bot, which has heard nothing yet, hears of the same edit:
	// that it has been answered the row says.
	all(asked)
	w.restart(a, nil)
	unfurl()
	w.answerTo(w.say("ben", "elsewhere", "@summitbot why?"))
	w.settle()
	if got := all(asked); !slices.Equal(got, []string{"why?"}) {
		t.Errorf("it was asked %q", got)
	}
	if n := len(w.said("general")); n != 1 {
		t.Errorf("after a restart, the bot said %d things", n)
	}

	// What was written long ago, and what the bot itself writes, asks nothing.
	old := func(change func(*object.Message)) json.RawMessage {
		m := object.Message{ID: object.IDAt(time.Now().Add(-time.Minute)), ChannelID: q.ChannelID, GuildID: w.guild(), Author: object.User{ID: q.Author.ID},
			Content: "<@" + answer.Author.ID + "> why?", Edited: "2025-08-15T00:00:00+00:00", Mentions: []object.User{{ID: answer.Author.ID}}}
		change(&m)
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	all(asked)
	for _, data := range []json.RawMessage{
		old(func(m *object.Message) { m.ID = object.IDAt(time.Now().Add(-patience - time.Minute)) }),
		old(func(m *object.Message) { m.Author = object.User{ID: answer.Author.ID, Bot: true} }),
		old(func(m *object.Message) { m.Edited = "" }),
	} {
		w.bot.receive(t.Context(), t.Context(), t.Context(), "MESSAGE_UPDATE", data, time.Time{})
	}
	w.settle()
	if got := all(asked); len(got) != 0 {
		t.Errorf("it was asked %q", got)
	}
}

// The mention of a command says nothing in words.
func TestCommandMentions(t *testing.T) {
	t.Parallel()
	a, asked := asking(t)
	w := running(t, testserver.Faults{}, a, nil)
	for _, alone := range []string{"@summitbot </ask:123>", "@summitbot </forget-me:1> </list add:22>", "@summitbot </вопрос:9>", "@summitbot <id:customize>"} {
		holds(t, w.answerTo(w.say("ana", "general", alone)), "/ask")
	}
	w.answerTo(w.say("ana", "general", "@summitbot </ask:123> why Alaska?"))
	w.answerTo(w.say("ana", "@summitbot", "</ask:123> why 1 </ 2: 3>?"))
	if got := all(asked); !slices.Equal(got, []string{"why Alaska?", "why 1 </ 2: 3>?"}) {
		t.Errorf("it was asked %q", got)
	}
}

const arbitrary = "The choice of Alaska as the summit location is far from arbitrary."

// elsewhere are messages whose text is not in their content, and some that have
// none, empty ones.
func elsewhere(w *world, channel string) (with, without map[string]testserver.Message) {
	w.Helper()
	picture := func(alt string) testserver.PostOption {
		return testserver.WithFiles(testserver.File{Name: "map.png", ContentType: "image/png", Description: alt, Data: []byte("x")})
	}
	file := testserver.WithFiles(testserver.File{Name: "message.txt", ContentType: "text/plain; charset=utf-8", Data: []byte(arbitrary)})
	link := func(embed any) testserver.Message {
		m := w.say("ana", channel, "https://example.com/news")
		if embed == nil {
			return m
		}
		m, err := w.server.Unfurl(m.ID, embed)
		if err != nil {
			w.Fatal(err)
		}
		return m
	}
	claim := w.say("ana", "news", arbitrary)
	with = map[string]testserver.Message{
		"a forward":              w.say("ana", channel, "", testserver.Forwarding(claim.ID)),
		"an embed's title":       link(map[string]any{"title": arbitrary}),
		"an embed's description": link(map[string]any{"title": "News", "description": arbitrary}),
		"an embed's field":       link(map[string]any{"fields": []any{map[string]any{"name": "Where", "value": arbitrary}}}),
		"a poll's question":      w.say("ana", channel, "", testserver.WithPoll(arbitrary, "yes", "no")),
		"a picture's text":       w.say("ana", channel, "", picture(arbitrary)),
		"words beside a link":    w.say("ana", channel, arbitrary+" https://example.com"),
	}
	nothing := w.say("ana", "news", "", file)
	without = map[string]testserver.Message{
		"a file":              w.say("ana", channel, "", file),
		"a picture":           w.say("ana", channel, "", picture("")),
		"a link":              link(nil),
		"a link to a picture": link(map[string]any{"image": map[string]any{"url": "https://example.com/a.png"}}),
		"a forwarded file":    w.say("ana", channel, "", testserver.Forwarding(nothing.ID)),
	}
	return with, without
}

// What the commands in a message's menu are about is its text, wherever that is.
func TestMenuOfTextElsewhere(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	with, without := elsewhere(w, "general")
	answer := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	with["an own answer"] = answer
	with["an own answer, forwarded"] = w.say("ana", "general", "", testserver.Forwarding(answer.ID))
	for name, m := range with {
		_, checked := w.done(w.server.ContextMenu("ben", "general", command.MenuCheck(), m.ID))
		if !strings.Contains(checked.Text(), en.Supported) {
			t.Errorf("%s is checked as:\n%s", name, checked.Text())
		}
		form, _ := w.done(w.server.ContextMenu("ben", "general", command.MenuAsk(), m.ID))
		if !strings.Contains(string(form.Modal), "far from arbitrary") {
			t.Errorf("%s: the form is %s", name, form.Modal)
		}
	}
	_, checked := w.done(w.server.ContextMenu("ben", "general", command.MenuCheck(), answer.ID))
	if n := strings.Count(checked.Text(), en.Claimed); n != 1 || strings.Contains(checked.Text(), en.NotSaid) {
		t.Errorf("of an answer of one sentence, %d claims are checked:\n%s", n, checked.Text())
	}
	if err := w.server.SetLocale("ben", "de"); err != nil {
		t.Fatal(err)
	}
	for name, m := range without {
		for _, menu := range []string{command.MenuCheck(), command.MenuAsk()} {
			in, told := w.done(w.server.ContextMenu("ben", "general", menu, m.ID))
			if told.Text() != wording.For("de").NoText || !told.Ephemeral() || in.Modal != nil {
				t.Errorf("%s: of %s it says %q, %s", menu, name, told.Text(), in.Modal)
			}
		}
	}
}

// A mention below such a message, or in one, and a direct message ask what it
// says.
func TestQuestionElsewhere(t *testing.T) {
	t.Parallel()
	a, asked := asking(t)
	w := running(t, testserver.Faults{}, a, withContent)
	says := func(place, name string) {
		t.Helper()
		if got := all(asked); len(got) != 1 || !strings.Contains(got[0], strings.TrimSuffix(arbitrary, ".")) || strings.Contains(got[0], "\n") {
			t.Errorf("%s in %s asks %q", name, place, got)
		}
	}
	with, without := elsewhere(w, "general")
	for name, m := range with {
		w.answerTo(w.say("ana", "general", "@summitbot", testserver.ReplyTo(m.ID)))
		says("general", name)
	}
	for name, m := range without {
		if told := w.answerTo(w.say("ana", "general", "@summitbot", testserver.ReplyTo(m.ID))).Text(); told != en.NoText {
			t.Errorf("to %s it says %q", name, told)
		}
	}
	w.settle()
	with, without = elsewhere(w, "@summitbot")
	n := 0
	for _, m := range with {
		if len(m.Embeds) == 0 { // which Discord makes later, of a link
			w.answerTo(m)
			n++
		}
	}
	if direct := all(asked); len(direct) != n || slices.ContainsFunc(direct, func(text string) bool { return !strings.Contains(text, strings.TrimSuffix(arbitrary, ".")) }) {
		t.Errorf("by %d direct messages it was asked %q", n, direct)
	}
	for name, m := range without {
		if told := w.answerTo(m).Text(); told != en.NoText {
			t.Errorf("to %s in a direct message it says %q", name, told)
		}
	}
	holds(t, w.answerTo(w.say("ana", "general", "@summitbot", testserver.WithFiles(testserver.File{Name: "message.txt", Data: []byte("x")}))), en.NoText)
	holds(t, w.answerTo(w.say("ana", "general", "@summitbot", testserver.ReplyTo(w.said("general")[0].ID))), "/ask") // below the bot's own
	w.answerTo(w.say("ana", "general", "@summitbot why Alaska?", testserver.WithFiles(testserver.File{Name: "cat.png", Description: "a cat", Data: []byte("x")})))
	if got := all(asked); !slices.Equal(got, []string{"why Alaska?"}) {
		t.Errorf("it was asked %q", got)
	}
}

// Questions that are deleted in bulk are each as deleted ones are.
func TestBulkDeletion(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	if err := w.server.Permit("mod", "", []string{"MANAGE_MESSAGES"}, nil); err != nil {
		t.Fatal(err)
	}
	first, second := w.say("ana", "general", "@summitbot why Alaska?"), w.say("ben", "general", "@summitbot why Alaska?")
	other := w.say("ana", "general", "hello")
	kept := w.say("carl", "general", "@summitbot why Alaska?")
	w.answerTo(first)
	w.answerTo(second)
	stays := w.answerTo(kept)
	w.settle()
	if err := w.server.DeleteBulk("mod", first.ID, second.ID, other.ID); err != nil {
		t.Fatal(err)
	}
	w.eventually("their answers are deleted, and no other", func() bool {
		left := w.said("general")
		return len(left) == 1 && left[0].ID == stays.ID
	})
	w.settle()
	// An answer that is deleted so is not posted again.
	more := w.say("ana", "general", "hello again")
	if err := w.server.DeleteBulk("mod", stays.ID, more.ID); err != nil {
		t.Fatal(err)
	}
	w.answerTo(w.say("ana", "general", "@summitbot why Alaska, after all?"))
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot says %d things", n)
	}
}
