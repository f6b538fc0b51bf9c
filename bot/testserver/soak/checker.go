package soak

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"summitbot/bot/testserver"
)

// A Want is what has to come of something that a member does.
type Want int

// The wants.
const (
	Answer       Want = iota // one message that is finished, or the pages of one answer, each once
	Choices                  // suggestions while a member types
	Form                     // a modal
	Acknowledged             // whatever: the bot has taken it
	Silence                  // nothing: it was not said to the bot
	Gone                     // what answered it is to go
)

// A Reading is how a message of the bot's reads.
type Reading struct {
	Unfinished bool   // a placeholder, or an answer that is still being written
	Apology    string // the words in which it says that something went wrong
	Greeting   bool   // it answers nothing, such as the first message of a thread
	Page, Of   int    // of an answer of several messages; 0 and 0 for one alone
	// Answers is the id of what it answers, where the message does not say so
	// by itself; empty where nobody knows.
	Answers string
}

// Options shapes a Checker.
type Options struct {
	// Limit is how long an answer may take. One that takes longer is late, and
	// what is still open after it at the end is lost.
	Limit time.Duration
	// Read reads a message of the bot's. It is called with the server's lock
	// held, and must not call it.
	Read func(testserver.Message) Reading
	// Faulty says that the server plays faults. Then a refusal that a careful
	// repeat meets is no violation: of what was carried out though the answer
	// to it was lost, or of an interaction that was told too late.
	Faulty bool
	// Answered is told of every answer that is finished, and Opened of every
	// form, so that members can go on from them. They are called with the
	// server's lock held, and must not call it. They may be nil.
	Answered func(Answered)
	Opened   func(testserver.Interaction)
}

// Answered is an answer that is finished, and what it answers.
type Answered struct {
	ID      string             // of the message or interaction that asked
	User    string             // who asked
	Command bool               // it was asked by an interaction
	Message testserver.Message // of several the one that came last
}

// Bounds of what a Checker keeps.
const (
	remembered  = 20 * time.Minute // how long something that is done with is watched
	maxFindings = 12               // of each sort kept in words; all are counted
)

// A Checker follows what members do and what comes of it. Its methods may be
// called from any goroutine.
type Checker struct {
	limit  time.Duration
	o      Options
	asking sync.Mutex // one at a time: the next event of a member's is theirs

	mu       sync.Mutex // guards everything below
	next     *item      // waits for its message or interaction
	items    map[string]*item
	order    []*item           // as they were asked
	owners   map[string]string // what a bot's message answers: the id of an item, by the message's
	strays   map[string]time.Time
	rows     map[string]*row
	findings []string
	found    map[verdict]int // by sort; open stands for what is against the rules
	refused  map[string]int
	limited  int
	bad      int // violations that are held against the bot, and strays
	away     away
}

// clip is the beginning of what somebody says.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}

// New returns a Checker.
func New(o Options) *Checker {
	return &Checker{
		limit: o.Limit, o: o,
		items: map[string]*item{}, owners: map[string]string{}, strays: map[string]time.Time{},
		rows: map[string]*row{}, refused: map[string]int{}, found: map[verdict]int{},
	}
}

// Ask has a member do something by act, which makes exactly one message or
// interaction of a person's, and follows what comes of it. An error of act is
// returned, and then nothing was asked.
func (c *Checker) Ask(kind string, want Want, act func() error) error {
	return c.ask(&item{kind: kind, want: want}, act)
}

// AskToEdit is Ask for a question that the member edits while it is being
// answered. What is wanted is an Answer that has some words in it, which is one
// to the question as it is in the end.
func (c *Checker) AskToEdit(kind, words string, act func() error) error {
	return c.ask(&item{kind: kind, want: Answer, words: words}, act)
}

func (c *Checker) ask(it *item, act func() error) error {
	c.asking.Lock()
	defer c.asking.Unlock()
	c.mu.Lock()
	c.next = it
	c.mu.Unlock()
	err := act()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil && err == nil {
		err = fmt.Errorf("%s: nothing of it was to be seen on the server", it.kind)
	}
	c.next = nil
	return err
}

