package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/proof"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// await the interaction that do begins, and return it with its message.
func (w *world) done(in testserver.Interaction, err error) (testserver.Interaction, testserver.Message) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.Context(), willCome)
	defer cancel()
	if in, err = w.server.AwaitInteraction(ctx, in.ID); err != nil {
		w.Fatal(err)
	}
	if in.State != testserver.StateAnswered {
		w.Fatalf("the interaction is %s: %s", in.State, in.Error)
	}
	var m testserver.Message
	if in.MessageID != "" {
		if m, err = w.server.Message(in.MessageID); err != nil {
			w.Fatal(err)
		}
	}
	return in, m
}

// customIDs are those of a message's buttons and menus whose verb is one of
// those given, in order.
func customIDs(m testserver.Message, verbs ...customid.Verb) []string {
	var found []string
	var walk func(components []object.Component)
	walk = func(components []object.Component) {
		for _, c := range components {
			if id, ok := customid.Parse(c.CustomID); ok && c.CustomID != "" {
				for _, v := range verbs {
					if id.Verb == v {
						found = append(found, c.CustomID)
					}
				}
			}
			walk(c.Components)
			if c.Accessory != nil {
				walk([]object.Component{*c.Accessory})
			}
		}
	}
	for _, raw := range m.Components {
		var c object.Component
		if json.Unmarshal(raw, &c) == nil {
			walk([]object.Component{c})
		}
	}
	return found
}

// one is the only custom id of a verb in a message, or the first.
func (w *world) one(m testserver.Message, v customid.Verb) string {
	w.Helper()
	ids := customIDs(m, v)
	if len(ids) == 0 {
		w.Fatalf("the message has no button %q:\n%s", v, m.Text())
	}
	return ids[0]
}

