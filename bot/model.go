package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// A Model writes replies to prompts. It is safe for concurrent use.
type Model interface {
	// Write asks for a reply of the form of prompts.Schema and hands its text
	// on as it comes, nothing twice. An error of text's ends the reply and is
	// returned. With any error, what was handed on is no whole reply; one that
	// says for how much of the prompt there is room is a *NoRoom. Usage is what
	// the reply cost, or about that, and nothing where no model has worked on
	// it.
	Write(ctx context.Context, p prompts.Prompt, text func(string) error) (Usage, error)
}

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
	CutOff       Fallback = "cut_short"   // its reply ended too soon; what is there is proven
)

const (
	// patience is how long a question waits for the model at most, repairs
	// included, where Options do not say.
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
		flights: map[string]*flight{},
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
	return !ans.List || ans.Question.Style != AsWritten
}

// write replaces the answer, which is in the article's words, by the model's,
// if that can be proven. The claims are shown as they pass.
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
	if shelved, ok := a.fromShelf(ctx, key, ans.Question); ok {
		f.written = shelved
		w.kept.put(key, f.written)
	} else {
		f.written = a.compose(ctx, *ans, show)
		if f.written.Mode == FromModel && f.written.Fallback == NoFallback {
			w.kept.put(key, f.written)
			a.toShelf(ctx, key, f.written)
		}
	}
	f.whole = ctx.Err() == nil
	take(ans, f.written)
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

// compose asks the model, and returns what of its answer is proven, or the
// offline answer with the reason why there is nothing.
func (a *Answerer) compose(ctx context.Context, offline Answer, show func(Answer)) Answer {
	ctx, cancel := context.WithTimeout(ctx, a.writer.patience)
	defer cancel()
	if offline.List {
		return a.restyle(ctx, offline, show)
	}
	c := composing{Answerer: a, ans: offline, show: show}
	c.ans.Mode, c.ans.Claims, c.ans.Refusal, c.ans.Near, c.ans.Next = FromModel, nil, nil, nil, nil
	c.ans.Verdict = Answered
	d, err := c.fit(ctx, a.forPrompt(offline.Question.Text, offline.Hits), func(shown prompts.Passages) prompts.Prompt {
		return prompts.Answer(shown, offline.Question.Text, offline.Question.History)
	})
	return c.settle(offline, d, err)
}

// considered is how many sentences are put forward for a prompt that does not
// hold the articles whole.
const considered = 200

// forPrompt are the hits whose passages a prompt for the question shows first.
func (a *Answerer) forPrompt(question string, hits []retrieval.Hit) []retrieval.Hit {
	if prompts.Fits(a.articles, a.writer.tokens) {
		return hits
	}
	return a.index.Search(question, considered)
}

// ask puts a prompt to the model, and what it writes that is not proven back
// to it once.
func (c *composing) ask(ctx context.Context, asked prompts.Prompt, shown prompts.Passages) (*draft, error) {
	d, err := c.draft(ctx, asked, shown)
	if faults := c.faults; err == nil && len(faults) > 0 {
		// Whatever comes of it, what was proven before stays.
		if _, again := c.draft(ctx, prompts.Repair(asked, faults), shown); again == nil {
			c.ans.Dropped = max(0, len(faults)-c.repaired)
		} else {
			c.ans.Dropped = len(faults)
		}
	}
	return d, err
}

// composing is an answer that the model is writing.
type composing struct {
	*Answerer
	ans      Answer
	show     func(Answer)
	asked    int             // prompts so far
	faults   []prompts.Fault // the statements that were not proven
	repaired int             // those that were, in answer to a repair
}

// draft asks for one reply and proves its statements as they come.
func (c *composing) draft(ctx context.Context, p prompts.Prompt, shown prompts.Passages) (*draft, error) {
	c.asked++
	d := newDraft(shown)
	usage, err := c.writer.ask(ctx, p, func(text string) error {
		statements, err := d.write(text)
		for _, s := range statements {
			c.prove(s)
		}
		return err
	})
	c.ans.Usage.add(usage)
	c.writer.budget.spend(ctx, c.ans.Question, usage)
	if err == nil {
		err = d.close()
	}
	return d, err
}

// prove adds a statement to the answer, or to its faults.
func (c *composing) prove(s Statement) {
	claim, err := c.proveFor(c.ans.Question.Text, s)
	if err != nil {
		c.writer.unproven(err)
		c.faults = append(c.faults, prompts.Fault{Text: s.Text, Reason: reason(err)})
		return
	}
	if slices.ContainsFunc(c.ans.Claims, func(have Claim) bool { return have.text == claim.text }) {
		return
	}
	if c.asked > 1 {
		c.repaired++
	}
	c.ans.Claims = append(c.ans.Claims, claim)
	c.ans.Badge = badge(c.ans.Claims)
	if c.show != nil {
		partial := c.ans
		partial.Claims = slices.Clone(partial.Claims)
		c.show(partial)
	}
}

// reason is why a statement was not proven, for the model.
func reason(err error) string {
	var u *Unproven
	if errors.As(err, &u) {
		return u.Detail
	}
	return err.Error()
}

// settle decides what is said in the end.
func (c *composing) settle(offline Answer, d *draft, err error) Answer {
	ans := c.ans
	fall := func(why Fallback) Answer {
		offline.Fallback, offline.Usage, offline.Dropped = why, ans.Usage, ans.Dropped
		return offline
	}
	switch {
	case err != nil && len(ans.Claims) == 0 && errors.Is(err, errNoDraft):
		return fall(NothingLeft)
	case err != nil && len(ans.Claims) == 0:
		return fall(NoModelReply)
	case err != nil:
		ans.Verdict, ans.Fallback = Partly, CutOff
	case len(ans.Claims) > 0:
		ans.Verdict = d.Verdict
		if d.Verdict == NotInArticle || d.Verdict == OutOfScope || d.Verdict == Answered && ans.Dropped > 0 {
			ans.Verdict = Partly
		}
	case d.Verdict != NotInArticle && d.Verdict != OutOfScope || ans.Dropped > 0:
		return fall(NothingLeft)
	case offline.Refusal != nil: // which says more precisely why
		offline.Mode, offline.Usage = FromModel, ans.Usage
		return offline
	case d.Verdict == OutOfScope:
		c.refuse(&ans, OutOfScope, Refusal{Reason: OffTopic})
	default:
		c.refuse(&ans, NotInArticle, Refusal{Reason: NoEvidence})
	}
	ans.List, ans.Heading = false, ""
	ans.Badge = badge(ans.Claims)
	return ans
}
