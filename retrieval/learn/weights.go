package main

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"summitbot/retrieval"
	"summitbot/retrieval/folds"
)

// A seen message is a line of the bank as an index sees it that was learned
// without it and its author.
type seen struct {
	retrieval.Line
	retrieval.Signals
}

// weights learns the weights for articles with a bank, with and without
// meaning.
func (l *learner) weights(lines []retrieval.Line) error {
	for _, meaning := range []bool{true, false} {
		all, followUps, err := l.see(lines, meaning)
		if err != nil {
			return err
		}
		set, features := retrieval.BankAndMeaning, []retrieval.Feature{
			retrieval.BankMeaning, retrieval.BankLetters, retrieval.PremiseMeaning, retrieval.PremiseLetters,
			retrieval.SentenceMeaning, retrieval.SentenceLetters,
		}
		if !meaning {
			set, features = retrieval.BankAlone, []retrieval.Feature{
				retrieval.BankLetters, retrieval.PremiseLetters, retrieval.SentenceLetters, retrieval.SentenceWords, retrieval.PassageWords,
			}
		}
		if l.learned.Ranking == nil {
			l.learned.Ranking, l.learned.Kinds = map[string]retrieval.FeatureWeights{}, map[string]retrieval.KindWeights{}
		}
		l.learned.Ranking[set] = l.rank(all, features)
		l.learned.Kinds[set] = l.kinds(all)
		if meaning {
			l.learned.FollowUp = l.followUp(followUps)
			l.learned.Quoting = l.quoting(all)
		}
		l.say("weights for %q learned", set)
		l.report(all, set)
	}
	return nil
}

// see shows every line to an index without its author, whose metric was
// learned without its fold; and every follow-up.
func (l *learner) see(lines []retrieval.Line, meaning bool) ([]seen, []followUp, error) {
	out := make([]seen, len(lines))
	var followUps []followUp
	for k := range folds.Count {
		ix, err := l.Index(l.learned, k, meaning, nil)
		if err != nil {
			return nil, nil, err
		}
		each(len(lines), func(i int) {
			if folds.Of(lines[i], i) == k {
				out[i] = seen{lines[i], ix.Signals(lines[i].Text, lines[i].Author)}
			}
		})
		if k == 0 && meaning {
			followUps = l.seeFollowUps(ix)
		}
		if !meaning {
			each(len(lines), func(i int) {
				if out[i].Sentences == nil {
					out[i] = seen{lines[i], ix.Signals(lines[i].Text, lines[i].Author)}
				}
			})
			break // no metric matters
		}
	}
	return out, followUps, nil
}

// rank learns to rank from the lines that a sentence answers or corrects.
func (l *learner) rank(all []seen, features []retrieval.Feature) retrieval.FeatureWeights {
	var sentences [][]retrieval.FeatureVector
	var right [][]int
	for _, s := range all {
		if s.Kind == retrieval.Answerable || s.Kind == retrieval.FalsePremise {
			sentences = append(sentences, s.Sentences)
			right = append(right, l.Right(s.Target))
		}
	}
	return ranking(sentences, right, features, func(v retrieval.FeatureVector) float32 { return 2*v[features[0]] + v[features[1]] })
}

const (
	// kept is the share of answerable messages that are answered, of whichever
	// author: they differ as those who will ask do. Corrected is that of those, in
	// whichever language, that are not taken to have a false premise, mistaken
	// that of those that are taken for one of the other kinds, for each and in each
	// language; leastOther is how little the log odds of another kind may be.
	kept       = 0.97
	corrected  = 0.98
	mistaken   = 0.008
	leastOther = -1
)

