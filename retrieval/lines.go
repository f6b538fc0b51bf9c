package retrieval

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A lineIndex compares a message with lines: those of a bank, and the
// article's own sentences. It is read where it lies, in a file that the
// program holds or that was made in memory.
type lineIndex struct {
	lineHeader
	n       int
	class   []uint16 // by line, a place in Classes
	author  []uint8  // by line, a place in Authors
	lang    []uint8  // by line, a place in Langs
	scale   []float32
	vectors string   // by line, MetricWidth numbers of 8 bits
	signs   []uint64 // by line, signWords words: which numbers of its vector are negative
	grams   gramIndex
	known   []knownLine // sorted by key
	words   string      // those that several lines hold, a line each
}

// lineHeader begins the file of a lineIndex.
type lineHeader struct {
	Format  string
	Source  string // the hash of what it was made of
	Classes []Class
	Authors []string
	Langs   []string
	Parts   []int // the lengths of the parts that follow
}

// A knownLine is a line by the key of its words.
type knownLine struct {
	key  uint64
	line uint32
}

const (
	lineFormat = "summitbot lines 2"
	signWords  = MetricWidth / 64
)

// key stands for a text's letters and digits, whatever is between them.
func key(text string) uint64 {
	hash := fnv.New64a()
	for word := range strings.FieldsFuncSeq(strings.ToLower(norm.NFKC.String(text)), notOfWord) {
		_, _ = hash.Write([]byte(word + " ")) // never fails
	}
	return hash.Sum64()
}

