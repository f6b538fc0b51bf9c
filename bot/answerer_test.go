package bot

import (
	"fmt"
	"strings"
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// seedAnswerer answers from the embedded article.
func seedAnswerer(t testing.TB) *Answerer {
	t.Helper()
	return NewAnswerer(seedtest.Index(t), Options{})
}

// What members write, and what becomes of it: the verdict, and words that the
// first claim, the refusal or the reply holds.
func TestAnswers(t *testing.T) {
	a := seedAnswerer(t)
	for _, c := range []struct {
		history  []string
		question string
		verdict  Verdict
		holds    string
	}{
		{nil, "why Alaska?", Answered, "geographically"},
		{nil, "why \u0301 Alaska", Answered, "geographically"},
		{[]string{"what about sanctions?"}, "why Alaska?", Answered, "geographically"},
		{nil, "How many soldiers have died?", NotInArticle, "losses"},
		{nil, "What's a good pizza recipe?", OutOfScope, "off_topic"},
		{nil, "what happened at the summit?", NotInArticle, "no_evidence"},
		{nil, "why did russia start the full scale invasion in 2019?", PremiseCorrected, "early 2022"},
		{nil, "", OutOfScope, "empty"},
		{nil, "\u2800\u3164", OutOfScope, "thanks"},
		{[]string{"why Alaska?"}, "thanks!", OutOfScope, "thanks"},
		{nil, "when is the summit?", Answered, "next Friday"},
		{nil, "where exactly is the summit taking place?", Answered, "Alaska"},
		{nil, "who will be there", Answered, "President Vladimir Putin"},
		{[]string{"where does the summit take place?"}, "why there?", Answered, ""},
		{nil, "what can you do?", OutOfScope, "help"},
		{nil, "what languages do you speak", OutOfScope, "language"},
		{nil, "who wrote this article?", NotInArticle, "source"},
		{nil, "what is the title?", Answered, "The Alaskan Gamble"},
		{nil, "summarize the article", Answered, "views the summit"},
		{nil, "top 2 takeaways", Answered, "views the summit"},
		{nil, "list the downsides for Putin", Answered, "Perception of Weakness"},
		{nil, "what are the sections of the article", Answered, "Context & Background"},
		{[]string{"why Alaska?"}, "can you explain that more simply?", Answered, "geographically"},
		{nil, "When is the summit? And what are the takeaways?", Answered, "next Friday"},
		{nil, "Wann treffen sich Trump und Putin?", Answered, "next Friday"},
		{nil, "В каком городе на Аляске пройдёт встреча?", NotInArticle, "which city"},
	} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: c.question, History: c.history})
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("%s %s ", ans.Reply, ans.Direct)
		if ans.Refusal != nil {
			said += fmt.Sprint(ans.Refusal.Reason, " ", ans.Refusal.Lacking)
		}
		if len(ans.Claims) > 0 {
			said += ans.Claims[0].Text()
		}
		if ans.Verdict != c.verdict || !strings.Contains(said, c.holds) {
			t.Errorf("%.40q after %q is %s: %s %q, want %s with %q", c.question, c.history, ans.Kind, ans.Verdict, said, c.verdict, c.holds)
		}
		if (len(ans.Claims) == 0) != (ans.Refusal != nil || ans.Reply != NoReply) {
			t.Errorf("%.40q: %d claims, the refusal %v and the reply %q", c.question, len(ans.Claims), ans.Refusal, ans.Reply)
		}
	}
}

// A title is quoted as what it is, at its place.
func TestTitleQuoted(t *testing.T) {
	a := seedAnswerer(t)
	ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "What is the title of the article?"})
	if err != nil || len(ans.Claims) != 1 {
		t.Fatalf("%d claims, %v", len(ans.Claims), err)
	}
	q, article := ans.Claims[0].Quotes()[0], a.Articles()[0]
	if q.Sentence != "title" || q.Text != article.Slice(article.Title) || q.Start != article.Title.Start || q.End != article.Title.End {
		t.Errorf("quoted is %+v", q)
	}
}

// Counts are kept, from the first item on.
func TestCounts(t *testing.T) {
	a := seedAnswerer(t)
	for question, want := range map[string]int{"give me 3 takeaways": 3, "the top two pros for putin": 2, "one pro and one con": 2, "all the cons": 6} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: question})
		if err != nil || len(ans.Claims) != want || !ans.List {
			t.Errorf("%q is %s and has %d items, want %d (%v)", question, ans.Kind, len(ans.Claims), want, err)
		}
	}
}

// Offered questions are curated ones, in the question's language.
func TestOffered(t *testing.T) {
	a := seedAnswerer(t)
	curated := map[string]bool{}
	for _, lang := range retrieval.Languages {
		for _, q := range a.index.First(lang, 1000) {
			curated[q] = true
		}
	}
	for _, question := range []string{"why alaska", "how many soldiers died", "pizza?", "/", "Warum Alaska?", "сколько погибло солдат?"} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: question})
		if err != nil || len(ans.Next) == 0 {
			t.Errorf("%q: nothing is offered (%v)", question, err)
		}
		for _, next := range ans.Next {
			if !curated[next] {
				t.Errorf("%q: offered is %q, which nobody has read", question, next)
			}
		}
	}
}