// entrances are all the ways to reach the bot; each is tried before and after
// a restart, the buttons on messages of before.
func TestEveryEntranceAndButton(t *testing.T) {
	t.Parallel()
	const why = "Why was Alaska chosen?"
	w := running(t, testserver.Faults{}, alaska(t), nil)
	asked := w.answerTo(w.say("ana", "general", "@summitbot "+why))
	listed := w.command("ana", "general", "risks", nil)

	all := func(w *world, asked, listed testserver.Message) {
		click := func(user string, m testserver.Message, v customid.Verb, values ...string) (testserver.Interaction, testserver.Message) {
			w.Helper()
			return w.done(w.server.Component(user, m.ID, w.one(m, v), values...))
		}
		// The passage of a quotation, and those around it.
		_, passage := click("ben", asked, customid.ShowPassage)
		holds(w.T, passage, "### In-Depth Analysis: The Alaskan Calculus", "paragraph 1 of 6", "**The choice of Alaska as the summit location is far from arbitrary.**")
		if !passage.Ephemeral() {
			w.Error("everybody sees the passage")
		}
		steps := customIDs(passage, customid.GoToPassage)
		_, next := w.done(w.server.Component("ben", passage.ID, steps[1]))
		holds(w.T, next, "paragraph 2 of 6")
		if next.ID != passage.ID {
			w.Error("the next passage is another message")
		}
		_, back := w.done(w.server.Component("ben", passage.ID, customIDs(next, customid.GoToPassage)[0]))
		holds(w.T, back, "paragraph 1 of 6")
		menu := w.one(listed, customid.PickPassage)
		_, picked := w.done(w.server.Component("ben", listed.ID, menu, options(listed, menu)[3]))
		holds(w.T, picked, "**")

		// Votes: one a member, which may be changed.
		_, thanks := click("ben", asked, customid.VoteUp)
		holds(w.T, thanks, en.Thanks)
		form, _ := click("ben", asked, customid.VoteDown)
		_, thanks = w.done(w.server.Modal("ben", form.ID, "", map[string]any{render.FieldReason: []any{"missing"}, render.FieldWords: "the price"}))
		holds(w.T, thanks, en.Thanks)
		if votes, err := w.store.Votes(w.Context()); err != nil || len(votes) != 1 {
			w.Errorf("%d votes are kept, not one, %v", len(votes), err)
		} else if v := votes[0]; v.Up || v.Reason != "missing" || v.Words != "the price" || v.Answer != asked.ID || len(v.Sentences) != 1 || !strings.Contains(v.Text, "far from arbitrary") {
			w.Errorf("the vote is %+v", v)
		}

		// Asking by a menu of questions, a form, and the menu of a message.
		_, again := w.done(w.server.Component("ben", asked.ID, w.one(asked, customid.AskNext), options(asked, w.one(asked, customid.AskNext))[0]))
		holds(w.T, again, "far from arbitrary")
		about := w.say("ana", "general", "They say that "+why)
		form, _ = w.done(w.server.ContextMenu("ben", "general", command.MenuAsk(), about.ID))
		if !strings.Contains(string(form.Modal), "They say that") {
			w.Errorf("the form does not begin with the message: %s", form.Modal)
		}
		_, answer := w.done(w.server.Modal("ben", form.ID, "", map[string]any{render.FieldQuestion: why}))
		holds(w.T, answer, "far from arbitrary")
		claim := w.say("ana", "general", "The choice of Alaska as the summit location is far from arbitrary.")
		_, checked := w.done(w.server.ContextMenu("ben", "general", command.MenuCheck(), claim.ID))
		holds(w.T, checked, en.Supported, "far from arbitrary")
		if !checked.Ephemeral() {
			w.Error("everybody sees what was checked")
		}

		// A thread, which holds the conversation from then on.
		_, opened := click("ana", answer, customid.OpenThread)
		holds(w.T, opened, "<#"+answer.ID+">")
		holds(w.T, w.await(func(m testserver.Message) bool { return m.ChannelID == answer.ID }), en.ThreadHello)
		inThread := w.answerTo(w.say("ana", answer.ID, "@summitbot "+why))
		if ids := customIDs(inThread, customid.OpenThread); len(ids) != 0 {
			w.Error("a thread offers a thread")
		}
		_, opened = click("ana", answer, customid.OpenThread)
		holds(w.T, opened, strings.Split(en.ThreadThere, "%s")[0])

		// The commands that show the article and what is kept.
		for name, part := range map[string]string{command.Outline: "The Alaskan Calculus", command.Sources: "SHA-256", command.Help: "/ask", command.Privacy: "/forget-me", command.Forget: en.Forgotten} {
			m := w.command("carl", "general", name, nil)
			holds(w.T, m, part)
			if !m.Ephemeral() {
				w.Errorf("everybody sees /%s", name)
			}
		}
		m := w.command("ana", "general", command.Passage, map[string]any{command.OptPlace: "sparsely populated"})
		holds(w.T, m, "Alaskan Calculus")
		holds(w.T, w.command("ana", "general", command.Passage, map[string]any{command.OptPlace: "no such words at all"}), en.NoPassage)
		mine := w.command("ana", "general", command.Ask, map[string]any{command.OptQuestion: why, command.OptShow: command.ShowMe})
		if !mine.Ephemeral() || len(customIDs(mine, customid.OpenThread)) != 0 {
			w.Error("an answer for one alone is seen by all, or offers a thread")
		}
	}
	all(w, asked, listed)

	// The same, on the same messages, with a bot that knows nothing of them.
	w.restart(alaska(t), nil)
	all(w, w.refresh(asked), w.refresh(listed))
	w.acknowledged()
}

// options are the values of a menu.
func options(m testserver.Message, id string) []string {
	var values []string
	var walk func(components []object.Component)
	walk = func(components []object.Component) {
		for _, c := range components {
			if c.CustomID == id {
				for _, o := range c.Options {
					values = append(values, o.Value)
				}
			}
			walk(c.Components)
		}
	}
	for _, raw := range m.Components {
		var c object.Component
		if json.Unmarshal(raw, &c) == nil {
			walk([]object.Component{c})
		}
	}
	return values
}

