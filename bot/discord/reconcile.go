package discord

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"summitbot/bot/queue"
)

// reconcile brings Discord in line with what should stand for a task's question:
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
func (b *Bot) reconcile(ctx context.Context, t *task, want []view) error {
	if err := t.observe(ctx); err != nil {
		return err
	}
	if t.env.Interaction != nil && b.age(t.row.ID) >= tokenLife {
		t.late = true
	}
	ctx, leave := inLine(ctx, t.row.ID)
	defer leave()
	err := b.align(ctx, t, want)
	if t.lapsed(err) {
		t.late = true
		err = b.align(ctx, t, want)
	}
	return err
}

// align is reconcile, where it is known what stands and on which surface.
func (b *Bot) align(ctx context.Context, t *task, want []view) error {
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
		case !p.Gone && p.Shows != v.hash():
			err = t.edit(ctx, on, p, v)
		}
		if err != nil {
			if part > 0 && errors.As(err, new(*refusal)) {
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
func (t *task) create(ctx context.Context, on surface, part int, v view) error {
	if t.tried.IsZero() {
		t.tried = time.Now()
	} else if time.Since(t.tried) > t.bot.timing.nonce {
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
func (t *task) edit(ctx context.Context, on surface, p queue.Post, v view) error {
	if !t.edited.IsZero() {
		if err := sleep(ctx, time.Until(t.edited.Add(t.bot.timing.edit))); err != nil {
			return err
		}
	}
	err := on.edit(ctx, p, v)
	t.edited = time.Now()
	switch {
	case refusedWith(err, codeUnknownMessage) && !t.lapsed(err):
		p.Gone = true
	case err != nil: // it may have come through
		p.Shows = ""
		t.put(p)
		return err
	default:
		p.Shows = v.hash()
	}
	t.put(p)
	return nil
}

// incomplete says in the first message that a further one could not be posted.
func (b *Bot) incomplete(ctx context.Context, t *task, on surface, first view) {
	p, posted := t.post(0)
	if !posted || p.Gone {
		return
	}
	told := view{components: append(slices.Clone(first.components), text(small+t.env.words().Incomplete))}
	if err := on.edit(ctx, p, told); err != nil {
		b.log.WarnContext(ctx, "an answer is incomplete and does not say so", "cause", err)
	}
}

// post is the message that shows a part, if one was posted.
func (t *task) post(part int) (p queue.Post, posted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.row.Posts {
		if p.Part == part {
			return p, true
		}
	}
	return p, false
}

// put notes what a part is shown by.
func (t *task) put(p queue.Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, o := range t.row.Posts {
		if o.Part == p.Part {
			p.Gone = p.Gone || o.Gone && o.Message == p.Message
			t.row.Posts[i] = p
			return
		}
	}
	t.row.Posts = append(t.row.Posts, p)
}

// drop forgets a part that was removed.
func (t *task) drop(p queue.Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.row.Posts = slices.DeleteFunc(t.row.Posts, func(o queue.Post) bool { return o.Part == p.Part })
}

// beyond are the messages that show parts from one on, the last first.
func (t *task) beyond(part int) (extra []queue.Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.row.Posts {
		if p.Part >= part {
			extra = append(extra, p)
		}
	}
	slices.SortFunc(extra, func(a, b queue.Post) int { return b.Part - a.Part })
	return extra
}

// lost says whether somebody has deleted a message of the answer.
func (t *task) lost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.row.Posts, func(p queue.Post) bool { return p.Gone })
}

// lose notes that a message was deleted.
func (t *task) lose(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, p := range t.row.Posts {
		if p.Message == message {
			t.row.Posts[i].Gone = true
		}
	}
}

// snapshot is the row as it is now.
func (t *task) snapshot() queue.Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.row
	r.Posts = slices.Clone(r.Posts)
	return r
}

// hash tells views that show the same from others.
func (v view) hash() string {
	data, err := json.Marshal(v.components)
	if err != nil {
		return "" // which is shown anew
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
