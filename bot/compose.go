package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"summitbot/bot/proof"
	"summitbot/prompts"
	"summitbot/retrieval"
)

// considered is how many sentences are put forward for a prompt that does not
// hold the articles whole.
const considered = 200

// forPrompt are the hits whose passages a prompt for the question shows first.
func (a *Answerer) forPrompt(question string, hits []retrieval.Hit) []retrieval.Hit {
	if prompts.Fits(a.articles, a.writer.tokens) {
		return hits
	}
	return a.index.Search(question, considered)
}

// composing is an answer that the model is writing.
type composing struct {
	*Answerer
	offline Answer // in the article's own words
	ans     Answer
	show    func(Answer)
	slots   []slot
	open    int      // how many of them are for the judge
	why     Fallback // why no judge was asked, or gave no word
}

// mostJudged is how many statements of an answer a judge is asked of, which bounds
// the request; of more the sentences are quoted.
const mostJudged = 8

// A slot is the place of one statement in an answer: its words when they may
// be said, and until then, or for good, the sentences that it cites.
type slot struct {
	examined proof.Examined
	open     bool    // it may be said when the judge upholds it
	words    *Claim  // what is said; nil while nothing is but its sentences
	quotes   []Claim // its sentences, as far as they bear on the question
	of       int     // the claim of a list that it tells in other words
}

func newComposing(a *Answerer, offline Answer, show func(Answer)) *composing {
	c := &composing{Answerer: a, offline: offline, ans: offline, show: show}
	c.ans.Mode, c.ans.Claims, c.ans.Refusal, c.ans.Near, c.ans.Next = FromModel, nil, nil, nil, nil
	c.ans.Verdict = Answered
	return c
}

// draft asks for one reply and examines its statements as they come.
func (c *composing) draft(ctx context.Context, p prompts.Prompt, shown prompts.Passages) (*draft, error) {
	d := newDraft(shown)
	usage, err := c.writer.ask(ctx, p, func(text string) error {
		statements, err := d.write(text)
		for _, s := range statements {
			c.take(s)
		}
		return err
	})
	c.ans.Usage.add(usage)
	c.writer.budget.spend(ctx, c.ans.Question, usage)
	if err == nil {
		err = d.close()
	}
	return d, err
}

// take gives a statement its place, and shows the sentences that it cites.
func (c *composing) take(s Statement) {
	x, err := c.gate.Examine(s, c.ans.asked())
	if err != nil {
		c.writer.unproven(err)
		c.ans.Dropped++
	}
	p := slot{examined: x, open: err == nil && c.open < mostJudged}
	if own, ok := x.Quotation(); ok && err == nil {
		p.words, p.open = &own, false
	}
	for _, e := range s.Evidence {
		if q, err := c.gate.Quote("", e); err == nil && c.bears(q) {
			p.quotes = append(p.quotes, q)
		}
	}
	if p.words == nil && !p.open && len(p.quotes) == 0 {
		return
	}
	if p.open {
		c.open++
	}
	c.slots = append(c.slots, p)
	c.lay()
	if c.show != nil && len(c.ans.Claims) > 0 {
		partial := c.ans
		partial.Claims = slices.Clone(partial.Claims)
		c.show(partial)
	}
}

// bears says whether the search found, too, that a sentence bears on the
// question.
func (c *composing) bears(q Claim) bool {
	return c.offline.Refusal == nil && slices.ContainsFunc(c.offline.Hits, func(h retrieval.Hit) bool { return q.Holds(h.Place) })
}

// lay lays the claims out, each sentence quoted once.
func (c *composing) lay() {
	c.ans.Claims = nil
	if c.corrects() { // whatever the model says of it
		for _, claim := range c.offline.Claims {
			c.add(claim)
		}
	}
	for _, p := range c.slots {
		if p.words != nil {
			c.add(*p.words)
			continue
		}
		for _, q := range p.quotes {
			c.add(q)
		}
	}
	c.ans.Badge = badge(c.ans.Claims)
}

