package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/retrieval"
)

// asking makes rows of refused questions, "12 a question" for one asked so often.
func asking(reason bot.Reason, lacking string, questions ...string) (rows []Row) {
	for _, q := range questions {
		n := 1
		if _, err := fmt.Sscanf(q, "%d ", &n); err == nil {
			_, q, _ = strings.Cut(q, " ")
		}
		for range n {
			rows = append(rows, Row{Verdict: bot.NotInArticle, Reason: reason, Lacking: lacking, Question: q})
		}
	}
	return rows
}

func TestGaps(t *testing.T) {
	t.Parallel()
	deleted := Row{Verdict: bot.NotInArticle, Reason: bot.NoEvidence, Article: "small", Near: []string{"s1"}}
	for _, c := range []struct {
		name string
		rows []Row
		want []string // "how n label: samples | near"
	}{
		{"what the article is known to lack", asking(bot.Lacks, "which city hosts the summit", "2 which city", "what town is it"),
			[]string{"gap 3 which city hosts the summit: which city, what town is it"}},
		{"as most write it", slices.Concat(asking(bot.Lacks, "macron", "is macron there"), asking(bot.Lacks, "Macron", "is Macron coming", "Macron?")),
			[]string{"gap 3 Macron: Macron?, is macron there, is Macron coming"}},
		{"others that ask the same join", slices.Concat(asking(bot.Lacks, "which hotel they stay at", "which hotel", "name of the hotel"), asking(bot.NoEvidence, "", "hotel?")),
			[]string{"gap 3 which hotel they stay at: hotel?, which hotel, name of the hotel"}},
		{"rare words in common", asking(bot.NoEvidence, "", "is there a weather forecast", "weather tomorrow?", "how is the weather", "any snipers", "a sniper on a roof"),
			[]string{"words 3 weather: weather tomorrow?, how is the weather, is there a weather forecast", "words 2 sniper: any snipers, a sniper on a roof"}},
		{"the article's own words tell nothing", asking(bot.NoEvidence, "", "many paragraphs of glaciers", "how many paragraphs, whales"),
			[]string{"rest 2 each about something of its own: how many paragraphs, whales, many paragraphs of glaciers"}},
		{"words are deleted", []Row{deleted, deleted},
			[]string{"place 2 near §1 ¶1, Introduction: "}},
		{"deleted, but known", asking(bot.Lacks, "which hotel they stay at", "", ""),
			[]string{"gap 2 which hotel they stay at: "}},
		{"a question that came once", asking(bot.NoEvidence, "", "who is Zorro"),
			[]string{"rest 1 each about something of its own: who is Zorro"}},
		{"a long question, asked again", asking(bot.NoEvidence, "", "2 will glaciers, whales, otters, salmon, eagles and moose be watching quietly"),
			[]string{"words 2 eagles, glaciers, moose: will glaciers, whales, otters, salmon, eagles and moose be watching quietly"}},
		{"said to the bot", []Row{{Verdict: bot.OutOfScope, Question: "hi"}, {Verdict: bot.OutOfScope, Reason: bot.Empty}}, nil},
		{"an answer is no gap", []Row{{Verdict: bot.Answered, Question: "why weather"}, {Question: "and weather"}}, nil},
	} {
		for i := range c.rows {
			c.rows[i].ID, c.rows[i].At = fmt.Sprint(i), to.Add(-time.Duration(i+1)*time.Minute)
		}
		r := New(c.rows, []*retrieval.Article{smallArticle(t)}, Options{To: to})
		var got []string
		for _, g := range r.Gaps.Groups {
			line := fmt.Sprintf("%s %d %s: %s", g.How, g.N, g.Label, strings.Join(g.Samples, ", "))
			if g.Near != "" {
				line += " | " + g.Near
			}
			got = append(got, line)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.name, got, c.want)
		}
		if r.ToBot+r.Gaps.N != len(c.rows) && c.want != nil {
			t.Errorf("%s: %d and %d of %d questions are told of", c.name, r.Gaps.N, r.ToBot, len(c.rows))
		}
	}
}

