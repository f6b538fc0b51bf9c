// Package markdown writes text for Discord: escaped, so that it shows as it is, and cut
// to the lengths that Discord counts.
package markdown

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"summitbot/retrieval"
)

// Length is a text's length as it is held against Discord's limits, in UTF-16
// units: no way of counting characters makes it longer.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// special escapes what Discord's Markdown or its mentions may begin with.
var special = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "`", "\\`", "|", `\|`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "@", `\@`)

// Flat is the text on one line, without the characters that nobody sees but
// that Discord or a reader's screen acts on.
func Flat(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case retrieval.Space(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && !joins(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// joins says whether an invisible character belongs to scripts and emoji: the
// joiners and non-joiners, the marks of direction that turn nothing round, and
// the tags that flags are made of.
func joins(r rune) bool { return r >= 0x200c && r <= 0x200f || r >= 0xe0020 && r <= 0xe007f }

// Escape is the text on one line, written so that Discord shows it as it is:
// no formatting, no mention, no link. It may stand at a line's beginning.
func Escape(s string) string {
	s = special.Replace(Flat(s))
	return EscapeOpening(strings.ReplaceAll(s, "://", `\://`)) // which makes a link of what stands around it
}

// EscapeOpening escapes what makes a heading, list, quotation or small print,
// and so is special only at a line's beginning.
func EscapeOpening(s string) string {
	after := strings.TrimLeft(s, "0123456789")
	digits := len(s) - len(after)
	if after != "" && (digits == 0 && strings.IndexByte("#+-", after[0]) >= 0 || digits > 0 && strings.IndexByte(".)", after[0]) >= 0) {
		s = s[:digits] + `\` + after
	}
	return s
}

// Clip shortens the text to so many characters, with an ellipsis.
func Clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

// sentenceEnd is where a long text is cut best.
var sentenceEnd = regexp.MustCompile(`[.!?…][”"’)]* `)

// Cut splits an escaped text into pieces of at most room units: after a
// sentence, else between words, else anywhere but within an escape.
func Cut(s string, room int) []string {
	var pieces []string
	for Length(s) > room {
		end := prefix(s, room)
		at := end
		if ends := sentenceEnd.FindAllStringIndex(s[:end], -1); len(ends) > 0 && ends[len(ends)-1][1] > end/2 {
			at = ends[len(ends)-1][1]
		} else if space := strings.LastIndexByte(s[:end], ' '); space > 0 {
			at = space
		} else if escapes := len(s[:end]) - len(strings.TrimRight(s[:end], `\`)); escapes%2 == 1 && end > 1 {
			at = end - 1
		}
		pieces = append(pieces, strings.TrimSpace(s[:at]))
		s = strings.TrimSpace(s[at:])
	}
	if s != "" {
		pieces = append(pieces, s)
	}
	return pieces
}

// prefix is how many bytes of s make at most room units; one character at
// least.
func prefix(s string, room int) int {
	n := 0
	for i, r := range s {
		if n += max(1, utf16.RuneLen(r)); n > room && i > 0 {
			return i
		}
	}
	return len(s)
}
