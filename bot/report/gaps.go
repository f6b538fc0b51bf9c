package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"summitbot/bot"
)

// Themes are groups of questions.
type Themes struct {
	// N counts all questions.
	N int `json:"n"`
	// Groups are the themes: those of several questions, the most asked
	// first; those that only lie near one paragraph; those asked once; and
	// at the end, if need be, what is left.
	Groups []Theme `json:"groups"`
}

// A Theme is what some refused questions are about.
type Theme struct {
	// Label says it: in the words of what the article lacks, or in those
	// that the questions have in common.
	Label string `json:"label"`
	// How says where the label comes from.
	How How `json:"how"`
	N   int `json:"n"`
	// Samples are questions, the most asked first, at most three. Empty
	// where their words are deleted.
	Samples []string `json:"samples"`
	// Near is where the article comes nearest, such as "§4 ¶1", if anywhere.
	Near string `json:"near,omitempty"`
}

// How says what holds a theme together.
type How string

// What holds themes together.
const (
	ByGap   How = "gap"   // the article is known not to say it
	ByWords How = "words" // rare words in common
	ByPlace How = "place" // the same paragraph is nearest
	TheRest How = "rest"  // nothing in common
)

const (
	samples     = 3
	sampleChars = 160
	labelChars  = 100
)

// gaps groups the refused questions.
func (r *Report) gaps(rows []*Row) {
	var near, off []*Row
	back := newBackground(r.Maps)
	for _, row := range rows {
		switch {
		case row.Verdict == bot.OutOfScope && row.Reason != bot.OffTopic:
			r.ToBot++
		case row.Verdict == bot.NotInArticle:
			near = append(near, row)
		case row.Verdict == bot.OutOfScope:
			off = append(off, row)
		case !row.list():
			back.answered(row.Question)
		}
	}
	r.Gaps = r.themes(near, back)
	r.OffTopic = r.themes(off, back)
}

// A group is a theme in the making.
type group struct {
	label string
	how   How
	rows  []*asked
}

// An asked is a refused question.
type asked struct {
	*Row
	text  string // cleaned
	terms terms
}

// themes groups refused questions: first by what the article is known to
// lack, or does not name; to which come those that are about the same; then
// by rare words in common; then by the nearest paragraph.
func (r *Report) themes(rows []*Row, back *background) Themes {
	var all []*asked
	for _, row := range rows {
		text := clean(row.Question)
		all = append(all, &asked{row, clip(text, sampleChars), termsOf(text)})
	}
	weigh := back.against(all)
	groups, left := byLacking(all)
	left = join(groups, left, weigh)
	found, left := byWords(left, weigh)
	groups = append(groups, found...)
	places, left := r.byPlace(left)
	groups = append(groups, places...)

	t := Themes{N: len(rows), Groups: []Theme{}}
	for _, g := range groups {
		t.Groups = append(t.Groups, r.theme(g))
	}
	slices.SortStableFunc(t.Groups, func(a, b Theme) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(b.N, a.N), cmp.Compare(a.Label, b.Label), cmp.Compare(a.How, b.How))
	})
	if len(left) > 0 {
		t.Groups = append(t.Groups, r.theme(&group{"each about something of its own", TheRest, left}))
	}
	return t
}

// rank puts what several questions are about first, then what only lies near
// one place, then what was asked once.
func (t Theme) rank() int {
	switch {
	case t.N == 1:
		return 2
	case t.How == ByPlace:
		return 1
	}
	return 0
}

// theme is a group as it is told.
func (r *Report) theme(g *group) Theme {
	t := Theme{Label: clip(g.label, labelChars), How: g.how, N: len(g.rows), Samples: sample(g.rows)}
	if g.how != ByPlace && g.how != TheRest {
		places := map[string]int{}
		for _, q := range g.rows {
			if near := r.nearest(q.Row); near != nil {
				places[near.Mark()]++
			}
		}
		t.Near = commonest(places)
	}
	return t
}

// sample returns a few questions of different words: the most asked first,
// then the shortest.
func sample(rows []*asked) []string {
	times := map[string]int{}
	written := map[string]string{}
	for _, q := range rows {
		if q.text == "" {
			continue
		}
		key := strings.ToLower(q.text)
		times[key]++
		if old, ok := written[key]; !ok || q.text < old {
			written[key] = q.text
		}
	}
	order := slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	out := []string{}
	for _, key := range order[:min(samples, len(order))] {
		out = append(out, written[key])
	}
	return out
}

// commonest is the value that was counted most, of equal ones the least;
// empty when there is none.
func commonest(counts map[string]int) (best string) {
	for v, n := range counts {
		if b := counts[best]; n > b || n == b && v < best {
			best = v
		}
	}
	return best
}

// nearest is the paragraph shown as the best of those near a refused
// question; nil when there is none.
func (r *Report) nearest(row *Row) *Cell {
	if len(row.Near) == 0 {
		return nil
	}
	i := articleOf(row, r.articles)
	if i < 0 {
		return nil
	}
	cells, _ := r.Maps[i].at(row.Near[:1], r.articles[i])
	for c := range cells {
		return c
	}
	return nil
}

// byLacking groups questions whose refusal says what the article lacks.
func byLacking(all []*asked) (groups []*group, left []*asked) {
	known := map[string]*group{}
	written := map[string]map[string]int{} // how a group's label is written
	for _, q := range all {
		lacking := clip(clean(q.Lacking), labelChars)
		if lacking == "" || q.Reason != bot.Lacks {
			left = append(left, q)
			continue
		}
		key := strings.ToLower(lacking)
		if known[key] == nil {
			known[key] = &group{how: ByGap}
			written[key] = map[string]int{}
		}
		written[key][lacking]++
		known[key].rows = append(known[key].rows, q)
	}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		known[key].label = commonest(written[key])
		groups = append(groups, known[key])
	}
	return groups, left
}

// byPlace groups questions by the paragraph that is nearest to them, where it
// is for several.
func (r *Report) byPlace(all []*asked) (groups []*group, left []*asked) {
	at := map[*Cell][]*asked{}
	for _, q := range all {
		near := r.nearest(q.Row)
		at[near] = append(at[near], q)
	}
	for i := range r.Maps {
		for j := range r.Maps[i].Sections {
			section := &r.Maps[i].Sections[j]
			for k := range section.Cells {
				c := &section.Cells[k]
				if len(at[c]) > 1 {
					groups = append(groups, &group{"near " + c.Mark() + ", " + section.Name(), ByPlace, at[c]})
					delete(at, c)
				}
			}
		}
	}
	for _, q := range all {
		if _, ok := at[r.nearest(q.Row)]; ok {
			left = append(left, q)
		}
	}
	return groups, left
}
