package retrieval

import (
	"math"
	"slices"
	"sync"
)

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
	unit          = 8
	bodyWeight    = unit
	headingWeight = unit / 4
	leadWeight    = unit / 2
)

// Options are what an Index knows beside the articles. The zero value is an
// index of the articles' words alone.
type Options struct {
	Synonyms *Synonyms
	// Questions are questions that the articles answer, written ahead.
	Questions []Question
	// Gaps are questions that they do not answer.
	Gaps []Gap
}

// A Question is one that a sentence of an article answers.
type Question struct {
	Article  string `json:"article,omitempty"` // the slug; empty for the first article that has the sentence
	Sentence string `json:"sentence"`          // the sentence's id
	Text     string `json:"question"`
}

// A Gap is a question that the articles do not answer, written ahead.
type Gap struct {
	Text string `json:"question"`
	// Lacks is what they do not say, as the end of a sentence that begins
	// "The article does not say"; empty for a question about something else.
	Lacks string `json:"lacks"`
}

// An Index finds the sentences of one or more articles that bear on a
// question. It is built once, never changes, and is safe for concurrent use.
type Index struct {
	articles  []*Article
	questions []Question
	gaps      []Gap
	vocabulary
	synonyms phrases

	byPassage  postings // terms in passages
	byQuestion postings // terms in questions written ahead
	byAnswer   postings // terms in all questions of a sentence together
	byGap      postings // terms in questions that are not answered
	topic      topic
	rankers    sync.Pool // of *ranker

	passages  []passage
	sentences []sentence // through all articles; one more marks the end
	// text and groups hold the words of all sentences in order, and the
	// synonym groups that they belong to; a sentence says where it begins.
	text          []token
	groups        []uint32
	sentenceWords float32 // content words in a sentence, on average

	askedKinds    []Kind    // by question: the kind of value that it asks for
	answers       []uint32  // by question: the sentence that answers it; gaps follow the questions
	questionScale []float32 // by question: one over its length as a vector
	gapScale      []float32 // the same by gap
}

// A passage as the index sees it.
type passage struct {
	article  uint32
	sentence uint32 // its first sentence, through all articles
	number   uint32 // its first sentence, within the article
}

// A token is a word of a sentence: its number in the vocabulary, and in the
// highest bits the kinds of values that it is.
type token uint32

const kindShift = 27

func (t token) word() uint32 { return uint32(t) & (1<<kindShift - 1) }
func (t token) kinds() Kind  { return Kind(t >> kindShift) }

// A sentence as the index sees it.
type sentence struct {
	text, groups uint32 // where its words and groups begin
	passage      uint32
	content      uint16  // how many of its words are no stop words
	kinds        Kind    // of all its words
	logLength    float32 // the logarithm of content, plus 1, in quarters
	leans        bool    // its first word stands for something in the sentence before
	negated      bool    // it has a word of negation
}

// NewIndex builds an index over the articles.
func NewIndex(articles []*Article, opts Options) *Index {
	return newBuilder(opts.Synonyms).build(articles, opts)
}

// newBuilder begins an index with the synonyms, which may be nil.
func newBuilder(s *Synonyms) *builder {
	if s == nil {
		s = &Synonyms{}
	}
	bld := &builder{Index: &Index{}}
	bld.vocabulary.init(s)
	bld.addSynonyms(s)
	return bld
}

// build ends it with all the rest.
func (bld *builder) build(articles []*Article, opts Options) *Index {
	bld.articles, bld.teach = articles, len(opts.Gaps) > 0
	bld.topic.init(len(opts.Questions) + len(opts.Gaps))
	for i, a := range articles {
		bld.addArticle(uint32(i), a)
	}
	for _, q := range opts.Questions {
		bld.addQuestion(q)
	}
	bld.joinQuestions()
	for _, g := range opts.Gaps {
		bld.addField(&bld.inGaps, g.Text, unit)
		bld.inGaps.end(bld.groupCount)
		bld.gaps = append(bld.gaps, g)
		class := lacking
		if g.Lacks == "" {
			class = other
		}
		bld.learn(class, 1)
	}
	return bld.finish()
}

