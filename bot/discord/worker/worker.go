package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/queue"

	lru "github.com/hashicorp/golang-lru/v2"
)

// A Worker claims rows, has them answered, and brings Discord in line with what
// should stand for them.
type Worker struct {
	Answerer Answerer
	Ledger   Ledger
	Records  Records
	Model    bool // a model is asked
	API      *rest.Client
	Clock    *bot.Clock // Discord's
	meter    Meter
	Timing   Timing
	Log      *slog.Logger

	Pool    *Pool                         // the rows that it works on
	Tasks   sync.WaitGroup                // what works on them
	Asides  asides                        // short pieces of work beside them
	Claims  Claims                        // until when it has the rows
	denied  *lru.Cache[string, time.Time] // places where the bot may not write, and who asked there; and when that was told
	warned  *lru.Cache[string, time.Time] // members who were told that they ask too fast, and when
	Self    atomic.Pointer[rest.Self]     // who the bot is; nil before that is known
	IsReady chan struct{}                 // closed when rows may be claimed
	Fail    context.CancelCauseFunc       // ends the bot
}

// Options say how a worker works.
type Options struct {
	Answerer Answerer
	Ledger   Ledger
	Records  Records
	Model    bool // the Answerer asks a model
	Room     int  // how many rows are answered at a time
	API      *rest.Client
	Meter    Meter
	Log      *slog.Logger
}

// New returns a worker that has nothing to do yet.
func New(o Options) *Worker {
	return &Worker{
		Answerer: o.Answerer, Ledger: o.Ledger, Records: o.Records, Model: o.Model, API: o.API, Clock: o.API.Clock(), meter: o.Meter, Timing: DefaultTiming, Log: o.Log,
		Pool: newPool(o.Room), Asides: asides{said: map[string]int{}}, IsReady: make(chan struct{}),
		denied: NewCache[time.Time](1024), warned: NewCache[time.Time](1024),
	}
}

// A Task is a row that this process works on.
type Task struct {
	bot    *Worker
	env    event.Envelope
	server string    // whom its place in hand is counted for
	since  time.Time // when it was claimed, or read anew

	mu    sync.Mutex // guards the row, and what follows it
	Row   queue.Row
	stale bool // the row was changed from outside, or is another's: it is to be read again
	stop  context.CancelCauseFunc

	// What stands on Discord, beside what the row says.
	known  bool       // the row says all of it
	late   bool       // no answer is taken by the interaction's token
	edited time.Time  // when a message was edited last; zero for never
	tried  time.Time  // to create one, for the first time; zero for none that failed
	shown  bot.Answer // what of the answer was written when it was shown last
}

// Begin begins the work on a row.
func (b *Worker) Begin(r queue.Row) (*Task, error) {
	env, err := event.Open(r)
	if r.Unsure { // what was shown since is not recorded
		for i := range r.Posts {
			r.Posts[i].Shows = ""
		}
	}
	t := &Task{bot: b, env: env, server: Server(r), Row: r, since: time.Now()}
	t.known = !r.Unsure && (len(r.Posts) > 0 || r.State != queue.Withdrawn && b.Age(r.ID) <= b.Timing.Nonce)
	return t, err
}

// working is the context of what is done for the row as it is now: it ends when
// that is changed.
func (t *Task) working(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop = stop; t.stale {
		stop(queue.ErrRevised)
	}
	return ctx, func() { stop(nil) }
}

// change tells that the row has to be read again: nobody wants what the work on it
// would come to.
func (t *Task) change() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stale = true; t.stop != nil {
		t.stop(queue.ErrRevised)
	}
}

func (t *Task) isStale() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stale
}

