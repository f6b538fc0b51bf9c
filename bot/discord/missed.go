package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"summitbot/bot"
)

// missed is how far back messages are read that came while no bot was there.
const (
	missed  = 15 * time.Minute
	overlap = time.Minute
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
	bot        *Bot
	shard      [2]int          // its id, and how many there are
	work, post context.Context // what is read is answered under them

	mu   sync.Mutex
	halt context.CancelFunc // of the reading that is under way; nil before the first
	left []unread           // what an earlier reading has not come to
}

// unread is a place whose messages since a moment are still to be read.
type unread struct {
	place string
	since time.Time
}

// catchUp has the messages read that a new session of a shard is not told of,
// until hearing ends. The barrier that is returned is passed when they are. A
// reading for an earlier session of the shard's ends, and leaves to this one
// what it has not come to.
func (b *Bot) catchUp(hearing, work, post context.Context, shard [2]int) barrier {
	kept, _ := b.catching.LoadOrStore(shard, &catchUp{bot: b, shard: shard, work: work, post: post})
	c := kept.(*catchUp)
	ctx, halt := context.WithCancel(hearing)
	c.mu.Lock()
	if c.halt != nil {
		c.halt()
	}
	c.halt = halt
	c.mu.Unlock()
	read := make(chan struct{})
	b.intake.add(fmt.Sprint("missed by shard ", shard[0]), true, func(turn <-chan struct{}) {
		defer b.survive("reading what was missed")
		defer halt()
		<-turn
		for try := 1; ctx.Err() == nil; try++ {
			if c.read(ctx) {
				close(read)
				select {
				case b.caughtUp <- struct{}{}:
				default: // nobody has looked yet
				}
				return
			}
			_ = sleep(ctx, b.timing.pause(try))
		}
	})
	return barrier{read}
}

// read reads all places once. It is false when some are left, or it was ended.
func (c *catchUp) read(ctx context.Context) (whole bool) {
	if err := c.look(ctx); err != nil {
		if ctx.Err() == nil {
			c.bot.log.Warn("where questions were asked is not known: it is tried again", "cause", err)
		}
		return false
	}
	places := make(chan unread)
	var left []unread
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for p := range places {
				err := c.readPlace(ctx, p)
				switch {
				case err == nil:
				case errors.As(err, new(*refusal)): // the place is gone, or no longer the bot's to read
					c.bot.log.Info("what was asked meanwhile cannot be read", "channel", p.place, "cause", err)
				default:
					c.bot.log.DebugContext(ctx, "what was asked meanwhile is not read yet", "channel", p.place, "cause", err)
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
	return len(left) == 0
}

// look finds out where messages are to be read, and since when.
func (c *catchUp) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	places, err := c.bot.records.Places(ctx, time.Now().Add(-7*24*time.Hour))
	if err != nil {
		return err
	}
	places = slices.DeleteFunc(places, func(p bot.Pending) bool { return shardOf(p.Server, c.shard[1]) != c.shard[0] })
	if len(places) > mostPlaces {
		c.bot.log.Info("what was asked meanwhile is read in some places only", "read", mostPlaces, "known", len(places))
		places = places[:mostPlaces]
	}
	var again, others []unread // those first that were left
	for _, p := range places {
		// Questions are accepted side by side: some that are a little older
		// than the newest may not have been.
		u := unread{p.Place, madeAt(p.ID).Add(-overlap)}
		i := slices.IndexFunc(c.left, func(l unread) bool { return l.place == p.Place })
		if i < 0 {
			others = append(others, u)
			continue
		}
		if c.left[i].since.Before(u.since) {
			u = c.left[i]
		}
		again = append(again, u)
	}
	c.left = append(again, others...)
	return nil
}

// readPlace reads the messages in a place, the oldest first.
func (c *catchUp) readPlace(ctx context.Context, p unread) error {
	if oldest := time.Now().Add(-missed); p.since.Before(oldest) {
		p.since = oldest
	}
	b := c.bot
	var at *channel
	last := strconv.FormatInt((p.since.UnixMilli()-discordEpoch)<<22, 10)
	for range mostPages {
		some, err := b.api.after(ctx, p.place, last)
		if err != nil {
			return err
		}
		slices.Reverse(some)
		for _, m := range some {
			if m.Author.Bot || b.heard.has(m.ID) {
				continue
			}
			if at == nil { // a message that is read does not tell where it stands
				where, err := b.api.channel(ctx, p.place)
				if err != nil {
					return err
				}
				at = &where
			}
			m.GuildID, m.ChannelType = at.GuildID, at.Type
			b.onMessage(c.work, c.post, m, true)
		}
		if len(some) < fullPage {
			return nil
		}
		last = some[len(some)-1].ID
	}
	b.log.Info("what was asked meanwhile is read in part", "channel", p.place, "messages", mostPages*fullPage)
	return nil
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
		if id := standing(there, v); id != "" {
			posted = append(posted, id)
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
