package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"summitbot/bot"
)

// A messageReply answers a message in its channel.
type messageReply struct {
	bot     *Bot
	message message
	holder  string    // the placeholder's id, once it is posted; or the answer's, when it is made anew
	edited  edited    // the placeholder
	edition int       // how often the question was edited
	resumed bool      // an earlier claim may have posted some of the answer
	unsure  bool      // it is not known what was posted before
	there   []string  // ids of what was posted
	tried   time.Time // to post the answer, for the first time
}

func (r *messageReply) channel() string { return r.message.ChannelID }

func (r *messageReply) id() string { return r.message.ID }

func (r *messageReply) asker() string {
	if r.message.GuildID == "" {
		return ""
	}
	return r.message.Author.ID
}

func (r *messageReply) inThread() bool { return isThread(r.message.ChannelType) }

func (r *messageReply) words() *bot.Wording { return bot.WordsFor(r.message.says()) }

// begin looks for what an earlier run may have posted, where the nonce is
// forgotten by now.
func (r *messageReply) begin(ctx context.Context) error {
	if r.edition == 0 && (r.resumed || r.bot.age(r.message.ID) > r.bot.timing.nonce) {
		return r.look(ctx)
	}
	return nil
}

// look looks for what was posted before. Where the bot may not read, that is
// taken to be nothing; any other error leaves it unsure.
func (r *messageReply) look(ctx context.Context) error {
	there, stands, err := r.bot.search(ctx, r.message, r.bot.self.Load().user)
	refused := errors.As(err, new(*refusal))
	if r.unsure = err != nil && !refused; r.unsure {
		return err
	}
	if refused {
		r.bot.failed(ctx, r.channel(), err)
		return nil
	}
	if r.there = there; len(there) > 0 {
		r.holder = there[0]
	}
	if !stands {
		return r.asked(ctx)
	}
	return nil
}

// errGone says that a question was deleted.
var errGone = errors.New("the question was deleted")

// asked returns errGone if the question does not stand any more: nobody was
// told while no bot was there. What cannot be known is no error.
func (r *messageReply) asked(ctx context.Context) error {
	if !refusedWith(r.bot.api.message(ctx, r.channel(), r.id()), codeUnknownMessage) {
		return nil
	}
	r.bot.gone.seen(r.id())
	return errGone
}

// nonce is what makes a repeated post the same post: the question's id, and
// for what is posted after an edit of the question, that edit.
func (r *messageReply) nonce(part string) string {
	n := r.message.ID + part
	if r.edition > 0 {
		n += fmt.Sprintf("e%d", r.edition)
	}
	return n
}

// slow posts a placeholder, and shows the bot as typing and what is written
// so far until ctx ends. The placeholder itself is given up only when post
// ends.
func (r *messageReply) slow(ctx, post context.Context, written *progress) error {
	if r.resumed || r.unsure {
		return nil // after a restart there are many, and requests are few
	}
	err := r.showTyping(ctx)
	if err != nil {
		return err
	}
	// What has been begun is carried out: were it cut short, nobody would
	// know whether the placeholder stands.
	post, cancel := context.WithTimeout(post, time.Minute)
	defer cancel()
	if r.holder == "" {
		if r.holder, err = r.send(post, line(r.words().Looking), ""); err != nil {
			return err
		}
	}
	edit := func(ctx context.Context, v view) error {
		return r.bot.api.edit(ctx, r.channel(), r.holder, v)
	}
	return r.bot.follow(ctx, post, written, &r.edited, edit, r.showTyping)
}

// showTyping shows typing. Only a refusal is an error: what else fails is not
// worth more than a note, for the answer does not hang on it.
func (r *messageReply) showTyping(ctx context.Context) error {
	err := r.bot.api.typing(ctx, r.channel())
	if _, refused := errors.AsType[*refusal](err); refused {
		return err
	}
	if err != nil && ctx.Err() == nil {
		r.bot.log.DebugContext(ctx, "typing was not shown", "cause", err)
	}
	return nil
}

