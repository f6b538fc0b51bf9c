package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"summitbot/bot/queue"
)

// A surface is where the messages of an answer stand, and how they get there.
type surface interface {
	// create posts a part of the answer, or finds it posted.
	create(ctx context.Context, part int, v view) (queue.Post, error)
	// edit changes what a part shows.
	edit(ctx context.Context, p queue.Post, v view) error
	// remove deletes a part; one that is gone is no error.
	remove(ctx context.Context, p queue.Post) error
}

// errGone says that a question was deleted, of which nobody was told.
var errGone = errors.New("the question was deleted")

// surface is where the answer to a task stands now: below the message that asks,
// in the place of the acknowledgement, or, when Discord takes that no more, in a
// message of its own.
func (t *task) surface() surface {
	switch {
	case t.env.Message != nil:
		return replies{t}
	case t.late:
		return latecomers{t}
	}
	return responses{t}
}

// replies are messages below the one that asks.
type replies struct{ *task }

// create posts a reply. Its nonce makes a repeated post the same one, whatever
// that shows, for a few minutes.
func (r replies) create(ctx context.Context, part int, v view) (queue.Post, error) {
	p, err := r.bot.api.send(ctx, r.channel(), v, r.nonce(part), r.row.ID)
	if refusedWith(err, codeInvalidForm) {
		err = errors.Join(r.asked(ctx), err)
	}
	if err == nil && said(p.Components) != said(v.components) { // it stands since before
		err = r.bot.api.edit(ctx, r.channel(), p.ID, v)
	}
	return queue.Post{Message: p.ID, Part: part, Shows: v.hash()}, err
}

func (r replies) edit(ctx context.Context, p queue.Post, v view) error {
	return r.bot.api.edit(ctx, r.channel(), p.Message, v)
}

func (r replies) remove(ctx context.Context, p queue.Post) error {
	return r.bot.api.remove(ctx, r.channel(), p.Message)
}

// asked returns errGone if the message that asks does not stand any more. What
// cannot be known is no error.
func (r replies) asked(ctx context.Context) error {
	if refusedWith(r.bot.api.message(ctx, r.channel(), r.row.ID), codeUnknownMessage) {
		return errGone
	}
	return nil
}

// responses are the answer to an interaction, by its token: the first in the place
// of the acknowledgement, and others behind it.
type responses struct{ *task }

// create edits the first part into the acknowledgement, and posts the others. For
// those there are no nonces: when it is not known whether one was posted, it is
// looked for the next time; what only the asker sees cannot be, and is then taken
// to be posted.
func (r responses) create(ctx context.Context, part int, v view) (queue.Post, error) {
	p := queue.Post{Part: part, Shows: v.hash()}
	if part == 0 {
		id, err := r.first(ctx, v)
		p.Message = id
		if refusedWith(err, codeUnknownMessage) { // somebody has deleted the acknowledgement
			p.Message, p.Gone, err = r.unseen(part), true, nil
		}
		return p, err
	}
	v.ephemeral = r.env.Alone
	id, err := r.bot.api.followUp(ctx, *r.env.Interaction, v)
	if u, ok := errors.AsType[*unanswered](err); ok && !u.unsent {
		if r.env.Alone {
			p.Message = r.unseen(part)
			return p, nil
		}
		r.known = false
	}
	p.Message = id
	return p, err
}

// first edits a part into the acknowledgement, which the process that heard the
// interaction may just be making.
func (r responses) first(ctx context.Context, v view) (id string, err error) {
	for {
		id, err := r.bot.api.editOriginal(ctx, *r.env.Interaction, v)
		if r.row.Acked || !refusedWith(err, codeUnknownWebhook) || time.Since(r.row.Accepted) > r.bot.timing.acknowledge {
			return id, err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return "", err
		}
	}
}

func (r responses) edit(ctx context.Context, p queue.Post, v view) error {
	switch {
	case p.Part == 0:
		_, err := r.bot.api.editOriginal(ctx, *r.env.Interaction, v)
		return err
	case isUnseen(p):
		return nil
	}
	return r.bot.api.editFollowUp(ctx, *r.env.Interaction, p.Message, v)
}

func (r responses) remove(ctx context.Context, p queue.Post) error {
	if isUnseen(p) {
		return nil
	}
	return r.bot.api.removeFollowUp(ctx, *r.env.Interaction, p.Message)
}

// unseen stands for the id of a message that nobody can ask for.
func (t *task) unseen(part int) string { return fmt.Sprintf("%s unseen %d", t.row.ID, part) }

func isUnseen(p queue.Post) bool { return strings.Contains(p.Message, "unseen") }

// latecomers are an answer to an interaction whose token is over, or that nobody
// has acknowledged: what stands is edited where all see it, and the rest stands in
// messages of the bot's own, for the asker, or to them alone if it was for them.
type latecomers struct{ *task }

func (l latecomers) create(ctx context.Context, part int, v view) (queue.Post, error) {
	channel := l.channel()
	if l.env.Alone {
		direct, err := l.bot.api.direct(ctx, l.env.Interaction.by())
		if err != nil {
			return queue.Post{}, fmt.Errorf("writing to a member: %w", err)
		}
		channel = direct
	} else if id, err := l.standing(ctx, v); id != "" || err != nil {
		return queue.Post{Message: id, Channel: channel, Part: part, Shows: v.hash()}, err
	}
	p, err := l.bot.api.send(ctx, channel, v, fmt.Sprintf("%s-%d", l.row.ID, part), "")
	return queue.Post{Message: p.ID, Channel: channel, Part: part, Shows: v.hash()}, err
}