// Change has a member change or delete a message that they have asked by, and
// follows what comes of that: Answer for one that is edited, and whose answer
// has to be edited too and to have some words in it then, or Gone. The question
// itself is judged as it stands. It is false when the message is no longer
// watched, not yet answered, or the answer is to have those words already: it may stay
// as it is then.
func (c *Checker) Change(kind string, want Want, words, id string, act func() error) (bool, error) {
	c.mu.Lock()
	old := c.items[id]
	if old == nil || old.command || old.change || old.took == 0 || words != "" && old.words == words || old.judge(time.Now(), c.limit) != answered {
		c.mu.Unlock()
		return false, nil
	}
	it := &item{kind: kind, want: want, words: words, id: id, asked: time.Now(), user: old.user, said: old.said, parts: slices.Clone(old.parts), change: true}
	for i := range it.parts {
		it.parts[i].old = want == Answer
	}
	c.count(old, time.Now())
	old.replaced = true
	c.add(it)
	c.mu.Unlock()
	return true, act()
}

// add takes an item in. The caller holds c.mu.
func (c *Checker) add(it *item) {
	c.items[it.id] = it
	c.order = append(c.order, it)
	c.row(it.kind).asked++
}

// Watch takes an event of the server's. Hand it to Options.Watch.
func (c *Checker) Watch(e testserver.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Type {
	case "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE":
		if e.Message.Author.Bot {
			c.said(e.Type, *e.Message)
		} else if e.Type == "MESSAGE_CREATE" {
			c.began(e.Message.ID, e.Message.Author.Username, e.Message.Content)
		}
	case "INTERACTION_UPDATE":
		c.interaction(*e.Interaction)
	case testserver.Told:
		if it := c.items[e.ID]; it != nil && e.Name == it.event() {
			it.told = time.Now()
		}
	case testserver.Missed:
		if it := c.items[e.ID]; it != nil && e.Name == it.event() {
			it.missed = true
		}
	case "BOT_UPDATE":
		c.away.update(e.Connections > 0, time.Now())
	case testserver.Violated:
		c.violated(*e.Violation)
	}
}

// began gives the item that waits for it its message or interaction.
func (c *Checker) began(id, user, said string) {
	if c.next == nil {
		return
	}
	it := c.next
	c.next = nil
	it.id, it.asked, it.user, it.said = id, time.Now(), user, clip(said)
	c.add(it)
}

// interaction follows an interaction.
func (c *Checker) interaction(in testserver.Interaction) {
	if in.State == testserver.StatePending {
		c.began(in.ID, in.User, cmp.Or(in.Command, in.CustomID))
	}
	it := c.items[in.ID]
	if it == nil {
		return
	}
	it.command, it.state, it.choices, it.form, it.hindered = true, in.State, in.Choices != nil, in.Modal != nil, in.Hindered
	if in.Modal != nil && in.State == testserver.StateAnswered && c.o.Opened != nil {
		c.o.Opened(in)
	}
	c.progressed(it)
}

// said follows a message of the bot's.
func (c *Checker) said(event string, m testserver.Message) {
	if event == "MESSAGE_DELETE" {
		delete(c.strays, m.ID)
		if it := c.items[c.owners[m.ID]]; it != nil {
			it.drop(m.ID)
			c.progressed(it)
		}
		delete(c.owners, m.ID)
		return
	}
	reading := c.o.Read(m)
	if event == "MESSAGE_CREATE" {
		id := cmp.Or(answers(m), reading.Answers)
		switch it := c.items[id]; {
		case it != nil:
			c.owners[m.ID] = id
		case reading.Greeting:
		default:
			c.strays[m.ID] = time.Now() // a reply to what is being deleted may stand for a moment
		}
	}
	it := c.items[c.owners[m.ID]]
	if it == nil {
		return
	}
	it.hold(m, reading)
	if c.progressed(it) && c.o.Answered != nil {
		c.o.Answered(Answered{it.id, it.user, it.command, m})
	}
}

