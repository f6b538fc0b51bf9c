package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/queue"
	"summitbot/retrieval"
)

// Outcome is what has become of a question.
type Outcome struct {
	Views  []object.View
	answer bot.Answer
	unmade error // why there is no answer; the views say so
	err    error // why there is nothing to post
	kept   error // why the answer is not kept
}

// figures are what the log tells of an answer, with what it cost where a model
// had a part in it.
func (o Outcome) figures() []any {
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

// draft makes the answer and keeps it. When that takes its time, the asker sees
// that it does, and what is written so far, as long as the question is surely this
// process's.
func (b *Worker) draft(work, post context.Context, t *Task) Outcome {
	work, stop := t.working(work)
	defer stop()
	t.shown = bot.Answer{}
	look := t.env.Look(b.Answerer.Articles(), b.Answerer.Retells, t.Row.Revision > 0)
	written := &progress{news: make(chan struct{}, 1)}
	results := make(chan Outcome, 1)
	b.Tasks.Go(func() {
		defer b.Survive("keeping an answer")
		holding, kept := bot.Holding(work)
		defer kept()
		o := b.answer(holding, t, look, written.show)
		b.Pool.drafted(t) // the disk is not waited for in another's place
		if o.err == nil { // at once, for it may have been paid for
			o.kept = b.Keep(post, t, o)
		}
		results <- o
	})
	quick, retype := time.NewTimer(b.Timing.Quick), time.NewTicker(b.Timing.Retype)
	defer quick.Stop()
	defer retype.Stop()
	news, due := (chan struct{})(nil), (<-chan time.Time)(nil)
	if t.Row.Tries > 1 || !t.known { // after a restart there are many, and requests are few
		quick.Stop()
	}
	typing, quiet := context.WithCancel(work)
	defer quiet()
	types := func() {
		if channel := t.channel(); t.env.Message != nil {
			b.Tasks.Go(func() { b.showTyping(typing, channel) })
		}
	}
	show := func(v object.View) {
		err := b.show(post, t, []object.View{unfinished(v, t, b.Model)})
		if errors.As(err, new(*rest.Refusal)) || errors.Is(err, errGone) { // nor is it taken the next time
			news, due = nil, nil
		}
	}
	for {
		select {
		case o := <-results:
			return o
		case <-quick.C:
			news = written.news
			types()
			if t.env.Message != nil { // Discord shows who asked by a command that the bot is thinking
				show(render.Line(look.Words.Looking))
			}
		case <-retype.C:
			if news != nil || due != nil {
				types()
			}
		case <-news:
			due, news = time.After(time.Until(t.edited.Add(b.Timing.Edit))), nil
		case <-due:
			news, due = written.news, nil
			t.shown = written.latest()
			show(render.Unfinished(t.shown, look, look.Words.Writing))
		}
		if work.Err() != nil {
			news, due = nil, nil
		}
	}
}

// show has an unfinished answer stand, if the question is surely this process's
// meanwhile, and notes where. What fails, the finished answer mends.
func (b *Worker) show(post context.Context, t *Task, views []object.View) error {
	until := b.surely(t)
	if !time.Now().Before(until) {
		return nil
	}
	before := len(t.snapshot().Posts)
	ctx, cancel := context.WithDeadline(post, until.Add(queue.ClaimLife-holdsFor))
	defer cancel()
	if err := b.Reconcile(ctx, t, views); err != nil {
		if errors.As(err, new(*rest.Refusal)) {
			b.Failed(ctx, t.channel(), err)
		} else {
			b.Log.DebugContext(ctx, "an unfinished answer was not shown", "cause", err)
		}
		return err
	}
	if r := t.snapshot(); len(r.Posts) != before {
		within, done := b.Asking(context.WithoutCancel(ctx))
		defer done()
		if err := b.Ledger.Record(within, r); err != nil {
			b.Log.DebugContext(ctx, "it is not recorded where an unfinished answer stands", "cause", err)
		}
	}
	return nil
}

// showTyping shows the bot as typing: what fails of that is not worth more than a
// note.
func (b *Worker) showTyping(ctx context.Context, channel string) {
	if err := b.API.Typing(ctx, channel); err != nil && ctx.Err() == nil {
		b.Log.DebugContext(ctx, "typing was not shown", "cause", err)
	}
}

// unfinished is a view of an answer that is being written, with a button to stop
// that where a model writes.
func unfinished(v object.View, t *Task, model bool) object.View {
	if !model {
		return v
	}
	stop := render.Button(t.env.Words().Stop, customid.ID{Verb: customid.StopWriting, Style: t.env.Question.Member, Message: t.Row.ID})
	return object.View{Components: append(slices.Clone(v.Components), render.Row(stop))}
}

// stopped is what stands of an answer that somebody has stopped: what was shown of
// it, or a word.
func (b *Worker) stopped(t *Task) object.View {
	l := t.env.Look(b.Answerer.Articles(), b.Answerer.Retells, t.Row.Revision > 0)
	if len(t.shown.Claims) == 0 {
		return render.Line(l.Words.StoppedEmpty)
	}
	return render.Unfinished(t.shown, l, l.Words.StoppedHere)
}

// answer makes the answer that a row asks for, and the views of it.
func (b *Worker) answer(ctx context.Context, t *Task, l render.Look, show func(bot.Answer)) (o Outcome) {
	began := time.Now()
	defer func() { b.meter.Took(Answering, time.Since(began)) }()
	q := t.env.Question
	defer func() {
		switch p := recover(); {
		case p != nil:
			b.Log.DebugContext(ctx, "panic", "value", fmt.Sprint(p))
			o.unmade = fmt.Errorf("panic: %s\n%s", Panicked(p), debug.Stack())
		case o.unmade == nil:
			return
		case t.isStale():
			o.err = queue.ErrRevised
			return
		case ctx.Err() != nil && b.Ledger.Durable():
			o.err = ctx.Err()
			return
		}
		o.answer, o.Views = bot.Answer{Question: q}, []object.View{render.Line(l.Words.Failed)}
		if ctx.Err() != nil {
			o.Views = []object.View{render.Line(l.Words.Stopped)}
		}
		b.Log.ErrorContext(ctx, "a question was not answered", "cause", o.unmade)
	}()
	switch q.Kind {
	case bot.Help:
		return Outcome{Views: []object.View{b.called(t.env)}, answer: bot.Answer{Question: q}}
	case bot.Check:
		c, err := b.Answerer.Check(ctx, q.Text)
		return Outcome{Views: render.Check(c, l), answer: bot.Answer{Question: q}, unmade: err}
	case bot.Retell:
		return b.retell(ctx, t.env, l)
	}
	q.History = b.history(ctx, t.env)
	a, err := b.Answerer.Stream(ctx, q, show)
	if err != nil {
		return Outcome{unmade: err}
	}
	return Outcome{Views: render.Answer(a, l), answer: a}
}

// called is what is said to who calls the bot without a question.
func (b *Worker) called(e event.Envelope) object.View {
	m, me, w := *e.Message, b.Self.Load().User, e.Words()
	switch {
	case m.Content == "" && len(m.MentionRoles) > 0 && !m.MentionsUser(me): // it is withheld
		return render.Line(fmt.Sprintf(w.ByRole, "<@"+me+">"))
	case event.Shows(m, me):
		return render.Line(w.NoText)
	}
	return render.Line(w.Help)
}

// history is what a question goes on from: where it is a reply to one of the
// bot's answers, the question that was answered, whoever asked it; else what
// its member asked last in the same place.
func (b *Worker) history(ctx context.Context, e event.Envelope) []string {
	q := e.Question
	if q.Kind != bot.Ask {
		return nil
	}
	if e.Message != nil && e.Message.Referenced != nil {
		if text := b.AskedFor(ctx, *e.Message.Referenced); text != "" {
			return []string{text}
		}
	}
	within, cancel := b.Asking(ctx)
	defer cancel()
	history, err := b.Records.History(within, q.Place, q.Member)
	if err != nil && ctx.Err() == nil {
		b.Log.WarnContext(ctx, "what a question goes on from is not known", "cause", err)
	}
	return history
}

// AskedFor is the question that a message of the bot's answers, empty if that
// is not known.
func (b *Worker) AskedFor(ctx context.Context, m object.Message) string {
	within, cancel := b.Asking(ctx)
	defer cancel()
	text, err := b.Records.AskedFor(within, m.ID, m.Answers())
	if err != nil && ctx.Err() == nil {
		b.Log.WarnContext(ctx, "what a message answers is not known", "message", m.ID, "cause", err)
	}
	return text
}

// written is an answer's messages as they are kept, and shown what was kept so.
func written(views []object.View) (string, error) {
	all := [][]object.Component{}
	for _, v := range views {
		all = append(all, v.Components)
	}
	body, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("writing an answer: %w", err)
	}
	return string(body), nil
}

