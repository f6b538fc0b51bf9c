package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"summitbot/retrieval"
)

const (
	// longWord is how many characters of one word are shown.
	longWord = 80
	// marksInRow is how many combining marks are shown above one letter.
	marksInRow = 3
	// readAtMost bounds what is looked at of any text, in bytes.
	readAtMost = 16 << 10
)

// clean makes a stranger's words fit to be shown: on one line, valid UTF-8,
// without control characters, without invisible characters but the joiners
// that scripts and emoji need, so that nothing turns the text around it, and
// without towers of marks. Words of more than 80 characters are cut.
func clean(s string) string {
	if len(s) > readAtMost {
		s = s[:readAtMost]
	}
	var out strings.Builder
	inWord, marks, gap := 0, 0, false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case retrieval.Space(r):
			inWord, marks, gap = 0, 0, out.Len() > 0
			continue
		case !shown(r):
			continue
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if marks++; marks > marksInRow {
				continue
			}
		default:
			marks = 0
		}
		if gap {
			out.WriteByte(' ')
			gap = false
		}
		switch inWord++; {
		case inWord < longWord:
			out.WriteRune(r)
		case inWord == longWord:
			out.WriteRune('…')
		}
	}
	return out.String()
}

// cleanLines is clean for a text whose lines mean something: those that are
// not empty are kept, the first 60 of them.
func cleanLines(s string) string {
	if len(s) > readAtMost {
		s = s[:readAtMost]
	}
	var out []string
	for line := range strings.Lines(s) {
		if line = clean(line); line != "" && len(out) < mostLines {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// mostLines is how many lines of one text are shown.
const mostLines = 60

// shown says whether a character that is no space has a place in a report.
func shown(r rune) bool {
	const zwnj, zwj = 0x200c, 0x200d
	return r == zwnj || r == zwj ||
		!unicode.IsControl(r) && !unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs)
}

// cleanAll cleans texts and leaves the empty ones out.
func cleanAll(all []string, most int) []string {
	out := []string{}
	for _, s := range all {
		if s = clip(clean(s), most); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// clip shortens a text to so many characters, with an ellipsis, at the end of
// a word if one is near.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	cut := string([]rune(s)[:most-1])
	if at := strings.LastIndexByte(cut, ' '); at > len(cut)*3/4 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ") + "…"
}
