package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// Checked is what became of a message that was held against the articles.
type Checked struct {
	// Parts are the claims that it makes, the worst first; none where it makes
	// none.
	Parts []CheckedPart
	// More says that the message has claims beyond those.
	More bool
	// Fallback says why nobody judged although there is a model.
	Fallback Fallback
	Usage    Usage
}

// A CheckedPart is one claim of a message.
type CheckedPart struct {
	Text    string
	Finding Finding
	// Claims are the sentences by which it was found so; where the article does
	// not say it, or nobody judged, those that are nearest.
	Claims []Claim
}

// A Finding is what the articles say of a claim.
type Finding string

// The findings.
const (
	Contradicted Finding = "contradicted"   // it says otherwise
	NotSaid      Finding = "not_in_article" // it does not say
	Unjudged     Finding = "unjudged"       // nobody can tell
	Supported    Finding = "supported"      // the article says the same
)

// found are the findings of what a judge says.
var found = map[proof.Result]Finding{
	proof.Supported: Supported, proof.Contradicted: Contradicted, proof.NotSaid: NotSaid, proof.Unjudged: Unjudged,
}

// worst are the findings, the worst first.
var worst = []Finding{Contradicted, NotSaid, Unjudged, Supported}

const (
	// mostParts is how many claims of a message are checked.
	mostParts = 6
	// weighed is how many sentences a claim is held against, each of which is
	// shown where they tell.
	weighed = 3
)

// Check holds each claim of somebody's message against the articles. What is a
// sentence of theirs is supported; of all else a judge says what it is, or there
// are only the nearest sentences, and no verdict. The error is the context's.
func (a *Answerer) Check(ctx context.Context, message string) (Checked, error) {
	if err := ctx.Err(); err != nil {
		return Checked{}, err
	}
	var out Checked
	c := composing{Answerer: a}
	var checks []proof.Check
	open := map[int]proof.Check{} // by part
	texts, more := claimsIn(clip(message))
	out.More = more
	for _, text := range texts {
		n := len(out.Parts)
		part := CheckedPart{Text: text, Finding: Unjudged}
		hits := a.index.Search(text, searched)
		if !a.recites(&part, hits) {
			open[n] = a.weigh(&part, inOrder(hits[:min(weighed, len(hits))]))
			checks = append(checks, open[n])
		}
		out.Parts = append(out.Parts, part)
	}
	var judged proof.Judgements
	if len(checks) > 0 && a.writer != nil {
		ctx, cancel := context.WithTimeout(ctx, a.writer.patience)
		defer cancel()
		judged = c.judge(ctx, checks...)
		out.Usage = c.ans.Usage
		if c.why != NotJudged {
			out.Fallback = c.why
		}
	}
	for n, check := range open {
		out.Parts[n].Finding = found[judged.Of(check)]
	}
	slices.SortStableFunc(out.Parts, func(x, y CheckedPart) int {
		return cmp.Compare(slices.Index(worst, x.Finding), slices.Index(worst, y.Finding))
	})
	return out, ctx.Err()
}

// claimsIn are the sentences of a message that say something, as many as are
// checked, and whether there are more.
func claimsIn(message string) (all []string, more bool) {
	for line := range strings.Lines(message) {
		for _, part := range retrieval.Sentences(line) {
			if part = strings.Join(strings.Fields(part), " "); !retrieval.HasWords(part) {
				continue
			}
			if len(all) == mostParts {
				return all, true
			}
			all = append(all, part)
		}
	}
	return all, false
}

// weigh is what a judge is asked of a claim: whether the nearest sentences, each
// with what it leans on, bear it out. They are shown with what it says.
func (a *Answerer) weigh(part *CheckedPart, near []retrieval.Hit) proof.Check {
	check := proof.Check{Kind: proof.OfClaim, Statement: part.Text}
	for _, h := range near {
		check.Evidence = append(check.Evidence, a.gate.Shown(h.Place))
		if q, err := a.gate.Quote("", whole(h.Place)); err == nil {
			part.Claims = append(part.Claims, q)
		}
	}
	return check
}

// recites answers a claim that is a sentence of an article, but for case,
// punctuation and spaces: that it supports it is no judgement.
func (a *Answerer) recites(part *CheckedPart, hits []retrieval.Hit) bool {
	for _, h := range hits {
		if q, ok := a.gate.Recited(Statement{Text: part.Text, Evidence: []Evidence{whole(h.Place)}}); ok {
			part.Finding, part.Claims = Supported, []Claim{q}
			return true
		}
	}
	return false
}
