package bot

import (
	"container/list"
	"sync"
	"time"
)

const (
	// conversations is how many conversations are remembered at once; the
	// one that nothing was said in for longest is forgotten first.
	conversations = 10_000
	// turns is how many questions of a conversation are remembered.
	turns = 3
	// lapse is for how long a conversation goes on after its last question.
	lapse = 30 * time.Minute
)

// A memory holds what each member asked last in each place, so that a
// follow-up can be understood. It is safe for concurrent use.
type memory struct {
	mu     sync.Mutex
	latest *list.List // of *conversation, the one spoken in last first
	by     map[conversationKey]*list.Element
	now    func() time.Time
}

type conversationKey struct{ place, member string }

type conversation struct {
	key   conversationKey
	asked []string // oldest first
	last  time.Time
}

func newMemory() *memory {
	return &memory{latest: list.New(), by: map[conversationKey]*list.Element{}, now: time.Now}
}

// recall returns the earlier questions of the question's conversation, oldest
// first; none when it has lapsed. Questions without a place or a member
// belong to no conversation.
func (m *memory) recall(q Question) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.by[conversationKey{q.Place, q.Member}]
	if !ok {
		return nil
	}
	c := e.Value.(*conversation)
	if m.now().Sub(c.last) > lapse {
		return nil
	}
	return c.asked
}

// keep remembers a question, as one that a later one may go on from.
func (m *memory) keep(q Question) {
	if q.Place == "" || q.Member == "" {
		return
	}
	earlier := m.recall(q)
	key := conversationKey{q.Place, q.Member}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.by[key]
	if !ok {
		e = m.latest.PushFront(&conversation{key: key})
		m.by[key] = e
	}
	m.latest.MoveToFront(e)
	c := e.Value.(*conversation)
	c.asked = append(append([]string(nil), earlier[max(0, len(earlier)-turns+1):]...), q.Text)
	c.last = m.now()
	if m.latest.Len() > conversations {
		oldest := m.latest.Back()
		delete(m.by, oldest.Value.(*conversation).key)
		m.latest.Remove(oldest)
	}
}

// forget drops the conversations of a member.
func (m *memory) forget(member string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, e := range m.by {
		if key.member == member {
			m.latest.Remove(e)
			delete(m.by, key)
		}
	}
}
