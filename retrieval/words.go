package retrieval

import "math"

// A wordIndex finds the passages and sentences that share words with a
// question. It is ready as soon as the articles are read.
type wordIndex struct {
	terms      map[string]uint32 // stems
	byPassage  postings
	bySentence postings
	passages   []int // by passage, its first sentence's number, and one more
	passageOf  []int // by sentence
}

// newWordIndex indexes the articles' words.
func newWordIndex(articles []*Article) *wordIndex {
	x := &wordIndex{terms: map[string]uint32{}}
	var inPassages, inSentences collection
	count := func(c *collection, text string, weight int) {
		for _, s := range Stems(text) {
			t, ok := x.terms[s]
			if !ok {
				t = uint32(len(x.terms))
				x.terms[s] = t
			}
			c.add(t, weight)
		}
	}
	for _, a := range articles {
		for si := range a.Sections {
			s := &a.Sections[si]
			for pi := range s.Passages {
				p := &s.Passages[pi]
				x.passages = append(x.passages, len(x.passageOf))
				count(&inPassages, a.Slice(s.Heading), headingWeight)
				count(&inPassages, a.Slice(p.Lead), leadWeight)
				for _, sent := range p.Sentences {
					x.passageOf = append(x.passageOf, len(x.passages)-1)
					count(&inPassages, a.Slice(sent.Span), unitWeight)
					count(&inSentences, a.Slice(sent.Span), unitWeight)
					inSentences.end()
				}
				inPassages.end()
			}
		}
	}
	x.passages = append(x.passages, len(x.passageOf))
	x.byPassage, x.bySentence = inPassages.layOut(len(x.terms)), inSentences.layOut(len(x.terms))
	return x
}

// scores are the BM25 scores of all passages and all sentences for a question,
// as shares of what one would have that holds every word once: from 0 to
// about 1.
func (x *wordIndex) scores(question string) (passages, sentences []float32) {
	passages, sentences = make([]float32, len(x.passages)-1), make([]float32, len(x.passageOf))
	var mostInPassage, mostInSentence float32
	for _, s := range Stems(question) {
		t, ok := x.terms[s]
		if !ok {
			rarest := float32(math.Log(1 + float64(len(x.passages))))
			mostInPassage += rarest
			mostInSentence += rarest
			continue
		}
		x.byPassage.score(t, 1, passages)
		x.bySentence.score(t, 1, sentences)
		mostInPassage += x.byPassage.idf[t]
		mostInSentence += x.bySentence.idf[t]
	}
	share(passages, mostInPassage)
	share(sentences, mostInSentence)
	return passages, sentences
}

// share divides scores by the most that they could be.
func share(scores []float32, most float32) {
	if most <= 0 {
		return
	}
	for i := range scores {
		scores[i] /= most * (k1 + 1)
	}
}
