package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// Answer answers one question. The error is the context's, or says which of
// the question's fields is wrong; every text has an answer, be it a refusal.
func (a *Answerer) Answer(ctx context.Context, q Question) (Answer, error) {
	return a.Stream(ctx, q, nil)
}

// Stream answers one question as Answer does. While a model writes the
// answer, show gets what stands so far, from one call to the next a claim
// more, or another one; it is not called after Stream has returned, and may
// be nil.
func (a *Answerer) Stream(ctx context.Context, q Question, show func(Answer)) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	q.Text = clip(q.Text)
	ans := Answer{Question: q, Mode: Quotes}
	if err := a.quote(&ans); err != nil {
		return Answer{}, err
	}
	if len(ans.Claims) == 0 && ans.Refusal == nil && ans.Reply == NoReply {
		// The gate let nothing pass, which is rare: the article's sentences
		// hold what no message may.
		ans.List, ans.Heading = false, ""
		a.refuse(&ans, NotInArticle, Refusal{Reason: NoEvidence})
	}
	ans.Badge = badge(ans.Claims)
	switch {
	case a.writes(&ans):
		a.write(ctx, &ans, show)
	case ans.List && q.Style != AsWritten: // nobody judges other words
		if !a.Retells(ans, q.Style) {
			ans.Fallback = NotJudged
		}
		ans = a.Retell(ctx, ans, q.Style)
	}
	if len(ans.Claims) > 0 {
		ans.Next = a.next(&ans)
	}
	return ans, ctx.Err()
}

// quote answers the question in the article's own words.
func (a *Answerer) quote(ans *Answer) error {
	q := ans.Question
	switch q.Kind {
	case Takeaways:
		return a.takeaways(ans)
	case Risks:
		return a.risks(ans, q.For)
	case Ask:
		a.ask(ans)
		return nil
	}
	return fmt.Errorf("there is no kind of question %q", q.Kind)
}

// writes says whether the model is asked for an answer, given the one in the
// article's own words. Lists are the article's: the model may only restyle
// them.
func (a *Answerer) writes(ans *Answer) bool {
	switch {
	case a.writer == nil:
		return false
	case ans.Reply != NoReply:
		return false
	case ans.Refusal != nil:
		return ans.Refusal.Reason != Empty
	}
	return !ans.List || ans.Question.Style != AsWritten && a.restyles()
}

// write replaces the answer, which is in the article's words, by the model's,
// as far as it stands. The claims are shown as they pass.
func (a *Answerer) write(ctx context.Context, ans *Answer, show func(Answer)) {
	w := a.writer
	if w.budget.spent(ctx) {
		ans.Fallback = BudgetSpent
		return
	}
	key := w.key(a.articles, ans.Question)
	kept, ok := w.kept.get(key)
	w.meter.Looked(InMemory, ok)
	if ok {
		take(ans, kept)
		return
	}
	f, leads := w.join(key)
	if !leads {
		select {
		case <-f.done:
			if !f.whole { // whoever led gave up
				a.write(ctx, ans, show)
				return
			}
			take(ans, f.written)
			ans.Usage = Usage{} // somebody else has paid
		case <-ctx.Done():
			ans.Fallback = NoModelReply
		}
		return
	}
	defer w.leave(key, f)
	if shelved, ok := a.stored(ctx, key, *ans); ok {
		f.written = shelved
		w.kept.put(key, f.written)
	} else {
		f.written = a.compose(ctx, *ans, show)
		if f.written.keepable() {
			w.kept.put(key, f.written)
			a.store(ctx, key, f.written)
		}
	}
	f.whole = ctx.Err() == nil
	take(ans, f.written)
}

// keepable says whether the model's answer is what everybody who asks the same
// would get: nothing failed, and whoever judges has judged all of it.
func (a Answer) keepable() bool {
	return !a.unjudged && (a.Mode == FromModel && a.Fallback == NoFallback || a.Mode == Quotes && a.Fallback == NotJudged)
}

