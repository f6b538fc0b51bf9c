package bot

import (
	"strings"
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds"
)

// What members write, and what becomes of it: the verdict, and words that the
// first claim or the refusal holds.
func TestAnswers(t *testing.T) {
	ix, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAnswerer(ix)
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
	} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: c.question, History: c.history})
		if err != nil {
			t.Fatal(err)
		}
		said := ans.Lead()
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
