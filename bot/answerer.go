package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"summitbot/retrieval"
)

const (
	// searched is how many sentences a search returns; quoted is how many of
	// them an answer in the article's own words is made of.
	searched = 10
	quoted   = 3
	// worthQuoting is the share of the best sentence's score that a further
	// sentence needs to be quoted beside it.
	worthQuoting = 0.33
	// nearest is how many passages a refusal offers.
	nearest = 3
)

// An Answerer answers questions from articles. It is safe for concurrent use.
type Answerer struct {
	articles []*retrieval.Article
	index    *retrieval.Index
	gate     *Gate
	writer   *writer   // nil without a model
	meanings *meanings // nil without vectors
	people   []string  // whom the articles are about, by surname
	subject  string    // what the article is about, in a word; empty for several articles
}

// NewAnswerer returns an answerer from the index's articles.
func NewAnswerer(index *retrieval.Index, o Options) *Answerer {
	articles := index.Articles()
	return &Answerer{
		articles: articles, index: index, gate: NewGate(articles...),
		people: mainPeople(articles), subject: subject(articles),
		writer: newWriter(o),
	}
}

// Answer answers one question. The error is the context's, or says which of
// the question's fields is wrong; every text has an answer, be it a refusal.
func (a *Answerer) Answer(ctx context.Context, q Question) (Answer, error) {
	return a.Stream(ctx, q, nil)
}

// Stream answers one question as Answer does. While a model writes the
// answer, show gets what is proven so far, from one call to the next a claim
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
	if len(ans.Claims) == 0 && ans.Refusal == nil {
		// The gate let nothing pass, which is rare: the article's sentences
		// hold what no message may.
		ans.List, ans.Heading = false, ""
		a.refuse(&ans, NotInArticle, Refusal{Reason: NoEvidence})
	}
	ans.Badge = badge(ans.Claims)
	if a.writes(&ans) {
		a.write(ctx, &ans, show)
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
		return a.ask(ans)
	}
	return fmt.Errorf("there is no kind of question %q", q.Kind)
}

// longestQuestion is how many bytes of a question are read; Discord's longest
// message fits.
const longestQuestion = 8000

// clip cuts what is too long for a question.
func clip(s string) string {
	if len(s) <= longestQuestion {
		return s
	}
	return strings.ToValidUTF8(s[:longestQuestion], "")
}

// ask answers a question in a member's own words: a whole part of the
// article if it asks for one, else the sentences that bear on it, unless they
// do not answer it.
func (a *Answerer) ask(ans *Answer) error { return a.askText(ans, ans.Question.Text) }

// askText answers the given text, the question's own or a part of it.
func (a *Answerer) askText(ans *Answer, text string) error {
	if retrieval.IsBlank(text) {
		a.refuse(ans, OutOfScope, Refusal{Reason: Empty})
		return nil
	}
	if toBot.MatchString(text) {
		a.refuse(ans, OutOfScope, Refusal{Reason: ToBot})
		return nil
	}
	spelt := a.index.Correct(text)
	if p := partsAsked(spelt); len(p) > 0 && a.list(ans, p...) {
		if n := atMost(text); n > 0 && len(p) == 1 {
			ans.Claims = ans.Claims[:min(n, len(ans.Claims))]
		}
		return nil
	}
	if group, ok := risksAsked(spelt); ok {
		return a.risks(ans, group)
	}
	req := a.resolve(ans.Question.History, text)
	text = req.Text
	var parts []string
	sides := a.sides(text)
	if sides != nil || !enumerates.MatchString(text) {
		parts = slices.Concat(sides, clauses(text))
	}
	var found retrieval.Result
	if parts != nil {
		found = a.searchClauses(req, parts)
	} else {
		found = a.index.Search(req, searched)
	}
	ans.Hits = found.Hits
	if verdict, r, refused := judge(text, a.subject, req.Context != "", found); refused {
		if question, ok := a.questionWithin(text); ok {
			return a.askText(ans, question)
		}
		a.refuse(ans, verdict, r)
		return nil
	}
	if a.correct(ans, text, found) {
		return nil
	}
	ans.Verdict = Answered
	for _, run := range runs(worthy(text, found.Hits, len(parts)), parts != nil) {
		a.claimRun(ans, run)
	}
	return nil
}