// acknowledged fails for an interaction that was not answered within Discord's
// 3 seconds.
func (w *world) acknowledged() {
	w.Helper()
	began := map[string]time.Time{}
	n := 0
	for line := range strings.Lines(w.wire()) {
		var r struct {
			Time, Path string
			Payload    struct {
				T string
				D struct{ ID string }
			}
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			continue // a body that was cut
		}
		at, err := time.Parse(time.RFC3339, r.Time)
		if err != nil {
			w.Fatal(err)
		}
		if r.Payload.T == "INTERACTION_CREATE" {
			began[r.Payload.D.ID] = at
		}
		if id, rest, found := strings.Cut(strings.TrimPrefix(r.Path, "/api/v9/interactions/"), "/"); found && strings.HasSuffix(rest, "/callback") {
			n++
			if took := at.Sub(began[id]); !began[id].IsZero() && took > 3*time.Second {
				w.Errorf("interaction %s was answered after %v", id, took)
			}
		}
	}
	if n < 10 {
		w.Errorf("only %d interactions were answered", n)
	}
}

// A model that takes its time holds up no acknowledgement.
func TestSlowAnswersAreAcknowledged(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(o *Options, _ *Bot) { o.Workers = 1 })
	var all []testserver.Interaction
	for range 20 { // one works, the others wait in the queue
		in, err := w.server.Command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why?"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, in)
	}
	ctx, cancel := context.WithTimeout(t.Context(), willCome)
	defer cancel()
	choices, err := w.server.Autocomplete(ctx, "ana", "general", command.Ask, map[string]any{}, command.OptQuestion)
	if err != nil || len(choices) == 0 {
		t.Errorf("meanwhile %d questions are suggested, %v", len(choices), err)
	}
	w.command("ana", "general", command.Help, nil)
	w.eventually("every interaction is acknowledged", func() bool {
		return strings.Count(w.wire(), `/callback"`) >= 22
	})
	close(release)
	for _, in := range all {
		w.done(in, nil)
	}
	w.acknowledged()
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	suggested := func(name, option, typed string) []command.Choice {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), willCome)
		defer cancel()
		raws, err := w.server.Autocomplete(ctx, "ana", "general", name, map[string]any{option: typed}, option)
		if err != nil {
			t.Fatal(err)
		}
		var out []command.Choice
		for _, raw := range raws {
			var c command.Choice
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			out = append(out, c)
		}
		return out
	}
	if got := suggested(command.Passage, command.OptPlace, "sparsely"); len(got) == 0 || !strings.Contains(got[0].Name, "Alaskan Calculus") {
		t.Errorf("passages with sparsely: %v", got)
	} else {
		holds(t, w.command("ana", "general", command.Passage, map[string]any{command.OptPlace: got[0].Value}), "sparsely populated")
	}
	if got := suggested(command.Passage, command.OptPlace, "zzz"); len(got) != 0 {
		t.Errorf("passages with zzz: %v", got)
	}
	for locale, typed := range map[string]string{"en-GB": "Why ", "de": "Warum ", "es-419": "¿Por qué "} { // in the member's language
		if err := w.server.SetLocale("ana", locale); err != nil {
			t.Fatal(err)
		}
		if got := suggested(command.Ask, command.OptQuestion, typed); len(got) == 0 || !strings.HasPrefix(got[0].Name, typed) || got[0].Value != got[0].Name {
			t.Errorf("questions with %q: %v", typed, got)
		}
	}
}

// A title or a heading stands in no passage, so that there is none to show; the
// answer can be voted on all the same.
func TestHeadsHaveNoPassage(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, func(_ context.Context, q bot.Question) (bot.Answer, error) {
		return bot.Answer{Question: q, Verdict: bot.Answered, Mode: bot.FromModel, Badge: bot.ProvenByOne, Claims: rendertest.Claims(t, bot.Everybody, "title", "h9")}, nil
	}), nil)
	a := w.answerTo(w.say("ana", "general", "@summitbot what is it called?"))
	holds(t, a, "The Alaskan Gamble", "-# [1] "+en.TitlePlace, "-# [2] "+en.HeadingPlace)
	for _, v := range []customid.Verb{customid.ShowPassage, customid.PickPassage, customid.Retell} {
		if ids := customIDs(a, v); len(ids) != 0 {
			t.Errorf("the answer has the buttons %v", ids)
		}
	}
	_, thanks := w.done(w.server.Component("ben", a.ID, w.one(a, customid.VoteUp)))
	holds(t, thanks, en.Thanks)
	if votes, err := w.store.Votes(t.Context()); err != nil || len(votes) != 1 || !votes[0].Up || votes[0].Answer != a.ID || len(votes[0].Sentences) != 0 {
		t.Errorf("the votes are %+v, %v", votes, err)
	}
}

