package discord

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"summitbot/bot"
)

// onMessage takes a message: it is answered, or passed over. One that is read
// late may have been answered by an earlier run.
func (b *Bot) onMessage(work, post context.Context, m message, late bool) {
	me := b.self.Load()
	if me == nil {
		return
	}
	text, ok := hear(m, me.user, b.isOpen(m))
	if !ok || !b.listens(m) || b.heard.seen(m.ID) {
		return
	}
	r := &messageReply{bot: b, message: m}
	switch q := questionOf(m, text); {
	case late && text != "":
		b.ask(work, post, r, q)
	case late:
	case text == "":
		b.note(post, r, line(r.words().Help))
	default:
		b.take(work, post, r, q)
	}
}

// questionOf is what a message asks.
func questionOf(m message, text string) bot.Question {
	return bot.Question{ID: m.ID, Place: m.ChannelID, Member: m.Author.ID, Kind: bot.Ask, Text: text}
}

// history is what a question goes on from when it is a reply to one of the
// bot's answers: the question that was answered, whoever asked it.
func (b *Bot) history(r reply) []string {
	m, ok := r.(*messageReply)
	if !ok || m.message.Referenced == nil {
		return nil
	}
	if asked, _ := b.asked.get(m.message.Referenced.ID); asked.text != "" {
		return []string{asked.text}
	}
	return nil
}

// A reply is where an answer goes.
type reply interface {
	// begin says that the question was heard, where that must be said at once.
	begin(ctx context.Context) error
	// slow shows that the answer takes its time, and what of it is written
	// so far, until ctx ends; what it has begun to post it carries out until
	// post ends.
	slow(ctx, post context.Context, p *progress) error
	// finish posts the answer, one message or more, and tells the ids of
	// those that others can reply to.
	finish(ctx context.Context, views []view) (posted []string, err error)
	// note says some lines in place of an answer.
	note(ctx context.Context, v view) error
	// words are the bot's in the asker's language.
	words() *bot.Wording
	// channel and id are for the log.
	channel() string
	id() string
}

// take gives the question a place in the queue, or says why there is none for
// it.
func (b *Bot) take(work, post context.Context, r reply, q bot.Question) {
	if b.paced(post, r, q) {
		b.ask(work, post, r, q)
	}
}

// paced tells whether the asker may ask now, and tells them when they may not.
func (b *Bot) paced(post context.Context, r reply, q bot.Question) bool {
	wait, ok := b.pace.take(q.Member)
	if !ok {
		b.tellAlone(post, r, q.Member, tooFast(r.words(), wait))
	}
	return ok
}

// ask gives a question a place in the queue, and in the ledger.
func (b *Bot) ask(work, post context.Context, r reply, q bot.Question) {
	b.enqueue(work, post, r, q, kept, func(ctx context.Context, l Look, show func(bot.Answer)) outcome { return b.stream(ctx, r, q, l, show) })
}

// keeping says whether a question is to outlive a crash.
type keeping int

const (
	passing keeping = iota // it is not: whoever asked sees that nothing comes, and asks again
	kept                   // it is
	resumed                // it has
)

// stream asks the Answerer, now that all that was asked before in the same
// place is answered.
func (b *Bot) stream(ctx context.Context, r reply, q bot.Question, l Look, show func(bot.Answer)) outcome {
	q.History = b.history(r)
	a, err := b.answerer.Stream(ctx, q, show)
	if err != nil {
		return outcome{err: err}
	}
	return outcome{Render(a, l), a, nil}
}

// enqueue gives some work that ends with an answer a place in the queue.
func (b *Bot) enqueue(work, post context.Context, r reply, q bot.Question, k keeping, answer answering) {
	switch b.queue.add(q.Place, k == resumed, func(turn <-chan struct{}) { b.serve(work, post, r, q, k, answer, turn) }) {
	case full:
		b.log.Warn("the queue is full", "question", q.ID)
		b.note(post, r, line(r.words().Busy))
	case admitted, closed:
	}
}

// answering makes an answer, to look so; while it is written, show gets what
// there is.
type answering func(ctx context.Context, l Look, show func(bot.Answer)) outcome

// aside runs a short piece of work for somebody, beside the questions.
func (b *Bot) aside(post context.Context, r reply, run func(context.Context) error) {
	admitted := b.queue.note(func() {
		defer b.survive("doing something beside the questions")
		ctx, cancel := context.WithTimeout(post, time.Minute)
		defer cancel()
		b.failed(r.channel(), r.id(), run(ctx))
	})
	if !admitted {
		b.log.Warn("there is no room to answer", "channel", r.channel(), "id", r.id())
	}
}

// note says a line, soon.
func (b *Bot) note(post context.Context, r reply, v view) {
	b.aside(post, r, func(ctx context.Context) error { return r.note(ctx, v) })
}

// outcome is what has become of a question.
type outcome struct {
	views  []view
	answer bot.Answer
	err    error
}

