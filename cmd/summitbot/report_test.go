package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/report"
)

// heldRows are rows in memory.
type heldRows []report.Row

func (h heldRows) Rows(_ context.Context, since time.Time) (in []report.Row, _ error) {
	for _, r := range h {
		if !r.At.Before(since) {
			in = append(in, r)
		}
	}
	return in, nil
}

func TestReport(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	index, err := loadIndex(config{})
	if err != nil {
		t.Fatal(err)
	}
	rows := heldRows{
		{ID: "1", At: now.Add(-time.Hour), Verdict: bot.Answered, Mode: bot.FromModel, Question: "why Alaska?", Article: "alaska-summit", Sentences: []string{"s45"},
			Usage: bot.Usage{Calls: 1, PromptTokens: 2_000_000}, Votes: report.Votes{Down: 1, Words: []string{"</p><script>"}}},
		{ID: "2", At: now.Add(-2 * time.Hour), Verdict: bot.NotInArticle, Reason: bot.Lacks, Lacking: "which city hosts the summit", Question: "which city?"},
		{ID: "3", At: now.AddDate(0, 0, -9), Verdict: bot.OutOfScope, Question: "pizza?"},
	}
	dir := t.TempDir()
	what := reporting{since: now.AddDate(0, 0, -7), html: filepath.Join(dir, "r.html"), png: filepath.Join(dir, "r.png"), prices: &report.Prices{Prompt: 0.5, Currency: "USD"}}
	var text bytes.Buffer
	if err := writeReport(t.Context(), &text, rows, index.Articles(), what, now); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 questions", "1  which city hosts the summit", "§4 ¶1", "1.00 USD", "“</p><script>”"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
	page, err := os.ReadFile(what.html)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte("&lt;/p&gt;&lt;script&gt;")) || bytes.Contains(page, []byte("<script>")) {
		t.Error("the page does not show the words as words")
	}
	picture, err := os.Open(what.png)
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	if _, err := png.Decode(picture); err != nil {
		t.Error(err)
	}
	what.json = true
	var figures bytes.Buffer
	if err := writeReport(t.Context(), &figures, rows, index.Articles(), what, now); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Questions int
		Cost      struct{ Amount float64 }
	}
	if err := json.Unmarshal(figures.Bytes(), &got); err != nil || got.Questions != 2 || got.Cost.Amount != 1 {
		t.Errorf("the figures are %+v, %v", got, err)
	}
}

// A record and the votes on its answer are one row.
func TestRowOf(t *testing.T) {
	t.Parallel()
	r := bot.Record{ID: "1", Question: "why?", Verdict: bot.NotInArticle, Reason: bot.Lacks, Lacking: "how many soldiers have died", Near: []string{"s1"}, Took: time.Second, Votes: []bot.Vote{
		{Up: true}, {Reason: "wrong", Words: "no"}, {Reason: "missing"},
	}}
	want := report.Row{ID: "1", Question: "why?", Verdict: bot.NotInArticle, Reason: bot.Lacks, Lacking: "how many soldiers have died", Near: []string{"s1"}, Took: time.Second,
		Votes: report.Votes{Up: 1, Down: 2, Reasons: []string{"wrong", "missing"}, Words: []string{"no"}}}
	if got := rowOf(r); !reflect.DeepEqual(got, want) {
		t.Errorf("the row is\n%+v, want\n%+v", got, want)
	}
}

func TestParseSince(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"":           {},
		"7d":         time.Date(2026, 11, 14, 18, 30, 0, 0, time.UTC),
		"24h":        time.Date(2026, 11, 20, 18, 30, 0, 0, time.UTC),
		"90m":        time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC),
		"2026-11-01": time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := parseSince(in, now); err != nil || !got.Equal(want) {
			t.Errorf("-since %q begins %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"0d", "-1d", "d", "7 d", "99999999d", "-1h", "0h", "soon", "2026-13-01", "2026-11-22", "7"} {
		if got, err := parseSince(in, now); err == nil {
			t.Errorf("-since %q begins %v", in, got)
		}
	}
}

func TestParsePrices(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]report.Prices{
		"0.40,0.10,1.60":  {Prompt: 0.4, Cached: 0.1, Completion: 1.6, Currency: "USD"},
		"1, 0, 2.5, EUR ": {Prompt: 1, Completion: 2.5, Currency: "EUR"},
	} {
		if got, err := parsePrices(in); err != nil || *got != want {
			t.Errorf("-prices %q are %+v, %v, want %+v", in, got, err, want)
		}
	}
	if got, err := parsePrices(""); got != nil || err != nil {
		t.Errorf("no prices are %v, %v", got, err)
	}
	for _, in := range []string{"1", "1,2", "1,2,x", "-1,2,3", "1,2,3,", "1,2,3,USD,4", "NaN,1,1", "1,Inf,1"} {
		if got, err := parsePrices(in); err == nil {
			t.Errorf("-prices %q are %+v", in, got)
		}
	}
}