func TestHeatMap(t *testing.T) {
	t.Parallel()
	a := smallArticle(t)
	row := func(change func(*Row)) Row {
		r := Row{Kind: bot.Ask, Verdict: bot.Answered, Article: a.Hash[:8], Sentences: []string{"s1"}}
		change(&r)
		return r
	}
	rows := []Row{
		row(func(r *Row) { r.Sentences = []string{"s1", "s2", "s3"}; r.Votes = Votes{Up: 1, Down: 2} }),
		row(func(r *Row) { r.Article = a.Slug; r.Votes.Down = 1 }),
		row(func(r *Row) { r.Kind = bot.Takeaways }),
		row(func(r *Row) { r.Verdict, r.Sentences, r.Near = bot.NotInArticle, nil, []string{"s2", "s12"} }),
		row(func(r *Row) { r.Sentences = []string{"s1", "s99", "x"} }),
		row(func(r *Row) { r.Article = "gone" }),
		row(func(r *Row) { r.Article = "" }),
		row(func(r *Row) { r.Article, r.Sentences = "", nil }),
	}
	for i := range rows {
		rows[i].ID, rows[i].At = fmt.Sprint(i), to.Add(-time.Hour)
	}
	r := New(rows, []*retrieval.Article{a}, Options{To: to})
	m := r.Maps[0]
	for _, c := range []struct {
		cell Cell
		want [5]int // asked, cited, up, down, level
	}{
		{m.Sections[0].Cells[0], [5]int{4, 4, 1, 3, 5}},
		{m.Sections[1].Cells[0], [5]int{1, 1, 1, 2, 2}},
		{m.Sections[1].Cells[1], [5]int{}},
		{m.Sections[2].Cells[0], [5]int{1, 0, 0, 0, 2}},
	} {
		if got := [5]int{c.cell.Asked, c.cell.Cited, c.cell.Up, c.cell.Down, c.cell.Level}; got != c.want {
			t.Errorf("%s: asked, cited, for, against and level are %v, want %v", c.cell.Mark(), got, c.want)
		}
	}
	if m.Questions != 5 || r.Unplaced != 3 {
		t.Errorf("%d questions are placed and %d are not, want 5 and 3", m.Questions, r.Unplaced)
	}
	if all, cold := m.cells(); all != 11 || cold != 8 {
		t.Errorf("%d of %d paragraphs are cold, want 8 of 11", cold, all)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		most   int
		least  []int
		levels []int // of 1 and of most
	}{
		{0, []int{}, []int{0, 0}},
		{1, []int{1}, []int{5, 5}},
		{2, []int{1, 2}, []int{3, 5}},
		{5, []int{1, 2, 3, 4, 5}, []int{1, 5}},
		{6, []int{1, 2, 3, 4, 5}, []int{1, 5}},
		{32, []int{1, 2, 4, 8, 16}, []int{1, 5}},
		{100_000, []int{1, 10, 100, 1000, 10000}, []int{1, 5}},
	} {
		got := scale(c.most)
		if !slices.Equal(got, c.least) {
			t.Errorf("the scale up to %d is %v, want %v", c.most, got, c.least)
		}
		if levels := []int{level(got, min(1, c.most)), level(got, c.most)}; !slices.Equal(levels, c.levels) {
			t.Errorf("the levels of a scale up to %d are %v, want %v", c.most, levels, c.levels)
		}
	}
	// More is never paler.
	for most := range 300 {
		s, before := scale(most), 0
		for n := range most + 1 {
			l := level(s, n)
			if l < before || l > Levels || (l == 0) != (n == 0) {
				t.Fatalf("of %d at most, %d has the level %d after %d", most, n, l, before)
			}
			before = l
		}
	}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		back        time.Duration
		unit        string
		steps       int
		first, last string
	}{
		{3 * time.Hour, "hour", 3, "15:00", "17:00"},
		{48 * time.Hour, "hour", 48, "18:00", "17:00"},
		{3 * 24 * time.Hour, "day", 4, "18 Nov", "21 Nov"},
		{100 * 24 * time.Hour, "week", 15, "10 Aug", "16 Nov"},
		{800 * 24 * time.Hour, "month", 27, "Sep 2024", "Nov 2026"},
		{8000 * 24 * time.Hour, "year", 23, "2004", "2026"},
	} {
		at := to.Add(-c.back)
		rows := []Row{{ID: "1", At: at}, {ID: "2", At: to.Add(-time.Nanosecond)}}
		s := New(rows, nil, Options{To: to}).Series
		first, last := s.Steps[0], s.Steps[len(s.Steps)-1]
		if s.Unit != c.unit || len(s.Steps) != c.steps || s.label(first) != c.first || s.label(last) != c.last || first.N != 1 || last.N != 1 {
			t.Errorf("%v are %d steps of a %s, from %s (%d) to %s (%d)", c.back, len(s.Steps), s.Unit, s.label(first), first.N, s.label(last), last.N)
		}
	}
}

