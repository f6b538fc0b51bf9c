package bot

import (
	"container/list"
	"context"
	"sync"
	"time"

	"summitbot/bot/proof"
)

const (
	// keptAnswers is how many of the model's answers are kept, and keptFor
	// how long.
	keptAnswers = 1000
	keptFor     = 24 * time.Hour
)

// A cache keeps the answers that were given last. It is safe for concurrent
// use.
type cache struct {
	room int
	now  func() time.Time

	mu     sync.Mutex
	latest *list.List // of *keptAnswer, the one used last first
	by     map[string]*list.Element
}

type keptAnswer struct {
	key   string
	until time.Time
	Answer
}

func newCache(room int, now func() time.Time) *cache {
	return &cache{room: room, now: now, latest: list.New(), by: map[string]*list.Element{}}
}

// get returns the answer that is kept under the key. It cost nothing.
func (c *cache) get(key string) (Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[key]
	if !ok {
		return Answer{}, false
	}
	kept := e.Value.(*keptAnswer)
	if c.now().After(kept.until) {
		c.latest.Remove(e)
		delete(c.by, key)
		return Answer{}, false
	}
	c.latest.MoveToFront(e)
	ans := kept.Answer
	ans.Usage = Usage{}
	return ans, true
}

// put keeps an answer, in place of the one that was used least lately if
// there is no room.
func (c *cache) put(key string, ans Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.by[key]; ok {
		c.latest.Remove(e)
	}
	c.by[key] = c.latest.PushFront(&keptAnswer{key, c.now().Add(keptFor), ans})
	if c.latest.Len() > c.room {
		oldest := c.latest.Back()
		delete(c.by, oldest.Value.(*keptAnswer).key)
		c.latest.Remove(oldest)
	}
}

// An AnswerStore keeps answers of a model for all processes, and after a restart.
type AnswerStore interface {
	// Recall returns what was kept under a key, nil if there is nothing.
	Recall(ctx context.Context, key string) ([]byte, error)
	// Shelve keeps an answer under a key for some time.
	Shelve(ctx context.Context, key string, body []byte, life time.Duration) error
}

// A shelved answer is what is kept of one: its statements, which code
// examines again when it is taken from the store.
type storedAnswer struct {
	Verdict Verdict       `json:"verdict"`
	Mode    Mode          `json:"mode"`
	Why     Fallback      `json:"fallback,omitempty"`
	List    bool          `json:"list,omitempty"`
	Heading string        `json:"heading,omitempty"`
	Claims  []storedClaim `json:"claims"`
	Direct  Direct        `json:"direct,omitempty"`
	Missing string        `json:"missing,omitempty"`
}

type storedClaim struct {
	Statement
	How proof.How `json:"how"`
}
