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
