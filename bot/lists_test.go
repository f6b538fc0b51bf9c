package bot

import (
	"slices"
	"strings"
	"testing"

	"summitbot/bot/proof"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// answerer answers from the given articles: of the embedded one all is known
// that was written ahead, of others their words alone.
func answerer(t testing.TB, articles ...*retrieval.Article) *Answerer {
	t.Helper()
	if ix := seedtest.Index(t); len(articles) == 1 && articles[0].Hash == ix.Articles()[0].Hash {
		return NewAnswerer(ix, Options{})
	}
	return NewAnswerer(seedtest.ByWords(t, articles...), Options{})
}

// answer answers a question and checks each claim's quotations.
func answer(t *testing.T, q Question, articles ...*retrieval.Article) Answer {
	t.Helper()
	ans, err := answerer(t, articles...).Answer(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range ans.Claims {
		checkQuotes(t, c, articles...)
	}
	for _, q := range ans.Near {
		for _, a := range articles {
			if a.Slug == q.Article {
				checkQuote(t, q, a)
			}
		}
	}
	return ans
}

// cited are the ids of the sentences that a claim quotes.
func cited(c Claim) string {
	var ids []string
	for _, q := range c.Quotes() {
		ids = append(ids, q.Sentence)
	}
	return strings.Join(ids, " ")
}

func TestTakeaways(t *testing.T) {
	a := seed(t)
	all := []string{"s93", "s94", "s95", "s96", "s97", "s98"}
	for _, tt := range []struct {
		count int
		want  []string
	}{{0, all}, {1, all[:1]}, {2, all[:2]}, {6, all}, {7, all}, {99, all}} {
		ans := answer(t, Question{Kind: Takeaways, Count: tt.count}, a)
		var got []string
		for _, c := range ans.Claims {
			got = append(got, cited(c))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d takeaways are %q, want %q", tt.count, got, tt.want)
		}
		if ans.Verdict != Answered || ans.Mode != Quotes || !ans.List || ans.Heading != "Key Takeaways" || ans.Refusal != nil {
			t.Errorf("%d takeaways: %+v", tt.count, ans)
		}
	}
	if ans, err := answerer(t, a).Answer(t.Context(), Question{Kind: Takeaways, Count: -1}); err == nil {
		t.Errorf("-1 takeaways are %+v", ans)
	}
}

// TestListsAsked: questions for a whole part are answered with all of it, in
// the article's order.
func TestListsAsked(t *testing.T) {
	a := seed(t)
	for _, tt := range []struct{ question, heading, leads string }{
		{"What are the key takeaways?", "Key Takeaways", ""},
		{"takeaways", "Key Takeaways", ""},
		{"list the potential pros for Putin", "Potential Pros for Putin",
			"Achieving a De Facto Recognition of Gains; Weakening Western Unity; Easing of Sanctions; Restoring Russia’s Global Standing; Gaining Strategic Leverage; Domestic Political Capital"},
		{"What are the potential cons for Putin?", "Potential Cons for Putin",
			"Perception of Weakness; Strengthening Western Resolve; Unpredictable Outcomes with Trump; Alienating Potential Allies; Reinforcing Negative Perceptions; Missed Opportunity for a More Favorable Diplomatic Climate"},
	} {
		ans := answer(t, Question{Kind: Ask, Text: tt.question}, a)
		if !ans.List || ans.Verdict != Answered || ans.Heading != tt.heading || len(ans.Claims) != 6 {
			t.Errorf("%s: list %v, %s, heading %q, %d claims", tt.question, ans.List, ans.Verdict, ans.Heading, len(ans.Claims))
			continue
		}
		var leads []string
		last := -1
		for _, c := range ans.Claims {
			q := c.Quotes()[0]
			if q.Start <= last {
				t.Errorf("%s: %s is out of order", tt.question, q.Sentence)
			}
			last = q.Start
			if q.Lead != "" {
				leads = append(leads, q.Lead)
			}
		}
		if got := strings.Join(leads, "; "); got != tt.leads {
			t.Errorf("%s:\n got %s\nwant %s", tt.question, got, tt.leads)
		}
	}
}

// TestNoLists: what an article has no section for is refused, not made up.
func TestNoLists(t *testing.T) {
	plain := parse(t, "plain", "The Talks\nThe ministers met. They left.\n")
	for _, kind := range []Kind{Takeaways, Risks} {
		ans := answer(t, Question{Kind: kind}, plain)
		if ans.Verdict != NotInArticle || ans.Refusal == nil || ans.Refusal.Reason != NoEvidence || ans.List || len(ans.Claims) > 0 || ans.Badge != NotFound {
			t.Errorf("%s: %+v", kind, ans)
		}
	}
}

func TestAnswerErrors(t *testing.T) {
	a := answerer(t, seed(t))
	for _, q := range []Question{{}, {Kind: "poem"}, {Kind: Risks, For: "mars"}, {Kind: Takeaways, Count: -99}} {
		if ans, err := a.Answer(t.Context(), q); err == nil {
			t.Errorf("%+v is answered with %+v", q, ans)
		}
	}
}

// seedGate is the gate of the built-in article.
func seedGate(t *testing.T) *proof.Gate {
	t.Helper()
	ix := seedtest.Index(t)
	return proof.NewGate(ix.Articles(), ix)
}

func TestBadge(t *testing.T) {
	for _, tt := range []struct {
		sentences []string // of one claim each
		want      Badge
	}{
		{nil, NotFound},
		{[]string{"s45"}, ProvenByOne},
		{[]string{"s45", "s46"}, ProvenByOne},
		{[]string{"s45", "s1"}, ProvenBySeveral},
		{[]string{"s104"}, Expectation}, // noted as what the author expects
		{[]string{"s104", "s86"}, Expectation},
		{[]string{"s104", "s1"}, ProvenBySeveral},
	} {
		var claims []Claim
		for _, s := range tt.sentences {
			c, err := seedGate(t).Quote("", Evidence{Article: "alaska-summit", Sentence: s})
			if err != nil {
				t.Fatal(err)
			}
			claims = append(claims, c)
		}
		if got := badge(claims); got != tt.want {
			t.Errorf("badge of %q is %s, want %s", tt.sentences, got, tt.want)
		}
	}
}
