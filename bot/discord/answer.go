package discord

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"summitbot/bot"
)

// onMessage takes a message: it is answered, or passed over.
func (b *Bot) onMessage(work, post context.Context, m message) {
	me := b.self.Load()
	if me == nil {
		return
	}
	text, ok := hear(m, me.user)
	if !ok || b.heard.seen(m.ID) {
		return
	}
	r := &messageReply{bot: b, message: m}
	if text == "" {
		b.note(post, r, words.help)
		return
	}
	b.take(work, post, r, bot.Question{ID: m.ID, Place: m.ChannelID, Member: m.Author.ID, Kind: bot.Ask, Text: text})
}

// onInteraction takes an interaction. All but questions are answered at once.
func (b *Bot) onInteraction(work, post context.Context, i interaction) {
	if i.ID == "" || i.Token == "" || b.heard.seen(i.ID) {
		return
	}
	r := &interactionReply{bot: b, interaction: i, until: time.Now().Add(b.timing.acknowledge)}
	switch i.Type {
	case interactionCommand:
	case interactionAutocomplete:
		b.queue.note(func() {
			ctx, cancel := context.WithDeadline(post, r.until)
			defer cancel()
			b.failed(i.ChannelID, i.ID, b.api.suggestNothing(ctx, i))
		})
		return
	case interactionComponent, interactionModal:
		b.note(post, r, words.oldButton)
		return
	default:
		return // a ping, or a kind of a later time that wants no known answer
	}
	if i.Data == nil {
		b.note(post, r, words.unknownCommand)
		return
	}
	q, ok, err := asked(i)
	switch {
	case i.Data.Name == cmdHelp:
		b.note(post, r, words.help)
	case !ok:
		b.note(post, r, words.unknownCommand)
	case err != nil:
		b.log.Warn("a command could not be read", "interaction", i.ID, "cause", err)
		b.note(post, r, words.unknownCommand)
	default:
		b.take(work, post, r, q)
	}
}

// A reply is where an answer goes.
type reply interface {
	// begin says that the question was heard, where that must be said at once.
	begin(ctx context.Context) error
	// slow shows that the answer takes its time, and what of it is written
	// so far, until ctx ends; what it has begun to post it carries out until
	// post ends.
	slow(ctx, post context.Context, p *progress) error
	// finish posts the answer, one message or more.
	finish(ctx context.Context, messages []string) error
	// note says one line in place of an answer.
	note(ctx context.Context, line string) error
	// channel and id are for the log.
	channel() string
	id() string
}

// take gives the question a place in the queue, or says that there is none.
func (b *Bot) take(work, post context.Context, r reply, q bot.Question) {
	switch b.queue.add(q.Place, func(turn <-chan struct{}) { b.serve(work, post, r, q, turn) }) {
	case full:
		b.log.Warn("the queue is full", "question", q.ID)
		b.note(post, r, words.busy)
	case admitted, closed:
	}
}

// note says a line, soon.
func (b *Bot) note(post context.Context, r reply, line string) {
	said := b.queue.note(func() {
		defer b.survive("saying a line")
		ctx, cancel := context.WithTimeout(post, time.Minute)
		defer cancel()
		b.failed(r.channel(), r.id(), r.note(ctx, line))
	})
	if !said {
		b.log.Warn("a line could not be said", "channel", r.channel())
	}
}

// outcome is what has become of a question.
type outcome struct {
	messages []string
	answer   bot.Answer
	err      error
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
func (b *Bot) serve(work, post context.Context, r reply, q bot.Question, turn <-chan struct{}) {
	defer b.survive("answering")
	start := time.Now()
	work, stop := context.WithCancel(work)
	defer stop()
	results := make(chan outcome, 1)
	written := newProgress()
	b.queue.wg.Go(func() { results <- b.answer(work, q, turn, written.show) })

	if err := r.begin(post); errors.As(err, new(*refusal)) {
		stop()
		<-results
		b.failed(r.channel(), q.ID, err)
		return
	} else if err != nil { // it may have come through
		b.log.Warn("an acknowledgement was not answered", "question", q.ID, "cause", err)
	}
	o, slow := b.await(post, r, q, results, written)
	if o.err != nil {
		b.log.Error("a question was not answered", "question", q.ID, "cause", o.err)
		o.messages = []string{words.failed}
		if errors.Is(o.err, context.Canceled) {
			o.messages = []string{words.stopped}
		}
	}
	select {
	case <-turn: // it is, unless answering was cut short
	case <-post.Done():
	}
	ctx, cancel := context.WithTimeout(post, 2*time.Minute)
	defer cancel()
	err := r.finish(ctx, o.messages)
	b.failed(r.channel(), q.ID, err)
	b.log.Info("answered", append([]any{"question", q.ID, "kind", q.Kind, "slow", slow, "took", time.Since(start), "posted", err == nil}, o.figures()...)...)
}

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

// answer asks the Answerer, when the question's turn has come and a worker
// is free. While the answer is written, show gets what there is.
func (b *Bot) answer(ctx context.Context, q bot.Question, turn <-chan struct{}, show func(bot.Answer)) (o outcome) {
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
	a, err := b.answerer.Stream(ctx, q, show)
	if err != nil {
		return outcome{err: err}
	}
	messages := Render(a)
	if len(messages) == 0 || slices.Contains(messages, "") {
		return outcome{err: errors.New("the answer came out empty")}
	}
	return outcome{messages, a, nil}
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
