package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"summitbot/retrieval"
	"summitbot/retrieval/encoder"
)

// stem begins the names of the seed article's files.
const stem = "alaska-summit"

// foldsFile holds the metrics that were learned without each fold, for
// learning and measuring; the program does not need it.
const foldsFile = "folds.json"

// foldCount is into how many folds the authors are dealt.
const foldCount = 4

// A learner holds what is learned from and what was learned.
type learner struct {
	folder  string
	log     io.Writer
	article *retrieval.Article
	bank    *retrieval.Bank
	general *retrieval.Bank
	own     []retrieval.Line // the article's lines and sentences
	vectors *retrieval.VectorFile
	learned *retrieval.Learned
	folds   []retrieval.Learned // by fold, the metric learned without it
	begun   time.Time
}

func newLearner(ctx context.Context, folder string, log io.Writer) (*learner, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	l := &learner{folder: folder, log: log, begun: time.Now()}
	text, err := os.ReadFile(filepath.Join(folder, stem+".txt"))
	if err != nil {
		return nil, err
	}
	if l.article, err = retrieval.Parse(stem, string(text)); err != nil {
		return nil, err
	}
	files := os.DirFS(folder)
	if l.bank, err = retrieval.ReadBank(files, stem, l.article); err != nil {
		return nil, err
	}
	if l.general, err = retrieval.ReadBank(files, "general", nil); err != nil {
		return nil, err
	}
	l.own = retrieval.AllLines(l.article, l.bank)
	if l.vectors, err = retrieval.OpenVectors(filepath.Join(folder, "vectors.bin")); err != nil {
		return nil, err
	}
	model, err := encoder.Load()
	if err != nil {
		return nil, err
	}
	texts := l.texts()
	for _, prefix := range []encoder.Prefix{encoder.Query, encoder.Passage} {
		if _, err := l.vectors.Encode(ctx, model, prefix, texts[prefix], l.progress("texts encoded")); err != nil {
			return nil, err
		}
	}
	if err := l.vectors.Keep(texts); err != nil {
		return nil, err
	}
	l.learned = &retrieval.Learned{}
	if data, err := os.ReadFile(l.learnedFile()); err == nil && json.Unmarshal(data, l.learned) != nil {
		l.learned = &retrieval.Learned{} // of another form: all is learned anew
	}
	if data, err := os.ReadFile(filepath.Join(folder, foldsFile)); err == nil {
		if err := json.Unmarshal(data, &l.folds); err != nil {
			return nil, fmt.Errorf("%s: %w; delete it to have it made anew", foldsFile, err)
		}
	}
	return l, nil
}

// learnedFile is the name of the file of what was learned.
func (l *learner) learnedFile() string {
	return filepath.Join(filepath.Dir(l.folder), "retrieval", "learned.json")
}

// progress tells of long work, every now and then.
func (l *learner) progress(what string) func(done, of int) {
	last := time.Now()
	return func(done, of int) {
		if time.Since(last) > 5*time.Second || done == of {
			last = time.Now()
			l.say("%d of %d %s", done, of, what)
		}
	}
}

func (l *learner) say(format string, args ...any) {
	fmt.Fprintf(l.log, "%5.0f s  "+format+"\n", append([]any{time.Since(l.begun).Seconds()}, args...)...)
}

// texts are all texts that have vectors.
func (l *learner) texts() map[encoder.Prefix][]string {
	var asked, told []string
	for _, line := range slices.Concat(l.own, l.general.Lines) {
		if line.Kind == retrieval.Text {
			told = append(told, line.Text)
		} else {
			asked = append(asked, line.Text)
		}
	}
	for _, f := range l.bank.FollowUps {
		before := f.History[len(f.History)-1]
		asked = append(asked, before, retrieval.Joined(before, f.Text))
	}
	return map[encoder.Prefix][]string{encoder.Query: asked, encoder.Passage: told}
}

// vector is the encoder's vector of a message.
func (l *learner) vector(text string) []float32 { return l.vectors.Get(encoder.Query, text) }

// vectorOf is that of a line.
func (l *learner) vectorOf(line retrieval.Line) []float32 {
	if line.Kind == retrieval.Text {
		return l.vectors.Get(encoder.Passage, line.Text)
	}
	return l.vector(line.Text)
}

// index is the file of an index of lines.
func (l *learner) index(lines []retrieval.Line, metric *retrieval.Metric) []byte {
	vectors := make([][]float32, len(lines))
	for i, line := range lines {
		vectors[i] = l.vectorOf(line)
	}
	return retrieval.BuildIndex(lines, vectors, metric)
}

// asked are the lines that a metric is learned from.
func (l *learner) asked() []retrieval.Line {
	return slices.DeleteFunc(slices.Concat(l.bank.Lines, l.general.Lines), func(line retrieval.Line) bool {
		return line.Kind == retrieval.NeedsHistory || line.Kind == retrieval.StandsAlone
	})
}

// learn learns everything.
func (l *learner) learn(squad string) error {
	lines := l.asked()
	if source := l.vectors.Hash(); source != l.learned.Source || len(l.folds) != foldCount {
		l.metrics(lines)
		l.learned.Command, l.learned.Source = "go generate ./seeds", source
	}
	if err := l.weights(lines); err != nil {
		return err
	}
	if squad != "" {
		return l.withoutBank(squad)
	}
	return nil
}

// metrics learns the metric, and one without each fold.
func (l *learner) metrics(lines []retrieval.Line) {
	mean := l.mean(lines)
	l.folds = make([]retrieval.Learned, foldCount)
	for k := range l.folds {
		l.folds[k].SetMetric(l.metric(lines, mean, k))
		l.say("metric without fold %d of %d learned", k+1, foldCount)
	}
	l.learned.SetMetric(l.metric(lines, mean, foldCount))
	l.say("metric learned")
}

// mean is the mean vector of lines.
func (l *learner) mean(lines []retrieval.Line) []float32 {
	mean := make([]float32, encoder.Width)
	for _, line := range lines {
		addTo(mean, l.vector(line.Text), 1)
	}
	for i := range mean {
		mean[i] /= float32(len(lines))
	}
	return mean
}

// metric learns a metric from all lines but those of one fold.
func (l *learner) metric(lines []retrieval.Line, mean []float32, without int) *retrieval.Metric {
	classes, twins := classesOf(lines, l.bank.Notes)
	var authors []string
	var examples []example
	for i, line := range lines {
		if foldOf(line, i, foldCount) == without {
			continue
		}
		author := slices.Index(authors, line.Author)
		if author < 0 {
			author = len(authors)
			authors = append(authors, line.Author)
		}
		examples = append(examples, example{retrieval.Centred(l.vector(line.Text), mean), classes[i], author})
	}
	var kept retrieval.Learned
	kept.SetMetric(&retrieval.Metric{Mean: mean, Rows: learnMetric(examples, twins)})
	m, err := kept.TheMetric() // as it is kept, rounded
	if err != nil {
		panic(err) // it was made here
	}
	return m
}
