package bot

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// An Embedder turns texts into vectors, one for each, such that texts of like
// meaning have like vectors. It is safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

const (
	// embedded is how many passages are embedded at a time.
	embedded = 64
	// byMeaning is how much the likeness of meaning counts beside the words:
	// as much.
	byMeaning = 0.5
	// considered is how many sentences the ranker puts forward for a prompt
	// that does not hold the articles whole.
	considered = 200
)

// meanings are the passages' vectors, of length 1.
type meanings struct {
	embedder Embedder
	places   []retrieval.Place // the first sentence of each passage
	vectors  [][]float32
}

// Prepare gets what answers need beyond the articles: the passages' vectors,
// where there is an Embedder and the articles do not fit into a prompt. They
// are kept in the folder, by what they are of, so that each is paid for once.
// Without them, questions are ranked by their words alone. It is called once,
// before the first question.
func (a *Answerer) Prepare(ctx context.Context, folder string) error {
	w := a.writer
	if w == nil || w.embedder == nil || prompts.Fits(a.articles, w.tokens) {
		return nil
	}
	m := &meanings{embedder: w.embedder}
	for _, art := range a.articles {
		for i := range art.Len() {
			if at := art.At(i); at.Sentence.ID == at.Passage.Sentences[0].ID {
				m.places = append(m.places, at)
			}
		}
	}
	if err := m.read(ctx, filepath.Join(folder, "embeddings-"+key(w.embedding)[:16]+".gob")); err != nil {
		return err
	}
	a.meanings = m
	return nil
}

// read gets the vectors from a file, and those that it lacks from the
// embedder.
func (m *meanings) read(ctx context.Context, file string) error {
	kept := map[string][]float32{}
	data, err := os.ReadFile(file)
	if err == nil {
		err = gob.NewDecoder(bytes.NewReader(data)).Decode(&kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the embeddings: %s: %w; delete it to have it made anew", file, err)
	}
	var missing []string
	for _, at := range m.places {
		if text := about(at); kept[key(text)] == nil && !slices.Contains(missing, text) {
			missing = append(missing, text)
		}
	}
	for part := range slices.Chunk(missing, embedded) {
		vectors, err := m.embedder.Embed(ctx, part)
		if err == nil && len(vectors) != len(part) {
			err = fmt.Errorf("there are %d for %d texts", len(vectors), len(part))
		}
		if err != nil {
			return fmt.Errorf("getting embeddings: %w", err)
		}
		for i, v := range vectors {
			kept[key(part[i])] = unit(v)
		}
	}
	for _, at := range m.places {
		m.vectors = append(m.vectors, kept[key(about(at))])
	}
	if len(missing) == 0 {
		return nil
	}
	return m.keep(file, kept)
}

// keep writes the vectors to a file, whole or not at all.
func (m *meanings) keep(file string, kept map[string][]float32) error {
	var out bytes.Buffer
	err := gob.NewEncoder(&out).Encode(kept)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file+".new", out.Bytes(), 0o644)
	}
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		return fmt.Errorf("keeping the embeddings: %w", err)
	}
	return nil
}

// about is what a passage is embedded as: under its heading.
func about(at retrieval.Place) string {
	return at.Heading() + "\n" + at.Article.Slice(at.Passage.Span)
}

// key is what a text's vector is kept under.
func key(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// unit is a vector of the same direction with length 1.
func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return v
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

// forPrompt are the hits whose passages a prompt for the question shows first:
// those of the ranker, joined with those of like meaning where vectors are
// known. Both kinds of scores are brought to 0 to 1 between the least and the
// most, and added up.
func (a *Answerer) forPrompt(ctx context.Context, question string, hits []retrieval.Hit) []retrieval.Hit {
	if prompts.Fits(a.articles, a.writer.passages()) {
		return hits
	}
	hits = a.index.Search(retrieval.Request{Text: question}, considered).Hits
	if a.meanings == nil {
		return hits
	}
	asked, err := a.meanings.embedder.Embed(ctx, []string{question})
	if err != nil || len(asked) != 1 {
		return hits // the words alone have to do
	}
	return a.meanings.fuse(unit(asked[0]), hits)
}

// fuse joins the hits with the passages near to a vector, best first.
func (m *meanings) fuse(asked []float32, hits []retrieval.Hit) []retrieval.Hit {
	words := make([]float64, len(m.places))
	like := make([]float64, len(m.places))
	of := map[*retrieval.Passage]int{}
	for i, at := range m.places {
		of[at.Passage] = i
		for j, x := range m.vectors[i][:min(len(asked), len(m.vectors[i]))] {
			like[i] += float64(x) * float64(asked[j])
		}
	}
	for _, h := range hits {
		i := of[h.Passage]
		words[i] = max(words[i], h.Score)
	}
	scale(words)
	scale(like)
	order := make([]int, len(m.places))
	for i := range order {
		order[i] = i
		words[i] = (1-byMeaning)*words[i] + byMeaning*like[i]
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(words[y], words[x]) })
	out := make([]retrieval.Hit, len(order))
	for i, n := range order {
		out[i] = retrieval.Hit{Place: m.places[n], Score: words[n]}
	}
	return out
}

// scale brings numbers to 0 to 1.
func scale(all []float64) {
	least, most := slices.Min(all), slices.Max(all)
	for i := range all {
		if most > least {
			all[i] = (all[i] - least) / (most - least)
		} else {
			all[i] = 0
		}
	}
}
