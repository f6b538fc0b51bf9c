package bot

import (
	"context"
	"slices"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// Style is how a list is told.
type Style string

// The styles.
const (
	AsWritten Style = ""       // in the article's own words
	Brief     Style = "brief"  // in a few words
	Plain     Style = "plain"  // in words that anybody understands
	Debate    Style = "debate" // as arguments that one can put to others
)

// styles say to a model what is meant.
var styles = map[Style]string{
	Brief:  "in at most fifteen words each",
	Plain:  "in plain words that a reader of fourteen understands, in one or two short sentences each",
	Debate: "as a point that can be put in a debate, in one or two sentences each, neutral in tone",
}

// restyle tells a list's items in the model's words. An item of which nothing
// was proven stays in the article's, so that there are never fewer.
func (a *Answerer) restyle(ctx context.Context, offline Answer, show func(Answer)) Answer {
	ans := offline
	ans.Claims = slices.Clone(offline.Claims)
	told := make([]bool, len(ans.Claims))
	var items []prompts.Item
	for _, c := range ans.Claims {
		item := prompts.Item{Text: c.text}
		for _, q := range c.quotes {
			item.Sentences = append(item.Sentences, q.Sentence)
		}
		items = append(items, item)
	}
	var hits []retrieval.Hit // the list's own passages
	for _, c := range ans.Claims {
		for _, q := range c.quotes {
			if at, ok := a.find(Evidence{Article: q.Article, Sentence: q.Sentence}); ok {
				hits = append(hits, retrieval.Hit{Place: at})
			}
		}
	}
	shown := prompts.Pack(a.articles, hits, a.writer.passages())
	d := newDraft(shown)
	asked := prompts.List(shown, items, styles[ans.Question.Style], "")
	usage, err := a.writer.ask(ctx, asked, func(text string) error {
		statements, err := d.write(text)
		for _, s := range statements {
			if a.tell(&ans, told, s) && show != nil {
				partial := ans
				partial.Claims = slices.Clone(ans.Claims)
				show(partial)
			}
		}
		return err
	})
	a.writer.budget.spend(ctx, ans.Question, usage)
	ans.Usage = usage
	n := 0
	for _, t := range told {
		if t {
			n++
		}
	}
	switch {
	case n == 0 && err != nil:
		ans.Fallback = NoModelReply
	case n == 0:
		ans.Fallback = NothingLeft
	case n < len(told):
		ans.Mode, ans.Fallback = FromModel, CutOff
	default:
		ans.Mode = FromModel
	}
	ans.Dropped = len(told) - n
	ans.Badge = badge(ans.Claims)
	return ans
}

// tell puts a statement in the place of the item that its evidence is from,
// if it is proven. It says whether there is one.
func (a *Answerer) tell(ans *Answer, told []bool, s Statement) bool {
	i := slices.IndexFunc(ans.Claims, func(c Claim) bool {
		return len(s.Evidence) > 0 && !slices.ContainsFunc(s.Evidence, func(e Evidence) bool {
			return !slices.ContainsFunc(c.quotes, func(q Quote) bool { return q.Article == e.Article && q.Sentence == e.Sentence })
		})
	})
	if i < 0 || told[i] {
		return false
	}
	s.Group = ans.Claims[i].group
	claim, err := a.proveFor(ans.Question.Text, s)
	if err != nil {
		a.writer.unproven(err)
		return false
	}
	ans.Claims[i], told[i] = claim, true
	return true
}
