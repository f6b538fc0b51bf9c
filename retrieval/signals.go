package retrieval

// Signals are what an index knows of a message before it decides: what package
// learn learns the weights of.
type Signals struct {
	Sentences []FeatureVector // by sentence, through all articles
	Kinds     []Nearness
	Several   SeveralSignals
}

// NewIndex makes an index of articles and what was written ahead about each
// and about any, with a metric and the encoder's vectors of messages.
func NewIndex(articles []*Article, banks []*Bank, general *Bank, learned *Learned, metric *Metric, encode func(text string) []float32) *Index {
	ix := newIndex(articles, banks, general, learned, metric)
	ix.encode = encode
	return ix
}

// ByWords makes an index of articles about which nothing is known but their
// words.
func ByWords(articles ...*Article) (*Index, error) {
	learned, err := ReadLearned()
	if err != nil {
		return nil, err
	}
	banks := make([]*Bank, len(articles))
	for i := range banks {
		banks[i] = &Bank{}
	}
	return newIndex(articles, banks, &Bank{}, learned, nil), nil
}

// Signals are those of a message, lines of one author left out.
func (ix *Index) Signals(text, without string) Signals {
	l := ix.compare(text, ix.vector(text), without)
	return Signals{l.features, ix.nearness(l), ix.severalSignals(l)}
}

// FollowUpSignals are those of a message after another one.
func (ix *Index) FollowUpSignals(before, text, without string) FollowUpSignals {
	return ix.followUpSignals(ix.compare(text, ix.vector(text), without), ix.compare(Joined(before, text), ix.vector(Joined(before, text)), without))
}

// Mixed are the signals of a message after another one, looked for together
// with it: the message by itself has the given share.
func (ix *Index) Mixed(before, text, without string, share float32) Signals {
	alone, joined := ix.compare(text, ix.vector(text), without), ix.compare(Joined(before, text), ix.vector(Joined(before, text)), without)
	l := ix.mix(alone, joined, share)
	return Signals{l.features, ix.nearness(l), ix.severalSignals(l)}
}

// Joined is a message together with what was asked before it.
func Joined(before, text string) string { return before + " " + text }
