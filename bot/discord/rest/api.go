package rest

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

// BodyOf is what posts a view.
func BodyOf(v object.View) post {
	p := post{Components: v.Components, Mentions: pingNobody, Flags: object.FlagComponentsV2}
	if v.Ephemeral {
		p.Flags |= object.FlagEphemeral
	}
	return p
}

// Posted is a message that stands.
type posted struct {
	ID         string             `json:"id"`
	Components []object.Component `json:"components"`
}

func (p *posted) Whole() bool { return p.ID != "" }

// Send posts a message as a reply to the message with id replyTo, if that is
// not empty. The nonce makes it safe to repeat: for a few minutes, the same
// nonce makes no second message, and the earlier one is returned, whatever
// its content. An empty nonce is none.
func (a *Client) Send(ctx context.Context, channel string, v object.View, nonce, replyTo string) (posted, error) {
	p := BodyOf(v)
	p.Nonce, p.Enforce = nonce, nonce != ""
	if replyTo != "" {
		p.Reference = &reference{replyTo, true}
	}
	var m posted
	err := a.Do(ctx, Request{Name: "post a message", Method: http.MethodPost, URL: discordgo.EndpointChannelMessages(channel), Body: p, Into: &m, Repeatable: nonce != ""})
	return m, err
}

// Edit replaces what a message shows.
func (a *Client) Edit(ctx context.Context, channel, id string, v object.View) error {
	return a.awake(ctx, channel, Request{Name: "edit a message", Method: http.MethodPatch, URL: discordgo.EndpointChannelMessage(channel, id), Body: BodyOf(v), Into: &posted{}, Repeatable: true})
}

// awake does what an archived thread has to be taken out of the archive for;
// a new message does that by itself. Whoever may write there may, unless the
// thread is locked.
// https://docs.discord.com/developers/topics/threads#active-archived-threads
func (a *Client) awake(ctx context.Context, channel string, r Request) error {
	err := a.Do(ctx, r)
	if RefusedWith(err, CodeThreadArchived) && a.Do(ctx, Request{Name: "unarchive a thread", Method: http.MethodPatch, URL: discordgo.EndpointChannel(channel), Body: map[string]bool{"archived": false}, Repeatable: true}) == nil {
		err = a.Do(ctx, r)
	}
	return err
}

// Remove deletes a message of the bot's; one that is gone is no error.
func (a *Client) Remove(ctx context.Context, channel, id string) error {
	err := a.awake(ctx, channel, Request{Name: "delete a message", Method: http.MethodDelete, URL: discordgo.EndpointChannelMessage(channel, id), Repeatable: true})
	if RefusedWith(err, CodeUnknownMessage) {
		return nil
	}
	return err
}

// Message finds out whether a message stands.
func (a *Client) Message(ctx context.Context, channel, id string) error {
	return a.Do(ctx, Request{Name: "read a message", Method: http.MethodGet, URL: discordgo.EndpointChannelMessage(channel, id), Into: &posted{}, Repeatable: true})
}

// FullPage is how many messages Discord lists at most.
const FullPage = 100

// After lists up to 100 messages of a channel that came after the one given,
// the newest first.
func (a *Client) After(ctx context.Context, channel, id string) ([]object.Message, error) {
	return a.messages(ctx, channel, "&after="+id)
}

// Before lists up to 100 messages of a channel that came before the one given,
// or the last ones where none is given, the newest first.
func (a *Client) Before(ctx context.Context, channel, id string) ([]object.Message, error) {
	if id == "" {
		return a.messages(ctx, channel, "")
	}
	return a.messages(ctx, channel, "&before="+id)
}

func (a *Client) messages(ctx context.Context, channel, which string) ([]object.Message, error) {
	var list []object.Message
	err := a.Do(ctx, Request{Name: "read messages", Method: http.MethodGet, URL: discordgo.EndpointChannelMessages(channel) + fmt.Sprintf("?limit=%d", FullPage) + which, Into: &list, Repeatable: true})
	return list, err
}

// Me asks who the bot is.
func (a *Client) Me(ctx context.Context) (Self, error) {
	var user struct{ ID, Username string }
	var application struct{ ID string }
	for _, part := range []struct {
		url  string
		into any
	}{{discordgo.EndpointUser("@me"), &user}, {discordgo.EndpointApplication("@me"), &application}} {
		if err := a.Do(ctx, Request{Name: "find out who the bot is", Method: http.MethodGet, URL: part.url, Into: part.into, Repeatable: true}); err != nil {
			return Self{}, err
		}
	}
	if user.ID == "" || application.ID == "" {
		return Self{}, errors.New("what Discord answers does not say who the bot is")
	}
	return Self{user.ID, user.Username, application.ID}, nil
}

// Channel reads what a channel is.
func (a *Client) Channel(ctx context.Context, id string) (c object.Channel, err error) {
	err = a.Do(ctx, Request{Name: "read a channel", Method: http.MethodGet, URL: discordgo.EndpointChannel(id), Into: &c, Repeatable: true})
	return c, err
}

// RoleOwners are the bots whose installation made a role of a server, by its id.
func (a *Client) RoleOwners(ctx context.Context, server string) (map[string]string, error) {
	var roles []struct {
		ID   string `json:"id"`
		Tags struct {
			Bot string `json:"bot_id"`
		} `json:"tags"`
	}
	if err := a.Do(ctx, Request{Name: "read a server's roles", Method: http.MethodGet, URL: discordgo.EndpointGuildRoles(server), Into: &roles, Repeatable: true}); err != nil {
		return nil, err
	}
	owners := map[string]string{}
	for _, r := range roles {
		owners[r.ID] = r.Tags.Bot
	}
	return owners, nil
}

