package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/bwmarrin/discordgo"
)

// An api makes the requests that the bot needs. Every message that it posts
// or edits is barred from pinging anybody and from showing link previews.
type api struct {
	session *discordgo.Session // never opened; it carries the token
	log     *slog.Logger
	pace    float64 // scales the pauses between tries; 1 outside tests
}

// nobody is the allowed_mentions of every send and edit. An edit without it
// would be parsed with Discord's default, which pings.
type nobody struct {
	Parse       []string `json:"parse"` // never null
	RepliedUser bool     `json:"replied_user"`
}

var pingNobody = nobody{Parse: []string{}}

// Message flags.
// https://docs.discord.com/developers/resources/message#message-object-message-flags
const (
	flagSuppressEmbeds = 1 << 2
	flagEphemeral      = 1 << 6
)

// A post is the body of Create Message, Edit Message and their likes, with
// the fields that discordgo does not know.
type post struct {
	Content   string     `json:"content"`
	Mentions  nobody     `json:"allowed_mentions"`
	Flags     int        `json:"flags"`
	Nonce     string     `json:"nonce,omitempty"` // 25 characters at most
	Enforce   bool       `json:"enforce_nonce,omitempty"`
	Reference *reference `json:"message_reference,omitempty"`
}

// A reference makes a message a reply.
type reference struct {
	MessageID       string `json:"message_id"`
	FailIfNotExists bool   `json:"fail_if_not_exists"` // false: the question may be deleted meanwhile
}

func plainPost(content string) post {
	return post{Content: content, Mentions: pingNobody, Flags: flagSuppressEmbeds}
}

// posted is a message that stands.
type posted struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// send posts a message as a reply to the message with id replyTo, if that is
// not empty. The nonce makes it safe to repeat: for a few minutes, the same
// nonce makes no second message, and the earlier one is returned, whatever
// its content.
func (a *api) send(ctx context.Context, channel, content, nonce, replyTo string) (posted, error) {
	p := plainPost(content)
	p.Nonce, p.Enforce = nonce, true
	if replyTo != "" {
		p.Reference = &reference{MessageID: replyTo}
	}
	body, err := a.do(ctx, request{"post a message", http.MethodPost, discordgo.EndpointChannelMessages(channel), p, true})
	if err != nil {
		return posted{}, err
	}
	var m posted
	if err := json.Unmarshal(body, &m); err != nil {
		return posted{}, fmt.Errorf("reading the posted message: %w", err)
	}
	return m, nil
}

// edit replaces a message's content.
func (a *api) edit(ctx context.Context, channel, id, content string) error {
	_, err := a.do(ctx, request{"edit a message", http.MethodPatch, discordgo.EndpointChannelMessage(channel, id), plainPost(content), true})
	return err
}

// typing shows the bot as typing, for ten seconds or until it posts. It is
// not worth repeating.
func (a *api) typing(ctx context.Context, channel string) error {
	_, err := a.do(ctx, request{"show typing", http.MethodPost, discordgo.EndpointChannelTyping(channel), nil, false})
	return err
}

// Interaction callback types.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type
const (
	respondMessage  = 4
	respondDeferred = 5
	respondChoices  = 8
)

// callback is the body of Create Interaction Response.
type callback struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

// acknowledge says that an answer will come. It must reach Discord within 3
// seconds of the interaction.
func (a *api) acknowledge(ctx context.Context, i interaction) error {
	return a.callback(ctx, i, callback{Type: respondDeferred})
}

// respond answers the interaction at once. Others see it only if it is not
// ephemeral.
func (a *api) respond(ctx context.Context, i interaction, content string, ephemeral bool) error {
	p := plainPost(content)
	if ephemeral {
		p.Flags |= flagEphemeral
	}
	return a.callback(ctx, i, callback{respondMessage, p})
}

// suggestNothing answers a request for autocompletion with no choices.
func (a *api) suggestNothing(ctx context.Context, i interaction) error {
	return a.callback(ctx, i, callback{respondChoices, map[string][]string{"choices": {}}})
}

// callback is safe to repeat: Discord takes one and refuses the others, and
// when a try may have come through, that refusal means that it has.
func (a *api) callback(ctx context.Context, i interaction, c callback) error {
	_, err := a.do(ctx, request{"answer an interaction", http.MethodPost, discordgo.EndpointInteractionResponse(i.ID, i.Token), c, true})
	if refusedWith(err, codeAcknowledged) {
		return nil
	}
	return err
}

// editOriginal puts the answer where the acknowledgement stands.
func (a *api) editOriginal(ctx context.Context, i interaction, content string) error {
	_, err := a.do(ctx, request{"edit the answer to an interaction", http.MethodPatch, discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, "@original"), plainPost(content), true})
	return err
}

// followUp posts one more message of the answer. There are no nonces here,
// so it is not repeated when it may have come through.
func (a *api) followUp(ctx context.Context, i interaction, content string) error {
	_, err := a.do(ctx, request{"post the rest of an answer", http.MethodPost, discordgo.EndpointWebhookToken(i.ApplicationID, i.Token) + "?wait=true", plainPost(content), false})
	return err
}
