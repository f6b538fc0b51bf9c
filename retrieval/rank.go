package retrieval

import "slices"

// A feature is one reason for which a sentence may answer a question.
type feature int

// The features.
const (
	passageBM25  feature = iota // the words in the whole passage, its heading and lead
	sentenceBM25                // the words in the sentence itself
	bestBM25                    // the same for the passage's best sentence
	before                      // the same for the sentence before
	after                       // and for the sentence after
	pairs                       // neighbouring words of the question that are neighbours in the passage
	allPairs                    // the same with stop words
	alike                       // words in any form, compared by their letters
	passageAlike                // the same for the passage
	held                        // the share of the question's words in the sentence, squared
	near                        // the share of them in the sentence and its neighbours
	holdsKind                   // it holds the kind of value asked for
	passageKind                 // its passage does
	opens                       // it is the first of its passage
	length                      // it has many words
	leans                       // its subject stands in the sentence before, times before
	earlier                     // the words in the sentence two before
	inOrder                     // the question's words in the question's order
	asked                       // a question written ahead for it is like this one
	askedWords                  // the questions written ahead for it hold the words
	features
)

// featureNames are the features' names in explanations.
var featureNames = [features]string{
	passageBM25: "words in passage", sentenceBM25: "words in sentence", bestBM25: "words in best sentence",
	before: "words before", after: "words after", earlier: "words two before", near: "words around",
	pairs: "pairs", allPairs: "pairs with stop words", inOrder: "words in order",
	alike: "alike words", passageAlike: "alike words in passage", held: "share held",
	holdsKind: "holds the kind asked for", passageKind: "passage holds the kind",
	opens: "opens passage", length: "length", leans: "leans on sentence before",
	asked: "nearest question", askedWords: "words of its questions",
}

// featureWeights are what each feature adds to a sentence's score. Those of
// the article's own words were fitted on the half of SQuAD 2.0 that
// "summitbot eval -squad" is run on, each article searched by itself: first
// by softmax regression, then by changing one weight at a time; fitted on
// three quarters of the articles and measured on the rest, they come to the
// same figures within half a point. Those of the questions written ahead were
// chosen on the evaluation set for development.
var featureWeights = vector{
	passageBM25: 4.57, sentenceBM25: 6.15, bestBM25: 1.68, before: 2.66, after: 0.23, pairs: 1.22, allPairs: 6.59,
	alike: 9.06, passageAlike: 1.71, held: -1.19, near: 1.49, holdsKind: 1.74, passageKind: -0.46, opens: 0.7,
	length: -0.57, leans: 5.1, earlier: -0.11, inOrder: -1.08, asked: 10, askedWords: 16,
}

// A vector holds the features of one sentence.
type vector [features]float32

// score is the weighted sum of the features.
func (v *vector) score() float32 {
	var s float32
	for i, x := range v {
		s += featureWeights[i] * x
	}
	return s
}

// A ranker scores the sentences of an index for one question. It is scratch
// space that is used again.
type ranker struct {
	passages []float32   // BM25 scores, by passage
	promise  []float32   // how much a passage promises, by passage
	matches  []wordMatch // by the words of the vocabulary
	concept  []uint8     // by the terms that are groups: one more than the concept
	touched  []uint32
	shared   []uint8
	similar  []likeness

	asked, askedWords []float32 // by sentence; nil without questions written ahead
	questions, gaps   []float32 // by question written ahead
	rows              []row
	frequency         [maxConcepts]float32
	like, bestLike    [maxConcepts]float32 // by concept: in the sentence, in the passage
	top               []int
	order             []uint32
	kinds             Kind // of values in the passage at hand that the question does not hold
}

// What a question makes of a word of the vocabulary.
type wordMatch struct {
	// likeness is how like it is to a word of the given concept of the
	// question; 0 when it is like none.
	likeness float32
	concept  uint8
	// mark is one more than the place of the word, or of one of the same
	// stem, among the question's words; 0 when it is not among them.
	mark uint8
	// content says that it is no stop word, whatever the question.
	content bool
}

// A row is a sentence with its features.
type row struct {
	sentence uint32
	vector
	score float32
}

func newRanker(ix *Index) *ranker {
	r := &ranker{
		matches:   make([]wordMatch, len(ix.termOf)),
		passages:  make([]float32, len(ix.passages)),
		promise:   make([]float32, len(ix.passages)),
		shared:    make([]uint8, len(ix.termOf)),
		concept:   make([]uint8, ix.groupCount),
		questions: make([]float32, len(ix.answers)),
		gaps:      make([]float32, len(ix.gaps)),
	}
	if len(ix.answers) > 0 {
		r.asked, r.askedWords = make([]float32, len(ix.sentences)), make([]float32, len(ix.sentences))
	}
	for w := range r.matches {
		r.matches[w].content = ix.termOf[w] != noTerm
	}
	return r
}

