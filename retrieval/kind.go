package retrieval

import (
	"cmp"
	"math"
	"slices"
)

// Weights are those of one kind.
type Weights struct {
	Top  float64 `json:"top"`
	All  float64 `json:"all,omitempty"`
	Bias float64 `json:"bias"`
}

// An Option is something that a message may be, and how likely.
type Option struct {
	Class
	Article int     // the place of the article that the class is of; -1 for none
	LogP    float64 // the logarithm of its probability
}

// manyClasses are the kinds of which an article has many classes.
var manyClasses = []Kind{Answerable, Open, FalsePremise}

// refused are the kinds that are not answered from the article.
var refused = []Kind{Open, Chat, OffTopic, Injection, Thanks}

// Nearness is how near a message is to a kind.
type Nearness struct {
	Option
	Top, All float64
}

// nearness returns how near a message is to each kind: of each of manyClasses the nearest class.
func (ix *Index) nearness(l *look) []Nearness {
	var out []Nearness
	m := ix.meaning.Load()
	for _, kind := range manyClasses {
		n := Nearness{Option: Option{Class: Class{Kind: kind}, Article: -1}, Top: nothing}
		var sum float64
		for i, own := range m.own {
			near := ix.affinity(l.own[i])
			for _, c := range own.of(kind) {
				if c < 0 {
					continue
				}
				a := float64(near[c])
				sum += math.Exp((a - 1) / temperature)
				if a > n.Top {
					n.Top, n.Class, n.Article = a, own.Classes[c], i
				}
			}
		}
		n.All = max(nothing, 1+temperature*math.Log(sum))
		out = append(out, n)
	}
	for _, kind := range intents {
		n := Nearness{Option: Option{Class: Class{Kind: kind}, Article: -1}, Top: nothing}
		if c, ok := m.general.kinds[kind]; ok {
			n.Top = float64(ix.affinity(l.general)[c])
		}
		for i, own := range m.own {
			if c, ok := own.kinds[kind]; ok {
				if a := float64(ix.affinity(l.own[i])[c]); a > n.Top {
					n.Article = i
				}
				n.Top = add(n.Top, float64(ix.affinity(l.own[i])[c]))
			}
		}
		out = append(out, n)
	}
	return out
}

// add joins two affinities as those of a class's lines are joined.
func add(x, y float64) float64 {
	if x == nothing || y == nothing {
		return max(x, y)
	}
	return temperature * math.Log(math.Exp(x/temperature)+math.Exp(y/temperature))
}

// affinity is the affinity by which kinds are told: by meaning, or by letters
// where there is none.
func (ix *Index) affinity(a affinities) []float32 {
	if a.meaning != nil {
		return a.meaning
	}
	return a.letters
}

// of are the classes of a kind of which there are many.
func (l *lines) of(kind Kind) []int {
	switch kind {
	case Answerable:
		return l.answers
	case FalsePremise:
		return l.corrects
	}
	return l.gaps
}

// Odds are log odds by which is decided.
type Odds struct {
	Answered     float64 // that it is answered rather than refused
	FalsePremise float64 // that it has a false premise rather than being answered
	Other        float64 // that it is of OtherKind, the likeliest other, rather than being answered
	OtherKind    Kind
}

// Odds are those of a message.
func (w KindWeights) Odds(near []Nearness) Odds {
	options := w.options(near)
	answered := logP(options, Answerable)
	asked := other(options)
	return Odds{answered - logP(options, refused...), logP(options, FalsePremise) - answered, asked.LogP - answered, asked.Kind}
}

// other is the likeliest option that is neither a class of many nor refused.
func other(options []Option) Option {
	return options[slices.IndexFunc(options, func(o Option) bool {
		return !slices.Contains(manyClasses, o.Kind) && !slices.Contains(refused, o.Kind)
	})]
}

// options are what a message may be, most likely first.
func (w KindWeights) options(near []Nearness) []Option {
	out := make([]Option, 0, len(near))
	most := math.Inf(-1)
	for _, n := range near {
		by := w.By[n.Kind]
		n.LogP = by.Top*n.Top + by.All*n.All + by.Bias
		most = max(most, n.LogP)
		out = append(out, n.Option)
	}
	var sum float64
	for _, o := range out {
		sum += math.Exp(o.LogP - most)
	}
	for i := range out {
		out[i].LogP -= most + math.Log(sum)
	}
	slices.SortStableFunc(out, func(x, y Option) int { return cmp.Compare(y.LogP, x.LogP) })
	return out
}

// logP is the logarithm of the probability that a message is of one of the kinds.
func logP(options []Option, kinds ...Kind) float64 {
	var p float64
	for _, o := range options {
		if slices.Contains(kinds, o.Kind) {
			p += math.Exp(o.LogP)
		}
	}
	return math.Log(max(p, math.SmallestNonzeroFloat64))
}
