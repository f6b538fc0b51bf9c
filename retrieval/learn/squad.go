package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"summitbot/retrieval"
	"summitbot/retrieval/encoder"
	"summitbot/retrieval/folds"
)

// squad is a file in the format of SQuAD 2.0 (Rajpurkar, Jia and Liang, "Know
// What You Don't Know: Unanswerable Questions for SQuAD", 2018).
type squad struct {
	Data []struct {
		Title      string
		Paragraphs []struct {
			Context   string
			Questions []struct {
				Question   string
				Impossible bool `json:"is_impossible"`
				Answers    []struct {
					Text  string
					Start int `json:"answer_start"` // in characters
				}
			} `json:"qas"`
		}
	}
}

// A text is one of its articles, as an index without a bank sees it.
type text struct {
	*retrieval.Index
	questions []squadQuestion
}

type squadQuestion struct {
	text      string
	paragraph int   // the number of its first sentence
	answers   []int // numbers of the sentences that hold an answer; none where the article does not say
	signals   retrieval.Signals
}

// everyImpossible is how many of the questions without an answer one is taken of.
const everyImpossible = 4

// squadFeatures are those of sentences without a bank, wordFeatures those
// without an encoder.
var (
	squadFeatures = []retrieval.Feature{
		retrieval.SentenceMeaning, retrieval.SentenceLetters, retrieval.SentenceWords, retrieval.PassageMeaning, retrieval.PassageLetters,
		retrieval.PassageWords, retrieval.PassageAverage, retrieval.BeforeMeaning, retrieval.AfterMeaning, retrieval.Opens,
	}
	wordFeatures    = []retrieval.Feature{retrieval.SentenceWords, retrieval.PassageWords, retrieval.Opens}
	topicFeatures   = []retrieval.Feature{retrieval.SentenceMeaning, retrieval.SentenceLetters, retrieval.SentenceWords, retrieval.PassageWords}
	topicByWords    = []retrieval.Feature{retrieval.SentenceWords, retrieval.PassageWords}
	keptWithoutBank = 0.95
)

// withoutBank learns the weights for articles without a bank from a file in
// SQuAD's format, each of whose articles is searched by itself.
func (l *learner) withoutBank(name string) error {
	texts, err := l.readSquad(name)
	if err != nil {
		return err
	}
	for _, set := range []struct {
		name            string
		features, topic []retrieval.Feature
	}{{retrieval.MeaningAlone, squadFeatures, topicFeatures}, {retrieval.WordsAlone, wordFeatures, topicByWords}} {
		l.learned.Ranking[set.name] = rankTexts(texts, set.features)
		kinds := []asked{ofTexts(texts, l.learned.Ranking[set.name], set.topic)}
		if set.name == retrieval.MeaningAlone { // words in common would be all that there is to go by
			seeds, err := l.ofSeeds(len(kinds[0].about), l.learned.Ranking[set.name], set.topic)
			if err != nil {
				return err
			}
			kinds = append(kinds, seeds)
		}
		weights := l.topic(kinds, set.topic)
		weights.Intent = l.intent(kinds)
		l.learned.Kinds[set.name] = weights
		l.say("weights for %q learned", set.name)
		l.measure(texts, set.features)
	}
	return nil
}

// readSquad reads a file in SQuAD's format, and encodes what it holds.
func (l *learner) readSquad(name string) ([]text, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var f squad
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%s is not in SQuAD's format: %w", name, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	vectors, err := retrieval.OpenVectors(filepath.Join(cache, "summitbot", "squad.vectors"))
	if err != nil {
		return nil, err
	}
	model, err := encoder.Load()
	if err != nil {
		return nil, err
	}
	encode := func(ctx context.Context, prefix encoder.Prefix, texts []string) ([][]float32, error) {
		return vectors.Encode(ctx, model, prefix, texts, l.progress("of the articles' texts encoded"))
	}
	metric, err := l.learned.TheMetric()
	if err != nil {
		return nil, err
	}
	var out []text
	for i := range f.Data {
		t, a, err := f.read(i)
		if err != nil {
			return nil, err
		}
		var asked []string
		for _, q := range t.questions {
			asked = append(asked, q.text)
		}
		if _, err := encode(context.Background(), encoder.Query, asked); err != nil {
			return nil, err
		}
		t.Index = retrieval.NewIndex([]*retrieval.Article{a}, []*retrieval.Bank{{}}, l.General, l.learned, metric, func(s string) []float32 { return vectors.Get(encoder.Query, s) })
		if err := t.Prepare(context.Background(), func(ctx context.Context, prefix encoder.Prefix, texts []string) ([][]float32, error) {
			if prefix == encoder.Query { // what serves any article
				vs := make([][]float32, len(texts))
				for i, s := range texts {
					vs[i] = l.vector(s)
				}
				return vs, nil
			}
			return encode(ctx, prefix, texts)
		}); err != nil {
			return nil, err
		}
		each(len(t.questions), func(i int) { t.questions[i].signals = t.Signals(t.questions[i].text, "") })
		out = append(out, t)
	}
	return out, nil
}