// markWords notes which words of the vocabulary the question holds, as such
// or by their stem, and which are like them.
func (r *ranker) markWords(ix *Index, q *query) {
	for n := range q.concepts {
		c := &q.concepts[n]
		for at := c.first; at <= c.last; at++ {
			w := &q.words[at]
			if !w.content() {
				continue
			}
			r.similar = ix.grams.like(w.text, leastAlike, r.shared, r.similar[:0])
			for _, l := range r.similar {
				h := r.touch(l.word)
				if l.dice > h.likeness {
					h.likeness, h.concept = l.dice, uint8(n)
				}
				if w.term != noTerm && ix.termOf[l.word] == w.term {
					h.mark = markOf(at)
				}
			}
			if w.id != noWord {
				h := r.touch(w.id)
				h.likeness, h.concept, h.mark = 1, uint8(n), markOf(at)
			}
		}
		for _, t := range c.terms {
			if int(t) < ix.groupCount {
				r.concept[t] = uint8(n) + 1
			}
		}
	}
	for at := range q.words {
		if id := q.words[at].id; id != noWord && r.matches[id].mark == 0 {
			r.touch(id).mark = markOf(at)
		}
	}
}

// leastAlike is the Dice coefficient from which on words count as alike.
const leastAlike = 0.26

// markOf is the mark of the question's word at the given place.
func markOf(at int) uint8 { return uint8(min(at, 254)) + 1 }

// touch returns what is made of a word, to be changed.
func (r *ranker) touch(w uint32) *wordMatch {
	h := &r.matches[w]
	if h.mark == 0 && h.likeness == 0 {
		r.touched = append(r.touched, w)
	}
	return h
}

// best returns the places of the best rows, best first: limit of them, and
// three at least where there are as many. Ties go by place in the articles.
func (r *ranker) best(limit int) []int {
	limit = max(limit, 3)
	r.top = r.top[:0]
	for i := range r.rows {
		row := &r.rows[i]
		at := len(r.top)
		for at > 0 && r.better(row, &r.rows[r.top[at-1]]) {
			at--
		}
		if at >= limit {
			continue
		}
		if len(r.top) == limit {
			r.top = r.top[:limit-1]
		}
		r.top = slices.Insert(r.top, at, i)
	}
	return r.top
}

// better says whether row x goes before row y.
func (r *ranker) better(x, y *row) bool {
	if x.score != y.score {
		return x.score > y.score
	}
	return x.sentence < y.sentence
}

// clear makes the ranker ready for the next question.
func (r *ranker) clear(q *query, ix *Index) {
	for _, w := range r.touched {
		r.matches[w] = wordMatch{content: r.matches[w].content}
	}
	r.touched = r.touched[:0]
	for _, c := range q.concepts {
		for _, t := range c.terms {
			if int(t) < ix.groupCount {
				r.concept[t] = 0
			}
		}
	}
	clear(r.passages)
	clear(r.promise)
	clear(r.asked)
	clear(r.askedWords)
	clear(r.questions)
	clear(r.gaps)
	r.rows = r.rows[:0]
}

// scorePassage appends the rows of a passage's sentences.
func (r *ranker) scorePassage(ix *Index, q *query, p uint32) {
	first, last := ix.passages[p].sentence, ix.passages[p+1].sentence
	begin := len(r.rows)
	var bestOwn, passPairs, passAllPairs float32
	r.kinds = 0
	var all float32
	for n, c := range q.concepts {
		r.bestLike[n] = 0
		all += c.weight
	}
	all = max(all, 1e-6)
	passage := r.passages[p] / q.most
	for s := first; s < last; s++ {
		r.rows = append(r.rows, row{sentence: s})
		v := &r.rows[len(r.rows)-1].vector
		r.scoreSentence(ix, q, s, v, all)
		bestOwn = max(bestOwn, v[sentenceBM25])
		passPairs, passAllPairs = max(passPairs, v[pairs]), max(passAllPairs, v[allPairs])
	}
	var like float32
	for n, c := range q.concepts {
		like += c.weight * r.bestLike[n]
	}
	rows := r.rows[begin:]
	for i := range rows {
		v := &rows[i].vector
		v[passageBM25], v[bestBM25], v[passageAlike] = passage, bestOwn, like/all
		v[pairs], v[allPairs] = passPairs, (v[allPairs]+passAllPairs)/2
		if i > 0 {
			v[before] = rows[i-1].vector[sentenceBM25]
			if ix.sentences[rows[i].sentence].leans {
				v[leans] = v[before]
			}
			if i > 1 {
				v[earlier] = rows[i-2].vector[sentenceBM25]
			}
		} else {
			v[opens] = 1
		}
		if i+1 < len(rows) {
			v[after] = rows[i+1].vector[sentenceBM25]
		}
		v[near] = v[sentenceBM25] + max(v[before], v[after])
		if r.kinds&q.wanted != 0 {
			v[passageKind] = 1
		}
		if len(r.asked) > 0 {
			v[asked], v[askedWords] = sharpen(r.asked[rows[i].sentence]), r.askedWords[rows[i].sentence]
		}
	}
	for i := range rows {
		rows[i].score = rows[i].vector.score()
	}
}

