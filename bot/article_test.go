package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// seed is the built-in article.
func seed(t testing.TB) *retrieval.Article {
	t.Helper()
	return seedtest.Index(t).Articles()[0]
}

// checkQuotes checks that each quotation of a claim stands where it says.
func checkQuotes(t *testing.T, c Claim, articles ...*retrieval.Article) {
	t.Helper()
	if len(c.Quotes()) == 0 {
		t.Fatalf("%q has no quotation", c.Text())
	}
	for _, q := range c.Quotes() {
		for _, a := range articles {
			if a.Slug == q.Article {
				checkQuote(t, q, a)
			}
		}
	}
}

// checkQuote checks that a quotation stands in its article where it says.
func checkQuote(t *testing.T, q Quote, a *retrieval.Article) {
	t.Helper()
	at, ok := a.Find(q.Sentence)
	if !ok {
		t.Fatalf("there is no sentence %s", q.Sentence)
	}
	end := at.Sentence.End
	if at.Number+1 < a.Len() {
		end = a.At(at.Number + 1).Sentence.End
	}
	if q.Start < at.Sentence.Start || q.Start >= at.Sentence.End || q.End <= q.Start || q.End > min(end, at.Passage.End) {
		t.Fatalf("%s %v: the quotation is at %d-%d", q.Sentence, at.Sentence.Span, q.Start, q.End)
	}
	if q.Text != a.Text[q.Start:q.End] || strings.TrimSpace(q.Text) == "" || !utf8.ValidString(q.Text) {
		t.Fatalf("%s: the quotation is %q, the article has %q", q.Sentence, q.Text, a.Text[q.Start:q.End])
	}
	var like []string // the ids of the section's passages of the same kind
	for _, p := range at.Section.Passages {
		if p.Kind == at.Passage.Kind {
			like = append(like, p.ID)
		}
	}
	if q.Passage != at.Passage.ID || q.Section != at.Heading() || q.Of != len(like) || q.Number < 1 || q.Number > q.Of || like[q.Number-1] != q.Passage {
		t.Fatalf("%s: its place is %+v", q.Sentence, q)
	}
}

// parse parses an article.
func parse(t testing.TB, slug, text string) *retrieval.Article {
	t.Helper()
	a, err := retrieval.Parse(slug, text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
