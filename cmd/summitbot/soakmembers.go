package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/soak"
)

// soakName is the bot's name on the soak's server.
const soakName = "summitbot"

// soakMembers are the members of several servers, who ask and click. One
// goroutine has them act.
type soakMembers struct {
	server  *testserver.Server
	checker *soak.Checker
	words   soakWords
	dice    *rand.Rand
	users   []soakUser
	places  []string // names of the servers' channels, the busiest first
	direct  int      // the first so many members write direct messages
	weights []int    // of the acts, added up
	later   []soakLater
	opened  int // threads

	mu      sync.Mutex // guards what the server's events bring
	answers []soak.Answered
	newest  int // the place of the newest answer
	forms   []testserver.Interaction
	threads []string
}

type soakUser struct{ name, locale string }

// soakLater is something that a member does a little later.
type soakLater struct {
	at time.Time
	do func() error
}

// Bounds of what members remember.
const (
	soakAnswers = 256
	soakForms   = 64
	soakThreads = 40
)

// newSoakMembers returns members enough to ask at a rate without being
// slowed by what Discord allows a bot in one channel, 5 messages in 5 s.
func newSoakMembers(words soakWords, seed uint64, rate float64) *soakMembers {
	m := &soakMembers{words: words, dice: rand.New(rand.NewPCG(seed, 1))}
	for i := range max(4, int(rate*1.8)) {
		m.places = append(m.places, soakPlace(i))
	}
	for i := range 5 * len(m.places) {
		m.users = append(m.users, soakUser{fmt.Sprintf("member-%d", i+1), soakLocales[i%len(soakLocales)]})
	}
	m.direct = max(3, int(2*rate))
	total := 0
	for _, a := range soakActs {
		total += a.weight
		m.weights = append(m.weights, total)
	}
	return m
}

// soakPlace names channels: a large server has the first 12, a middle one 6,
// and small ones 2 each.
func soakPlace(i int) string {
	switch {
	case i < 12:
		return fmt.Sprintf("large/channel-%d", i+1)
	case i < 18:
		return fmt.Sprintf("middle/channel-%d", i-11)
	}
	return fmt.Sprintf("small-%d/channel-%d", (i-18)/2+1, (i-18)%2+1)
}

// place is a channel; some are asked in five times as often as others.
func (m *soakMembers) place() string {
	total := 0.0
	for i := range m.places {
		total += 1 / float64(i+8)
	}
	at := m.dice.Float64() * total
	for i, p := range m.places {
		if at -= 1 / float64(i+8); at <= 0 {
			return p
		}
	}
	return m.places[0]
}

func (m *soakMembers) user() soakUser { return pick(m.dice, m.users) }

// watch takes what happens on the server.
func (m *soakMembers) watch(e testserver.Event) {
	if e.Type == "THREAD_CREATE" {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.threads = append(m.threads, e.ChannelID)
	}
}

// answered remembers an answer to go on from.
func (m *soakMembers) answered(a soak.Answered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.answers) < soakAnswers {
		m.answers = append(m.answers, a)
		return
	}
	m.newest = (m.newest + 1) % soakAnswers
	m.answers[m.newest] = a
}

// form remembers a form to fill in.
func (m *soakMembers) form(i testserver.Interaction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.forms) < soakForms {
		m.forms = append(m.forms, i)
	}
}

// recent is one of the answers that fit, and takes it away if it must not be
// met again.
func (m *soakMembers) recent(take bool, fits func(soak.Answered) bool) (soak.Answered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range 20 {
		if len(m.answers) == 0 {
			break
		}
		i := m.dice.IntN(len(m.answers))
		if a := m.answers[i]; a.ID != "" && fits(a) {
			if take {
				m.answers[i] = soak.Answered{}
			}
			return a, true
		}
	}
	return soak.Answered{}, false
}

// thread is one of the first threads, which the bot knows: they were asked in
// while all was well.
func (m *soakMembers) thread(known int) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := min(known, len(m.threads)); n > 0 {
		return m.threads[m.dice.IntN(n)], true
	}
	return "", false
}

// filled takes a form that is to be filled in.
func (m *soakMembers) filled() (testserver.Interaction, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.forms) == 0 {
		return testserver.Interaction{}, false
	}
	i := m.forms[0]
	m.forms = slices.Delete(m.forms, 0, 1)
	return i, true
}

// errNotNow says that there is nothing yet, or no more, to do such a thing
// with.
var errNotNow = errors.New("not now")

