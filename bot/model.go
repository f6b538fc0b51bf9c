package bot

import (
	"cmp"
	"context"
	"sync"
	"time"

	"summitbot/bot/proof"
	"summitbot/prompts"
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

// Usage is what replies cost.
type Usage struct {
	Calls                                        int `json:"calls"`
	PromptTokens, CachedTokens, CompletionTokens int
}

// Tokens is how many tokens were paid for.
func (u Usage) Tokens() int { return u.PromptTokens + u.CompletionTokens }

func (u *Usage) add(v Usage) {
	u.Calls += v.Calls
	u.PromptTokens += v.PromptTokens
	u.CachedTokens += v.CachedTokens
	u.CompletionTokens += v.CompletionTokens
}

// Fallback says why an answer is not the model's, or not all of it.
type Fallback string

// The reasons for falling back on the article's own words.
const (
	NoFallback   Fallback = ""            // the answer is as it should be
	NoModelReply Fallback = "unavailable" // the model gave no reply
	NothingLeft  Fallback = "unproven"    // nothing that it wrote could be proven
	BudgetSpent  Fallback = "budget"      // the day's tokens are spent
	CutOff       Fallback = "cut_short"   // its reply ended too soon; what is there stands
	NotJudged    Fallback = "unjudged"    // no judge upheld its words, so that what it cites is quoted
)

const (
	// patience is how long a question waits for the model and the judge at
	// most, where Options do not say.
	patience = 22 * time.Second
	// contextTokens is how many tokens of passages a prompt shows, where
	// Options do not say. The seed article fits.
	contextTokens = 6000
	// keptAnswers is how many of the model's answers are kept, and keptFor
	// how long.
	keptAnswers = 1000
	keptFor     = 24 * time.Hour
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
	// Purse counts what is spent, and Shelf keeps answers, for all processes
	// and after a restart; nil means in this one's memory alone.
	Purse Purse
	Shelf Shelf
	// Meter counts what the model's answers take; nil means nobody does.
	Meter Meter
}

// A writer answers questions with the model's words.
type writer struct {
	model    Model
	name     string
	tokens   int
	patience time.Duration

	court  *court // nil without a judge
	room   room
	budget *budget
	kept   *cache
	shelf  Shelf // nil for none
	meter  Meter

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
		budget: &budget{limit: o.DailyTokens, purse: o.Purse, now: time.Now}, kept: newCache(keptAnswers, time.Now), shelf: o.Shelf, meter: o.Meter,
		flights: map[string]*flight{}, court: newCourt(o),
	}
}

// HasModel says whether a model may write the answers.
func (a *Answerer) HasModel() bool { return a.writer != nil }

// writes says whether the model is asked for an answer, given the one in the
// article's own words. Lists are the article's: the model may only restyle
// them.
func (a *Answerer) writes(ans *Answer) bool {
	switch {
	case a.writer == nil:
		return false
	case ans.Reply != NoReply:
		return false
	case ans.Refusal != nil:
		return ans.Refusal.Reason != Empty
	}
	return !ans.List || ans.Question.Style != AsWritten && a.restyles()
}

// write replaces the answer, which is in the article's words, by the model's,
// as far as it stands. The claims are shown as they pass.
func (a *Answerer) write(ctx context.Context, ans *Answer, show func(Answer)) {
	w := a.writer
	if w.budget.spent(ctx) {
		ans.Fallback = BudgetSpent
		return
	}
	key := w.key(a.articles, ans.Question)
	kept, ok := w.kept.get(key)
	w.meter.Looked(InMemory, ok)
	if ok {
		take(ans, kept)
		return
	}
	f, leads := w.join(key)
	if !leads {
		select {
		case <-f.done:
			if !f.whole { // whoever led gave up
				a.write(ctx, ans, show)
				return
			}
			take(ans, f.written)
			ans.Usage = Usage{} // somebody else has paid
		case <-ctx.Done():
			ans.Fallback = NoModelReply
		}
		return
	}
	defer w.leave(key, f)
	if shelved, ok := a.fromShelf(ctx, key, *ans); ok {
		f.written = shelved
		w.kept.put(key, f.written)
	} else {
		f.written = a.compose(ctx, *ans, show)
		if f.written.keepable() {
			w.kept.put(key, f.written)
			a.toShelf(ctx, key, f.written)
		}
	}
	f.whole = ctx.Err() == nil
	take(ans, f.written)
}

// keepable says whether the model's answer is what everybody who asks the same
// would get: nothing failed, and whoever judges has judged all of it.
func (a Answer) keepable() bool {
	return !a.unjudged && (a.Mode == FromModel && a.Fallback == NoFallback || a.Mode == Quotes && a.Fallback == NotJudged)
}

// A flight is an answer that is being written, for all who ask the same
// meanwhile.
type flight struct {
	done    chan struct{} // closed when it is written
	written Answer
	whole   bool // written is what came of it, and not of its leader's end
}

// join returns the flight of a key, and whether the caller has to write its
// answer and to leave.
func (w *writer) join(key string) (f *flight, leads bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f, ok := w.flights[key]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	w.flights[key] = f
	return f, true
}

func (w *writer) leave(key string, f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.flights, key)
	close(f.done)
}

// take takes over an answer to the same words, whose question may be another
// member's.
func take(ans *Answer, written Answer) {
	q := ans.Question
	*ans = written
	ans.Question = q
}
