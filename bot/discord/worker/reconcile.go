package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/queue"
)

// Reconcile brings Discord in line with what should stand for a task's question:
// want, a message each; none is that nothing should. It compares that with what
// is recorded, and with what Discord says where that is not certain, and makes
// the calls that are missing. Nothing else posts, edits or deletes answers: the
// first post, an unfinished answer, the finished one, that to an edited question,
// one that came late, and what is left of a run that was killed.
//
// A message that somebody else has deleted is gone for good, and no other takes its
// place. A call that failed leaves what is known as it was, so that reconcile can
// be called again. Its errors are Discord's; errGone, that the question stands no
// more; and queue.ErrRevised, that something else should stand by now.
func (b *Worker) Reconcile(ctx context.Context, t *Task, want []object.View) error {
	if err := t.observe(ctx); err != nil {
		return err
	}
	if t.env.Interaction != nil && b.Age(t.Row.ID) >= tokenLife {
		t.late = true
	}
	ctx, leave := rest.InLine(ctx, t.Row.ID)
	defer leave()
	err := b.align(ctx, t, want)
	if t.lapsed(err) {
		t.late = true
		err = b.align(ctx, t, want)
	}
	return err
}

// align is reconcile, where it is known what stands and on which surface.
func (b *Worker) align(ctx context.Context, t *Task, want []object.View) error {
	on, want := t.surface(), t.forAsker(want)
	for part, v := range want {
		if t.isStale() {
			return queue.ErrRevised
		}
		var err error
		switch p, posted := t.post(part); {
		case !posted && t.lost():
			return nil
		case !posted, !p.Gone && t.isLapsed(p):
			err = t.create(ctx, on, part, v)
		case !p.Gone && p.Shows != hashOf(v):
			err = t.edit(ctx, on, p, v)
		}
		if err != nil {
			if part > 0 && errors.As(err, new(*rest.Refusal)) {
				b.incomplete(ctx, t, on, want[0])
			}
			return fmt.Errorf("message %d of %d: %w", part+1, len(want), err)
		}
	}
	for _, p := range t.beyond(len(want)) {
		if p.Gone { // which stays known
			continue
		}
		if err := on.remove(ctx, p); err != nil {
			return fmt.Errorf("deleting a message: %w", err)
		}
		t.drop(p)
	}
	return nil
}

// create posts a part that does not stand. Where a try may have come through long
// ago, it is looked for first.
func (t *Task) create(ctx context.Context, on surface, part int, v object.View) error {
	if t.tried.IsZero() {
		t.tried = time.Now()
	} else if time.Since(t.tried) > t.bot.Timing.Nonce {
		t.known, t.tried = false, time.Time{}
		return errUnsure
	}
	p, err := on.create(ctx, part, v)
	if err != nil {
		return err
	}
	t.tried = time.Time{}
	if _, edits := on.(responses); edits && part == 0 { // the acknowledgement
		t.edited = time.Now()
	}
	t.put(p)
	return nil
}

// errUnsure says that it has to be found out what stands.
var errUnsure = errors.New("it is not known any more what was posted")

// edit changes what a part shows, no sooner after the last time than Discord
// takes it well.
func (t *Task) edit(ctx context.Context, on surface, p queue.Post, v object.View) error {
	if !t.edited.IsZero() {
		if err := bot.Sleep(ctx, time.Until(t.edited.Add(t.bot.Timing.Edit))); err != nil {
			return err
		}
	}
	err := on.edit(ctx, p, v)
	t.edited = time.Now()
	switch {
	case rest.RefusedWith(err, rest.CodeUnknownMessage) && !t.lapsed(err):
		p.Gone = true
	case err != nil: // it may have come through
		p.Shows = ""
		t.put(p)
		return err
	default:
		p.Shows = hashOf(v)
	}
	t.put(p)
	return nil
}

// incomplete says in the first message that a further one could not be posted.
func (b *Worker) incomplete(ctx context.Context, t *Task, on surface, first object.View) {
	p, posted := t.post(0)
	if !posted || p.Gone {
		return
	}
	told := object.View{Components: append(slices.Clone(first.Components), render.Text(render.Small+t.env.Words().Incomplete))}
	if err := on.edit(ctx, p, told); err != nil {
		b.Log.WarnContext(ctx, "an answer is incomplete and does not say so", "cause", err)
	}
}
