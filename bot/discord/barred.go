package discord

import (
	"context"
	"errors"
	"fmt"
	"time"

	"summitbot/bot"
)

// refused tells of an answer that was not posted: the log, and the asker where
// they would wait for it in vain.
func (b *Bot) refused(ctx context.Context, r reply, err error) {
	b.failed(ctx, r.channel(), err)
	b.unheard(ctx, r, err)
}

// failed logs a failure to post. A refused token ends the bot; a permission
// that a channel lacks is told once an hour.
func (b *Bot) failed(ctx context.Context, channel string, err error) {
	switch {
	case err == nil, errors.Is(err, errGone):
	case fatal(err) != nil:
		b.fail(fatal(err))
	case barred(err, false) != (bar{}):
		if !b.toldLately(channel) {
			b.log.WarnContext(ctx, "the bot may not post in a channel: give it View Channel, Send Messages, Read Message History and, in threads, Send Messages in Threads; a thread that is locked has to be unlocked", "channel", channel, "cause", err)
		}
	case refusedWith(err, codeUnknownInteraction):
		b.log.WarnContext(ctx, "an interaction was too old to be answered")
	default:
		b.log.ErrorContext(ctx, "posting failed", "cause", err)
	}
}

// toldEvery is how often an operator, and a member who asks, is told at most
// that the bot may not write in a place.
const toldEvery = time.Hour

// toldLately says whether something of that key was told within toldEvery, and
// otherwise notes that it is told now.
func (b *Bot) toldLately(key string) bool {
	at, known := b.denied.use(key, time.Now)
	if known && time.Since(at) < toldEvery {
		return true
	}
	b.denied.put(key, time.Now())
	return false
}

// A bar is what keeps the bot from writing in a place: a permission that it
// lacks, or that a thread is locked. The zero bar is none.
type bar struct {
	lacks  permissions
	locked bool
}

// barred is what an error says that keeps the bot from writing in a place.
func barred(err error, thread bool) bar {
	switch {
	case refusedWith(err, codeMissingAccess):
		return bar{lacks: mayView}
	case refusedWith(err, codeMissingPermission) && thread:
		return bar{lacks: maySendInThreads}
	case refusedWith(err, codeMissingPermission):
		return bar{lacks: maySend}
	case refusedWith(err, codeNoHistory):
		return bar{lacks: mayReadHistory}
	case refusedWith(err, codeThreadArchived, codeThreadLocked): // an archived one is opened by writing there
		return bar{locked: true}
	}
	return bar{}
}

// told is what a member is told of it, who asked in a place.
func (b bar) told(w *bot.Wording, place string) string {
	if b.locked {
		return fmt.Sprintf(w.NoPostLocked, "<#"+place+">")
	}
	name := map[permissions]string{mayView: w.MayView, maySend: w.MaySend, maySendInThreads: w.MaySendThreads, mayReadHistory: w.MayReadHistory}[b.lacks]
	return fmt.Sprintf(w.NoPost, "<#"+place+">", name)
}

// unheard tells the asker in a server, by a direct message, that the bot may
// not write where they asked, and what would mend it.
func (b *Bot) unheard(ctx context.Context, r reply, err error) {
	member, why := r.asker(), barred(err, r.inThread())
	if why == (bar{}) || member == "" || b.toldLately(r.channel()+" "+member) {
		return
	}
	if err := b.whisper(ctx, member, line(why.told(r.words(), r.channel())), r.id()+"d"); err != nil {
		b.log.WarnContext(ctx, "an asker could not be told that the bot may not write where they asked", "channel", r.channel(), "cause", err)
	}
}
