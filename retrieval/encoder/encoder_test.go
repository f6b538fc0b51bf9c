package encoder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"summitbot/retrieval/encoder/weights"
)

func load(t testing.TB) *Model {
	t.Helper()
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reference is a line of testdata/reference.jsonl: what another
// implementation, in float32, makes of a text.
type reference struct {
	Prefix Prefix
	Text   string
	Tokens []uint32
	Pieces []string
	Vector []float32
}

func references(t testing.TB) []reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []reference
	for line := range bytes.Lines(data) {
		var r reference
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	if len(out) < 20 {
		t.Fatalf("there are %d references", len(out))
	}
	return out
}

func dot(x, y []float32) float64 {
	var sum float64
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

func TestReference(t *testing.T) {
	m := load(t)
	all := references(t)
	check := func(t *testing.T) {
		for i, r := range all {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				tokens := m.read(r.Prefix, r.Text)
				if !slices.Equal(tokens, r.Tokens) {
					var pieces []string
					for _, id := range tokens {
						pieces = append(pieces, m.tokenizer.piece(id))
					}
					t.Fatalf("%q is cut into %q, not %q", r.Text, pieces, r.Pieces)
				}
				v := m.Encode(r.Prefix, r.Text)
				if like := dot(v, r.Vector) / math.Sqrt(dot(r.Vector, r.Vector)); like < 0.9995 {
					t.Errorf("%q: the cosine to the reference is %.6f", r.Text, like)
				}
			})
		}
	}
	if accelerated {
		t.Run("accelerated", check)
	}
	t.Run("plain", func(t *testing.T) {
		defer func(was bool) { accelerated = was }(accelerated)
		accelerated = false
		check(t)
	})
}

func TestEncodeAll(t *testing.T) {
	m := load(t)
	var texts []string
	for _, r := range references(t) {
		texts = append(texts, r.Text)
	}
	last := 0
	all, err := m.EncodeAll(context.Background(), Query, texts, func(n int) { last = n })
	if err != nil || last != len(texts) {
		t.Fatalf("%d of %d encoded, %v", last, len(texts), err)
	}
	for i, text := range texts {
		if like := dot(all[i], m.Encode(Query, text)); like < 0.99999 {
			t.Errorf("%q: in a batch it is another vector, cosine %.6f", text, like)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.EncodeAll(ended, Query, texts, nil); err == nil {
		t.Error("an ended context is not told")
	}
}

// TestMeaning holds that the vectors mean something: a question is nearer to
// what it asks, in any language, than to another question.
func TestMeaning(t *testing.T) {
	m := load(t)
	asked := m.Encode(Query, "When do the two presidents meet?")
	other := dot(asked, m.Encode(Query, "What is the best topping for a pizza?"))
	for _, same := range []string{"what day is their meeting", "Wann treffen sich die beiden Präsidenten?", "Коли зустрічаються президенти?"} {
		if like := dot(asked, m.Encode(Query, same)); like < other+0.05 {
			t.Errorf("%q: %.3f, the other question %.3f", same, like, other)
		}
	}
}

func TestDamaged(t *testing.T) {
	file := weights.File
	header := 8 + int(uint64(file[0])|uint64(file[1])<<8|uint64(file[2])<<16)
	for name, text := range map[string]string{
		"empty":         "",
		"short":         file[:5],
		"cut off":       file[:len(file)-1],
		"no header":     strings.Repeat("x", 100),
		"header only":   file[:header],
		"not JSON":      file[:9] + "x" + file[10:],
		"other sizes":   strings.Replace(file[:header], `"hidden": "384"`, `"hidden": "768"`, 1) + file[header:],
		"other tensors": strings.Replace(file[:header], `embeddings.type`, `embeddings.typo`, 1) + file[header:],
	} {
		if _, err := New(text); err == nil || !strings.Contains(err.Error(), "get the file anew") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzEncode(f *testing.F) {
	m := load(f)
	for _, text := range []string{
		"", " ", "\x00", "\xff\xfe", "why Alaska?", strings.Repeat("a", 4000), strings.Repeat("\u0301", 10000),
		"<s></s><unk>", "e" + strings.Repeat("\u0301", 40), "กขฃ 日本語 \U0001F600", strings.Repeat("trump ", 900), "\u2581\u2581",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens := m.read(Query, text)
		if len(tokens) < 2 || len(tokens) > MaxTokens {
			t.Fatalf("%d tokens", len(tokens))
		}
		v := m.Encode(Query, text)
		if length := math.Sqrt(dot(v, v)); len(v) != Width || math.Abs(length-1) > 1e-4 {
			t.Fatalf("%d numbers, of length %v", len(v), length)
		}
	})
}

// A question of 14 tokens.
const asked = "what does putin want in alaska now?"

func BenchmarkEncode(b *testing.B) {
	m := load(b)
	if n := len(m.read(Query, asked)); n != 14 {
		b.Fatalf("%d tokens", n)
	}
	run := func(b *testing.B) {
		for b.Loop() {
			m.Encode(Query, asked)
		}
	}
	b.Run("machine", run)
	b.Run("plain", func(b *testing.B) {
		defer func(was bool) { accelerated = was }(accelerated)
		accelerated = false
		run(b)
	})
}

func BenchmarkLongest(b *testing.B) {
	m := load(b)
	text := strings.Repeat("trump and putin meet ", 400)
	for b.Loop() {
		m.Encode(Query, text)
	}
}

func BenchmarkEncodeAll(b *testing.B) {
	m := load(b)
	var texts []string
	for range 16 {
		for _, r := range references(b) {
			texts = append(texts, r.Text)
		}
	}
	for b.Loop() {
		if _, err := m.EncodeAll(context.Background(), Query, texts, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(texts))*float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}

func BenchmarkTokens(b *testing.B) {
	m := load(b)
	for b.Loop() {
		m.read(Query, asked)
	}
}