// kinds learns to tell kinds apart.
func (l *learner) kinds(all []seen) retrieval.KindWeights {
	var order []retrieval.Kind // of the features
	feature := func(k retrieval.Kind) int { return slices.Index(order, k) }
	for _, n := range all[0].Kinds {
		order = append(order, n.Kind)
	}
	const many = 3 // kinds with classes; each has weights of its own, the others share one
	size := 2*many + 1 + len(order)
	var choices []choice
	times := map[int]int{} // by kind
	for i, s := range all {
		if feature(s.Kind) < 0 || s.Partly || s.Kind == retrieval.Answerable && i%2 == 0 {
			continue // of the largest kind, every other one
		}
		c := choice{right: []int{feature(s.Kind)}}
		for j, n := range s.Kinds {
			o := make([]float64, size)
			if j < many {
				o[2*j], o[2*j+1] = rounded(n.Top), rounded(n.All)
			} else {
				o[2*many] = rounded(n.Top)
			}
			o[2*many+1+j] = 1
			c.options = append(c.options, o)
		}
		times[c.right[0]]++
		choices = append(choices, c)
	}
	for i := range choices {
		choices[i].weight = 1 / math.Sqrt(float64(times[choices[i].right[0]]))
	}
	w := softmax(choices, size, 1e-4)
	out := retrieval.KindWeights{By: map[retrieval.Kind]retrieval.Weights{}}
	for j, k := range order {
		by := retrieval.Weights{Top: w[2*many], Bias: w[2*many+1+j]}
		if j < many {
			by.Top, by.All = w[2*j], w[2*j+1]
		}
		out.By[k] = by
	}
	founded := map[string][]float64{} // by language
	other := map[string]map[retrieval.Kind][]float64{}
	sure := map[string]map[string][]float64{} // by language and author
	for _, s := range all {
		if s.Kind != retrieval.Answerable || s.Partly {
			continue
		}
		odds := out.Odds(s.Signals.Kinds)
		if sure[s.Lang] == nil {
			sure[s.Lang] = map[string][]float64{}
		}
		sure[s.Lang][s.Author] = append(sure[s.Lang][s.Author], odds.Answered)
		founded[s.Lang] = append(founded[s.Lang], odds.FalsePremise)
		if other[s.Lang] == nil {
			other[s.Lang] = map[retrieval.Kind][]float64{}
		}
		other[s.Lang][odds.OtherKind] = append(other[s.Lang][odds.OtherKind], odds.Other)
	}
	out.Several, out.Split = l.several(all)
	out.Correct, out.Ask = math.Inf(-1), map[retrieval.Kind]float64{}
	for _, lang := range retrieval.Languages {
		out.Correct = max(out.Correct, rounded(quantile(founded[lang], corrected)))
	}
	for _, lang := range retrieval.Languages {
		for kind, odds := range other[lang] {
			least := rounded(quantile(odds, max(0, 1-mistaken*float64(len(founded[lang]))/float64(len(odds)))))
			if known, ok := out.Ask[kind]; !ok || least > known {
				out.Ask[kind] = max(leastOther, least)
			}
		}
	}
	out.Keep = map[string]float64{}
	for _, lang := range retrieval.Languages {
		out.Keep[lang] = math.Inf(1)
		for _, author := range slices.Sorted(maps.Keys(sure[lang])) {
			out.Keep[lang] = min(out.Keep[lang], rounded(quantile(sure[lang][author], 1-kept)))
		}
	}
	return out
}

// apart is the share of the messages with one question that are taken for
// ones with several.
const apart = 0.08

// several learns to tell messages with several questions.
func (l *learner) several(all []seen) (w retrieval.SeveralWeights, split float64) {
	var rows [][]float64
	var is []bool
	var single []float64
	row := func(s retrieval.SeveralSignals) []float64 {
		return []float64{rounded(s.Exemplars), rounded(s.Second), rounded(s.Third)}
	}
	for i, s := range all {
		if s.Kind == retrieval.Several || s.Kind == retrieval.Answerable && !s.Partly && i%4 == 0 {
			rows, is = append(rows, row(s.Several)), append(is, s.Kind == retrieval.Several)
		}
	}
	v := logistic(rows, is, 1e-4)
	w = retrieval.SeveralWeights{Exemplars: v[0], Second: v[1], Third: v[2], Bias: v[3]}
	found, n := 0, 0
	for _, s := range all {
		if s.Kind == retrieval.Answerable && !s.Partly {
			single = append(single, w.Odds(s.Several))
		}
	}
	split = rounded(quantile(single, 1-apart))
	for _, s := range all {
		if s.Kind == retrieval.Several {
			n++
			found += count(w.Odds(s.Several) >= split)
		}
	}
	l.say("  messages with several questions told as such: %.3f", float64(found)/float64(n))
	return w, split
}

// precise is the least share of the sentences quoted for a message of the bank
// that have to be right.
const precise = 0.75

