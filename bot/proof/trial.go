package proof

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"summitbot/prompts"
)

//go:embed trial.jsonl
var trialFile []byte

// A Pair is a check whose result is known.
type Pair struct {
	ID       int      `json:"id"`
	Kind     string   `json:"kind"`
	Lang     string   `json:"lang"`
	Question string   `json:"question"`
	Text     string   `json:"statement"`
	Evidence []string `json:"evidence"`
	Truth    Result   `json:"truth"`
	Twist    string   `json:"twist"` // what is wrong with it; empty for an honest one
}

// Check is what a judge is asked.
func (p Pair) Check() Check { return Check{p.Kind, p.Question, p.Text, p.Evidence} }

// Honest says whether the evidence supports it.
func (p Pair) Honest() bool { return p.Truth == Supported }

// ReadPairs reads pairs, one JSON object a line. An error names the line.
func ReadPairs(r io.Reader) ([]Pair, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var all []Pair
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var p Pair
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case p.Kind != OfStatement && p.Kind != OfReply && p.Kind != OfClaim:
			return nil, fmt.Errorf("line %d: the kind is %q, and not statement, reply or claim", n, p.Kind)
		case p.Truth != Supported && p.Truth != Contradicted && p.Truth != NotSaid:
			return nil, fmt.Errorf("line %d: the truth is %q, and not supported, contradicted or not_said", n, p.Truth)
		case strings.TrimSpace(p.Text) == "" || len(p.Evidence) == 0:
			return nil, fmt.Errorf("line %d: a pair needs a statement and evidence", n)
		}
		all = append(all, p)
	}
	return all, nil
}

// TrialPairs are those by which a judge is judged before it is used: 24 honest
// ones and 48 with one twist each, in six languages.
var TrialPairs = sync.OnceValue(func() []Pair {
	all, err := ReadPairs(bytes.NewReader(trialFile))
	if err != nil {
		panic("proof: trial.jsonl: " + err.Error()) // it is embedded, and a test reads it
	}
	return all
})

// TrialVersion changes with the pairs.
var TrialVersion = sync.OnceValue(func() string { return fmt.Sprintf("%x", sha256.Sum256(trialFile)) })

// What a judge may get wrong of the trial's pairs and be used all the same.
const (
	MostWrongUpheld = 2
	MostHonestLost  = 2
)

// A Trial is how a judge fared on pairs.
type Trial struct {
	Wrong, WrongUpheld  int
	Honest, HonestLost  int
	Misjudged           []Pair            // wrong ones that it upheld, and honest ones that it did not
	ByTwist             map[string][2]int // how many of each twist it refused, and of how many
	Unjudged, Unanswers int
}

// Passed says whether the judge may be used.
func (t Trial) Passed() bool {
	return t.Wrong+t.Honest > 0 && t.WrongUpheld <= MostWrongUpheld && t.HonestLost <= MostHonestLost
}

// IDs are those of the pairs that it got wrong.
func (t Trial) IDs() []int {
	var all []int
	for _, p := range t.Misjudged {
		all = append(all, p.ID)
	}
	return all
}

// String tells the outcome in a line.
func (t Trial) String() string {
	return fmt.Sprintf("of %d wrong statements it upheld %d, of %d honest ones it refused %d", t.Wrong, t.WrongUpheld, t.Honest, t.HonestLost)
}

// batch is how many pairs are put in one request: as many as a long answer has
// checks, so that a judge is judged on what it will be asked.
const batch = 12

// Try asks a judge of pairs, a few at a time, and counts. Progress hears how
// many are done; it may be nil. An error is one of the server's, and the trial is
// then no result.
func (j *Judge) Try(ctx context.Context, ask Asker, pairs []Pair, progress func(done, of int)) (Trial, error) {
	t := Trial{ByTwist: map[string][2]int{}}
	for at := 0; at < len(pairs); at += batch {
		part := pairs[at:min(at+batch, len(pairs))]
		checks := make([]Check, len(part))
		for i, p := range part {
			checks[i] = p.Check()
		}
		results, err := j.put(ctx, counted(ask, &t), checks)
		if err != nil && t.Unanswers > 0 {
			return t, err
		}
		for i, p := range part {
			t.count(p, results[i])
		}
		if progress != nil {
			progress(at+len(part), len(pairs))
		}
	}
	return t, nil
}

// counted counts the requests to which there was no answer.
func counted(ask Asker, t *Trial) Asker {
	var mu sync.Mutex
	return func(ctx context.Context, p prompts.Prompt) (string, error) {
		reply, err := ask(ctx, p)
		if err != nil {
			mu.Lock()
			t.Unanswers++
			mu.Unlock()
		}
		return reply, err
	}
}

func (t *Trial) count(p Pair, r Result) {
	if r == Unjudged {
		t.Unjudged++
	}
	upheld := r == Supported
	if p.Honest() {
		t.Honest++
		if !upheld {
			t.HonestLost++
			t.Misjudged = append(t.Misjudged, p)
		}
		return
	}
	t.Wrong++
	n := t.ByTwist[p.Twist]
	n[1]++
	if upheld {
		t.WrongUpheld++
		t.Misjudged = append(t.Misjudged, p)
	} else {
		n[0]++
	}
	t.ByTwist[p.Twist] = n
}
