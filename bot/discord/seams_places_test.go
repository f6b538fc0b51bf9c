package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/render"
	"summitbot/bot/testserver"
)

var seamsOfPlaces = []seam{
	{name: "DATA_DIR is emptied while answers stand", run: func(w *seamed) error { return w.emptied(2 * time.Minute) }},
	{name: "DATA_DIR is emptied while answers stand, whose nonces are forgotten", run: func(w *seamed) error { return w.emptied(0) }},
	{name: "channels, a thread and a server go while questions are answered", run: func(w *seamed) error {
		gone, err := w.placesGo()
		if err != nil {
			return err
		}
		if n := w.bot.Pool.Count(); n > 0 {
			return fmt.Errorf("%d questions are still in hand", n)
		}
		w.down()
		w.up(alaska(w.T), nil)
		w.answerTo(w.say("ana", "elsewhere", "@summitbot why Alaska?"))
		w.rest()
		for place, q := range gone {
			if n := strings.Count(w.wire(), "/channels/"+q.ChannelID+"/messages\""); n > 2 {
				err = errors.Join(err, fmt.Errorf("an answer was posted %d times in a %s that is gone", n, place))
			}
		}
		return err
	}},
	{name: "questions whose place is gone are abandoned with the reason", run: func(w *seamed) error {
		gone, err := w.placesGo()
		if err != nil {
			return err
		}
		return w.judged(func(r bot.Record) error {
			for place, q := range gone {
				if r.ID == q.ID && (r.Verdict == bot.Answered || r.Ended == "") {
					return fmt.Errorf("the question in a %s that is gone counts as %q, ended for %q", place, r.Verdict, r.Ended)
				}
			}
			return nil
		}, len(gone)+1)
	}},
	{name: "a moderator deletes a draft", run: func(w *seamed) error {
		p := newPaid()
		w.up(p.answerer(w), nil)
		w.asks("ana", "general", "why Alaska?")
		w.eventually("a draft stands", func() bool { return w.drafts("general") == 1 && p.begun.Load() == 1 })
		if err := w.moderate(); err != nil {
			return err
		}
		close(p.let)
		return w.staysGone()
	}},
	{name: "a moderator deletes a draft while the bot is down", run: func(w *seamed) error {
		w.up(newPaid().answerer(w), undrained)
		w.asks("ana", "general", "why Alaska?")
		w.eventually("a draft stands, and is recorded", func() bool {
			if w.drafts("general") != 1 {
				return false
			}
			asked, err := w.store.AskedFor(w.Context(), w.said("general")[0].ID, "")
			return err == nil && asked != ""
		})
		w.down()
		if err := w.moderate(); err != nil {
			return err
		}
		w.up(alaska(w.T), nil)
		return w.staysGone()
	}},
	{name: "a moderator deletes an answer, and then its question is edited", run: func(w *seamed) error {
		w.up(long(w), nil)
		q := w.say("ana", "general", "@summitbot one")
		w.answerTo(q)
		w.rest()
		if err := w.moderate(); err != nil {
			return err
		}
		if _, err := w.server.Edit("ana", q.ID, "@summitbot two part"); err != nil {
			return err
		}
		w.answerTo(w.say("ana", "elsewhere", "@summitbot one")) // the edit came before it
		return w.staysGone()
	}},
}

// moderate has a moderator delete all that the bot has said in general.
func (w *seamed) moderate() error {
	err := w.server.Permit("mod", "", []string{"MANAGE_MESSAGES"}, nil)
	for _, m := range w.said("general") {
		err = errors.Join(err, w.server.Delete("mod", m.ID))
	}
	return err
}

// staysGone says if the bot says again what was deleted.
func (w *seamed) staysGone() error {
	w.rest()
	if n := len(w.said("general")); n > 0 {
		return fmt.Errorf("%d messages were posted again after a moderator had deleted 1", n)
	}
	return nil
}

// placesGo has questions asked in a channel, a thread and a server that go
// while they are answered, and in one that stays.
func (w *seamed) placesGo() (gone map[string]testserver.Message, err error) {
	p := newPaid()
	w.up(p.answerer(w), func(o *Options, _ *Bot) { o.Workers = 8 })
	start := w.say("ana", "general", "hello")
	if _, err := w.bot.API.Thread(w.Context(), start.ChannelID, start.ID, "talk"); err != nil {
		return nil, err
	}
	gone = map[string]testserver.Message{}
	for place, name := range map[string]string{"channel": "doomed", "thread": start.ID, "server": "other/general"} {
		gone[place] = w.say("ana", name, "@summitbot why Alaska?")
	}
	stays := w.say("ana", "elsewhere", "@summitbot why Alaska?")
	w.eventually("all are being answered", func() bool { return int(p.begun.Load()) == len(gone)+1 })
	err = errors.Join(w.server.DeleteChannel("doomed"), w.server.DeleteChannel(start.ID), w.server.Expel("summitbot", "other"))
	close(p.let)
	w.rest()
	holds(w.T, w.answerTo(stays), "far from arbitrary")
	return gone, err
}

