package proof

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode"
)

//go:embed names.csv
var namesFile string

// An entity is somebody or something with a name, by its line in names.csv;
// 0 is none.
type entity int

// An alias is a name of an entity.
type alias struct {
	entity
	as string // as names.csv has it
}

// aliases are the names, by their small letters, and stems the beginnings of
// those that are inflected.
var aliases, stems = readNames(namesFile)

func readNames(file string) (names, stems map[string]alias) {
	names, stems = map[string]alias{}, map[string]alias{}
	e := entity(0)
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		e++
		for name := range strings.SplitSeq(line, ",") {
			if stem, ok := strings.CutSuffix(name, "*"); ok {
				stems[strings.ToLower(stem)] = alias{e, stem}
			} else {
				names[strings.ToLower(name)] = alias{e, name}
			}
		}
	}
	return names, stems
}

// meant says whether a word is the name and not the common word that looks like
// it: whether it has the capitals that names.csv gives the name.
func (a alias) meant(word string) bool {
	for i, r := range a.as {
		if unicode.IsUpper(r) && !strings.HasPrefix(word[min(i, len(word)):], string(r)) {
			return false
		}
	}
	return true
}

// shortestStem is how many bytes the shortest inflected name begins with.
const shortestStem = 3

// aliasOf is the alias that a word is.
func aliasOf(word string) (alias, bool) {
	word = strings.ToLower(word)
	if a, ok := aliases[word]; ok {
		return a, true
	}
	for n := len(word); n >= shortestStem; n-- {
		if a, ok := stems[word[:n]]; ok {
			return a, true
		}
	}
	return alias{}, false
}

// A naming is a word, or two, of a text that name an entity.
type naming struct {
	alias
	word string
}

// namings are the entities that a text may name, in order.
func namings(text string) []naming {
	var out []naming
	all := wordsOf(undotted(text))
	for i, w := range all {
		if i+1 < len(all) {
			two := w + " " + all[i+1]
			if a, ok := aliases[strings.ToLower(two)]; ok {
				out = append(out, naming{a, two})
			}
		}
		if a, ok := aliasOf(w); ok {
			out = append(out, naming{a, w})
		}
	}
	return out
}

// checkNames checks that each name of the text that names.csv knows stands in the
// evidence, as such or by another of its names, and that no word mixes two
// scripts. Names that it does not know are the judge's.
func checkNames(text, evidence string) error {
	for _, w := range wordsOf(text) {
		if mixed(w) {
			return flaw(Unsafe, "the word %s mixes the letters of two scripts", w)
		}
	}
	named := map[entity]bool{}
	for _, n := range namings(evidence) {
		named[n.entity] = true
	}
	for _, n := range namings(text) {
		if !named[n.entity] && n.meant(n.word) {
			return flaw(WrongName, "the evidence does not hold the name %s", n.word)
		}
	}
	return nil
}

// mixed says whether a word has both Latin and other letters.
func mixed(w string) bool {
	latin, other := false, false
	for _, r := range w {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.IsLetter(r):
			other = true
		}
	}
	return latin && other
}

// abbreviation matches letters with full stops between them, as in "U.S.".
var abbreviation = regexp.MustCompile(`\p{L}{1,2}(?:\.\p{L}{1,2})+(?:\.|\P{L}|$)`)

// undotted writes abbreviations without their full stops, so that each is a word.
func undotted(text string) string {
	return abbreviation.ReplaceAllStringFunc(text, func(a string) string { return strings.ReplaceAll(a, ".", "") })
}
