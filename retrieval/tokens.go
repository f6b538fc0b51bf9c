package retrieval

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// A word is one word of a text, made ready for comparison.
type word struct {
	// text is lower-cased, without accents, possessive ending or inner
	// marks: "Russia’s" is "russia", "U.S." is "usa", "Möngke" is "mongke".
	text string
	// capital says that it is written with a capital, capitals that it is
	// written in capitals alone and has two letters or more.
	capital, capitals bool
	// start is its offset in the text.
	start int
}

// eachWord calls yield for every word of s in order: a run of letters and
// digits with the apostrophes, full stops and commas inside it.
func eachWord(s string, yield func(word)) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !wordRune(r) {
			i += size
			continue
		}
		end := wordEnd(s, i)
		// A word of accents alone comes out empty.
		if w := cleanWord(s[i:end]); w.text != "" {
			w.start = i
			yield(w)
		}
		i = end
	}
}

// wordRune says whether r is part of a word wherever it stands.
func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// wordEnd is the offset at which the word that begins at i ends. A mark
// inside belongs to it: an apostrophe with a letter on both sides, a full
// stop or comma between digits, a full stop in an abbreviation.
func wordEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !wordRune(r) {
			next, _ := utf8.DecodeRuneInString(s[i+size:])
			inner := r == '\'' || r == '’' || r == '.' || r == ','
			if !inner || !wordRune(next) || (r == '.' || r == ',') && !dotted(s, i, next) {
				return i
			}
		}
		i += size
	}
	return i
}

// dotted says whether the full stop or comma at i joins what stands around
// it: digits, or the single letters of an abbreviation such as "U.S.".
func dotted(s string, i int, next rune) bool {
	before, size := utf8.DecodeLastRuneInString(s[:i])
	if unicode.IsDigit(before) && unicode.IsDigit(next) {
		return true
	}
	if s[i] == ',' || !unicode.IsLetter(before) {
		return false
	}
	earlier, _ := utf8.DecodeLastRuneInString(s[:i-size])
	_, n := utf8.DecodeRuneInString(s[i+1:])
	after, _ := utf8.DecodeRuneInString(s[i+1+n:])
	return !wordRune(earlier) && !wordRune(after)
}

// cleanWord makes a word ready for comparison.
func cleanWord(w string) word {
	lower := true
	for i := range len(w) {
		if c := w[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9') {
			lower = false
			break
		}
	}
	if lower {
		return word{text: w}
	}
	first, _ := utf8.DecodeRuneInString(w)
	out := word{capital: unicode.IsUpper(first), capitals: true}
	letters, ascii := 0, true
	for _, r := range w {
		if unicode.IsLetter(r) {
			letters++
			out.capitals = out.capitals && unicode.IsUpper(r)
		}
		ascii = ascii && r < utf8.RuneSelf
	}
	out.capitals = out.capitals && letters > 1
	out.text = strings.ToLower(w)
	if !ascii {
		out.text = plainLetters(out.text)
	}
	out.text = strings.TrimSuffix(out.text, "'s")
	if strings.ContainsAny(out.text, "'.") && !unicode.IsDigit(first) {
		out.text = noMarks.Replace(out.text)
	}
	if out.text == "us" && out.capitals {
		out.text = "usa" // not the pronoun
	}
	return out
}

// noMarks takes out the marks inside a word.
var noMarks = strings.NewReplacer("'", "", ".", "")

// plainLetters takes the accents off letters and straightens apostrophes.
func plainLetters(s string) string {
	s = strings.ReplaceAll(s, "’", "'")
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// stem is the Porter2 stem of a clean word (Snowball's English stemmer).
func stem(word string) string { return english.Stem(word, false) }

// stopWords are English function words. They carry no content of their own.
var stopWords = setOf(`a about above according after again all am an and any are arent as at be because been being both but by can
	cannot cant could couldnt did didnt do does doesnt doing dont down during each either else ever few for from further
	had hadnt has hasnt have havent having he her here hers herself him himself his how i if in into is isnt it its itself
	just me might more most much must my myself no nor not now of off on once only or other others our ours ourselves
	out over own same shall she should shouldnt since so some such than that the their theirs them themselves then
	there these they this those though through to too under until up upon us very was wasnt we were werent what when
	where whether which while who whom whose why will with within without wont would wouldnt yet you your yours
	yourself yourselves s t`)

// setOf makes a set of the words of a text.
func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// Stems returns the stems of the words of s, stop words left out, in order.
func Stems(s string) []string {
	var out []string
	eachWord(s, func(w word) {
		if !stopWords[w.text] {
			out = append(out, stem(w.text))
		}
	})
	return out
}
