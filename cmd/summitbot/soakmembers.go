package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

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
	edits   int

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