// A button of an article that has changed says so, and offers to ask again.
func TestStaleButton(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		return alaska(t).Stream(ctx, q, nil)
	}), nil)
	channel := w.say("ana", "general", "hello").ChannelID
	old := object.View{Components: []object.Component{render.Row(render.Button("Show passage", customid.ID{Verb: customid.ShowPassage, Article: "00000000", Passage: "p1"}))}}
	p, err := w.bot.API.Send(t.Context(), channel, old, "", "")
	if err != nil {
		t.Fatal(err)
	}
	_, m := w.done(w.server.Component("ana", p.ID, "p:00000000:p1"))
	holds(t, m, en.Stale)
	form, _ := w.done(w.server.Component("ana", m.ID, w.one(m, customid.AskAgain)))
	_, answer := w.done(w.server.Modal("ana", form.ID, "", map[string]any{render.FieldQuestion: "why Alaska?"}))
	holds(t, answer, "far from arbitrary")
}

func TestEditedAndDeletedQuestions(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		return bot.Answer{Question: q, Refusal: &bot.Refusal{Reason: bot.Lacks, Lacking: q.Text}}, nil
	}), nil)
	q := w.say("ana", "general", "@summitbot first words")
	a := w.answerTo(q)
	holds(t, a, "first words")
	if _, err := w.server.Edit("ana", q.ID, "@summitbot other words"); err != nil {
		t.Fatal(err)
	}
	again := w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "other words") })
	holds(t, again, en.Edited)
	if again.ID != a.ID {
		t.Error("the edited question got another answer beside the first")
	}
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things", n)
	}
	// After a restart, the answer is found again.
	w.restart(answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		return bot.Answer{Question: q, Refusal: &bot.Refusal{Reason: bot.Lacks, Lacking: q.Text}}, nil
	}), nil)
	if _, err := w.server.Edit("ana", q.ID, "@summitbot third words"); err != nil {
		t.Fatal(err)
	}
	if m := w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "third words") }); m.ID != a.ID {
		t.Error("after a restart, the edited question got another answer")
	}
	second := w.say("ana", "general", "@summitbot to be deleted")
	w.answerTo(second)
	if err := w.server.Delete("ana", second.ID); err != nil {
		t.Fatal(err)
	}
	w.eventually("the answer is deleted", func() bool { return len(w.said("general")) == 1 })
}

// A reply to the bot's answer goes on from it, whoever writes it.
func TestRepliesOfOthers(t *testing.T) {
	t.Parallel()
	histories := make(chan []string, 2)
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		histories <- q.History
		return alaska(t).Stream(ctx, q, nil)
	}), nil)
	a := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	<-histories
	w.answerTo(w.say("ben", "general", "and when?", testserver.ReplyTo(a.ID)))
	if got := <-histories; len(got) != 1 || got[0] != "why Alaska?" {
		t.Errorf("the reply goes on from %q", got)
	}
}

