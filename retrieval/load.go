package retrieval

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"summitbot/retrieval/encoder"
)

// generalStem begins the names of the files that serve any article.
const generalStem = "general"

// indexSuffix ends the name of a file made of a bank ahead.
const indexSuffix = ".index"

// Load reads a folder of articles: every file that ends in .txt or .md is one,
// in the order of their names, and what was written ahead about it stands in
// files beside it, see ReadBank. What serves any article is read from another
// folder, in which "general.index" stands. With a nil encoder, meaning is off.
// The index ranks by words until Prepare is called. The error names the file
// and, where there is one, the line.
func Load(folder, anyArticle fs.FS, model *encoder.Model) (*Index, error) {
	names, err := fs.Glob(folder, "*")
	if err != nil {
		return nil, err
	}
	if i := slices.Index(names, "synonyms.csv"); i >= 0 {
		return nil, errors.New("reading articles: synonyms.csv: words are no longer compared by lists; delete the file: questions are understood by their meaning")
	}
	var articles []*Article
	var banks []*Bank
	for _, name := range names {
		ext := strings.ToLower(path.Ext(name))
		if ext != ".txt" && ext != ".md" || strings.HasPrefix(name, ".") || strings.EqualFold(name, "README.md") {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading article: %w", err)
		}
		a, err := Parse(slug(stemOf(name)), string(text))
		if err != nil {
			return nil, fmt.Errorf("reading article: %s: %w", name, err)
		}
		if slices.ContainsFunc(articles, func(b *Article) bool { return b.Slug == a.Slug }) {
			return nil, fmt.Errorf("reading article: %s: another file has the same short name %q", name, a.Slug)
		}
		bank, err := ReadBank(folder, stemOf(name), a)
		if err != nil {
			return nil, err
		}
		if bank.Index, err = readIndex(folder, stemOf(name)); err != nil {
			return nil, err
		}
		articles, banks = append(articles, a), append(banks, bank)
	}
	if len(articles) == 0 {
		return nil, errors.New("reading articles: the folder holds no .txt or .md file")
	}
	learned, err := ReadLearned()
	if err != nil {
		return nil, err
	}
	metric, err := learned.TheMetric()
	if err != nil {
		return nil, fmt.Errorf("reading learned.json: %w; make it anew with \"go generate ./seeds\"", err)
	}
	general := &Bank{}
	if general.Index, err = readIndex(anyArticle, generalStem); err != nil {
		return nil, err
	}
	ix := newIndex(articles, banks, general, learned, metric)
	if model != nil {
		ix.encode = func(text string) []float32 { return model.Encode(encoder.Query, text) }
	}
	return ix, nil
}

// readIndex reads the file that was made of a bank ahead; nil where there is
// none.
func readIndex(folder fs.FS, stem string) (*lineIndex, error) {
	data, err := fs.ReadFile(folder, stem+indexSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the bank: %w", err)
	}
	x, err := openLines(string(data))
	if err != nil {
		return nil, fmt.Errorf("reading the bank: %s: %w", stem+indexSuffix, err)
	}
	return x, nil
}

// slug makes a short name of a file's name: lower-case letters and digits,
// with hyphens for whatever stands between them.
func slug(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || 'z' < r) && (r < '0' || '9' < r)
	})
	if len(fields) == 0 {
		return "article"
	}
	return strings.Join(fields, "-")
}

// An Encoder gives texts vectors, in their order: messages, or passages of an
// article.
type Encoder func(ctx context.Context, prefix encoder.Prefix, texts []string) ([][]float32, error)

// Prepare gives the index meaning: of what was made ahead at once, and of what
// was not by encoding it, which takes about a second for fifty lines. Until it
// returns, words rank. It is called once.
func (ix *Index) Prepare(ctx context.Context, encode Encoder) error {
	m := &meaning{}
	for i, a := range ix.articles {
		all := ix.banks[i].Lines
		if ix.banks[i].Index == nil || len(all) > 0 {
			all = AllLines(a, ix.banks[i])
		}
		x, err := ix.indexOf(ctx, all, ix.banks[i].Index, encode)
		if err != nil {
			return fmt.Errorf("preparing %s: %w", a.Slug, err)
		}
		own, err := sortOut(x, a)
		if err != nil {
			return fmt.Errorf("preparing %s: %w: its %s is of another article", a.Slug, err, indexSuffix)
		}
		m.own = append(m.own, own)
	}
	x, err := ix.indexOf(ctx, ix.general.Lines, ix.general.Index, encode)
	if err == nil {
		m.general, err = sortOut(x, nil)
	}
	if err != nil {
		return fmt.Errorf("preparing what serves any article: %w", err)
	}
	for i, a := range ix.articles {
		m.spelling.teach(a.Text)
		m.spelling.teach(m.own[i].words)
		for _, c := range ix.banks[i].Curated {
			for _, lang := range Languages {
				m.spelling.teach(c.Text[lang])
			}
		}
	}
	m.spelling.teach(m.general.words)
	ix.meaning.Store(m)
	return nil
}

// Ahead says whether everything that Prepare needs was made ahead, so that it
// takes no time.
func (ix *Index) Ahead() bool {
	for _, b := range ix.banks {
		if b.Index == nil || len(b.Lines) > 0 {
			return false
		}
	}
	return ix.general.Index != nil
}

// indexOf is an index of lines: the one that was made of them ahead, which
// stands for them where they are not there themselves, or one made now.
func (ix *Index) indexOf(ctx context.Context, all []Line, ahead *lineIndex, encode Encoder) (*lineIndex, error) {
	if ahead != nil && (len(all) == 0 || ahead.Source == hashOf(all)) {
		return ahead, nil
	}
	vectors := make([][]float32, len(all))
	if ix.encode != nil {
		var err error
		if vectors, err = Vectors(ctx, all, encode); err != nil {
			return nil, err
		}
	}
	return openLines(string(BuildIndex(all, vectors, ix.metric)))
}

// BuildIndex makes the file of an index of lines, of their vectors as the
// encoder gives them; nil stands for no vector.
func BuildIndex(all []Line, vectors [][]float32, metric *Metric) []byte {
	mapped := make([][]float32, len(all))
	var workers sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for c := range cores {
		workers.Go(func() {
			for i := c; i < len(all); i += cores {
				if mapped[i] = make([]float32, MetricWidth); vectors[i] != nil {
					mapped[i] = metric.Map(vectors[i])
				}
			}
		})
	}
	workers.Wait()
	return buildLines(all, mapped)
}

// AllLines are the lines that an article's index holds: those of its bank, and
// its sentences.
func AllLines(a *Article, bank *Bank) []Line {
	all := slices.Clone(bank.Lines)
	for n := range a.Len() {
		at := a.At(n)
		all = append(all, Line{Text: at.Text(), Lang: Languages[0], Class: Class{Text, at.Sentence.ID}})
	}
	return all
}

// Vectors are the encoder's vectors of lines.
func Vectors(ctx context.Context, all []Line, encode Encoder) ([][]float32, error) {
	var asked, told []string
	for _, l := range all {
		if l.Kind == Text {
			told = append(told, l.Text)
		} else {
			asked = append(asked, l.Text)
		}
	}
	vectors, err := encode(ctx, encoder.Query, asked)
	if err != nil {
		return nil, err
	}
	rest, err := encode(ctx, encoder.Passage, told)
	return append(vectors, rest...), err
}
