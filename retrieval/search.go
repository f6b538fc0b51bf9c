package retrieval

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// A Hit is a sentence that a search found.
type Hit struct {
	Place
	// Score is higher for a better sentence; only its order within one
	// search means anything.
	Score float64
	// Asked is how like the question the nearest question written ahead for
	// this sentence is, from 0 to 1.
	Asked float64
	// Holds says that the sentence holds a value of the kind asked for which
	// the question does not hold itself.
	Holds bool
	// Why are the features that the score is the weighted sum of.
	why vector
}

// A Part is a part of a hit's score: a feature, its value, and what it adds.
type Part struct {
	Feature      string
	Value, Added float64
}

// Explain returns what the hit's score is made of, the largest parts first;
// what follows from the conversation before is left out.
func (h Hit) Explain() []Part {
	var parts []Part
	for f, v := range h.why {
		if added := float64(v * featureWeights[f]); added != 0 {
			parts = append(parts, Part{featureNames[f], float64(v), added})
		}
	}
	slices.SortStableFunc(parts, func(x, y Part) int { return cmp.Compare(math.Abs(y.Added), math.Abs(x.Added)) })
	return parts
}

// A Request is what is searched for.
type Request struct {
	// Text is the question.
	Text string
	// Context is what was talked about before; its words count half.
	Context string
	// Near are the sentences that answered what was asked before: what
	// stands around them is more likely meant, they themselves less.
	Near []Place
}

// A Result is what a search found.
type Result struct {
	// Hits are the best sentences, best first; ties go by place.
	Hits []Hit
	// Coverage is how much of what the question asks about stands in the
	// best hits' passages, from 0 to 1: the words that are found, weighted
	// by how rare they are, against all of the question's words.
	Coverage float64
	// Asked is how like the question the nearest question written ahead is,
	// from 0 to 1.
	Asked float64
	// Answered and OnTopic are the log odds, by the articles alone, that the
	// best hit answers the question, and that the question is about the
	// articles at all; above 0 speaks for it.
	Answered, OnTopic float64
	// Gap is the nearest question that the articles do not answer, nil when
	// there is none; GapAsked is how near it is, and OtherAsked how near the
	// nearest is that is about something else, from 0 to 1.
	Gap                  *Gap
	GapAsked, OtherAsked float64
	// GapsKnown is how many such questions were written ahead.
	GapsKnown int
	// Lacking and Other tell by the question's words alone whether it is one
	// that the articles do not answer or one about something else: above 0
	// speaks for it, below against.
	Lacking, Other float64
	// Wanted is the kind of value that the question asks for, 0 when its
	// words do not tell.
	Wanted Kind
	// Unknown are the question's words that stand nowhere in the articles
	// and mean nothing that does; Names are those that are written as names.
	Unknown, Names []string
	// Concepts is how many words and phrases of content the question has.
	Concepts int
	// Repaired are its words that were read as another.
	Repaired []Repair
}

// surelyNot are the log odds of a question of which nothing was found.
const surelyNot = -10

// Search ranks the articles' sentences for a question and returns at most
// limit of them. A question without a word of the articles finds nothing.
func (ix *Index) Search(req Request, limit int) Result {
	q := ix.analyse(req)
	res := Result{Wanted: q.wanted, Unknown: q.unknown, Names: q.names, Repaired: q.repaired, Concepts: len(q.concepts), GapsKnown: len(ix.gaps), Answered: surelyNot, OnTopic: surelyNot}
	if len(q.terms) == 0 || limit <= 0 {
		return res
	}
	r := ix.rankers.Get().(*ranker)
	defer ix.release(r, &q)
	r.markWords(ix, &q)
	for _, t := range q.terms {
		ix.byPassage.score(t.term, t.weight, r.passages)
	}
	ix.nearestQuestions(&q, r, &res)
	ix.nearestGap(&q, r, &res)
	odds := ix.topic.of(&ix.vocabulary, q.words[:q.context])
	res.Lacking, res.Other = float64(odds[lacking]), float64(odds[other])
	for _, p := range r.candidates(ix, &q) {
		r.scorePassage(ix, &q, p)
	}
	ix.lean(req.Near, r)
	best := r.best(limit)
	if len(best) > 0 {
		signals := ix.confidence(&q, r.rows, best)
		res.Answered, res.OnTopic = answeredWeights.odds(&signals), onTopicWeights.odds(&signals)
	}
	var top [3]uint32
	res.Hits = make([]Hit, 0, min(limit, len(best)))
	for i, at := range best {
		f := &r.rows[at]
		if i < len(top) {
			top[i] = ix.sentences[f.sentence].passage
		}
		if i < limit {
			res.Hits = append(res.Hits, Hit{
				Place: ix.place(int(f.sentence)),
				Score: float64(f.score),
				Asked: float64(f.vector[asked]),
				Holds: f.vector[holdsKind] > 0,
				why:   f.vector,
			})
		}
	}
	res.Coverage = ix.coverage(&q, top[:min(len(top), limit, len(best))])
	return res
}

// release makes a ranker ready for the next question.
func (ix *Index) release(r *ranker, q *query) {
	r.clear(q, ix)
	ix.rankers.Put(r)
}

