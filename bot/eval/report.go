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
	// First and Three are how often a sentence with a gold piece is the first,
	// or among the first three, of the hits; for questions that have an answer.
	First Rate `json:"first"`
	Three Rate `json:"three"`
	// Kept is how often something was claimed, Right how often the outcome is
	// the one that the kind is held to, see Outcome.right.
	Kept  Rate `json:"kept"`
	Right Rate `json:"right"`
}

// A Report sums up an evaluation.
type Report struct {
	Kinds []Kind `json:"kinds"`
	// Precision is how many of the quoted sentences hold a gold piece, where
	// there are such pieces.
	Precision Rate `json:"precision"`
	// Corrected is how often a false premise is named as such.
	Corrected Rate `json:"corrected"`
	// Misplaced counts quotations that are not the article's bytes at their offsets.
	Misplaced Rate `json:"misplaced"`
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
		k.Kept.count(!o.Refused)
		k.Right.count(o.right())
		if o.Answerable && len(o.alternatives()) > 0 {
			k.First.count(o.Place == 1)
			k.Three.count(o.Place > 0 && o.Place <= 3)
			r.Precision.Of += o.Quoted
			r.Precision.Hits += o.Useful
		}
		if o.Kind == falsePremise {
			r.Corrected.count(o.Answer.Verdict == bot.PremiseCorrected)
		}
		r.Broken.count(len(o.Broke) > 0)
		r.Misplaced.Of += o.Quoted
		r.Misplaced.Hits += o.Misplaced
		if !o.right() {
			r.Misses = append(r.Misses, o)
		}
		r.countModel(o)
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

// Kinds that are held to something of their own.
const (
	falsePremise = "false_premise"
	list         = "list"
	multihop     = "multihop"
	meta         = "meta"
)

// right says whether the outcome is the one that its kind is held to: a
// question without an answer claims nothing; a list is quoted whole and in
// order, a question of several parts whole; of a false premise, the sentence
// that says otherwise is quoted first; of any other question, a sentence that
// answers is among the first three, and something is quoted.
func (o Outcome) right() bool {
	if len(o.Broke) > 0 || o.Misplaced > 0 {
		return false
	}
	if !o.Answerable && o.Kind != falsePremise {
		return o.Refused
	}
	switch o.Kind {
	case list:
		return o.Whole && o.InOrder
	case multihop, meta:
		return o.Whole
	case falsePremise:
		return o.QuotedFirst
	}
	return !o.Refused && o.Place > 0 && o.Place <= 3
}

// Write writes the report as a table, and the misses below it.
func (r Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.printf("| kind | n | first | among 3 | kept | right (95 %%) |\n|---|--:|--:|--:|--:|---|\n")
	for _, k := range r.Kinds {
		name := k.Kind
		if !k.Answerable {
			name += " (no answer)"
		}
		low, high := k.Right.Interval()
		share := func(r Rate) string {
			if r.Of == 0 {
				return ""
			}
			return fmt.Sprintf("%.3f", r.Share())
		}
		p.printf("| %s | %d | %s | %s | %.3f | %.3f (%.3f–%.3f) |\n",
			name, k.Right.Of, share(k.First), share(k.Three), k.Kept.Share(), k.Right.Share(), low, high)
	}
	p.printf("\nquoted sentences that answer: %.3f (%d of %d)\n", r.Precision.Share(), r.Precision.Hits, r.Precision.Of)
	if r.Corrected.Of > 0 {
		p.printf("false premises named as such: %.3f (%d of %d)\n", r.Corrected.Share(), r.Corrected.Hits, r.Corrected.Of)
	}
	p.printf("quotations not at their offsets: %d of %d\n", r.Misplaced.Hits, r.Misplaced.Of)
	p.printf("answers with a forbidden string: %d of %d\n", r.Broken.Hits, r.Broken.Of)
	r.Model.write(p)
	return p.err
}

// WriteMisses writes the outcomes that fell short, a line each.
func (r Report) WriteMisses(w io.Writer) error {
	p := &printer{w: w}
	for _, o := range r.Misses {
		p.printf("%s\t%s\tplace %d\t%s\t%s\t%q\n", o.ID, o.Kind, o.Place, o.Answer.Kind, o.Answer.Verdict, o.Question)
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
