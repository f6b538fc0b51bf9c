package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
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
	c := a.writer.judging
	return c.judge.Try(ctx, a.writer.asker(c.model, nil), pairs, progress)
}

// JudgeState is what is known of the judge.
func (a *Answerer) JudgeState() JudgeState {
	if a.writer == nil || a.writer.judging == nil {
		return JudgeState{Off: true}
	}
	if s := a.writer.judging.state.Load(); s != nil {
		return *s
	}
	return JudgeState{}
}

// TryJudge tries the judge, unless that was done before: what came of it is kept
// in the store. Progress hears how far it is, and may be nil. An error is of the
// server or of its way, and no outcome: try again later.
func (a *Answerer) TryJudge(ctx context.Context, progress func(done, of int)) (JudgeState, error) {
	if a.writer == nil || a.writer.judging == nil {
		return JudgeState{Off: true}, nil
	}
	c := a.writer.judging
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
func (c *judging) key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "trial %q %q %q %q", c.name, c.form, prompts.Version, proof.TrialVersion()))
	return trialPrefix + hex.EncodeToString(sum[:12])
}

func (c *judging) recall(ctx context.Context) (t proof.Trial, ok bool) {
	if c.store == nil {
		return t, false
	}
	body, err := c.store.Recall(ctx, c.key())
	if err != nil || body == nil || json.Unmarshal(body, &t) != nil {
		return t, false
	}
	return t, t.Wrong+t.Honest == len(proof.TrialPairs())
}

// keep keeps the outcome. A store that fails costs another trial, and nothing else.
func (c *judging) keep(ctx context.Context, t proof.Trial) {
	if c.store == nil {
		return
	}
	if body, err := json.Marshal(t); err == nil {
		_ = c.store.Shelve(ctx, c.key(), body, TrialKept)
	}
}

// trusted says whether the judge may be asked of answers.
func (c *judging) trusted() bool {
	if c == nil {
		return false
	}
	s := c.state.Load()
	return s != nil && s.Trusted
}

// trustedName names the judge that is asked of answers, empty where none is.
func (c *judging) trustedName() string {
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

// restyles says whether there is a model, and a judge for its words.
func (a *Answerer) restyles() bool { return a.writer != nil && a.writer.judging.trusted() }