// read reads article i: the text of every paragraph is one line.
func (f *squad) read(i int) (text, *retrieval.Article, error) {
	var body strings.Builder
	body.WriteString("Title\n")
	type found struct {
		start int
		q     squadQuestion
		at    [][2]int // of the answers, in bytes
	}
	var all []found
	for _, p := range f.Data[i].Paragraphs {
		start := body.Len()
		body.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(p.Context) + "\n")
		for n, q := range p.Questions {
			if q.Impossible && n%everyImpossible > 0 {
				continue
			}
			a := found{start: start, q: squadQuestion{text: q.Question}}
			for _, answer := range q.Answers {
				from := start + len(string([]rune(p.Context)[:answer.Start]))
				a.at = append(a.at, [2]int{from, from + len(answer.Text)})
			}
			if q.Impossible {
				a.at = nil
			}
			all = append(all, a)
		}
	}
	article, err := retrieval.Parse("article", body.String())
	if err != nil {
		return text{}, nil, fmt.Errorf("article %q: %w", f.Data[i].Title, err)
	}
	var t text
	for _, a := range all {
		for n := range article.Len() {
			at := article.At(n)
			if at.Passage.Start == a.start && at.Sentence == &at.Passage.Sentences[0] {
				a.q.paragraph = n
			}
			for _, span := range a.at {
				if at.Sentence.Start <= span[0] && span[1] <= at.Sentence.End && !slices.Contains(a.q.answers, n) {
					a.q.answers = append(a.q.answers, n)
				}
			}
		}
		if len(a.at) == 0 || len(a.q.answers) > 0 { // an answer over two sentences is left out
			t.questions = append(t.questions, a.q)
		}
	}
	return t, article, nil
}

// rankTexts learns to rank from the questions that have an answer.
func rankTexts(texts []text, features []retrieval.Feature) retrieval.FeatureWeights {
	var sentences [][]retrieval.FeatureVector
	var right [][]int
	for _, t := range texts {
		for _, q := range t.questions {
			if len(q.answers) > 0 {
				sentences, right = append(sentences, q.signals.Sentences), append(right, q.answers)
			}
		}
	}
	return ranking(sentences, right, features, func(v retrieval.FeatureVector) float32 {
		return 3*v[retrieval.SentenceMeaning] + v[retrieval.SentenceWords] + v[retrieval.PassageWords]
	})
}

// asked are questions that an article answers, and others, by the features of
// the sentence that is best for each.
type asked struct {
	about, other [][]float64
	// aboutNear and otherNear are how near they are to what anybody may ask.
	aboutNear, otherNear []float64
}

// add adds a question's best sentence.
func (a *asked) add(about bool, s retrieval.Signals, ranks retrieval.FeatureWeights, features []retrieval.Feature) {
	var row []float64
	v := s.Sentences[bestOf(s.Sentences, ranks)]
	for _, f := range features {
		row = append(row, rounded(float64(v[f])))
	}
	if about {
		a.about, a.aboutNear = append(a.about, row), append(a.aboutNear, nearestKind(s))
	} else {
		a.other, a.otherNear = append(a.other, row), append(a.otherNear, nearestKind(s))
	}
}

// ofTexts are the questions that texts answer, and those of the text after each.
func ofTexts(texts []text, ranks retrieval.FeatureWeights, features []retrieval.Feature) (a asked) {
	for i, t := range texts {
		next := texts[(i+1)%len(texts)]
		for n, q := range t.questions {
			if len(q.answers) > 0 {
				a.add(true, q.signals, ranks, features)
				a.add(false, t.Signals(next.questions[n%len(next.questions)].text, ""), ranks, features)
			}
		}
	}
	return a
}

