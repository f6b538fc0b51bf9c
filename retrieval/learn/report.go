package main

import (
	"slices"

	"summitbot/retrieval"
)

// report tells how well the lines are understood by folds.
func (l *learner) report(all []seen, set string) {
	type count struct{ n, first, three, kept, kind int }
	by := map[string]*count{}
	var names []string
	ranks := l.learned.Ranking[set]
	for _, s := range all {
		name := string(s.Kind)
		if s.Kind == retrieval.Answerable {
			name += " " + s.Lang
		}
		if by[name] == nil {
			by[name] = &count{}
			names = append(names, name)
		}
		c := by[name]
		c.n++
		u := l.learned.Kinds[set].Decide(s.Signals.Kinds, s.Lang)
		if u == s.Kind {
			c.kind++
		}
		if u != retrieval.Open && u != retrieval.OffTopic && u != retrieval.Chat && u != retrieval.Injection && u != retrieval.Thanks {
			c.kept++
		}
		right := l.Right(s.Target)
		if right == nil {
			continue
		}
		place := 0
		best := ranks.Score(s.Sentences[right[0]])
		for _, r := range right {
			best = max(best, ranks.Score(s.Sentences[r]))
		}
		for _, v := range s.Sentences {
			if ranks.Score(v) > best {
				place++
			}
		}
		if place == 0 {
			c.first++
		}
		if place < 3 {
			c.three++
		}
	}
	slices.Sort(names)
	share := func(k, n int) float64 { return float64(k) / float64(n) }
	for _, name := range names {
		c := by[name]
		l.say("  %-24s %5d  first %.3f  three %.3f  kept %.3f  kind %.3f", name, c.n, share(c.first, c.n), share(c.three, c.n), share(c.kept, c.n), share(c.kind, c.n))
	}
}