// quoting learns how far below the best sentence others may be to be quoted
// beside it.
func (l *learner) quoting(all []seen) retrieval.QuotingWeights {
	var further float64
	for try := 0.1; try <= 3; try += 0.1 {
		quoted, right := 0, 0
		for _, s := range all {
			if s.Kind != retrieval.Answerable {
				continue
			}
			scores := make([]float64, len(s.Sentences))
			for i, v := range s.Sentences {
				scores[i] = float64(l.learned.Ranking[retrieval.BankAndMeaning].Score(v))
			}
			best := slices.Max(scores)
			of := l.Right(s.Target)
			for i, score := range scores {
				if score >= best-try {
					quoted++
					if slices.Contains(of, i) {
						right++
					}
				}
			}
		}
		if float64(right) < precise*float64(quoted) {
			break
		}
		further = rounded(try)
	}
	return retrieval.QuotingWeights{Further: further, Several: l.quotingOfSeveral(all)}
}

// quotingOfSeveral learns the same for messages with several questions: as
// little as finds the sentences of all of them for nearly as many messages as
// all that may be quoted.
func (l *learner) quotingOfSeveral(all []seen) float64 {
	const nearly = 0.95
	type message struct {
		scores  []float64 // of the best sentences
		parts   [][]int
		numbers []int
	}
	by := map[string]*message{}
	var texts []string
	for _, s := range all {
		if !s.Partly {
			continue
		}
		m := by[s.Text]
		if m == nil {
			m = &message{}
			by[s.Text], texts = m, append(texts, s.Text)
			order := make([]int, len(s.Sentences))
			scores := make([]float64, len(s.Sentences))
			for i, v := range s.Sentences {
				order[i], scores[i] = i, float64(l.learned.Ranking[retrieval.BankAndMeaning].Score(v))
			}
			slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(scores[y], scores[x]) })
			m.numbers = order[:retrieval.MostOfSeveral]
			for _, n := range m.numbers {
				m.scores = append(m.scores, scores[n])
			}
		}
		m.parts = append(m.parts, l.Right(s.Target))
	}
	found := func(within float64) (n int) {
		for _, text := range texts {
			m := by[text]
			n += count(!slices.ContainsFunc(m.parts, func(part []int) bool {
				return !slices.ContainsFunc(m.numbers, func(number int) bool {
					return m.scores[0]-m.scores[slices.Index(m.numbers, number)] <= within && slices.Contains(part, number)
				})
			}))
		}
		return n
	}
	most := found(math.Inf(1))
	l.say("  all of several questions answered: %d of %d", most, len(texts))
	within := 0.0
	for float64(found(within)) < nearly*float64(most) {
		within += 0.1
	}
	return rounded(within)
}

// A followUp is a follow-up of the bank as an index sees it.
type followUp struct {
	retrieval.FollowUp
	signals retrieval.FollowUpSignals
	mixed   []retrieval.Signals // by shares
}

// shares are those that are tried for a message by itself, beside the same with
// what was asked before it.
var shares = []float32{0, 0.2, 0.35, 0.5, 0.65}

func (l *learner) seeFollowUps(ix *retrieval.Index) []followUp {
	out := make([]followUp, len(l.Bank.FollowUps))
	each(len(out), func(i int) {
		f := l.Bank.FollowUps[i]
		before := f.History[len(f.History)-1]
		out[i] = followUp{FollowUp: f, signals: ix.FollowUpSignals(before, f.Text, f.Author)}
		for _, share := range shares {
			out[i].mixed = append(out[i].mixed, ix.Mixed(before, f.Text, f.Author, share))
		}
	})
	return out
}

// followUp learns which messages need what was asked before them, and how
// much they count beside it.
func (l *learner) followUp(all []followUp) retrieval.FollowUpWeights {
	var rows [][]float64
	var needs []bool
	for _, f := range all {
		s := f.signals
		rows = append(rows, []float64{rounded(s.Exemplars), rounded(s.Alone), rounded(s.Joined), rounded(s.Length)})
		needs = append(needs, f.Needs)
	}
	w := logistic(rows, needs, 1e-4)
	out := retrieval.FollowUpWeights{Exemplars: w[0], Alone: w[1], Joined: w[2], Length: w[3], Bias: w[4]}
	best := -1
	for i, share := range shares {
		found := 0
		for _, f := range all {
			if f.Needs && f.Sentence != "" && slices.Contains(l.Right(f.Sentence), bestOf(f.mixed[i].Sentences, l.learned.Ranking[retrieval.BankAndMeaning])) {
				found++
			}
		}
		if found > best {
			best, out.Mixed = found, float64(share)
		}
	}
	return out
}

// bestOf is the number of the best sentence.
func bestOf(sentences []retrieval.FeatureVector, w retrieval.FeatureWeights) int {
	best := 0
	for i := range sentences {
		if w.Score(sentences[i]) > w.Score(sentences[best]) {
			best = i
		}
	}
	return best
}
