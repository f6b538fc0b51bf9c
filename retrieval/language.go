package retrieval

import (
	"math"
	"slices"
)

// Language is the language that a message is written in, of Languages: the one
// in whose lines its grams are the likeliest (naive Bayes). A message of which
// nothing is known counts as English.
func (ix *Index) Language(text string) string {
	m := ix.meaning.Load()
	if m == nil {
		return Languages[0]
	}
	odds := make([]float64, len(Languages))
	odds[0] = englishOdds
	grams := gramsOf(text)
	for lang := range odds {
		all := smoothing * unseenGrams
		for _, l := range m.all() {
			all += float64(l.gramsIn(lang))
		}
		odds[lang] -= float64(len(grams)) * math.Log(all)
	}
	for _, gram := range grams {
		var held [6]float64
		for _, l := range m.all() {
			if g, ok := l.grams.find(gram); ok {
				l.grams.each(g, func(line int) {
					if lang := l.langs[l.lang[line]]; lang >= 0 {
						held[lang]++
					}
				})
			}
		}
		for lang := range odds {
			odds[lang] += math.Log(held[lang] + smoothing)
		}
	}
	return Languages[slices.Index(odds, slices.Max(odds))]
}

const (
	// englishOdds are the log odds of English before anything is read.
	englishOdds = 2
	// smoothing is how often every gram counts as met, unseenGrams how many
	// grams there are about.
	smoothing   = 0.1
	unseenGrams = 50_000
)

// all are the indexes of lines.
func (m *meaning) all() []*lines { return append(m.own[:len(m.own):len(m.own)], m.general) }

// gramsIn is how many grams the lines of a language have, each counted once a line.
func (l *lines) gramsIn(lang int) int { return l.gramCounts[lang] }

// countLanguages finds the lines' languages among Languages, and counts their grams.
func (l *lines) countLanguages() {
	l.langs = make([]int, len(l.Langs))
	for i, name := range l.Langs {
		l.langs[i] = slices.Index(Languages, name)
	}
	for g := range l.grams.idf {
		l.grams.each(g, func(line int) {
			if lang := l.langs[l.lang[line]]; lang >= 0 {
				l.gramCounts[lang]++
			}
		})
	}
}
