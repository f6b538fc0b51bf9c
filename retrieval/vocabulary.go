package retrieval

import (
	"math"
	"math/bits"
	"strings"
)

// noTerm stands for the term of a stop word, noWord for a word that was never
// met.
const (
	noTerm = math.MaxUint32
	noWord = math.MaxUint32
)

// A vocabulary numbers the words that the articles, questions and synonyms
// are written with, and the terms that searching compares: groups of
// synonyms, which come first, and stems.
type vocabulary struct {
	ids       map[string]uint32 // word -> its number
	termOf    []uint32          // word -> its stem's term, noTerm for a stop word
	spellings []string          // by word
	stems     map[string]uint32 // stem -> its term
	termCount int
	// groupCount is how many of the terms are groups.
	groupCount int
	grams      grams
	// byFirst are the content words that the articles use, of three letters
	// or more, by their first byte.
	byFirst map[byte][]uint32
}

// init numbers the groups, and makes room for about the words of synonyms.
func (v *vocabulary) init(s *Synonyms) {
	v.ids, v.stems = make(map[string]uint32, s.members/2), make(map[string]uint32, s.members/2)
	v.groupCount = len(s.groups)
	v.termCount = v.groupCount
}

// word is the number of a clean word, new or known.
func (v *vocabulary) word(text string) uint32 {
	id, ok := v.ids[text]
	if ok {
		return id
	}
	id = uint32(len(v.termOf))
	v.ids[text] = id
	v.spellings = append(v.spellings, text)
	t := uint32(noTerm)
	if !stopWords[text] {
		t = v.term(stem(text))
	}
	v.termOf = append(v.termOf, t)
	return id
}

// term is the number of a stem, new or known.
func (v *vocabulary) term(stem string) uint32 {
	t, ok := v.stems[stem]
	if !ok {
		t = uint32(v.termCount)
		v.stems[stem] = t
		v.termCount++
	}
	return t
}

// find returns the numbers of a clean word and of its term, which may be
// known from other forms of the word.
func (v *vocabulary) find(text string) (word, term uint32) {
	if id, ok := v.ids[text]; ok {
		return id, v.termOf[id]
	}
	if stopWords[text] {
		return noWord, noTerm
	}
	if t, ok := v.stems[stem(text)]; ok {
		return noWord, t
	}
	return noWord, noTerm
}

// termWeight is how much a term counts beside others: a group says less
// than the word itself.
func (v *vocabulary) termWeight(t uint32) float32 {
	if int(t) < v.groupCount {
		return groupWeight
	}
	return 1
}

// finish makes what is read of the whole vocabulary; used says which of its
// words the articles use.
func (v *vocabulary) finish(used []bool) {
	v.grams.build(v.spellings, used)
	v.byFirst = map[byte][]uint32{}
	for id, w := range v.spellings {
		if used[id] && v.termOf[id] != noTerm && len(w) >= 3 {
			v.byFirst[w[0]] = append(v.byFirst[w[0]], uint32(id))
		}
	}
}

// A gram is four bytes of a word with a mark at both ends.
type gram [4]byte

// grams list the words that hold a gram. Words of fewer than four letters
// are not in it.
type grams struct {
	words map[gram][]uint32
	count []uint8 // grams by word
}

// eachGram calls yield for each gram of a word.
func eachGram(word string, yield func(gram)) {
	if len(word) < 4 {
		return
	}
	yield(gram{'^', word[0], word[1], word[2]})
	for i := 0; i+4 <= len(word); i++ {
		yield(gram{word[i], word[i+1], word[i+2], word[i+3]})
	}
	yield(gram{word[len(word)-3], word[len(word)-2], word[len(word)-1], '$'})
}

// build lists the words that are used by their grams.
func (g *grams) build(words []string, used []bool) {
	g.words = map[gram][]uint32{}
	g.count = make([]uint8, len(words))
	for id, w := range words {
		if !used[id] || stopWords[w] {
			continue
		}
		eachGram(w, func(x gram) {
			g.words[x] = append(g.words[x], uint32(id))
			g.count[id] = uint8(min(int(g.count[id])+1, math.MaxUint8))
		})
	}
}

// A likeness is a word of the vocabulary and how like another it is.
type likeness struct {
	word uint32
	dice float32 // of their grams: 1 for the same word
}

// like returns the words whose grams are like those of the given one, by at
// least the given Dice coefficient, in no special order. shared is scratch
// space: zero, by word; it is zero again afterwards.
func (g *grams) like(text string, least float32, shared []uint8, into []likeness) []likeness {
	n := 0
	var seen [64]uint32
	touched := seen[:0]
	eachGram(text, func(x gram) {
		n++
		for _, w := range g.words[x] {
			if shared[w] == 0 {
				touched = append(touched, w)
			}
			if shared[w] < math.MaxUint8 {
				shared[w]++
			}
		}
	})
	for _, w := range touched {
		if dice := 2 * float32(shared[w]) / float32(n+int(g.count[w])); dice >= least {
			into = append(into, likeness{w, dice})
		}
		shared[w] = 0
	}
	return into
}

// repair returns the word of the articles that a misspelt one most likely is:
// one edit away, or two where it has more than seven letters, with the same
// first letter (but for two swapped letters), in the most documents.
func (v *vocabulary) repair(text string, p *postings) (string, bool) {
	if len(text) < 4 {
		return "", false
	}
	allowed := 1
	if len(text) > 7 {
		allowed = 2
	}
	best, bestEdits, bestDocs := "", allowed+1, 0
	letters := lettersOf(text)
	for _, first := range [2]byte{text[0], text[1]} {
		for _, id := range v.byFirst[first] {
			w := v.spellings[id]
			swapped := w[0] != text[0]
			if abs(len(w)-len(text)) > allowed || swapped && (len(w) < 2 || w[1] != text[0]) ||
				bits.OnesCount32(letters^lettersOf(w)) > 2*allowed {
				continue
			}
			edits := distance(text, w)
			if edits > allowed || swapped && edits > 1 {
				continue
			}
			docs := len(p.of(v.termOf[id]))
			if edits < bestEdits || edits == bestEdits && docs > bestDocs {
				best, bestEdits, bestDocs = w, edits, docs
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

func abs(n int) int { return max(n, -n) }

// longestWord is the length in bytes of the longest word that is compared letter
// by letter.
const longestWord = 31

// distance is the number of letters to put in, take out, change or swap with
// the next to make one word of the other (optimal string alignment). Words of
// more than longestWord bytes are far from all others.
func distance(x, y string) int {
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

// Correct returns the question with the words that it misspells written as
// they most likely should be.
func (ix *Index) Correct(question string) string {
	var out strings.Builder
	from := 0
	eachWord(question, func(w word) {
		if id, term := ix.find(w.text); id != noWord || term != noTerm || '0' <= w.text[0] && w.text[0] <= '9' {
			return
		}
		if read, fixed := ix.repair(w.text, &ix.byPassage); fixed {
			out.WriteString(question[from:w.start] + read)
			from = wordEnd(question, w.start)
		}
	})
	return out.String() + question[from:]
}