// scoreSentence computes what a sentence's features can be told from alone;
// all is what the question's concepts weigh together.
func (r *ranker) scoreSentence(ix *Index, q *query, s uint32, v *vector, all float32) {
	at, end := &ix.sentences[s], &ix.sentences[s+1]
	clear(r.frequency[:len(q.concepts)])
	clear(r.like[:len(q.concepts)])
	order := r.readWords(ix, q, ix.text[at.text:end.text])
	r.readGroups(ix.groups[at.groups:end.groups])

	norm := k1 * (1 - b + b*float32(at.content)/ix.sentenceWords)
	var score, have, alikeness float32
	for n := range q.concepts {
		weight, like := q.concepts[n].weight, r.like[n]
		alikeness += weight * like
		r.bestLike[n] = max(r.bestLike[n], like)
		switch tf := r.frequency[n]; {
		case tf > 0:
			score += weight * (k1 + 1) * tf / (tf + norm)
			have += weight
		case tf < 0:
			score += groupWeight * weight * (k1 + 1) / (1 + norm)
			have += groupWeight * weight
		}
	}
	v[sentenceBM25] = score / (all * (k1 + 1))
	v[alike] = alikeness / all
	v[inOrder] = order.ordered / all
	v[held] = have / all * have / all
	v[pairs] = order.pair / all
	v[allPairs] = order.anyPair / float32(max(len(q.words), 1))
	v[length] = at.logLength
	if order.kinds&q.wanted != 0 {
		v[holdsKind] = 1
	}
	r.kinds |= order.kinds
}

// An order is what a sentence's words have of the question's beside the words
// themselves: their order, and the kinds of values that the question has not.
type order struct {
	ordered       float32 // the weight of the question's words in its order
	pair, anyPair float32 // the weight of neighbours among content words, the number among all
	kinds         Kind
}

// readWords notes how often a sentence holds each concept of the question and
// how like its words come to it.
func (r *ranker) readWords(ix *Index, q *query, text []token) (o order) {
	prev, prevContent, last := -2, -2, -1 // places in the question, below 0 for none
	for _, tok := range text {
		w := tok.word()
		match := &r.matches[w]
		if match.mark == 0 && match.likeness == 0 { // most words
			o.kinds |= tok.kinds()
			prev = -1
			if match.content {
				prevContent = -1
			}
			continue
		}
		m := int(match.mark) - 1
		if m < 0 {
			o.kinds |= tok.kinds()
		}
		if match.likeness > 0 {
			r.like[match.concept] = max(r.like[match.concept], match.likeness)
		}
		if m >= 0 && prev >= 0 && m == prev+1 {
			o.anyPair++
		}
		if m >= 0 && match.content {
			idf := ix.byPassage.idf[ix.termOf[w]]
			r.frequency[match.concept]++
			if m > last {
				o.ordered += idf
			}
			last = m
			if prevContent >= 0 && m > prevContent && q.adjacent(prevContent, m) {
				o.pair += idf
			}
		}
		prev = m
		if match.content {
			prevContent = m
		}
	}
	return o
}

// readGroups notes which concepts a sentence holds by a synonym alone, by a
// frequency of -1.
func (r *ranker) readGroups(groups []uint32) {
	for _, g := range groups {
		if n := r.concept[g]; n > 0 {
			r.like[n-1] = max(r.like[n-1], groupWeight)
			if r.frequency[n-1] == 0 {
				r.frequency[n-1] = -1
			}
		}
	}
}

// adjacent says whether the question's words at x and y have only stop words
// between them.
func (q *query) adjacent(x, y int) bool {
	for i := x + 1; i < y; i++ {
		if !stopWords[q.words[i].text] {
			return false
		}
	}
	return true
}

// leaningWords begin a sentence whose subject stands in the one before.
var leaningWords = setOf(`it this that these those he she they his her their its such`)

// sharpen sets off what is the same question but for its stop words from
// what shares words with it.
func sharpen(like float32) float32 {
	if like > 0.95 {
		return like + 0.6
	}
	return like
}
