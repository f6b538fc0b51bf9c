package retrieval

import "math"

// The classes of questions that are told apart by their words alone.
const (
	answered = iota // the articles answer it, or it is a sentence of theirs
	lacking         // near their subject, but they do not say
	other           // about something else
	classes
)

// A topic tells classes of questions apart by how often their words and
// pairs of words stand in the questions written ahead for each (multinomial
// naive Bayes with Laplace smoothing; McCallum and Nigam, "A Comparison of
// Event Models for Naive Bayes Text Classification", 1998).
type topic struct {
	// odds are the log odds of each class against answered, by feature; until
	// finish, how often the class has it.
	odds  map[uint64][classes]float32
	total [classes]float32
}

// beginning stands for the word before the first.
const beginning = math.MaxUint32

// feature is the number of a word as a feature: of its stem, or of itself for
// a stop word.
func (v *vocabulary) feature(id, term uint32) uint32 {
	if term != noTerm {
		return term << 1
	}
	return id<<1 | 1
}

// init makes room for about the features of so many questions.
func (t *topic) init(questions int) {
	const each = 6
	t.odds = make(map[uint64][classes]float32, questions*each)
}

// add counts the words of a text and their pairs for a class.
func (t *topic) add(v *vocabulary, words []token, class int, weight float32) {
	prev := uint32(beginning)
	for _, w := range words {
		f := v.feature(w.word(), v.termOf[w.word()])
		for _, key := range [2]uint64{uint64(f), pairOf(prev, f)} {
			c := t.odds[key]
			c[class] += weight
			t.odds[key] = c
			t.total[class] += weight
		}
		prev = f
	}
}

// pairOf is the feature of two neighbours.
func pairOf(prev, f uint32) uint64 { return uint64(prev)<<32 | uint64(f) | 1<<63 }

// finish turns counts into odds.
func (t *topic) finish() {
	const smooth = 0.5
	size := float64(len(t.odds)) * smooth
	for key, c := range t.odds {
		var o [classes]float32
		share := func(class int) float64 {
			return math.Log((float64(c[class]) + smooth) / (float64(t.total[class]) + size))
		}
		base := share(answered)
		for class := answered + 1; class < classes; class++ {
			if t.total[class] > 0 {
				o[class] = float32(share(class) - base)
			}
		}
		t.odds[key] = o
	}
}

// of returns the log odds of a question's classes against answered ones, by
// its words alone: above 0 speaks for a class, 0 is said where no question of
// it is known.
func (t *topic) of(v *vocabulary, words []queryWord) (o [classes]float32) {
	prev := uint32(beginning)
	n := 0
	for i := range words {
		w := &words[i]
		if w.id == noWord && w.term == noTerm {
			prev = beginning - 1
			continue
		}
		f := v.feature(w.id, w.term)
		for _, key := range [2]uint64{uint64(f), pairOf(prev, f)} {
			if c, ok := t.odds[key]; ok {
				n++
				for class := range o {
					o[class] += c[class]
				}
			}
		}
		prev = f
	}
	for class := range o {
		o[class] /= float32(math.Sqrt(float64(n) + 1))
	}
	return o
}
