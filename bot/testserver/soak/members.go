package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"summitbot/bot/testserver"
)

// botName is the bot's name on the soak's server.
const botName = "summitbot"

// members are the members of several servers, who ask and click. One
// goroutine has them act.
type members struct {
	server  *testserver.Server
	checker *checker
	words   questions
	dice    *rand.Rand
	users   []member
	places  []string // names of the servers' channels, the busiest first
	direct  int      // the first so many members write direct messages
	weights []int    // of the acts, added up
	later   []postponed
	opened  int // threads
	edits   int

	mu      sync.Mutex // guards what the server's events bring
	answers []answer
	newest  int // the place of the newest answer
	forms   []testserver.Interaction
	threads []string
}

type member struct{ name, locale string }

// postponed is something that a member does a little later.
type postponed struct {
	at time.Time
	do func() error
}

// Bounds of what members remember.
const (
	mostAnswers = 256
	mostForms   = 64
	mostThreads = 40
)

// newMembers returns members enough to ask at a rate without being
// slowed by what Discord allows a bot in one channel, 5 messages in 5 s.
func newMembers(words questions, seed uint64, rate float64) *members {
	m := &members{words: words, dice: rand.New(rand.NewPCG(seed, 1))}
	for i := range max(4, int(rate*1.8)) {
		m.places = append(m.places, placeName(i))
	}
	for i := range 5 * len(m.places) {
		m.users = append(m.users, member{fmt.Sprintf("member-%d", i+1), locales[i%len(locales)]})
	}
	m.direct = max(3, int(2*rate))
	total := 0
	for _, a := range acts {
		total += a.weight
		m.weights = append(m.weights, total)
	}
	return m
}

// placeName names channels: a large server has the first 12, a middle one 6,
// and small ones 2 each.
func placeName(i int) string {
	switch {
	case i < 12:
		return fmt.Sprintf("large/channel-%d", i+1)
	case i < 18:
		return fmt.Sprintf("middle/channel-%d", i-11)
	}
	return fmt.Sprintf("small-%d/channel-%d", (i-18)/2+1, (i-18)%2+1)
}

// place is a channel; some are asked in five times as often as others.
func (m *members) place() string {
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

func (m *members) user() member { return pick(m.dice, m.users) }

// watch takes what happens on the server.
func (m *members) watch(e testserver.Event) {
	if e.Type == "THREAD_CREATE" {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.threads = append(m.threads, e.ChannelID)
	}
}

// answered remembers an answer to go on from.
func (m *members) answered(a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.answers) < mostAnswers {
		m.answers = append(m.answers, a)
		return
	}
	m.newest = (m.newest + 1) % mostAnswers
	m.answers[m.newest] = a
}

// form remembers a form to fill in.
func (m *members) form(i testserver.Interaction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.forms) < mostForms {
		m.forms = append(m.forms, i)
	}
}

// recent is one of the answers that fit, and takes it away if it must not be
// met again.
func (m *members) recent(take bool, fits func(answer) bool) (answer, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range 20 {
		if len(m.answers) == 0 {
			break
		}
		i := m.dice.IntN(len(m.answers))
		if a := m.answers[i]; a.id != "" && fits(a) {
			if take {
				m.answers[i] = answer{}
			}
			return a, true
		}
	}
	return answer{}, false
}

// thread is one of the first threads, which the bot knows: they were asked in
// while all was well.
func (m *members) thread(known int) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := min(known, len(m.threads)); n > 0 {
		return m.threads[m.dice.IntN(n)], true
	}
	return "", false
}

// filled takes a form that is to be filled in.
func (m *members) filled() (testserver.Interaction, bool) {
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
func (m *members) act() error {
	if i, there := m.filled(); there {
		if err := m.fillIn(i); !errors.Is(err, errNotNow) {
			return err
		}
	}
	at := m.dice.IntN(m.weights[len(m.weights)-1])
	i := slices.IndexFunc(m.weights, func(w int) bool { return at < w })
	err := acts[i].do(m)
	if errors.Is(err, errNotNow) {
		err = m.mention()
	}
	return err
}

// due does what was put off until now, and tells when the next is due.
func (m *members) due(now time.Time) (next time.Time, err error) {
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
func (m *members) soon(do func() error) {
	m.later = append(m.later, postponed{time.Now().Add(time.Duration(10+m.dice.IntN(400)) * time.Millisecond), do})
}