// read reads the row again. What this process knows to stand, it goes on knowing.
func (t *Task) read(ctx context.Context) error {
	t.mu.Lock()
	t.stale = false
	t.mu.Unlock()
	now, since := t.snapshot(), time.Now()
	ctx, cancel := t.bot.Asking(ctx)
	defer cancel()
	r, err := t.bot.Ledger.Read(ctx, now.ID, now.Fence)
	if err != nil {
		t.change()
		return err
	}
	env, err := event.Open(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.tried.IsZero() { // what may stand has the nonce of the revision before
		t.known, t.tried = false, time.Time{}
	}
	r.Posts, r.Acked = t.Row.Posts, t.Row.Acked || r.Acked
	t.Row, t.env, t.since = r, env, since
	return nil
}

// errUnreadable says that a row was written by another release, or not by this bot.
var errUnreadable = errors.New("a question that was kept cannot be read")

// serve works on a row until it is closed, or no longer this process's. What
// cannot be done just now is left for later.
func (b *Worker) serve(work, post context.Context, t *Task) {
	defer b.Pool.release(t)
	defer b.Survive("answering")
	for {
		err := b.carryOut(work, post, t)
		switch {
		case err == nil:
			return
		case errors.Is(err, queue.ErrRevised), t.isStale() && !errors.Is(err, queue.ErrTaken):
			if err = b.Persist(post, "reading a question anew", func(context.Context) error { return t.read(post) }); err == nil {
				continue
			}
		case errors.Is(err, errGone):
			if err = b.withdraw(post, t); err == nil {
				continue
			}
		}
		switch {
		case errors.Is(err, queue.ErrTaken):
			b.Log.InfoContext(post, "a question was taken over meanwhile, or closed")
		case errors.Is(err, errUnreadable):
			b.Log.ErrorContext(post, "a question is abandoned", "cause", err)
			_ = b.abandon(post, t, err) // what fails of that is told
		case work.Err() != nil && b.Ledger.Durable():
			b.Log.InfoContext(post, "a question waits for the next run")
		default:
			b.Log.ErrorContext(post, "a question waits to be tried again", "cause", err)
			b.release(post, t)
		}
		return
	}
}

// carryOut does what a row's state asks for, up to its end. It returns
// queue.ErrRevised when the row is to be read again, and errGone when the
// question stands no more.
func (b *Worker) carryOut(work, post context.Context, t *Task) error {
	o := Outcome{answer: bot.Answer{Question: t.env.Question}}
	row := t.snapshot()
	switch {
	case row.Tries > 2*MostClaims: // not even that can be told
		return b.abandon(post, t, fmt.Errorf("it was given up after %d tries", row.Tries))
	case row.State == queue.Accepted && row.Tries > MostClaims:
		return b.giveUp(post, t)
	case row.State == queue.Accepted:
		if o = b.draft(work, post, t); o.err != nil {
			return o.err
		}
	case row.State == queue.Stopped:
		o.Views = []object.View{b.stopped(t)}
		o.kept = b.Keep(post, t, o)
	case row.State == queue.Answered:
		if o.Views, o.err = shown(row.Body); o.err != nil {
			return b.abandon(post, t, o.err)
		}
	}
	b.Pool.drafted(t)
	if errors.Is(o.kept, queue.ErrTaken) || errors.Is(o.kept, queue.ErrRevised) {
		return o.kept
	}
	posting := time.Now()
	err := b.deliver(post, t, o.Views)
	changed := t.isStale() || errors.Is(err, queue.ErrRevised) || errors.Is(err, queue.ErrTaken) || errors.Is(err, errGone)
	if row.State != queue.Withdrawn && (err == nil || !changed) {
		b.told(post, t, posting, o, err)
	}
	switch {
	case gateway.Fatal(err) != nil: // another run may have a token that is taken
		return err
	case errors.As(err, new(*rest.Refusal)):
		b.Unheard(post, t.env, err)
		return b.abandon(post, t, err)
	case err != nil && row.Tries > MostClaims && post.Err() == nil && !changed:
		return b.abandon(post, t, err)
	case err != nil:
		return err
	}
	return b.settle(post, t, o)
}

// deliver has an answer stand on Discord. As long as nobody knows whether it does,
// that is tried again, some times. A question that may be another's by now is left
// alone.
func (b *Worker) deliver(post context.Context, t *Task, views []object.View) error {
	for try := 1; ; try++ {
		if err := b.holds(post, t); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(post, 2*time.Minute)
		err := b.Reconcile(ctx, t, views)
		cancel()
		if err == nil || errors.As(err, new(*rest.Refusal)) || errors.Is(err, errGone) || errors.Is(err, queue.ErrRevised) || try == MaxDeliveries {
			b.Failed(post, t.channel(), err)
			return err
		}
		b.Log.WarnContext(post, "an answer is not posted yet", "cause", err)
		if bot.Sleep(post, b.Timing.Pause(try)) != nil {
			return err
		}
	}
}

const (
	// mostClaims is how often a question is claimed before it is given up: one
	// that ends the process would do so for ever.
	MostClaims = 8
	// maxDeliveries is how often one claim tries to post an answer.
	MaxDeliveries = 5
	// releasePause is how long a question waits that could not be answered or
	// posted, and mostReleasePause how long it does at most: the pause doubles.
	releasePause, mostReleasePause = 5 * time.Second, 2 * time.Minute
)

// giveUp tells the asker that a question is not answered, and closes it.
func (b *Worker) giveUp(post context.Context, t *Task) error {
	b.Log.ErrorContext(post, "a question is given up", "tries", t.Row.Tries)
	if err := b.deliver(post, t, []object.View{render.Line(t.env.Words().GaveUp)}); err != nil && !errors.As(err, new(*rest.Refusal)) {
		return err
	}
	return b.abandon(post, t, fmt.Errorf("it was given up after %d tries", t.Row.Tries))
}

// Keep keeps an answer, before it is posted. A store that fails is no reason not
// to post.
func (b *Worker) Keep(ctx context.Context, t *Task, o Outcome) error {
	body, err := written(o.Views)
	if err == nil {
		within, cancel := b.Asking(ctx)
		err = b.Ledger.Answer(within, t.snapshot(), queue.Result{Question: o.answer.Question, Answer: o.answer, Shown: shownText(o.Views), Body: body})
		cancel()
	}
	switch {
	case err == nil:
		t.mu.Lock()
		t.Row.State, t.Row.Body = queue.Answered, body
		t.mu.Unlock()
	case !errors.Is(err, queue.ErrTaken) && !errors.Is(err, queue.ErrRevised):
		b.Log.ErrorContext(ctx, "an answer would not outlive a crash", "cause", err)
	}
	return err
}

// settle closes a row of which all stands that should.
func (b *Worker) settle(post context.Context, t *Task, o Outcome) error {
	if o.kept != nil {
		if err := b.Persist(post, "keeping an answer", func(ctx context.Context) error { return b.Keep(ctx, t, o) }); err != nil {
			return err
		}
	}
	return b.Persist(post, "closing a question", func(ctx context.Context) error { return b.Ledger.Settle(ctx, t.snapshot()) })
}

// abandon closes a row for a reason.
func (b *Worker) abandon(post context.Context, t *Task, why error) error {
	return b.Persist(post, "abandoning a question", func(ctx context.Context) error { return b.Ledger.Abandon(ctx, t.snapshot(), why.Error()) })
}

// withdraw takes a question back that is seen to stand no more.
func (b *Worker) withdraw(post context.Context, t *Task) error {
	err := b.Persist(post, "taking a question back", func(ctx context.Context) error {
		_, err := b.Ledger.Withdraw(ctx, event.Withdrawn(t.Row.ID, t.channel(), t.Row.Server), false)
		return err
	})
	if err != nil {
		return err
	}
	return b.Persist(post, "reading a question anew", func(context.Context) error { return t.read(post) })
}

// release gives up a claim whose question could not be answered just now.
func (b *Worker) release(post context.Context, t *Task) {
	r := t.snapshot()
	r.Unsure = !t.known || !t.tried.IsZero()
	ctx, cancel := b.Asking(context.WithoutCancel(post))
	defer cancel()
	err := b.Ledger.Release(ctx, r, min(releasePause<<min(r.Tries, 8), mostReleasePause))
	if err != nil && !errors.Is(err, queue.ErrTaken) && !errors.Is(err, queue.ErrRevised) {
		b.Log.WarnContext(post, "a claim is not given up: it ends by itself", "cause", err)
	}
}

// Persist does something in the store, also while that is away: what is done with
// would otherwise be done again.
func (b *Worker) Persist(post context.Context, doing string, do func(context.Context) error) error {
	for try := 1; ; try++ {
		ctx, cancel := b.Asking(context.WithoutCancel(post))
		err := do(ctx)
		cancel()
		if err == nil || errors.Is(err, queue.ErrTaken) || errors.Is(err, queue.ErrRevised) || errors.Is(err, errUnreadable) {
			return err
		}
		if try == 1 {
			b.Log.WarnContext(post, "the store is tried again", "doing", doing, "cause", err)
		}
		if post.Err() != nil || bot.Sleep(post, b.Timing.Pause(try)) != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
}

// What a call of the store may take: one of another moment, and one while the store
// is known to be away, so that it does not keep members waiting.
const (
	StoreWithin = 5 * time.Second
	awayWithin  = 300 * time.Millisecond
)

// Asking bounds a call of the store.
func (b *Worker) Asking(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.Ledger.Away() {
		return context.WithTimeout(ctx, awayWithin)
	}
	return context.WithTimeout(ctx, StoreWithin)
}