// otherKind is what is left of the likeness of a question written ahead that
// asks for another kind of value, or for none.
const otherKind = 0.9

// nearestQuestions notes, by sentence, how near the nearest of its questions
// is, and how near all of them together are, from 0 to 1.
func (ix *Index) nearestQuestions(q *query, r *ranker, res *Result) {
	if len(ix.answers) == 0 {
		return
	}
	for d, like := range ix.likenesses(q, &ix.byQuestion, ix.questionScale, r.questions) {
		s := ix.answers[d]
		if q.wanted != 0 && ix.askedKinds[d] != q.wanted {
			like *= otherKind
		}
		r.asked[s] = max(r.asked[s], like)
		res.Asked = max(res.Asked, float64(like))
	}
	var most float32
	for _, t := range q.terms {
		ix.byAnswer.score(t.term, t.weight, r.askedWords)
		most += t.weight * ix.byAnswer.idf[t.term] * (k1 + 1)
	}
	most += rarest(len(ix.answers)) * float32(len(q.unknown))
	for s := range r.askedWords {
		r.askedWords[s] /= most
	}
}

// nearestGap notes which question that is not answered is the nearest.
func (ix *Index) nearestGap(q *query, r *ranker, res *Result) {
	for d, like := range ix.likenesses(q, &ix.byGap, ix.gapScale, r.gaps) {
		if g := &ix.gaps[d]; g.Lacks == "" {
			res.OtherAsked = max(res.OtherAsked, float64(like))
		} else if float64(like) > res.GapAsked {
			res.Gap, res.GapAsked = g, float64(like)
		}
	}
}

// rarest is the weight of a word that none of n documents holds.
func rarest(n int) float32 { return float32(math.Log(1 + float64(n))) }

// likenesses are how like the question each of the documents is that shares
// a word with it: the cosine of both as weighted words. dots is scratch
// space, zero, by document.
func (ix *Index) likenesses(q *query, p *postings, scales, dots []float32) iter.Seq2[int, float32] {
	var norm float32
	for _, t := range q.terms {
		w := t.weight * p.idf[t.term]
		norm += w * w
		for _, d := range p.of(t.term) {
			dots[d] += w * p.idf[t.term] * ix.termWeight(t.term)
		}
	}
	unknown := rarest(len(scales))
	norm += unknown * unknown * float32(len(q.unknown))
	scale := float32(1 / math.Sqrt(float64(max(norm, math.SmallestNonzeroFloat32))))
	return func(yield func(int, float32) bool) {
		for d, dot := range dots {
			if dot > 0 && !yield(d, dot*scale*scales[d]) {
				return
			}
		}
	}
}

// nearWeight is what a sentence gains that stands in the passage of one that
// answered what was asked before, sameWeight what that one itself loses.
const (
	nearWeight = 2
	sameWeight = 2
)

// lean favours the passages of the sentences that answered what was asked
// before over others, and the best of these sentences least.
func (ix *Index) lean(before []Place, r *ranker) {
	if len(before) == 0 {
		return
	}
	for i := range r.rows {
		at := ix.place(int(r.rows[i].sentence))
		for n, b := range before {
			switch {
			case at.Article != b.Article || at.Passage != b.Passage:
			case at.Number == b.Number && n == 0:
				r.rows[i].score -= sameWeight
			default:
				r.rows[i].score += nearWeight / float32(1+n)
			}
		}
	}
}

// reranked is how many of the passages have their sentences scored: those
// with the most of the question's words, in their text or in the questions
// that were written ahead for them.
const reranked = 16

// candidates are the passages whose sentences are scored, in order.
func (r *ranker) candidates(ix *Index, q *query) []uint32 {
	for s, a := range r.asked {
		if a > 0 {
			p := ix.sentences[s].passage
			r.promise[p] = max(r.promise[p], featureWeights[asked]*a+featureWeights[askedWords]*r.askedWords[s])
		}
	}
	r.order = r.order[:0]
	least := float32(0) // of those that are kept, once there are enough
	wordsPromise := wordsPromise / q.most
	for p, s := range r.passages {
		if s = wordsPromise*s + r.promise[p]; s <= least {
			continue
		}
		r.promise[p] = s
		at := len(r.order)
		for at > 0 && s > r.promise[r.order[at-1]] {
			at--
		}
		if len(r.order) == reranked {
			r.order = r.order[:reranked-1]
		}
		r.order = slices.Insert(r.order, at, uint32(p))
		if len(r.order) == reranked {
			least = r.promise[r.order[reranked-1]]
		}
	}
	slices.Sort(r.order)
	return r.order
}

// wordsPromise is how much a passage's words promise beside the questions
// written ahead: about what its sentences get for them.
const wordsPromise = 20

// coverage is how much of the question the passages hold, see Result.
func (ix *Index) coverage(q *query, passages []uint32) float64 {
	var have, all float32
	for _, c := range q.concepts {
		all += c.weight
		for _, t := range c.terms {
			if slices.ContainsFunc(passages, func(p uint32) bool { return ix.byPassage.has(t, p) }) {
				have += c.weight
				break
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(have / all)
}
