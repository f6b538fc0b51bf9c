package discord

import (
	"context"
	"errors"
	"slices"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/rest"
)

// onMessage takes a message: what it asks becomes a row, or it is passed over. One
// that is read late may have been answered by an earlier run.
func (b *Bot) onMessage(work, post context.Context, m object.Message, late bool) {
	me := b.Self.Load()
	if me == nil {
		return
	}
	if !b.isUnknown(m) {
		if e, ok := b.asks(m, late); ok && !seen(b.heard, m.ID) {
			b.take(work, post, e, time.Time{})
		}
		return
	}
	if _, ok := event.Hear(m, me.User, b.roles(m, true), b.content && object.IsThread(m.ChannelType)); !ok {
		return
	}
	b.ordered(m, func(turn <-chan struct{}) {
		defer b.Survive("asking where a message stands")
		<-turn
		if err := b.lookAt(post, m); err != nil {
			b.Log.Warn("it is not known where a message stands", "channel", m.ChannelID, "cause", err)
			return
		}
		if e, ok := b.asks(m, late); ok && !seen(b.heard, m.ID) {
			b.accept(bot.About(work, m.ID), bot.About(post, m.ID), e, time.Time{})
		}
	})
}

// ordered does something about a message, in the order of the events of its place.
func (b *Bot) ordered(m object.Message, do func(turn <-chan struct{})) {
	if !b.intake.add(m.ChannelID, do) {
		b.Log.Warn("there are too many events: one is passed over", "channel", m.ChannelID, "message", m.ID)
	}
}

// asks says whether a message is meant for the bot, and what it asks. Who calls
// the bot without a question is told how to ask, unless that was long ago.
func (b *Bot) asks(m object.Message, late bool) (e event.Envelope, ok bool) {
	roles := b.roles(m, false)
	text, ok := event.Hear(m, b.Self.Load().User, roles, b.isOpen(m))
	if !ok || !b.listens(m) || text == "" && late {
		return e, false
	}
	e = event.OfMessage(m, text)
	if text == "" {
		e.Question.Kind = bot.Help
		if len(roles) > 0 && m.Content == "" && seen(b.pointed, m.GuildID+" "+m.Author.ID) {
			return e, false // who was told that their mention of a role is not read
		}
	}
	return e, true
}

// onEdit takes a message that was edited: its question is answered anew, in place
// of the first answer. One that asked nothing before may ask only now.
func (b *Bot) onEdit(work, post context.Context, m object.Message) {
	me := b.Self.Load()
	if me == nil || m.Edited == "" {
		return
	}
	text, ok := event.Hear(m, me.User, b.roles(m, true), b.isOpen(m) || b.content && object.IsThread(m.ChannelType) && !b.threads.Contains(m.ChannelID))
	if !ok {
		return
	}
	b.ordered(m, func(turn <-chan struct{}) {
		defer b.Survive("answering an edited question")
		<-turn
		post := bot.About(post, m.ID)
		if text != "" && b.revise(post, event.OfMessage(m, text)) || b.Age(m.ID) > patience || b.lookAt(post, m) != nil {
			return
		}
		if e, ok := b.asks(m, text == ""); ok && !seen(b.heard, m.ID) {
			b.accept(bot.About(work, m.ID), post, e, time.Time{})
		}
	})
}

// onDelete takes a message that was deleted: what answers it goes too, or, where it
// was the bot's, it is not posted again. Which of that it is, the ledger knows.
func (b *Bot) onDelete(post context.Context, m object.Message) {
	b.Pool.Lose(m.ID)
	b.ordered(m, func(turn <-chan struct{}) {
		defer b.Survive("taking back an answer")
		<-turn
		post := bot.About(post, m.ID)
		if b.withdrawRow(post, event.Withdrawn(m.ID, m.ChannelID, m.GuildID)) {
			return
		}
		ctx, cancel := b.Asking(post)
		defer cancel()
		if err := b.Ledger.Lose(ctx, m.ID); err != nil && post.Err() == nil {
			b.Log.WarnContext(ctx, "it is not noted that a message was deleted", "cause", err)
		}
	})
}

// listens says whether the bot answers mentions where the message stands: in
// the channels that it is to listen in, and in their threads.
func (b *Bot) listens(m object.Message) bool {
	t, _ := b.threads.Get(m.ChannelID)
	return m.GuildID == "" || len(b.channels) == 0 || slices.Contains(b.channels, m.ChannelID) || slices.Contains(b.channels, t.parent)
}

// isOpen says whether the message stands in a thread of the bot's, and the bot
// may read what is said there without a mention.
func (b *Bot) isOpen(m object.Message) bool {
	t, _ := b.threads.Get(m.ChannelID)
	return b.content && t.own
}

// roles are those that the message mentions and that are the bot's own, or may
// be: a bot that is invited gets a role of its name, which Discord offers beside
// the bot to whoever mentions it.
func (b *Bot) roles(m object.Message, maybe bool) (own []string) {
	for _, id := range m.MentionRoles {
		if mine, known := b.mine.Get(id); mine || maybe && !known {
			own = append(own, id)
		}
	}
	return own
}

// isUnknown says whether the bot was not told what it has to know of the place
// where the message stands, for a session that is resumed tells only what is new,
// or of a role that it mentions, of which nothing is told without being asked for.
func (b *Bot) isUnknown(m object.Message) bool {
	if m.GuildID == "" {
		return false
	}
	return b.isUnknownPlace(m) || !event.Addressed(m, b.Self.Load().User, nil) && slices.ContainsFunc(m.MentionRoles, func(id string) bool { return !b.mine.Contains(id) })
}

func (b *Bot) isUnknownPlace(m object.Message) bool {
	if b.threads.Contains(m.ChannelID) {
		return false
	}
	return b.content && object.IsThread(m.ChannelType) || len(b.channels) > 0 && !slices.Contains(b.channels, m.ChannelID)
}

// lookAt asks Discord what the place is in which a message stands, and the roles
// are that it mentions, for a minute at most.
func (b *Bot) lookAt(ctx context.Context, m object.Message) error {
	if !b.isUnknown(m) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for try := 1; ; try++ {
		err := b.lookOnce(ctx, m)
		if err == nil || errors.As(err, new(*rest.Refusal)) || bot.Sleep(ctx, b.Timing.Pause(try)) != nil {
			return err
		}
	}
}

func (b *Bot) lookOnce(ctx context.Context, m object.Message) error {
	if b.isUnknownPlace(m) {
		c, err := b.API.Channel(ctx, m.ChannelID)
		if err != nil {
			return err
		}
		b.onPlaces(c)
	}
	if b.isUnknown(m) {
		of, err := b.API.RoleOwners(ctx, m.GuildID)
		if err != nil {
			return err
		}
		for _, id := range m.MentionRoles {
			b.mine.Add(id, of[id] == b.Self.Load().User)
		}
	}
	return nil
}

// onPlaces notes what threads and channels are.
func (b *Bot) onPlaces(places ...object.Channel) {
	me := b.Self.Load()
	for _, c := range places {
		switch {
		case me == nil:
		case object.IsThread(c.Type):
			b.threads.Add(c.ID, thread{c.OwnerID == me.User, c.ParentID})
		default:
			b.threads.Add(c.ID, thread{})
		}
	}
}
