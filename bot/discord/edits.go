package discord

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"summitbot/bot"
)

// question is what was asked, and by whom.
type question struct{ text, member string }

// given is what was answered to a message.
type given struct {
	question
	answers []string // ids of the messages that show the answer
	edition int      // how often the question was edited
}

// begin notes what a question asks, before its answer can be replied to.
func (b *Bot) begin(q bot.Question) {
	old, _ := b.given.get(q.ID)
	old.question = question{q.Text, q.Member}
	b.given.put(q.ID, old)
}

// remember notes which messages answer a question, for when it is edited,
// deleted, or somebody replies to the answer.
func (b *Bot) remember(q bot.Question, posted []string) {
	for _, id := range posted {
		b.asked.put(id, question{q.Text, q.Member})
	}
	if len(posted) > 0 {
		old, _ := b.given.get(q.ID)
		b.given.put(q.ID, given{question{q.Text, q.Member}, posted, old.edition})
	}
}

// patience is how old a message may be whose edit is still answered when what
// was answered to it is no longer known.
const patience = 15 * time.Minute

// onEdit answers an edited question anew, in place of the first answer. A message
// of which nothing was heard before may ask only now.
func (b *Bot) onEdit(work, post context.Context, m message) {
	me := b.self.Load()
	if me == nil || m.Edited == "" {
		return
	}
	before, known := b.given.get(m.ID)
	if !known && b.age(m.ID) > patience {
		return
	}
	if !known && !b.heard.has(m.ID) {
		m.edit = true
		b.onMessage(work, post, m, false)
		return
	}
	text, ok := hear(m, me.user, b.roles(m, false), b.isOpen(m))
	if !ok || !b.listens(m) || text == "" || known && before.text == text {
		return
	}
	b.again(work, post, m, text)
}

// again answers a question anew that was asked before.
func (b *Bot) again(work, post context.Context, m message, text string) {
	e := &edit{bot: b, work: bot.About(work, m.ID), post: bot.About(post, m.ID), message: m, text: text, begun: time.Now()}
	b.edits.put(m.ID, e)
	b.afterwards(m.ChannelID+" "+m.Author.ID, e.answer)
}

// An edit is a question that was edited and is to be answered anew.
type edit struct {
	bot        *Bot
	work, post context.Context
	message    message
	text       string
	begun      time.Time
	misses     int // how often no answer was found
}

const (
	// editTries is how often the answer to an edited question is looked for
	// again, which may just be on its way.
	editTries = 3
	// editPatience is for how long it is waited for while somebody makes it.
	editPatience = 2 * time.Minute
)

// answer answers the question as it is now: by changing what is asked, as long
// as nobody has begun to answer it, and in place of the first answer, once that
// stands.
func (e *edit) answer(turn <-chan struct{}) {
	b, m := e.bot, e.message
	defer b.survive("answering an edited question")
	if last, _ := b.edits.get(m.ID); last != e { // it was edited again
		return
	}
	stage := e.amend()
	if stage == bot.Waiting {
		return
	}
	select {
	case <-turn:
	case <-e.post.Done():
		return
	}
	if stage == bot.UnderWay { // was it here?
		stage = e.amend()
	}
	switch {
	case stage == bot.Waiting:
		return
	case stage == bot.UnderWay && time.Since(e.begun) < editPatience: // it is elsewhere
		e.again()
		return
	}
	ctx, cancel := context.WithTimeout(e.post, 2*time.Minute)
	defer cancel()
	before, _ := b.given.get(m.ID)
	if len(before.answers) == 0 { // perhaps another process, or an earlier run, has posted it
		var err error
		before.answers, _, err = b.search(ctx, m, b.self.Load().user)
		b.failed(ctx, m.ChannelID, err)
	}
	if len(before.answers) == 0 {
		if e.misses++; e.misses <= editTries {
			e.again()
		}
		return
	}
	r, q := &messageReply{bot: b, message: m}, questionOf(m, e.text)
	if before.text == e.text || !b.paced(e.post, r, q) {
		return
	}
	for _, id := range before.answers[1:] {
		b.failed(ctx, m.ChannelID, b.api.remove(ctx, m.ChannelID, id))
	}
	edition := before.edition + 1
	b.given.put(m.ID, given{question{e.text, m.Author.ID}, before.answers[:1], edition})
	r.holder, r.edition = before.answers[0], edition
	done := make(chan struct{})
	close(done)
	b.serve(e.work, e.post, r, q, nil, b.streaming(r, q), done)
}

// again answers after a pause.
func (e *edit) again() {
	e.bot.queue.note(e.message.ChannelID, func() {
		if sleep(e.post, e.bot.timing.edit) == nil {
			e.bot.queue.add(talk(questionOf(e.message, e.text)), false, e.answer)
		}
	})
}

