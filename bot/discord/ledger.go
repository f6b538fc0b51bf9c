package discord

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"summitbot/bot"
)

// envelope is all that is needed to answer a question in another process, or
// after a restart.
type envelope struct {
	Question    bot.Question `json:"question"`
	Message     *message     `json:"message,omitempty"`
	Interaction *interaction `json:"interaction,omitempty"`
	Alone       bool         `json:"alone,omitempty"`
}

const (
	// maxAttempts is how often a question is claimed before it is given up:
	// one that ends the process would do so for ever.
	maxAttempts = 8
	// maxOpen is how many questions may be open, of all processes; more are
	// turned away with a word.
	maxOpen = 10_000
	// storeWithin bounds one call of the store, and awayWithin one while the
	// store is known to be away, so that it does not keep members waiting.
	storeWithin = 5 * time.Second
	awayWithin  = 300 * time.Millisecond
	// dropPause is how long a question waits that could not be posted, and
	// mostDropPause how long it does at most: the pause doubles.
	dropPause, mostDropPause = 5 * time.Second, 2 * time.Minute
)

// asking bounds a call of the store, whose error is to be given to told.
func (b *Bot) asking(ctx context.Context) (within context.Context, told func(error) error) {
	patience := storeWithin
	if b.away.Load() {
		patience = awayWithin
	}
	within, cancel := context.WithTimeout(ctx, patience)
	return within, func(err error) error {
		cancel()
		if err == nil || errors.Is(err, bot.ErrTaken) {
			b.away.Store(false)
		} else if ctx.Err() == nil {
			b.away.Store(true)
		}
		return err
	}
}

// talk is what questions belong to that may go on from one another.
func talk(q bot.Question) string { return q.Place + " " + q.Member }

// server is whom a question's turn is counted for.
func server(p bot.Pending) string {
	if p.Server == "" {
		return p.Place
	}
	return p.Server
}

// take accepts a question: it is kept before it is acknowledged. Then this
// process answers it, or whoever has a hand free.
func (b *Bot) take(work, post context.Context, r reply, q bot.Question) {
	work, post = bot.About(work, q.ID), bot.About(post, q.ID)
	accepted := func(turn <-chan struct{}) {
		defer b.survive("accepting a question")
		inTurn(r, turn) // in the order in which a member asks
		b.accept(work, post, r, q)
	}
	if b.leases.open.Load() > maxOpen || b.intake.add(talk(q), false, accepted) == full {
		b.meter.Heard(Full)
		b.log.WarnContext(post, "there are too many questions")
		b.note(post, r, line(r.words().Busy))
	}
}

// accept is take, in its turn.
func (b *Bot) accept(work, post context.Context, r reply, q bot.Question) {
	p, err := pending(r, q)
	if err != nil {
		b.log.ErrorContext(post, "a question cannot be kept", "cause", err)
		return
	}
	terms := bot.Terms{PerMinute: b.pace.perMinute, Claim: b.role != Gateway && b.hand.reserve(server(p))}
	since := time.Now()
	ctx, told := b.asking(post)
	a, err := inTime(b, r, func() (bot.Acceptance, error) { return b.ledger.Accept(ctx, p, terms) })
	_ = told(err)
	b.meter.Took(Accepting, time.Since(since))
	if terms.Claim && !a.Claimed {
		b.hand.release(server(p), "")
	}
	switch {
	case err != nil:
		b.unkept(work, post, r, q, err)
	case a.Wait > 0:
		b.slowDown(post, r, q.Member, a.Wait)
	case !a.Fresh:
		b.log.DebugContext(post, "a question is known")
		if m, ok := r.(*messageReply); ok && m.message.edit {
			b.again(work, post, m.message, q.Text)
		}
	case a.Claimed:
		b.meter.Heard(Accepted)
		p.Attempts, p.Accepted = 1, since
		work = b.hand.hold(work, p.ID)
		b.queue.add(talk(q), true, func(turn <-chan struct{}) {
			b.serve(work, post, r, q, &claim{p, since}, b.streaming(r, q), turn)
		})
	default:
		b.meter.Heard(Accepted)
		b.acknowledge(post, r, q)
	}
}

// acknowledging is how much of the time to acknowledge an interaction is left
// for that, however long the store takes to keep it.
const acknowledging = time.Second

// late tells when what an interaction waits for has to wait no longer.
func (r *interactionReply) late() *time.Timer {
	return time.NewTimer(time.Until(r.until.Add(-acknowledging)))
}

// inTurn waits for a question's turn to be accepted; where that takes longer than
// a command can wait, since what its member asked before is not accepted yet, it
// has its turn at once.
func inTurn(r reply, turn <-chan struct{}) {
	i, ok := r.(*interactionReply)
	if !ok {
		<-turn
		return
	}
	late := i.late()
	defer late.Stop()
	select {
	case <-turn:
	case <-late.C:
	}
}

// inTime asks the store something for whoever gets the reply. When that takes
// longer than a command can wait for its acknowledgement, it goes on without.
func inTime[T any](b *Bot, r reply, ask func() (T, error)) (answer T, err error) {
	i, ok := r.(*interactionReply)
	if !ok {
		return ask()
	}
	type result struct {
		answer T
		err    error
	}
	asked := make(chan result, 1)
	b.intake.wg.Go(func() {
		answer, err := ask()
		asked <- result{answer, err}
	})
	late := i.late()
	defer late.Stop()
	select {
	case a := <-asked:
		return a.answer, a.err
	case <-late.C:
		return answer, errSlowStore
	}
}

