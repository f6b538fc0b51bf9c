package retrieval

import (
	"container/list"
	"sync"
)

// What was asked before is neither encoded nor compared again: so many
// messages' vectors are kept, and looks of so many bytes together.
const (
	rememberedVectors = 4096
	rememberedLooks   = 16 << 20
	// bytesASentence is about what a look holds for each sentence: its
	// features, and how near the message is to its lines, twice.
	bytesASentence = 100
)

// A recent keeps what was made of the texts that were seen last. It is safe for
// concurrent use.
type recent[V any] struct {
	room int // how many

	mu     sync.Mutex
	latest list.List // of remembered[V], the one used last first
	by     map[string]*list.Element
}

type remembered[V any] struct {
	text string
	made V
}

func newRecent[V any](room int) *recent[V] {
	return &recent[V]{room: room, by: map[string]*list.Element{}}
}

// get returns what was made of a text, if it is kept.
func (c *recent[V]) get(text string) (made V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[text]
	if !ok {
		return made, false
	}
	c.latest.MoveToFront(e)
	return e.Value.(remembered[V]).made, true
}

// put keeps what was made of a text.
func (c *recent[V]) put(text string, made V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.by[text]; ok {
		c.latest.MoveToFront(e)
		return
	}
	c.by[text] = c.latest.PushFront(remembered[V]{text, made})
	if c.latest.Len() > c.room {
		oldest := c.latest.Back()
		delete(c.by, oldest.Value.(remembered[V]).text)
		c.latest.Remove(oldest)
	}
}

// vector is a message's vector as the metric maps it; nil where meaning is off
// or not there yet. A message that a line holds word for word has the line's.
func (ix *Index) vector(text string) []float32 {
	m := ix.meaning.Load()
	if ix.encode == nil || m == nil {
		return nil
	}
	if v, ok := ix.vectors.get(text); ok {
		return v
	}
	v := m.known(text)
	if v == nil {
		v = ix.metric.Map(ix.encode(text))
	}
	ix.vectors.put(text, v)
	return v
}

// known is the vector of a line with the same words, nil where there is none.
func (m *meaning) known(text string) []float32 {
	for _, l := range m.all() {
		if line, ok := l.find(text); ok && l.Classes[l.class[line]].Kind != Text {
			return unit(l.vectorOf(line))
		}
	}
	return nil
}