// corrects says whether the search knows the question to take something false for
// true; its correction then stands before what the model says.
func (c *composing) corrects() bool { return c.offline.Verdict == PremiseCorrected }

// add adds a claim, unless that is said already.
func (c *composing) add(claim Claim) {
	for _, have := range c.ans.Claims {
		if have.Text() == claim.Text() || have.How() == proof.Quoted && claim.How() == proof.Quoted && strings.Contains(have.Text(), claim.Text()) {
			return
		}
	}
	if n := len(c.ans.Claims); n > 0 {
		claim = claim.After(c.ans.Claims[n-1])
	}
	c.ans.Claims = append(c.ans.Claims, claim)
}

// decide has the judge say what of the draft may be said, all in one request.
func (c *composing) decide(ctx context.Context, d *draft) {
	var checks []proof.Check
	for _, p := range c.slots {
		if p.open {
			checks = append(checks, p.examined.Check())
		}
	}
	direct, missing := c.directly(d), c.missing(d)
	checks = append(append(checks, direct...), missing...)
	judged := c.judge(ctx, checks...)
	for i := range c.slots {
		p := &c.slots[i]
		if !p.open {
			continue
		}
		if claim, ok := p.examined.Upheld(judged); ok {
			p.words = &claim
			continue
		}
		c.ans.Dropped++
		c.writer.unproven(&proof.Unproven{Flaw: proof.NotUpheld})
	}
	c.lay()
	if len(direct) > 0 && judged.Of(direct[0]) == proof.Supported && len(c.ans.Claims) > 0 && c.allStand() {
		c.ans.Direct = d.Direct
	}
	if len(missing) > 0 && judged.Of(missing[0]) == proof.NotSaid {
		c.ans.Missing = d.Missing
	}
}

// directly is what the judge is asked of a direct reply, if there is one.
func (c *composing) directly(d *draft) []proof.Check {
	if d == nil || d.Direct == NoDirect || len(c.slots) == 0 {
		return nil
	}
	check := proof.Check{Kind: proof.OfReply, Question: c.ans.asked(), Statement: forJudge[d.Direct]}
	for _, p := range c.slots {
		for _, e := range p.examined.Evidence() {
			if !slices.Contains(check.Evidence, e) {
				check.Evidence = append(check.Evidence, e)
			}
		}
	}
	if len(check.Evidence) == 0 {
		return nil
	}
	return []proof.Check{check}
}

// allStand says whether something stands in each place, so that a direct reply
// rests on nothing that is not shown.
func (c *composing) allStand() bool {
	return !slices.ContainsFunc(c.slots, func(p slot) bool { return p.words == nil && len(p.quotes) == 0 })
}

// longestMissing is how many bytes what is missing may have.
const longestMissing = 300

// missing is what the judge is asked of what the article is said to lack: it may
// name nothing that neither the question nor the nearest sentences do.
func (c *composing) missing(d *draft) []proof.Check {
	if d == nil || d.Verdict != Partly || d.Missing == "" || len(d.Missing) > longestMissing || len(c.offline.Hits) == 0 {
		return nil
	}
	check := proof.Check{Kind: proof.OfClaim, Statement: d.Missing}
	for _, h := range inOrder(c.offline.Hits) {
		check.Evidence = append(check.Evidence, c.gate.Shown(h.Place))
	}
	question := c.ans.asked()
	if proof.Safe(d.Missing, question) != nil || proof.Within(d.Missing, question+"\n"+strings.Join(check.Evidence, "\n")) != nil {
		return nil
	}
	return []proof.Check{check}
}

// inOrder are hits in the articles' order.
func inOrder(hits []retrieval.Hit) []retrieval.Hit {
	return slices.SortedFunc(slices.Values(hits), func(x, y retrieval.Hit) int {
		return cmp.Or(cmp.Compare(x.Article.Slug, y.Article.Slug), cmp.Compare(x.Number, y.Number))
	})
}

