package retrieval

import (
	"strings"
	"unicode"
)

// Space says whether a character is white space, or looks like it: the braille
// pattern without dots, and the fillers of Hangul.
func Space(r rune) bool {
	switch r {
	case '\u2800', '\u3164', '\uFFA0', '\u115F', '\u1160':
		return true
	}
	return unicode.IsSpace(r)
}

// Blank says whether nothing is seen of a character: space, and what no font
// shows, such as controls, format characters and tags. Within a word or an
// emoji such a character may have a meaning.
func Blank(r rune) bool {
	return Space(r) || unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// IsBlank says whether nothing is seen of a text.
func IsBlank(s string) bool { return strings.TrimLeftFunc(s, Blank) == "" }