// finish posts the answer as a reply, or edits it into the placeholder. The
// message's id is the nonce: whoever posts it again makes no second one.
func (r *messageReply) finish(ctx context.Context, views []view) (posted []string, err error) {
	switch {
	case r.tried.IsZero():
		r.tried = time.Now()
	case time.Since(r.tried) > r.bot.timing.nonce && r.edition == 0: // a message may stand whose nonce is forgotten
		r.unsure = true
	}
	if r.unsure {
		if err := r.look(ctx); err != nil {
			return nil, fmt.Errorf("looking for what was posted before: %w", err)
		}
	}
	ctx, leave := inLine(ctx, r.id())
	defer leave()
	for i, v := range views {
		id := ""
		switch {
		case i > 0 && i < len(r.there):
			id, err = r.there[i], r.bot.api.edit(ctx, r.channel(), r.there[i], v)
		case i > 0:
			id, err = r.send(ctx, v, fmt.Sprintf("-%d", i+1))
		case r.holder != "":
			if id, err = r.holder, r.edited.due(ctx); err == nil {
				err = r.bot.api.edit(ctx, r.channel(), r.holder, v)
			}
		default:
			id, err = r.post(ctx, v)
		}
		if err != nil {
			return posted, fmt.Errorf("message %d of %d: %w", i+1, len(views), err)
		}
		posted = append(posted, id)
		if i == 0 {
			r.holder = id
		}
		r.there = append(r.there[:min(i, len(r.there))], append([]string{id}, r.there[min(i+1, len(r.there)):]...)...)
	}
	return posted, nil
}

func (r *messageReply) send(ctx context.Context, v view, part string) (string, error) {
	p, err := r.reply(ctx, v, part)
	return p.ID, err
}

// reply posts a message below the question, if that stands.
func (r *messageReply) reply(ctx context.Context, v view, part string) (posted, error) {
	ctx, leave := inLine(ctx, r.id())
	defer leave()
	p, err := r.bot.api.send(ctx, r.channel(), v, r.nonce(part), r.message.ID)
	if refusedWith(err, codeInvalidForm) {
		err = errors.Join(r.asked(ctx), err)
	}
	return p, err
}

// post posts the answer's first message. A placeholder that came through
// although Discord's answer to it was lost, or that an earlier run has posted,
// has taken the nonce, and stands in the answer's place.
func (r *messageReply) post(ctx context.Context, v view) (string, error) {
	p, err := r.reply(ctx, v, "")
	if err == nil && said(p.Components) != said(v.components) {
		err = r.bot.api.edit(ctx, r.channel(), p.ID, v)
	}
	return p.ID, err
}

// waits posts a placeholder, which the answer takes the place of.
func (r *messageReply) waits(ctx context.Context, ahead int) error {
	return r.note(ctx, line(fmt.Sprintf(r.words().Ahead, ahead)))
}

// note says some lines.
func (r *messageReply) note(ctx context.Context, v view) error {
	_, err := r.send(ctx, v, "")
	return err
}

// withdraw removes what stands in answer to a message that is gone. What is
// posted for a question that somebody else has is theirs to go on with.
func (r *messageReply) withdraw(ctx context.Context) error {
	posted := r.there
	if len(posted) == 0 && r.holder != "" {
		posted = []string{r.holder}
	}
	gone := r.bot.gone.has(r.id())
	if !gone && len(posted) > 0 && r.bot.role == Worker { // which is told of no deletions
		err := r.bot.api.message(ctx, r.channel(), r.id())
		if gone = refusedWith(err, codeUnknownMessage); !gone && !errors.As(err, new(*refusal)) {
			return err
		}
	}
	if !gone {
		return nil
	}
	return r.bot.takeBack(ctx, r.channel(), posted)
}

// An interactionReply answers a slash command.
type interactionReply struct {
	bot         *Bot
	interaction interaction
	until       time.Time // when it must be acknowledged
	alone       bool      // only the asker sees the answer
	edited      edited    // the acknowledgement
	claimed     time.Time // when it was claimed from the ledger; whoever accepted it acknowledges it
	resumed     bool      // an earlier claim has acknowledged it, or not
	rest        int       // how many of the further messages are posted
	unsure      bool      // the next one may be
}

func (r *interactionReply) channel() string { return r.interaction.ChannelID }

func (r *interactionReply) id() string { return r.interaction.ID }

func (r *interactionReply) asker() string {
	if r.interaction.GuildID == "" {
		return ""
	}
	return r.interaction.by()
}

func (r *interactionReply) inThread() bool {
	return r.interaction.Channel != nil && isThread(r.interaction.Channel.Type)
}

func (r *interactionReply) words() *bot.Wording { return bot.Words(r.interaction.Locale) }

func (r *interactionReply) begin(ctx context.Context) error {
	if !r.claimed.IsZero() {
		return nil
	}
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	return r.bot.api.acknowledge(ctx, r.interaction, r.alone)
}

