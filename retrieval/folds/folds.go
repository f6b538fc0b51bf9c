// Package folds measures and learns on the bank without cheating: the bank's
// authors are dealt into folds, and what is asked of a fold's author is
// answered by an index whose metric was learned without the fold, and which
// does not hold that author's lines.
package folds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"summitbot/retrieval"
	"summitbot/retrieval/encoder"
)

const (
	// Count is into how many folds the authors are dealt.
	Count = 4
	// Stem begins the names of the seed article's files, General those of the
	// files that serve any article.
	Stem    = "alaska-summit"
	General = "general"
	// MetricsFile holds the metrics that were learned without each fold.
	MetricsFile = "folds.json"
	vectorsFile = "vectors.bin"
)

// Seeds are what is learned from: all that was written ahead, and its vectors.
type Seeds struct {
	Folder  string
	Article *retrieval.Article
	Bank    *retrieval.Bank
	General *retrieval.Bank
	Vectors *retrieval.VectorFile
	// Metrics are those that were learned without each fold; none yet where
	// there is no file of them.
	Metrics []retrieval.Learned
}

// Open reads the folder of seeds of a clone of the repository.
func Open(folder string) (*Seeds, error) {
	s := &Seeds{Folder: folder}
	text, err := os.ReadFile(filepath.Join(folder, Stem+".txt"))
	if err != nil {
		return nil, fmt.Errorf("reading the seeds: %w; name the folder seeds of a clone of the repository", err)
	}
	if s.Article, err = retrieval.Parse(Stem, string(text)); err != nil {
		return nil, err
	}
	files := os.DirFS(folder)
	if s.Bank, err = retrieval.ReadBank(files, Stem, s.Article); err != nil {
		return nil, err
	}
	if s.General, err = retrieval.ReadBank(files, General, nil); err != nil {
		return nil, err
	}
	if s.Vectors, err = retrieval.OpenVectors(filepath.Join(folder, vectorsFile)); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(folder, MetricsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("reading the seeds: %w", err)
	}
	if err := json.Unmarshal(data, &s.Metrics); err != nil {
		return nil, fmt.Errorf("reading the seeds: %s: %w; delete it to have it made anew", MetricsFile, err)
	}
	return s, nil
}

// Lines are the lines of both banks, the article's first, of which each has a
// fold by its place.
func (s *Seeds) Lines() []retrieval.Line {
	return slices.DeleteFunc(slices.Concat(s.Bank.Lines, s.General.Lines), func(line retrieval.Line) bool {
		return line.Kind == retrieval.NeedsHistory || line.Kind == retrieval.StandsAlone
	})
}

// Of is the fold of the line at a place among Lines: all questions of an
// author that sentences answer are in one, the other kinds, which few authors
// wrote, are dealt out line by line.
func Of(line retrieval.Line, place int) int {
	var author int
	if _, err := fmt.Sscanf(line.Author, "questions.en%d", &author); err == nil {
		return author % Count
	}
	if line.Kind != retrieval.Answerable {
		return place % Count
	}
	sum := 0
	for _, c := range line.Author {
		sum += int(c)
	}
	return sum % Count
}

// Index is an index of everything whose metric was learned without a fold.
// Messages that have no vector are encoded by a model; nil is for a program
// that asks for none. Without meaning, letters tell.
func (s *Seeds) Index(learned *retrieval.Learned, fold int, meaning bool, model *encoder.Model) (*retrieval.Index, error) {
	if len(s.Metrics) != Count {
		return nil, fmt.Errorf("there are metrics of %d folds, not %d: make them with \"go generate ./seeds\"", len(s.Metrics), Count)
	}
	metric, err := s.Metrics[fold].TheMetric()
	if err != nil {
		return nil, err
	}
	var encode func(text string) []float32
	if meaning {
		encode = func(text string) []float32 {
			if v := s.Vectors.Get(encoder.Query, text); v != nil || model == nil {
				return v
			}
			return model.Encode(encoder.Query, text)
		}
	}
	ix := retrieval.NewIndex([]*retrieval.Article{s.Article}, []*retrieval.Bank{s.Bank}, s.General, learned, metric, encode)
	return ix, ix.Prepare(context.Background(), func(_ context.Context, prefix encoder.Prefix, texts []string) ([][]float32, error) {
		out := make([][]float32, len(texts))
		for i, t := range texts {
			if out[i] = s.Vectors.Get(prefix, t); out[i] == nil {
				return nil, fmt.Errorf("there is no vector of %q: make it with \"go generate ./seeds\"", t)
			}
		}
		return out, nil
	})
}

// Right are the numbers of the sentences that answer what the given one does:
// itself, and those that are noted to say the same.
func (s *Seeds) Right(id string) []int {
	at, ok := s.Article.Find(id)
	if !ok {
		return nil
	}
	out := []int{at.Number}
	for _, n := range s.Bank.Notes {
		twins := n.Twin
		if n.Sentence != id {
			if !slices.Contains(twins, id) {
				continue
			}
			twins = []string{n.Sentence}
		}
		for _, twin := range twins {
			if t, ok := s.Article.Find(twin); ok && !slices.Contains(out, t.Number) {
				out = append(out, t.Number)
			}
		}
	}
	return out
}
