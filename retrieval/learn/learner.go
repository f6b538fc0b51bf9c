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
	"summitbot/retrieval/folds"
)

// A learner holds what is learned from and what was learned.
type learner struct {
	*folds.Seeds
	log     io.Writer
	own     []retrieval.Line // the article's lines and sentences
	learned *retrieval.Learned
	begun   time.Time
}

func newLearner(ctx context.Context, folder string, log io.Writer) (*learner, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	l := &learner{log: log, begun: time.Now(), learned: &retrieval.Learned{}}
	if l.Seeds, err = folds.Open(folder); err != nil {
		return nil, err
	}
	l.own = retrieval.AllLines(l.Article, l.Bank)
	model, err := encoder.Load()
	if err != nil {
		return nil, err
	}
	texts := l.texts()
	for _, prefix := range []encoder.Prefix{encoder.Query, encoder.Passage} {
		if _, err := l.Vectors.Encode(ctx, model, prefix, texts[prefix], l.progress("texts encoded")); err != nil {
			return nil, err
		}
	}
	if err := l.Vectors.Keep(texts); err != nil {
		return nil, err
	}
	if data, err := os.ReadFile(l.learnedFile()); err == nil && json.Unmarshal(data, l.learned) != nil {
		l.learned = &retrieval.Learned{} // of another form: all is learned anew
	}
	return l, nil
}

// learnedFile is the name of the file of what was learned.
func (l *learner) learnedFile() string {
	return filepath.Join(filepath.Dir(l.Folder), "retrieval", "learned.json")
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
	for _, line := range slices.Concat(l.own, l.General.Lines) {
		if line.Kind == retrieval.Text {
			told = append(told, line.Text)
		} else {
			asked = append(asked, line.Text)
		}
	}
	for _, f := range l.Bank.FollowUps {
		before := f.History[len(f.History)-1]
		asked = append(asked, before, retrieval.Joined(before, f.Text))
	}
	return map[encoder.Prefix][]string{encoder.Query: asked, encoder.Passage: told}
}

// vector is the encoder's vector of a message.
func (l *learner) vector(text string) []float32 { return l.Vectors.Get(encoder.Query, text) }

// vectorOf is that of a line.
func (l *learner) vectorOf(line retrieval.Line) []float32 {
	if line.Kind == retrieval.Text {
		return l.Vectors.Get(encoder.Passage, line.Text)
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

// learn learns everything.
func (l *learner) learn(squad string) error {
	lines := l.Lines()
	if source := fmt.Sprintf("%s, %d steps", l.Vectors.Hash(), steps); source != l.learned.Source || len(l.Metrics) != folds.Count {
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
	l.Metrics = make([]retrieval.Learned, folds.Count)
	for k := range l.Metrics {
		l.Metrics[k].SetMetric(l.metric(lines, mean, k))
		l.say("metric without fold %d of %d learned", k+1, folds.Count)
	}
	l.learned.SetMetric(l.metric(lines, mean, folds.Count))
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
	classes, twins := classesOf(lines, l.Bank.Notes)
	var authors []string
	var examples []example
	for i, line := range lines {
		if folds.Of(line, i) == without {
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
