package retrieval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// SynonymsFile is the name of the file that holds a folder's synonyms, see
// ParseSynonyms.
const SynonymsFile = "synonyms.csv"

// gapsSuffix ends the name of the file with questions that an article does
// not answer.
const gapsSuffix = ".unanswered.jsonl"

// questionsSuffix ends the name of the file with an article's questions
// written ahead: "summit.questions.jsonl" belongs to "summit.txt".
const questionsSuffix = ".questions.jsonl"

// Load reads a folder of articles and builds an index over them: every file
// that ends in .txt or .md is an article, in the order of their names. Beside
// it may stand its questions written ahead, one
// {"sentence": "s57", "question": "…"} a line, and those that it does not
// answer, one {"question": "…", "lacks": "…"} a line; in the folder a file of
// synonyms; without one, synonyms is used, which may be nil. Other files are
// left alone. The error names the file and, where there is one, the line.
func Load(folder fs.FS, synonyms *Synonyms) (*Index, error) {
	names, err := fs.Glob(folder, "*")
	if err != nil {
		return nil, err
	}
	if synonyms, err = readSynonyms(folder, synonyms); err != nil {
		return nil, err
	}
	var bld *builder
	var begun sync.WaitGroup
	begun.Go(func() { bld = newBuilder(synonyms) }) // while the articles are read
	defer begun.Wait()
	var articles []*Article
	var opts Options
	for _, name := range names {
		ext := strings.ToLower(path.Ext(name))
		if ext != ".txt" && ext != ".md" || strings.HasPrefix(name, ".") || strings.EqualFold(name, "README.md") {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading article: %w", err)
		}
		stem := name[:len(name)-len(ext)]
		a, err := Parse(slug(stem), string(text))
		if err != nil {
			return nil, fmt.Errorf("reading article: %s: %w", name, err)
		}
		if slices.ContainsFunc(articles, func(b *Article) bool { return b.Slug == a.Slug }) {
			return nil, fmt.Errorf("reading article: %s: another file has the same short name %q", name, a.Slug)
		}
		articles = append(articles, a)
		if err := readExtras(folder, stem, a, &opts); err != nil {
			return nil, err
		}
	}
	if len(articles) == 0 {
		return nil, errors.New("reading articles: the folder holds no .txt or .md file")
	}
	begun.Wait()
	return bld.build(articles, opts), nil
}

// readSynonyms reads the folder's synonyms; without any, others are used.
func readSynonyms(folder fs.FS, others *Synonyms) (*Synonyms, error) {
	text, err := fs.ReadFile(folder, SynonymsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return others, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading synonyms: %w", err)
	}
	s, err := ParseSynonyms(strings.TrimPrefix(string(text), byteOrderMark))
	if err != nil {
		return nil, fmt.Errorf("reading synonyms: %s: %w", SynonymsFile, err)
	}
	return s, nil
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

// readExtras reads what is written ahead about an article, if there is any.
func readExtras(folder fs.FS, stem string, a *Article, opts *Options) error {
	var q Question
	err := readLines(folder, stem+questionsSuffix, func(line []byte) error {
		q = Question{}
		if err := json.Unmarshal(line, &q); err != nil {
			return fmt.Errorf(`is not {"sentence", "question"}: %w`, err)
		}
		q.Article = a.Slug
		if _, ok := a.Find(q.Sentence); !ok {
			return fmt.Errorf("the article has no sentence %q", q.Sentence)
		}
		if IsBlank(q.Text) {
			return errors.New("the question is empty")
		}
		opts.Questions = append(opts.Questions, q)
		return nil
	})
	if err != nil {
		return err
	}
	var g Gap
	return readLines(folder, stem+gapsSuffix, func(line []byte) error {
		g = Gap{}
		if err := json.Unmarshal(line, &g); err != nil {
			return fmt.Errorf(`is not {"question", "lacks"}: %w`, err)
		}
		if IsBlank(g.Text) {
			return errors.New("the question is empty")
		}
		opts.Gaps = append(opts.Gaps, g)
		return nil
	})
}

// readLines calls each for every line of a file that is not blank; there may
// be no such file. An error names the file and the line.
func readLines(folder fs.FS, name string, each func(line []byte) error) error {
	data, err := fs.ReadFile(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte(byteOrderMark))) {
		n++
		if IsBlank(string(line)) {
			continue
		}
		if err := each(line); err != nil {
			return fmt.Errorf("reading %s: line %d: %w", name, n, err)
		}
	}
	return nil
}
