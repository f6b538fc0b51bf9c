// Package eval measures how well questions are answered, against an evaluation
// set of questions with the pieces of the article that answer them.
package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

// A Case is one question of an evaluation set.
type Case struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"` // fact, paraphrase, typo, list, multihop, followup, …
	History    []string `json:"history"`
	Question   string   `json:"question"`
	Answerable bool     `json:"answerable"`
	// Gold are pieces of the article, all of which answer the question
	// together. GoldAny are several such sets, each of which does; it takes
	// precedence where it is given.
	Gold    []string   `json:"gold"`
	GoldAny [][]string `json:"gold_any"`
	// Expect is "answer", "refuse" or "correct_premise_or_refuse".
	Expect string `json:"expect"`
	// Forbid are strings that no answer may hold.
	Forbid []string `json:"forbid"`
	// Without leaves out what one author wrote ahead, for that author's own
	// questions.
	Without string `json:"-"`
}

// ReadCases reads an evaluation set, one JSON object a line. An error names
// the line.
func ReadCases(r io.Reader) ([]Case, error) {
	var cases []Case
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if c.ID == "" || c.Kind == "" || c.Question == "" {
			return nil, fmt.Errorf("line %d: a case needs id, kind and question", n)
		}
		cases = append(cases, c)
	}
	return cases, lines.Err()
}

// alternatives are the sets of pieces of which one has to be found.
func (c Case) alternatives() [][]string {
	if len(c.GoldAny) > 0 {
		return c.GoldAny
	}
	if len(c.Gold) > 0 {
		return [][]string{c.Gold}
	}
	return nil
}

// An Outcome is what came of one case.
type Outcome struct {
	Case
	Answer bot.Answer
	// Place is the place among the hits, from 1, of the first sentence that
	// holds a gold piece; 0 when none does.
	Place int
	// QuotedFirst says that the first quotation holds a gold piece, Whole that
	// all pieces of one gold set are quoted, InOrder that quotations stand in
	// the article's order.
	QuotedFirst, Whole, InOrder bool
	// Quoted is how many sentences are quoted, Useful how many of them hold a
	// gold piece, Misplaced how many are not the article's bytes at their
	// offsets.
	Quoted, Useful, Misplaced int
	// Refused says that nothing was claimed.
	Refused bool
	// Broke are the forbidden strings that the answer holds.
	Broke []string
	// Took is how long the answer took.
	Took time.Duration
}

// Answerer answers questions.
type Answerer interface {
	Answer(ctx context.Context, q bot.Question) (bot.Answer, error)
}

// Run puts every case to the answerer; told, if it is not nil, hears how many are done.
func Run(ctx context.Context, a Answerer, articles []*retrieval.Article, cases []Case, told func(done, of int)) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(cases))
	for i, c := range cases {
		if told != nil {
			told(i, len(cases))
		}
		start := time.Now()
		ans, err := a.Answer(ctx, bot.Question{ID: c.ID, Kind: bot.Ask, Text: c.Question, History: c.History, Without: c.Without})
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		o := score(c, ans, articles)
		o.Took = time.Since(start)
		if earlier, ok := a.(*Answers); ok {
			o.Took = earlier.took(c.ID)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// score compares an answer with its case. Articles are those that it quotes.
func score(c Case, ans bot.Answer, articles []*retrieval.Article) Outcome {
	o := Outcome{Case: c, Answer: ans, Refused: len(ans.Claims) == 0, InOrder: true}
	for i, h := range ans.Hits {
		if o.Place == 0 && c.wants(h.Text()) {
			o.Place = i + 1
		}
	}
	var shown []string
	last := 0
	for _, cl := range ans.Claims {
		for _, q := range cl.Quotes() {
			shown = append(shown, plain(q.Text))
			o.Quoted++
			if c.wants(q.Text) {
				o.Useful++
				o.QuotedFirst = o.QuotedFirst || o.Quoted == 1
			}
			o.InOrder = o.InOrder && q.Start >= last
			last = q.Start
			if !stands(q, articles) {
				o.Misplaced++
			}
		}
	}
	for _, set := range c.alternatives() {
		o.Whole = o.Whole || !slices.ContainsFunc(set, func(piece string) bool {
			return !slices.ContainsFunc(shown, func(text string) bool { return matches(text, plain(piece)) })
		})
	}
	text := strings.ToLower(wording.PlainText(ans))
	for _, f := range c.Forbid {
		if strings.Contains(text, strings.ToLower(f)) {
			o.Broke = append(o.Broke, f)
		}
	}
	return o
}

// stands says whether a quotation is its article's bytes at its offsets.
func stands(q bot.Quote, articles []*retrieval.Article) bool {
	return slices.ContainsFunc(articles, func(a *retrieval.Article) bool {
		return a.Slug == q.Article && q.Start >= 0 && q.End <= len(a.Text) && q.Start <= q.End && a.Text[q.Start:q.End] == q.Text
	})
}

// wants says whether a text holds one of the gold pieces, or is a part of one.
func (c Case) wants(text string) bool {
	text = plain(text)
	return slices.ContainsFunc(c.alternatives(), func(set []string) bool {
		return slices.ContainsFunc(set, func(piece string) bool { return matches(text, plain(piece)) })
	})
}

// matches says whether one of two texts holds the other.
func matches(text, piece string) bool {
	return strings.Contains(text, piece) || strings.Contains(piece, text)
}

// plain folds what pieces of an evaluation set may write differently.
func plain(s string) string {
	return strings.ToLower(strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`).Replace(strings.Join(strings.Fields(s), " ")))
}
