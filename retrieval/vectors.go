package retrieval

import (
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
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

// A recent keeps what was made of the texts that were seen last, and makes it
// once for all who want it at the same time.
type recent[V any] struct {
	kept *lru.Cache[string, V]
	made singleflight.Group
}

// newRecent keeps as many as there is room for, one at least.
func newRecent[V any](room int) *recent[V] {
	kept, err := lru.New[string, V](max(1, room))
	if err != nil {
		panic(err) // there is room for one
	}
	return &recent[V]{kept: kept}
}

// of is what is kept of a text, or made of it now.
func (r *recent[V]) of(text string, fresh func() V) V {
	if v, ok := r.kept.Get(text); ok {
		return v
	}
	v, _, _ := r.made.Do(text, func() (any, error) {
		v, ok := r.kept.Get(text)
		if !ok {
			v = fresh()
			r.kept.Add(text, v)
		}
		return v, nil
	})
	return v.(V)
}

// vector is a message's vector as the metric maps it; nil where meaning is off
// or not there yet. A message that a line holds word for word has the line's.
func (ix *Index) vector(text string) []float32 {
	m := ix.meaning.Load()
	if ix.encode == nil || m == nil {
		return nil
	}
	return ix.vectors.of(text, func() []float32 {
		if v := m.known(text); v != nil {
			return v
		}
		return ix.metric.Map(ix.encode(text))
	})
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
