package retrieval

import (
	"slices"
)

// A Request is a message to be understood.
type Request struct {
	// Text is the message, History what was asked before it in the same
	// conversation, the oldest first.
	Text    string
	History []string
	// Without leaves out the bank's lines of one author, to measure on that
	// author's own; empty leaves out none.
	Without string
}

// An Understanding is what a message asks for.
type Understanding struct {
	Kind Kind
	// Hits are the sentences that bear on the message, best first, whatever
	// its kind.
	Hits []Hit
	// Sure are the log odds that the article answers it rather than not.
	Sure float64
	// Gap is what the article does not say, where it is known and may be
	// named; of the kind Open alone.
	Gap *Gap
	// Count is how many items of a list are asked for, 0 for all.
	Count int
	// Text is what was looked for: the message, with what was asked before it
	// where it needs that.
	Text string
	// Options are what the message may be, the most likely first.
	Options []Option
	// Parts are the questions of a message of the kind Several, in order, where
	// they stand in sentences of their own; else there are none.
	Parts []Understanding

	quoting QuotingWeights
	wide    bool // it has several questions
	goesOn  func(at, next Place) bool
}

// Search returns the sentences that bear on a text, best first, limit of them
// at most.
func (ix *Index) Search(text string, limit int) []Hit {
	return ix.rank(ix.lookAt(text, ""), limit)
}

// lookAt compares a text with everything, its misspelt words mended.
func (ix *Index) lookAt(text, without string) *look {
	m := ix.meaning.Load()
	if m != nil {
		text = m.spelling.mend(text)
	}
	look := func() *look {
		ix.cores <- struct{}{}
		defer func() { <-ix.cores }()
		return ix.compare(text, ix.vector(text), without)
	}
	if m == nil || without != "" {
		return look()
	}
	return ix.looks.of(text, look)
}

// Understand tells what a message asks for, with limit hits at most.
func (ix *Index) Understand(req Request, limit int) Understanding {
	u, l := ix.understand(req, limit)
	w, ok := ix.kindWeights()
	if !ok {
		return u
	}
	u.takeApart(ix, req, limit)
	u.wide = w.Several.Odds(ix.severalSignals(l)) >= w.Split
	if u.wide && u.Kind == Answerable {
		u.Kind = Several
	}
	return u
}

// kindWeights are the weights that tell kinds, and whether a bank is there to
// tell them by.
func (ix *Index) kindWeights() (KindWeights, bool) {
	if ix.meaning.Load() == nil {
		return KindWeights{}, false
	}
	for i := range ix.articles {
		if ix.hasBank(i) {
			return ix.learned.Kinds[ix.set(i)], true
		}
	}
	return KindWeights{}, false
}

// understand tells what one question asks for, and how it was looked at.
func (ix *Index) understand(req Request, limit int) (Understanding, *look) {
	l, text := ix.resolve(req)
	u := Understanding{Hits: ix.rank(l, limit), Text: text, quoting: ix.learned.Quoting, goesOn: ix.goesOn}
	u.Count = countIn(req.Text)
	w, ok := ix.kindWeights()
	switch {
	case ok:
		u.decide(ix, w, ix.nearness(l), ix.Language(req.Text))
	case ix.meaning.Load() == nil:
		u.onTopic(ix.learned.Kinds[WordsAlone])
	default:
		u.decideWithoutBank(ix, l)
	}
	return u, l
}

// decide tells the kind from how near each is.
func (u *Understanding) decide(ix *Index, w KindWeights, near []Nearness, lang string) {
	u.Options = w.options(near)
	u.Sure = logP(u.Options, Answerable) - logP(u.Options, refused...)
	u.take(ix, w.choose(u.Options, lang))
}

// Decide is the kind of a message in a language that is so near to each.
func (w KindWeights) Decide(near []Nearness, lang string) Kind {
	return w.choose(w.options(near), lang).Kind
}

// choose chooses what a message in a language is taken for.
func (w KindWeights) choose(options []Option, lang string) Option {
	answered, not, unfounded := logP(options, Answerable), logP(options, refused...), logP(options, FalsePremise)
	asked := other(options)
	switch {
	case asked.LogP-answered >= w.Ask[asked.Kind] && asked.LogP >= max(not, unfounded):
		return asked
	case unfounded-answered >= w.Correct && unfounded >= not:
		return best(options, FalsePremise)
	case answered-not >= w.Keep[lang]:
		return best(options, Answerable)
	}
	return best(options, refused...)
}

// best is the most likely option of the kinds.
func best(options []Option, kinds ...Kind) Option {
	return options[slices.IndexFunc(options, func(o Option) bool { return slices.Contains(kinds, o.Kind) })]
}

// take takes an option for what the message is.
func (u *Understanding) take(ix *Index, o Option) {
	u.Kind = o.Kind
	if o.Kind != Open || o.Article < 0 {
		return
	}
	gaps := ix.banks[o.Article].Gaps
	if i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Name == o.Target && g.Named() }); i >= 0 {
		u.Gap = &gaps[i]
	}
}

// decideWithoutBank tells the kind where nothing was written ahead about the
// articles: by what anybody may write, and by what the best sentence has in
// common with the message.
func (u *Understanding) decideWithoutBank(ix *Index, l *look) {
	w := ix.learned.Kinds[ix.set(0)]
	var top Nearness
	for _, n := range ix.nearness(l) {
		if !slices.Contains(manyClasses, n.Kind) && n.Top > top.Top {
			top = n
		}
	}
	if top.Top >= w.Intent {
		u.take(ix, top.Option)
		return
	}
	u.onTopic(w)
}

// onTopic tells whether the best sentence has enough in common with the message.
func (u *Understanding) onTopic(w KindWeights) {
	u.Kind = OffTopic
	if len(u.Hits) == 0 {
		return
	}
	weights := w.OnTopic.vector()
	u.Sure = float64(u.Hits[0].why.score(&weights)) + w.Bias
	if u.Sure >= 0 {
		u.Kind = Answerable
	}
}
