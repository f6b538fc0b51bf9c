package bot

import (
	"context"
	"fmt"

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
// their ids, word for word: what an earlier answer was proven by. Sentences
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

// Retell tells the claims of an answer in another style, each proven anew, or
// left as it is where nothing else could be proven. Without a model, and for
// the style AsWritten, the answer stays as it is.
func (a *Answerer) Retell(ctx context.Context, ans Answer, style Style) Answer {
	if a.writer == nil || style == AsWritten || len(ans.Claims) == 0 {
		return ans
	}
	ans.Question.Style = style
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
