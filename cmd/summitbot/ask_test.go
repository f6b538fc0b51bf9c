package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// printed is what "ask -json" prints, read strictly.
type printed struct {
	ID       string   `json:"id"`
	Question string   `json:"question"`
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
	Voice  string  `json:"voice"`
	Quotes []quote `json:"quotes"`
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

// standing fails unless every quotation is the article's own bytes.
func (p printed) standing(t *testing.T, article []byte) {
	t.Helper()
	quotes := slices.Clone(p.Near)
	for _, c := range p.Claims {
		if len(c.Quotes) == 0 || c.Text == "" || !slices.Contains([]string{"stated", "attributed", "analysis", "forecast"}, c.Voice) {
			t.Errorf("%q: claim %+v", p.Question, c)
		}
		quotes = append(quotes, c.Quotes...)
	}
	for _, q := range quotes {
		if q.Start < 0 || q.End > len(article) || q.Start >= q.End || string(article[q.Start:q.End]) != q.Text || !strings.HasPrefix(q.Sentence, "s") {
			t.Errorf("%q: quotation %+v does not stand in the article", p.Question, q)
		}
	}
	if !slices.Contains([]string{"answered", "partly", "not_in_article", "premise_corrected", "out_of_scope"}, p.Verdict) ||
		p.Mode != "quotes" || p.Badge == "" || p.TookMS == nil || *p.TookMS < 0 || p.Claims == nil || p.Near == nil || p.Next == nil {
		t.Errorf("%q: %+v", p.Question, p)
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

// Every question of the evaluation set gets an answer of the promised form,
// in the order of the questions.
func TestAskStream(t *testing.T) {
	t.Parallel()
	article, gold := seed(t, "alaska-summit.txt"), string(seed(t, "gold-dev.jsonl"))
	answers := ask(t, gold, "-jsonl")
	n, quoted := 0, 0
	for line := range strings.Lines(gold) {
		var q struct{ ID string }
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatal(err)
		}
		if n >= len(answers) {
			t.Fatalf("%d questions have only %d answers", n+1, len(answers))
		}
		// The question is told as it was understood, which a follow-up needs.
		if a := answers[n]; a.ID != q.ID || a.Question == "" {
			t.Errorf("question %s is answered as %s %q", q.ID, a.ID, a.Question)
		}
		answers[n].standing(t, article)
		quoted += len(answers[n].Claims)
		n++
	}
	if n != len(answers) || quoted < n/2 {
		t.Errorf("%d questions, %d answers, %d claims", n, len(answers), quoted)
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