// runs are the hits' sentences, in the hits' order. With join, those that
// are neighbours in a passage stand together, in the article's order.
func runs(hits []retrieval.Hit, join bool) [][]retrieval.Place {
	var out [][]retrieval.Place
	for _, h := range hits {
		i := slices.IndexFunc(out, func(run []retrieval.Place) bool {
			return join && h.Article == run[0].Article && h.Passage == run[0].Passage &&
				(h.Number == run[0].Number-1 || h.Number == run[len(run)-1].Number+1)
		})
		switch {
		case i < 0 && len(out) == 2*quoted:
			return out
		case i < 0:
			out = append(out, []retrieval.Place{h.Place})
		case h.Number < out[i][0].Number:
			out[i] = slices.Insert(out[i], 0, h.Place)
		default:
			out[i] = append(out[i], h.Place)
		}
	}
	return out
}

// claimRun adds neighbouring sentences to the answer as one claim, together
// with the one before them if the first cannot be understood without. What
// the answer holds already is not added again.
func (a *Answerer) claimRun(ans *Answer, run []retrieval.Place) {
	if before, leans := leansOn(run[0]); leans {
		run = slices.Insert(slices.Clone(run), 0, before)
	}
	var st Statement
	for _, at := range run {
		if !quotes(ans, at) {
			st.Text = strings.TrimSpace(st.Text + " " + at.Text())
			st.Evidence = append(st.Evidence, whole(at))
		}
	}
	if len(st.Evidence) > 0 {
		a.claim(ans, st)
	}
}

// quotes says whether the answer quotes the sentence.
func quotes(ans *Answer, at retrieval.Place) bool {
	return slices.ContainsFunc(ans.Claims, func(c Claim) bool { return c.holds(at) })
}

// worthy are the hits to quote: the best, and the few that come close; for a
// question of several parts, some for each; for one that asks for several
// things which a sentence lists, that sentence alone.
func worthy(question string, hits []retrieval.Hit, parts int) []retrieval.Hit {
	if parts > 0 {
		return hits
	}
	if enumerates.MatchString(question) {
		for i, h := range hits[:min(quoted, len(hits))] {
			if enumeration.MatchString(h.Text()) {
				return hits[i : i+1]
			}
		}
	}
	n := 0
	for n < min(quoted, len(hits)) && hits[n].Score >= worthQuoting*hits[0].Score {
		n++
	}
	return hits[:n]
}

// whole is the evidence of a whole sentence.
func whole(at retrieval.Place) Evidence {
	return Evidence{Article: at.Article.Slug, Sentence: at.Sentence.ID}
}

// claim adds a statement to the answer if the gate lets it pass. The
// article's own sentences always do, but for those that hold what no message
// may, such as invisible characters; these stay out.
func (a *Answerer) claim(ans *Answer, s Statement) {
	if c, err := a.gate.Prove(s); err == nil {
		ans.Claims = append(ans.Claims, c)
	}
}

// badge sums up the evidence of claims.
func badge(claims []Claim) Badge {
	if len(claims) == 0 {
		return NotFound
	}
	passages := map[[2]string]bool{}
	expected := true
	for _, c := range claims {
		expected = expected && c.Voice() == retrieval.Forecast
		for _, q := range c.Quotes() {
			passages[[2]string{q.Article, q.Passage}] = true
		}
	}
	switch {
	case expected:
		return Expectation
	case len(passages) > 1:
		return ProvenBySeveral
	}
	return ProvenByOne
}

// refuse makes the answer a refusal, with what is near unless the question
// is about something else.
func (a *Answerer) refuse(ans *Answer, verdict Verdict, r Refusal) {
	ans.Verdict, ans.Refusal = verdict, &r
	if verdict == OutOfScope {
		ans.Next = a.partSuggestions(nil)
		return
	}
	for _, h := range ans.Hits[:min(nearest, len(ans.Hits))] {
		ans.Near = append(ans.Near, quoteAt(h.Place, h.Sentence.Span))
	}
	ans.Next = a.partSuggestions(a.index.Suggest(ans.Question.Text, offered, nil))
}

// next are questions to ask next after an answer: the nearest that something
// else answers.
func (a *Answerer) next(ans *Answer) []string {
	said := map[string]bool{}
	for _, c := range ans.Claims {
		for _, q := range c.quotes {
			said[q.Article+q.Sentence] = true
		}
	}
	about := ans.Question.Text
	if ans.Question.Kind != Ask {
		about = ans.Claims[0].text
	}
	near := a.index.Suggest(about, offered, func(at retrieval.Place) bool { return said[at.Article.Slug+at.Sentence.ID] })
	if ans.List {
		return near
	}
	return a.partSuggestions(near)
}

// offered is how many questions are offered to ask next.
const offered = 3

// partSuggestions fills up what is offered to ask next with questions for
// whole parts.
func (a *Answerer) partSuggestions(next []string) []string {
	for _, p := range allParts {
		if len(next) < offered && len(a.sections(p)) > 0 {
			next = append(next, p.suggestion)
		}
	}
	return next
}