// Articles are the articles of the index. The caller must not change them.
func (ix *Index) Articles() []*Article { return ix.articles }

// A builder collects the documents of an Index that is being built.
type builder struct {
	*Index
	inPassages, inQuestions, inAnswers, inGaps collection
	// Of the field at hand: all words, and the terms of its content.
	words []token
	terms []uint32
	found []uint32   // and the groups of synonyms
	asked [][]uint32 // terms by question
	teach bool       // there are questions that are not answered
}

// addSynonyms makes a trie of the groups' members.
func (bld *builder) addSynonyms(s *Synonyms) {
	bld.synonyms.next = make(map[step]uint32, s.members)
	for g, members := range s.groups {
		for _, m := range members {
			if bld.read(m); len(bld.terms) > 0 {
				bld.synonyms.add(bld.terms, uint32(g))
			}
		}
	}
	bld.synonyms.finish()
}

// read reads the words of a field into bld.words and bld.terms.
func (bld *builder) read(s string) {
	bld.words, bld.terms = bld.words[:0], bld.terms[:0]
	var kinds kindReader
	eachWord(s, func(w word) {
		id := bld.word(w.text)
		bld.words = append(bld.words, token(id)|token(kinds.read(w))<<kindShift)
		if t := bld.termOf[id]; t != noTerm {
			bld.terms = append(bld.terms, t)
		}
	})
}

// addArticle adds an article's passages and sentences.
func (bld *builder) addArticle(i uint32, a *Article) {
	number := uint32(0)
	for si := range a.Sections {
		s := &a.Sections[si]
		for pi := range s.Passages {
			p := &s.Passages[pi]
			bld.passages = append(bld.passages, passage{article: i, sentence: uint32(len(bld.sentences)), number: number})
			number += uint32(len(p.Sentences))
			for _, sent := range p.Sentences {
				bld.addSentence(a.Slice(sent.Span))
			}
			bld.addField(&bld.inPassages, a.Slice(s.Heading), headingWeight)
			bld.addField(&bld.inPassages, a.Slice(p.Lead), leadWeight)
			bld.inPassages.end(bld.groupCount)
		}
	}
}

// addSentence adds a sentence to the passage at hand.
func (bld *builder) addSentence(s string) {
	at := sentence{text: uint32(len(bld.text)), groups: uint32(len(bld.groups)), passage: uint32(len(bld.passages) - 1)}
	bld.read(s)
	bld.learn(answered, 0.5)
	bld.text = append(bld.text, bld.words...)
	for i, w := range bld.words {
		at.kinds |= w.kinds()
		spelling := bld.spellings[w.word()]
		at.leans = at.leans || i == 0 && leaningWords[spelling]
		at.negated = at.negated || negations[spelling]
	}
	bld.count(&bld.inPassages, bodyWeight)
	bld.groups = append(bld.groups, bld.found...)
	at.content = uint16(min(len(bld.terms), math.MaxUint16))
	at.logLength = float32(math.Log(float64(at.content)+1)) / 4
	bld.sentences = append(bld.sentences, at)
}

// addQuestion adds a question written ahead. One about a sentence that there
// is not is left out.
func (bld *builder) addQuestion(q Question) {
	first := 0
	for _, a := range bld.articles {
		if at, ok := a.Find(q.Sentence); ok && (q.Article == "" || q.Article == a.Slug) {
			bld.addField(&bld.inQuestions, q.Text, unit)
			bld.inQuestions.end(bld.groupCount)
			bld.answers = append(bld.answers, uint32(first+at.Number))
			bld.askedKinds = append(bld.askedKinds, wanted(len(bld.words), func(i int) string { return bld.spellings[bld.words[i].word()] }))
			bld.asked = append(bld.asked, slices.Clone(bld.terms))
			bld.questions = append(bld.questions, q)
			bld.learn(answered, 1)
			return
		}
		first += a.Len()
	}
}

