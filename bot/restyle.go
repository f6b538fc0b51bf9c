package bot

import (
	"cmp"
	"context"
	"slices"

	"summitbot/bot/proof"
	"summitbot/prompts"
	"summitbot/retrieval"
)

// styles say to a model what is meant.
var styles = map[Style]string{
	Brief:  "in at most fifteen words each",
	Plain:  "in plain words that a reader of fourteen understands, in one or two short sentences each",
	Debate: "as a point that can be put in a debate, in one or two sentences each, neutral in tone",
}

// restyle tells a list's items in the model's words. An item of which nothing
// was upheld stays in the article's, so that there are never fewer.
func (a *Answerer) restyle(ctx context.Context, offline Answer, show func(Answer)) Answer {
	ans := offline
	ans.Claims = slices.Clone(offline.Claims)
	told := make([]bool, len(ans.Claims))
	var items []prompts.Item
	for _, c := range ans.Claims {
		item := prompts.Item{Text: c.Text()}
		for _, q := range c.Quotes() {
			item.Sentences = append(item.Sentences, q.Sentence)
		}
		items = append(items, item)
	}
	var hits []retrieval.Hit // the list's own passages
	for _, c := range ans.Claims {
		for _, q := range c.Quotes() {
			if at, ok := a.gate.Find(Evidence{Article: q.Article, Sentence: q.Sentence}); ok {
				hits = append(hits, retrieval.Hit{Place: at})
			}
		}
	}
	c := newComposing(a, offline, nil)
	shown := prompts.Pack(a.articles, hits, a.writer.passages())
	d := newDraft(shown)
	asked := prompts.List(shown, items, styles[ans.Question.Style])
	usage, err := a.writer.ask(ctx, asked, func(text string) error {
		statements, err := d.write(text)
		for _, s := range statements {
			c.retell(ans.Claims, s)
		}
		return err
	})
	a.writer.budget.spend(ctx, ans.Question, usage)
	c.ans.Usage = usage
	var checks []proof.Check
	for _, p := range c.slots {
		checks = append(checks, p.examined.Check())
	}
	judged := c.judge(ctx, checks...)
	ans.Usage, ans.unjudged = c.ans.Usage, c.ans.unjudged
	n := 0
	for _, p := range c.slots {
		if claim, ok := p.examined.Upheld(judged); ok && !told[p.of] {
			ans.Claims[p.of], told[p.of] = claim, true
			n++
		}
	}
	switch {
	case n == 0 && err != nil:
		ans.Fallback = NoModelReply
	case n == 0:
		ans.Fallback = cmp.Or(c.why, NothingLeft)
	case n < len(told) && err != nil:
		ans.Mode, ans.Fallback = FromModel, CutOff
	case n < len(told):
		ans.Mode, ans.Fallback = FromModel, c.why
	default:
		ans.Mode = FromModel
	}
	ans.Dropped = len(told) - n
	ans.Badge = badge(ans.Claims)
	if show != nil && n > 0 {
		show(ans)
	}
	return ans
}

// retell gives a statement the place of the claim whose sentences it names, if
// code finds nothing wrong with it.
func (c *composing) retell(claims []Claim, s Statement) {
	i := slices.IndexFunc(claims, func(claim Claim) bool {
		return len(s.Evidence) > 0 && !slices.ContainsFunc(s.Evidence, func(e Evidence) bool {
			return !slices.ContainsFunc(claim.Quotes(), func(q Quote) bool { return q.Article == e.Article && q.Sentence == e.Sentence })
		})
	})
	if i < 0 {
		return
	}
	s.Group, s.Evidence = claims[i].Group(), claims[i].Statement().Evidence
	x, err := c.gate.Examine(s, c.ans.Question.Text)
	if err != nil {
		c.writer.unproven(err)
		return
	}
	c.slots = append(c.slots, slot{examined: x, open: true, of: i})
}
