package proof

import (
	_ "embed"
	"strings"
	"unicode"
)

//go:embed names.csv
var namesFile string

// An entity is somebody or something with a name, by its line in names.csv;
// 0 is none.
type entity int

// entities are the entities by their names, and by the beginnings of those
// that are inflected.
var entities, entityStems = readNames(namesFile)

func readNames(file string) (names, stems map[string]entity) {
	names, stems = map[string]entity{}, map[string]entity{}
	e := entity(0)
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		e++
		for name := range strings.SplitSeq(line, ",") {
			if stem, ok := strings.CutSuffix(name, "*"); ok {
				stems[stem] = e
			} else {
				names[name] = e
			}
		}
	}
	return names, stems
}

// shortestStem is how many bytes the shortest inflected name begins with.
const shortestStem = 3

// entityOf is the entity that a word, in small letters, names.
func entityOf(word string) entity {
	word = strings.TrimSuffix(strings.TrimSuffix(word, "’s"), "'s")
	if e, ok := entities[word]; ok {
		return e
	}
	for n := len(word); n >= shortestStem; n-- {
		if e, ok := entityStems[word[:n]]; ok {
			return e
		}
	}
	return 0
}

// A naming is a word of a text that names an entity.
type naming struct {
	entity
	at int // the word's place among the text's words
}

// namings are the entities that a text's words, in small letters, name, in
// order. A name of two words is found where both stand side by side.
func namings(lower []string) []naming {
	var out []naming
	for i, w := range lower {
		if i+1 < len(lower) {
			if e, ok := entities[w+" "+lower[i+1]]; ok {
				out = append(out, naming{e, i})
			}
		}
		if e := entityOf(w); e != 0 {
			out = append(out, naming{e, i})
		}
	}
	return out
}

// checkNames checks that each name of the text that the file of names knows
// stands in the evidence, as such or by another of its names, and that no word
// mixes two scripts. Names that it does not know are the judge's.
func checkNames(text, evidence string) error {
	named := map[entity]bool{}
	for _, n := range namings(wordsIn(evidence)) {
		named[n.entity] = true
	}
	written := words.FindAllString(text, -1)
	for _, w := range written {
		if mixed(w) {
			return flaw(Unsafe, "the word %s mixes the letters of two scripts", w)
		}
	}
	lower := make([]string, len(written))
	for i, w := range written {
		lower[i] = strings.ToLower(w)
	}
	for _, n := range namings(lower) {
		if w := written[n.at]; !named[n.entity] && !commonWord(w) {
			return flaw(WrongName, "the evidence does not hold the name %s", w)
		}
	}
	return nil
}

// shortName is how many bytes the short names have that are common words too
// when they are not in capitals: "us", "who", "ua".
const shortName = 3

// commonWord says whether a word is written like a common one that a name looks
// like: "us" and "Us", but not "US".
func commonWord(w string) bool {
	return len(w) <= shortName && w != strings.ToUpper(w) && w != "Xi"
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

// wordsIn are the words of a text in small letters, without the ending of a
// possessive.
func wordsIn(text string) []string {
	all := words.FindAllString(strings.ToLower(text), -1)
	out := all[:0]
	for _, w := range all {
		if w != "s" {
			out = append(out, w)
		}
	}
	return out
}
