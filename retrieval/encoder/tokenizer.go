package encoder

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A tokenizer cuts texts into the pieces of a unigram language model: of all
// ways to cut, the one whose pieces are the most likely together (Kudo,
// "Subword Regularization", 2018; as SentencePiece does it).
type tokenizer struct {
	// The pieces, sorted by their bytes: piece i is pieces[offset(i):offset(i+1)],
	// and i is its id.
	pieces, offsets, scores string
	size                    int
	begin, end, unknown     uint32
	unknownScore            float32
	// byFirst[c] is the first piece that begins with byte c or a later one.
	byFirst [257]uint32
}

func newTokenizer(f *file) (*tokenizer, error) {
	t := &tokenizer{}
	var err error
	if t.scores, err = f.bytes("tokenizer.scores", "F32", -1); err != nil {
		return nil, err
	}
	t.size = len(t.scores) / 4
	if t.offsets, err = f.bytes("tokenizer.offsets", "U32", t.size+1); err != nil {
		return nil, err
	}
	if t.pieces, err = f.bytes("tokenizer.pieces", "U8", -1); err != nil {
		return nil, err
	}
	for name, id := range map[string]*uint32{"bos": &t.begin, "eos": &t.end, "unknown": &t.unknown} {
		n, err := f.number(name)
		if err != nil {
			return nil, err
		}
		if n < 0 || n >= t.size {
			return nil, fmt.Errorf("there is no piece %d for %q", n, name)
		}
		*id = uint32(n)
	}
	score, err := strconv.ParseFloat(f.meta["unknown_score"], 32)
	if err != nil {
		return nil, fmt.Errorf("its metadata have no number unknown_score")
	}
	t.unknownScore = float32(score)
	if err := t.check(); err != nil {
		return nil, err
	}
	for c := range t.byFirst {
		t.byFirst[c] = uint32(t.bound(0, uint32(t.size), 0, c))
	}
	return t, nil
}

// check says whether the offsets are those of sorted places in the pieces. A
// damaged file may have others, which would panic later.
func (t *tokenizer) check() error {
	last := uint32(0)
	for i := range t.size + 1 {
		at := word32(t.offsets, i)
		if at < last || int(at) > len(t.pieces) {
			return fmt.Errorf("the tokenizer's piece %d does not lie within its text", i)
		}
		last = at
	}
	return nil
}

// piece is the text of a piece.
func (t *tokenizer) piece(id uint32) string {
	return t.pieces[word32(t.offsets, int(id)):word32(t.offsets, int(id)+1)]
}

// bound is the first of the pieces [low, high), which begin with the same at
// bytes, whose byte there is c or more. A piece that ends there comes first.
func (t *tokenizer) bound(low, high uint32, at, c int) uint32 {
	for low < high {
		middle := (low + high) / 2
		p := t.piece(middle)
		if len(p) <= at || int(p[at]) < c {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// space stands for a space within pieces (U+2581).
const space = "▁"

// longestText is how many bytes of a text are read, at its beginning and at
// its end: more than make up the tokens that are encoded.
const longestText = 4096

// tokens are the ids of a text's pieces between those that mark its beginning
// and its end. Every string has some.
func (t *tokenizer) tokens(text string) []uint32 {
	text = normal(middleOut(text))
	// best[i] is how the text up to byte i is cut best: the score of its
	// pieces, and where and what the last one is.
	type step struct {
		score float32
		from  int
		id    uint32
	}
	best := make([]step, len(text)+1)
	for i := range best {
		best[i].score = float32(math.Inf(-1))
	}
	best[0].score = 0
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		put := func(end int, id uint32, score float32) {
			if score += best[i].score; score > best[end].score {
				best[end] = step{score, i, id}
			}
		}
		put(i+size, t.unknown, t.unknownScore)
		low, high := t.byFirst[text[i]], t.byFirst[int(text[i])+1]
		for n := 1; low < high; n++ {
			if id := low; len(t.piece(id)) == n && id != t.begin && id != t.end && id != t.unknown {
				put(i+n, id, math.Float32frombits(word32(t.scores, int(id))))
			}
			if i+n == len(text) {
				break
			}
			c := int(text[i+n])
			low = t.bound(low, high, n, c)
			high = t.bound(low, high, n, c+1)
		}
		i += size
	}
	out := []uint32{t.end}
	for i := len(text); i > 0; i = best[i].from {
		out = append(out, best[i].id)
	}
	out = append(out, t.begin)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// middleOut leaves the middle out of a text that is too long to be read.
func middleOut(s string) string {
	if len(s) <= 2*longestText {
		return strings.ToValidUTF8(s, " ")
	}
	return strings.ToValidUTF8(s[:longestText], " ") + " " + strings.ToValidUTF8(s[len(s)-longestText:], " ")
}

// joiner is U+034F, which package norm puts into long runs of combining
// marks, and the model's own normalisation does not.
const joiner = "\u034f"

// normal is a text in the form that pieces are in: NFKC, with one space for
// white space and control characters, and the mark of a space before each word.
func normal(s string) string {
	joined := strings.Contains(s, joiner)
	s = norm.NFKC.String(s)
	if !joined {
		s = strings.ReplaceAll(s, joiner, "")
	}
	var out strings.Builder
	apart := true
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			apart = true
			continue
		}
		if apart {
			out.WriteString(space)
			apart = false
		}
		out.WriteRune(r)
	}
	return out.String()
}