// join returns the flight of a key, and whether the caller has to write its
// answer and to leave.
func (w *writer) join(key string) (f *flight, leads bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f, ok := w.flights[key]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	w.flights[key] = f
	return f, true
}

func (w *writer) leave(key string, f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.flights, key)
	close(f.done)
}

// take takes over an answer to the same words, whose question may be another
// member's.
func take(ans *Answer, written Answer) {
	q := ans.Question
	*ans = written
	ans.Question = q
}

// store keeps an answer that says something. A store that fails costs a
// reply, and nothing else.
func (a *Answerer) store(ctx context.Context, key string, ans Answer) {
	if a.writer.store == nil || len(ans.Claims) == 0 || ans.Refusal != nil {
		return
	}
	s := storedAnswer{Verdict: ans.Verdict, Mode: ans.Mode, Why: ans.Fallback, List: ans.List, Heading: ans.Heading, Direct: ans.Direct, Missing: ans.Missing}
	for _, c := range ans.Claims {
		s.Claims = append(s.Claims, storedClaim{c.Statement(), c.How()})
	}
	body, err := json.Marshal(s)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	_ = a.writer.store.Shelve(ctx, key, body, keptFor)
}

// stored returns the answer that is kept under a key, if all that it says
// may still be said.
func (a *Answerer) stored(ctx context.Context, key string, offline Answer) (ans Answer, ok bool) {
	if a.writer.store == nil {
		return Answer{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	defer func() { a.writer.meter.Looked(InStore, ok) }()
	body, err := a.writer.store.Recall(ctx, key)
	var s storedAnswer
	if err != nil || body == nil || json.Unmarshal(body, &s) != nil {
		return Answer{}, false
	}
	ans = Answer{Question: offline.Question, Verdict: s.Verdict, Mode: s.Mode, Fallback: s.Why, List: s.List, Heading: s.Heading, Direct: s.Direct, Missing: s.Missing}
	for _, st := range s.Claims {
		c, err := a.gate.Restore(st.Statement, st.How, offline.asked())
		if err != nil {
			return Answer{}, false
		}
		ans.Claims = append(ans.Claims, c)
	}
	ans.Badge = badge(ans.Claims)
	return ans, len(ans.Claims) > 0
}

// key is what an answer depends on: the articles, the words of the prompts, the
// model, who judges it, and what was asked, with what it may refer to.
func (w *writer) key(articles []*retrieval.Article, q Question) string {
	sum := sha256.New()
	for _, a := range articles {
		fmt.Fprintf(sum, "%q %q\n", a.Slug, a.Hash)
	}
	fmt.Fprintf(sum, "%q %q %q %q %q %d %q\n", prompts.Version, w.name, w.judging.trustedName(), q.Style, q.Kind, q.Count, q.For)
	for _, text := range append(q.History[:len(q.History):len(q.History)], q.Text) {
		fmt.Fprintf(sum, "%q\n", strings.Trim(strings.ToLower(strings.Join(strings.Fields(text), " ")), " ?!."))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

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

// Retells says whether an answer can be told in a style: in a model's words that
// a judge has to uphold, or, in short, by the labels of a list.
func (a *Answerer) Retells(ans Answer, style Style) bool {
	return style == AsWritten || a.restyles() || style == Brief && ans.List && labelled(ans.Claims)
}

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

// compose asks the model, and returns what of its answer may be said, or the
// offline answer with the reason why there is nothing.
func (a *Answerer) compose(ctx context.Context, offline Answer, show func(Answer)) Answer {
	ctx, cancel := context.WithTimeout(ctx, a.writer.patience)
	defer cancel()
	if offline.List {
		return a.restyle(ctx, offline, show)
	}
	c := newComposing(a, offline, show)
	d, err := c.fit(ctx, a.forPrompt(offline.Question.Text, offline.Hits), func(shown prompts.Passages) prompts.Prompt {
		return prompts.Answer(shown, offline.Question.Text, offline.Question.History)
	})
	c.decide(ctx, d)
	return c.settle(d, err)
}
