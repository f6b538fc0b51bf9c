package encoder

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"summitbot/retrieval/encoder/weights"
)

// A Prefix says what a text is; the model was trained with them.
type Prefix string

// The prefixes.
const (
	Query   Prefix = "query: "   // a question
	Passage Prefix = "passage: " // what may answer one
)

// A Model encodes texts. It is safe for concurrent use; each call uses one
// core.
type Model struct {
	tokenizer *tokenizer
	network   *network
}

// Load returns the model whose weights the program holds. It takes about a
// millisecond, once; nothing of the weights is copied.
var Load = sync.OnceValues(func() (*Model, error) { return New(weights.File) })

// New returns a model from a safetensors file, as package weights describes
// it. The error says what of it is damaged.
func New(text string) (*Model, error) {
	m := &Model{}
	f, err := openFile(text)
	if err == nil {
		m.tokenizer, err = newTokenizer(f)
	}
	if err == nil {
		m.network, err = newNetwork(f)
	}
	if err == nil && len(m.network.word)/(Width/blockWeights*blockBytes) != m.tokenizer.size {
		err = fmt.Errorf("it has embeddings for another number of pieces than %d", m.tokenizer.size)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the encoder's weights: %w; get the file anew", err)
	}
	return m, nil
}

// Encode returns the vector of a text: Width numbers, of length 1. Every
// string has one. The product of two vectors is the cosine of their angle; of
// any two texts it is seldom under .7, so compare it with others rather than
// with 0.
func (m *Model) Encode(prefix Prefix, text string) []float32 {
	return m.network.vectors([][]uint32{m.read(prefix, text)})[0]
}

// batch is how many texts are encoded together; more do not fit into a core's
// cache.
const batch = 16

// EncodeAll returns the vectors of many texts, in their order, using all cores.
// After each batch it calls done, if there is one, with how many are encoded;
// never from two goroutines at once. The error is the context's.
func (m *Model) EncodeAll(ctx context.Context, prefix Prefix, texts []string, done func(n int)) ([][]float32, error) {
	tokens := make([][]uint32, len(texts))
	order := make([]int, len(texts)) // by length, so that batches are even
	for i, t := range texts {
		tokens[i] = m.read(prefix, t)
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(len(tokens[x]), len(tokens[y])) })
	out := make([][]float32, len(texts))
	parts := make(chan []int)
	var mu sync.Mutex
	encoded := 0
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(texts)+batch-1)/batch) {
		workers.Go(func() {
			for part := range parts {
				in := make([][]uint32, len(part))
				for i, n := range part {
					in[i] = tokens[n]
				}
				for i, v := range m.network.vectors(in) {
					out[part[i]] = v
				}
				mu.Lock()
				encoded += len(part)
				if done != nil {
					done(encoded)
				}
				mu.Unlock()
			}
		})
	}
	for part := range slices.Chunk(order, batch) {
		if ctx.Err() != nil {
			break
		}
		parts <- part
	}
	close(parts)
	workers.Wait()
	return out, ctx.Err()
}

// read returns the tokens of a text, MaxTokens at most.
func (m *Model) read(prefix Prefix, text string) []uint32 {
	tokens := m.tokenizer.tokens(string(prefix) + text)
	if len(tokens) > MaxTokens {
		tokens = append(tokens[:MaxTokens-lastTokens:MaxTokens-lastTokens], tokens[len(tokens)-lastTokens:]...)
	}
	return tokens
}