// ofSeeds are many questions of the seed article's bank, and what anybody may
// write, as an index sees them that has no bank and whose metric was learned
// without them: unlike the texts' questions, which were written by people who
// saw the text, they have words of their own.
func (l *learner) ofSeeds(many int, ranks retrieval.FeatureWeights, features []retrieval.Feature) (a asked, err error) {
	bare := *l.Seeds
	bare.Bank = &retrieval.Bank{}
	lines := l.Lines()
	var about, other []int // places of lines
	for i, line := range lines {
		switch {
		case line.Kind == retrieval.Answerable && !line.Partly:
			about = append(about, i)
		case line.Kind == retrieval.OffTopic:
			other = append(other, i)
		}
	}
	for k := range folds.Count {
		ix, err := bare.Index(l.learned, k, true, nil)
		if err != nil {
			return a, err
		}
		for _, of := range []struct {
			about  bool
			places []int
		}{{true, about}, {false, other}} {
			for n := range min(many, len(of.places)) {
				i := of.places[n*len(of.places)/min(many, len(of.places))]
				if folds.Of(lines[i], i) == k {
					a.add(of.about, ix.Signals(lines[i].Text, ""), ranks, features)
				}
			}
		}
	}
	return a, nil
}

// topic learns which questions are about an article at all, of questions of
// several kinds.
func (l *learner) topic(kinds []asked, features []retrieval.Feature) retrieval.KindWeights {
	var rows [][]float64
	var about []bool
	for _, a := range kinds {
		for _, row := range a.about {
			rows, about = append(rows, row), append(about, true)
		}
		for _, row := range a.other {
			rows, about = append(rows, row), append(about, false)
		}
	}
	w := logistic(rows, about, 1e-4)
	out := retrieval.KindWeights{OnTopic: retrieval.FeatureWeights{}}
	for i, f := range features {
		out.OnTopic[f.String()] = float32(w[i])
	}
	odds := func(rows [][]float64) (out []float64) {
		for _, r := range rows {
			sum := w[len(features)]
			for i, x := range r {
				sum += float64(x * w[i])
			}
			out = append(out, sum)
		}
		return out
	}
	var all []float64
	for _, a := range kinds {
		all = append(all, odds(a.about)...)
	}
	least := quantile(all, 1-keptWithoutBank)
	for _, a := range kinds {
		kept, refused := 0, 0
		for _, o := range odds(a.about) {
			kept += count(o >= least)
		}
		for _, o := range odds(a.other) {
			refused += count(o < least)
		}
		l.say("  kept %.3f of %d questions, and refused %.3f of %d of other things",
			float64(kept)/float64(len(a.about)), len(a.about), float64(refused)/float64(len(a.other)), len(a.other))
	}
	out.Bias = rounded(w[len(features)] - least)
	return out
}

// intent is the nearness to an intent that hardly a question has that an
// article answers, and few have that it does not.
func (l *learner) intent(kinds []asked) float64 {
	const hardly, few = 0.01, 0.05
	most := 0.0
	for _, a := range kinds {
		most = max(most, quantile(a.aboutNear, 1-hardly), quantile(a.otherNear, 1-few))
	}
	return rounded(most)
}

// nearestKind is how near a message is to a kind that has one class.
func nearestKind(s retrieval.Signals) float64 {
	most := 0.0
	for _, n := range s.Kinds {
		most = max(most, n.Top)
	}
	return most
}

// measure tells how often the right paragraph is found, by weights that were
// learned from the articles of the other folds.
func (l *learner) measure(texts []text, features []retrieval.Feature) {
	n, first, three, five := 0, 0, 0, 0
	var mrr float64
	for k := range folds.Count {
		var rest []text
		for i, t := range texts {
			if i%folds.Count != k {
				rest = append(rest, t)
			}
		}
		w := rankTexts(rest, features)
		for i, t := range texts {
			if i%folds.Count != k {
				continue
			}
			for _, q := range t.questions {
				if len(q.answers) == 0 {
					continue
				}
				place := placeOf(t, q, w)
				n++
				mrr += 1 / float64(place)
				first, three, five = first+count(place <= 1), three+count(place <= 3), five+count(place <= 5)
			}
		}
	}
	of := float64(n)
	l.say("  %d questions on %d articles, by folds over articles: right paragraph first %.4f, among 3 %.4f, among 5 %.4f, mean reciprocal rank %.4f",
		n, len(texts), float64(first)/of, float64(three)/of, float64(five)/of, mrr/of)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// placeOf is the place of a question's paragraph among those of its text.
func placeOf(t text, q squadQuestion, w retrieval.FeatureWeights) int {
	best := map[int]float32{}
	article := t.Articles()[0]
	first := 0
	for n := range article.Len() {
		at := article.At(n)
		if at.Sentence == &at.Passage.Sentences[0] {
			first = n
		}
		score := w.Score(q.signals.Sentences[n])
		if old, ok := best[first]; !ok || score > old {
			best[first] = score
		}
	}
	place := 1
	for p, score := range best {
		if p != q.paragraph && cmp.Compare(score, best[q.paragraph]) > 0 {
			place++
		}
	}
	return int(math.Max(1, float64(place)))
}
