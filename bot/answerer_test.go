package bot

import (
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// seedAnswerer answers from the embedded article.
func seedAnswerer(t testing.TB) *Answerer {
	t.Helper()
	return NewAnswerer(seedtest.Index(t), Options{})
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
