package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// acts are what members do, and how often in proportion.
var acts = []struct {
	weight int
	do     func(*members) error
}{
	{22, (*members).mention},
	{9, (*members).reply},
	{13, (*members).directMessage},
	{6, (*members).inThread},
	{5, func(m *members) error { return m.say("nonsense", pick(m.dice, nonsense)) }},
	{3, (*members).chat},
	{10, func(m *members) error { return m.ask("/ask", m.words.question) }},
	{4, (*members).typing},
	{3, func(m *members) error {
		return m.command("/takeaways", map[string]any{"count": 1 + m.dice.IntN(20)})
	}},
	{3, func(m *members) error { return m.command("/risks", nil) }},
	{2, func(m *members) error {
		return m.command("/passage", map[string]any{"place": pick(m.dice, []string{"NATO", "sanctions", "Kremlin", "nowhere at all"})})
	}},
	{2, func(m *members) error { return m.command("/outline", nil) }},
	{1, func(m *members) error {
		return m.command(pick(m.dice, []string{"/help", "/sources", "/privacy"}), nil)
	}},
	{1, (*members).forgetMe},
	{4, func(m *members) error {
		return m.click("button: show passage", wantAnswer, func(w *wording.Words) []string { return []string{w.ShowPassage, w.PassageSelect} })
	}},
	{1, func(m *members) error {
		return m.click("button: next passage", wantAcknowledged, func(w *wording.Words) []string { return []string{w.Next, w.Previous} })
	}},
	{3, func(m *members) error {
		return m.click("button: helpful", wantAnswer, func(w *wording.Words) []string { return []string{w.Helpful} })
	}},
	{2, func(m *members) error {
		return m.click("button: not helpful", wantForm, func(w *wording.Words) []string { return []string{w.NotHelpful} })
	}},
	{4, func(m *members) error {
		return m.click("menu: ask next", wantAnswer, func(w *wording.Words) []string { return []string{w.AskNext} })
	}},
	{1, func(m *members) error {
		return m.click("button: other words", wantAnswer, func(w *wording.Words) []string { return []string{w.Shorter, w.PlainWords, w.QuotesOnly} })
	}},
	{1, (*members).openThread},
	{2, func(m *members) error { return m.menu("menu: ask about this", wantForm, wording.For("en").MenuAsk) }},
	{2, func(m *members) error { return m.menu("menu: check", wantAnswer, wording.For("en").MenuCheck) }},
	{2, (*members).edit},
	{1, (*members).editAtOnce},
	{2, (*members).delete},
	{1, (*members).deleteAtOnce},
}

// post has a member write a message.
func (m *members) post(kind string, want wanted, user, place, content string, options ...testserver.PostOption) (posted testserver.Message, err error) {
	err = m.checker.ask(kind, want, func() (err error) {
		posted, err = m.server.Post(user, place, content, options...)
		return err
	})
	return posted, err
}

// say mentions the bot with some words, in a channel or alone with it.
func (m *members) say(kind, words string) error {
	u, place := m.user(), m.place()
	if m.dice.IntN(5) == 0 {
		u, place = m.users[m.dice.IntN(m.direct)], "@"+botName
	}
	_, err := m.post(kind, wantAnswer, u.name, place, "@"+botName+" "+words)
	return err
}

func (m *members) mention() error {
	u := m.user()
	_, err := m.post("mention", wantAnswer, u.name, m.place(), "@"+botName+" "+m.words.question(m.dice, u.locale))
	return err
}

func (m *members) directMessage() error {
	u := m.users[m.dice.IntN(m.direct)]
	words := m.words.question
	if m.dice.IntN(3) == 0 {
		words = m.words.followUp
	}
	_, err := m.post("direct message", wantAnswer, u.name, "@"+botName, words(m.dice, u.locale))
	return err
}

func (m *members) inThread() error {
	thread, there := m.thread(warmThreads)
	if !there {
		return errNotNow
	}
	u := m.user()
	_, err := m.post("in a thread", wantAnswer, u.name, thread, "@"+botName+" "+m.words.question(m.dice, u.locale))
	return err
}

