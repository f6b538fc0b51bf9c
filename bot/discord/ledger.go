package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"summitbot/bot"
)

// envelope is all that is needed to answer a question after a restart.
type envelope struct {
	Question    bot.Question `json:"question"`
	Message     *message     `json:"message,omitempty"`
	Interaction *interaction `json:"interaction,omitempty"`
	Alone       bool         `json:"alone,omitempty"`
}

// maxAttempts is how many runs begin to answer what an earlier one has left,
// before it is given up: a question that ends the process would do so for ever.
const maxAttempts = 5

// accept keeps a question before it is acknowledged. It is false for one that
// was accepted before. A store that fails does not keep members from their
// answer.
func (b *Bot) accept(ctx context.Context, r reply, q bot.Question) (fresh bool) {
	e := envelope{Question: q}
	switch r := r.(type) {
	case *messageReply:
		e.Message = &r.message
	case *interactionReply:
		e.Interaction, e.Alone = &r.interaction, r.alone
	}
	data, err := json.Marshal(e)
	if err == nil {
		fresh, err = b.ledger.Accept(ctx, bot.Pending{ID: q.ID, Place: q.Place, Event: string(data), Accepted: time.Now()})
	}
	if err != nil {
		b.log.Error("a question is answered, but would not outlive a crash", "question", q.ID, "cause", err)
		return true
	}
	return fresh
}

// answered keeps an answer before it is posted.
func (b *Bot) answered(ctx context.Context, id string, o outcome) {
	var shown [][]component
	for _, v := range o.views {
		shown = append(shown, v.components)
	}
	data, err := json.Marshal(shown)
	if err == nil {
		err = b.ledger.Answered(ctx, id, string(data))
	}
	if err != nil {
		b.log.Error("an answer would not outlive a crash", "question", id, "cause", err)
	}
}

// finished closes a question, whatever has become of it.
func (b *Bot) finished(ctx context.Context, id string) {
	if err := b.ledger.Finish(context.WithoutCancel(ctx), id); err != nil {
		b.log.Error("a question that is done with is not closed", "question", id, "cause", err)
	}
}

// resume goes on with what an earlier run has left, and reads what was asked
// while there was none.
func (b *Bot) resume(work, post context.Context) {
	open, err := b.ledger.Resume(post)
	if err != nil {
		b.log.Error("what an earlier run has left is not known", "cause", err)
		return
	}
	for _, p := range open {
		b.heard.seen(p.ID)
		b.takeUp(work, post, p)
	}
	if len(open) > 0 {
		b.log.Info("going on with what an earlier run has left", "questions", len(open))
	}
	b.catchUp(work, post)
}

// takeUp answers a question that an earlier run has left.
func (b *Bot) takeUp(work, post context.Context, p bot.Pending) {
	var e envelope
	if err := json.Unmarshal([]byte(p.Event), &e); err != nil || e.Message == nil && e.Interaction == nil {
		b.log.Error("a question that an earlier run has left cannot be read", "question", p.ID, "cause", err)
		b.finished(post, p.ID)
		return
	}
	var r reply
	if e.Message != nil {
		r = &messageReply{bot: b, message: *e.Message, resumed: true}
	} else {
		r = &interactionReply{bot: b, interaction: *e.Interaction, alone: e.Alone, resumed: true}
	}
	b.enqueue(work, post, r, e.Question, resumed, func(ctx context.Context, l Look, show func(bot.Answer)) outcome {
		var shown [][]component
		if p.Answer != "" && json.Unmarshal([]byte(p.Answer), &shown) == nil && len(shown) > 0 {
			o := outcome{answer: bot.Answer{Question: e.Question}}
			for _, c := range shown {
				o.views = append(o.views, view{components: c})
			}
			return o
		}
		if n, err := b.ledger.Attempt(ctx, p.ID); err != nil {
			return outcome{err: err}
		} else if n > maxAttempts {
			b.log.Error("a question is given up", "question", p.ID, "attempts", n)
			return outcome{views: []view{line(r.words().GaveUp)}}
		}
		return b.stream(ctx, r, e.Question, l, show)
	})
}

// missed is how far back messages are read that came while no bot was there.
const (
	missed  = 15 * time.Minute
	overlap = time.Minute
)

// catchUp reads the messages that came while no bot was there, where questions
// were asked in the last week. Those that mention the bot carry their content
// without any intent.
func (b *Bot) catchUp(work, post context.Context) {
	places, err := b.ledger.Places(post, time.Now().Add(-7*24*time.Hour))
	if err != nil {
		b.log.Error("what was asked meanwhile is not known", "cause", err)
		return
	}
	for place, id := range places {
		// Questions are accepted side by side: some that are a little older
		// than the newest may not have been.
		from := madeAt(id).Add(-overlap)
		if oldest := time.Now().Add(-missed); from.Before(oldest) {
			from = oldest
		}
		last := strconv.FormatInt((from.UnixMilli()-discordEpoch)<<22, 10)
		c, err := b.api.channel(post, place)
		var list []message
		for full := true; full && err == nil; {
			var some []message
			some, err = b.api.after(post, place, last)
			slices.Reverse(some) // the oldest first
			if full = len(some) == fullPage; full {
				last = some[len(some)-1].ID
			}
			list = append(list, some...)
		}
		if err != nil {
			b.log.Info("what was asked meanwhile cannot be read", "channel", place, "cause", err)
			continue
		}
		for _, m := range list {
			m.GuildID, m.ChannelType = c.GuildID, c.Type // which a message that is read does not tell
			b.onMessage(work, post, m, true)
		}
	}
}

// instead posts an answer to a command whose token no longer works as a
// message for the asker: in its channel, or to them alone if it was for them.
func (r *interactionReply) instead(ctx context.Context, views []view) ([]string, error) {
	asker := r.interaction.by()
	if r.alone {
		for i, v := range views {
			if err := r.bot.whisper(ctx, asker, v, fmt.Sprintf("%s-%d", r.id(), i)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	views = slices.Clone(views)
	views[0].components = append([]component{text(small + fmt.Sprintf(r.words().ForAsker, "<@"+asker+">"))}, views[0].components...)
	there, err := r.bot.api.after(ctx, r.channel(), r.id())
	if err != nil && !errors.As(err, new(*refusal)) {
		return nil, err
	}
	var posted []string
	for i, v := range views {
		at := slices.IndexFunc(there, func(m message) bool { return m.Author.Bot && said(m.Components) == said(v.components) })
		if at >= 0 {
			posted = append(posted, there[at].ID)
			continue
		}
		p, err := r.bot.api.send(ctx, r.channel(), v, fmt.Sprintf("%s-%d", r.id(), i), "")
		if err != nil {
			return posted, err
		}
		posted = append(posted, p.ID)
	}
	return posted, nil
}