// amend changes what an accepted question asks, if nobody has begun to answer
// it, and tells its stage.
func (e *edit) amend() bot.Stage {
	p, err := pending(&messageReply{message: e.message}, questionOf(e.message, e.text))
	if err != nil {
		return bot.Over
	}
	within, told := e.bot.asking(e.post)
	stage, err := e.bot.ledger.Amend(within, e.message.ID, p.Event)
	if told(err) != nil && e.post.Err() == nil {
		e.bot.log.WarnContext(e.post, "an edited question may be answered as it was", "cause", err)
	}
	return stage
}

// search looks for the bot's replies to a message among those behind it, and
// tells their ids as they were posted, and whether the message itself is seen
// to stand. An error that is no refusal says that there may be some.
func (b *Bot) search(ctx context.Context, m message, me string) (found []string, stands bool, err error) {
	last := idBefore(m.ID)
	for range mostPages {
		list, err := b.api.after(ctx, m.ChannelID, last)
		if err != nil {
			return nil, false, err
		}
		for _, p := range slices.Backward(list) {
			stands = stands || p.ID == m.ID
			if p.Author.ID == me && p.Reference != nil && p.Reference.MessageID == m.ID {
				found = append(found, p.ID)
			}
		}
		if len(list) < fullPage {
			break
		}
		last = list[0].ID
	}
	return found, stands, nil
}

// onDelete deletes the answer to a question that was deleted, or sees to it that
// there will be none. Whether an earlier run, or another process, has heard it
// the ledger knows.
func (b *Bot) onDelete(post context.Context, m message) {
	me := b.self.Load()
	if me == nil || b.gone.has(m.ID) {
		return
	}
	post = bot.About(post, m.ID)
	if author, here := b.heard.get(m.ID); here {
		b.gone.seen(m.ID)
		b.afterwards(m.ChannelID+" "+author, func(turn <-chan struct{}) { b.deleteAnswer(post, m, me.user, turn) })
		return
	}
	admitted := b.queue.note(m.ChannelID, func() {
		defer b.survive("asking about a message that was deleted")
		within, told := b.asking(post)
		known, err := b.ledger.Known(within, m.ID)
		if told(err) != nil && post.Err() == nil {
			b.log.WarnContext(post, "it is not known whether a deleted message was a question: its answer stays", "cause", err)
		}
		if known && !b.gone.seen(m.ID) {
			b.queue.add(m.ChannelID, false, func(turn <-chan struct{}) { b.deleteAnswer(post, m, me.user, turn) })
		}
	})
	if !admitted {
		b.log.WarnContext(post, "there is no room to ask whether a deleted message was a question", "channel", m.ChannelID)
	}
}

// deleteAnswer deletes what answers a question that was deleted, once what this
// process was posting stands.
func (b *Bot) deleteAnswer(post context.Context, m message, me string, turn <-chan struct{}) {
	defer b.survive("deleting an answer")
	ctx, cancel := context.WithTimeout(post, 2*time.Minute)
	defer cancel()
	b.cancel(ctx, m.ID)
	select {
	case <-turn:
	case <-ctx.Done():
		return
	}
	before, known := b.given.get(m.ID)
	if !known || len(before.answers) == 0 { // perhaps another process has posted it
		var err error
		before.answers, _, err = b.search(ctx, m, me)
		b.failed(ctx, m.ChannelID, err)
	}
	b.given.drop(m.ID)
	b.failed(ctx, m.ChannelID, b.takeBack(ctx, m.ChannelID, before.answers))
}

// takeBack deletes messages of the bot's that are not deleted yet.
func (b *Bot) takeBack(ctx context.Context, channel string, ids []string) error {
	var all error
	for _, id := range ids {
		if b.gone.seen(id) {
			continue
		}
		if err := b.api.remove(ctx, channel, id); err != nil {
			b.gone.drop(id)
			all = errors.Join(all, err)
		}
	}
	return all
}

// afterwards runs something about a question once it is accepted; it is told
// when what this process does for it is done with.
func (b *Bot) afterwards(talk string, run func(turn <-chan struct{})) {
	b.intake.add(talk, false, func(accepted <-chan struct{}) {
		<-accepted
		b.queue.add(talk, false, run)
	})
}

// madeAt is when the thing with an id was made.
// https://docs.discord.com/developers/reference#snowflakes
func madeAt(id string) time.Time {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n>>22 + discordEpoch)
}

// age is how long ago the thing with an id was made, by Discord's clock, as its
// id is.
func (b *Bot) age(id string) time.Duration { return b.clock.Now().Sub(madeAt(id)) }

// idAt is the first id of a moment.
func idAt(t time.Time) string { return strconv.FormatInt((t.UnixMilli()-discordEpoch)<<22, 10) }

// idBefore is an id that comes just before another, so that what comes after it
// begins with that one.
func idBefore(id string) string {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return id
	}
	return strconv.FormatInt(n-1, 10)
}

// newer tells whether one id was made after another.
func newer(id, than string) bool {
	return len(id) > len(than) || len(id) == len(than) && id > than
}

// discordEpoch is the first millisecond of 2015.
const discordEpoch = 1420070400000
