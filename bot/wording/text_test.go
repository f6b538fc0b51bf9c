package wording

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"summitbot/bot"
	"summitbot/bot/proof"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What the lists are, as they read.
func TestListTexts(t *testing.T) {
	answerer := bot.NewAnswerer(seedtest.Index(t), bot.Options{})
	for name, q := range map[string]bot.Question{
		"takeaways": {Kind: bot.Takeaways}, "risks": {Kind: bot.Risks}, "risks-ukraine": {Kind: bot.Risks, For: bot.Ukraine}, "risks-west": {Kind: bot.Risks, For: bot.West},
		"risks-trump": {Kind: bot.Risks, For: bot.Trump}, "risks-russia": {Kind: bot.Risks, For: bot.Russia}, "risks-world": {Kind: bot.Risks, For: bot.World},
	} {
		ans, err := answerer.Answer(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", PlainText(ans))
	}
}

// What an article has no section for is refused in these words.
func TestNoListText(t *testing.T) {
	plain, err := retrieval.Parse("plain", "The Talks\nThe ministers met. They left.\n")
	if err != nil {
		t.Fatal(err)
	}
	answerer := bot.NewAnswerer(seedtest.ByWords(t, plain), bot.Options{})
	for _, kind := range []bot.Kind{bot.Takeaways, bot.Risks} {
		ans, err := answerer.Answer(t.Context(), bot.Question{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := PlainText(ans), "The article does not say that.\n"; got != want {
			t.Errorf("%s: text is %q, want %q", kind, got, want)
		}
	}
}

// TestRefusalText is how a refusal reads in which everything is said: what is
// lacking, what is near and what to ask next.
func TestRefusalText(t *testing.T) {
	ans := bot.Answer{Verdict: bot.NotInArticle, Badge: bot.NotFound, Refusal: &bot.Refusal{Reason: bot.Lacks, Lacking: "how many soldiers died"},
		Next: []string{"What are the key takeaways?", "What are the potential cons for Putin?"}}
	for _, id := range []string{"s1", "s86"} {
		at, ok := seedtest.Index(t).Articles()[0].Find(id)
		if !ok {
			t.Fatal(id)
		}
		ans.Near = append(ans.Near, gate(t).At(at, at.Sentence.Span))
	}
	golden(t, "refusal.txt", PlainText(ans))
}

// TestAnswerText is how a plain answer reads.
func TestAnswerText(t *testing.T) {
	c, err := gate(t).Restore(bot.Statement{Text: "Alaska was no accident: it lies between the two.",
		Evidence: []bot.Evidence{{Article: "alaska-summit", Sentence: "s45"}, {Article: "alaska-summit", Sentence: "s46"}}}, proof.Judged, "")
	if err != nil {
		t.Fatal(err)
	}
	ans := bot.Answer{Verdict: bot.Answered, Claims: []bot.Claim{c}, Badge: bot.ProvenByOne, Direct: bot.No, Missing: "Who chose it."}
	golden(t, "answer.txt", PlainText(ans))
}

// golden holds got against the golden file of the given name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (-update writes it anew)\n got\n%s\nwant\n%s", path, got, want)
	}
}

// gate is that of the built-in article.
func gate(t *testing.T) *proof.Gate {
	t.Helper()
	return proof.NewGate(seedtest.Index(t).Articles(), seedtest.Index(t))
}
