package retrieval

import (
	"math"
	"slices"
)

// A query is an analysed question.
type query struct {
	words    []queryWord
	wanted   Kind
	terms    []weighted // distinct
	concepts []concept
	unknown  []string
	names    []string // the unknown ones that are written as names
	repaired []Repair
	context  int // the words from here on are the context's
	// most is about what a passage scores that holds every word once.
	most float32
}

// A queryWord is a word of a question, with its numbers in the vocabulary.
type queryWord struct {
	word
	id   uint32 // noWord if it was never met in this form
	term uint32 // of its stem; noTerm for a stop word and for one never met
}

// content says whether the word carries content.
func (w *queryWord) content() bool { return w.term != noTerm || !stopWords[w.text] }

// weighted is a term and how much it counts.
type weighted struct {
	term    uint32
	weight  float32
	concept uint8
}

// A concept is a word or phrase of the question that carries content, with
// the terms that a passage may hold it by.
type concept struct {
	first, last int // the question's words, last included
	terms       []uint32
	// weight is how much of the question it is: how rare it is.
	weight float32
}

// A Repair is a misspelt word of a question and what it was read as.
type Repair struct{ Word, Read string }

// contextWeight is how much a word of the context counts beside one of the
// question. On TREC CAsT 2019 the previous question's words did best at half.
const contextWeight = 0.5

const (
	// groupWeight is how much a group of synonyms counts beside the word
	// itself, insideWeight how much a word counts that is part of a phrase.
	groupWeight  = 0.7
	insideWeight = 0.5
)

// maxConcepts bounds the concepts that a question is read for; longer
// questions are read up to there.
const maxConcepts = 60

// analyse reads a question and its context.
func (ix *Index) analyse(req Request) query {
	q := query{words: make([]queryWord, 0, 24), terms: make([]weighted, 0, 24), concepts: make([]concept, 0, 12)}
	eachWord(req.Text, func(w word) { q.words = append(q.words, queryWord{word: w}) })
	q.wanted = wanted(len(q.words), func(i int) string { return q.words[i].text })
	q.context = len(q.words)
	eachWord(req.Context, func(w word) { q.words = append(q.words, queryWord{word: w}) })
	content := ix.content(&q)
	terms := make([]uint32, len(content))
	for i, at := range content {
		terms[i] = q.words[at].term
	}
	for i := 0; i < len(content) && len(q.concepts) < maxConcepts; {
		n, groups := 0, []uint32(nil)
		if terms[i] != noTerm {
			n, groups = ix.synonyms.longest(terms[i:])
		}
		n = max(n, 1)
		if content[i] < q.context && content[i+n-1] >= q.context {
			n = 1 // a phrase does not run over from the question to its context
			groups = nil
		}
		ix.addConcept(&q, content[i:i+n], groups)
		i += n
	}
	for _, t := range q.terms {
		q.most += t.weight * ix.byPassage.idf[t.term]
	}
	for _, c := range q.concepts {
		if len(c.terms) == 0 {
			q.most += c.weight
		}
	}
	q.most *= k1 + 1
	return q
}

// content looks the question's words up and returns the places of those that
// carry content. Words that stand nowhere are read as the word that they
// misspell, if there is one; those of the context are left out.
func (ix *Index) content(q *query) []int {
	out := make([]int, 0, 16)
	for i := range q.words {
		w := &q.words[i]
		if w.text == "us" && i > 0 && q.words[i-1].text == "the" {
			w.text = "usa"
		}
		w.id, w.term = ix.find(w.text)
		if w.id == noWord && w.term == noTerm && (w.text[0] < '0' || '9' < w.text[0]) {
			if read, fixed := ix.repair(w.text, &ix.byPassage); fixed {
				q.repaired = append(q.repaired, Repair{w.text, read})
				w.text = read
				w.id, w.term = ix.find(read)
			}
		}
		switch {
		case w.term != noTerm:
		case w.id != noWord: // a stop word
			continue
		case i >= q.context || stopWords[w.text]:
			continue
		}
		out = append(out, i)
	}
	return out
}

// addConcept adds the words of one concept to the query.
func (ix *Index) addConcept(q *query, places []int, groups []uint32) {
	c := concept{first: places[0], last: places[len(places)-1]}
	number := uint8(len(q.concepts))
	weight, whole := float32(1), float32(1)
	if c.first >= q.context {
		whole = contextWeight
	}
	if len(places) > 1 {
		weight = insideWeight
	}
	weight *= whole
	for _, at := range places {
		if w := &q.words[at]; w.term != noTerm {
			q.add(weighted{w.term, weight, number})
			c.terms = append(c.terms, w.term)
		} else if !slices.Contains(q.unknown, w.text) {
			q.unknown = append(q.unknown, w.text)
		}
	}
	for _, g := range groups {
		q.add(weighted{g, groupWeight * whole, number})
		c.terms = append(c.terms, g)
	}
	c.terms = slices.DeleteFunc(c.terms, func(t uint32) bool {
		return len(ix.byPassage.of(t)) == 0 && len(ix.byQuestion.of(t)) == 0
	})
	c.weight = ix.rarity(c.terms)
	if c.weight == 0 {
		c.weight = float32(math.Log(1 + float64(len(ix.passages))))
		if w := q.words[c.first]; c.first < q.context && c.first > 0 && w.capital {
			q.names = append(q.names, w.text)
		}
	}
	c.weight *= whole
	q.concepts = append(q.concepts, c)
}

// commonness is how much the most common of a concept's terms says about how
// rare the concept is, beside the rarest. A rare word for a thing that the
// articles name all the time, such as "meeting" for a summit, tells little.
const commonness = 0.7

// rarity is how rare the terms of a concept are in passages, 0 when they
// stand in none.
func (ix *Index) rarity(terms []uint32) float32 {
	var least, most float32
	for _, t := range terms {
		if len(ix.byPassage.of(t)) == 0 {
			continue
		}
		idf := ix.byPassage.idf[t]
		if most == 0 {
			least = idf
		}
		least, most = min(least, idf), max(most, idf)
	}
	return commonness*least + (1-commonness)*most
}

// add adds a term, or raises its weight if it is there.
func (q *query) add(t weighted) {
	for i, have := range q.terms {
		if have.term == t.term {
			q.terms[i].weight = max(have.weight, t.weight)
			return
		}
	}
	q.terms = append(q.terms, t)
}
