package retrieval

import (
	"math"
	"slices"
)

// postings say which documents hold a term, and how often.
type postings struct {
	idf []float32 // by term
	// The entries of term t are [start[t], start[t+1]) of docs and freq
	// (weighted frequency, in eighths).
	start []uint32
	docs  []uint32
	freq  []uint8
	norm  []float32 // k1*(1-b+b*length/average), in eighths, by document
}

// score adds the BM25 score of the weighted term to each document's score.
func (p *postings) score(t uint32, weight float32, scores []float32) {
	weight *= p.idf[t] * (k1 + 1)
	docs, freq := p.docs[p.start[t]:p.start[t+1]], p.freq[p.start[t]:p.start[t+1]]
	for i, d := range docs {
		tf := float32(freq[i])
		scores[d] += weight * tf / (tf + p.norm[d])
	}
}

// A collection gathers postings, a document at a time.
type collection struct {
	all     []posting // of the documents that were ended, in their order
	lengths []float32 // by document
	current []posting // of the document at hand
}

// A posting is how often (weighted, in eighths) a document holds a term.
type posting struct{ term, doc, freq uint32 }

// add counts one occurrence in the document at hand.
func (c *collection) add(t uint32, weight int) {
	c.current = append(c.current, posting{term: t, freq: uint32(weight)})
}

// end ends the document at hand.
func (c *collection) end() {
	doc := uint32(len(c.lengths))
	length := uint32(0)
	slices.SortFunc(c.current, func(x, y posting) int { return int(x.term) - int(y.term) })
	for i := 0; i < len(c.current); {
		t, f := c.current[i].term, uint32(0)
		for ; i < len(c.current) && c.current[i].term == t; i++ {
			f += c.current[i].freq
		}
		c.all = append(c.all, posting{t, doc, f})
		length += f
	}
	c.current = c.current[:0]
	c.lengths = append(c.lengths, float32(length))
}

// layOut makes postings for the given number of terms.
func (c *collection) layOut(terms int) postings {
	p := postings{
		idf:   make([]float32, terms),
		start: make([]uint32, terms+1),
		docs:  make([]uint32, len(c.all)),
		freq:  make([]uint8, len(c.all)),
		norm:  c.lengths,
	}
	for _, e := range c.all {
		p.start[e.term+1]++
	}
	n := float64(len(c.lengths))
	for t := range terms {
		df := float64(p.start[t+1])
		p.idf[t] = float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
		p.start[t+1] += p.start[t]
	}
	next := slices.Clone(p.start)
	for _, e := range c.all {
		at := next[e.term]
		next[e.term]++
		p.docs[at], p.freq[at] = e.doc, uint8(min(e.freq, math.MaxUint8))
	}
	var total float32
	for _, l := range p.norm {
		total += l
	}
	average := max(total/float32(max(len(p.norm), 1)), 1)
	for i, l := range p.norm {
		p.norm[i] = unitWeight * k1 * (1 - b + b*l/average)
	}
	return p
}

// BM25's parameters: k1 bounds what a word's repetition adds, b how much a
// long passage is held against it (Robertson and Zaragoza, "The Probabilistic
// Relevance Framework: BM25 and Beyond", 2009). The values were chosen on
// SQuAD 2.0, searched one article at a time.
const (
	k1 = 0.9
	b  = 0.4
)

// The weight of one occurrence of a word in each field of a passage, in
// eighths (BM25F: fields are added up before repetition is bounded).
const (
	unitWeight    = 8
	headingWeight = unitWeight / 4
	leadWeight    = unitWeight / 2
)
