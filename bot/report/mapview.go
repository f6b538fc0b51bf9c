package report

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A mapView is an article's heat-map as the page shows it.
type mapView struct {
	ID, Title, Summary string
	Ramp               []rampStep
	Sections           []sectionView
}

// A rampStep is one step of the legend.
type rampStep struct {
	Level int
	Label string
}

type sectionView struct {
	ID, Name, Tip string
	Number, Of    int // Of is how many sections there are
	Weight        int // its length
	Cells         []cellView
}

type cellView struct {
	Cell
	ID     string
	Weight int
}

// viewMap shows the i-th article.
func viewMap(i int, m Map) mapView {
	v := mapView{ID: fmt.Sprintf("a%d", i+1), Title: m.Title, Ramp: m.ramp()}
	all, cold := m.cells()
	v.Summary = fmt.Sprintf("%s touch it. %s of its %s were never asked about.", counted(m.Questions, "question"), number(cold), counted(all, "paragraph"))
	for _, s := range m.Sections {
		section := sectionView{ID: fmt.Sprintf("%ss%d", v.ID, s.Number), Name: s.Name(), Number: s.Number, Of: len(m.Sections)}
		section.Tip = fmt.Sprintf("§%d %s: up to %s", s.Number, section.Name, counted(s.asked(), "question"))
		for _, c := range s.Cells {
			// A short bullet is still to be seen in the strip.
			weight := max(120, utf8.RuneCountInString(c.Text))
			section.Weight += weight
			section.Cells = append(section.Cells, cellView{c, fmt.Sprintf("%sp%d", section.ID, c.Paragraph), weight})
		}
		v.Sections = append(v.Sections, section)
	}
	return v
}

// ramp is the legend: no question, and each step of the scale.
func (m Map) ramp() []rampStep {
	out := []rampStep{{0, "no question"}}
	for i, label := range m.steps() {
		out = append(out, rampStep{level(m.Scale, m.Scale[i]), label})
	}
	if last := len(out) - 1; last > 0 {
		noun := " questions"
		if out[last].Label == strconv.Itoa(1) {
			noun = " question"
		}
		out[last].Label += noun
	}
	return out
}
