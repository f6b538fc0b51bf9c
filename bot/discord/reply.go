package discord

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A messageReply answers a message in its channel.
type messageReply struct {
	bot     *Bot
	message message
	holder  string // the placeholder's id, once it is posted
	edited  edited // the placeholder
}

func (r *messageReply) channel() string { return r.message.ChannelID }

func (r *messageReply) id() string { return r.message.ID }

func (r *messageReply) begin(context.Context) error { return nil }

// slow posts a placeholder, and shows the bot as typing and what is written
// so far until ctx ends. The placeholder itself is given up only when post
// ends.
func (r *messageReply) slow(ctx, post context.Context, written *progress) error {
	if err := r.showTyping(ctx); err != nil {
		return err
	}
	// What has been begun is carried out: were it cut short, nobody would
	// know whether the placeholder stands.
	post, cancel := context.WithTimeout(post, time.Minute)
	defer cancel()
	p, err := r.bot.api.send(post, r.channel(), words.looking, r.message.ID, r.message.ID)
	if err != nil {
		return err
	}
	r.holder = p.ID
	edit := func(ctx context.Context, content string) error {
		return r.bot.api.edit(ctx, r.channel(), r.holder, content)
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
		r.bot.log.Debug("typing was not shown", "cause", err)
	}
	return nil
}

// finish posts the answer as a reply, or edits it into the placeholder. The
// message's id is the nonce: whoever posts it again makes no second one.
func (r *messageReply) finish(ctx context.Context, messages []string) error {
	for i, m := range messages {
		var err error
		switch {
		case i > 0:
			_, err = r.bot.api.send(ctx, r.channel(), m, fmt.Sprintf("%s-%d", r.message.ID, i+1), "")
		case r.holder != "":
			if err = r.edited.due(ctx); err != nil {
				break
			}
			err = r.bot.api.edit(ctx, r.channel(), r.holder, m)
		default:
			err = r.post(ctx, m)
		}
		if err != nil {
			return fmt.Errorf("message %d of %d: %w", i+1, len(messages), err)
		}
	}
	return nil
}

// post posts the answer's first message. A placeholder that came through
// although Discord's answer to it was lost has taken the nonce, and stands
// in the answer's place.
func (r *messageReply) post(ctx context.Context, content string) error {
	p, err := r.bot.api.send(ctx, r.channel(), content, r.message.ID, r.message.ID)
	if err == nil && p.Content == words.looking && content != words.looking {
		err = r.bot.api.edit(ctx, r.channel(), p.ID, content)
	}
	return err
}

func (r *messageReply) note(ctx context.Context, line string) error {
	_, err := r.bot.api.send(ctx, r.channel(), line, r.message.ID, r.message.ID)
	return err
}

// An interactionReply answers a slash command.
type interactionReply struct {
	bot         *Bot
	interaction interaction
	until       time.Time // when it must be acknowledged
	edited      edited    // the acknowledgement
}

func (r *interactionReply) channel() string { return r.interaction.ChannelID }

func (r *interactionReply) id() string { return r.interaction.ID }

func (r *interactionReply) begin(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	return r.bot.api.acknowledge(ctx, r.interaction)
}

// slow shows what is written so far; until there is something, Discord shows
// that the bot is thinking.
func (r *interactionReply) slow(ctx, post context.Context, written *progress) error {
	post, cancel := context.WithTimeout(post, time.Minute)
	defer cancel()
	edit := func(ctx context.Context, content string) error {
		return r.bot.api.editOriginal(ctx, r.interaction, content)
	}
	return r.bot.follow(ctx, post, written, &r.edited, edit, func(context.Context) error { return nil })
}

// finish edits the answer into the acknowledgement. When a further message
// fails, the first one says so, if it has room for that.
func (r *interactionReply) finish(ctx context.Context, messages []string) error {
	if err := r.edited.due(ctx); err != nil {
		return err
	}
	if err := r.bot.api.editOriginal(ctx, r.interaction, messages[0]); err != nil {
		return fmt.Errorf("message 1 of %d: %w", len(messages), err)
	}
	for i, m := range messages[1:] {
		err := r.bot.api.followUp(ctx, r.interaction, m)
		if err == nil {
			continue
		}
		if told := messages[0] + "\n" + words.incomplete; length(told) <= maxLength {
			if editErr := r.bot.api.editOriginal(ctx, r.interaction, told); editErr != nil {
				r.bot.log.Warn("an answer is incomplete and does not say so", "interaction", r.id(), "cause", editErr)
			}
		}
		return fmt.Errorf("message %d of %d: %w", i+2, len(messages), err)
	}
	return nil
}

func (r *interactionReply) note(ctx context.Context, line string) error {
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	return r.bot.api.respond(ctx, r.interaction, line, true)
}
