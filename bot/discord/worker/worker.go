package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/object"
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

// Begin begins the work on a row, which was surely not claimed before since.
func (b *Worker) Begin(r queue.Row, since time.Time) (*Task, error) {
	env, err := event.Open(r)
	if r.Unsure { // what was shown since is not recorded
		for i := range r.Posts {
			r.Posts[i].Shows = ""
		}
	}
	t := &Task{bot: b, env: env, server: Server(r), Row: r, since: since}
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

// Age is how long ago the thing with an id was made, by Discord's clock, as its
// id is.
func (b *Worker) Age(id string) time.Duration { return b.Clock.Now().Sub(object.MadeAt(id)) }

// Survive keeps a panic from ending the process. Defer it.
func (b *Worker) Survive(doing string) {
	if p := recover(); p != nil {
		b.Log.Error("panic", "while", doing, "value", Panicked(p))
		b.Log.Debug("panic", "value", fmt.Sprint(p))
	}
}

// Panicked is what the log tells of a panic's value. What Go itself says holds
// no member's words; other values may, and are told at debug level.
func Panicked(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("a %T", p)
}

// NewCache remembers the values of so many keys, those used last.
func NewCache[V any](room int) *lru.Cache[string, V] {
	c, err := lru.New[string, V](room)
	if err != nil {
		panic(err) // for no room, which no caller asks for
	}
	return c
}

// post is the message that shows a part, if one was posted.
func (t *Task) post(part int) (p queue.Post, posted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.Row.Posts {
		if p.Part == part {
			return p, true
		}
	}
	return p, false
}

// put notes what a part is shown by.
func (t *Task) put(p queue.Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, o := range t.Row.Posts {
		if o.Part == p.Part {
			p.Gone = p.Gone || o.Gone && o.Message == p.Message
			t.Row.Posts[i] = p
			return
		}
	}
	t.Row.Posts = append(t.Row.Posts, p)
}

// drop forgets a part that was removed.
func (t *Task) drop(p queue.Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Row.Posts = slices.DeleteFunc(t.Row.Posts, func(o queue.Post) bool { return o.Part == p.Part })
}

// beyond are the messages that show parts from one on, the last first.
func (t *Task) beyond(part int) (extra []queue.Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.Row.Posts {
		if p.Part >= part {
			extra = append(extra, p)
		}
	}
	slices.SortFunc(extra, func(a, b queue.Post) int { return b.Part - a.Part })
	return extra
}

// lost says whether somebody has deleted a message of the answer.
func (t *Task) lost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.Row.Posts, func(p queue.Post) bool { return p.Gone })
}

// lose notes that a message was deleted.
func (t *Task) lose(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, p := range t.Row.Posts {
		if p.Message == message {
			t.Row.Posts[i].Gone = true
		}
	}
}

// snapshot is the row as it is now.
func (t *Task) snapshot() queue.Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.Row
	r.Posts = slices.Clone(r.Posts)
	return r
}

// channel is where the question was asked.
func (t *Task) channel() string { return t.env.Question.Place }

// errGone says that a question was deleted, of which nobody was told.
var errGone = errors.New("the question was deleted")

// errUnreadable says that a row was written by another release, or not by this bot.
var errUnreadable = errors.New("a question that was kept cannot be read")

// The claims' clock.
const (
	RenewEvery = queue.ClaimLife / 4
	pollEvery  = time.Second // where other processes may leave something
	// holdsFor is for how long a claim is believed to hold without asking.
	holdsFor = queue.ClaimLife * 3 / 4
)

// holds says whether a question is still this process's to answer: by the
// clock while the claim lasts, and by the store's word afterwards.
func (b *Worker) holds(ctx context.Context, t *Task) error {
	if t.isStale() {
		return queue.ErrRevised
	}
	if time.Now().Before(b.surely(t)) {
		return nil
	}
	ctx, cancel := b.Asking(ctx)
	defer cancel()
	now := time.Now()
	r, err := b.Ledger.Read(ctx, t.Row.ID, t.Row.Fence)
	if err != nil {
		return err
	}
	if r.Revision != t.Row.Revision {
		t.change()
		return queue.ErrRevised
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = now
	return nil
}

// surely is until when a question is still this process's, by the clock alone.
func (b *Worker) surely(t *Task) time.Time {
	if !b.Ledger.Shared() { // nobody else can have it
		return time.Now().Add(holdsFor)
	}
	t.mu.Lock()
	since := t.since
	t.mu.Unlock()
	if renewed := b.Claims.renewed.Load(); renewed != nil && renewed.After(since) && !since.Before(*b.Claims.Unbroken.Load()) {
		since = *renewed
	}
	return since.Add(holdsFor)
}