// standing is the id of a message of the bot's own that shows the same, behind the
// interaction; empty for none, or where the bot may not read. What answers another
// question, in the same words, is none.
func (l latecomers) standing(ctx context.Context, v view) (string, error) {
	there, err := l.bot.api.after(ctx, l.channel(), l.row.ID)
	if err != nil && !errors.As(err, new(*refusal)) {
		return "", err
	}
	me := l.bot.self.Load().user
	for _, m := range there {
		if m.Author.ID == me && m.answers() == "" && said(m.Components) == said(v.components) {
			return m.ID, nil
		}
	}
	return "", nil
}

func (l latecomers) edit(ctx context.Context, p queue.Post, v view) error {
	return l.bot.api.edit(ctx, l.at(p), p.Message, v)
}

func (l latecomers) remove(ctx context.Context, p queue.Post) error {
	if l.isLapsed(p) {
		return nil
	}
	return l.bot.api.remove(ctx, l.at(p), p.Message)
}

// isLapsed says whether a message can be changed no more: one that only the asker
// sees, by a token that is over.
func (t *task) isLapsed(p queue.Post) bool { return t.late && t.env.Alone && p.Channel == "" }

// at is the channel in which a post stands.
func (t *task) at(p queue.Post) string {
	if p.Channel != "" {
		return p.Channel
	}
	return t.channel()
}

// nonce is what makes a repeated post of a part the same post: the question's id.
// Parts behind the first may have been deleted when the question was edited, so that
// theirs has that edit too.
func (t *task) nonce(part int) string {
	switch {
	case part == 0:
		return t.row.ID
	case t.row.Revision > 0:
		return fmt.Sprintf("%s-%de%d", t.row.ID, part+1, t.row.Revision)
	}
	return fmt.Sprintf("%s-%d", t.row.ID, part+1)
}

// observe finds out what stands on Discord, where the row does not surely say
// so. What was recorded and is not there any more is gone for good. Where the bot may
// not read, nothing else is taken to stand; any other error leaves it open.
func (t *task) observe(ctx context.Context) error {
	if t.known {
		return nil
	}
	found, whole, err := t.search(ctx)
	switch {
	case errors.As(err, new(*refusal)):
		t.bot.failed(ctx, t.channel(), err)
	case err != nil:
		return fmt.Errorf("looking for what was posted before: %w", err)
	default:
		t.found(found, whole)
	}
	t.known = true
	return nil
}

// found takes what was found in the place, whole if that is all there is.
func (t *task) found(ids []string, whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, p := range t.row.Posts {
		at := slices.Index(ids, p.Message)
		if at >= 0 {
			ids = slices.Delete(ids, at, at+1)
		} else if whole && p.Channel == "" && !(t.env.Alone && t.env.Interaction != nil) {
			t.row.Posts[i].Gone = true
		}
	}
	for _, id := range ids {
		part := 0
		for slices.ContainsFunc(t.row.Posts, func(p queue.Post) bool { return p.Part == part }) {
			part++
		}
		t.row.Posts = append(t.row.Posts, queue.Post{Message: id, Part: part})
	}
}

// search looks for what answers the question among the messages behind it, oldest
// first, and tells whether all of them were seen. It returns errGone when a message that
// asks is seen to stand no more.
func (t *task) search(ctx context.Context) (found []string, whole bool, err error) {
	if t.env.Interaction != nil && t.env.Alone {
		return nil, false, nil
	}
	me := t.bot.self.Load().user
	last, stands := idBefore(t.row.ID), t.env.Message == nil
	for range mostPages {
		list, err := t.bot.api.after(ctx, t.channel(), last)
		if err != nil {
			return nil, false, err
		}
		for _, m := range slices.Backward(list) {
			stands = stands || m.ID == t.row.ID
			if m.Author.ID == me && m.answers() == t.row.ID && !m.loading() {
				found = append(found, m.ID)
			}
		}
		if whole = len(list) < fullPage; whole {
			break
		}
		last = list[0].ID
	}
	if !stands && t.row.State != queue.Withdrawn && t.env.Message != nil {
		return found, whole, replies{t}.asked(ctx)
	}
	return found, whole, nil
}

// channel is where the question was asked.
func (t *task) channel() string { return t.env.Question.Place }

// lapsed says whether an error means that an interaction's token is of no use
// any more, or never was.
func (t *task) lapsed(err error) bool {
	if t.env.Interaction == nil || t.late {
		return false
	}
	return refusedWith(err, codeInvalidWebhookToken, codeUnknownWebhook)
}

// tokenLife is for how long Discord takes answers to an interaction.
// https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
const tokenLife = 15 * time.Minute

// forAsker is what a late answer shows: the first part says whom it is for.
func (t *task) forAsker(views []view) []view {
	if !t.late || t.env.Alone || len(views) == 0 {
		return views
	}
	views = slices.Clone(views)
	to := text(small + fmt.Sprintf(t.env.words().ForAsker, "<@"+t.env.Interaction.by()+">"))
	views[0].components = append([]component{to}, views[0].components...)
	return views
}
