package retrieval

import (
	"math"
	"math/bits"
)

// temperature is how much nearer than others a line has to be to outweigh
// them: the likenesses of a class's lines are joined by temperature x
// log(sum(exp(likeness/temperature))), which lies between their maximum and
// their sum. The metric was learned with it.
const temperature = 0.05

// candidates is how many lines at least a message's vector is compared with:
// those whose vectors have the most signs in common with it. The others are
// too far away to matter.
const candidates = 1536

// affinities are how near a message is to each class of a lineIndex, by
// meaning and by letters: from about 0, far away, to 1 and, where many lines
// are near, a little more.
type affinities struct{ meaning, letters []float32 }

// nothing is the affinity to a class of which nothing is near.
const nothing = -0.25

// affinities compares a probe with all lines but those of the hidden author,
// a place in Authors; -1 hides none.
func (x *lineIndex) affinities(p *probe, hidden int) affinities {
	out := affinities{letters: x.byLetters(p, hidden)}
	if p.vector != nil {
		out.meaning = x.byMeaning(p, hidden)
	}
	return out
}

func (x *lineIndex) byLetters(p *probe, hidden int) []float32 {
	likes := make([]float32, x.n)
	x.grams.like(p.grams, likes)
	sums := make([]float64, len(x.Classes))
	for i, like := range likes {
		switch {
		case int(x.author[i]) == hidden:
		case like == 0:
			sums[x.class[i]]++
		default:
			sums[x.class[i]] += math.Exp(float64(like) / temperature)
		}
	}
	return joined(sums)
}

func (x *lineIndex) byMeaning(p *probe, hidden int) []float32 {
	apart := make([]uint8, x.n) // signs that differ
	var count [MetricWidth + 1]int
	for i := range apart {
		s := x.signs[signWords*i:][:signWords]
		apart[i] = uint8(bits.OnesCount64(s[0]^p.signs[0]) + bits.OnesCount64(s[1]^p.signs[1]) + bits.OnesCount64(s[2]^p.signs[2]))
		if int(x.author[i]) == hidden {
			apart[i] = math.MaxUint8
			continue
		}
		count[apart[i]]++
	}
	most, held := 0, count[0]
	for most < MetricWidth && held < candidates {
		most++
		held += count[most]
	}
	sums := make([]float64, len(x.Classes))
	for i, n := range apart {
		if int(n) <= most {
			sums[x.class[i]] += math.Exp(float64(x.cosine(p, i)) / temperature)
		}
	}
	return joined(sums)
}

// joined turns the classes' sums into affinities.
func joined(sums []float64) []float32 {
	out := make([]float32, len(sums))
	for c, sum := range sums {
		out[c] = nothing
		if sum > 0 {
			out[c] = max(nothing, float32(temperature*math.Log(sum)))
		}
	}
	return out
}