// learn teaches the topic that the words that were read last are of a class.
// Without questions that are not answered there is nothing to tell apart.
func (bld *builder) learn(class int, weight float32) {
	if bld.teach {
		bld.topic.add(&bld.vocabulary, bld.words, class, weight)
	}
}

// joinQuestions makes one document of the questions of each sentence.
func (bld *builder) joinQuestions() {
	of := make([][]int, len(bld.sentences))
	for i := range bld.questions {
		of[bld.answers[i]] = append(of[bld.answers[i]], i)
	}
	for _, qs := range of {
		for _, q := range qs {
			bld.terms = bld.asked[q]
			bld.count(&bld.inAnswers, unit)
		}
		bld.inAnswers.end(bld.groupCount)
	}
}

// addField adds the words of one field to the collection's document at hand.
func (bld *builder) addField(c *collection, s string, weight int) {
	bld.read(s)
	bld.count(c, weight)
}

// count adds the terms that were read last, and their groups, which it finds,
// to the collection's document at hand.
func (bld *builder) count(c *collection, weight int) {
	bld.found = bld.found[:0]
	for _, t := range bld.terms {
		c.add(t, weight)
	}
	for i := range bld.terms {
		bld.synonyms.every(bld.terms[i:], func(_ int, gs []uint32) {
			for _, g := range gs {
				c.add(g, weight)
			}
			bld.found = append(bld.found, gs...)
		})
	}
}

// finish lays the postings out and computes what depends on all documents.
func (bld *builder) finish() *Index {
	ix := bld.Index
	ix.byPassage = bld.inPassages.layOut(ix.termCount)
	ix.byQuestion = bld.inQuestions.layOut(ix.termCount)
	ix.byAnswer = bld.inAnswers.layOut(ix.termCount)
	content := 0
	for _, s := range ix.sentences {
		content += int(s.content)
	}
	ix.sentenceWords = max(float32(content)/float32(max(len(ix.sentences), 1)), 1)
	ix.passages = append(ix.passages, passage{sentence: uint32(len(ix.sentences))})
	ix.sentences = append(ix.sentences, sentence{text: uint32(len(ix.text)), groups: uint32(len(ix.groups))})
	ix.passages, ix.sentences = slices.Clip(ix.passages), slices.Clip(ix.sentences)
	ix.text, ix.groups = slices.Clip(ix.text), slices.Clip(ix.groups)
	ix.byGap = bld.inGaps.layOut(ix.termCount)
	ix.questionScale = ix.scales(&ix.byQuestion, len(ix.answers))
	ix.gapScale = ix.scales(&ix.byGap, len(ix.gaps))
	used := make([]bool, len(ix.termOf))
	for _, t := range ix.text {
		used[t.word()] = true
	}
	ix.vocabulary.finish(used)
	ix.topic.finish()
	ix.rankers.New = func() any { return newRanker(ix) }
	return ix
}

// place is where a sentence stands in its article.
func (ix *Index) place(s int) Place {
	p := ix.passages[ix.sentences[s].passage]
	return ix.articles[p.article].At(int(p.number) + s - int(p.sentence))
}

// scales are what makes vectors of n documents one long: one over their
// lengths.
func (ix *Index) scales(p *postings, n int) []float32 {
	squares := make([]float32, n)
	for t := range ix.termCount {
		w := p.idf[t] * ix.termWeight(uint32(t))
		for _, d := range p.of(uint32(t)) {
			squares[d] += w * w
		}
	}
	for d, s := range squares {
		squares[d] = float32(1 / math.Sqrt(float64(max(s, math.SmallestNonzeroFloat32))))
	}
	return squares
}
