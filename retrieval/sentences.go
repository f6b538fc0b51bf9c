package retrieval

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// abbreviations end with a full stop that does not end a sentence. A single
// capital before it ("U.S.", "J. Smith") is told by its shape instead.
var abbreviations = map[string]bool{
	"dr": true, "mr": true, "mrs": true, "ms": true, "prof": true, "gen": true, "sen": true, "rep": true,
	"gov": true, "lt": true, "col": true, "sgt": true, "st": true, "jr": true, "sr": true, "vs": true,
	"no": true, "e.g": true, "i.e": true, "cf": true, "approx": true, "inc": true, "ltd": true, "co": true,
}

// Sentences are the sentences of a text of one paragraph.
func Sentences(text string) []string {
	var all []string
	for _, s := range splitSentences(text, Span{0, len(text)}) {
		all = append(all, text[s.Start:s.End])
	}
	return all
}

// splitSentences splits the passage at s into sentences by the boundaries of
// Unicode Standard Annex 29, joined again after abbreviations and before a
// lower-case letter ("“Why?” he asked."). A line's end inside the passage ends
// no sentence. The spans leave out the white space between sentences and
// nothing else.
func splitSentences(text string, s Span) []Span {
	var spans []Span
	tokens := sentences.FromString(lineEnds.Replace(text[s.Start:s.End]))
	open := false // the last span goes on
	for tokens.Next() {
		sp := trim(text, Span{s.Start + tokens.Start(), s.Start + tokens.End()})
		switch {
		case sp.Len() == 0:
			continue
		case open, len(spans) > 0 && startsLower(text[sp.Start:sp.End]):
			spans[len(spans)-1].End = sp.End
		default:
			spans = append(spans, sp)
		}
		open = endsAbbreviated(text[spans[len(spans)-1].Start:sp.End])
	}
	return spans
}

// lineEnds keeps every byte's offset.
var lineEnds = strings.NewReplacer("\n", " ", "\r", " ")

// startsLower says whether s begins with a lower-case letter.
func startsLower(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}

// endsAbbreviated says whether s ends in an abbreviation, so that what
// follows belongs to the same sentence.
func endsAbbreviated(s string) bool {
	if !strings.HasSuffix(s, ".") {
		return false
	}
	word := s[:len(s)-1]
	if i := strings.LastIndexFunc(word, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("(“\"-", r) }); i >= 0 {
		_, size := utf8.DecodeRuneInString(word[i:])
		word = word[i+size:]
	}
	if abbreviations[strings.ToLower(word)] {
		return true
	}
	last := word[strings.LastIndex(word, ".")+1:]
	r, size := utf8.DecodeRuneInString(last)
	return size > 0 && size == len(last) && unicode.IsUpper(r)
}

// trim narrows s to leave out space at both ends, and all of what is blank.
func trim(text string, s Span) Span {
	body := text[s.Start:s.End]
	left := strings.TrimLeftFunc(body, Space)
	s.Start += len(body) - len(left)
	s.End = s.Start + len(strings.TrimRightFunc(left, Space))
	if IsBlank(left) {
		s.End = s.Start
	}
	return s
}
