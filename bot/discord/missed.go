package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"summitbot/bot"
)

// missed is how far back messages are read that came while no bot was there.
const (
	missed  = 15 * time.Minute
	overlap = time.Minute
	// mostPlaces is in how many places they are read, those first where
	// somebody asked last, and mostPages how many pages in each: requests are
	// few, and members are waiting.
	mostPlaces = 200
	mostPages  = 10
)

// catchUp reads the messages that came while no bot was there, where questions
// were asked in the last week and which a shard is told of. Those that mention
// the bot carry their content without any intent. It is false when that could
// not be done, or hearing ended before.
func (b *Bot) catchUp(hearing, work, post context.Context, shard [2]int) (whole bool) {
	ctx, cancel := context.WithTimeout(hearing, storeWithin)
	places, err := b.records.Places(ctx, time.Now().Add(-7*24*time.Hour))
	cancel()
	if err != nil {
		b.log.Error("what was asked meanwhile is not known", "cause", err)
		return false
	}
	places = slices.DeleteFunc(places, func(p bot.Pending) bool { return shardOf(p.Server, shard[1]) != shard[0] })
	if len(places) > mostPlaces {
		b.log.Info("what was asked meanwhile is read in some places only", "read", mostPlaces, "known", len(places))
		places = places[:mostPlaces]
	}
	for _, p := range places {
		// Questions are accepted side by side: some that are a little older
		// than the newest may not have been.
		from := madeAt(p.ID).Add(-overlap)
		if oldest := time.Now().Add(-missed); from.Before(oldest) {
			from = oldest
		}
		err := b.readMissed(hearing, work, post, p.Place, from)
		if hearing.Err() != nil {
			return false
		}
		if err != nil {
			b.log.Info("what was asked meanwhile cannot be read", "channel", p.Place, "cause", err)
		}
	}
	return true
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

// readMissed reads the messages in a place since a moment, the oldest first.
func (b *Bot) readMissed(hearing, work, post context.Context, place string, from time.Time) error {
	c, err := b.api.channel(hearing, place)
	if err != nil {
		return err
	}
	last := strconv.FormatInt((from.UnixMilli()-discordEpoch)<<22, 10)
	for range mostPages {
		some, err := b.api.after(hearing, place, last)
		if err != nil {
			return err
		}
		slices.Reverse(some)
		for _, m := range some {
			m.GuildID, m.ChannelType = c.GuildID, c.Type // which a message that is read does not tell
			b.onMessage(work, post, m, true)
		}
		if len(some) < fullPage {
			return nil
		}
		last = some[len(some)-1].ID
	}
	b.log.Info("what was asked meanwhile is read in part", "channel", place, "messages", mostPages*fullPage)
	return nil
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
