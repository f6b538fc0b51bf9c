package retrieval

import (
	"regexp"
	"strconv"
)

// leaning matches the beginning of an English sentence whose subject stands in
// the one before it. It serves articles without notes.
var leaning = regexp.MustCompile(`^(It|This|That|These|Those|He|She|They|His|Her|Their|Its)\b`)

// LeansOn returns the sentence before the given one, if the given one cannot be
// understood without it: as it is noted, or by its first word.
func (ix *Index) LeansOn(at Place) (Place, bool) {
	note := ix.Note(at)
	leans := note.Leans
	if note.Sentence == "" {
		leans = leaning.MatchString(at.Text())
	}
	if !leans || at.Number == 0 {
		return Place{}, false
	}
	before := at.Article.At(at.Number - 1)
	return before, before.Passage == at.Passage
}

// GoesOn returns the sentence after the given one, if what that says is noted
// to end there.
func (ix *Index) GoesOn(at Place) (Place, bool) {
	if !ix.Note(at).GoesOn || at.Number+1 == at.Article.Len() {
		return Place{}, false
	}
	next := at.Article.At(at.Number + 1)
	return next, next.Passage == at.Passage
}

// A Head is a part of an article above its sentences: the title ("title"), the
// subtitle ("subtitle") or a heading ("h1", "h2", …).
type Head struct {
	ID string
	Span
}

// Heads are an article's title, subtitle and headings, as far as it has them.
func (a *Article) Heads() []Head {
	var out []Head
	add := func(id string, s Span) {
		if s.Len() > 0 {
			out = append(out, Head{id, s})
		}
	}
	add("title", a.Title)
	add("subtitle", a.Subtitle)
	for i := range a.Sections {
		add("h"+strconv.Itoa(i+1), a.Sections[i].Heading)
	}
	return out
}

// Quoted are the hits that answer the message: the best one, and those that
// come so close to it that each may be meant.
func (u Understanding) Quoted() []Hit {
	n := min(1, len(u.Hits))
	for n < min(mostQuoted, len(u.Hits)) && u.Hits[n].Score >= u.Hits[0].Score-u.further {
		n++
	}
	return u.Hits[:n]
}

// mostQuoted is how many hits are quoted at most.
const mostQuoted = 3
