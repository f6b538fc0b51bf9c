package retrieval

import (
	"strconv"
	"strings"
)

// numerals are the numbers from one to ten in words, by language: English,
// German, French, Spanish, Russian, Ukrainian.
var numerals = func() map[string]int {
	out := map[string]int{}
	for _, language := range []string{
		"one two three four five six seven eight nine ten",
		"eins zwei drei vier fünf sechs sieben acht neun zehn",
		"un deux trois quatre cinq six sept huit neuf dix",
		"uno dos tres cuatro cinco seis siete ocho nueve diez",
		"один два три четыре пять шесть семь восемь девять десять",
		"один два три чотири п’ять шість сім вісім дев’ять десять",
	} {
		for i, word := range strings.Fields(language) {
			out[word] = i + 1
		}
	}
	for one := range strings.FieldsSeq("ein eine einen une una одна одно одну одне дві две") {
		out[one] = 1
	}
	out["две"], out["дві"] = 2, 2
	return out
}()

// mostCounted is the largest number that is taken for how many items are asked
// for; a larger one is a year or the like.
const mostCounted = 99

// countIn is how many items a message asks for: the number that it holds, in
// digits or in words; 0 where it holds none, or several that differ.
func countIn(text string) int {
	count := 0
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		word = strings.ReplaceAll(strings.TrimFunc(word, notOfWord), "'", "’")
		n, ok := numerals[word]
		if digits, err := strconv.Atoi(word); err == nil && digits > 0 && digits <= mostCounted {
			n, ok = digits, true
		}
		switch {
		case !ok:
		case count > 0 && n != count:
			return 0
		default:
			count = n
		}
	}
	return count
}