// act has one member do one thing.
func (m *soakMembers) act() error {
	if i, there := m.filled(); there {
		if err := m.fillIn(i); !errors.Is(err, errNotNow) {
			return err
		}
	}
	at := m.dice.IntN(m.weights[len(m.weights)-1])
	i := slices.IndexFunc(m.weights, func(w int) bool { return at < w })
	err := soakActs[i].do(m)
	if errors.Is(err, errNotNow) {
		err = m.mention()
	}
	return err
}

// due does what was put off until now, and tells when the next is due.
func (m *soakMembers) due(now time.Time) (next time.Time, err error) {
	list := m.later
	m.later = nil
	for _, l := range list {
		if l.at.After(now) {
			m.later = append(m.later, l)
		} else if doErr := l.do(); doErr != nil && !errors.Is(doErr, errNotNow) {
			err = errors.Join(err, doErr)
		}
	}
	for _, l := range m.later {
		if next.IsZero() || l.at.Before(next) {
			next = l.at
		}
	}
	return next, err
}

// soon puts something off for a moment.
func (m *soakMembers) soon(do func() error) {
	m.later = append(m.later, soakLater{time.Now().Add(time.Duration(10+m.dice.IntN(400)) * time.Millisecond), do})
}

// soakActs are what members do, and how often in proportion.
var soakActs = []struct {
	weight int
	do     func(*soakMembers) error
}{
	{22, (*soakMembers).mention},
	{9, (*soakMembers).reply},
	{13, (*soakMembers).directMessage},
	{6, (*soakMembers).inThread},
	{5, func(m *soakMembers) error { return m.say("nonsense", pick(m.dice, nonsense)) }},
	{3, (*soakMembers).chat},
	{10, func(m *soakMembers) error { return m.ask("/ask", m.words.question) }},
	{4, (*soakMembers).typing},
	{3, func(m *soakMembers) error {
		return m.command("/takeaways", map[string]any{"count": 1 + m.dice.IntN(20)})
	}},
	{3, func(m *soakMembers) error { return m.command("/risks", nil) }},
	{2, func(m *soakMembers) error {
		return m.command("/passage", map[string]any{"place": pick(m.dice, []string{"NATO", "sanctions", "Kremlin", "nowhere at all"})})
	}},
	{2, func(m *soakMembers) error { return m.command("/outline", nil) }},
	{1, func(m *soakMembers) error {
		return m.command(pick(m.dice, []string{"/help", "/sources", "/privacy", "/forget-me"}), nil)
	}},
	{4, func(m *soakMembers) error {
		return m.click("button: show passage", soak.Answer, func(w *bot.Wording) []string { return []string{w.ShowPassage, w.PassageSelect} })
	}},
	{1, func(m *soakMembers) error {
		return m.click("button: next passage", soak.Acknowledged, func(w *bot.Wording) []string { return []string{w.Next, w.Previous} })
	}},
	{3, func(m *soakMembers) error {
		return m.click("button: helpful", soak.Answer, func(w *bot.Wording) []string { return []string{w.Helpful} })
	}},
	{2, func(m *soakMembers) error {
		return m.click("button: not helpful", soak.Form, func(w *bot.Wording) []string { return []string{w.NotHelpful} })
	}},
	{4, func(m *soakMembers) error {
		return m.click("menu: ask next", soak.Answer, func(w *bot.Wording) []string { return []string{w.AskNext} })
	}},
	{1, func(m *soakMembers) error {
		return m.click("button: other words", soak.Answer, func(w *bot.Wording) []string { return []string{w.Shorter, w.PlainWords, w.QuotesOnly} })
	}},
	{1, (*soakMembers).openThread},
	{2, func(m *soakMembers) error { return m.menu("menu: ask about this", soak.Form, bot.Words("en").MenuAsk) }},
	{2, func(m *soakMembers) error { return m.menu("menu: check", soak.Answer, bot.Words("en").MenuCheck) }},
	{2, (*soakMembers).edit},
	{1, (*soakMembers).editAtOnce},
	{2, (*soakMembers).delete},
	{1, (*soakMembers).deleteAtOnce},
}

// post has a member write a message.
func (m *soakMembers) post(kind string, want soak.Want, user, place, content string, options ...testserver.PostOption) (posted testserver.Message, err error) {
	err = m.checker.Ask(kind, want, func() (err error) {
		posted, err = m.server.Post(user, place, content, options...)
		return err
	})
	return posted, err
}

// say mentions the bot with some words, in a channel or alone with it.
func (m *soakMembers) say(kind, words string) error {
	u, place := m.user(), m.place()
	if m.dice.IntN(5) == 0 {
		u, place = m.users[m.dice.IntN(m.direct)], "@"+soakName
	}
	_, err := m.post(kind, soak.Answer, u.name, place, "@"+soakName+" "+words)
	return err
}

