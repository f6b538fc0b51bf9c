package bot

import (
	"regexp"

	"summitbot/retrieval"
)

// leaning matches a sentence whose subject stands in the one before it.
var leaning = regexp.MustCompile(`^(It|This|That|These|Those|He|She|They|His|Her|Their|Its)\b`)

// leansOn returns the sentence before the given one in its passage if the
// given one cannot be understood without it.
func leansOn(at retrieval.Place) (retrieval.Place, bool) {
	if at.Article == nil || at.Number == 0 || !leaning.MatchString(at.Text()) {
		return retrieval.Place{}, false
	}
	before := at.Article.At(at.Number - 1)
	return before, before.Passage == at.Passage
}

// find returns the place that a piece of evidence names.
func (a *Answerer) find(e Evidence) (retrieval.Place, bool) {
	art, ok := a.gate.articles[e.Article]
	if !ok {
		return retrieval.Place{}, false
	}
	return art.Find(e.Sentence)
}
