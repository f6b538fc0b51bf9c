package retrieval

import (
	"strings"
	"unicode"
)

// brailleBlank is the braille pattern without dots.
const brailleBlank = '\u2800'

// Blank says whether nothing is seen of a character: white space, what no
// font shows (controls, format characters, tags, fillers), and the braille
// pattern without dots. Within a word such a character may have a meaning.
func Blank(r rune) bool {
	return r == brailleBlank || unicode.IsSpace(r) || unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// IsBlank says whether nothing is seen of a text.
func IsBlank(s string) bool { return strings.TrimLeftFunc(s, Blank) == "" }
