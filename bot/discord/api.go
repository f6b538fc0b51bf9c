package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"summitbot/bot/discord/object"

	"github.com/bwmarrin/discordgo"
)

// nobody is the allowed_mentions of every send and edit. An edit without it
// would be parsed with Discord's default, which pings.
type nobody struct {
	Parse       []string `json:"parse"` // never null
	RepliedUser bool     `json:"replied_user"`
}

var pingNobody = nobody{Parse: []string{}}

// A post is the body of Create Message, Edit Message and their likes, with
// the fields that discordgo does not know. All that the bot says is made of
// components: a message that once has them can never have content again.
type post struct {
	Components []object.Component `json:"components"`
	Mentions   nobody             `json:"allowed_mentions"`
	Flags      int                `json:"flags"`
	Nonce      string             `json:"nonce,omitempty"` // 25 characters at most
	Enforce    bool               `json:"enforce_nonce,omitempty"`
	Reference  *reference         `json:"message_reference,omitempty"`
}

// A reference makes a message a reply.
type reference struct {
	MessageID       string `json:"message_id"`
	FailIfNotExists bool   `json:"fail_if_not_exists"` // true: to a question that is deleted nothing is answered
}

// bodyOf is what posts a view.
func bodyOf(v object.View) post {
	p := post{Components: v.Components, Mentions: pingNobody, Flags: object.FlagComponentsV2}
	if v.Ephemeral {
		p.Flags |= object.FlagEphemeral
	}
	return p
}

// posted is a message that stands.
type posted struct {
	ID         string             `json:"id"`
	Components []object.Component `json:"components"`
}

func (p *posted) Whole() bool { return p.ID != "" }

// send posts a message as a reply to the message with id replyTo, if that is
// not empty. The nonce makes it safe to repeat: for a few minutes, the same
// nonce makes no second message, and the earlier one is returned, whatever
// its content. An empty nonce is none.
func (a *api) send(ctx context.Context, channel string, v object.View, nonce, replyTo string) (posted, error) {
	p := bodyOf(v)
	p.Nonce, p.Enforce = nonce, nonce != ""
	if replyTo != "" {
		p.Reference = &reference{replyTo, true}
	}
	var m posted
	err := a.do(ctx, request{name: "post a message", method: http.MethodPost, url: discordgo.EndpointChannelMessages(channel), body: p, into: &m, repeatable: nonce != ""})
	return m, err
}

// edit replaces what a message shows.
func (a *api) edit(ctx context.Context, channel, id string, v object.View) error {
	return a.awake(ctx, channel, request{name: "edit a message", method: http.MethodPatch, url: discordgo.EndpointChannelMessage(channel, id), body: bodyOf(v), into: &posted{}, repeatable: true})
}

// awake does what an archived thread has to be taken out of the archive for;
// a new message does that by itself. Whoever may write there may, unless the
// thread is locked.
// https://docs.discord.com/developers/topics/threads#active-archived-threads
func (a *api) awake(ctx context.Context, channel string, r request) error {
	err := a.do(ctx, r)
	if refusedWith(err, codeThreadArchived) && a.do(ctx, request{name: "unarchive a thread", method: http.MethodPatch, url: discordgo.EndpointChannel(channel), body: map[string]bool{"archived": false}, repeatable: true}) == nil {
		err = a.do(ctx, r)
	}
	return err
}

// remove deletes a message of the bot's; one that is gone is no error.
func (a *api) remove(ctx context.Context, channel, id string) error {
	err := a.awake(ctx, channel, request{name: "delete a message", method: http.MethodDelete, url: discordgo.EndpointChannelMessage(channel, id), repeatable: true})
	if refusedWith(err, codeUnknownMessage) {
		return nil
	}
	return err
}

// message finds out whether a message stands.
func (a *api) message(ctx context.Context, channel, id string) error {
	return a.do(ctx, request{name: "read a message", method: http.MethodGet, url: discordgo.EndpointChannelMessage(channel, id), into: &posted{}, repeatable: true})
}

// fullPage is how many messages Discord lists at most.
const fullPage = 100

// after lists up to 100 messages of a channel that came after the one given,
// the newest first.
func (a *api) after(ctx context.Context, channel, id string) ([]object.Message, error) {
	return a.messages(ctx, channel, "&after="+id)
}

// before lists up to 100 messages of a channel that came before the one given,
// or the last ones where none is given, the newest first.
func (a *api) before(ctx context.Context, channel, id string) ([]object.Message, error) {
	if id == "" {
		return a.messages(ctx, channel, "")
	}
	return a.messages(ctx, channel, "&before="+id)
}

func (a *api) messages(ctx context.Context, channel, which string) ([]object.Message, error) {
	var list []object.Message
	err := a.do(ctx, request{name: "read messages", method: http.MethodGet, url: discordgo.EndpointChannelMessages(channel) + fmt.Sprintf("?limit=%d", fullPage) + which, into: &list, repeatable: true})
	return list, err
}

// me asks who the bot is.
func (a *api) me(ctx context.Context) (self, error) {
	var user struct{ ID, Username string }
	var application struct{ ID string }
	for _, part := range []struct {
		url  string
		into any
	}{{discordgo.EndpointUser("@me"), &user}, {discordgo.EndpointApplication("@me"), &application}} {
		if err := a.do(ctx, request{name: "find out who the bot is", method: http.MethodGet, url: part.url, into: part.into, repeatable: true}); err != nil {
			return self{}, err
		}
	}
	if user.ID == "" || application.ID == "" {
		return self{}, errors.New("what Discord answers does not say who the bot is")
	}
	return self{user.ID, user.Username, application.ID}, nil
}

