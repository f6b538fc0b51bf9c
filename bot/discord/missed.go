package discord

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
)

// missed is how far back messages are read that came while no bot was there,
// and for how long that is tried.
const (
	missed = 15 * time.Minute
	// mostPlaces is in how many places they are read, those first where
	// somebody asked last, and mostPages how many pages in each: requests are
	// few, and members are waiting. For the same reason no more than readers
	// places are read at once: answers are posted meanwhile.
	mostPlaces = 200
	mostPages  = 10
	readers    = 4
)

// A catchUp reads the messages that came while no bot was there, of one shard:
// where questions were asked in the last week, and which the shard is told of.
// Those that mention the bot carry their content without any intent.
type catchUp struct {
	bot   *Bot
	shard [2]int // its id, and how many there are

	mu   sync.Mutex
	halt context.CancelFunc // of the reading that is under way
	done chan struct{}      // closed when it has ended

	// What follows is for one reading at a time.
	begun time.Time // when the first began of which something is left; zero for nothing
	left  []unread
	blind time.Time // since when all has to be read, where it was not even known what; or zero
}

// unread is a place whose messages since a moment are still to be read.
type unread struct {
	place, server string
	since         time.Time
}

// catchUp has the messages read, until hearing ends, that a new session of a
// shard is not told of: those since the last dispatch of an earlier session,
// or, where that is zero or long ago, of a quarter of an hour. What is read is
// answered under work and post. The barrier that is returned is passed when
// all is read. A reading for an earlier session of the shard's ends, and leaves
// to this one what it has not come to.
func (b *Bot) catchUp(hearing, work, post context.Context, shard [2]int, last time.Time) gateway.Barrier {
	since := b.Clock.Now().Add(-missed)
	if last = last.Add(-b.Timing.Overlap); last.After(since) {
		since = last
	}
	kept, _ := b.catching.LoadOrStore(shard, &catchUp{bot: b, shard: shard})
	c := kept.(*catchUp)
	ctx, halt := context.WithCancel(hearing)
	done, whole := make(chan struct{}), make(chan struct{})
	c.mu.Lock()
	earlier := c.done
	if earlier != nil {
		c.halt()
	}
	c.halt, c.done = halt, done
	c.mu.Unlock()
	b.Tasks.Go(func() {
		defer close(done)
		defer halt()
		if earlier != nil {
			<-earlier
		}
		// What is read is accepted, too, before the session is one to go on from.
		if !c.run(ctx, work, post, since) || b.intake.barrier().Wait(ctx) != nil {
			return
		}
		close(whole)
		select {
		case b.caughtUp <- struct{}{}:
		default: // nobody has looked yet
		}
	})
	return gateway.Barrier{whole}
}

// run reads all there is, as often as it takes. It is false when it was ended.
func (c *catchUp) run(ctx, work, post context.Context, since time.Time) bool {
	if c.begun.IsZero() {
		c.begun = time.Now()
	}
	if c.blind.IsZero() || since.Before(c.blind) {
		c.blind = since
	}
	for try := 1; ; try++ {
		if err := c.look(ctx); err != nil && ctx.Err() == nil {
			c.bot.Log.Warn("where questions were asked is not known: it is tried again", "cause", err)
		}
		c.read(ctx, work, post)
		if ctx.Err() != nil {
			return false
		}
		whole, over := c.blind.IsZero() && len(c.left) == 0, time.Since(c.begun) > missed
		if whole || over {
			if !whole {
				c.bot.Log.Error("what was asked meanwhile could not be read", "places", len(c.left))
			}
			c.begun, c.blind, c.left = time.Time{}, time.Time{}, nil
			return true
		}
		_ = bot.Sleep(ctx, c.bot.Timing.Pause(try))
	}
}

// look finds out, if that is not known, where messages are to be read beside
// what is left.
func (c *catchUp) look(ctx context.Context) error {
	if c.blind.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, worker.StoreWithin)
	defer cancel()
	places, err := c.bot.Records.Places(ctx, c.bot.Clock.Now().Add(-7*24*time.Hour))
	if err != nil {
		return err
	}
	places = slices.DeleteFunc(places, func(p bot.Place) bool { return shardOf(p.Server, c.shard[1]) != c.shard[0] })
	if len(places) > mostPlaces {
		c.bot.Log.Info("what was asked meanwhile is read in some places only", "read", mostPlaces, "known", len(places))
		places = places[:mostPlaces]
	}
	for _, p := range places {
		if !slices.ContainsFunc(c.left, func(l unread) bool { return l.place == p.ID }) {
			c.left = append(c.left, unread{p.ID, p.Server, c.blind})
		}
	}
	c.blind = time.Time{}
	return nil
}

