package discord

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
)

// An intake makes rows of events, on goroutines of its own: those of one place in
// their order, those of different places side by side.
type intake struct {
	mu     sync.Mutex
	closed bool
	held   int
	last   map[string]chan struct{} // by place: closed when the last of its events is done with
	wg     sync.WaitGroup
}

// intakeRoom is how many events wait at most to become rows.
const intakeRoom = 4096

func newIntake() *intake { return &intake{last: map[string]chan struct{}{}} }

// add has an event of a place become a row, and tells whether there is room for
// it; one that comes after the end is for whoever connects next. The turn is
// closed when those of the same place before it are done with.
func (q *intake) add(place string, run func(turn <-chan struct{})) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.held >= intakeRoom {
		return q.closed
	}
	q.held++
	turn, done := q.last[place], make(chan struct{})
	if turn == nil {
		turn = make(chan struct{})
		close(turn)
	}
	q.last[place] = done
	q.wg.Go(func() {
		defer func() {
			<-turn // what did not wait for it leaves it to nobody before its time
			q.mu.Lock()
			defer q.mu.Unlock()
			q.held--
			if q.last[place] == done {
				delete(q.last, place)
			}
			close(done)
		}()
		run(turn)
	})
	return true
}

// close stops the intake from taking more, and returns a channel that is closed
// when it is empty.
func (q *intake) close() <-chan struct{} {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	empty := make(chan struct{})
	go func() {
		q.wg.Wait()
		close(empty)
	}()
	return empty
}

// A barrier is what an intake held at some moment.
type barrier []<-chan struct{}

// barrier is what the intake holds now.
func (q *intake) barrier() (b barrier) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, done := range q.last {
		b = append(b, done)
	}
	return b
}

