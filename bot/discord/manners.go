package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"summitbot/bot"

	"github.com/bwmarrin/discordgo"
	"golang.org/x/time/rate"
)

// A pace holds how fast each member may ask, as far as this process knows: it
// counts while the store is away. It is safe for concurrent use.
type pace struct {
	perMinute int // 0: as fast as they like
	members   *recent[string, *rate.Limiter]
}

func newPace(perMinute int) *pace {
	return &pace{perMinute, newRecent[string, *rate.Limiter](8192)}
}

// take lets a member ask now, or tells how long they have to wait.
func (p *pace) take(member string) (wait time.Duration, ok bool) {
	if p.perMinute == 0 || member == "" {
		return 0, true
	}
	l, _ := p.members.use(member, func() *rate.Limiter {
		return rate.NewLimiter(rate.Limit(float64(p.perMinute)/60), p.perMinute)
	})
	r := l.Reserve()
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
		return wait, false
	}
	return 0, true
}

// A thread is what is known of a place: whether it is a thread of the bot's own,
// and which channel it is in, where it is a thread at all.
type thread struct {
	own    bool
	parent string
}

// listens says whether the bot answers mentions where the message stands: in
// the channels that it is to listen in, and in their threads.
func (b *Bot) listens(m message) bool {
	t, _ := b.threads.get(m.ChannelID)
	return m.GuildID == "" || len(b.channels) == 0 || slices.Contains(b.channels, m.ChannelID) || slices.Contains(b.channels, t.parent)
}

// isOpen says whether the message stands in a thread of the bot's, and the bot
// may read what is said there without a mention.
func (b *Bot) isOpen(m message) bool {
	t, _ := b.threads.get(m.ChannelID)
	return b.content && t.own
}

// roles are those that the message mentions and that are the bot's own, or may
// be: a bot that is invited gets a role of its name, which Discord offers beside
// the bot to whoever mentions it.
func (b *Bot) roles(m message, maybe bool) (own []string) {
	for _, id := range m.MentionRoles {
		if mine, known := b.mine.get(id); mine || maybe && !known {
			own = append(own, id)
		}
	}
	return own
}

// isUnknown says whether the bot was not told what it has to know of the place
// where the message stands, for a session that is resumed tells only what is new,
// or of a role that it mentions, of which nothing is told without being asked for.
func (b *Bot) isUnknown(m message) bool {
	if m.GuildID == "" {
		return false
	}
	return b.isUnknownPlace(m) || !addressed(m, b.self.Load().user, nil) && slices.ContainsFunc(m.MentionRoles, func(id string) bool { return !b.mine.has(id) })
}

func (b *Bot) isUnknownPlace(m message) bool {
	if b.threads.has(m.ChannelID) {
		return false
	}
	return b.content && isThread(m.ChannelType) || len(b.channels) > 0 && !slices.Contains(b.channels, m.ChannelID)
}

// askWhere finds out about such a place, and then accepts what the message asks.
func (b *Bot) askWhere(work, post context.Context, m message, late bool) {
	b.intake.add(talk(questionOf(m, "")), false, func(turn <-chan struct{}) {
		defer b.survive("asking where a message stands")
		<-turn
		if b.isUnknown(m) {
			if err := b.lookAt(post, m); err != nil {
				b.log.Warn("it is not known where a message stands", "channel", m.ChannelID, "cause", err)
				return
			}
		}
		if q, ok := b.asks(post, m, late); ok {
			work, post := bot.About(work, q.ID), bot.About(post, q.ID)
			b.accept(work, post, &messageReply{bot: b, message: m}, q)
		}
	})
}

// lookAt asks Discord what the place is in which a message stands, and the roles
// are that it mentions, for a minute at most.
func (b *Bot) lookAt(ctx context.Context, m message) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for try := 1; ; try++ {
		err := b.lookOnce(ctx, m)
		if err == nil || errors.As(err, new(*refusal)) || sleep(ctx, b.timing.pause(try)) != nil {
			return err
		}
	}
}

func (b *Bot) lookOnce(ctx context.Context, m message) error {
	if b.isUnknownPlace(m) {
		c, err := b.api.channel(ctx, m.ChannelID)
		if err != nil {
			return err
		}
		b.onPlaces(c)
	}
	if b.isUnknown(m) {
		of, err := b.api.roleOwners(ctx, m.GuildID)
		if err != nil {
			return err
		}
		for _, id := range m.MentionRoles {
			b.mine.put(id, of[id] == b.self.Load().user)
		}
	}
	return nil
}