// slow shows what is written so far; until there is something, Discord shows
// that the bot is thinking.
func (r *interactionReply) slow(ctx, post context.Context, written *progress) error {
	if r.resumed {
		return nil
	}
	post, cancel := context.WithTimeout(post, time.Minute)
	defer cancel()
	edit := func(ctx context.Context, v view) error {
		_, err := r.editFirst(ctx, v)
		return err
	}
	return r.bot.follow(ctx, post, written, &r.edited, edit, func(context.Context) error { return nil })
}

// finish edits the answer into the acknowledgement. When a further message
// fails, the first one says so.
func (r *interactionReply) finish(ctx context.Context, views []view) (posted []string, err error) {
	if err := r.edited.due(ctx); err != nil {
		return nil, err
	}
	if r.bot.age(r.id()) >= tokenLife {
		return r.instead(ctx, views)
	}
	first, err := r.editFirst(ctx, views[0])
	lapsed := refusedWith(err, codeInvalidWebhookToken) // by Discord's clock, whatever this machine's says
	if lapsed || !r.claimed.IsZero() && refusedWith(err, codeUnknownWebhook, codeUnknownMessage) {
		return r.instead(ctx, views)
	}
	if err != nil {
		return nil, fmt.Errorf("message 1 of %d: %w", len(views), err)
	}
	for i, v := range views[1:] {
		if i < r.rest {
			continue
		}
		v.ephemeral = r.alone
		if err := r.further(ctx, v); err != nil {
			told := view{components: append(slices.Clone(views[0].components), text(small+r.words().Incomplete))}
			if _, editErr := r.bot.api.editOriginal(ctx, r.interaction, told); editErr != nil {
				r.bot.log.WarnContext(ctx, "an answer is incomplete and does not say so", "cause", editErr)
			}
			return nil, fmt.Errorf("message %d of %d: %w", i+2, len(views), err)
		}
		r.rest++
	}
	return []string{first}, nil
}

// further posts a further message of the answer. There are no nonces for it, so
// that one which an earlier try may have posted is looked for.
func (r *interactionReply) further(ctx context.Context, v view) error {
	if r.unsure || r.resumed {
		stands, err := r.stands(ctx, v)
		if stands || err != nil {
			r.unsure = r.unsure && err != nil
			return err
		}
	}
	err := r.bot.api.followUp(ctx, r.interaction, v)
	u, unanswered := errors.AsType[*unanswered](err)
	r.unsure = unanswered && !u.unsent
	return err
}

// stands looks for a further message. Where it could not be seen, such as what
// the asker alone sees, this run's own try is taken to have posted it.
func (r *interactionReply) stands(ctx context.Context, v view) (bool, error) {
	if r.alone {
		return r.unsure, nil
	}
	there, err := r.bot.api.after(ctx, r.channel(), r.id())
	if errors.As(err, new(*refusal)) {
		return r.unsure, nil
	}
	return standing(there, v) != "", err
}

// standing is the id of a bot's message that shows the same, empty for none.
func standing(there []message, v view) string {
	i := slices.IndexFunc(there, func(m message) bool { return m.Author.Bot && said(m.Components) == said(v.components) })
	if i < 0 {
		return ""
	}
	return there[i].ID
}

// editFirst edits the answer's first message into the acknowledgement. One that
// another process makes may still be on its way.
func (r *interactionReply) editFirst(ctx context.Context, v view) (id string, err error) {
	for {
		id, err := r.bot.api.editOriginal(ctx, r.interaction, v)
		if r.claimed.IsZero() || r.resumed || !refusedWith(err, codeUnknownWebhook, codeUnknownMessage) || time.Since(r.claimed) > r.bot.timing.acknowledge {
			return id, err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// waits says it where the answer will stand: Discord shows the first further
// message to an interaction in the place of its thinking, to whom it shows that.
// One that comes too late for it is for the asker alone.
func (r *interactionReply) waits(ctx context.Context, ahead int) error {
	v := line(fmt.Sprintf(r.words().Ahead, ahead))
	v.ephemeral = true
	return r.bot.api.followUp(ctx, r.interaction, v)
}

// withdraw has nothing to do: a command cannot be deleted.
func (*interactionReply) withdraw(context.Context) error { return nil }

// tokenLife is for how long Discord takes answers to an interaction.
// https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
const tokenLife = 15 * time.Minute

// note answers the interaction with some lines that only the asker sees.
func (r *interactionReply) note(ctx context.Context, v view) error {
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	v.ephemeral = true
	return r.bot.api.respond(ctx, r.interaction, v)
}
