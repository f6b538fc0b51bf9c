package retrieval

import (
	"math/bits"
	"strings"
)

// A vocabulary mends misspelt words: it knows those of the articles and of
// what was written ahead.
type vocabulary struct {
	times map[string]int
	// byFirst are the words of shortestMended letters or more, by their first byte.
	byFirst map[byte][]string
}

const (
	// shortestMended is how many bytes the shortest word has that is mended;
	// longestWord those of the longest that is compared letter by letter.
	shortestMended = 4
	longestWord    = 31
	// twoEdits is how many bytes a word has more than that may have two
	// letters wrong.
	twoEdits = 7
)

// teach adds the words of a text.
func (v *vocabulary) teach(text string) {
	if v.times == nil {
		v.times, v.byFirst = map[string]int{}, map[byte][]string{}
	}
	eachWord(text, func(w word) {
		if v.times[w.text]++; v.times[w.text] == 1 && len(w.text) >= shortestMended-1 {
			v.byFirst[w.text[0]] = append(v.byFirst[w.text[0]], w.text)
		}
	})
}

// mend returns a text with the words that it misspells written as they most
// likely should be.
func (v *vocabulary) mend(text string) string {
	var out strings.Builder
	from := 0
	eachWord(text, func(w word) {
		if v.times[w.text] > 0 || '0' <= w.text[0] && w.text[0] <= '9' {
			return
		}
		if read, ok := v.nearest(w.text); ok {
			out.WriteString(text[from:w.start] + read)
			from = wordEnd(text, w.start)
		}
	})
	return out.String() + text[from:]
}

// nearest returns the known word that an unknown one most likely is: one edit
// away, or two if it is long, with the same first letter (but for two swapped
// letters), and the one met most often.
func (v *vocabulary) nearest(text string) (string, bool) {
	if len(text) < shortestMended {
		return "", false
	}
	allowed := 1
	if len(text) > twoEdits {
		allowed = 2
	}
	best, bestEdits := "", allowed+1
	letters := lettersOf(text)
	for _, first := range [2]byte{text[0], text[1]} {
		for _, w := range v.byFirst[first] {
			swapped := w[0] != text[0]
			if max(len(w)-len(text), len(text)-len(w)) > allowed || swapped && (len(w) < 2 || w[1] != text[0]) ||
				bits.OnesCount32(letters^lettersOf(w)) > 2*allowed {
				continue
			}
			edits := EditDistance(text, w)
			if edits > allowed || swapped && edits > 1 {
				continue
			}
			if edits < bestEdits || edits == bestEdits && v.times[w] > v.times[best] {
				best, bestEdits = w, edits
			}
		}
	}
	return best, best != ""
}

// lettersOf is the set of a word's letters, one bit each. An edit changes two
// bits at most.
func lettersOf(word string) uint32 {
	var set uint32
	for i := range len(word) {
		set |= 1 << (word[i] & 31)
	}
	return set
}

// EditDistance is the number of letters to put in, take out, change or swap with
// the next to make one word of the other (optimal string alignment). Words of
// more than longestWord bytes are far from all others.
func EditDistance(x, y string) int {
	if len(x) > longestWord || len(y) > longestWord {
		return longestWord
	}
	var rows [3][longestWord + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(y) + 1 {
		last[j] = j
	}
	for i := range len(x) {
		row[0] = i + 1
		for j := range len(y) {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
