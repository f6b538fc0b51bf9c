package retrieval

import (
	"cmp"
	"math"
	"slices"
)

// A Hit is a sentence that may answer a message.
type Hit struct {
	Place
	// Score is higher for a better sentence. A difference of 1 makes it e
	// times as likely to be what is asked for.
	Score float64
	why   FeatureVector
	how   *FeatureVector
}

// A Part is a part of a hit's score: a feature, its value, and what it adds.
type Part struct {
	Feature      string
	Value, Added float64
}

// Explain returns what the hit's score is made of, the largest parts first.
func (h Hit) Explain() []Part {
	var parts []Part
	for f := range Features {
		if h.how != nil && h.why[f] != 0 && h.how[f] != 0 {
			parts = append(parts, Part{f.String(), float64(h.why[f]), float64(h.why[f] * h.how[f])})
		}
	}
	slices.SortStableFunc(parts, func(x, y Part) int { return cmp.Compare(math.Abs(y.Added), math.Abs(x.Added)) })
	return parts
}

// A look is one message compared with all that an index knows.
type look struct {
	text     string
	own      []affinities // by article; empty without meaning
	general  affinities
	features []FeatureVector // by sentence, through all articles
}

// compare compares a message with everything. Lines of the hidden author, if
// it is not empty, are left out.
func (ix *Index) compare(text string, vector []float32, hidden string) *look {
	l := &look{text: text}
	passages, sentences := ix.words.scores(text)
	m := ix.meaning.Load()
	if m != nil {
		p := newProbe(text, vector)
		for _, own := range m.own {
			l.own = append(l.own, own.affinities(p, own.authorCalled(hidden)))
		}
		l.general = m.general.affinities(p, m.general.authorCalled(hidden))
	}
	l.features = make([]FeatureVector, ix.Len())
	for i := range ix.articles {
		var own *lines
		var near affinities
		if m != nil {
			own, near = m.own[i], l.own[i]
		}
		for n := range ix.articles[i].Len() {
			at := ix.first[i] + n
			f := &l.features[at]
			f[SentenceWords] = sentences[at]
			if own != nil {
				f[BankMeaning], f[BankLetters] = near.of(own.answers[n])
				f[PremiseMeaning], f[PremiseLetters] = near.of(own.corrects[n])
				f[SentenceMeaning], f[SentenceLetters] = near.of(own.texts[n])
			}
		}
	}
	ix.around(l.features, passages)
	return l
}

// of are the affinities to a class, 0 where there is no such class.
func (a affinities) of(class int) (meaning, letters float32) {
	if class < 0 {
		return 0, 0
	}
	if a.meaning != nil {
		meaning = a.meaning[class]
	}
	return meaning, a.letters[class]
}

// around fills in the features that a sentence has of its passage and of its
// neighbours in there.
func (ix *Index) around(features []FeatureVector, passages []float32) {
	for p, words := range passages {
		from, to := ix.words.passages[p], ix.words.passages[p+1]
		var meaning, letters, sum float32
		for _, f := range features[from:to] {
			meaning, letters = max(meaning, f[SentenceMeaning]), max(letters, f[SentenceLetters])
			sum += f[SentenceMeaning]
		}
		features[from][Opens] = 1
		for n := from; n < to; n++ {
			f := &features[n]
			f[PassageMeaning], f[PassageLetters], f[PassageWords] = meaning, letters, words
			f[PassageAverage] = sum / float32(to-from)
			if n > from {
				f[BeforeMeaning] = features[n-1][SentenceMeaning]
			}
			if n+1 < to {
				f[AfterMeaning] = features[n+1][SentenceMeaning]
			}
		}
	}
}

// set is the name of the weights for an article, by what is known of it.
func (ix *Index) set(article int) string {
	m := ix.meaning.Load()
	switch bank := m != nil && len(m.own) > 0 && ix.hasBank(article); {
	case bank && ix.encode != nil:
		return BankAndMeaning
	case bank:
		return BankAlone
	case m != nil && ix.encode != nil:
		return MeaningAlone
	}
	return WordsAlone
}

// rank returns the sentences, best first: limit of them at most. Ties go by
// place.
func (ix *Index) rank(l *look, limit int) []Hit {
	scores := make([]float32, len(l.features))
	order := make([]int, len(l.features))
	weights := make([]FeatureVector, len(ix.articles))
	for i := range ix.articles {
		weights[i] = ix.learned.Ranking[ix.set(i)].vector()
		for n := ix.first[i]; n < ix.first[i+1]; n++ {
			order[n], scores[n] = n, l.features[n].score(&weights[i])
		}
	}
	limit = min(limit, len(order))
	slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(scores[y], scores[x]), cmp.Compare(x, y)) })
	hits := make([]Hit, limit)
	for i, n := range order[:limit] {
		hits[i] = Hit{Place: ix.place(n), Score: float64(scores[n]), why: l.features[n], how: &weights[ix.articleOf(n)]}
	}
	return hits
}
