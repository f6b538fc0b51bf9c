// Package eval measures how well questions are answered: against an
// evaluation set of questions with the passages that answer them, and
// against any reading-comprehension set in the format of SQuAD 2.0.
package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"summitbot/bot"
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
	// Rank is how many claims, in the order in which they are shown, have to
	// be read to have seen a whole set of gold pieces quoted; 0 when none is
	// complete.
	Rank int
	// Recall and Precision compare the quotations with the gold pieces;
	// only for lists.
	Recall, Precision float64
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

// Run puts every case to the answerer.
func Run(ctx context.Context, a Answerer, cases []Case) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(cases))
	for _, c := range cases {
		start := time.Now()
		ans, err := a.Answer(ctx, bot.Question{ID: c.ID, Kind: bot.Ask, Text: c.Question, History: c.History})
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		o := score(c, ans)
		o.Took = time.Since(start)
		if earlier, ok := a.(*Answers); ok {
			o.Took = earlier.took(c.ID)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// score compares an answer with its case.
func score(c Case, ans bot.Answer) Outcome {
	o := Outcome{Case: c, Answer: ans, Refused: len(ans.Claims) == 0}
	var shown []string
	for _, cl := range ans.Claims {
		var text strings.Builder
		for _, q := range cl.Quotes() {
			text.WriteString(plain(q.Text) + "\n")
		}
		shown = append(shown, text.String())
	}
	for _, set := range c.alternatives() {
		if r := rank(set, shown); r > 0 && (o.Rank == 0 || r < o.Rank) {
			o.Rank = r
		}
	}
	if c.Kind == "list" {
		o.Recall, o.Precision = overlap(c, ans)
	}
	text := strings.ToLower(ans.PlainText())
	for _, f := range c.Forbid {
		if strings.Contains(text, strings.ToLower(f)) {
			o.Broke = append(o.Broke, f)
		}
	}
	return o
}

// rank is how many of the shown claims hold the whole set; 0 for none.
func rank(set, shown []string) int {
	deepest := 0
	for _, piece := range set {
		at := find(plain(piece), shown)
		if at == 0 {
			return 0
		}
		deepest = max(deepest, at)
	}
	return deepest
}

// find is the place, counted from 1, of the first text that holds the piece.
func find(piece string, texts []string) int {
	for i, t := range texts {
		if strings.Contains(t, piece) {
			return i + 1
		}
	}
	return 0
}

// overlap is the share of gold pieces found, and the share of claims that
// hold one.
func overlap(c Case, ans bot.Answer) (recall, precision float64) {
	for _, set := range c.alternatives() {
		found, useful := 0, 0
		for _, piece := range set {
			for _, cl := range ans.Claims {
				if holds(cl, piece) {
					found++
					break
				}
			}
		}
		for _, cl := range ans.Claims {
			for _, piece := range set {
				if holds(cl, piece) {
					useful++
					break
				}
			}
		}
		r := float64(found) / float64(len(set))
		if r > recall || recall == 0 {
			recall = r
			if len(ans.Claims) > 0 {
				precision = float64(useful) / float64(len(ans.Claims))
			}
		}
	}
	return recall, precision
}

// holds says whether one of the claim's quotations, or its text, holds the
// piece.
func holds(c bot.Claim, piece string) bool {
	piece = plain(piece)
	for _, q := range c.Quotes() {
		if strings.Contains(plain(q.Text), piece) {
			return true
		}
	}
	return strings.Contains(plain(c.Text()), piece)
}

// plain folds what pieces of an evaluation set may write differently.
func plain(s string) string {
	return strings.ToLower(strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`).Replace(strings.Join(strings.Fields(s), " ")))
}