func (m *members) chat() error {
	_, err := m.post("chatter (no answer)", wantSilence, m.user().name, m.place(), pick(m.dice, chatter))
	return err
}

// reply answers the bot with a question that goes on from its answer. Only a
// reply to what was no command's answer mentions it by itself.
func (m *members) reply() error {
	a, there := m.recent(false, func(a answer) bool { return !a.message.Ephemeral() })
	if !there {
		return errNotNow
	}
	u := m.user()
	if isDirect(a.message) {
		u.name = a.user
	}
	words := m.words.followUp(m.dice, u.locale)
	if a.command || m.dice.IntN(2) == 0 {
		words = "@" + botName + " " + words
	}
	_, err := m.post("reply", wantAnswer, u.name, a.message.ChannelID, words, testserver.ReplyTo(a.message.ID))
	return gone(err)
}

// gone makes an error of a member's who came too late one that says so.
func gone(err error) error {
	if err != nil {
		return errNotNow
	}
	return nil
}

// isDirect tells whether a message to the bot's members stands among direct
// messages: it refers to no server.
func isDirect(m testserver.Message) bool {
	return m.MessageReference != nil && m.MessageReference.GuildID == "" || m.InteractionMetadata != nil && m.InteractionMetadata.AuthorizingOwners["0"] == "0"
}

// command uses a slash command.
func (m *members) command(name string, options map[string]any) error {
	u, place := m.user(), m.place()
	if m.dice.IntN(6) == 0 {
		u, place = m.users[m.dice.IntN(m.direct)], "@"+botName
	}
	return m.commandOf(u.name, place, name, options)
}

func (m *members) commandOf(user, place, name string, options map[string]any) error {
	return m.checker.ask(name, wantAnswer, func() error {
		_, err := m.server.Command(user, place, name, options)
		return err
	})
}

// forgetMe is used by a member who asks nothing else: what the bot has
// forgotten it need not change when the question is edited or deleted.
func (m *members) forgetMe() error {
	return m.commandOf("forgettable", m.place(), "/forget-me", nil)
}

func (m *members) ask(name string, words func(*rand.Rand, string) string) error {
	u := m.user()
	options := map[string]any{"question": words(m.dice, u.locale)}
	if m.dice.IntN(3) == 0 {
		options["show"] = "me"
	}
	return m.commandOf(u.name, m.place(), name, options)
}

// typing types a question letter by letter, more or less, and then asks it.
func (m *members) typing() error {
	u, place := m.user(), m.place()
	whole := []rune(m.words.question(m.dice, u.locale))
	suggest := func(n int) func() error {
		return func() error {
			return m.checker.ask("suggestions", wantChoices, func() error {
				_, err := m.server.StartAutocomplete(u.name, place, "ask", map[string]any{"question": string(whole[:n])}, "question")
				return err
			})
		}
	}
	for _, part := range []int{4, 2} {
		m.soon(suggest(len(whole) / part))
	}
	m.later = append(m.later, postponed{time.Now().Add(600 * time.Millisecond), func() error {
		return m.commandOf(u.name, place, "/ask", map[string]any{"question": string(whole)})
	}})
	return suggest(min(2, len(whole)))()
}

// menu uses a command of a message's menu.
func (m *members) menu(kind string, want wanted, name string) error {
	a, there := m.recent(false, func(a answer) bool { return !a.message.Ephemeral() && !isDirect(a.message) })
	if !there {
		return errNotNow
	}
	target := a.message.ID
	if !a.command && m.dice.IntN(2) == 0 {
		target = a.id
	}
	return gone(m.checker.ask(kind, want, func() error {
		_, err := m.server.ContextMenu(m.user().name, a.message.ChannelID, name, target)
		return err
	}))
}

