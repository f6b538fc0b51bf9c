package retrieval

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// gramLength is how many letters are compared at a time. Four find a word in
// its other forms and with most typing errors (McNamee and Mayfield,
// "Character n-gram tokenization", 2004).
const gramLength = 4

// gramsOf returns the hashes of a text's grams, sorted, each once: the runs of
// four characters of each word with a space at both ends. A shorter word is a
// gram of its own.
func gramsOf(text string) []uint32 {
	var out []uint32
	hash := fnv.New32a()
	for word := range strings.FieldsFuncSeq(strings.ToLower(norm.NFKC.String(text)), notOfWord) {
		letters := []rune(" " + word + " ")
		for i := 0; i == 0 || i+gramLength <= len(letters); i++ {
			hash.Reset()
			_, _ = hash.Write([]byte(string(letters[i:min(i+gramLength, len(letters))]))) // never fails
			out = append(out, hash.Sum32())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// HasWords says whether a text has a letter or a digit.
func HasWords(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// notOfWord says whether a character stands between words.
func notOfWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }

// A gramIndex finds the lines that share grams with a text, and how like it
// they are: the cosine of both as vectors of their grams, the rare ones
// counting more.
type gramIndex struct {
	n int // lines
	// The grams, sorted, with the places at which their lines begin, and one
	// place more; the lines of each, as differences. All little-endian.
	grams, starts, lines string
	// idf is by gram, norm by line: one over the length of its vector.
	idf, norm []float32
}

// buildGrams makes the parts of a gram index of the lines' grams.
func buildGrams(all [][]uint32) (grams, starts, lines []byte) {
	holders := map[uint32][]uint32{}
	for i, line := range all {
		for _, g := range line {
			holders[g] = append(holders[g], uint32(i))
		}
	}
	sorted := make([]uint32, 0, len(holders))
	for g := range holders {
		sorted = append(sorted, g)
	}
	slices.Sort(sorted)
	for _, g := range sorted {
		grams = binary.LittleEndian.AppendUint32(grams, g)
		starts = binary.LittleEndian.AppendUint32(starts, uint32(len(lines)))
		last := uint32(0)
		for _, i := range holders[g] {
			lines = binary.AppendUvarint(lines, uint64(i-last))
			last = i
		}
	}
	return grams, binary.LittleEndian.AppendUint32(starts, uint32(len(lines))), lines
}

// openGrams reads a gram index of n lines.
func openGrams(n int, grams, starts, lines string) gramIndex {
	x := gramIndex{n: n, grams: grams, starts: starts, lines: lines, idf: make([]float32, len(grams)/4), norm: make([]float32, n)}
	for g := range x.idf {
		holders := 0
		x.each(g, func(int) { holders++ })
		x.idf[g] = float32(math.Log(float64(1+n)/float64(1+holders)) + 1)
		x.each(g, func(line int) { x.norm[line] += float32(x.idf[g] * x.idf[g]) })
	}
	for i, squares := range x.norm {
		if squares > 0 {
			x.norm[i] = float32(1 / math.Sqrt(float64(squares)))
		}
	}
	return x
}

// each calls yield for every line that holds the g-th gram.
func (x *gramIndex) each(g int, yield func(line int)) {
	line := uint64(0)
	for s := x.lines[word32(x.starts, g):word32(x.starts, g+1)]; s != ""; {
		var d uint64
		for shift := 0; ; shift += 7 {
			c := s[0]
			s = s[1:]
			d |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
		line += d
		yield(int(line))
	}
}

// find is the place of a gram, and whether there is one.
func (x *gramIndex) find(gram uint32) (int, bool) {
	low, high := 0, len(x.idf)
	for low < high {
		if middle := (low + high) / 2; word32(x.grams, middle) < gram {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(x.idf) && word32(x.grams, low) == gram
}

// like adds to each line how like it is to a text with the given grams, from 0
// to 1. Grams that no line holds are left out.
func (x *gramIndex) like(grams []uint32, likes []float32) {
	var squares float32
	for _, gram := range grams {
		g, ok := x.find(gram)
		if !ok {
			continue
		}
		w := float32(x.idf[g] * x.idf[g])
		squares += w
		x.each(g, func(line int) { likes[line] += w })
	}
	if squares == 0 {
		return
	}
	scale := float32(1 / math.Sqrt(float64(squares)))
	for i, sum := range likes {
		if sum > 0 {
			likes[i] = sum * float32(x.norm[i]*scale)
		}
	}
}

// word32 is the i-th little-endian 32-bit word of s.
func word32(s string, i int) uint32 {
	w := s[4*i : 4*i+4]
	return uint32(w[0]) | uint32(w[1])<<8 | uint32(w[2])<<16 | uint32(w[3])<<24
}