func TestManners(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), func(o *Options, _ *Bot) { o.PerMinute = 2 })
	asked := w.say("ana", "general", "@summitbot why Alaska?")
	first := w.answerTo(asked)
	w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	w.say("ana", "general", "@summitbot why Alaska?")
	told := w.await(func(m testserver.Message) bool { return strings.HasPrefix(m.Text(), "You have asked many") })
	if !strings.Contains(told.Text(), "30 s") && !strings.Contains(told.Text(), "29 s") {
		t.Errorf("the wait is told as %q", told.Text())
	}
	if ms, err := w.server.MessagesFor("ana", "@summitbot", 0); err != nil || len(ms) != 1 {
		t.Errorf("the member got %d direct messages, %v", len(ms), err)
	}
	if m := w.command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why?"}); !m.Ephemeral() {
		t.Error("everybody sees that somebody is too fast")
	}
	a := w.answerTo(w.say("ben", "general", "@summitbot why Alaska?")) // has their own

	// Whatever costs as much as a question counts as one.
	refused, _, _ := strings.Cut(en.TooFast, ".")
	check := func() (testserver.Interaction, error) {
		return w.server.ContextMenu("ana", "general", command.MenuCheck(), asked.ID)
	}
	form := func() (testserver.Interaction, error) {
		form, _ := w.done(w.server.ContextMenu("ana", "general", command.MenuAsk(), asked.ID))
		return w.server.Modal("ana", form.ID, "", map[string]any{render.FieldQuestion: "why?"})
	}
	next := func() (testserver.Interaction, error) {
		id := w.one(a, customid.AskNext)
		return w.server.Component("ana", a.ID, id, options(a, id)[0])
	}
	again := func() (testserver.Interaction, error) {
		return w.server.Component("ana", a.ID, w.one(a, customid.Retell))
	}
	for name, do := range map[string]func() (testserver.Interaction, error){"a check": check, "a form": form, "a question offered": next, "an answer retold": again} {
		if _, m := w.done(do()); !strings.HasPrefix(m.Text(), refused) || !m.Ephemeral() {
			t.Errorf("%s: the bot said %q", name, m.Text())
		}
	}
	if _, err := w.server.Edit("ana", asked.ID, "@summitbot what's a good pizza recipe?"); err != nil {
		t.Fatal(err)
	}
	w.say("zoe", "general", "hello") // in the order of the gateway
	w.settle()
	if now := w.refresh(first); now.EditedTimestamp != nil {
		t.Errorf("an edited question is answered anew: %q", now.Text())
	}
}

// Where the bot is told to listen in some channels, it does so in their threads
// too, also after a restart, and nowhere else but in direct messages.
func TestChannels(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	open := w.say("ana", "open", "hello").ChannelID
	listening := func(o *Options, _ *Bot) { o.Channels = []string{open} }
	w.restart(alaska(t), listening)
	closed := w.say("ana", "closed", "@summitbot why?")
	a := w.answerTo(w.say("ana", "open", "@summitbot why?"))
	w.answerTo(w.say("ana", "@summitbot", "why?"))
	w.done(w.server.Component("ana", a.ID, w.one(a, customid.OpenThread)))
	thread := a.ID // a thread has the id of the message that it hangs on
	w.answerTo(w.say("ben", thread, "@summitbot why?"))
	w.restart(alaska(t), listening)
	w.answerTo(w.say("cid", thread, "@summitbot why?"))
	w.say("cid", thread, "why?")
	w.say("cid", "closed", "@summitbot why?")
	w.answerTo(w.say("ana", "open", "@summitbot why?"))
	w.settle()
	if n := len(w.said("closed")); n != 0 {
		t.Errorf("%s was answered", closed.ID)
	}
	if n := len(w.said(thread)); n != 3 { // a greeting, and two answers
		t.Errorf("the bot said %d things in the thread", n)
	}
}

// Where a message stands may be found out while the bot ends: it is accepted
// all the same.
func TestPlaceIsFoundOutAtTheEnd(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	open := w.say("ana", "open", "hello").ChannelID
	s := stored(t)
	var holds atomic.Bool
	asked, let := make(chan struct{}, 1), make(chan struct{})
	listening := func(o *Options, b *Bot) {
		if o.Channels, o.Share = []string{open}, s.Gateway(false); b == nil {
			return
		}
		through(b, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			_, place, ok := strings.Cut(r.URL.Path, "/channels/")
			if ok && !strings.Contains(place, "/") && holds.Swap(false) {
				asked <- struct{}{}
				<-let
			}
			return next.RoundTrip(r)
		})
	}
	w.restart(alaska(t), listening)
	a := w.answerTo(w.say("ana", "open", "@summitbot why?"))
	w.done(w.server.Component("ana", a.ID, w.one(a, customid.OpenThread)))
	w.restart(alaska(t), listening)
	w.settle()
	holds.Store(true)
	m := w.say("cid", a.ID, "@summitbot why?")
	<-asked
	w.stop()
	time.Sleep(50 * time.Millisecond)
	close(let)
	if err := <-w.ended; err != nil {
		t.Fatal(err)
	}
	w.run(alaska(t), listening)
	w.awaitReady()
	w.answerTo(m)
}

