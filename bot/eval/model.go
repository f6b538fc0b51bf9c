package eval

import (
	"slices"
	"time"

	"summitbot/bot"
)

// A Model sums up what a model did in an evaluation.
type Model struct {
	// Written is how often the answer was the model's, and not a fallback.
	Written Rate `json:"written"`
	// Upheld is the share of its statements that were upheld.
	Upheld Rate `json:"upheld"`
	// Cited is the share of the cited sentences that hold a gold piece, of
	// the questions that have an answer: how precise citations are.
	Cited Rate `json:"cited"`
	// Tokens are those of all answers together, Seconds the median time of
	// an answer.
	Tokens  int     `json:"tokens"`
	Seconds float64 `json:"seconds"`

	took []time.Duration
}

// countModel adds an outcome in which the model had a part.
func (r *Report) countModel(o Outcome) {
	a := o.Answer
	if a.Mode != bot.FromModel && a.Fallback == bot.NoFallback {
		return
	}
	if r.Model == nil {
		r.Model = &Model{}
	}
	m := r.Model
	m.Written.count(a.Mode == bot.FromModel)
	m.Tokens += a.Usage.Tokens()
	m.took = append(m.took, o.Took)
	m.Upheld.Of += a.Dropped
	if a.Mode != bot.FromModel {
		return
	}
	m.Upheld.Of += len(a.Claims)
	m.Upheld.Hits += len(a.Claims)
	if !o.Answerable {
		return
	}
	for _, c := range a.Claims {
		for _, q := range c.Quotes() {
			m.Cited.count(o.wants(q.Text))
		}
	}
}

func (m *Model) finish() {
	if m == nil {
		return
	}
	slices.Sort(m.took)
	m.Seconds = m.took[len(m.took)/2].Seconds()
}

func (m *Model) write(p *printer) {
	if m == nil {
		return
	}
	p.printf("answers by the model: %d of %d\nstatements upheld: %.3f (%d of %d)\ncited sentences that hold the evidence: %.3f (%d of %d)\n"+
		"tokens: %d (%d an answer), median time %.2f s\n\n",
		m.Written.Hits, m.Written.Of, m.Upheld.Share(), m.Upheld.Hits, m.Upheld.Of, m.Cited.Share(), m.Cited.Hits, m.Cited.Of,
		m.Tokens, m.Tokens/max(1, m.Written.Of), m.Seconds)
}
