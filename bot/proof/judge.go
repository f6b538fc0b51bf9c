package proof

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"

	"summitbot/prompts"
)

// The kinds of checks.
const (
	OfStatement = "statement" // whether the evidence says what the statement says
	OfReply     = "reply"     // whether a Yes, No, Partly, Disputed or Unclear answers the question by the evidence
	OfClaim     = "claim"     // whether the evidence bears out what a member says
)

// A Check is one thing that a judge is asked.
type Check struct {
	Kind      string
	Question  string // what is answered; empty for a claim
	Statement string
	Evidence  []string // whole sentences, in the article's order
}

// key is what a judgement of the check is kept under. It tells none of the words.
func (c Check) key() [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q", []string{c.Kind, c.Question, c.Statement, strings.Join(c.Evidence, "\x00")}))
}

// A Result is what a judge says of a check.
type Result string

// The results. Unjudged is a word of our own: the judge said nothing of it, or
// nothing that can be read, or not in time. It upholds nothing.
const (
	Supported    Result = "supported"
	Contradicted Result = "contradicted"
	NotSaid      Result = "not_said"
	Unjudged     Result = "unjudged"
)

// Judgements are what a judge said of checks. The zero value is of one that
// said nothing.
type Judgements struct {
	by map[[sha256.Size]byte]Result
}

// Of is the result of a check.
func (j Judgements) Of(c Check) Result {
	if r, ok := j.by[c.key()]; ok {
		return r
	}
	return Unjudged
}

// An Asker puts a prompt to a judge's server, and returns the whole reply.
type Asker func(ctx context.Context, p prompts.Prompt) (string, error)

// A Form is how a judge is asked.
type Form string

// The forms.
const (
	InJSON    Form = "json"      // all checks in one request, see prompts.Judge
	MiniCheck Form = "minicheck" // a document and a claim, answered by Yes or No (Tang et al. 2024)
)

// FormOf is the form for a model by its name.
func FormOf(model string) Form {
	if strings.Contains(strings.ToLower(model), "minicheck") {
		return MiniCheck
	}
	return InJSON
}

// keptJudgements is how many judgements are kept: the same is not judged twice.
const keptJudgements = 4096

// A Judge says what evidence supports. It is safe for concurrent use.
type Judge struct {
	form     Form
	parallel int

	mu   sync.Mutex
	kept map[[sha256.Size]byte]Result
	old  map[[sha256.Size]byte]Result // kept before, forgotten when kept is full again
}

// NewJudge returns a judge that is asked in a form, parallel requests at a time.
func NewJudge(form Form, parallel int) *Judge {
	return &Judge{form: form, parallel: max(1, parallel), kept: map[[sha256.Size]byte]Result{}}
}

// Judge asks for the results of checks: what has been judged before is not
// asked again. With an error some of them are unjudged.
func (j *Judge) Judge(ctx context.Context, ask Asker, checks ...Check) (Judgements, error) {
	out := Judgements{map[[sha256.Size]byte]Result{}}
	var open []Check
	for _, c := range checks {
		if r, ok := j.remembered(c.key()); ok {
			out.by[c.key()] = r
		} else {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return out, nil
	}
	results, err := j.put(ctx, ask, open)
	for i, c := range open {
		if r := results[i]; r != Unjudged {
			out.by[c.key()] = r
			j.remember(c.key(), r)
		}
	}
	return out, err
}

func (j *Judge) put(ctx context.Context, ask Asker, checks []Check) ([]Result, error) {
	if j.form == MiniCheck {
		return j.oneByOne(ctx, ask, checks)
	}
	return inJSON(ctx, ask, checks)
}

func (j *Judge) remembered(key [sha256.Size]byte) (Result, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, ok := j.kept[key]
	if !ok {
		r, ok = j.old[key]
	}
	return r, ok
}

func (j *Judge) remember(key [sha256.Size]byte, r Result) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.kept) >= keptJudgements/2 {
		j.old, j.kept = j.kept, map[[sha256.Size]byte]Result{}
	}
	j.kept[key] = r
}

