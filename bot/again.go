package bot

import (
	"context"
	"fmt"
	"slices"

	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// Complete returns questions that go on from what a member has typed so far,
// in a language, best first: at most limit of them, of at most most characters
// each. The article answers each of them.
func (a *Answerer) Complete(typed, lang string, limit, most int) []string {
	return a.index.Complete(clip(typed), lang, limit, most)
}

// Recite answers with sentences of an article, named by the article's slug and
// their ids, word for word: what an earlier answer rests on. Sentences
// that there are not, or that no message may hold, are an error.
func (a *Answerer) Recite(q Question, article string, sentences []string) (Answer, error) {
	ans := Answer{Question: q, Verdict: Answered, Mode: Quotes}
	for _, id := range sentences {
		at, ok := a.gate.Find(Evidence{Article: article, Sentence: id})
		if !ok {
			return Answer{}, fmt.Errorf("the article %q has no sentence %q", article, id)
		}
		claim, err := a.gate.Quote("", Evidence{Article: article, Sentence: id})
		if err != nil {
			return Answer{}, fmt.Errorf("reciting %s: %w", id, err)
		}
		ans.Claims = append(ans.Claims, claim)
		ans.List = ans.List || at.Passage.Kind == retrieval.Bullet
	}
	ans.Badge = badge(ans.Claims)
	return ans, nil
}

// Passages are the passages of an article, in order, each quoted whole.
func Passages(a *retrieval.Article) []Quote { return proof.Passages(a) }

// Retells says whether an answer can be told in a style: in a model's words that
// a judge has to uphold, or, in short, by the labels of a list.
func (a *Answerer) Retells(ans Answer, style Style) bool {
	return style == AsWritten || a.restyles() || style == Brief && ans.List && labelled(ans.Claims)
}

// restyles says whether there is a model, and a judge for its words.
func (a *Answerer) restyles() bool { return a.writer != nil && a.writer.court.trusted() }

// labelled says whether every claim is a list's item with a label.
func labelled(claims []Claim) bool {
	return !slices.ContainsFunc(claims, func(c Claim) bool { _, ok := c.Label(); return !ok })
}

// Retell tells the claims of an answer in another style, each judged, or left as
// it is where it was not upheld. Where it cannot be told so, and for the style
// AsWritten, the answer stays as it is.
func (a *Answerer) Retell(ctx context.Context, ans Answer, style Style) Answer {
	if style == AsWritten || len(ans.Claims) == 0 || !a.Retells(ans, style) {
		return ans
	}
	ans.Question.Style = style
	if !a.restyles() {
		ans.Claims = slices.Clone(ans.Claims)
		for i, c := range ans.Claims {
			ans.Claims[i], _ = c.Label()
		}
		return ans
	}
	if a.writer.budget.spent(ctx) {
		ans.Fallback = BudgetSpent
		return ans
	}
	ctx, cancel := context.WithTimeout(ctx, a.writer.patience)
	defer cancel()
	return a.restyle(ctx, ans, nil)
}

// Articles are what is answered from.
func (a *Answerer) Articles() []*retrieval.Article { return a.articles }
