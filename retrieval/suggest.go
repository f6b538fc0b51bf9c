package retrieval

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Curated questions are those that a member is shown: a person wrote each to be
// read, and a sentence of the article answers it.

// Suggest returns the curated questions of the sentences that are nearest to
// a message, best first and at most limit of them, none the message itself.
// Sentences that skip tells to are left out; it may be nil.
func (ix *Index) Suggest(hits []Hit, message, lang string, limit int, skip func(Place) bool) []string {
	var out []string
	for _, h := range hits {
		if skip != nil && skip(h.Place) {
			continue
		}
		for _, q := range ix.curatedFor(h.Place) {
			if text := q.In(lang); len(out) < limit && key(text) != key(message) && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// First returns the curated questions that are the best to begin with.
func (ix *Index) First(lang string, limit int) []string {
	var all []Curated
	for _, b := range ix.banks {
		all = append(all, b.Curated...)
	}
	slices.SortStableFunc(all, func(x, y Curated) int { return cmp.Compare(y.Weight, x.Weight) })
	var out []string
	for _, q := range all[:min(limit, len(all))] {
		out = append(out, q.In(lang))
	}
	return out
}

// In is the question in a language, or in English.
func (q Curated) In(lang string) string { return cmp.Or(q.Text[lang], q.Text[Languages[0]]) }

// curatedFor are the curated questions that a sentence, or one that says the
// same, answers.
func (ix *Index) curatedFor(at Place) []Curated {
	var out []Curated
	twins := ix.Note(at).Twin
	for i, a := range ix.articles {
		if a != at.Article {
			continue
		}
		for _, q := range ix.banks[i].Curated {
			if q.Sentence == at.Sentence.ID {
				out = append(out, q)
			}
		}
		for _, q := range ix.banks[i].Curated {
			if len(out) == 0 && slices.Contains(twins, q.Sentence) {
				out = append(out, q)
			}
		}
	}
	return out
}

// Complete returns curated questions that go on from what a person has typed
// so far, best first and at most limit of them, none longer than most
// characters. First come those that hold every typed word, the last of which
// may be unfinished; then those nearest in their letters. With nothing typed,
// they are the best to begin with. It compares words alone, so that it never
// waits for the encoder.
func (ix *Index) Complete(typed, lang string, limit, most int) []string {
	words := strings.FieldsFunc(strings.ToLower(typed), notOfWord)
	if len(words) == 0 {
		return ix.First(lang, limit)
	}
	type found struct {
		text string
		at   int // of the first typed word in it; -1 where it does not hold all
		like int // grams in common
	}
	grams := gramsOf(typed)
	var all []found
	for _, b := range ix.banks {
		for _, q := range b.Curated {
			text := q.In(lang)
			if utf8.RuneCountInString(text) > most {
				continue
			}
			f := found{text, heldAt(strings.FieldsFunc(strings.ToLower(text), notOfWord), words), 0}
			for _, g := range gramsOf(text) {
				if _, ok := slices.BinarySearch(grams, g); ok {
					f.like++
				}
			}
			if f.at >= 0 || f.like > 0 {
				all = append(all, f)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y found) int {
		if holds, also := x.at >= 0, y.at >= 0; holds != also {
			if holds {
				return -1
			}
			return 1
		} else if holds {
			return cmp.Compare(x.at, y.at)
		}
		return cmp.Compare(y.like, x.like)
	})
	var out []string
	for _, f := range all[:min(limit, len(all))] {
		out = append(out, f.text)
	}
	return out
}

// heldAt is where the first of the typed words stands in a question that
// holds them all in their order, the last one by its beginning; else -1.
func heldAt(question, typed []string) int {
	first, at := 0, 0
	for i, w := range typed {
		for at < len(question) && question[at] != w && !(i == len(typed)-1 && strings.HasPrefix(question[at], w)) {
			at++
		}
		if at == len(question) {
			return -1
		}
		if i == 0 {
			first = at
		}
		at++
	}
	return first
}
