package eval

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/retrieval/folds"
	"summitbot/seeds/seedtest"
)

func TestInterval(t *testing.T) {
	// The example of Newcombe, "Two-sided confidence intervals for the single
	// proportion", 1998: 81 of 263.
	low, high := Rate{81, 263}.Interval()
	if math.Abs(low-0.2553) > 0.0001 || math.Abs(high-0.3662) > 0.0001 {
		t.Errorf("the interval of 81 of 263 is %.4f to %.4f, want 0.2553 to 0.3662", low, high)
	}
}

func TestReadCasesNamesTheLine(t *testing.T) {
	_, err := ReadCases(strings.NewReader("{\"id\":\"a\",\"kind\":\"fact\",\"question\":\"why?\"}\n\n{\"id\":\"b\"}\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("the error is %v, want one about line 3", err)
	}
}

// outcome asks the seed article one question and scores the answer.
func outcome(t *testing.T, c Case) Outcome {
	t.Helper()
	ix := seedtest.Index(t)
	outcomes, err := Run(t.Context(), bot.NewAnswerer(ix, bot.Options{}), ix.Articles(), []Case{c}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0]
}

func TestScore(t *testing.T) {
	const question = "How does Putin see NATO?"
	ix := seedtest.Index(t)
	ans, err := bot.NewAnswerer(ix, bot.Options{}).Answer(t.Context(), bot.Question{Kind: bot.Ask, Text: question})
	if err != nil {
		t.Fatal(err)
	}
	first := ans.Claims[0].Quotes()[0].Text
	for _, c := range []struct {
		name                 string
		gold                 [][]string
		first, whole, useful bool
	}{
		{"the sentence that is quoted", [][]string{{first}}, true, true, true},
		{"a part of it, with other quotation marks and spaces", [][]string{{strings.ToUpper(first[:40])}}, true, true, true},
		{"one of two sets", [][]string{{"nothing of the kind"}, {first}}, true, true, true},
		{"half of what is wanted", [][]string{{first, "nothing of the kind"}}, true, false, true},
		{"something else", [][]string{{"nothing of the kind"}}, false, false, false},
	} {
		o := outcome(t, Case{ID: "a", Kind: "fact", Question: question, Answerable: true, GoldAny: c.gold, Forbid: []string{"nato"}})
		if o.Place == 1 != c.first || o.QuotedFirst != c.first || o.Whole != c.whole || o.Useful > 0 != c.useful {
			t.Errorf("%s: place %d, quoted first %v, whole %v, %d useful", c.name, o.Place, o.QuotedFirst, o.Whole, o.Useful)
		}
		if o.Refused || !o.InOrder || o.Quoted == 0 || o.Misplaced > 0 || len(o.Broke) != 1 {
			t.Errorf("%s: refused %v, in order %v, %d quoted, %d misplaced, %q broken", c.name, o.Refused, o.InOrder, o.Quoted, o.Misplaced, o.Broke)
		}
	}
}

// What is not the article's bytes at its offsets is counted.
func TestMisplaced(t *testing.T) {
	articles := seedtest.Index(t).Articles()
	text := articles[0].Text
	q := bot.Quote{Article: articles[0].Slug, Start: 10, End: 20, Text: text[10:20]}
	if !stands(q, articles) {
		t.Errorf("%+v does not stand", q)
	}
	for _, wrong := range []bot.Quote{
		{Article: q.Article, Start: 11, End: 21, Text: q.Text},
		{Article: "another", Start: 10, End: 20, Text: q.Text},
		{Article: q.Article, Start: len(text), End: len(text) + 10, Text: q.Text},
		{Article: q.Article, Start: -1, End: 9, Text: q.Text},
		{Article: q.Article, Start: 20, End: 10, Text: q.Text},
	} {
		if stands(wrong, articles) {
			t.Errorf("%+v stands", wrong)
		}
	}
}

func TestSummarise(t *testing.T) {
	r := Summarise([]Outcome{
		{Case: Case{Kind: "fact", Answerable: true, Gold: []string{"x"}}, Place: 1, Quoted: 2, Useful: 1},
		{Case: Case{Kind: "fact", Answerable: true, Gold: []string{"x"}}, Place: 4, Quoted: 2, Useful: 1, Misplaced: 1},
		{Case: Case{Kind: "fact", Answerable: true, Gold: []string{"x"}}, Place: 2, Refused: true},
		{Case: Case{Kind: falsePremise, Answerable: true, Gold: []string{"x"}}, Place: 1, Quoted: 1, Useful: 1, QuotedFirst: true, Answer: bot.Answer{Verdict: bot.PremiseCorrected}},
		{Case: Case{Kind: "offtopic"}, Refused: true},
		{Case: Case{Kind: "offtopic"}, Quoted: 1, Broke: []string{"y"}},
	})
	want := []Kind{
		{Kind: "fact", Answerable: true, First: Rate{1, 3}, Three: Rate{2, 3}, Kept: Rate{2, 3}, Right: Rate{1, 3}},
		{Kind: falsePremise, Answerable: true, First: Rate{1, 1}, Three: Rate{1, 1}, Kept: Rate{1, 1}, Right: Rate{1, 1}},
		{Kind: "offtopic", Kept: Rate{1, 2}, Right: Rate{1, 2}},
	}
	if !slices.Equal(r.Kinds, want) {
		t.Errorf("the kinds are %+v, want %+v", r.Kinds, want)
	}
	if r.Precision != (Rate{3, 5}) || r.Corrected != (Rate{1, 1}) || r.Misplaced != (Rate{1, 6}) || r.Broken != (Rate{1, 6}) || len(r.Misses) != 3 {
		t.Errorf("precision %v, corrected %v, misplaced %v, broken %v, %d misses", r.Precision, r.Corrected, r.Misplaced, r.Broken, len(r.Misses))
	}
	var table strings.Builder
	if err := r.Write(&table); err != nil || !strings.Contains(table.String(), "| fact | 3 | 0.333 | 0.667 | 0.667 | 0.333 ") {
		t.Errorf("%v, the table is\n%s", err, &table)
	}
}

// Answers that were written down are scored as they were, and one that the
// article does not bear is dropped.
func TestAnswersAgain(t *testing.T) {
	ix := seedtest.Index(t)
	cases := []Case{
		{ID: "a", Kind: "fact", Question: "How does Putin see NATO?", Answerable: true, Gold: []string{"NATO"}},
		{ID: "b", Kind: "offtopic", Question: "best pizza topping?"},
	}
	first, err := Run(t.Context(), bot.NewAnswerer(ix, bot.Options{}), ix.Articles(), cases, nil)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := WriteAnswers(&file, first); err != nil {
		t.Fatal(err)
	}
	written := file.String()
	answers, err := ReadAnswers(strings.NewReader(written), ix)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Run(t.Context(), answers, ix.Articles(), cases, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		got, want := again[i], first[i]
		if got.Place != want.Place || got.Whole != want.Whole || got.Refused != want.Refused || got.Quoted != want.Quoted || got.Took.Round(time.Microsecond) != want.Took.Round(time.Microsecond) {
			t.Errorf("%s: %+v is scored again as %+v", want.ID, want, got)
		}
	}

	k := first[0].Answer.Claims[0].Quotes()[0].Text
	line, _, _ := strings.Cut(written, "\n")
	false1 := strings.ReplaceAll(line, k, strings.Replace(k, "direct", "indirect", 1))
	if false1 == line {
		t.Fatalf("%q has not the word", k)
	}
	if answers, err = ReadAnswers(strings.NewReader(false1), ix); err != nil {
		t.Fatal(err)
	}
	if again, err = Run(t.Context(), answers, ix.Articles(), cases[:1], nil); err != nil || again[0].Answer.Dropped == 0 {
		t.Errorf("%v, %d statements that are not the article's were dropped", err, again[0].Answer.Dropped)
	}
	if _, err := Run(t.Context(), answers, ix.Articles(), cases[1:], nil); err == nil {
		t.Error("a case without an answer is no error")
	}
	if _, err := ReadAnswers(strings.NewReader("{}\nnonsense\n"), ix); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("the error is %v, want one about line 2", err)
	}
}

// Each kind of the bank's lines is asked, the same every time, and of the
// answerer that was learned without its author.
func TestBank(t *testing.T) {
	s, err := folds.Open(filepath.Join("..", "..", "seeds"))
	if err != nil {
		t.Fatal(err)
	}
	one, again := NewBank(s, nil), NewBank(s, nil)
	count := map[string]int{}
	for i, c := range one.Cases {
		count[c.Kind]++
		if again.Cases[i].ID != c.ID || again.Cases[i].Question != c.Question || one.fold[c.ID] != again.fold[c.ID] {
			t.Fatalf("case %s is %q, and then %q", c.ID, c.Question, again.Cases[i].Question)
		}
		if c.Answerable && len(c.alternatives()) == 0 {
			t.Errorf("%s, %q, has no gold sentence", c.ID, c.Question)
		}
	}
	for kind := range most {
		if count[kind] == 0 || count[kind] > most[kind] {
			t.Errorf("%d questions of kind %s are asked, want some and at most %d", count[kind], kind, most[kind])
		}
	}
}
