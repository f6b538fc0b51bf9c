package bot

import (
	_ "embed"
	"strings"
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
