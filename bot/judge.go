package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot/proof"
	"summitbot/prompts"
)

// TrialKept is how long the outcome of a judge's trial is kept.
const TrialKept = 30 * 24 * time.Hour

// trialPrefix begins the keys that outcomes of trials are kept under.
const trialPrefix = "trial-"

// IsTrial says whether what is kept under a key is the outcome of a trial.
func IsTrial(key string) bool { return strings.HasPrefix(key, trialPrefix) }

// Measure tells how the judge fares on pairs. An error is of the server or of its way.
func (a *Answerer) Measure(ctx context.Context, pairs []proof.Pair, progress func(done, of int)) (proof.Trial, error) {
	c := a.writer.court
	return c.judge.Try(ctx, a.writer.asker(c.model, nil), pairs, progress)
}

// A court is the judge, with what is known of it. Until it has passed its trial
// it is asked nothing else.
type court struct {
	judge *proof.Judge
	model Model
	name  string // what its trial is kept under
	form  proof.Form
	shelf Shelf // nil for none
	state atomic.Pointer[JudgeState]
	one   sync.Mutex // held while it is tried
}

// JudgeState is what is known of the judge.
type JudgeState struct {
	Off     bool         // there is none
	Tried   bool         // its trial is over
	Trial   *proof.Trial // how it fared, nil before
	Trusted bool         // it is asked of answers
}

// String tells the state as the end of "the judge ".
func (s JudgeState) String() string {
	switch {
	case s.Off:
		return "is off: answers are quotations"
	case !s.Tried:
		return "is being tried: until then answers are quotations"
	case s.Trusted:
		return "passed its trial: " + s.Trial.String()
	}
	return "did not pass its trial, so that answers are quotations: " + s.Trial.String() + "; it got wrong the pairs " + strings.Trim(fmt.Sprint(s.Trial.IDs()), "[]")
}

func newCourt(o Options) *court {
	if o.Judge == nil {
		return nil
	}
	return &court{judge: proof.NewJudge(o.JudgeForm, o.JudgeParallel), model: o.Judge, name: o.JudgeName, form: o.JudgeForm, shelf: o.Shelf}
}

// JudgeState is what is known of the judge.
func (a *Answerer) JudgeState() JudgeState {
	if a.writer == nil || a.writer.court == nil {
		return JudgeState{Off: true}
	}
	if s := a.writer.court.state.Load(); s != nil {
		return *s
	}
	return JudgeState{}
}

// TryJudge tries the judge, unless that was done before: what came of it is kept
// on the shelf. Progress hears how far it is, and may be nil. An error is of the
// server or of its way, and no outcome: try again later.
func (a *Answerer) TryJudge(ctx context.Context, progress func(done, of int)) (JudgeState, error) {
	if a.writer == nil || a.writer.court == nil {
		return JudgeState{Off: true}, nil
	}
	c := a.writer.court
	c.one.Lock()
	defer c.one.Unlock()
	if s := c.state.Load(); s != nil {
		return *s, nil
	}
	trial, ok := c.recall(ctx)
	if !ok {
		var err error
		if trial, err = c.judge.Try(ctx, a.writer.trialAsker(c.model), proof.TrialPairs(), progress); err != nil {
			return JudgeState{}, fmt.Errorf("trying the judge: %w", err)
		}
		c.keep(ctx, trial)
	}
	s := JudgeState{Tried: true, Trial: &trial, Trusted: trial.Passed()}
	c.state.Store(&s)
	return s, nil
}

// key is what the trial's outcome is kept under.
func (c *court) key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "trial %q %q %q %q", c.name, c.form, prompts.Version, proof.TrialVersion()))
	return trialPrefix + hex.EncodeToString(sum[:12])
}

func (c *court) recall(ctx context.Context) (t proof.Trial, ok bool) {
	if c.shelf == nil {
		return t, false
	}
	body, err := c.shelf.Recall(ctx, c.key())
	if err != nil || body == nil || json.Unmarshal(body, &t) != nil {
		return t, false
	}
	return t, t.Wrong+t.Honest == len(proof.TrialPairs())
}

// keep keeps the outcome. A shelf that fails costs another trial, and nothing else.
func (c *court) keep(ctx context.Context, t proof.Trial) {
	if c.shelf == nil {
		return
	}
	if body, err := json.Marshal(t); err == nil {
		_ = c.shelf.Shelve(ctx, c.key(), body, TrialKept)
	}
}

// trusted says whether the judge may be asked of answers.
func (c *court) trusted() bool {
	if c == nil {
		return false
	}
	s := c.state.Load()
	return s != nil && s.Trusted
}

// trustedName names the judge that is asked of answers, empty where none is.
func (c *court) trustedName() string {
	if !c.trusted() {
		return ""
	}
	return c.name + " " + string(c.form)
}

// asker asks a model for whole replies, and adds up what they cost.
func (w *writer) asker(m Model, usage *Usage) proof.Asker {
	var mu sync.Mutex
	return func(ctx context.Context, p prompts.Prompt) (string, error) {
		var reply strings.Builder
		began := time.Now()
		cost, err := m.Write(ctx, p, func(text string) error {
			if reply.Len()+len(text) > longestDraft {
				return errLongDraft
			}
			reply.WriteString(text)
			return nil
		})
		w.meter.Replied(cost, time.Since(began), err)
		mu.Lock()
		defer mu.Unlock()
		if usage != nil {
			usage.add(cost)
		}
		if _, ok := errors.AsType[*NoUse](err); ok {
			return "", nil // the server works; what the model said judges nothing
		}
		return reply.String(), err
	}
}

// errSpent ends a trial when the day's tokens are spent.
var errSpent = errors.New("the day's tokens are spent (DAILY_TOKEN_BUDGET)")

// trialAsker is an asker whose requests are paid for one by one, within the day's
// tokens.
func (w *writer) trialAsker(m Model) proof.Asker {
	return func(ctx context.Context, p prompts.Prompt) (string, error) {
		if w.budget.spent(ctx) {
			return "", errSpent
		}
		var usage Usage
		reply, err := w.asker(m, &usage)(ctx, p)
		w.budget.spend(ctx, Question{}, usage)
		return reply, err
	}
}

// judge asks the judge of checks within the day's tokens. Without one that may be
// trusted, or when it fails, what it did not say is unjudged, and c.why says why.
func (c *composing) judge(ctx context.Context, checks ...proof.Check) proof.Judgements {
	w := c.writer
	switch {
	case len(checks) == 0:
		return proof.Judgements{}
	case !w.court.trusted():
		c.why = NotJudged
		return proof.Judgements{}
	case w.budget.spent(ctx):
		c.why, c.ans.unjudged = BudgetSpent, true
		return proof.Judgements{}
	}
	var usage Usage
	judged, err := w.court.judge.Judge(ctx, w.asker(w.court.model, &usage), checks...)
	c.ans.Usage.add(usage)
	w.budget.spend(ctx, c.ans.Question, usage)
	if err != nil {
		c.why = NoModelReply
	}
	c.ans.unjudged = slices.ContainsFunc(checks, func(k proof.Check) bool { return judged.Of(k) == proof.Unjudged })
	return judged
}
