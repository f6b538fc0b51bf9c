package retrieval

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
)

// leaning matches the beginning of an English sentence whose subject stands in
// the one before it. It serves articles without notes.
var leaning = regexp.MustCompile(`^(It|This|That|These|Those|He|She|They|His|Her|Their|Its)\b`)

// LeansOn returns the sentence before the given one, if the given one cannot be
// understood without it: as it is noted, unless the note tells in words what it
// leans on; without notes, by its first word.
func (ix *Index) LeansOn(at Place) (Place, bool) {
	note := ix.Note(at)
	leans := note.Leans && note.Antecedent == ""
	if note.Sentence == "" {
		leans = leaning.MatchString(at.Text())
	}
	if !leans || at.Number == 0 {
		return Place{}, false
	}
	before := at.Article.At(at.Number - 1)
	return before, before.Passage == at.Passage
}

// goesOn says whether what a sentence says is noted to go on in the other.
func (ix *Index) goesOn(at, next Place) bool {
	return ix.Note(at).GoesOn && next.Article == at.Article && next.Number == at.Number+1 && next.Passage == at.Passage
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

// Quoted are the hits that answer the message, beside the sentence that corrects
// it where there is one: the best one, and those that
// come so close to it that each may be meant. Where the answer goes on in the next
// sentence, and that bears on the message too, it is among them.
func (u Understanding) Quoted() []Hit {
	if len(u.Hits) == 0 {
		return nil
	}
	if u.wide {
		return u.quotedOfSeveral()
	}
	out := u.Hits[:1:1]
	for _, h := range u.Hits[1:] {
		below := u.Hits[0].Score - h.Score
		if len(out) < mostQuoted && (below <= u.quoting.Further || below <= goingOn*u.quoting.Further && u.goesOn(out[len(out)-1].Place, h.Place)) {
			out = append(out, h)
		}
	}
	return out
}

// quotedOfSeveral are the hits that answer several questions in one message:
// passage by passage, the one with the best hit first, and in each in the
// article's order.
func (u Understanding) quotedOfSeveral() []Hit {
	n := 1
	for n < min(MostOfSeveral, len(u.Hits)) && u.Hits[n].Score >= u.Hits[0].Score-u.quoting.Several {
		n++
	}
	var passages []*Passage
	for _, h := range u.Hits[:n] {
		place(&passages, h.Passage)
	}
	out := slices.Clone(u.Hits[:n])
	slices.SortStableFunc(out, func(x, y Hit) int {
		return cmp.Or(cmp.Compare(slices.Index(passages, x.Passage), slices.Index(passages, y.Passage)), cmp.Compare(x.Number, y.Number))
	})
	return out
}

const (
	// mostQuoted is how many hits are quoted at most.
	mostQuoted = 3
	// MostOfSeveral is how many are quoted at most for several questions in one:
	// the sentences that answer two of them are among the best five for three
	// messages of four.
	MostOfSeveral = 5
	// goingOn is how many times as far below the best sentence the one may be in
	// which it goes on.
	goingOn = 4
)

// Voice says how an article tells a sentence.
type Voice string

// The voices.
const (
	Attributed Voice = "attributed" // somebody's view, plan or words, as the article reports them
	Forecast   Voice = "forecast"   // what the article expects, thinks possible or makes conditional
	Analysis   Voice = "analysis"   // the article's own judgement, or its call to do something
	Stated     Voice = "stated"     // told as fact, or noted by nobody
)

// Voices are what a note's voice may be; "call", for what somebody is called on
// to do, is a kind of analysis.
var Voices = []string{string(Stated), string(Attributed), string(Analysis), string(Forecast), "call"}

// VoiceOf is the voice of a sentence by its note.
func VoiceOf(n Note) Voice {
	switch v := Voice(n.Voice); v {
	case Attributed, Forecast, Analysis:
		return v
	case "call":
		return Analysis
	}
	return Stated
}