func (m *soakMembers) mention() error {
	u := m.user()
	_, err := m.post("mention", soak.Answer, u.name, m.place(), "@"+soakName+" "+m.words.question(m.dice, u.locale))
	return err
}

func (m *soakMembers) directMessage() error {
	u := m.users[m.dice.IntN(m.direct)]
	words := m.words.question
	if m.dice.IntN(3) == 0 {
		words = m.words.followUp
	}
	_, err := m.post("direct message", soak.Answer, u.name, "@"+soakName, words(m.dice, u.locale))
	return err
}

func (m *soakMembers) inThread() error {
	thread, there := m.thread(soakWarmThreads)
	if !there {
		return errNotNow
	}
	u := m.user()
	_, err := m.post("in a thread", soak.Answer, u.name, thread, "@"+soakName+" "+m.words.question(m.dice, u.locale))
	return err
}

func (m *soakMembers) chat() error {
	_, err := m.post("chatter (no answer)", soak.Silence, m.user().name, m.place(), pick(m.dice, chatter))
	return err
}

// reply answers the bot with a question that goes on from its answer. Only a
// reply to what was no command's answer mentions it by itself.
func (m *soakMembers) reply() error {
	a, there := m.recent(false, func(a soak.Answered) bool { return !a.Message.Ephemeral() })
	if !there {
		return errNotNow
	}
	u := m.user()
	if isDirect(a.Message) {
		u.name = a.User
	}
	words := m.words.followUp(m.dice, u.locale)
	if a.Command || m.dice.IntN(2) == 0 {
		words = "@" + soakName + " " + words
	}
	_, err := m.post("reply", soak.Answer, u.name, a.Message.ChannelID, words, testserver.ReplyTo(a.Message.ID))
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
func (m *soakMembers) command(name string, options map[string]any) error {
	u, place := m.user(), m.place()
	if m.dice.IntN(6) == 0 {
		u, place = m.users[m.dice.IntN(m.direct)], "@"+soakName
	}
	return m.commandOf(u.name, place, name, options)
}

func (m *soakMembers) commandOf(user, place, name string, options map[string]any) error {
	return m.checker.Ask(name, soak.Answer, func() error {
		_, err := m.server.Command(user, place, name, options)
		return err
	})
}

func (m *soakMembers) ask(name string, words func(*rand.Rand, string) string) error {
	u := m.user()
	options := map[string]any{"question": words(m.dice, u.locale)}
	if m.dice.IntN(3) == 0 {
		options["show"] = "me"
	}
	return m.commandOf(u.name, m.place(), name, options)
}

// typing types a question letter by letter, more or less, and then asks it.
func (m *soakMembers) typing() error {
	u, place := m.user(), m.place()
	whole := []rune(m.words.question(m.dice, u.locale))
	suggest := func(n int) func() error {
		return func() error {
			return m.checker.Ask("suggestions", soak.Choices, func() error {
				_, err := m.server.StartAutocomplete(u.name, place, "ask", map[string]any{"question": string(whole[:n])}, "question")
				return err
			})
		}
	}
	for _, part := range []int{4, 2} {
		m.soon(suggest(len(whole) / part))
	}
	m.later = append(m.later, soakLater{time.Now().Add(600 * time.Millisecond), func() error {
		return m.commandOf(u.name, place, "/ask", map[string]any{"question": string(whole)})
	}})
	return suggest(min(2, len(whole)))()
}

// menu uses a command of a message's menu.
func (m *soakMembers) menu(kind string, want soak.Want, name string) error {
	a, there := m.recent(false, func(a soak.Answered) bool { return !a.Message.Ephemeral() && !isDirect(a.Message) })
	if !there {
		return errNotNow
	}
	target := a.Message.ID
	if !a.Command && m.dice.IntN(2) == 0 {
		target = a.ID
	}
	return gone(m.checker.Ask(kind, want, func() error {
		_, err := m.server.ContextMenu(m.user().name, a.Message.ChannelID, name, target)
		return err
	}))
}

// A control is a component of a message or a form that members use.
type control struct {
	Type        int
	CustomID    string `json:"custom_id"`
	Label       string
	Placeholder string
	Disabled    bool
	Options     []struct{ Value string }
	Components  []control
	Accessory   *control
	Component   *control
}

const (
	controlSelect = 3
	controlInput  = 4
)

// controls are all that stand in components.
func controls(list []control) (all []control) {
	for _, c := range list {
		all = append(append(all, c), controls(c.Components)...)
		for _, inner := range []*control{c.Accessory, c.Component} {
			if inner != nil {
				all = append(all, controls([]control{*inner})...)
			}
		}
	}
	return all
}

// find is a control of a message with one of some labels, in any language.
func (m *soakMembers) find(message testserver.Message, labels func(*bot.Wording) []string) (found []control) {
	for _, raw := range message.Components {
		var c control
		if json.Unmarshal(raw, &c) != nil {
			continue
		}
		for _, c := range controls([]control{c}) {
			for _, l := range bot.Languages {
				if slices.ContainsFunc(labels(bot.Words(l)), func(s string) bool { return s == c.Label || s == c.Placeholder }) && !c.Disabled && c.CustomID != "" {
					found = append(found, c)
					break
				}
			}
		}
	}
	return found
}

// click uses a button or a menu with one of some labels, in any language.
func (m *soakMembers) click(kind string, want soak.Want, labels func(*bot.Wording) []string) error {
	a, there := m.recent(false, func(a soak.Answered) bool { return len(m.find(a.Message, labels)) > 0 })
	if !there {
		return errNotNow
	}
	user := m.user().name
	if a.Message.Ephemeral() || isDirect(a.Message) {
		user = a.User
	}
	c := pick(m.dice, m.find(a.Message, labels))
	var values []string
	if c.Type == controlSelect {
		values = []string{pick(m.dice, c.Options).Value}
	}
	return gone(m.checker.Ask(kind, want, func() error {
		_, err := m.server.Component(user, a.Message.ID, c.CustomID, values...)
		return err
	}))
}

// openThread opens a thread below an answer, as long as there are few.
func (m *soakMembers) openThread() error {
	if m.opened >= soakThreads {
		return errNotNow
	}
	m.opened++
	return m.click("button: thread", soak.Answer, func(w *bot.Wording) []string { return []string{w.InThread} })
}

// fillIn fills in a form: a question, or what was wrong with an answer.
func (m *soakMembers) fillIn(i testserver.Interaction) error {
	var form struct {
		Title      string
		Components []control
	}
	if err := json.Unmarshal(i.Modal, &form); err != nil {
		return fmt.Errorf("reading a form: %w", err)
	}
	kind := "form: what was wrong"
	for _, l := range bot.Languages {
		if strings.HasPrefix(bot.Words(l).AskTitle, form.Title) {
			kind = "form: a question"
		}
	}
	values := map[string]any{}
	for _, c := range controls(form.Components) {
		switch c.Type {
		case controlInput:
			values[c.CustomID] = pick(m.dice, m.words.english)
		case controlSelect:
			values[c.CustomID] = []any{pick(m.dice, c.Options).Value}
		}
	}
	return gone(m.checker.Ask(kind, soak.Answer, func() error {
		_, err := m.server.Modal(i.User, i.ID, "", values)
		return err
	}))
}

// own is a question that was asked by a message, with its answer.
func (m *soakMembers) own() (soak.Answered, bool) {
	return m.recent(true, func(a soak.Answered) bool { return !a.Command })
}

// edited are words that no question was asked in before.
func (m *soakMembers) edited() string {
	return fmt.Sprintf("@%s %s (edited)", soakName, pick(m.dice, m.words.english))
}

func (m *soakMembers) edit() error {
	a, there := m.own()
	if !there {
		return errNotNow
	}
	watched, err := m.checker.Change("edit", soak.Answer, a.ID, func() error {
		_, err := m.server.Edit(a.User, a.ID, m.edited())
		return err
	})
	if !watched && err == nil {
		return errNotNow
	}
	return err
}

func (m *soakMembers) delete() error {
	a, there := m.own()
	if !there {
		return errNotNow
	}
	watched, err := m.checker.Change("deletion", soak.Gone, a.ID, func() error { return m.server.Delete(a.User, a.ID) })
	if !watched && err == nil {
		return errNotNow
	}
	return err
}

// editAtOnce edits a question while it is being answered, or just was.
func (m *soakMembers) editAtOnce() error {
	u := m.user()
	posted, err := m.post("edit at once", soak.Answer, u.name, m.place(), "@"+soakName+" "+m.words.question(m.dice, u.locale))
	if err == nil {
		m.soon(func() error {
			_, err := m.server.Edit(u.name, posted.ID, m.edited())
			return gone(err)
		})
	}
	return err
}

// deleteAtOnce deletes a question while it is being answered, or just was.
func (m *soakMembers) deleteAtOnce() error {
	u := m.user()
	posted, err := m.post("deletion at once", soak.Gone, u.name, m.place(), "@"+soakName+" "+m.words.question(m.dice, u.locale))
	if err == nil {
		m.soon(func() error { return gone(m.server.Delete(u.name, posted.ID)) })
	}
	return err
}