// figures are what the log tells of an answer, with what it cost where a model
// had a part in it.
func (o outcome) figures() []any {
	a := o.answer
	all := []any{"verdict", a.Verdict, "mode", a.Mode}
	if a.Fallback != bot.NoFallback {
		all = append(all, "fallback", a.Fallback)
	}
	if a.Usage.Calls > 0 {
		all = append(all, "calls", a.Usage.Calls, "tokens", a.Usage.Tokens(), "dropped", a.Dropped)
	}
	return all
}

// serve answers one question. It returns when all of its answer is posted.
func (b *Bot) serve(work, post context.Context, r reply, q bot.Question, k keeping, answer answering, turn <-chan struct{}) {
	defer b.survive("answering")
	start := time.Now()
	if k == kept && !b.accept(post, r, q) {
		return
	}
	work, stop := context.WithCancel(work)
	defer stop()
	results := make(chan outcome, 1)
	look := b.look(r)
	written := newProgress(look)
	b.queue.wg.Go(func() { results <- b.answer(work, look, answer, turn, written.show) })

	if err := r.begin(post); errors.As(err, new(*refusal)) {
		stop()
		<-results
		b.failed(r.channel(), q.ID, err)
		b.finished(post, q.ID)
		return
	} else if err != nil { // it may have come through
		b.log.Warn("an acknowledgement was not answered", "question", q.ID, "cause", err)
	}
	o, slow := b.await(post, r, q, results, written)
	if k != passing && errors.Is(o.err, context.Canceled) && b.ledger.Durable() {
		b.log.Info("a question waits for the next run", "question", q.ID)
		return
	}
	if o.err != nil {
		b.log.Error("a question was not answered", "question", q.ID, "cause", o.err)
		o.views = []view{line(r.words().Failed)}
		if errors.Is(o.err, context.Canceled) {
			o.views = []view{line(r.words().Stopped)}
		}
	}
	select {
	case <-turn: // it is, unless answering was cut short
	case <-post.Done():
	}
	if k != passing {
		b.answered(post, q.ID, o)
	}
	posted, err := b.deliver(post, r, q, o.views)
	b.failed(r.channel(), q.ID, err)
	if k != passing && (err == nil || errors.As(err, new(*refusal))) {
		b.finished(post, q.ID)
	}
	b.unheard(post, r, q, err)
	b.remember(q, posted)
	b.log.Info("answered", append([]any{"question", q.ID, "kind", q.Kind, "slow", slow, "took", time.Since(start), "posted", err == nil}, o.figures()...)...)
}

// deliver posts an answer. What Discord refuses cannot be posted; as long as
// nobody knows whether it was posted, it is tried again, and after that left
// to the next run.
func (b *Bot) deliver(post context.Context, r reply, q bot.Question, views []view) (posted []string, err error) {
	for try := 1; ; try++ {
		ctx, cancel := context.WithTimeout(post, 2*time.Minute)
		posted, err = r.finish(ctx, views)
		cancel()
		if err == nil || errors.As(err, new(*refusal)) || try == maxDeliveries {
			return posted, err
		}
		b.log.Warn("an answer is not posted yet", "question", q.ID, "cause", err)
		if sleep(post, b.timing.pause(try)) != nil {
			return posted, err
		}
	}
}

// maxDeliveries is how often one run tries to post an answer.
const maxDeliveries = 5

// await waits for the answer, and shows that it is slow when it is.
func (b *Bot) await(post context.Context, r reply, q bot.Question, results <-chan outcome, written *progress) (o outcome, slow bool) {
	quick := time.NewTimer(b.timing.quick)
	defer quick.Stop()
	select {
	case o = <-results:
		return o, false
	case <-quick.C:
	}
	ctx, cancel := context.WithCancel(post)
	shown := make(chan struct{})
	b.queue.wg.Go(func() {
		defer close(shown)
		if err := r.slow(ctx, post, written); ctx.Err() == nil {
			b.failed(r.channel(), q.ID, err)
		}
	})
	o = <-results
	cancel()
	<-shown
	return o, true
}

// answer makes the answer when the question's turn has come and a worker is
// free. While it is written, show gets what there is.
func (b *Bot) answer(ctx context.Context, l Look, answer answering, turn <-chan struct{}, show func(bot.Answer)) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			o = outcome{err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	select {
	case <-turn:
	case <-ctx.Done():
		return outcome{err: ctx.Err()}
	}
	select {
	case b.queue.slots <- struct{}{}:
		defer func() { <-b.queue.slots }()
	case <-ctx.Done():
		return outcome{err: ctx.Err()}
	}
	return answer(ctx, l, show)
}

// failed logs a failure to post. A refused token ends the bot; a permission
// that a channel lacks is told once.
func (b *Bot) failed(channel, question string, err error) {
	switch {
	case err == nil:
	case fatal(err) != nil:
		b.fail(fatal(err))
	case refusedWith(err, codeMissingAccess, codeMissingPermission):
		if !b.denied.seen(channel) {
			b.log.Warn("the bot may not post in a channel: give it View Channel, Send Messages and, in threads, Send Messages in Threads", "channel", channel, "cause", err)
		}
	case refusedWith(err, codeUnknownInteraction):
		b.log.Warn("an interaction was too old to be answered", "interaction", question)
	default:
		b.log.Error("posting failed", "question", question, "cause", err)
	}
}
