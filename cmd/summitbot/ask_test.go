package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"summitbot/bot/wording"
)

// printed is what "ask -json" prints, read strictly.
type printed struct {
	ID       string   `json:"id"`
	Question string   `json:"question"`
	Kind     string   `json:"kind"`
	Hits     []string `json:"hits"`
	Gap      string   `json:"gap"`
	Reply    string   `json:"reply"`
	Verdict  string   `json:"verdict"`
	Mode     string   `json:"mode"`
	Badge    string   `json:"badge"`
	Claims   []claim  `json:"claims"`
	Near     []quote  `json:"near"`
	Next     []string `json:"next"`
	TookMS   *float64 `json:"took_ms"`
}

type claim struct {
	Text   string  `json:"text"`
	How    string  `json:"how"`
	Voice  string  `json:"voice"`
	Quotes []quote `json:"quotes"`
	About  string  `json:"about"`
}

type quote struct {
	Sentence string `json:"sentence"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Text     string `json:"text"`
}

// seed reads a file of seeds/ from the disk, not the embedded copy.
func seed(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "seeds", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// ask runs the program and returns what it prints.
func ask(t *testing.T, stdin string, args ...string) []printed {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), environment{
		args: append([]string{"ask"}, args...), getenv: func(string) (string, bool) { return "", false },
		dir: t.TempDir(), stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
	})
	if code != exitOK || stderr.Len() > 0 {
		t.Fatalf("ask %q ended with code %d: %s", args, code, &stderr)
	}
	var all []printed
	for line := range strings.Lines(stdout.String()) {
		var p printed
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			t.Fatalf("reading %s: %v", line, err)
		}
		all = append(all, p)
	}
	return all
}

// quotable matches the ids of what an article has: sentences, and what stands
// above them.
var quotable = regexp.MustCompile(`^(s\d+|h\d+|title|subtitle)$`)

// standing fails unless every quotation is the article's own bytes, and the
// answer of the promised form.
func (p printed) standing(t *testing.T, article []byte) {
	t.Helper()
	quotes := slices.Clone(p.Near)
	for _, c := range p.Claims {
		if len(c.Quotes) == 0 || c.Text == "" || c.How != "quoted" || !slices.Contains([]string{"stated", "attributed", "analysis", "forecast"}, c.Voice) {
			t.Errorf("%q: claim %+v", p.Question, c)
		}
		quotes = append(quotes, c.Quotes...)
	}
	for _, q := range quotes {
		if q.Start < 0 || q.End > len(article) || q.Start >= q.End || string(article[q.Start:q.End]) != q.Text || !quotable.MatchString(q.Sentence) {
			t.Errorf("%q: quotation %+v does not stand in the article", p.Question, q)
		}
	}
	if !slices.Contains([]string{"answered", "partly", "not_in_article", "premise_corrected", "out_of_scope"}, p.Verdict) ||
		p.Mode != "quotes" || p.Badge == "" || p.TookMS == nil || *p.TookMS < 0 || p.Claims == nil || p.Near == nil || p.Next == nil || p.Kind == "" {
		t.Errorf("%q: %+v", p.Question, p)
	}
	for _, id := range p.Hits {
		if !quotable.MatchString(id) {
			t.Errorf("%q: a hit is %q", p.Question, id)
		}
	}
	if p.Reply != "" && len(p.Claims) > 0 || p.Gap != "" && p.Verdict != "not_in_article" {
		t.Errorf("%q: with %d claims and the verdict %s, the reply is %q and the gap %q", p.Question, len(p.Claims), p.Verdict, p.Reply, p.Gap)
	}
	if answered := p.Verdict == "answered" || p.Verdict == "partly" || p.Verdict == "premise_corrected"; answered != (len(p.Claims) > 0) {
		t.Errorf("%q: %s with %d claims", p.Question, p.Verdict, len(p.Claims))
	}
}

func TestAskQuotesAtTheirOffsets(t *testing.T) {
	t.Parallel()
	got := ask(t, "", "-json", "Why", "was Alaska chosen?")
	if len(got) != 1 || got[0].Verdict != "answered" || got[0].Question != "Why was Alaska chosen?" {
		t.Fatalf("answered %+v", got)
	}
	got[0].standing(t, seed(t, "alaska-summit.txt"))
}

// questionsFile holds questions of many kinds, as "eval" and "ask -jsonl" read
// them.
var questionsFile = filepath.Join("testdata", "questions.jsonl")

// Every question of a stream gets an answer of the promised form, in the order
// of the questions: a quotation, or a refusal, as the question is.
func TestAskStream(t *testing.T) {
	t.Parallel()
	article := seed(t, "alaska-summit.txt")
	data, err := os.ReadFile(questionsFile)
	if err != nil {
		t.Fatal(err)
	}
	answers := ask(t, string(data), "-jsonl")
	n := 0
	for line := range strings.Lines(string(data)) {
		var q struct{ ID, Question, Expect string }
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatal(err)
		}
		if n >= len(answers) {
			t.Fatalf("%d questions have only %d answers", n+1, len(answers))
		}
		a := answers[n]
		if a.ID != q.ID || a.Question != q.Question || len(a.Hits) == 0 {
			t.Errorf("question %s, %q, is answered as %s, %q, from %v", q.ID, q.Question, a.ID, a.Question, a.Hits)
		}
		if answers[n].standing(t, article); (len(a.Claims) > 0) != (q.Expect != "refuse") {
			t.Errorf("%q is to %s, and has %d claims", q.Question, q.Expect, len(a.Claims))
		}
		n++
	}
	if n != len(answers) || n < 15 {
		t.Errorf("%d questions, %d answers", n, len(answers))
	}
}

// What kind of message it is, what the article lacks, and what the bot says
// for itself is told.
func TestAskTellsKinds(t *testing.T) {
	t.Parallel()
	for question, want := range map[string]struct{ kind, gap, reply string }{
		"How many soldiers have died?":     {"open", "soldiers-lost", ""},
		"what are the key takeaways?":      {"takeaways", "", ""},
		"What's a good pizza recipe?":      {"off_topic", "", ""},
		"Which article are you about?":     {"what_is_this_article", "", ""},
		"who is the author of this?":       {"author_date_source", "", wording.For("en").ReplySource},
		"thank you so much!":               {"thanks_greeting", "", wording.For("en").ReplyThanks},
		"Wer hat diesen Text geschrieben?": {"author_date_source", "", wording.For("de").ReplySource},
	} {
		got := ask(t, "", "-json", question)[0]
		if got.Kind != want.kind || got.Gap != want.gap || got.Reply != want.reply {
			t.Errorf("%q is %s, gap %q, reply %q; want %+v", question, got.Kind, got.Gap, got.Reply, want)
		}
	}
}

// A line of any size is answered or refused; none ends the program badly.
func TestAskLongLines(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{100_000: exitOK, maxLine + 1: exitFailure} {
		var stdout, stderr bytes.Buffer
		line := fmt.Sprintf(`{"id":"long","question":%q}`, strings.Repeat("why ", size/4))
		code := run(t.Context(), environment{
			args: []string{"ask", "-jsonl"}, getenv: func(string) (string, bool) { return "", false },
			stdin: strings.NewReader(line), stdout: &stdout, stderr: &stderr,
		})
		if code != want || strings.Count(stderr.String(), "\n") != want {
			t.Errorf("%d bytes: code %d, %s", size, code, &stderr)
		}
	}
}
