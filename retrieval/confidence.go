package retrieval

// A signal is something that tells whether what was found answers a question.
type signal int

// The signals beside the features of the best sentence.
const (
	always          signal = iota
	topScore               // the best sentence's score
	topScoreSquared        // and its square
	scoreLead              // how far it is ahead of the next
	unknownWords           // words of the question that stand nowhere
	unknownNames           // and of these, names
	missingHere            // the share of the question that the best sentence lacks
	missingShare           // the share that its passage lacks
	missingSquared         // and its square
	missingRarest          // the rarest word that it lacks
	missingNames           // names that it lacks
	missingFigures         // figures that it lacks
	missingFirst           // it lacks the question's first word of content
	missingLast            // it lacks the last
	heldScore              // the score, times the share that the passage holds
	wantsKind              // the question asks for a kind of value
	kindHere               // the best sentence holds one
	kindNowhere            // none of the best sentences does
	asksNegated            // the question is negated
	negatedApart           // the question or the sentence is negated, not both
	negatedAlone           // the question is, the sentence is not
	manyConcepts           // how much the question asks for
	fewConcepts            // and how little
	manyWords              // how long it is
	signals
)

// confidenceSize is the number of signals and features.
const confidenceSize = int(signals) + int(features)

// confidenceWeights are the weights of the signals, and of the best
// sentence's features after them, for one question about what was found.
type confidenceWeights [confidenceSize]float32

// odds are the log odds that the signals and features stand for.
func (w *confidenceWeights) odds(s *[confidenceSize]float32) float64 {
	var sum float32
	for i, x := range s {
		sum += w[i] * x
	}
	return float64(sum)
}

// confidence reads the signals of a question and of the rows that were found
// for it; best are the places of the best of them, at least one.
func (ix *Index) confidence(q *query, rows []row, best []int) [confidenceSize]float32 {
	var s [confidenceSize]float32
	top := &rows[best[0]]
	copy(s[signals:], top.vector[:])
	s[always] = 1
	score := top.score / 20
	s[topScore], s[topScoreSquared] = score, score*score
	if len(best) > 1 {
		s[scoreLead] = score - rows[best[1]].score/20
	}
	s[unknownWords], s[unknownNames] = float32(len(q.unknown))/3, float32(len(q.names))/2
	ix.missing(q, top.sentence, &s)
	s[missingSquared] = s[missingShare] * s[missingShare]
	s[heldScore] = score * (1 - s[missingShare])
	if q.wanted != 0 {
		s[wantsKind] = 1
		s[kindHere] = top.vector[holdsKind]
		s[kindNowhere] = 1
		for _, i := range best[:min(3, len(best))] {
			if rows[i].vector[holdsKind] > 0 {
				s[kindNowhere] = 0
			}
		}
	}
	asks, says := q.negated(), ix.sentences[top.sentence].negated
	s[asksNegated], s[negatedApart], s[negatedAlone] = one(asks), one(asks != says), one(asks && !says)
	s[manyConcepts] = float32(len(q.concepts)) / 6
	s[fewConcepts] = 1 / float32(1+len(q.concepts))
	s[manyWords] = float32(q.context) / 12
	return s
}

// missing reads what of the question the sentence and its passage lack.
func (ix *Index) missing(q *query, at uint32, s *[confidenceSize]float32) {
	text := ix.text[ix.sentences[at].text:ix.sentences[at+1].text]
	var all float32
	for n, c := range q.concepts {
		all += c.weight
		inPassage, inSentence := false, false
		for _, t := range c.terms {
			inPassage = inPassage || ix.byPassage.has(t, ix.sentences[at].passage)
			for _, tok := range text {
				inSentence = inSentence || ix.termOf[tok.word()] == t
			}
		}
		w := q.words[c.first]
		named := w.capital && c.first > 0
		if !inSentence {
			s[missingHere] += c.weight
			s[missingNames] += 0.5 * one(named)
		}
		if inPassage {
			continue
		}
		s[missingShare] += c.weight
		s[missingRarest] = max(s[missingRarest], c.weight/5)
		s[missingNames] += one(named)
		s[missingFigures] += one('0' <= w.text[0] && w.text[0] <= '9')
		if n == 0 {
			s[missingFirst] = 1
		}
		if n == len(q.concepts)-1 {
			s[missingLast] = 1
		}
	}
	s[missingShare] /= max(all, 1)
	s[missingHere] /= max(all, 1)
}

func one(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// negations turn a sentence round.
var negations = setOf(`not never no none without cant cannot unable isnt wasnt arent didnt doesnt dont wont except unlike least fail failed`)

// negated says whether the question is negated.
func (q *query) negated() bool {
	for _, w := range q.words[:q.context] {
		if negations[w.text] {
			return true
		}
	}
	return false
}

// Both were fitted by logistic regression on the half of SQuAD 2.0 that
// "summitbot eval -squad" is run on, each article searched by itself:
// answeredWeights tell questions that the article answers from those that it
// does not, onTopicWeights tell them from another article's questions, with 0
// where 95 % of the answered ones are kept. Fitted on three quarters of the
// articles and measured on the rest, the first comes to an AUROC of .70, the
// second refuses .97 of the other article's questions.
var (
	answeredWeights = confidenceWeights{
		// the signals
		-0.35, -0.15, 0.52, -0.31, -0.22, -0.77, -0.69, 0.72, 0.74, -0.60, -0.37, -1.18,
		0.13, 0.16, -0.11, -0.15, 0.23, -0.05, -1.18, -0.09, -1.96, 0.68, -0.32, 0.53,
		// the features of the best sentence
		-0.17, 0.18, 0.40, 0.81, 0.07, 0.31, -1.10, 0.02, -0.95, 1.25, 0.42, 0.23,
		-0.30, 0.06, -0.28, 1.23, 0.20, -0.20, 0.00, 0.00,
	}
	onTopicWeights = confidenceWeights{
		// the signals
		-3.31, 2.43, 1.64, -0.20, -2.46, -2.31, -0.90, -0.40, -1.26, 0.58, -0.28, -0.20,
		-0.28, -0.54, 0.46, 0.06, 0.12, -0.14, -0.70, -0.05, -0.98, 2.66, -1.32, 1.15,
		// the features of the best sentence
		0.89, 0.46, 0.56, 0.48, 0.37, 2.38, 2.46, 1.97, 1.42, -0.38, 1.07, 0.12,
		-0.08, 0.41, -0.62, 0.15, 0.69, -0.64, 0.00, 0.00,
	}
)