// Thread opens a thread below a message and returns its id. It may be repeated:
// a message has one thread, and what was carried out is refused the next time
// as being there.
func (a *Client) Thread(ctx context.Context, channel, message, name string) (string, error) {
	var t posted
	err := a.Do(ctx, Request{Name: "open a thread", Method: http.MethodPost, URL: discordgo.EndpointChannelMessageThread(channel, message), Body: map[string]any{"name": name}, Into: &t, Repeatable: true})
	return t.ID, err
}

// Direct returns the channel of the direct messages with a user.
func (a *Client) Direct(ctx context.Context, user string) (string, error) {
	var c posted
	err := a.Do(ctx, Request{Name: "open direct messages", Method: http.MethodPost, URL: discordgo.EndpointUserChannels("@me"), Body: map[string]string{"recipient_id": user}, Into: &c, Repeatable: true})
	return c.ID, err
}

// Typing shows the bot as typing, for ten seconds or until it posts. It is
// not worth repeating.
func (a *Client) Typing(ctx context.Context, channel string) error {
	return a.Do(ctx, Request{Name: "show typing", Method: http.MethodPost, URL: discordgo.EndpointChannelTyping(channel)})
}

// Interaction callback types.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type
const (
	RespondMessage  = 4
	respondDeferred = 5
	RespondUpdate   = 7
	RespondChoices  = 8
	RespondModal    = 9
)

// Response is the body of Create Interaction Response.
type Response struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

// Acknowledge says that an answer will come, for one member alone or for all.
// It must reach Discord within 3 seconds of the interaction.
func (a *Client) Acknowledge(ctx context.Context, i object.Interaction, ephemeral bool) error {
	c := Response{Type: respondDeferred}
	if ephemeral {
		c.Data = map[string]int{"flags": object.FlagEphemeral}
	}
	return a.Respond(ctx, i, c)
}

// Respond is safe to repeat: Discord takes one and refuses the others, and
// when a try may have come through, that refusal means that it has.
func (a *Client) Respond(ctx context.Context, i object.Interaction, c Response) error {
	err := a.Do(ctx, Request{Name: "answer an interaction", Method: http.MethodPost, URL: discordgo.EndpointInteractionResponse(i.ID, i.Token), Body: c, Repeatable: true})
	if RefusedWith(err, codeAcknowledged) {
		return nil
	}
	return err
}

// EditOriginal puts the answer where the acknowledgement stands, and returns
// its id.
func (a *Client) EditOriginal(ctx context.Context, i object.Interaction, v object.View) (string, error) {
	var m posted
	err := a.Do(ctx, Request{Name: "edit the answer to an interaction", Method: http.MethodPatch, URL: discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, "@original"), Body: BodyOf(v), files: v.Files, Into: &m, Repeatable: true})
	return m.ID, err
}

// FollowUp posts one more message of the answer, and returns its id. There are no
// nonces here, so it is not repeated when it may have come through.
func (a *Client) FollowUp(ctx context.Context, i object.Interaction, v object.View) (string, error) {
	var m posted
	err := a.Do(ctx, Request{Name: "post the rest of an answer", Method: http.MethodPost, URL: discordgo.EndpointWebhookToken(i.ApplicationID, i.Token) + "?wait=true", Body: BodyOf(v), Into: &m})
	return m.ID, err
}

// EditFollowUp replaces what such a message shows.
func (a *Client) EditFollowUp(ctx context.Context, i object.Interaction, id string, v object.View) error {
	return a.Do(ctx, Request{Name: "edit the rest of an answer", Method: http.MethodPatch, URL: discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, id), Body: BodyOf(v), Into: &posted{}, Repeatable: true})
}

// RemoveFollowUp deletes such a message, or the answer's first one; one that is
// gone is no error.
func (a *Client) RemoveFollowUp(ctx context.Context, i object.Interaction, id string) error {
	err := a.Do(ctx, Request{Name: "delete the rest of an answer", Method: http.MethodDelete, URL: discordgo.EndpointWebhookMessage(i.ApplicationID, i.Token, id), Repeatable: true})
	if RefusedWith(err, CodeUnknownMessage) {
		return nil
	}
	return err
}

// A GatewayInfo is what Discord says of the bot's gateway.
// https://docs.discord.com/developers/events/gateway#get-gateway-bot
type GatewayInfo struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"` // that Discord recommends
	Starts struct {
		Total       int   `json:"total"`
		Remaining   int   `json:"remaining"`
		ResetAfter  int64 `json:"reset_after"` // milliseconds
		Concurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

func (g *GatewayInfo) Whole() bool { return g.URL != "" }

// Gateway asks Discord for the gateway's address, how many shards the bot
// should have, and how often it may IDENTIFY.
func (a *Client) Gateway(ctx context.Context) (GatewayInfo, error) {
	var info GatewayInfo
	if err := a.Do(ctx, Request{Name: "find the gateway", Method: http.MethodGet, URL: discordgo.EndpointGatewayBot, Into: &info, Repeatable: true}); err != nil {
		return GatewayInfo{}, err
	}
	info.Shards, info.Starts.Concurrency = max(info.Shards, 1), max(info.Starts.Concurrency, 1)
	return info, nil
}

// Self is who the bot is, copied at READY.
type Self struct{ User, Name, Application string }
