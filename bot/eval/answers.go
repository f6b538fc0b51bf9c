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
	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// A kept answer is one line of a file of answers: enough to score it again,
// and to examine it again.
type kept struct {
	ID   string         `json:"id"`
	Kind retrieval.Kind `json:"kind"`
	// Hits are the sentences that were found, best first.
	Hits     []keptHit    `json:"hits"`
	Verdict  bot.Verdict  `json:"verdict"`
	Mode     bot.Mode     `json:"mode"`
	Fallback bot.Fallback `json:"fallback,omitempty"`
	Claims   []keptClaim  `json:"claims"`
	Dropped  int          `json:"dropped"`
	Usage    bot.Usage    `json:"usage"`
	Seconds  float64      `json:"seconds"`
}

type keptHit struct {
	Article  string `json:"article"`
	Sentence string `json:"sentence"`
}

type keptClaim struct {
	proof.Statement
	How proof.How `json:"how"`
}

// WriteAnswers writes the answers of an evaluation, a line each, so that they
// can be scored again without a model.
func WriteAnswers(w io.Writer, outcomes []Outcome) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, o := range outcomes {
		k := kept{
			ID: o.ID, Kind: o.Answer.Kind, Hits: []keptHit{}, Verdict: o.Answer.Verdict, Mode: o.Answer.Mode, Fallback: o.Answer.Fallback, Claims: []keptClaim{},
			Dropped: o.Answer.Dropped, Usage: o.Answer.Usage, Seconds: o.Took.Seconds(),
		}
		for _, h := range o.Answer.Hits {
			k.Hits = append(k.Hits, keptHit{h.Article.Slug, h.Sentence.ID})
		}
		for _, c := range o.Answer.Claims {
			k.Claims = append(k.Claims, keptClaim{c.Statement(), c.How()})
		}
		if err := enc.Encode(k); err != nil {
			return err
		}
	}
	return nil
}

// Answers are those of an earlier evaluation, by the cases' ids. They answer
// in an Answerer's place.
type Answers struct {
	articles []*retrieval.Article
	gate     *proof.Gate
	by       map[string]kept
}

// ReadAnswers reads what WriteAnswers has written of answers from an index's articles. An
// error names the line.
func ReadAnswers(r io.Reader, index *retrieval.Index) (*Answers, error) {
	articles := index.Articles()
	a := &Answers{articles, proof.NewGate(articles, index), map[string]kept{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var k kept
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		a.by[k.ID] = k
	}
	return a, lines.Err()
}

// Answer returns the answer to the case with the question's id. Code
// examines each of its claims again: one that does not pass any more is dropped.
func (a *Answers) Answer(_ context.Context, q bot.Question) (bot.Answer, error) {
	k, ok := a.by[q.ID]
	if !ok {
		return bot.Answer{}, fmt.Errorf("the file of answers has none to case %s", q.ID)
	}
	ans := bot.Answer{Question: q, Kind: k.Kind, Hits: a.hits(k), Verdict: k.Verdict, Mode: k.Mode, Fallback: k.Fallback, Dropped: k.Dropped, Usage: k.Usage}
	for _, kc := range k.Claims {
		if c, err := a.gate.Restore(kc.Statement, kc.How, q.Text); err == nil {
			ans.Claims = append(ans.Claims, c)
		} else {
			ans.Dropped++
		}
	}
	return ans, nil
}

// hits are the sentences of a kept answer that the articles still have.
func (a *Answers) hits(k kept) (hits []retrieval.Hit) {
	for _, h := range k.Hits {
		for _, article := range a.articles {
			if at, ok := article.Find(h.Sentence); ok && article.Slug == h.Article {
				hits = append(hits, retrieval.Hit{Place: at})
			}
		}
	}
	return hits
}

// took is how long the answer took when it was given.
func (a *Answers) took(id string) time.Duration {
	return time.Duration(a.by[id].Seconds * float64(time.Second))
}
