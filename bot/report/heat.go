package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// A Map tells how often each paragraph and bullet of an article was asked
// about, in the order in which they are read.
type Map struct {
	Slug     string    `json:"slug"`
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
	// Questions counts those that touch the article.
	Questions int `json:"questions"`
	// Scale holds the least number of questions of each step of intensity,
	// the palest first; empty when nothing was asked.
	Scale []int `json:"scale"`
}

// A Section is a heading and its paragraphs.
type Section struct {
	// Number counts the article's sections from 1.
	Number int `json:"number"`
	// Heading is empty for what stands above the first one.
	Heading string `json:"heading"`
	Cells   []Cell `json:"cells"`
}

// A Cell is one paragraph or bullet.
type Cell struct {
	// Section and Paragraph, which counts within the section, are numbered
	// from 1.
	Section   int  `json:"section"`
	Paragraph int  `json:"paragraph"`
	Bullet    bool `json:"bullet"`
	// Text is the article's own.
	Text string `json:"-"`
	// Asked counts the questions that the paragraph was cited for, or shown
	// as nearest to; lists by command are left out. Cited counts the answers
	// that cite it, lists too. Up and Down are the votes on those.
	Asked int `json:"asked"`
	Cited int `json:"cited"`
	Up    int `json:"up"`
	Down  int `json:"down"`
	// Level is the intensity of Asked, from 0 for none to Levels.
	Level int `json:"level"`
}

// Levels is how many steps of intensity there are above none.
const Levels = 5

// Mark names the paragraph, such as "§4 ¶1".
func (c Cell) Mark() string { return fmt.Sprintf("§%d ¶%d", c.Section, c.Paragraph) }

// Name is the section's heading.
func (s Section) Name() string { return cmp.Or(s.Heading, "Introduction") }

// ranked returns the cells that were asked about, the most asked first.
func (m Map) ranked() []Cell {
	var all []Cell
	for _, s := range m.Sections {
		for _, c := range s.Cells {
			if c.Asked > 0 {
				all = append(all, c)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Cell) int { return b.Asked - a.Asked })
	return all
}

// cells returns how many paragraphs there are, and how many of them nobody
// has asked about.
func (m Map) cells() (all, cold int) {
	for _, s := range m.Sections {
		for _, c := range s.Cells {
			all++
			if c.Asked == 0 {
				cold++
			}
		}
	}
	return all, cold
}

// asked is how often the most asked paragraph of a section was asked about.
func (s Section) asked() (n int) {
	for _, c := range s.Cells {
		n = max(n, c.Asked)
	}
	return n
}

// heatMaps counts rows over articles. Unplaced is how many rows name
// sentences that none of the articles has.
func heatMaps(rows []*Row, articles []*retrieval.Article) (maps []Map, unplaced int) {
	maps = []Map{}
	for _, a := range articles {
		maps = append(maps, blankMap(a))
	}
	for _, row := range rows {
		if len(row.Sentences)+len(row.Near) == 0 {
			continue
		}
		i := articleOf(row, articles)
		if i < 0 {
			unplaced++
			continue
		}
		if !maps[i].add(row, articles[i]) {
			unplaced++
		}
	}
	for i := range maps {
		maps[i].finish()
	}
	return maps, unplaced
}

// articleOf is which article a row's sentences are of; -1 when it is not there.
func articleOf(row *Row, articles []*retrieval.Article) int {
	if row.Article == "" {
		return -1
	}
	return slices.IndexFunc(articles, func(a *retrieval.Article) bool {
		return a.Slug == row.Article || strings.HasPrefix(a.Hash, row.Article)
	})
}

// blankMap is an article that nobody has asked about.
func blankMap(a *retrieval.Article) Map {
	m := Map{Slug: a.Slug, Title: clean(a.Name), Sections: []Section{}}
	for i, s := range a.Sections {
		section := Section{Number: i + 1, Heading: clean(a.Slice(s.Heading)), Cells: []Cell{}}
		for j, p := range s.Passages {
			section.Cells = append(section.Cells, Cell{
				Section: i + 1, Paragraph: j + 1,
				Bullet: p.Kind == retrieval.Bullet,
				Text:   clean(a.Slice(p.Span)),
			})
		}
		m.Sections = append(m.Sections, section)
	}
	return m
}

// add counts a row, each paragraph once, and says whether all its sentences
// were found.
func (m *Map) add(row *Row, a *retrieval.Article) bool {
	cited, ok1 := m.at(row.Sentences, a)
	near, ok2 := m.at(row.Near, a)
	asked := map[*Cell]bool{}
	for c := range cited {
		c.Cited++
		c.Up += row.Votes.Up
		c.Down += row.Votes.Down
		asked[c] = true
	}
	for c := range near {
		asked[c] = true
	}
	if len(asked) > 0 {
		m.Questions++
	}
	if !row.list() {
		for c := range asked {
			c.Asked++
		}
	}
	return ok1 && ok2
}

// at returns the paragraphs that hold the sentences with the given ids, and
// whether all of them were found.
func (m *Map) at(ids []string, a *retrieval.Article) (cells map[*Cell]bool, ok bool) {
	cells, ok = map[*Cell]bool{}, true
	for _, id := range ids {
		place, found := a.Find(id)
		if !found {
			ok = false
			continue
		}
		section := slices.IndexFunc(a.Sections, func(s retrieval.Section) bool {
			return len(s.Passages) > 0 && s.Passages[0].ID == place.Section.Passages[0].ID
		})
		cells[&m.Sections[section].Cells[place.Paragraph-1]] = true
	}
	return cells, ok
}

// finish sets the intensities.
func (m *Map) finish() {
	most := 0
	for _, s := range m.Sections {
		most = max(most, s.asked())
	}
	m.Scale = scale(most)
	for _, s := range m.Sections {
		for i := range s.Cells {
			s.Cells[i].Level = level(m.Scale, s.Cells[i].Asked)
		}
	}
}

// scale returns the least number of each step of intensity. Each step is as
// many times the one before as the next is, since a few paragraphs are asked
// about many times more often than the others.
func scale(most int) []int {
	least := []int{}
	for i := range Levels {
		n := i + 1
		if most > Levels {
			// What is a hair above a whole number is that number.
			n = int(math.Ceil(math.Pow(float64(most), float64(i)/Levels) - 1e-9))
		}
		if n <= most && (i == 0 || n > least[i-1]) {
			least = append(least, n)
		} else if n <= most {
			least = append(least, least[i-1]+1)
		}
	}
	return least
}

// level is the intensity of a number on a scale. A scale of few steps takes
// those that are far apart.
func level(scale []int, n int) int {
	step := 0
	for _, least := range scale {
		if n >= least {
			step++
		}
	}
	if step == 0 {
		return 0
	}
	return (step*Levels + len(scale) - 1) / len(scale)
}
