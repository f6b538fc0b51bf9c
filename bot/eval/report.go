package eval

import (
	"fmt"
	"io"
	"math"
	"slices"

	"summitbot/bot"
)

// A Rate is a share of cases.
type Rate struct {
	Hits int `json:"hits"`
	Of   int `json:"of"`
}

// Share is the rate as a number from 0 to 1; 0 when there is no case.
func (r Rate) Share() float64 {
	if r.Of == 0 {
		return 0
	}
	return float64(r.Hits) / float64(r.Of)
}

// Interval is the 95 % Wilson score interval of the share (Wilson, "Probable
// Inference, the Law of Succession, and Statistical Inference", 1927).
func (r Rate) Interval() (low, high float64) {
	if r.Of == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(r.Of), r.Share()
	mid := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return (mid - half) / (1 + z*z/n), (mid + half) / (1 + z*z/n)
}

// count adds one case.
func (r *Rate) count(hit bool) {
	r.Of++
	if hit {
		r.Hits++
	}
}

// A Kind sums up the outcomes of one kind of cases.
type Kind struct {
	Kind       string `json:"kind"`
	Answerable bool   `json:"answerable"`
	// At1, At3 and At6 are how often the evidence stands within the first
	// claims; for questions that have an answer.
	At1 Rate `json:"at1"`
	At3 Rate `json:"at3"`
	At6 Rate `json:"at6"`
	// Refused is how often nothing was claimed, Right how often the outcome
	// is one that the case expects: an answer, a refusal, or, where the
	// case allows it, the premise corrected.
	Refused Rate `json:"refused"`
	Right   Rate `json:"right"`
	// Recall and Precision are means; for lists.
	Recall    float64 `json:"recall,omitempty"`
	Precision float64 `json:"precision,omitempty"`
}

// A Report sums up an evaluation.
type Report struct {
	Kinds []Kind `json:"kinds"`
	// Kept is how often a question that has an answer was not refused.
	Kept Rate `json:"kept"`
	// Broken counts the answers that hold a forbidden string.
	Broken Rate `json:"broken"`
	// Model are the figures of the model's part, nil without one.
	Model *Model `json:"model,omitempty"`
	// Misses are the outcomes that fell short.
	Misses []Outcome `json:"-"`
}

// Summarise sums up outcomes, kind by kind in the order of first appearance.
func Summarise(outcomes []Outcome) Report {
	var r Report
	for _, o := range outcomes {
		k := r.kind(o.Kind, o.Answerable)
		k.Refused.count(o.Refused)
		k.Right.count(o.right())
		r.Broken.count(len(o.Broke) > 0)
		if o.Answerable {
			k.At1.count(o.Rank == 1)
			k.At3.count(o.Rank > 0 && o.Rank <= 3)
			k.At6.count(o.Rank > 0 && o.Rank <= 6)
			r.Kept.count(!o.Refused)
			k.Recall += o.Recall
			k.Precision += o.Precision
		}
		if o.missed() {
			r.Misses = append(r.Misses, o)
		}
		r.countModel(o)
	}
	for i := range r.Kinds {
		n := float64(max(r.Kinds[i].At1.Of, 1))
		r.Kinds[i].Recall /= n
		r.Kinds[i].Precision /= n
	}
	r.Model.finish()
	return r
}

// kind is the summary of a kind of cases, made when first asked for.
func (r *Report) kind(name string, answerable bool) *Kind {
	i := slices.IndexFunc(r.Kinds, func(k Kind) bool { return k.Kind == name && k.Answerable == answerable })
	if i < 0 {
		i = len(r.Kinds)
		r.Kinds = append(r.Kinds, Kind{Kind: name, Answerable: answerable})
	}
	return &r.Kinds[i]
}

// right says whether the outcome is one that the case expects.
func (o Outcome) right() bool {
	switch o.Expect {
	case "refuse":
		return o.Refused
	case "correct_premise_or_refuse":
		return o.Refused || o.Answer.Verdict == bot.PremiseCorrected || o.Kind != "false_premise" && o.Rank > 0
	}
	return !o.Refused
}

// missed says whether the outcome fell short of what its kind is held to.
func (o Outcome) missed() bool {
	switch {
	case len(o.Broke) > 0 || !o.right():
		return true
	case !o.Answerable:
		return false
	case o.Kind == "list":
		return o.Recall < 1 || o.Precision < 1
	case o.Kind == "multihop":
		return o.Rank == 0 || o.Rank > 6
	}
	return o.Rank == 0 || o.Rank > 3
}

// Write writes the report as a table, and the misses below it.
func (r Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.printf("| kind | n | evidence in 1 | in 3 | in 6 | refused | as expected (95 %%) |\n|---|--:|--:|--:|--:|--:|---|\n")
	for _, k := range r.Kinds {
		name := k.Kind
		if !k.Answerable {
			name += " (no answer)"
		}
		low, high := k.Right.Interval()
		at := func(r Rate) string {
			if r.Of == 0 {
				return ""
			}
			return fmt.Sprintf("%.3f", r.Share())
		}
		p.printf("| %s | %d | %s | %s | %s | %.3f | %.3f (%.3f–%.3f) |\n",
			name, k.Right.Of, at(k.At1), at(k.At3), at(k.At6), k.Refused.Share(), k.Right.Share(), low, high)
	}
	for _, k := range r.Kinds {
		if k.Kind == "list" {
			p.printf("\nlists: recall %.3f, precision %.3f\n", k.Recall, k.Precision)
		}
	}
	low, high := r.Kept.Interval()
	p.printf("answerable questions kept: %.3f (%.3f–%.3f)\nanswers with a forbidden string: %d of %d\n\n",
		r.Kept.Share(), low, high, r.Broken.Hits, r.Broken.Of)
	r.Model.write(p)
	for _, o := range r.Misses {
		p.printf("miss %s %s rank=%d refused=%t verdict=%s %q\n", o.ID, o.Kind, o.Rank, o.Refused, o.Answer.Verdict, o.Question)
	}
	return p.err
}

// A printer prints until an error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