// channel reads what a channel is.
func (a *api) channel(ctx context.Context, id string) (c object.Channel, err error) {
	err = a.do(ctx, request{name: "read a channel", method: http.MethodGet, url: discordgo.EndpointChannel(id), into: &c, repeatable: true})
	return c, err
}

// roleOwners are the bots whose installation made a role of a server, by its id.
func (a *api) roleOwners(ctx context.Context, server string) (map[string]string, error) {
	var roles []struct {
		ID   string `json:"id"`
		Tags struct {
			Bot string `json:"bot_id"`
		} `json:"tags"`
	}
	if err := a.do(ctx, request{name: "read a server's roles", method: http.MethodGet, url: discordgo.EndpointGuildRoles(server), into: &roles, repeatable: true}); err != nil {
		return nil, err
	}
	owners := map[string]string{}
	for _, r := range roles {
		owners[r.ID] = r.Tags.Bot
	}
	return owners, nil
}

// thread opens a thread below a message and returns its id. It may be repeated:
// a message has one thread, and what was carried out is refused the next time
// as being there.
func (a *api) thread(ctx context.Context, channel, message, name string) (string, error) {
	var t posted
	err := a.do(ctx, request{name: "open a thread", method: http.MethodPost, url: discordgo.EndpointChannelMessageThread(channel, message), body: map[string]any{"name": name}, into: &t, repeatable: true})
	return t.ID, err
}

// direct returns the channel of the direct messages with a user.
func (a *api) direct(ctx context.Context, user string) (string, error) {
	var c posted
	err := a.do(ctx, request{name: "open direct messages", method: http.MethodPost, url: discordgo.EndpointUserChannels("@me"), body: map[string]string{"recipient_id": user}, into: &c, repeatable: true})
	return c.ID, err
}

// typing shows the bot as typing, for ten seconds or until it posts. It is
// not worth repeating.
func (a *api) typing(ctx context.Context, channel string) error {
	return a.do(ctx, request{name: "show typing", method: http.MethodPost, url: discordgo.EndpointChannelTyping(channel)})
}

// Interaction callback types.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type
const (
	respondMessage  = 4
	respondDeferred = 5
	respondUpdate   = 7
	respondChoices  = 8
	respondModal    = 9
)

// callback is the body of Create Interaction Response.
type callback struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

// acknowledge says that an answer will come, for one member alone or for all.
// It must reach Discord within 3 seconds of the interaction.
func (a *api) acknowledge(ctx context.Context, i object.Interaction, ephemeral bool) error {
	c := callback{Type: respondDeferred}
	if ephemeral {
		c.Data = map[string]int{"flags": object.FlagEphemeral}
	}
	return a.callback(ctx, i, c)
}

// callback is safe to repeat: Discord takes one and refuses the others, and
// when a try may have come through, that refusal means that it has.
func (a *api) callback(ctx context.Context, i object.Interaction, c callback) error {
	err := a.do(ctx, request{name: "answer an interaction", method: http.MethodPost, url: discordgo.EndpointInteractionResponse(i.ID, i.Token), body: c, repeatable: true})
	if refusedWith(err, codeAcknowledged) {
		return nil
	}
	return err
}

// editOriginal puts the answer where the acknowledgement stands, and returns
// its id.
func (a *api) editOriginal(ctx context.Context, i object.Interaction, v object.View) (string, error) {
	var m posted
	err := a.do(ctx, request{name: "edit the answer to an interaction", method: http.MethodPatch, url: discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, "@original"), body: bodyOf(v), files: v.Files, into: &m, repeatable: true})
	return m.ID, err
}

// followUp posts one more message of the answer, and returns its id. There are no
// nonces here, so it is not repeated when it may have come through.
func (a *api) followUp(ctx context.Context, i object.Interaction, v object.View) (string, error) {
	var m posted
	err := a.do(ctx, request{name: "post the rest of an answer", method: http.MethodPost, url: discordgo.EndpointWebhookToken(i.ApplicationID, i.Token) + "?wait=true", body: bodyOf(v), into: &m})
	return m.ID, err
}

// editFollowUp replaces what such a message shows.
func (a *api) editFollowUp(ctx context.Context, i object.Interaction, id string, v object.View) error {
	return a.do(ctx, request{name: "edit the rest of an answer", method: http.MethodPatch, url: discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, id), body: bodyOf(v), into: &posted{}, repeatable: true})
}

// removeFollowUp deletes such a message, or the answer's first one; one that is
// gone is no error.
func (a *api) removeFollowUp(ctx context.Context, i object.Interaction, id string) error {
	err := a.do(ctx, request{name: "delete the rest of an answer", method: http.MethodDelete, url: discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, id), repeatable: true})
	if refusedWith(err, codeUnknownMessage) {
		return nil
	}
	return err
}

// A gatewayInfo is what Discord says of the bot's gateway.
// https://docs.discord.com/developers/events/gateway#get-gateway-bot
type gatewayInfo struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"` // that Discord recommends
	Starts struct {
		Total       int   `json:"total"`
		Remaining   int   `json:"remaining"`
		ResetAfter  int64 `json:"reset_after"` // milliseconds
		Concurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

func (g *gatewayInfo) Whole() bool { return g.URL != "" }

// gateway asks Discord for the gateway's address, how many shards the bot
// should have, and how often it may IDENTIFY.
func (a *api) gateway(ctx context.Context) (gatewayInfo, error) {
	var info gatewayInfo
	if err := a.do(ctx, request{name: "find the gateway", method: http.MethodGet, url: discordgo.EndpointGatewayBot, into: &info, repeatable: true}); err != nil {
		return gatewayInfo{}, err
	}
	info.Shards, info.Starts.Concurrency = max(info.Shards, 1), max(info.Starts.Concurrency, 1)
	return info, nil
}

// self is who the bot is, copied at READY.
type self struct{ user, name, application string }