// emptied has the bot begin anew beside what it has answered, and read what was
// said before. The nonces are known for so long.
func (w *seamed) emptied(nonce time.Duration) error {
	change := func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Nonce = nonce
		}
	}
	w.up(long(w), change)
	q := w.say("ana", "general", "@summitbot two part")
	w.eventually("it is answered", func() bool { return w.parts(q, 2) == nil })
	w.rest()
	before := w.replies(q)
	w.down()
	w.durably() // another one
	w.up(long(w), change)
	other := w.say("ben", "general", "@summitbot one") // now it is known that questions are asked here
	w.answerTo(other)
	w.rest()
	w.down()
	w.up(long(w), change)
	w.eventually("what was said before is read", func() bool { return w.bot.heard.Contains(q.ID) })
	w.rest()
	if err := w.parts(q, 2); err != nil {
		return err
	}
	for i, m := range w.replies(q) {
		if m.ID != before[i].ID {
			return fmt.Errorf("message %d was posted anew", i+1)
		}
	}
	if n := len(w.replies(other)); n != 1 {
		return fmt.Errorf("the other question has %d answers", n)
	}
	last := before[1]
	for _, v := range []customid.Verb{customid.ShowPassage, customid.VoteUp, customid.Retell} {
		ids := customIDs(last, v)
		if len(ids) == 0 {
			return fmt.Errorf("no button %q", v)
		}
		if _, m := w.done(w.server.Component("ben", last.ID, ids[0])); m.Text() == "" || m.Text() == en.Stale {
			return fmt.Errorf("button %s is answered with %q", ids[0], m.Text())
		}
	}
	return nil
}

var seamsOfTime = []seam{
	{name: "a command whose token lapsed before its answer was ready", run: func(w *seamed) error { return w.lapsed(command.ShowAll) }},
	{name: "a command for its asker alone whose token lapsed before its answer was ready", run: func(w *seamed) error { return w.lapsed(command.ShowMe) }},
	{name: "the draft of a command whose token lapsed", run: func(w *seamed) error {
		const life = time.Second
		w.server = newDiscord(w.T, testserver.Options{TokenLife: life})
		p := newPaid()
		w.up(p.answerer(w), nil)
		begun := time.Now()
		if _, err := w.server.Command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why?"}); err != nil {
			return err
		}
		w.eventually("a draft stands, and its token is over", func() bool {
			return w.drafts("general") == 1 && strings.Contains(w.said("general")[0].Text(), en.Writing) && time.Since(begun) > life
		})
		close(p.let)
		w.rest()
		if n := w.drafts("general"); n > 0 {
			return fmt.Errorf("%d draft stands for ever beside the answer, of %d messages", n, len(w.said("general")))
		}
		return nil
	}},
	{name: "answers in a channel go out within Discord's limit", run: func(w *seamed) error {
		_, err := w.flood()
		if n := strings.Count(w.wire(), `"status":429`); n > 0 {
			err = errors.Join(err, fmt.Errorf("%d requests were answered with 429", n))
		}
		return err
	}},
	{name: "answers in a channel go out in the order of their questions", run: func(w *seamed) error {
		asked, err := w.flood()
		if err != nil {
			return err
		}
		moved := 0
		for i, a := range w.said("general")[postsAtOnce:] {
			if a.MessageReference.MessageID != asked[i].ID {
				moved++
			}
		}
		if moved > 0 {
			return fmt.Errorf("%d of %d answers are out of order", moved, len(asked))
		}
		return nil
	}},
}

// postsAtOnce is how many posts in one channel Discord takes in 5 seconds.
const postsAtOnce = 5

// flood has the answers to more questions of one channel ready than Discord
// takes posts, the last one first, while it takes none, and waits until they
// stand, after as many messages as it did take.
func (w *seamed) flood() (asked []testserver.Message, err error) {
	const most = postsAtOnce + 3 // two windows
	w.server = newDiscord(w.T, testserver.Options{RouteLimits: true})
	ready := map[string]chan struct{}{}
	for i := range most + 1 {
		ready[fmt.Sprint("number ", i)] = make(chan struct{})
	}
	w.up(answers(w.T, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		i := 0
		if _, err := fmt.Sscanf(q.Text, "number %d", &i); err != nil {
			return bot.Answer{}, err
		}
		select {
		case <-ready[fmt.Sprint("number ", i+1)]:
		case <-ctx.Done():
		}
		defer close(ready[q.Text])
		return alaska(w.T).Stream(ctx, q, nil)
	}), func(o *Options, b *Bot) {
		if o.Workers = 32; b != nil {
			b.Timing.Quick = time.Minute
		}
	})
	for i := range most {
		asked = append(asked, w.asks(fmt.Sprint("member-", i), "general", fmt.Sprint("number ", i)))
	}
	for range postsAtOnce {
		if _, err := w.bot.API.Send(w.Context(), asked[0].ChannelID, render.Line("soon"), "", ""); err != nil {
			return nil, err
		}
	}
	close(ready[fmt.Sprint("number ", most)])
	w.settle()
	if n := len(w.said("general")) - postsAtOnce; n != len(asked) {
		err = fmt.Errorf("%d answers to %d questions", n, len(asked))
	}
	return asked, err
}

// lapsed has a command answered when its token works no more, by Discord's
// clock and not yet by the bot's.
func (w *seamed) lapsed(show string) error {
	w.server = newDiscord(w.T, testserver.Options{TokenLife: time.Nanosecond})
	w.up(answers(w.T, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		return alaska(w.T).Stream(ctx, q, nil)
	}), nil)
	w.say("ana", "general", "hello") // whom the bot can write to
	if _, err := w.server.Command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why?", command.OptShow: show}); err != nil {
		return err
	}
	where := map[string]string{command.ShowAll: "general", command.ShowMe: "@summitbot"}[show]
	err := w.comes("the answer is a message in "+where, func() bool {
		all, err := w.server.MessagesFor("ana", where, 0)
		return err == nil && len(all) > 0 && strings.Contains(all[len(all)-1].Text(), "far from arbitrary")
	})
	w.rest()
	return err
}