// answers is the id of what a bot's message answers, empty for nothing.
func answers(m testserver.Message) string {
	switch {
	case m.InteractionMetadata != nil:
		return m.InteractionMetadata.ID
	case m.MessageReference != nil:
		return m.MessageReference.MessageID
	}
	return ""
}

// progressed notes when something is done with, and tells whether it is so
// now for the first time.
func (c *Checker) progressed(it *item) bool {
	if it.took > 0 || !it.complete() {
		return false
	}
	it.took = max(time.Since(it.asked), 1)
	return true
}

// A refusal is what Discord refuses, and where in the call.
type refusal struct {
	code int
	at   string
}

// natural are the refusals that no bot can foresee: an interaction that was
// told too late, a thread that another member has opened, a reply to a message
// that was deleted just now.
var natural = map[refusal]bool{{10062, ""}: true, {160004, ""}: true, {50035, "message_reference"}: true}

// excused are those that a careful repeat meets when the answer to a call was
// lost: unknown message; token no longer known, or valid; already acknowledged.
var excused = map[int]bool{10008: true, 10015: true, 50027: true, 40060: true}

// away is the time that the bot was not connected, after it first was.
type away struct {
	since   time.Time // zero: it is connected, or has never been
	been    bool
	times   int
	all     time.Duration
	longest time.Duration
}

func (a *away) update(connected bool, now time.Time) {
	switch {
	case connected && a.been && !a.since.IsZero():
		gone := now.Sub(a.since)
		a.since, a.all, a.longest = time.Time{}, a.all+gone, max(a.longest, gone)
	case connected:
		a.been = true
	case a.been && a.since.IsZero():
		a.since = now
		a.times++
	}
}

// violated counts what a call did against the rules.
func (c *Checker) violated(v testserver.Violation) {
	switch {
	case v.Status == 429:
		c.limited++
		return
	case natural[refusal{v.Code, v.At}] || c.o.Faulty && excused[v.Code]:
		c.refused[fmt.Sprintf("%d %s", v.Code, v.Message)]++
		return
	}
	c.bad++
	at := ""
	if v.At != "" {
		at = " at " + v.At
	}
	c.find(open, "against Discord's rules: %s%s: %s (HTTP %d, code %d; %s)", v.Call, at, v.Message, v.Status, v.Code, v.Section)
}

// find keeps a finding in words, if there are not too many of its sort.
func (c *Checker) find(sort verdict, format string, args ...any) {
	if c.found[sort]++; c.found[sort] > maxFindings {
		return
	}
	c.findings = append(c.findings, strings.ToValidUTF8(fmt.Sprintf(format, args...), "?"))
}

// Open is how many things are still to come: answers, and the time until
// which nothing may come where nothing should.
func (c *Checker) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, n := time.Now(), 0
	for _, it := range slices.Backward(c.order) {
		if now.Sub(it.asked) > c.limit {
			break
		}
		if !it.counted && it.judge(now, c.limit) == open {
			n++
		}
	}
	return n
}

// Tidy judges what was asked so long ago that it is watched no more. Call it
// now and then.
func (c *Checker) Tidy() { c.tidy(time.Now().Add(-remembered)) }

// tidy judges, and forgets, what was asked before a moment.
func (c *Checker) tidy(before time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	i := 0
	for ; i < len(c.order) && c.order[i].asked.Before(before); i++ {
		it := c.order[i]
		c.count(it, now)
		if !it.replaced {
			delete(c.items, it.id)
			for _, p := range it.parts {
				delete(c.owners, p.id)
			}
		}
	}
	c.order = slices.Delete(c.order, 0, i)
	for id, at := range c.strays {
		if now.Sub(at) > c.limit {
			delete(c.strays, id)
			c.bad++
			c.find(open, "message %s answers nothing that is known, and stands", id)
		}
	}
}
