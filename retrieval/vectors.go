package retrieval

import (
	"container/list"
	"sync"
)

// rememberedVectors is how many messages' vectors are kept: what was asked
// before is not encoded again.
const rememberedVectors = 4096

// A vectorCache keeps the vectors of the messages that were seen last, as the
// metric maps them. Its zero value is ready.
type vectorCache struct {
	mu     sync.Mutex
	latest list.List // of cachedVector, the one used last first
	by     map[string]*list.Element
}

type cachedVector struct {
	text   string
	vector []float32
}

func (c *vectorCache) get(text string) []float32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[text]
	if !ok {
		return nil
	}
	c.latest.MoveToFront(e)
	return e.Value.(cachedVector).vector
}

func (c *vectorCache) put(text string, vector []float32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]*list.Element{}
	}
	if e, ok := c.by[text]; ok {
		c.latest.MoveToFront(e)
		return
	}
	c.by[text] = c.latest.PushFront(cachedVector{text, vector})
	if c.latest.Len() > rememberedVectors {
		oldest := c.latest.Back()
		delete(c.by, oldest.Value.(cachedVector).text)
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
	if v := ix.vectors.get(text); v != nil {
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