// settle decides what is said in the end: the verdict follows from what stands.
func (c *composing) settle(d *draft, err error) Answer {
	ans := c.ans
	own := func(why Fallback) Answer {
		offline := c.offline
		offline.Fallback, offline.Usage, offline.Dropped = why, ans.Usage, ans.Dropped
		return offline
	}
	none := len(ans.Claims) == 0
	refused := d != nil && (d.Verdict == NotInArticle || d.Verdict == OutOfScope)
	switch {
	case none && err != nil && errors.Is(err, errNoDraft):
		return own(NothingLeft)
	case none && err != nil:
		return own(NoModelReply)
	case none && refused && ans.Dropped == 0:
		// Of what the search is sure of the article is quoted, whatever the model
		// says; what it refuses it says more precisely.
		offline := own(NoFallback)
		if offline.Refusal != nil {
			offline.Mode = FromModel
		}
		return offline
	case none:
		return own(NothingLeft)
	case err != nil:
		ans.Verdict, ans.Fallback = Partly, CutOff
	case c.corrects(), d.Verdict == PremiseCorrected && ans.Direct == No:
		ans.Verdict = PremiseCorrected
	case ans.Missing != "":
		ans.Verdict = Partly
	default:
		ans.Verdict = Answered
	}
	if !ans.Judged() && ans.Dropped > 0 {
		ans.Mode = Quotes
		if ans.Fallback == NoFallback {
			ans.Fallback = cmp.Or(c.why, NotJudged)
		}
	}
	ans.List, ans.Heading = false, ""
	ans.Badge = badge(ans.Claims)
	return ans
}

// narrow shows fewer passages from now on where an error says that there is no
// room for those that a prompt showed. It reports whether another one may fit.
func (w *writer) narrow(err error, asked prompts.Prompt, shown prompts.Passages) bool {
	n, ok := errors.AsType[*NoRoom](err)
	if !ok {
		return false
	}
	whole := prompts.Tokens(len(asked.System) + len(asked.User))
	had := min(prompts.Tokens(len(shown.String())), w.passages())
	left := had - int(float64(whole)*(1-n.Fits))
	if left < leastPassages || left >= had {
		return false
	}
	w.room.tokens.Store(int64(left))
	return true
}

// fit asks with as many passages as there is room for, and once more with fewer
// when that is found to be less than it was thought to be.
func (c *composing) fit(ctx context.Context, hits []retrieval.Hit, prompt func(prompts.Passages) prompts.Prompt) (*draft, error) {
	shown := prompts.Pack(c.articles, hits, c.writer.passages())
	asked := prompt(shown)
	d, err := c.draft(ctx, asked, shown)
	if c.writer.narrow(err, asked, shown) {
		shown = prompts.Pack(c.articles, hits, c.writer.passages())
		d, err = c.draft(ctx, prompt(shown), shown)
	}
	return d, err
}

// judge asks the judge of checks within the day's tokens. Without one that may be
// trusted, or when it fails, what it did not say is unjudged, and c.why says why.
func (c *composing) judge(ctx context.Context, checks ...proof.Check) proof.Judgements {
	w := c.writer
	switch {
	case len(checks) == 0:
		return proof.Judgements{}
	case !w.judging.trusted():
		c.why = NotJudged
		return proof.Judgements{}
	case w.budget.spent(ctx):
		c.why, c.ans.unjudged = BudgetSpent, true
		return proof.Judgements{}
	}
	var usage Usage
	judged, err := w.judging.judge.Judge(ctx, w.asker(w.judging.model, &usage), checks...)
	c.ans.Usage.add(usage)
	w.budget.spend(ctx, c.ans.Question, usage)
	if err != nil {
		c.why = NoModelReply
	}
	c.ans.unjudged = slices.ContainsFunc(checks, func(k proof.Check) bool { return judged.Of(k) == proof.Unjudged })
	return judged
}