// click uses a button or a menu with one of some labels, in any language.
func (m *members) click(kind string, want wanted, labels func(*wording.Words) []string) error {
	a, there := m.recent(false, func(a answer) bool { return len(find(a.message, labels)) > 0 })
	if !there {
		return errNotNow
	}
	user := m.user().name
	if a.message.Ephemeral() || isDirect(a.message) {
		user = a.user
	}
	c := pick(m.dice, find(a.message, labels))
	var values []string
	if c.Type == controlSelect {
		values = []string{pick(m.dice, c.Options).Value}
	}
	return gone(m.checker.ask(kind, want, func() error {
		_, err := m.server.Component(user, a.message.ID, c.CustomID, values...)
		return err
	}))
}

// openThread opens a thread below an answer, as long as there are few.
func (m *members) openThread() error {
	if m.opened >= mostThreads {
		return errNotNow
	}
	m.opened++
	return m.click("button: thread", wantAnswer, func(w *wording.Words) []string { return []string{w.InThread} })
}

// fillIn fills in a form: a question, or what was wrong with an answer.
func (m *members) fillIn(i testserver.Interaction) error {
	var form struct {
		Title      string
		Components []control
	}
	if err := json.Unmarshal(i.Modal, &form); err != nil {
		return fmt.Errorf("reading a form: %w", err)
	}
	kind := "form: what was wrong"
	for _, l := range wording.Languages {
		if strings.HasPrefix(wording.For(l).AskTitle, form.Title) {
			kind = "form: a question"
		}
	}
	values := map[string]any{}
	for _, c := range controls(form.Components) {
		switch c.Type {
		case controlInput:
			values[c.CustomID] = pick(m.dice, m.words["en"])
		case controlSelect:
			values[c.CustomID] = []any{pick(m.dice, c.Options).Value}
		}
	}
	return gone(m.checker.ask(kind, wantAnswer, func() error {
		_, err := m.server.Modal(i.User, i.ID, "", values)
		return err
	}))
}

// own is a question that was asked by a message, with its answer.
func (m *members) own() (answer, bool) {
	return m.recent(true, func(a answer) bool { return !a.command })
}

// reason stands in the answer to what questions are edited to, and in few
// others.
const reason = "far from arbitrary"

// edited is what a question is edited to, never twice the same.
func (m *members) edited() string {
	m.edits++
	return fmt.Sprintf("@%s Is the choice of Alaska as the summit location really %s? (%d)", botName, reason, m.edits)
}

func (m *members) edit() error {
	a, there := m.own()
	if !there {
		return errNotNow
	}
	watched, err := m.checker.change("edit", wantAnswer, reason, a.id, func() error {
		_, err := m.server.Edit(a.user, a.id, m.edited())
		return err
	})
	if !watched && err == nil {
		return errNotNow
	}
	return err
}

func (m *members) delete() error {
	a, there := m.own()
	if !there {
		return errNotNow
	}
	watched, err := m.checker.change("deletion", wantGone, "", a.id, func() error { return m.server.Delete(a.user, a.id) })
	if !watched && err == nil {
		return errNotNow
	}
	return err
}

// editAtOnce edits a question while it is being answered, or just was.
func (m *members) editAtOnce() error {
	u := m.user()
	var posted testserver.Message
	err := m.checker.askToEdit("edit at once", reason, func() (err error) {
		posted, err = m.server.Post(u.name, m.place(), "@"+botName+" what is a good pizza recipe?")
		return err
	})
	if err == nil {
		m.soon(func() error {
			_, err := m.server.Edit(u.name, posted.ID, m.edited())
			return gone(err)
		})
	}
	return err
}

// deleteAtOnce deletes a question while it is being answered, or just was.
func (m *members) deleteAtOnce() error {
	u := m.user()
	posted, err := m.post("deletion at once", wantGone, u.name, m.place(), "@"+botName+" "+m.words.question(m.dice, u.locale))
	if err == nil {
		m.soon(func() error { return gone(m.server.Delete(u.name, posted.ID)) })
	}
	return err
}
