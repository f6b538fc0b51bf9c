package bot

import (
	"container/list"
	"sync"
)

const (
	// conversations is how many conversations are remembered at once; the
	// one that nothing was said in for longest is forgotten first.
	conversations = 10_000
	// turns is how many questions of a conversation are remembered.
	turns = 3
)

// A memory holds what each member asked last in each place, so that a
// follow-up can be understood. It is safe for concurrent use.
type memory struct {
	mu     sync.Mutex
	latest *list.List // of *conversation, the one spoken in last first
	by     map[conversationKey]*list.Element
}

type conversationKey struct{ place, member string }

type conversation struct {
	key   conversationKey
	asked []string // oldest first
}

func newMemory() *memory {
	return &memory{latest: list.New(), by: map[conversationKey]*list.Element{}}
}

// recall returns the earlier questions of the question's conversation, oldest
// first, and remembers the question itself. Questions without a place or a
// member belong to no conversation.
func (m *memory) recall(q Question) []string {
	if q.Place == "" || q.Member == "" {
		return nil
	}
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
	earlier := c.asked
	c.asked = append(append([]string(nil), earlier[max(0, len(earlier)-turns+1):]...), q.Text)
	if m.latest.Len() > conversations {
		oldest := m.latest.Back()
		delete(m.by, oldest.Value.(*conversation).key)
		m.latest.Remove(oldest)
	}
	return earlier
}
