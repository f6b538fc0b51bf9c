package bot

import (
	"slices"
	"strings"

	"summitbot/bot/proof"
	"summitbot/retrieval"
)

const (
	// searched is how many sentences a search returns.
	searched = 10
	// nearest is how many passages a refusal offers.
	nearest = 3
)

// longestQuestion is how many bytes of a question are read; Discord's longest
// message fits.
const longestQuestion = 8000

// offered is how many questions are offered to ask next.
const offered = 3

// whole is the evidence of a whole sentence.
func whole(at retrieval.Place) Evidence {
	return Evidence{Article: at.Article.Slug, Sentence: at.Sentence.ID}
}

// clip cuts what is too long for a question.
func clip(s string) string {
	if len(s) <= longestQuestion {
		return s
	}
	return strings.ToValidUTF8(s[:longestQuestion], "")
}

// claim adds sentences to the answer, word for word, unless they hold what no
// message may, such as invisible characters.
func (a *Answerer) claim(ans *Answer, group Threatened, evidence ...Evidence) {
	c, err := a.gate.Quote(group, evidence...)
	if err != nil {
		return
	}
	if n := len(ans.Claims); n > 0 {
		c = c.After(ans.Claims[n-1])
	}
	ans.Claims = append(ans.Claims, c)
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
	lang := proof.Language(ans.Question.Text)
	if verdict == OutOfScope {
		ans.Next = a.index.First(lang, offered)
		return
	}
	near := ans.Hits
	if r.Gap != nil && len(r.Gap.Near) > 0 {
		near = a.placesOf(r.Gap.Near, near)
	}
	for _, h := range near[:min(nearest, len(near))] {
		ans.Near = append(ans.Near, a.gate.At(h.Place, h.Sentence.Span))
	}
	ans.Next = a.index.Suggest(near, ans.Question.Text, lang, offered, nil)
}

// placesOf are the sentences that a gap comes nearest to, and then the hits.
func (a *Answerer) placesOf(ids []string, hits []retrieval.Hit) []retrieval.Hit {
	var out []retrieval.Hit
	for _, id := range ids {
		for _, art := range a.articles {
			if at, ok := art.Find(id); ok {
				out = append(out, retrieval.Hit{Place: at})
				break
			}
		}
	}
	for _, h := range hits {
		if !slices.ContainsFunc(out, func(o retrieval.Hit) bool { return o.Sentence == h.Sentence }) {
			out = append(out, h)
		}
	}
	return out
}

// next are questions to ask next after an answer: the nearest that something
// else answers.
func (a *Answerer) next(ans *Answer) []string {
	hits := ans.Hits
	if len(hits) == 0 {
		hits = a.index.Search(ans.Claims[0].Text(), searched)
	}
	return a.index.Suggest(hits, ans.Question.Text, proof.Language(ans.Question.Text), offered, func(at retrieval.Place) bool { return quotes(ans, at) })
}

// quotes says whether the answer quotes the sentence.
func quotes(ans *Answer, at retrieval.Place) bool {
	for _, c := range ans.Claims {
		if c.Holds(at) {
			return true
		}
	}
	return false
}
