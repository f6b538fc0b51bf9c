package discord

import (
	"encoding/json"
	"fmt"
	"slices"
)

// The dispatches that the bot reads, in its own types: discordgo drops a
// message with a component that it does not know, and leaves fields nil.
// A field that Discord may leave out has a zero value that means nothing.

// ready is the READY event.
// https://docs.discord.com/developers/events/gateway-events#ready
type ready struct {
	User struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	} `json:"user"`
	Application struct {
		ID string `json:"id"`
	} `json:"application"`
}

// user is a user, as far as the bot cares.
type user struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// message is a message, as far as the bot cares.
// https://docs.discord.com/developers/resources/message#message-object
type message struct {
	ID         string   `json:"id"`
	Type       int      `json:"type"`
	ChannelID  string   `json:"channel_id"`
	GuildID    string   `json:"guild_id"` // empty in direct messages
	Author     user     `json:"author"`
	WebhookID  string   `json:"webhook_id"`
	Content    string   `json:"content"`
	Mentions   []user   `json:"mentions"`
	Referenced *message `json:"referenced_message"` // nil when deleted or not told
}

// The message types in which people speak; all others are the system's.
const (
	typeDefault = 0
	typeReply   = 19
)

// mentions says whether the message mentions the user, be it by replying.
func (m message) mentions(id string) bool {
	return slices.ContainsFunc(m.Mentions, func(u user) bool { return u.ID == id })
}

// interaction is an interaction, as far as the bot cares.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
type interaction struct {
	ID            string           `json:"id"`
	ApplicationID string           `json:"application_id"`
	Type          int              `json:"type"`
	Token         string           `json:"token"`
	ChannelID     string           `json:"channel_id"`
	Member        *member          `json:"member"` // in servers
	User          *user            `json:"user"`   // in direct messages
	Data          *interactionData `json:"data"`
}

type member struct {
	User *user `json:"user"`
}

// interactionData is what a slash command was called with.
type interactionData struct {
	Name    string        `json:"name"`
	Options []optionValue `json:"options"`
}

type optionValue struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// Interaction types.
const (
	interactionCommand      = 2
	interactionComponent    = 3
	interactionAutocomplete = 4
	interactionModal        = 5
)

// by is the id of whoever made the interaction, empty if it is not told.
func (i interaction) by() string {
	switch {
	case i.Member != nil && i.Member.User != nil:
		return i.Member.User.ID
	case i.User != nil:
		return i.User.ID
	}
	return ""
}

// option decodes the value of the named option into v, a pointer, and leaves
// it alone when the option was not given.
func (d interactionData) option(name string, v any) error {
	for _, o := range d.Options {
		if o.Name == name {
			if err := json.Unmarshal(o.Value, v); err != nil {
				return fmt.Errorf("reading option %s: %w", name, err)
			}
		}
	}
	return nil
}
