package main

import (
	"cmp"
	"math"
	"slices"

	"summitbot/retrieval"
)

// A choice is one message: the features of what it may mean, and which of
// these are right.
type choice struct {
	options [][]float64
	right   []int
	weight  float64 // 0 counts as 1
}

// softmax returns the weights of a conditional logit model (McFadden 1974),
// under which the right options are the likeliest, by gradient ascent (Adam);
// decay keeps the weights small.
func softmax(choices []choice, features int, decay float64) []float64 {
	const (
		rounds = 400
		rate   = 0.3
	)
	w := make([]float64, features)
	first, second := make([]float64, features), make([]float64, features)
	d1, d2 := 1.0, 1.0
	var all float64
	for i := range choices {
		choices[i].weight = cmp.Or(choices[i].weight, 1)
		all += choices[i].weight
	}
	for range rounds {
		g := make([]float64, features)
		for _, c := range choices {
			ascend(c, w, g)
		}
		d1, d2 = d1*firstDecay, d2*secondDecay
		for f := range w {
			slope := float64(g[f]/all) - float64(decay*w[f])
			first[f] = float64(firstDecay*first[f]) + float64((1-firstDecay)*slope)
			second[f] = float64(secondDecay*second[f]) + float64((1-secondDecay)*float64(slope*slope))
			w[f] += rate * (first[f] / (1 - d1)) / (math.Sqrt(second[f]/(1-d2)) + 1e-8)
		}
	}
	for f := range w {
		w[f] = rounded(w[f])
	}
	return w
}

// ascend adds to g the gradient of the log likelihood of one choice.
func ascend(c choice, w, g []float64) {
	scores := make([]float64, len(c.options))
	for i, o := range c.options {
		for f, x := range o {
			scores[i] += float64(x * w[f])
		}
	}
	most := slices.Max(scores)
	var all, right float64
	for i := range scores {
		scores[i] = exp(max(scores[i]-most, -60))
		all += scores[i]
		if slices.Contains(c.right, i) {
			right += scores[i]
		}
	}
	for i, o := range c.options {
		d := -scores[i] / all
		if slices.Contains(c.right, i) {
			d += scores[i] / right
		}
		for f, x := range o {
			g[f] += float64(float64(d*c.weight) * x)
		}
	}
}

// exp is e to the power of x, for x from -100 to 0, the same on every machine.
func exp(x float64) float64 {
	// Of x/64, whose power series is short, and squared six times.
	y := x / 64
	term, sum := 1.0, 1.0
	for i := 1; i <= 14; i++ {
		term = float64(term*y) / float64(i)
		sum += term
	}
	for range 6 {
		sum = float64(sum * sum)
	}
	return sum
}

// rounded is a number with four digits behind the point: enough, and the same
// on every machine.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// logistic returns the weights of a logistic regression, the bias last.
func logistic(rows [][]float64, right []bool, decay float64) []float64 {
	n := len(rows[0])
	var choices []choice
	for i, row := range rows {
		c := choice{options: [][]float64{append(slices.Clone(row), 1), make([]float64, n+1)}, right: []int{1}}
		if right[i] {
			c.right[0] = 0
		}
		choices = append(choices, c)
	}
	return softmax(choices, n+1, decay)
}

// compared is how many of the best sentences the right ones are compared with
// in learning to rank.
const compared = 30

// ranking learns the weights of features from messages' sentences and the
// right ones among them. First is how the sentences are chosen that the right ones
// are compared with.
func ranking(sentences [][]retrieval.FeatureVector, right [][]int, features []retrieval.Feature, first func(retrieval.FeatureVector) float32) retrieval.FeatureWeights {
	var choices []choice
	for m, all := range sentences {
		order := make([]int, len(all))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(first(all[y]), first(all[x])), cmp.Compare(x, y)) })
		var c choice
		for place, i := range order {
			is := slices.Contains(right[m], i)
			if place >= compared && !is {
				continue
			}
			if is {
				c.right = append(c.right, len(c.options))
			}
			var o []float64
			for _, f := range features {
				o = append(o, rounded(float64(all[i][f])))
			}
			c.options = append(c.options, o)
		}
		choices = append(choices, c)
	}
	out := retrieval.FeatureWeights{}
	for i, w := range softmax(choices, len(features), 1e-5) {
		out[features[i].String()] = float32(w)
	}
	return out
}

// quantile is the value under which the given share of values lies.
func quantile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(float64(len(sorted))*share), len(sorted)-1)]
}