func shown(body string) (views []object.View, err error) {
	var all [][]object.Component
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		return nil, fmt.Errorf("reading a kept answer: %w", err)
	}
	for _, c := range all {
		views = append(views, object.View{Components: c})
	}
	return views, nil
}

// shownText is an answer as text.
func shownText(views []object.View) string {
	var all []string
	for _, v := range views {
		all = append(all, object.TextOf(v.Components))
	}
	return strings.Join(all, "\n")
}

// told hands an answer on to the meter and the log, whose posting began at some
// moment.
func (b *Worker) told(ctx context.Context, t *Task, posting time.Time, o Outcome, err error) {
	took := time.Since(t.Row.Accepted) // maybe by another process
	b.meter.Took(Posting, time.Since(posting))
	if t.Row.Revision == 0 { // else it counts from another moment
		b.meter.Took(Total, max(0, took))
	}
	o.answer.Question = t.env.Question // which it lacks if it could not be made
	b.meter.Answered(o.answer, o.unmade, err)
	b.Log.InfoContext(ctx, "answered", append([]any{"kind", t.env.Question.Kind, "took", took, "posted", err == nil}, o.figures()...)...)
}

// progress is what of an answer is written so far.
type progress struct {
	news chan struct{} // has room for one: there is something new

	mu  sync.Mutex
	now bot.Answer
}

