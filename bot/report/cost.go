package report

import (
	"encoding/json"
	"math"
	"slices"
	"time"

	"summitbot/bot"
)

// Times are how long answers took.
type Times struct {
	// Name is a mode, or empty for all answers.
	Name string
	// N counts the answers that were measured.
	N             int
	P50, P90, P99 time.Duration
	// Bins counts them by how long they took; Bins[i] took less than
	// binEnds[i], and no less than the one before.
	Bins []int
}

// binEnds are the ends of the bins; the last holds the rest.
var binEnds = []time.Duration{
	time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, math.MaxInt64,
}

// MarshalJSON writes durations in milliseconds.
func (t Times) MarshalJSON() ([]byte, error) {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return json.Marshal(struct {
		Mode string  `json:"mode"`
		N    int     `json:"n"`
		P50  float64 `json:"p50_ms"`
		P90  float64 `json:"p90_ms"`
		P99  float64 `json:"p99_ms"`
	}{t.Name, t.N, ms(t.P50), ms(t.P90), ms(t.P99)})
}

// times measures all answers, and those of each mode if there are several.
func times(rows []*Row) []Times {
	all := map[string][]time.Duration{}
	for _, r := range rows {
		if r.Took > 0 {
			all[""] = append(all[""], r.Took)
			if r.Mode != "" {
				all[string(r.Mode)] = append(all[string(r.Mode)], r.Took)
			}
		}
	}
	out := []Times{}
	for _, name := range []string{"", string(bot.FromModel), string(bot.Quotes)} {
		if took := all[name]; len(took) > 0 && (name == "" || len(took) < len(all[""])) {
			out = append(out, timesOf(name, took))
		}
	}
	return out
}

// timesOf measures some answers.
func timesOf(name string, took []time.Duration) Times {
	slices.Sort(took)
	t := Times{Name: name, N: len(took), P50: quantile(took, 50), P90: quantile(took, 90), P99: quantile(took, 99), Bins: make([]int, len(binEnds))}
	for _, d := range took {
		t.Bins[slices.IndexFunc(binEnds, func(end time.Duration) bool { return d < end })]++
	}
	return t
}

// quantile is the nearest-rank percentile of sorted values: the least of them
// that at least so many in a hundred do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[(len(sorted)*percent+99)/100-1]
}

// spend sums up the tokens, and what they cost.
func (r *Report) spend(rows []*Row, p *Prices) {
	asked := 0
	for _, row := range rows {
		u := row.Usage
		r.Tokens.Calls += u.Calls
		r.Tokens.Prompt += u.PromptTokens
		r.Tokens.Cached += u.CachedTokens
		r.Tokens.Completion += u.CompletionTokens
		if u.Calls > 0 {
			asked++
		}
	}
	if p != nil {
		amount := p.of(r.Tokens)
		r.Cost = &Cost{Amount: amount, Currency: clip(clean(p.Currency), 8), Each: amount / float64(max(asked, 1))}
	}
}