// Who asks where the bot may not write is told so, and once.
func TestNoPermissionIsTold(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	if err := w.server.Permit("summitbot", "closed", nil, []string{"SEND_MESSAGES"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.say("ana", "closed", "@summitbot why Alaska?")
	}
	told := w.await(func(m testserver.Message) bool { return strings.HasPrefix(m.Text(), "I may not write in <#") })
	w.settle()
	if ms, err := w.server.MessagesFor("ana", "@summitbot", 0); err != nil || len(ms) != 1 {
		t.Errorf("the member was told %d times, %v: %s", len(ms), err, told.Text())
	}
	w.logged("may not post in a channel")
	if n := strings.Count(w.log.String(), "may not post in a channel"); n != 1 {
		t.Errorf("the operator was told %d times", n)
	}
	if err := w.server.Permit("summitbot", "general", nil, []string{"CREATE_PUBLIC_THREADS"}); err != nil {
		t.Fatal(err)
	}
	a := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	_, m := w.done(w.server.Component("ana", a.ID, w.one(a, customid.OpenThread)))
	holds(t, m, en.ThreadDenied)
}

// With the content of messages, no mention is needed in the bot's own threads,
// also in those of before a restart.
func TestThreadsWithMessageContent(t *testing.T) {
	t.Parallel()
	s := stored(t)
	for name, share := range map[string]func() gateway.Shards{
		"identified anew": func() gateway.Shards { return nil },
		"resumed":         func() gateway.Shards { return s.Gateway(false) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			threadsWithMessageContent(t, share)
		})
	}
}

func threadsWithMessageContent(t *testing.T, share func() gateway.Shards) {
	content := func(o *Options, _ *Bot) { o.MessageContent, o.Share = true, share() }
	w := running(t, testserver.Faults{}, alaska(t), content)
	a := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	w.done(w.server.Component("ana", a.ID, w.one(a, customid.OpenThread)))
	holds(t, w.await(func(m testserver.Message) bool { return m.ChannelID == a.ID }), en.ThreadHelloAll)
	w.answerTo(w.say("ana", a.ID, "and what does Putin want?"))
	others := w.say("ben", "general", "nobody asked the bot").ID
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/api/v10/channels/"+a.ChannelID+"/messages/"+others+"/threads", strings.NewReader(`{"name":"theirs"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bot another")
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusCreated {
		t.Fatalf("another bot's thread: %s", resp.Status)
	}
	w.restart(alaska(t), content)
	w.answerTo(w.say("ben", a.ID, "and what of NATO?"))
	w.say("ben", others, "nobody asks the bot")
	w.answerTo(w.say("ben", others, "@summitbot and what of NATO?"))
	if n := len(w.said(others)); n != 1 {
		t.Errorf("the bot said %d things in another's thread, not 1", n)
	}
	if all := w.said("general"); len(all) != 2 || !all[1].Ephemeral() { // the answer, and where the thread is
		t.Errorf("the bot said %d things in the channel", len(all))
	}
}

// Everybody is answered in their own language: by their Discord's in
// interactions, by that of their question otherwise.
func TestLanguages(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	for locale, language := range map[string]string{"de": "de", "es-419": "es", "fr": "fr", "uk": "uk", "ru": "ru", "ja": "en"} {
		user := "user-" + locale
		if err := w.server.SetLocale(user, locale); err != nil {
			t.Fatal(err)
		}
		words := wording.For(language)
		m := w.command(user, "general", command.Ask, map[string]any{command.OptQuestion: "Why was Alaska chosen?"})
		holds(t, m, words.AsOfWriting, words.BadgeOne, "far from arbitrary")
		holds(t, w.command(user, "general", words.HelpName, nil), words.Help)
	}
	for question, language := range map[string]string{"Warum wurde Alaska für das Treffen gewählt?": "de", "Чому обрали саме Аляску?": "uk"} {
		holds(t, w.answerTo(w.say("ana", "general", "@summitbot "+question)), wording.For(language).AsOfWriting)
	}
}

