package retrieval

import (
	"errors"
	"strings"
	"testing"
)

// blanks are characters of which nothing is seen.
var blanks = map[string]string{
	"a no-break space": "\u00a0", "an ideographic space": "\u3000", "the braille blank": "\u2800", "a Hangul filler": "\u3164",
	"a half-width filler": "\uffa0", "fillers of syllables": "\u115f\u1160", "tags": "\U000e0041\U000e0042\U000e007f", "a zero-width space": "\u200b",
	"joiners": "\u200c\u200d\u2060", "a byte order mark": "\ufeff", "a soft hyphen": "\u00ad", "directions": "\u200e\u202e\u2066", "selectors": "\ufe0f\U000e0100",
	"a grapheme joiner": "\u034f", "Khmer vowels": "\u17b4\u17b5", "a Mongolian separator": "\u180e", "controls": "\x01\x7f\u0085", "nothing": "", "spaces": " \t\n",
}

func TestIsBlank(t *testing.T) {
	for name, s := range blanks {
		if !IsBlank(s) || !IsBlank(" "+s+s+"\u2800") {
			t.Errorf("%s is taken for something", name)
		}
		if IsBlank(s+".") || IsBlank("é"+s) {
			t.Errorf("beside %s nothing is seen", name)
		}
	}
	for _, s := range []string{"?", "ㅎ", "⠁", "🏴\U000e0067\U000e0062\U000e007f", "❤\ufe0f", "-"} {
		if IsBlank(s) {
			t.Errorf("nothing is seen of %q", s)
		}
	}
}

// A line of which nothing is seen parts paragraphs, and is no sentence.
func TestBlankLines(t *testing.T) {
	for name, s := range blanks {
		a, err := Parse("works", "The Works\n"+s+"\n"+s+"It cost a lot."+s+"\n"+s+s+"\n- "+s+"\n# "+s+"\nIt was built.\n")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.Len() != 2 || !strings.Contains(a.At(0).Text(), "It cost a lot.") || !strings.Contains(a.At(1).Text(), "It was built.") {
			t.Errorf("%s: it is read as\n%s", name, outline(a))
		}
		if _, err := Parse("works", "The Works\n\n"+s+"\n"); !errors.Is(err, ErrNoText) {
			t.Errorf("%s: an article of that alone: %v", name, err)
		}
		_, err = load(map[string]string{"a.txt": "A Title\nIt began.\n", "a.questions.jsonl": s + "\n" + `{"sentence": "s1", "question": "` + strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, s) + `"}`})
		if err == nil || !strings.Contains(err.Error(), "the question is empty") {
			t.Errorf("%s: a question of that alone: %v", name, err)
		}
	}
}