// warnEvery is how often a member is told at most, by a direct message, that
// they ask too fast.
const warnEvery = time.Minute

// slowDown tells the asker, and nobody else, how long to wait: below an
// interaction, or, for a message, as a direct message.
func (b *Bot) slowDown(post context.Context, r reply, member string, wait time.Duration) {
	b.meter.Heard(TooFast)
	v := tooFast(r.words(), wait)
	if _, ok := r.(*interactionReply); ok {
		b.note(post, r, v)
		return
	}
	if at, told := b.warned.get(member); told && time.Since(at) < warnEvery {
		return
	}
	b.warned.put(member, time.Now())
	b.aside(post, r, func(ctx context.Context) error {
		if err := b.whisper(ctx, member, v, r.id()+"w"); err != nil {
			b.log.DebugContext(ctx, "a member takes no direct messages", "cause", err)
		}
		return nil
	})
}

// whisper sends a direct message.
func (b *Bot) whisper(ctx context.Context, member string, v view, nonce string) error {
	channel, err := b.api.direct(ctx, member)
	if err != nil {
		return fmt.Errorf("telling a member: %w", err)
	}
	_, err = b.api.send(ctx, channel, v, nonce, "")
	return err
}

// look is how an answer is shown where it is asked for.
func (b *Bot) look(r reply) Look {
	l := Look{Words: r.words(), Articles: b.answerer.Articles(), Retells: b.answerer.Retells}
	switch r := r.(type) {
	case *messageReply:
		l.Thread = r.message.GuildID != "" && !isThread(r.message.ChannelType)
		if r.edition > 0 {
			l.Note = l.Words.Edited
		}
	case *interactionReply:
		i := r.interaction
		l.Thread = i.GuildID != "" && !r.alone && (i.Channel == nil || !isThread(i.Channel.Type))
	}
	return l
}

// openThread opens a thread below the answer that was clicked on, takes the
// conversation there, and says where it is.
func (b *Bot) openThread(ctx context.Context, r *interactionReply) view {
	i, w := r.interaction, r.words()
	m := i.message()
	name := b.askedFor(ctx, m)
	if name == "" {
		a := b.answerer.Articles()[0]
		name = a.Name
	}
	id, err := b.api.thread(ctx, i.ChannelID, m.ID, clip(flat(name), 100))
	switch {
	case refusedWith(err, codeThreadExists):
		return line(fmt.Sprintf(w.ThreadThere, "<#"+m.ID+">"))
	case errors.As(err, new(*refusal)):
		b.log.WarnContext(ctx, "a thread could not be opened", "channel", i.ChannelID, "cause", err)
		return line(w.ThreadDenied)
	case err != nil:
		b.log.ErrorContext(ctx, "a thread could not be opened", "channel", i.ChannelID, "cause", err)
		return line(w.Failed)
	}
	b.threads.put(id, thread{own: true, parent: i.ChannelID})
	if err := b.records.Move(ctx, i.ChannelID, id, i.by()); err != nil {
		b.log.WarnContext(ctx, "a conversation does not go on in its thread", "thread", id, "cause", err)
	}
	hello := w.ThreadHello
	if b.content {
		hello = w.ThreadHelloAll
	}
	if _, err := b.api.send(ctx, id, line(hello), m.ID+"t", ""); err != nil {
		b.failed(ctx, id, err)
	}
	return line(fmt.Sprintf(w.ThreadOpened, "<#"+id+">"))
}

// isThread says whether a channel's type is one of threads.
// https://docs.discord.com/developers/resources/channel#channel-object-channel-types
func isThread(channelType int) bool { return channelType >= 10 && channelType <= 12 }

// onPlaces notes what threads and channels are.
func (b *Bot) onPlaces(places ...channel) {
	me := b.self.Load()
	for _, c := range places {
		switch {
		case me == nil:
		case isThread(c.Type):
			b.threads.put(c.ID, thread{c.OwnerID == me.user, c.ParentID})
		default:
			b.threads.put(c.ID, thread{})
		}
	}
}

// intents are the events that the bot asks for.
func (b *Bot) intents() discordgo.Intent {
	if b.content {
		return contentIntents
	}
	return intents
}