// show takes an answer that is not finished.
func (p *progress) show(a bot.Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = a
	select {
	case p.news <- struct{}{}:
	default: // nobody has looked yet
	}
}

func (p *progress) latest() bot.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// retell tells the claims of an earlier answer in the style that a button names.
func (b *Worker) retell(ctx context.Context, e event.Envelope, l render.Look) Outcome {
	id, ok := customid.ID{}, false
	if e.Interaction != nil && e.Interaction.Data != nil {
		id, ok = customid.Parse(e.Interaction.Data.CustomID)
	}
	article := b.ArticleOf(id.Article)
	if !ok || article == nil { // it was changed meanwhile
		return Outcome{Views: []object.View{render.Stale(l.Words)}, answer: bot.Answer{Question: e.Question}}
	}
	a, err := b.Answerer.Recite(e.Question, article.Slug, id.IDs())
	if err == nil && id.Style != render.AsWritten {
		a = b.Answerer.Retell(ctx, a, bot.Style(id.Style))
		err = ctx.Err()
	}
	if err != nil {
		return Outcome{unmade: err}
	}
	return Outcome{Views: render.Answer(a, l), answer: a}
}

// ArticleOf is the article whose hash begins so, nil if there is none now.
func (b *Worker) ArticleOf(hash string) *retrieval.Article {
	for _, a := range b.Answerer.Articles() {
		if len(hash) == customid.HashLength && strings.HasPrefix(a.Hash, hash) {
			return a
		}
	}
	return nil
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
