package report

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"summitbot/retrieval"
)

// terms are the stems of a text, each with the word as it is written there.
type terms map[string]string

// longestTerm is how many characters a word has at most that says what a
// question is about.
const longestTerm = 30

// termsOf returns the terms of a text.
func termsOf(text string) terms {
	t := terms{}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-/–—…", r) }) {
		word = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
		word = strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "’s")
		if n := utf8.RuneCountInString(word); n < 2 || n > longestTerm {
			continue
		}
		if stems := retrieval.Stems(word); len(stems) == 1 {
			if old, ok := t[stems[0]]; !ok || word < old {
				t[stems[0]] = word
			}
		}
	}
	return t
}

// A background is what a word is rare or common against: the article's
// paragraphs and the questions that were answered.
type background struct {
	with map[string]int // texts that hold a stem
	n    int
}

func newBackground(articles []Map) *background {
	b := &background{with: map[string]int{}}
	for _, m := range articles {
		for _, s := range m.Sections {
			for _, c := range s.Cells {
				b.answered(c.Text)
			}
		}
	}
	return b
}

// answered adds a text to the background.
func (b *background) answered(text string) {
	for stem := range termsOf(clean(text)) {
		b.with[stem]++
	}
	b.n++
}

// weights say how much a stem tells what a question is about: by how much, as
// a logarithm, it is likelier in refused questions than in the background.
type weights map[string]float64

// against weighs the stems of refused questions.
func (b *background) against(refused []*asked) weights {
	with := map[string]int{}
	for _, q := range refused {
		for stem := range q.terms {
			with[stem]++
		}
	}
	w := weights{}
	for stem, n := range with {
		here := (float64(n) + 0.5) / float64(len(refused)+1)
		there := (float64(b.with[stem]) + 0.5) / float64(b.n+1)
		w[stem] = max(0, math.Log(here/there))
	}
	return w
}

const (
	// tells is the weight from which on a stem says what a question is about.
	tells = 0.7
	// alike is the share of a question's weight that it has in common with a
	// group to join it.
	alike = 0.6
	// mains is how many of a question's stems, the heaviest, it can be
	// grouped by.
	mains = 2
	// mostByWords bounds how many themes are looked for among the words.
	mostByWords = 60
)

// weight is the weight of all of a question's stems.
func (w weights) weight(t terms) (sum float64) {
	// In order, since the sum of floating-point numbers depends on it.
	for _, stem := range slices.Sorted(maps.Keys(t)) {
		sum += w[stem]
	}
	return sum
}

// join adds questions to the groups that are about the same. It returns the
// others.
func join(groups []*group, questions []*asked, w weights) (left []*asked) {
	by := map[string][]int{} // the groups whose profile holds a stem
	size := make([]int, len(groups))
	for i, g := range groups {
		for stem := range g.profile() {
			by[stem] = append(by[stem], i)
			size[i]++
		}
	}
	for _, q := range questions {
		common := map[int]float64{}
		for _, stem := range slices.Sorted(maps.Keys(q.terms)) {
			if w[stem] >= tells {
				for _, i := range by[stem] {
					common[i] += w[stem]
				}
			}
		}
		best := -1
		for i, c := range common {
			better := best < 0 || cmp.Or(cmp.Compare(c, common[best]), cmp.Compare(size[best], size[i]), cmp.Compare(best, i)) > 0
			if c >= alike*w.weight(q.terms) && better {
				best = i
			}
		}
		if best < 0 {
			left = append(left, q)
			continue
		}
		groups[best].rows = append(groups[best].rows, q)
	}
	return left
}

// profile are the stems that a third of a group's questions hold, and two of
// them at least, and those of its label.
func (g *group) profile() map[string]bool {
	with := map[string]int{}
	for _, q := range g.rows {
		for stem := range q.terms {
			with[stem]++
		}
	}
	p := map[string]bool{}
	for stem, n := range with {
		if n >= 2 && n*3 >= len(g.rows) {
			p[stem] = true
		}
	}
	for stem := range termsOf(g.label) {
		p[stem] = true
	}
	return p
}

// byWords groups questions by stems in common: over and over the stem that
// holds most questions together, weighed by what it tells.
func byWords(questions []*asked, w weights) (groups []*group, left []*asked) {
	about := make(map[*asked][]string, len(questions))
	for _, q := range questions {
		about[q] = w.heaviest(q.terms)
	}
	left = questions
	for len(groups) < mostByWords {
		stem := w.strongest(left, about)
		if stem == "" {
			break
		}
		g := &group{how: ByWords}
		left = slices.DeleteFunc(slices.Clone(left), func(q *asked) bool {
			one := slices.Contains(about[q], stem)
			if one {
				g.rows = append(g.rows, q)
			}
			return one
		})
		g.label = g.words(stem, w)
		groups = append(groups, g)
	}
	return groups, left
}

// heaviest returns the stems that tell most of what a question is about.
func (w weights) heaviest(t terms) []string {
	var all []string
	for stem := range t {
		if w[stem] >= tells {
			all = append(all, stem)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(w[b], w[a]), cmp.Compare(a, b)) })
	return all[:min(mains, len(all))]
}

// strongest is the stem that holds most questions together, weighed by what
// it tells; about are the stems that each can be grouped by. It is empty when
// no two share one.
func (w weights) strongest(questions []*asked, about map[*asked][]string) (best string) {
	with := map[string]int{}
	for _, q := range questions {
		for _, stem := range about[q] {
			with[stem]++
		}
	}
	score := func(stem string) float64 { return float64(with[stem]) * w[stem] }
	for stem, n := range with {
		if n < 2 {
			continue
		}
		if s, b := score(stem), score(best); best == "" || s > b || s == b && stem < best {
			best = stem
		}
	}
	return best
}

// words is a label: the word that holds a group together, and up to two more
// that half of its questions share.
func (g *group) words(stem string, w weights) string {
	with := map[string]int{}
	written := map[string]map[string]int{}
	for _, q := range g.rows {
		for s, word := range q.terms {
			with[s]++
			if written[s] == nil {
				written[s] = map[string]int{}
			}
			written[s][word]++
		}
	}
	var also []string
	for s, n := range with {
		if s != stem && n*2 >= len(g.rows) && n >= 2 && w[s] > 0 {
			also = append(also, s)
		}
	}
	slices.SortFunc(also, func(a, b string) int {
		return cmp.Or(cmp.Compare(with[b], with[a]), cmp.Compare(w[b], w[a]), cmp.Compare(a, b))
	})
	label := []string{commonest(written[stem])}
	for _, s := range also[:min(2, len(also))] {
		label = append(label, commonest(written[s]))
	}
	return strings.Join(label, ", ")
}