func TestTimesAndCost(t *testing.T) {
	t.Parallel()
	var rows []Row
	for i := range 100 {
		rows = append(rows, Row{ID: fmt.Sprint(i), At: to.Add(-time.Hour), Mode: bot.Quotes, Took: time.Duration(100-i) * time.Millisecond})
	}
	rows = append(rows, Row{ID: "x", At: to.Add(-time.Hour)}) // not measured
	for i := range 2 {
		rows[i].Mode = bot.FromModel
		rows[i].Usage = bot.Usage{Calls: 2, PromptTokens: 1_000_000, CachedTokens: 250_000, CompletionTokens: 100_000}
	}
	r := New(rows, nil, Options{To: to, Prices: &Prices{Prompt: 2, Cached: 1, Completion: 10, Currency: "EUR"}})
	var got []string
	for _, x := range r.Times {
		got = append(got, fmt.Sprint(x.Name, " ", x.N, " ", x.P50, " ", x.P90, " ", x.P99))
		n := 0
		for _, k := range x.Bins {
			n += k
		}
		if n != x.N {
			t.Errorf("%d of %d times are in bins", n, x.N)
		}
	}
	want := []string{" 100 50ms 90ms 99ms", "model 2 99ms 100ms 100ms", "quotes 98 49ms 89ms 98ms"}
	if !slices.Equal(got, want) {
		t.Errorf("times are %q, want %q", got, want)
	}
	if want := (Tokens{4, 2_000_000, 500_000, 200_000}); r.Tokens != want {
		t.Errorf("tokens are %+v, want %+v", r.Tokens, want)
	}
	// 1.5 million at 2, half a million at 1, 0.2 million at 10.
	if want := (Cost{5.5, "EUR", 2.75}); *r.Cost != want {
		t.Errorf("the cost is %+v, want %+v", *r.Cost, want)
	}
	if r := New(rows, nil, Options{To: to}); r.Cost != nil {
		t.Errorf("without prices it costs %v", r.Cost)
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	row := func(id string, up, down int, hours int) Row {
		return Row{ID: id, At: to.Add(-time.Duration(hours) * time.Hour), Votes: Votes{Up: up, Down: down}}
	}
	rows := []Row{row("liked", 5, 1, 1), row("hated", 0, 4, 9), row("old", 1, 3, 8), row("new", 1, 3, 2), row("split", 4, 6, 3), row("fine", 3, 0, 1)}
	rows[1].Votes.Reasons = []string{"other", "missing", "wrong", "missing", "spite", ""}
	rows[1].Votes.Words = []string{"1", "", "2", "3", "4", "5", "6", " "}
	rows[1].Answer = "one\n\n two \r\nthree"
	r := New(rows, nil, Options{To: to})
	var got []string
	for _, j := range r.Worst {
		got = append(got, j.ID)
	}
	if want := []string{"hated", "split", "new", "old", "liked"}; !slices.Equal(got, want) {
		t.Errorf("the worst are %v, want %v", got, want)
	}
	if r.Up != 14 || r.Down != 17 {
		t.Errorf("%d votes for and %d against, want 14 and 17", r.Up, r.Down)
	}
	hated := r.Worst[0]
	if want := "something is missing (2), something else (2), it is wrong"; hated.given() != want {
		t.Errorf("the reasons are %q, want %q", hated.given(), want)
	}
	if len(hated.Words) != 5 || hated.More != 1 || hated.Answer != "one\ntwo\nthree" {
		t.Errorf("the words are %q and %d more, the answer %q", hated.Words, hated.More, hated.Answer)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "",
		"  two \t\n words ":                "two words",
		"\x1b[31mred\x00\u0085x":           "[31mred x",
		"a\u202eb\u2066c\u200bd\ufeff":     "abcd",
		"\xff\xfeé":                        "\uFFFDé",
		"می\u200cخواهم 👩\u200d👧":           "می\u200cخواهم 👩\u200d👧",
		"e\u0301\u0301\u0301\u0301\u0301x": "e\u0301\u0301\u0301x",
		strings.Repeat("x", 4096):          strings.Repeat("x", longWord-1) + "…",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) is %q, want %q", in, got, want)
		}
	}
	if got := clip("some words that are long", 12); got != "some words…" {
		t.Errorf("clipped to %q", got)
	}
	if got := len([]rune(clean(strings.Repeat("ab ", 1<<20)))); got > readAtMost {
		t.Errorf("of a very long text %d characters are read", got)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{number(0), "0"}, {number(999), "999"}, {number(1000), "1,000"}, {number(1234567), "1,234,567"}, {number(-1000), "-1,000"},
		{counted(1, "vote"), "1 vote"}, {counted(0, "vote"), "0 votes"}, {counted(1200, "vote"), "1,200 votes"},
		{percent(0, 0), "–"}, {percent(0, 9), "0 %"}, {percent(1, 1000), "<1 %"}, {percent(1, 8), "13 %"}, {percent(999, 1000), ">99 %"}, {percent(3, 3), "100 %"},
		{took(400 * time.Microsecond), "0.4 ms"}, {took(12 * time.Millisecond), "12 ms"}, {took(2400 * time.Millisecond), "2.4 s"}, {took(21 * time.Second), "21 s"}, {took(5 * time.Minute), "5 min"},
		{Cost{Amount: 12.345, Currency: "USD"}.String(), "12.35 USD"}, {Cost{Amount: 0.0123}.String(), "0.0123"},
		{bar(0, 8, 10), ""}, {bar(8, 8, 4), "████"}, {bar(1, 8, 4), "▌"}, {bar(1, 1000, 4), "▏"},
		{fmt.Sprint(roundUp(0), roundUp(2), roundUp(3), roundUp(9), roundUp(11), roundUp(65)), "2 2 4 10 20 80"},
		{brief(9999) + brief(12_345) + brief(12_345_678), "999912k12M"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