// read reads the places that are left, once. Those that could not be read stay.
func (c *catchUp) read(ctx, work, post context.Context) {
	places := make(chan unread)
	var left []unread
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for p := range places {
				err := c.readPlace(ctx, work, post, p)
				switch {
				case err == nil:
				case errors.As(err, new(*rest.Refusal)): // the place is gone, or no longer the bot's to read
					c.bot.Log.Info("what was asked meanwhile cannot be read", "channel", p.place, "cause", err)
				default:
					c.bot.Log.DebugContext(ctx, "what was asked meanwhile is not read yet", "channel", p.place, "cause", err)
					mu.Lock()
					left = append(left, p)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range c.left {
		places <- p
	}
	close(places)
	wg.Wait()
	c.left = left
}

// readPlace reads the messages in a place, the newest first, and hears them as
// they came. What answers a question of the last quarter of an hour that is not
// among them, for it was deleted, is taken back.
func (c *catchUp) readPlace(ctx, work, post context.Context, p unread) error {
	b := c.bot
	defer b.Survive("reading what was missed")
	first, from, next := object.IDAt(p.since), object.IDAt(b.Clock.Now().Add(-missed)), ""
	if object.Newer(from, first) {
		from = first
	}
	var all []object.Message
	for page := 1; ; page++ {
		some, err := b.API.Before(ctx, p.place, next)
		if err != nil {
			return err
		}
		old := slices.IndexFunc(some, func(m object.Message) bool { return !object.Newer(m.ID, from) })
		if old >= 0 {
			some = some[:old]
		}
		all = append(all, some...)
		if len(some) < rest.FullPage {
			break
		}
		if page == mostPages {
			from = some[len(some)-1].ID
			if object.Newer(from, first) {
				b.Log.Info("what was asked meanwhile is read in part", "channel", p.place, "messages", len(all))
			}
			break
		}
		next = some[len(some)-1].ID
	}
	c.answersOfNothing(post, p.place, p.server, all, from)
	all = slices.DeleteFunc(all, func(m object.Message) bool {
		return !object.Newer(m.ID, first) || m.Author.Bot || b.heard.Contains(m.ID)
	})
	if len(all) == 0 {
		return nil
	}
	at, err := b.API.Channel(ctx, p.place) // a message that is read does not tell where it stands
	if err != nil {
		return err
	}
	b.onPlaces(at)
	for _, m := range slices.Backward(all) {
		m.GuildID, m.ChannelType = at.GuildID, at.Type
		b.onMessage(work, post, m, true)
	}
	return nil
}

// answersOfNothing takes back what answers questions that are not among the
// messages of a place, which should be all that came after one, and that are seen
// to stand no more when they are asked for.
func (c *catchUp) answersOfNothing(post context.Context, place, server string, all []object.Message, after string) {
	b, me := c.bot, c.bot.Self.Load()
	for _, m := range all {
		id := m.Answers()
		if m.Author.ID != me.User || m.Type != object.TypeReply || m.Interaction != nil || !object.Newer(id, after) || slices.ContainsFunc(all, func(q object.Message) bool { return q.ID == id }) {
			continue
		}
		b.intake.add(place, func(turn <-chan struct{}) {
			defer b.Survive("taking back the answer to a deleted question")
			<-turn
			post := bot.About(post, id)
			if !rest.RefusedWith(b.API.Message(post, place, id), rest.CodeUnknownMessage) {
				return
			}
			ctx, cancel := b.Asking(post)
			defer cancel()
			if _, err := b.Ledger.Withdraw(ctx, event.Withdrawn(id, place, server), true); err != nil {
				b.Log.WarnContext(ctx, "the answer to a deleted question stays", "cause", err)
			}
		})
	}
}

// shardOf is the shard, of so many, that is told what happens in a server;
// direct messages have none.
// https://docs.discord.com/developers/events/gateway#sharding-sharding-formula
func shardOf(server string, count int) int {
	id, err := strconv.ParseUint(server, 10, 64)
	if err != nil || count < 1 {
		return 0
	}
	return int(id >> 22 % uint64(count))
}
