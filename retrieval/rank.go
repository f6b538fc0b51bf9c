package retrieval

// A Feature is one reason for which a sentence may answer a message.
type Feature int

// The features of a sentence.
const (
	BankMeaning     Feature = iota // nearness to its lines in the bank, by meaning
	BankLetters                    // and by letters
	PremiseMeaning                 // nearness to lines whose false premise it contradicts, by meaning
	PremiseLetters                 // and by letters
	SentenceMeaning                // nearness to the sentence itself, by meaning
	SentenceLetters                // and by letters
	SentenceWords                  // the words that both share, by BM25
	PassageMeaning                 // the same of the best sentence of its passage
	PassageLetters
	PassageWords   // the words of its passage, heading and label
	PassageAverage // the mean of SentenceMeaning over its passage
	BeforeMeaning  // of the sentence before
	AfterMeaning   // and of the one after
	Opens          // it is the first of its passage
	Features
)

// featureNames are the features' names, in learned.json and in explanations.
var featureNames = [Features]string{
	"bank, meaning", "bank, letters", "premises, meaning", "premises, letters",
	"sentence, meaning", "sentence, letters", "sentence, words",
	"passage, meaning", "passage, letters", "passage, words", "passage, mean meaning",
	"sentence before, meaning", "sentence after, meaning", "opens its passage",
}

// String is the feature's name.
func (f Feature) String() string { return featureNames[f] }

// A FeatureVector holds the features of one sentence; those that are not known
// are 0.
type FeatureVector [Features]float32

// FeatureWeights are the features' weights, by their names.
type FeatureWeights map[string]float32

// vector are the weights in the features' order.
func (w FeatureWeights) vector() (v FeatureVector) {
	for f := range Features {
		v[f] = w[featureNames[f]]
	}
	return v
}

// Score is the weighted sum of features.
func (w FeatureWeights) Score(v FeatureVector) float32 {
	weights := w.vector()
	return v.score(&weights)
}

// score is the weighted sum of the features.
func (v *FeatureVector) score(weights *FeatureVector) float32 {
	var s float32
	for i, x := range v {
		s += float32(x * weights[i])
	}
	return s
}

// QuotingWeights say what of the hits is quoted.
type QuotingWeights struct {
	// Further is by how much at most a further sentence's score may be below
	// the best one's to be quoted beside it.
	Further float64 `json:"further"`
	// Several is the same where a message has several questions.
	Several float64 `json:"several"`
}
