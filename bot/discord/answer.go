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
	switch {
	case me == nil:
	case !b.isUnknown(m):
		q, ok := b.asks(post, m, late)
		switch {
		case ok:
			b.take(work, post, &messageReply{bot: b, message: m}, q)
		case m.edit && b.heard.has(m.ID): // by now: what was missed is read meanwhile
			b.onEdit(work, post, m)
		}
	default:
		if _, ok := hear(m, me.user, b.roles(m, true), b.content && isThread(m.ChannelType)); ok {
			b.askWhere(work, post, m, late)
		}
	}
}

// asks says whether a message asks something that nobody has heard yet, and
// what. Who calls the bot without a question is told how to ask, unless that
// was long ago.
func (b *Bot) asks(post context.Context, m message, late bool) (q bot.Question, ok bool) {
	me, roles := b.self.Load().user, b.roles(m, false)
	text, ok := hear(m, me, roles, b.isOpen(m))
	if !ok || !b.listens(m) || b.isHeard(m.ID, m.Author.ID) {
		return q, false
	}
	if text != "" || late {
		return questionOf(m, text), text != ""
	}
	r := &messageReply{bot: b, message: m}
	told := r.words().Help
	if len(roles) > 0 && m.Content == "" { // it is withheld
		if b.pointed.seen(m.GuildID + " " + m.Author.ID) {
			return q, false
		}
		told = fmt.Sprintf(r.words().ByRole, "<@"+me+">")
	} else if m.shows(me) {
		told = r.words().NoText
	}
	if wait, ok := b.pace.take(m.Author.ID); !ok {
		b.slowDown(post, r, m.Author.ID, wait)
		return q, false
	}
	b.note(post, r, line(told))
	return q, false
}

// isHeard says whether this process has heard a message or an interaction, and
// notes it with who wrote it.
func (b *Bot) isHeard(id, author string) bool {
	_, known := b.heard.use(id, func() string { return author })
	return known
}

// questionOf is what a message asks.
func questionOf(m message, text string) bot.Question {
	return bot.Question{ID: m.ID, Place: m.ChannelID, Server: m.GuildID, Member: m.Author.ID, Kind: bot.Ask, Text: text}
}

// history is what a question goes on from: where it is a reply to one of the
// bot's answers, the question that was answered, whoever asked it; else what
// its member asked last in the same place.
func (b *Bot) history(ctx context.Context, r reply, q bot.Question) []string {
	if q.Kind != bot.Ask {
		return nil
	}
	if m, ok := r.(*messageReply); ok && m.message.Referenced != nil {
		if text := b.askedFor(ctx, *m.message.Referenced); text != "" {
			return []string{text}
		}
	}
	within, told := b.asking(ctx)
	history, err := b.records.History(within, q.Place, q.Member)
	if told(err) != nil && ctx.Err() == nil {
		b.log.WarnContext(ctx, "what a question goes on from is not known", "cause", err)
	}
	return history
}

// askedFor is the question that a message of the bot's answers, empty if that
// is not known.
func (b *Bot) askedFor(ctx context.Context, m message) string {
	if asked, known := b.asked.get(m.ID); known {
		return asked.text
	}
	if g, known := b.given.get(m.answers()); known {
		return g.text
	}
	within, told := b.asking(ctx)
	text, err := b.records.AskedFor(within, m.ID, m.answers())
	if told(err) != nil && ctx.Err() == nil {
		b.log.WarnContext(ctx, "what a message answers is not known", "message", m.ID, "cause", err)
	}
	return text
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
	// waits says that so many questions are before this one.
	waits(ctx context.Context, ahead int) error
	// note says some lines in place of an answer.
	note(ctx context.Context, v view) error
	// withdraw takes back what was posted, if the question was deleted.
	withdraw(ctx context.Context) error
	// words are the bot's in the asker's language.
	words() *bot.Wording
	// channel and id are for the log.
	channel() string
	id() string
	// asker is who asked in a server, and is empty elsewhere; inThread says
	// whether that was in a thread.
	asker() string
	inThread() bool
}

// paced tells whether the asker may do now what costs as much as a question,
// and tells them when they may not.
func (b *Bot) paced(post context.Context, r reply, q bot.Question) bool {
	ctx, told := b.asking(post)
	wait, err := inTime(b, r, func() (time.Duration, error) { return b.records.Take(ctx, q.Member, b.pace.perMinute) })
	if told(err) != nil {
		b.log.WarnContext(ctx, "how fast a member asks is known to this process alone", "cause", err)
		wait, _ = b.pace.take(q.Member)
	}
	if wait > 0 {
		b.slowDown(post, r, q.Member, wait)
	}
	return wait == 0
}

