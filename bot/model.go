package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot/proof"
	"summitbot/prompts"
	"summitbot/retrieval"
)

// A Model writes replies to prompts. It is safe for concurrent use.
type Model interface {
	// Write asks for a reply of the form of prompts.Schema and hands its text
	// on as it comes, nothing twice. An error of text's ends the reply and is
	// returned. With any error, what was handed on is no whole reply; one that
	// says for how much of the prompt there is room is a *NoRoom, one of a reply
	// that the model has ended so itself a *NoUse. Usage is what
	// the reply cost, or about that, and nothing where no model has worked on
	// it.
	Write(ctx context.Context, p prompts.Prompt, text func(string) error) (Usage, error)
}

// NoUse is the error of a reply that came and is of no use: one that goes on beyond
// every limit, or refuses.
type NoUse struct{ Err error }

func (e *NoUse) Error() string { return e.Err.Error() }
func (e *NoUse) Unwrap() error { return e.Err }

const (
	// patience is how long a question waits for the model and the judge at
	// most, where Options do not say.
	patience = 22 * time.Second
	// contextTokens is how many tokens of passages a prompt shows, where
	// Options do not say. The seed article fits.
	contextTokens = 6000
)

// Options say what an Answerer has beside its articles. The zero value is an
// Answerer that answers in the articles' own words.
type Options struct {
	Model     Model
	ModelName string // what its answers are kept under
	// Judge judges what the model writes, JudgeName is what its trial is kept
	// under, JudgeForm how it is asked, JudgeParallel how many requests at a time
	// where it takes one check each. Without a Judge answers are quotations.
	Judge         Model
	JudgeName     string
	JudgeForm     proof.Form
	JudgeParallel int
	// ContextTokens is how many tokens of passages a prompt shows; 0 means
	// 6,000.
	ContextTokens int
	// Patience is how long a question waits for the model at most; 0 means
	// 22 s.
	Patience time.Duration
	// DailyTokens is how many tokens may be spent in a day, in UTC; then
	// answers are the articles' own words. 0 means any number.
	DailyTokens int
	// Spending counts what is spent, and Store keeps answers, for all processes
	// and after a restart; nil means in this one's memory alone.
	Spending Spending
	Store    AnswerStore
	// Meter counts what the model's answers take; nil means nobody does.
	Meter Meter
}

// A writer answers questions with the model's words.
type writer struct {
	model    Model
	name     string
	tokens   int
	patience time.Duration

	judging *judging // nil without a judge
	room    room
	budget  *budget
	kept    *cache
	store   AnswerStore // nil for none
	meter   Meter

	mu      sync.Mutex
	flights map[string]*flight // the answers that are being written, by key
}

func newWriter(o Options) *writer {
	if o.Model == nil {
		return nil
	}
	if o.Meter == nil {
		o.Meter = unmetered{}
	}
	return &writer{
		model: o.Model, name: o.ModelName, tokens: cmp.Or(o.ContextTokens, contextTokens), patience: cmp.Or(o.Patience, patience),
		budget: &budget{limit: o.DailyTokens, spending: o.Spending, now: time.Now}, kept: newCache(keptAnswers, time.Now), store: o.Store, meter: o.Meter,
		flights: map[string]*flight{}, judging: newJudging(o),
	}
}

// HasModel says whether a model may write the answers.
func (a *Answerer) HasModel() bool { return a.writer != nil }

// An Answerer answers questions from articles. It is safe for concurrent use.
type Answerer struct {
	articles []*retrieval.Article
	index    *retrieval.Index
	gate     *proof.Gate
	writer   *writer // nil without a model
}

// NewAnswerer returns an answerer from the index's articles.
func NewAnswerer(index *retrieval.Index, o Options) *Answerer {
	articles := index.Articles()
	return &Answerer{articles: articles, index: index, gate: proof.NewGate(articles, index), writer: newWriter(o)}
}

// A NoRoom is the error of a Model that has not the room for a prompt. Fits is
// the share of the prompt, from 0 to 1, that it has room for.
type NoRoom struct {
	Fits float64
	Err  error
}

// Error is that of what the Model says.
func (n *NoRoom) Error() string { return n.Err.Error() }

// Unwrap is what the Model says.
func (n *NoRoom) Unwrap() error { return n.Err }

// A room is how many tokens of passages a model was found to have room for; 0
// while it takes as many as the Options say.
type room struct{ tokens atomic.Int64 }

// leastPassages is how many tokens of passages are worth asking with.
const leastPassages = 200

// passages is how many tokens of passages a prompt shows.
func (w *writer) passages() int {
	if n := int(w.room.tokens.Load()); n > 0 {
		return min(n, w.tokens)
	}
	return w.tokens
}

// A Meter counts what answers take. Its methods return at once, and are called
// from several goroutines at a time.
type Meter interface {
	// Replied tells of a reply that a model was asked for: what it cost, how
	// long it took with all attempts, and why it is not whole.
	Replied(u Usage, took time.Duration, err error)
	// Dropped tells of a statement of the model's that was not upheld.
	Dropped(f proof.Flaw)
	// Looked tells whether an answer was found among those that are kept.
	Looked(at Keeping, found bool)
}

// A Keeping is where answers of a model are kept.
type Keeping string

// Where answers are kept.
const (
	InMemory Keeping = "memory" // this process's
	InStore  Keeping = "shelf"  // all processes', after a restart too
)

// unmetered counts nothing.
type unmetered struct{}

func (unmetered) Replied(Usage, time.Duration, error) {}

func (unmetered) Dropped(proof.Flaw) {}

func (unmetered) Looked(Keeping, bool) {}

// unproven hands on why a statement is not said of the model's.
func (w *writer) unproven(err error) {
	if u, ok := errors.AsType[*proof.Unproven](err); ok {
		w.meter.Dropped(u.Flaw)
	}
}

// ask puts a prompt to the model.
func (w *writer) ask(ctx context.Context, p prompts.Prompt, text func(string) error) (Usage, error) {
	began := time.Now()
	u, err := w.model.Write(ctx, p, text)
	w.meter.Replied(u, time.Since(began), err)
	return u, err
}

// A judging is the judge, with what is known of it. Until it has passed its trial
// it is asked nothing else.
type judging struct {
	judge *proof.Judge
	model Model
	name  string // what its trial is kept under
	form  proof.Form
	store AnswerStore // nil for none
	state atomic.Pointer[JudgeState]
	one   sync.Mutex // held while it is tried
}

func newJudging(o Options) *judging {
	if o.Judge == nil {
		return nil
	}
	return &judging{judge: proof.NewJudge(o.JudgeForm, o.JudgeParallel), model: o.Judge, name: o.JudgeName, form: o.JudgeForm, store: o.Store}
}

// A flight is an answer that is being written, for all who ask the same
// meanwhile.
type flight struct {
	done    chan struct{} // closed when it is written
	written Answer
	whole   bool // written is what came of it, and not of its leader's end
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