// hashOf is the hash of lines: their words and what they are.
func hashOf(lines []Line) string {
	sum := sha256.New()
	for _, l := range lines {
		fmt.Fprintf(sum, "%q %q %q %q %q\n", l.Text, l.Lang, l.Kind, l.Target, l.Author)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// buildLines makes the file of a lineIndex of lines and their vectors, as the
// metric maps them.
func buildLines(lines []Line, vectors [][]float32) []byte {
	h := lineHeader{Format: lineFormat, Source: hashOf(lines)}
	var class, author, lang, scale, numbers, known []byte
	grams := make([][]uint32, len(lines))
	keys := make([]knownLine, len(lines))
	for i, l := range lines {
		class = binary.LittleEndian.AppendUint16(class, uint16(place(&h.Classes, l.Class)))
		author = append(author, byte(place(&h.Authors, l.Author)))
		lang = append(lang, byte(place(&h.Langs, l.Lang)))
		v := inBytes(vectors[i])
		scale = binary.LittleEndian.AppendUint32(scale, math.Float32bits(v.Scale))
		for _, x := range v.Numbers {
			numbers = append(numbers, byte(x))
		}
		grams[i] = gramsOf(l.Text)
		keys[i] = knownLine{key(l.Text), uint32(i)}
	}
	slices.SortFunc(keys, func(x, y knownLine) int {
		if x.key != y.key && x.key < y.key || x.key == y.key && x.line < y.line {
			return -1
		}
		return 1
	})
	for _, k := range keys {
		known = binary.LittleEndian.AppendUint64(known, k.key)
		known = binary.LittleEndian.AppendUint32(known, k.line)
	}
	held, starts, holders := buildGrams(grams)
	parts := [][]byte{class, author, scale, numbers, known, held, starts, holders, commonWords(lines), lang}
	for _, p := range parts {
		h.Parts = append(h.Parts, len(p))
	}
	head, err := json.Marshal(h)
	if err != nil {
		panic(err) // texts and numbers alone
	}
	return append(append(head, '\n'), bytes.Join(parts, nil)...)
}

// common is how many lines hold a word that is taken to be spelt right.
const common = 3

// commonWords are the words that several lines hold, sorted, a line each.
func commonWords(lines []Line) []byte {
	times := map[string]int{}
	for _, l := range lines {
		eachWord(l.Text, func(w word) { times[w.text]++ })
	}
	maps.DeleteFunc(times, func(_ string, n int) bool { return n < common })
	return []byte(strings.Join(slices.Sorted(maps.Keys(times)), "\n"))
}

// place is the place of a value among values, to whose end it is added if it
// is new.
func place[T comparable](values *[]T, value T) int {
	i := slices.Index(*values, value)
	if i < 0 {
		i = len(*values)
		*values = append(*values, value)
	}
	return i
}

// errLines is what is wrong with a file of lines that cannot be read.
var errLines = errors.New("the file is damaged, or of another version of the program: make it anew")

// openLines reads a file of lines.
func openLines(file string) (*lineIndex, error) {
	head, data, ok := strings.Cut(file, "\n")
	x := &lineIndex{}
	if !ok || json.Unmarshal([]byte(head), &x.lineHeader) != nil || x.Format != lineFormat || len(x.Parts) != 10 {
		return nil, errLines
	}
	parts := make([]string, len(x.Parts))
	for i, length := range x.Parts {
		if length < 0 || length > len(data) {
			return nil, errLines
		}
		parts[i], data = data[:length], data[length:]
	}
	x.n = len(parts[1])
	x.vectors, x.words = parts[3], parts[8]
	if data != "" || len(parts[0]) != 2*x.n || len(parts[2]) != 4*x.n || len(x.vectors) != MetricWidth*x.n || len(parts[4]) != 12*x.n ||
		len(parts[5])%4 != 0 || len(parts[6]) != len(parts[5])+4 || len(parts[9]) != x.n {
		return nil, errLines
	}
	x.class, x.author, x.scale = make([]uint16, x.n), []byte(parts[1]), make([]float32, x.n)
	x.lang = []byte(parts[9])
	x.signs, x.known = make([]uint64, signWords*x.n), make([]knownLine, x.n)
	for i := range x.n {
		x.class[i] = uint16(parts[0][2*i]) | uint16(parts[0][2*i+1])<<8
		x.scale[i] = math.Float32frombits(word32(parts[2], i))
		k := parts[4][12*i:]
		x.known[i] = knownLine{uint64(word32(k, 0)) | uint64(word32(k, 1))<<32, word32(k, 2)}
		if int(x.class[i]) >= len(x.Classes) || int(x.author[i]) >= len(x.Authors) || int(x.lang[i]) >= len(x.Langs) || int(x.known[i].line) >= x.n {
			return nil, errLines
		}
		for j := range MetricWidth {
			x.signs[signWords*i+j/64] |= uint64(x.vectors[MetricWidth*i+j]>>7) << (j % 64)
		}
	}
	if !validGrams(x.n, parts[6], parts[7]) {
		return nil, errLines
	}
	x.grams = openGrams(x.n, parts[5], parts[6], parts[7])
	return x, nil
}

// validGrams says whether every gram's lines are there.
func validGrams(n int, starts, lines string) bool {
	last := uint32(0)
	for i := range len(starts) / 4 {
		at := word32(starts, i)
		if at < last || int(at) > len(lines) {
			return false
		}
		line := uint64(0)
		for s := []byte(lines[last:at]); len(s) > 0; {
			d, size := binary.Uvarint(s)
			if line += d; size <= 0 || line >= uint64(n) {
				return false
			}
			s = s[size:]
		}
		last = at
	}
	return int(last) == len(lines)
}

// authorCalled is the place of an author, -1 for none and for the empty name,
// which lines have that nobody wrote ahead.
func (x *lineIndex) authorCalled(name string) int {
	if name == "" {
		return -1
	}
	return slices.Index(x.Authors, name)
}

// A probe is a message as it is compared with lines.
type probe struct {
	vector []int16 // its vector, 1 being unitProbe; nil without one
	signs  [signWords]uint64
	grams  []uint32
}

// unitProbe is what 1 is in a probe's vector. A product with 8 bits stays
// within 32, summed up.
const unitProbe = 1 << 14

// newProbe makes a probe of a message and its vector, which may be nil.
func newProbe(text string, vector []float32) *probe {
	p := &probe{grams: gramsOf(text)}
	if vector == nil {
		return p
	}
	p.vector = make([]int16, MetricWidth)
	for i, x := range vector {
		p.vector[i] = int16(math.Round(float64(x) * unitProbe))
		if x < 0 {
			p.signs[i/64] |= 1 << (i % 64)
		}
	}
	return p
}

// vectorOf is the vector of a line.
func (x *lineIndex) vectorOf(line int) []float32 {
	v := byteVector{Scale: x.scale[line], Numbers: make([]int8, MetricWidth)}
	for i := range v.Numbers {
		v.Numbers[i] = int8(x.vectors[MetricWidth*line+i])
	}
	return v.floats()
}

// find returns a line with the same words as a text.
func (x *lineIndex) find(text string) (int, bool) {
	k := key(text)
	i, ok := slices.BinarySearchFunc(x.known, k, func(l knownLine, k uint64) int {
		if l.key < k {
			return -1
		}
		return int(min(l.key-k, 1))
	})
	if !ok {
		return 0, false
	}
	return int(x.known[i].line), true
}

// cosine is the cosine of a probe's vector and a line's.
func (x *lineIndex) cosine(p *probe, line int) float32 {
	v := x.vectors[MetricWidth*line:][:MetricWidth]
	q := p.vector[:MetricWidth]
	var a, b, c, d int32
	for i := 0; i < MetricWidth; i += 4 {
		a += int32(q[i]) * int32(int8(v[i]))
		b += int32(q[i+1]) * int32(int8(v[i+1]))
		c += int32(q[i+2]) * int32(int8(v[i+2]))
		d += int32(q[i+3]) * int32(int8(v[i+3]))
	}
	return float32(a+b+c+d) / unitProbe * x.scale[line]
}