// errSlowStore says that nobody knows what the store has done.
var errSlowStore = errors.New("the store takes too long")

// pending is a question as the ledger keeps it.
func pending(r reply, q bot.Question) (bot.Pending, error) {
	e := envelope{Question: q}
	switch r := r.(type) {
	case *messageReply:
		e.Message = &r.message
	case *interactionReply:
		e.Interaction, e.Alone = &r.interaction, r.alone
	}
	data, err := json.Marshal(e)
	return bot.Pending{ID: q.ID, Place: q.Place, Server: q.Server, Member: q.Member, Event: string(data)}, err
}

// unkept answers a question that could not be kept. A store that fails does
// not keep members from their answer; how fast they may ask is then known to
// this process alone.
func (b *Bot) unkept(work, post context.Context, r reply, q bot.Question, cause error) {
	b.log.ErrorContext(post, "a question is answered, but would not outlive a crash", "cause", cause)
	if wait, ok := b.pace.take(q.Member); !ok {
		b.slowDown(post, r, q.Member, wait)
		return
	}
	b.queue.add(talk(q), true, func(turn <-chan struct{}) {
		b.serve(work, post, r, q, nil, b.streaming(r, q), turn)
		if b.away.Load() {
			return // if it was kept after all, it is answered again, in place
		}
		b.cancel(post, q.ID)
	})
}

// acknowledge says that a question was heard which waits for somebody to claim
// it.
func (b *Bot) acknowledge(post context.Context, r reply, q bot.Question) {
	b.queue.add("acknowledging "+q.ID, true, func(<-chan struct{}) {
		defer b.survive("acknowledging a question")
		ctx, cancel := context.WithTimeout(post, time.Minute)
		defer cancel()
		err := r.begin(ctx)
		b.failed(ctx, r.channel(), err)
		if errors.As(err, new(*refusal)) { // whoever asked was told that nothing comes
			b.cancel(ctx, q.ID)
			return
		}
		select {
		case b.waiters <- waiter{r, q.ID, time.Now().Add(b.timing.waiting)}:
		default: // it is answered all the same
		}
	})
}

// cancel closes a question that is not to be answered, whoever has it.
func (b *Bot) cancel(ctx context.Context, id string) {
	within, told := b.asking(ctx)
	if err := told(b.ledger.Cancel(within, id)); err != nil {
		b.log.Warn("a question that nobody wants answered is not closed", "question", id, "cause", err)
		return
	}
	b.hand.letGo(id)
}

// A waiter is a question that waits to be claimed; its asker is told its place
// when that takes long.
type waiter struct {
	reply
	question string
	due      time.Time
}

const (
	// tellAhead is how many questions are before one whose asker is told.
	tellAhead = 10
	// waitersRoom is how many wait to be told.
	waitersRoom = 1024
)

// tellWaiters tells those whose questions still wait when they are due, until
// ctx ends.
func (b *Bot) tellWaiters(ctx, post context.Context) {
	for {
		var w waiter
		select {
		case w = <-b.waiters: // in the order in which they are due
		case <-ctx.Done():
			return
		}
		if sleep(ctx, time.Until(w.due)) != nil {
			return
		}
		within, told := b.asking(bot.About(ctx, w.question))
		n, err := b.ledger.Ahead(within, w.question)
		_ = told(err)
		switch {
		case err != nil && ctx.Err() == nil:
			b.log.WarnContext(within, "the place of a question is not known", "cause", err)
		case err == nil && n >= tellAhead:
			b.aside(post, w.reply, func(ctx context.Context) error { return w.waits(ctx, n) })
		}
	}
}

// answered keeps an answer before it is posted. It returns bot.ErrTaken when
// somebody else has the question; a store that fails is no reason not to post.
func (b *Bot) answered(ctx context.Context, c *claim, o outcome) error {
	if c == nil || c.Answer != "" {
		return nil
	}
	var shown [][]component
	for _, v := range o.views {
		shown = append(shown, v.components)
	}
	data, err := json.Marshal(shown)
	if err == nil {
		within, told := b.asking(ctx)
		err = told(b.ledger.Answered(within, c.Pending, string(data)))
	}
	if errors.Is(err, bot.ErrTaken) {
		return err
	}
	if err != nil {
		b.log.ErrorContext(ctx, "an answer would not outlive a crash", "cause", err)
	}
	return nil
}

// finished closes a question, whatever has become of it. While the store is
// away it goes on trying: otherwise the question would be answered again. It is
// false if somebody else has the question, or has closed it.
func (b *Bot) finished(post context.Context, f bot.Finished) bool {
	for try := 1; ; try++ {
		within, told := b.asking(context.WithoutCancel(post))
		err := told(b.ledger.Finish(within, f))
		if err == nil || errors.Is(err, bot.ErrTaken) {
			return err == nil
		}
		if try == 1 {
			b.log.WarnContext(post, "a question that is done with is not closed yet", "cause", err)
		}
		if post.Err() != nil || sleep(post, b.timing.pause(try)) != nil {
			b.log.ErrorContext(post, "a question that is done with is not closed: it will be answered again, in place", "cause", err)
			return true
		}
	}
}

// shownText is an answer as text.
func shownText(views []view) string {
	var all []string
	for _, v := range views {
		all = append(all, said(v.components))
	}
	return strings.Join(all, "\n")
}