// inJSON asks all checks in one request, in any order.
func inJSON(ctx context.Context, ask Asker, checks []Check) ([]Result, error) {
	order := rand.Perm(len(checks))
	asked := make([]prompts.Check, len(checks))
	for place, i := range order {
		c := checks[i]
		asked[place] = prompts.Check{ID: place + 1, Kind: c.Kind, Question: c.Question, Statement: c.Statement, Evidence: c.Evidence}
	}
	results := unjudged(len(checks))
	reply, err := ask(ctx, prompts.Judge(asked))
	if err != nil {
		return results, err
	}
	read, err := readResults(reply, len(checks))
	for place, i := range order {
		results[i] = read[place]
	}
	return results, err
}

func unjudged(n int) []Result {
	out := make([]Result, n)
	for i := range out {
		out[i] = Unjudged
	}
	return out
}

// longestResults is how many bytes of a judge's reply are read.
const longestResults = 64 << 10

// fence matches what some models put around an object.
var fence = regexp.MustCompile("^\\s*```(?:json)?\\s*|\\s*```\\s*$")

// readResults reads a judge's reply to n checks, whose ids are 1 to n. What is
// missing, doubled or none of the results is unjudged; ids that were not asked
// mean nothing. A reply that is not one object of that form, and nothing else, is
// an error.
func readResults(reply string, n int) ([]Result, error) {
	out := unjudged(n)
	if len(reply) > longestResults {
		return out, fmt.Errorf("the judge's reply has %d bytes, more than %d", len(reply), longestResults)
	}
	var read struct {
		Results []json.RawMessage `json:"results"`
	}
	if err := json.Unmarshal([]byte(fence.ReplaceAllString(reply, "")), &read); err != nil {
		return out, fmt.Errorf("the judge's reply is not of the form that was asked for: %w", err)
	}
	seen := map[int]bool{}
	for _, raw := range read.Results {
		var r struct {
			ID     int    `json:"id"`
			Result string `json:"result"`
		}
		if json.Unmarshal(raw, &r) != nil || r.ID < 1 || r.ID > n {
			continue
		}
		result := Result(strings.ToLower(strings.TrimSpace(r.Result)))
		if seen[r.ID] || result != Supported && result != Contradicted && result != NotSaid {
			result = Unjudged
		}
		seen[r.ID] = true
		out[r.ID-1] = result
	}
	return out, nil
}

// oneByOne asks each check in MiniCheck's form, where No may be a contradiction
// as well as nothing said: it is taken for the latter.
func (j *Judge) oneByOne(ctx context.Context, ask Asker, checks []Check) ([]Result, error) {
	results := unjudged(len(checks))
	errs := make([]error, len(checks))
	slots := make(chan struct{}, j.parallel)
	var all sync.WaitGroup
	for i, c := range checks {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			claim := c.Statement
			if c.Kind == OfReply {
				claim = fmt.Sprintf("The answer to the question %q is: %s.", c.Question, strings.ToLower(c.Statement))
			}
			reply, err := ask(ctx, prompts.MiniCheck(strings.Join(c.Evidence, "\n"), claim))
			errs[i] = err
			if err == nil {
				results[i] = yesOrNo(reply)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return results, err
		}
	}
	return results, nil
}

// yesOrNo reads MiniCheck's reply: the word that it begins with, unless it has the
// other one too.
func yesOrNo(reply string) Result {
	words := wordsOf(strings.ToLower(reply))
	yes, no := slices.Contains(words, "yes"), slices.Contains(words, "no")
	switch {
	case len(words) == 0 || yes == no:
		return Unjudged
	case words[0] == "yes":
		return Supported
	case words[0] == "no":
		return NotSaid
	}
	return Unjudged
}