// streaming asks the Answerer, now that all that the member asked before in
// the same place is answered.
func (b *Bot) streaming(r reply, q bot.Question) answering {
	return func(ctx context.Context, l Look, show func(bot.Answer)) outcome {
		q.History = b.history(ctx, r, q)
		a, err := b.answerer.Stream(ctx, q, show)
		if err != nil {
			return outcome{err: err}
		}
		return outcome{views: Render(a, l), answer: a}
	}
}

// enqueue runs some work that ends with an answer and is not kept: if it is
// lost, whoever asked sees that nothing comes, and asks again.
func (b *Bot) enqueue(work, post context.Context, r reply, q bot.Question, answer answering) {
	switch b.queue.add(talk(q), false, func(turn <-chan struct{}) { b.serve(work, post, r, q, nil, answer, turn) }) {
	case full:
		b.meter.Heard(Full)
		b.log.WarnContext(post, "the queue is full")
		b.note(post, r, line(r.words().Busy))
	case admitted:
		b.meter.Heard(Accepted)
	case closed:
	}
}

// answering makes an answer, to look so; while it is written, show gets what
// there is.
type answering func(ctx context.Context, l Look, show func(bot.Answer)) outcome

// aside runs a short piece of work for somebody, beside the questions.
func (b *Bot) aside(post context.Context, r reply, run func(context.Context) error) {
	place := r.channel()
	if _, urgent := r.(*interactionReply); urgent {
		place = ""
	}
	admitted := b.queue.note(place, func() {
		defer b.survive("doing something beside the questions")
		ctx, cancel := context.WithTimeout(bot.About(post, r.id()), time.Minute)
		defer cancel()
		b.refused(ctx, r, run(ctx))
	})
	if !admitted {
		b.log.WarnContext(bot.About(post, r.id()), "there is no room to answer", "channel", r.channel())
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
	// kept says that the answer is in the ledger, as far as that goes; taken
	// that somebody else has the question.
	kept  bool
	taken error
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

// serve answers one question, claimed or not kept at all. It returns when all
// of its answer is posted.
func (b *Bot) serve(work, post context.Context, r reply, q bot.Question, c *claim, answer answering, turn <-chan struct{}) {
	defer b.survive("answering")
	start := time.Now()
	b.begin(q)
	if c != nil {
		defer b.hand.release(server(c.Pending), c.ID)
	}
	o, slow, err := b.make(work, post, r, q, c, answer, turn)
	var refused *refusal
	switch {
	case errors.Is(err, errGone):
		b.withdrawn(post, r, q)
		return
	case errors.As(err, &refused): // it cannot be acknowledged any more
		b.refused(post, r, err)
		b.close(post, c, r, q, o, nil)
		return
	case c != nil && o.err != nil && errors.Is(context.Cause(work), bot.ErrTaken):
		b.taken(post, r)
		return
	case c != nil && errors.Is(o.err, context.Canceled) && b.ledger.Durable():
		b.log.InfoContext(post, "a question waits for the next run")
		return
	case o.err != nil:
		b.log.ErrorContext(post, "a question was not answered", "cause", o.err)
		o.views = []view{line(r.words().Failed)}
		if errors.Is(o.err, context.Canceled) {
			o.views = []view{line(r.words().Stopped)}
		}
	}
	select {
	case <-turn: // it is, unless answering was cut short
	case <-post.Done():
	}
	if !o.kept {
		o.taken = b.answered(post, c, o)
	}
	if o.taken != nil {
		b.taken(post, r)
		return
	}
	posting := time.Now()
	posted, err := b.deliver(post, r, q, c, o.views)
	switch {
	case errors.Is(err, errGone):
		b.withdrawn(post, r, q)
		return
	case errors.Is(err, errNotHeld):
		b.taken(post, r)
		b.drop(post, c)
		return
	}
	b.told(c, q, start, posting, o, err)
	b.refused(post, r, err)
	b.remember(q, posted)
	b.log.InfoContext(post, "answered", append([]any{"kind", q.Kind, "slow", slow, "took", time.Since(start), "posted", err == nil}, o.figures()...)...)
	if err == nil || errors.As(err, &refused) {
		b.close(post, c, r, q, o, posted)
		return
	}
	b.drop(post, c)
}

// taken leaves a question to whoever has it by now; to nobody, if it was
// deleted.
func (b *Bot) taken(post context.Context, r reply) {
	b.log.InfoContext(post, "a question was taken over meanwhile, or will be")
	ctx, cancel := context.WithTimeout(post, time.Minute)
	defer cancel()
	b.failed(ctx, r.channel(), r.withdraw(ctx))
}

// withdrawn closes a question that was deleted while nobody was told so, and
// takes back what stands of its answer.
func (b *Bot) withdrawn(post context.Context, r reply, q bot.Question) {
	b.cancel(post, q.ID)
	b.taken(post, r)
}

// told hands an answer on to the meter, that was begun and posted at some
// moments.
func (b *Bot) told(c *claim, q bot.Question, start, posting time.Time, o outcome, err error) {
	if c != nil {
		start = c.Accepted // maybe by another process
	}
	b.meter.Took(Posting, time.Since(posting))
	b.meter.Took(Total, max(0, time.Since(start)))
	o.answer.Question = q // which it lacks if it could not be made
	b.meter.Answered(o.answer, o.err, err)
}

// make makes the answer while it says that the question was heard, and that
// the answer takes its time where it does. Its error is Discord's, that the
// question cannot be answered.
func (b *Bot) make(work, post context.Context, r reply, q bot.Question, c *claim, answer answering, turn <-chan struct{}) (o outcome, slow bool, err error) {
	work, stop := context.WithCancel(work)
	defer stop()
	results := make(chan outcome, 1)
	look := b.look(r)
	written := newProgress(look, func() time.Time { return b.surely(c) })
	b.queue.wg.Go(func() {
		work, kept := bot.Holding(work)
		defer kept()
		o := b.answer(work, look, answer, turn, written.show)
		if o.err == nil { // at once, for it may have been paid for
			o.kept, o.taken = true, b.answered(post, c, o)
		}
		results <- o
	})
	if err := r.begin(post); errors.As(err, new(*refusal)) || errors.Is(err, errGone) {
		stop()
		return <-results, false, err
	} else if err != nil { // it may have come through
		b.log.WarnContext(post, "an acknowledgement was not answered, or it is not known what was posted before", "cause", err)
	}
	o, slow = b.await(post, r, q, results, written)
	return o, slow, nil
}

// close closes a question that was kept.
func (b *Bot) close(post context.Context, c *claim, r reply, q bot.Question, o outcome, posted []string) {
	if c == nil {
		return
	}
	if o.answer.Question.ID != "" {
		q = o.answer.Question // with what it goes on from
	}
	if !b.finished(post, bot.Finished{Pending: c.Pending, Question: q, Answer: o.answer, Shown: shownText(o.views), Posted: posted}) {
		b.taken(post, r)
	}
}

// errNotHeld says that an answer is not posted, for somebody else may be
// posting it.
var errNotHeld = errors.New("the question's claim is over")

// deliver posts an answer. What Discord refuses cannot be posted; as long as
// nobody knows whether it was posted, it is tried again, and after that left
// to the next run. A question that is no longer this process's is left alone.
func (b *Bot) deliver(post context.Context, r reply, q bot.Question, c *claim, views []view) (posted []string, err error) {
	for try := 1; ; try++ {
		if err := b.holds(post, c); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotHeld, err)
		}
		ctx, cancel := context.WithTimeout(post, 2*time.Minute)
		posted, err = r.finish(ctx, views)
		cancel()
		if err == nil || errors.As(err, new(*refusal)) || errors.Is(err, errGone) || try == maxDeliveries {
			return posted, err
		}
		b.log.WarnContext(post, "an answer is not posted yet", "cause", err)
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
			b.failed(post, r.channel(), err)
		}
	})
	o = <-results
	cancel()
	<-shown
	return o, true
}

// answer makes the answer when the question's turn has come. While it is
// written, show gets what there is.
func (b *Bot) answer(ctx context.Context, l Look, answer answering, turn <-chan struct{}, show func(bot.Answer)) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			b.log.DebugContext(ctx, "panic", "value", fmt.Sprint(p))
			o = outcome{err: fmt.Errorf("panic: %s\n%s", panicked(p), debug.Stack())}
		}
	}()
	select {
	case <-turn:
	case <-ctx.Done():
		return outcome{err: ctx.Err()}
	}
	began := time.Now()
	defer func() { b.meter.Took(Answering, time.Since(began)) }()
	return answer(ctx, l, show)
}