func TestCustomIDs(t *testing.T) {
	var many []int
	for i := range 60 {
		many = append(many, i+1)
	}
	for _, id := range []customid.ID{
		{Verb: customid.ShowPassage, Article: "abcdef12", Passage: "p12", Sentences: []int{57, 58}}, {Verb: customid.AskNext},
		{Verb: customid.Retell, Article: "abcdef12", Sentences: []int{1}, Style: render.AsWritten},
		{Verb: customid.DownForm, Article: "abcdef12", Sentences: []int{1}, Message: "1574801004841402368"},
	} {
		got, ok := customid.Parse(id.String())
		if !ok || fmt.Sprint(got) != fmt.Sprint(id) {
			t.Errorf("%q is read as %+v", id, got)
		}
	}
	long := customid.ID{Verb: customid.DownForm, Article: "abcdef12", Sentences: many, Message: "1574801004841402368"}
	if got, ok := customid.Parse(long.String()); !ok || len(long.String()) > object.MaxCustomID || got.Message != long.Message || len(got.Sentences) < 15 {
		t.Errorf("%q", long)
	}
	for _, bad := range []string{"", "x", "zz:1", "p:a:b:x", "p:a:b:1:c:d:e", "p:a:b:-1", strings.Repeat("p", 101)} {
		if id, ok := customid.Parse(bad); ok {
			t.Errorf("%q is read as %+v", bad, id)
		}
	}
}

// An answer is told in other words to whoever asks for that, and to nobody else.
func TestRetelling(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		a, err := alaska(t).Stream(ctx, q, nil)
		judged, unproven := rendertest.Gate(t).Restore(bot.Statement{Text: "Alaska was chosen with care.", Evidence: a.Claims[0].Statement().Evidence}, proof.Judged, q.Text)
		a.Mode, a.Claims = bot.FromModel, []bot.Claim{judged}
		return a, errors.Join(err, unproven)
	}), nil)
	a := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	ids := customIDs(a, customid.Retell)
	if len(ids) != 3 {
		t.Fatalf("the answer can be told in %d other ways: %v", len(ids), ids)
	}
	for _, id := range ids {
		_, m := w.done(w.server.Component("ben", a.ID, id))
		holds(t, m, "> “", "far from arbitrary", en.Quoted)
		if !m.Ephemeral() {
			t.Errorf("%s: everybody sees it", id)
		}
	}
	_, m := w.done(w.server.Component("ben", a.ID, ids[0]))
	if again := customIDs(m, customid.Retell); len(again) == 0 {
		t.Error("what was retold cannot be retold again")
	}
}

// What is forgotten about a member is also what the bot remembers of their
// questions.
func TestForgetMe(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	for _, user := range []string{"ana", "ben"} {
		a := w.answerTo(w.say(user, "general", "@summitbot why Alaska?"))
		w.done(w.server.Component(user, a.ID, w.one(a, customid.VoteUp)))
	}
	w.settle()
	holds(t, w.command("ana", "general", command.Forget, nil), en.Forgotten)
	votes, err := w.store.Votes(t.Context())
	if err != nil || len(votes) != 1 || votes[0].Question != "why Alaska?" {
		t.Errorf("the votes left are %+v", votes)
	}
}

// Being forgotten gives nobody more to ask than they had, and counts as a
// question itself.
func TestForgetMeResetsNoAllowance(t *testing.T) {
	t.Parallel()
	const perMinute = 4
	w := running(t, testserver.Faults{}, alaska(t), func(o *Options, _ *Bot) { o.PerMinute = perMinute })
	answered, forgotten := 0, 0
	for range perMinute {
		if m := w.command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}); strings.Contains(m.Text(), "far from arbitrary") {
			answered++
		}
		if m := w.command("ana", "general", command.Forget, nil); m.Text() == en.Forgotten {
			forgotten++
		}
	}
	if answered != perMinute/2 || forgotten != perMinute/2 {
		t.Errorf("a member was answered %d times and forgotten %d times, of %d", answered, forgotten, perMinute)
	}
	holds(t, w.command("ben", "general", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}), "far from arbitrary")
}