// wait waits until all is done with, or returns the context's error.
func (b barrier) wait(ctx context.Context) error {
	for _, done := range b {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// passed says whether all is done with.
func (b barrier) passed() bool {
	for _, done := range b {
		select {
		case <-done:
		default:
			return false
		}
	}
	return true
}

// maxOpen is how many rows may be open, of all processes; more questions are
// turned away with a word.
const maxOpen = 10_000

// take accepts a question: it is a row before it is acknowledged. By the deadline
// it has to be acknowledged, whatever the store does; zero is none.
func (b *Bot) take(work, post context.Context, e envelope, by time.Time) {
	work, post = bot.About(work, e.Question.ID), bot.About(post, e.Question.ID)
	full := b.leases.open.Load() > maxOpen || !b.intake.add(e.Question.Place, func(turn <-chan struct{}) {
		defer b.survive("accepting a question")
		inTurn(turn, by)
		b.accept(work, post, e, by)
	})
	if full {
		b.meter.Heard(Full)
		b.log.WarnContext(post, "there are too many questions")
		b.tell(post, e, by, line(e.words().Busy))
	}
}

// What is left of the time to acknowledge an interaction for that, however long
// the store takes to keep it, and for the store, however long it has waited for its
// turn.
const (
	acknowledging = time.Second
	keeping       = time.Second / 2
)

// inTurn waits for an event's turn; where that takes longer than a command can
// wait, it has its turn at once.
func inTurn(turn <-chan struct{}, by time.Time) {
	if by.IsZero() {
		<-turn
		return
	}
	late := time.NewTimer(time.Until(by.Add(-acknowledging - keeping)))
	defer late.Stop()
	select {
	case <-turn:
	case <-late.C:
	}
}

// inTime bounds a call of the store that has to be over by a deadline.
func (b *Bot) inTime(ctx context.Context, by time.Time) (context.Context, context.CancelFunc) {
	if by.IsZero() {
		return b.asking(ctx)
	}
	return context.WithDeadline(ctx, by.Add(-acknowledging))
}

// accept is take, in its turn. Then this process answers, or whoever has a hand
// free.
func (b *Bot) accept(work, post context.Context, e envelope, by time.Time) {
	r, err := e.row()
	if err != nil {
		b.log.ErrorContext(post, "a question cannot be kept", "cause", err)
		return
	}
	terms := queue.Terms{PerMinute: b.perMinute, Claim: b.role != Gateway && b.hand.reserve(server(r), r.Place)}
	since := time.Now()
	ctx, cancel := b.inTime(post, by)
	a, err := b.ledger.Accept(ctx, r, terms)
	cancel()
	b.meter.Took(Accepting, time.Since(since))
	if terms.Claim && !a.Claimed {
		b.hand.back(server(r))
	}
	switch {
	case err != nil:
		b.log.ErrorContext(post, "a question is lost: nothing can be kept, not even in memory", "cause", err)
		b.tell(post, e, by, line(e.words().Failed))
	case a.Wait > 0:
		b.slowDown(post, e, by, a.Wait)
	case !a.Fresh:
		b.log.DebugContext(post, "a question is known")
		if e.Message != nil && e.Message.Edited != "" && e.Question.Text != "" {
			b.revise(post, e)
		}
	default:
		b.meter.Heard(Accepted)
		r.Accepted, r.Fence, r.Tries = since, 1, 1
		if a.Claimed && e.Interaction == nil {
			b.takeUp(work, post, r, false)
			return
		}
		b.tasks.Go(func() { b.accepted(work, post, e, r, a.Claimed, by) }) // whoever asks next in the place does not wait for that
	}
}

// accepted acknowledges a question that has a row, and hands it on to be answered.
func (b *Bot) accepted(work, post context.Context, e envelope, r queue.Row, claimed bool, by time.Time) {
	defer b.survive("acknowledging a question")
	refused := false
	if e.Interaction != nil {
		ctx, cancel := context.WithDeadline(post, by)
		err := b.api.acknowledge(ctx, *e.Interaction, e.Alone)
		cancel()
		r.Acked, refused = err == nil, errors.As(err, new(*refusal))
		switch {
		case refused: // whoever asked was told that nothing comes
			b.failed(post, r.Place, err)
			b.unheard(post, e, err)
			b.withdrawRow(post, withdrawn(r.ID, r.Place, r.Server))
		case err != nil: // it may have come through
			b.log.WarnContext(post, "an acknowledgement was not answered", "cause", err)
		case !claimed:
			ctx, cancel := b.asking(post)
			if err := b.ledger.Acknowledge(ctx, r.ID); err != nil {
				b.log.DebugContext(ctx, "it is not noted that a command was acknowledged", "cause", err)
			}
			cancel()
		}
	}
	switch {
	case claimed:
		b.takeUp(work, post, r, refused)
	case e.Message != nil: // Discord shows who asked by a command that the bot is thinking
		b.tellWaiting(post, e, r)
	}
}

// tellAhead is how many rows are before one whose asker is told.
const tellAhead = 10

// tellWaiting tells who asked by a message how many are before them, if nobody has
// claimed their question after a while. The answer takes the place of that.
func (b *Bot) tellWaiting(post context.Context, e envelope, r queue.Row) {
	select {
	case <-b.leaving:
		return
	case <-time.After(b.timing.waiting):
	}
	leave, ok := b.asides.enter(r.Place)
	if !ok {
		return // there is enough to say
	}
	defer leave()
	ctx, cancel := b.asking(post)
	defer cancel()
	n, err := b.ledger.Ahead(ctx, r.ID)
	if err != nil || n < tellAhead {
		return
	}
	if b.ledger.Acknowledge(ctx, r.ID) != nil { // so that it is known that something stands
		return
	}
	post, keepsOn := inLine(post, r.ID)
	defer keepsOn()
	_, err = b.api.send(post, r.Place, line(fmt.Sprintf(e.words().Ahead, n)), r.ID, r.ID) // with the nonce of the answer
	b.failed(post, r.Place, err)
}

// revise has a question answered anew that was edited, and tells whether there is
// such a question; where that is not known, it is taken to be.
func (b *Bot) revise(post context.Context, e envelope) (known bool) {
	r, err := e.row()
	if err != nil {
		b.log.ErrorContext(post, "an edited question cannot be kept", "cause", err)
		return true
	}
	v, err := now(b, post, r.ID, "revising a question", func(ctx context.Context) (queue.Revision, error) {
		return b.ledger.Revise(ctx, r, queue.Terms{PerMinute: b.perMinute})
	})
	switch {
	case err != nil:
		return true
	case v.Wait > 0:
		b.slowDown(post, e, time.Time{}, v.Wait)
	case v.Revised:
		b.log.InfoContext(post, "a question was edited")
	}
	return v.Known
}

// patience is how old a message may be whose edit asks something for the first
// time.
const patience = 15 * time.Minute

// withdrawRow has what stands of a question taken back, and tells whether there is
// such a question.
func (b *Bot) withdrawRow(post context.Context, r queue.Row) (known bool) {
	known, _ = now(b, post, r.ID, "taking a question back", func(ctx context.Context) (bool, error) {
		return b.ledger.Withdraw(ctx, r, false)
	})
	return known
}

// now changes the row of a question from outside. Where the store fails, a
// question that this process has heard is changed once the store is back.
func now[T any](b *Bot, post context.Context, id, doing string, change func(context.Context) (T, error)) (T, error) {
	ctx, cancel := b.asking(post)
	defer cancel()
	value, err := change(ctx)
	if err == nil || post.Err() != nil {
		return value, err
	}
	b.log.WarnContext(post, "a question is not changed yet", "doing", doing, "cause", err)
	if b.heard.has(id) {
		b.tasks.Go(func() { // what fails of that is told
			_ = b.persist(post, doing, func(ctx context.Context) error {
				_, err := change(ctx)
				return err
			})
		})
	}
	return value, err
}
