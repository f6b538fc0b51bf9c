package retrieval

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
)

// Learned are the numbers that were learned, all of them: package learn makes
// the file, which says by which command and of what.
type Learned struct {
	// Command made the file, of the data that Source is the hash of.
	Command string `json:"command"`
	Source  string `json:"source"`
	// Ranking are the features' weights, by what is known of an article.
	Ranking map[string]FeatureWeights `json:"ranking"`
	// Kinds tell kinds of messages apart, by the same; see KindWeights.
	Kinds map[string]KindWeights `json:"kinds"`
	// FollowUp tells messages that need what was said before.
	FollowUp FollowUpWeights `json:"follow_up"`
	// Quoting says how much of the best sentence's score a further one needs
	// to be quoted beside it.
	Quoting QuotingWeights `json:"quoting"`
	// Metric and Mean are a Metric: 16 bits a number, in base64.
	Metric encodedMetric `json:"metric"`
}

// What is known of an article.
const (
	BankAndMeaning = "bank and meaning"
	BankAlone      = "bank without meaning"
	MeaningAlone   = "meaning without a bank"
	WordsAlone     = "words alone"
)

type encodedMetric struct {
	Mean encodedRow   `json:"mean"`
	Rows []encodedRow `json:"rows"`
}

// An encodedRow is numbers as 16-bit multiples of a scale.
type encodedRow struct {
	Scale   float32 `json:"scale"`
	Numbers string  `json:"numbers"`
}

// encodeRow rounds numbers to 16 bits.
func encodeRow(v []float32) encodedRow {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	r := encodedRow{Scale: most / math.MaxInt16}
	data := make([]byte, 0, 2*len(v))
	for _, x := range v {
		n := int16(math.Round(float64(x) / float64(r.Scale)))
		data = append(data, byte(n), byte(n>>8))
	}
	r.Numbers = base64.StdEncoding.EncodeToString(data)
	return r
}

// floats are the row's numbers.
func (r encodedRow) floats() ([]float32, error) {
	data, err := base64.StdEncoding.DecodeString(r.Numbers)
	if err != nil {
		return nil, err
	}
	out := make([]float32, len(data)/2)
	for i := range out {
		out[i] = float32(int16(uint16(data[2*i])|uint16(data[2*i+1])<<8)) * r.Scale
	}
	return out, nil
}

// SetMetric keeps a metric, rounded.
func (l *Learned) SetMetric(m *Metric) {
	l.Metric = encodedMetric{Mean: encodeRow(m.Mean)}
	for _, r := range m.Rows {
		l.Metric.Rows = append(l.Metric.Rows, encodeRow(r))
	}
}

// TheMetric is the metric as it is kept.
func (l *Learned) TheMetric() (*Metric, error) {
	m := &Metric{}
	var err error
	if m.Mean, err = l.Metric.Mean.floats(); err != nil {
		return nil, err
	}
	for _, row := range l.Metric.Rows {
		r, err := row.floats()
		if err != nil {
			return nil, err
		}
		if len(r) != len(m.Mean) {
			return nil, fmt.Errorf("a row of the metric has %d numbers, the mean %d", len(r), len(m.Mean))
		}
		m.Rows = append(m.Rows, r)
	}
	if len(m.Rows) != MetricWidth {
		return nil, fmt.Errorf("the metric has %d rows, not %d", len(m.Rows), MetricWidth)
	}
	return m, nil
}

//go:embed learned.json
var learnedFile []byte

// ReadLearned returns what was learned, as the program holds it.
func ReadLearned() (*Learned, error) {
	l := &Learned{}
	if err := json.Unmarshal(learnedFile, l); err != nil {
		return nil, fmt.Errorf("reading learned.json: %w; make it anew with \"go generate ./seeds\"", err)
	}
	return l, nil
}

// FollowUpWeights tell, by logistic regression, whether a message needs what
// was asked before it to be understood.
type FollowUpWeights struct {
	// Exemplars weighs how much nearer the message is to messages that need
	// it than to those that do not, Alone how near anything is to it by
	// itself, Joined how near to it together with what was asked before,
	// Length the logarithm of its letters.
	Exemplars, Alone, Joined, Length, Bias float64
	// Mixed is the share that the message by itself has in what is looked for
	// where it needs what was asked before.
	Mixed float64
}

// KindWeights tell what kind of message something is: a softmax over all
// kinds, of how near the message is to the kinds' lines.
type KindWeights struct {
	// By is by kind what its nearness weighs. Of the kinds Answerable, Open
	// and FalsePremise, which have many classes, Top is the weight of the
	// nearest class and All that of all of them together.
	By map[Kind]Weights `json:"by"`
	// Keep are the log odds from which on a message is answered rather than
	// refused, by its language, Correct those from which on it is taken to have a false premise,
	// Ask those from which on it is taken to be of another kind, such as one
	// that asks for a section, rather than to ask for a sentence.
	Keep    map[string]float64 `json:"keep"`
	Correct float64            `json:"correct"`
	Ask     map[Kind]float64   `json:"ask"`
	// Several tell messages with several questions from others; from the odds
	// Split on a message is taken for one.
	Several SeveralWeights `json:"several"`
	Split   float64        `json:"split"`
	// OnTopic are the weights of the best sentence's features by which a
	// message is told to be about the article at all, where there is no bank,
	// Bias what is added, and Intent the nearness from which on it is an intent.
	OnTopic FeatureWeights `json:"on_topic,omitempty"`
	Bias    float64        `json:"bias,omitempty"`
	Intent  float64        `json:"intent,omitempty"`
}

// SeveralWeights tell, by logistic regression, messages with several questions
// from those with one.
type SeveralWeights struct {
	// Exemplars weighs how much nearer the message is to messages with several
	// questions than to any single one, Second and Third by how much the second
	// and the third sentence are behind the best. How long it is does not tell:
	// people ask one thing at length.
	Exemplars, Second, Third, Bias float64
}
