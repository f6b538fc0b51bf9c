// Package retrieval understands what a message asks of articles, and finds the
// sentences that answer it.
//
// [Parse] splits an article into sections, passages and sentences, each at its
// byte offsets (parse.go, sentences.go). [ReadBank] reads what was written ahead
// about it (bank.go), and [Load] makes all of a folder's articles an [Index] that
// is ready at once, by words; [Index.Prepare] adds meaning to it (load.go).
// [Index.Understand] tells what a message asks for (understand.go): it compares
// the message with everything (search.go), by the encoder's vectors under a
// learned metric (metric.go, affinity.go), by letters (grams.go) and by words
// (words.go), ranks the sentences (rank.go) and decides what kind it is (kind.go).
// [Index.Complete] and [Index.Suggest] offer questions (suggest.go).
//
// All numbers that decide stand in learned.json; package retrieval/learn makes it.
package retrieval

import (
	"strconv"
	"strings"
)

// An Article is one parsed text. Its structure is a view of Text: every
// span's offsets are byte offsets into it, and Text is the file as it was
// read, byte for byte.
type Article struct {
	// Slug names the article in ids and file names: lower-case letters,
	// digits and hyphens.
	Slug string
	// Hash is the SHA-256 of Text in hexadecimal.
	Hash string
	Text string
	// Name is the article's title: the words of Title, or, when the text has
	// no title line, the title of its front matter; empty when there is none.
	// Where both stand, the line counts: it is what stands over the text.
	Name string
	// Date, Author and URL are what front matter says of them, each on one
	// line; empty when it says nothing. A date is in whatever form it stands
	// there, several authors have commas between them, and a URL is one of
	// http or https.
	Date, Author, URL string
	// FrontMatter is what stands before the text for its author's tools, with
	// both fences; empty when there is none. Nothing of it is ever quoted.
	FrontMatter Span
	// Title and Subtitle are neither searched nor an answer. They are empty
	// when the text has none.
	Title, Subtitle Span
	Sections        []Section
	// Chrome is the page's furniture at the end (comment forms and the
	// like), which is no part of the article; empty when there is none.
	Chrome Span

	sentences []location // by number, s1 first
}

// A Span is the half-open range of bytes [Start, End) of an article's text.
type Span struct{ Start, End int }

// Len is the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// A Section is a heading and what stands under it, up to the next heading.
type Section struct {
	// Heading is empty for the text above the first heading.
	Heading  Span
	Passages []Passage
}

// A Passage is one paragraph or one bullet.
type Passage struct {
	// ID is "p1", "p2", …, counted through the article.
	ID   string
	Kind PassageKind
	// Span covers the passage without a bullet's mark.
	Span
	// Lead is a bullet's label with its colon left out ("Easing of
	// Sanctions"); empty when it has none. It is part of the first sentence.
	Lead      Span
	Sentences []Sentence
}

// PassageKind tells paragraphs from bullets.
type PassageKind string

// The kinds of passages.
const (
	Paragraph PassageKind = "paragraph"
	Bullet    PassageKind = "bullet"
)

// A Sentence is the unit of quotation: Text[Start:End] is the sentence.
type Sentence struct {
	// ID is "s1", "s2", …, counted through the article.
	ID string
	Span
}

// location is where a sentence stands in an article's structure.
type location struct{ section, passage, sentence int }

// Len is the number of sentences in the article.
func (a *Article) Len() int { return len(a.sentences) }

// A Place is a sentence together with where it stands in its article.
type Place struct {
	Article  *Article
	Section  *Section
	Passage  *Passage
	Sentence *Sentence
	// Number counts the sentence through the article, from 0.
	Number int
	// Paragraph counts the passage within its section, from 1.
	Paragraph int
}

// At returns the place of the sentence with the given number, counted from 0
// through the article. It panics when there is none, as an index would.
func (a *Article) At(number int) Place {
	l := a.sentences[number]
	s := &a.Sections[l.section]
	p := &s.Passages[l.passage]
	return Place{a, s, p, &p.Sentences[l.sentence], number, l.passage + 1}
}

// Find returns the place of the sentence with the given id, such as "s57",
// and whether there is one.
func (a *Article) Find(id string) (Place, bool) {
	digits, ok := strings.CutPrefix(id, "s")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > len(a.sentences) || strconv.Itoa(n) != digits {
		return Place{}, false
	}
	return a.At(n - 1), true
}

// Slice returns the text at s.
func (a *Article) Slice(s Span) string { return a.Text[s.Start:s.End] }

// Text is the sentence's own words.
func (p Place) Text() string { return p.Article.Slice(p.Sentence.Span) }

// Heading is the heading of the sentence's section, empty above the first.
func (p Place) Heading() string { return p.Article.Slice(p.Section.Heading) }
