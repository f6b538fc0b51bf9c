package bot

import (
	"context"
	"strings"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// Checked is what an article says of somebody's claim.
type Checked struct {
	Finding Finding
	// Claims are what the article says, proven; none where it says nothing
	// or nobody judged.
	Claims []Claim
	// Near are the passages nearest to the claim, best first, where there
	// are no Claims.
	Near []Quote
	// Fallback says why there is no judgement although there is a model.
	Fallback Fallback
	Dropped  int // statements that could not be proven
	Usage    Usage
}

// Finding says how a claim stands to the article.
type Finding string

// The findings.
const (
	Supported    Finding = "supported"      // the article says the same
	Contradicted Finding = "contradicted"   // it says otherwise
	Mixed        Finding = "mixed"          // it bears out a part, and not the rest
	NotSaid      Finding = "not_in_article" // it does not say
	Unjudged     Finding = "unjudged"       // without a model, nobody can tell
)

// Check checks what somebody claims against the articles. A sentence of theirs
// is supported; all else a model judges. Without one, or when it fails,
// Check finds the nearest passages and leaves the judgement to the reader. The
// error is the context's.
func (a *Answerer) Check(ctx context.Context, claim string) (Checked, error) {
	if err := ctx.Err(); err != nil {
		return Checked{}, err
	}
	claim = clip(claim)
	hits := a.index.Search(claim, searched)
	out := Checked{Finding: Unjudged}
	switch {
	case !retrieval.HasWords(claim):
		out.Finding = NotSaid
		return out, nil
	case a.recites(claim, hits, &out):
		return out, nil
	case a.writer == nil:
	case a.writer.budget.spent(ctx):
		out.Fallback = BudgetSpent
	default:
		out = a.judge(ctx, claim, hits)
	}
	if len(out.Claims) == 0 {
		for _, h := range hits[:min(nearest, len(hits))] {
			out.Near = append(out.Near, quoteAt(h.Place, h.Sentence.Span))
		}
	}
	return out, ctx.Err()
}

// recites says whether a claim is a sentence of an article word for word, and
// if so fills in that it is supported. Anything less is not for code to judge:
// the gate is made for statements that are shown with their quotations, and
// lets other words for the same thing pass.
func (a *Answerer) recites(claim string, hits []retrieval.Hit, out *Checked) bool {
	for _, h := range hits {
		if !strings.EqualFold(strings.Trim(plainly(claim), " ."), strings.Trim(plainly(h.Text()), " .")) {
			continue
		}
		said, err := a.Recite(Question{}, h.Article.Slug, []string{h.Sentence.ID})
		if err != nil {
			return false
		}
		out.Finding, out.Claims = Supported, said.Claims
		return true
	}
	return false
}

// judge asks the model what the articles say of a claim. A judgement without
// a proven statement is none, but that they do not say.
func (a *Answerer) judge(ctx context.Context, claim string, hits []retrieval.Hit) Checked {
	ctx, cancel := context.WithTimeout(ctx, a.writer.patience)
	defer cancel()
	c := composing{Answerer: a, ans: Answer{Question: Question{Text: claim}}}
	d, err := c.fit(ctx, a.forPrompt(claim, hits), func(shown prompts.Passages) prompts.Prompt { return prompts.Check(shown, claim) })
	out := Checked{Finding: Unjudged, Claims: c.ans.Claims, Dropped: c.ans.Dropped, Usage: c.ans.Usage}
	switch {
	case err != nil:
		out.Fallback = NoModelReply
		out.Claims = nil
	case (d.Verdict == NotInArticle || d.Verdict == OutOfScope) && len(out.Claims) == 0:
		out.Finding = NotSaid
	case len(out.Claims) == 0:
		out.Fallback = NothingLeft
	case d.Verdict == PremiseCorrected:
		out.Finding = Contradicted
	case d.Verdict == Answered && out.Dropped == 0:
		out.Finding = Supported
	default:
		out.Finding = Mixed
	}
	return out
}
