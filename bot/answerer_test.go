package bot

import (
	"slices"
	"strings"
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds"
)

// seedAnswerer answers from the embedded article.
func seedAnswerer(t *testing.T) *Answerer {
	t.Helper()
	ix, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return NewAnswerer(ix, Options{})
}

// What members write, and what becomes of it: the verdict, and words that the
// first claim or the refusal holds.
func TestAnswers(t *testing.T) {
	a := seedAnswerer(t)
	for _, c := range []struct {
		history  []string
		question string
		verdict  Verdict
		holds    string
	}{
		{nil, "why Alaska?", Answered, "far from arbitrary"},
		{nil, "why \u0301 Alaska", Answered, "far from arbitrary"},
		{[]string{"what about sanctions?"}, "why Alaska?", Answered, "far from arbitrary"},
		{nil, "How many soldiers have died?", NotInArticle, "how many people have died"},
		{nil, "What's a good pizza recipe?", OutOfScope, "not what the article is about"},
		{nil, "what happened at the summit?", NotInArticle, "written before the summit"},
		{nil, "Why was Geneva chosen for the summit?", NotInArticle, "Geneva"},
		{nil, "why did russia start the full scale invasion in 2019?", PremiseCorrected, "early 2022"},
		{nil, "", OutOfScope, "Ask me something"},
		{nil, "🍕🍕", OutOfScope, "Ask me something"},
		{[]string{"why Alaska?"}, "thanks!", OutOfScope, ""},
		{[]string{"why Alaska?"}, "qwertyuiop", OutOfScope, ""},
		{[]string{"what are the pros?"}, "and the risks?", Answered, "Perception of Weakness"},
		{[]string{"does the summit help putin domestically?"}, "could it also hurt him there?", Answered, ""},
		{nil, strings.Repeat("x ", 100_000), OutOfScope, ""},
		{nil, "when is it?", Answered, "next Friday"},
		{nil, "when exactly is it", Answered, "next Friday"},
		{nil, "where exactly is the summit taking place?", Answered, "Alaska"},
		{nil, "where is the summit taking place?", Answered, "Alaska"},
		{nil, "when will it be held", Answered, "next Friday"},
		{nil, "who will be there", Answered, "President Vladimir Putin"},
		{nil, "whats it about", Answered, "next Friday"},
		{nil, "why?", OutOfScope, "Ask me something"},
		{[]string{"where does the summit take place?"}, "why there?", Answered, "geographically significant"},
		{nil, "hi there!", OutOfScope, "I answer questions"},
		{nil, "what can you do?", OutOfScope, "I answer questions"},
		{nil, "thanks, and what are the risks for putin?", Answered, "Perception of Weakness"},
	} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: c.question, History: c.history})
		if err != nil {
			t.Fatal(err)
		}
		said := Words("en").Lead(ans)
		if len(ans.Claims) > 0 {
			said += ans.Claims[0].Text()
		}
		if ans.Verdict != c.verdict || !strings.Contains(said, c.holds) {
			t.Errorf("%.40q after %q: %s %q, want %s with %q", c.question, c.history, ans.Verdict, said, c.verdict, c.holds)
		}
		if (len(ans.Claims) == 0) != (ans.Refusal != nil) {
			t.Errorf("%.40q: %d claims and the refusal %v", c.question, len(ans.Claims), ans.Refusal)
		}
	}
}

func TestSides(t *testing.T) {
	a := seedAnswerer(t)
	for question, want := range map[string][]string{
		"what does each of the two leaders want?":       {"what does Putin want?", "what does Trump want?"},
		"what do both sides want":                       {"what do Putin want", "what do Trump want"},
		"do both presidents trust Putin's word?":        nil, // one is named
		"what does it say about each administration?":   {"what does it say about Trump administration?", "what does it say about Biden administration?"},
		"what do two pizzas cost":                       nil,
		"what are the pros and cons for both of them":   {"what are the pros and cons for Putin", "what are the pros and cons for Trump"},
		"Which risks does the article name for Ukraine": nil,
	} {
		if got := a.sides(question); !slices.Equal(got, want) {
			t.Errorf("%q asks about %q, want %q", question, got, want)
		}
	}
	if a.subject != "summit" || !slices.Equal(a.people, []string{"Putin", "Trump"}) {
		t.Errorf("the article is about %q and %q", a.subject, a.people)
	}
}

func TestDeal(t *testing.T) {
	a := seedAnswerer(t)
	found := a.searchClauses(retrieval.Request{Text: "what is the upside at home and what is his risk at home?"},
		[]string{"what is the upside at home", "what is his risk at home?"})
	if len(found.Hits) != dealt {
		t.Errorf("%d hits were dealt", len(found.Hits))
	}
	var headings []string
	for _, h := range found.Hits[:2] {
		headings = append(headings, h.Heading())
	}
	if want := []string{"Potential Pros for Putin", "Potential Cons for Putin"}; !slices.Equal(headings, want) {
		t.Errorf("the first hits of the parts are from %q, want %q", headings, want)
	}
	seen := map[string]bool{}
	for _, h := range found.Hits {
		if seen[h.Sentence.ID] {
			t.Errorf("%s was dealt twice", h.Sentence.ID)
		}
		seen[h.Sentence.ID] = true
	}
}
