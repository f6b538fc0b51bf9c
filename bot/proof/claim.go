package proof

import (
	"encoding/json"
	"slices"

	"summitbot/retrieval"
)

// A Statement is what somebody, most often a model, would like to say, and the
// whole sentences that it rests on. It is only a wish.
type Statement struct {
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
	// Group says under which heading of a list it is told; empty for none.
	Group string `json:"group,omitempty"`
}

// Evidence names a sentence of an article, or its title, subtitle or one of its
// headings.
type Evidence struct {
	Article  string `json:"article"`  // the article's slug
	Sentence string `json:"sentence"` // the id, such as "s57"
}

// How says why a claim may be said.
type How string

// The ways in which a claim came to be.
const (
	Quoted How = "quoted" // it is the article's own sentences
	Judged How = "judged" // code found nothing wrong, and the judge upheld it
)

// A Claim is what may be said. Only this package makes one.
type Claim struct {
	text   string
	quotes []Quote
	group  string
	how    How
	about  string
}

// Text is the claim as it is shown, on one line.
func (c Claim) Text() string { return c.text }

// How says why it may be said.
func (c Claim) How() How { return c.how }

// About is what the claim's first sentence leans on, in words that a reader
// noted: whom "He" stands for, and the like. It is empty where the sentence is
// understood by itself, and for what is in other words.
func (c Claim) About() string { return c.about }

// Quotes are the sentences that it rests on, at least one. The caller must not
// change them.
func (c Claim) Quotes() []Quote { return c.quotes }

// Label is the claim cut down to the label of the list's item that it is, in the
// article's own words, and whether it has one.
func (c Claim) Label() (Claim, bool) {
	if c.how != Quoted || c.quotes[0].Lead == "" {
		return c, false
	}
	c.text, c.about = c.quotes[0].Lead, ""
	return c, true
}

// Group says under which heading of a list it is told; empty for none.
func (c Claim) Group() string { return c.group }

// Voice is the voice in which the claim is told, see Told.
func (c Claim) Voice() retrieval.Voice { v, _ := c.Told(); return v }

// Told is the voice in which the claim is told, and whose view it is, empty where
// that is not one and the same in all of it. A quotation is told by the last of its
// sentences that is not told as fact, for what it begins with may only lead up to
// that; other words are a view, or expected, as soon as one of their sentences is.
func (c Claim) Told() (retrieval.Voice, string) {
	if c.how == Quoted {
		for _, q := range slices.Backward(c.quotes) {
			if q.Voice != retrieval.Stated {
				return q.Voice, q.Holder
			}
		}
		return retrieval.Stated, ""
	}
	all := func(same func(Quote) bool) bool {
		return !slices.ContainsFunc(c.quotes, func(q Quote) bool { return !same(q) })
	}
	first := c.quotes[0]
	for _, v := range []retrieval.Voice{retrieval.Attributed, retrieval.Forecast} {
		if slices.ContainsFunc(c.quotes, func(q Quote) bool { return q.Voice == v }) {
			if all(func(q Quote) bool { return q.Voice == v && q.Holder == first.Holder }) {
				return v, first.Holder
			}
			return v, ""
		}
	}
	return first.Voice, ""
}

// SaysSo says whether the words of the article's that it is say themselves whose
// view it is, or that it is expected, as noted.
func (c Claim) SaysSo() bool {
	v, holder := c.Told()
	return c.how == Quoted && slices.ContainsFunc(c.quotes, func(q Quote) bool { return q.Voice == v && q.Holder == holder && q.SaysSo })
}

// Holds says whether the claim quotes the sentence.
func (c Claim) Holds(at retrieval.Place) bool {
	return slices.ContainsFunc(c.quotes, func(q Quote) bool {
		return q.Article == at.Article.Slug && q.Sentence == at.Sentence.ID
	})
}

// Statement is the claim as a statement, to be kept and examined again.
func (c Claim) Statement() Statement {
	s := Statement{Text: c.text, Group: c.group}
	for _, q := range c.quotes {
		s.Evidence = append(s.Evidence, Evidence{q.Article, q.Sentence})
	}
	return s
}

// MarshalJSON writes the claim as {"text", "how", "voice", "quotes"}, with
// "group" and "about" where there are such.
func (c Claim) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Text   string          `json:"text"`
		How    How             `json:"how"`
		Voice  retrieval.Voice `json:"voice"`
		Quotes []Quote         `json:"quotes"`
		Group  string          `json:"group,omitempty"`
		About  string          `json:"about,omitempty"`
	}{c.text, c.how, c.Voice(), c.quotes, c.group, c.about})
}

// A Quote is a sentence of an article, word for word: the article's bytes from
// Start to End.
type Quote struct {
	Sentence string `json:"sentence"` // its id
	Start    int    `json:"start"`    // byte offsets into the article's file
	End      int    `json:"end"`
	Text     string `json:"text"`

	Article  string          `json:"-"` // the article's slug
	Section  string          `json:"-"` // the section's heading; empty above the first
	Passage  string          `json:"-"` // the passage's id, such as "p12"; empty for a heading
	Number   int             `json:"-"` // the passage's place among those of its kind in its section, from 1
	Of       int             `json:"-"` // how many of its kind the section has
	Lead     string          `json:"-"` // the bullet's label, when the quotation begins with it
	Voice    retrieval.Voice `json:"-"` // as a reader noted it; Stated where nobody did
	Holder   string          `json:"-"` // who holds an attributed view, as noted
	SaysSo   bool            `json:"-"` // its own words say whose view it is, or that it is expected, as noted
	IsBullet bool            `json:"-"`
}
