package discord

import (
	"encoding/json"
	"fmt"
	"slices"

	"summitbot/retrieval"
)

// The dispatches that the bot reads, in its own types: discordgo drops a
// message with a component that it does not know, and leaves fields nil.
// A field that Discord may leave out has a zero value that means nothing.

// user is a user, as far as the bot cares.
type user struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// message is a message, as far as the bot cares.
// https://docs.discord.com/developers/resources/message#message-object
type message struct {
	ID        string `json:"id"`
	Type      int    `json:"type"`
	ChannelID string `json:"channel_id"`
	GuildID   string `json:"guild_id"` // empty in direct messages
	Author    user   `json:"author"`
	WebhookID string `json:"webhook_id"`
	Content   string `json:"content"`
	Edited    string `json:"edited_timestamp"` // empty when it never was
	Flags     int    `json:"flags"`
	// ChannelType is sent with events, though it is not documented.
	ChannelType int `json:"channel_type"`
	Reference   *struct {
		MessageID string `json:"message_id"`
	} `json:"message_reference"` // of a reply, or of a forward
	// Interaction is what an answer to one tells of it.
	Interaction *struct {
		ID string `json:"id"`
	} `json:"interaction_metadata"`
	Mentions     []user   `json:"mentions"`
	MentionRoles []string `json:"mention_roles"`
	Referenced   *message `json:"referenced_message"` // nil when deleted or not told

	// What else than the content may hold what it says.
	Components []component `json:"components"`
	Embeds     []struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Fields      []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"fields"`
	} `json:"embeds"`
	Poll *struct {
		Question pollText `json:"question"`
		Answers  []struct {
			Text pollText `json:"poll_media"`
		} `json:"answers"`
	} `json:"poll"`
	Snapshots []struct {
		Message message `json:"message"`
	} `json:"message_snapshots"` // of a forward, without who wrote it
	Attachments []struct {
		Description string `json:"description"` // a picture's alternative text
	} `json:"attachments"`
	Stickers []struct{} `json:"sticker_items"`
}

// pollText is a poll's question, or one of its answers.
type pollText struct {
	Text string `json:"text"`
}

// answers is the id of the message or the interaction that a message of the
// bot's answers, whichever of several it is; empty for none.
func (m message) answers() string {
	switch {
	case m.Interaction != nil:
		return m.Interaction.ID
	case m.Reference != nil:
		return m.Reference.MessageID
	}
	return ""
}

// loading says whether the message is the acknowledgement of an interaction, and
// shows nothing yet.
func (m message) loading() bool { return m.Flags&flagLoading != 0 }

// Message flags.
// https://docs.discord.com/developers/resources/message#message-object-message-flags
const (
	flagEphemeral    = 1 << 6
	flagLoading      = 1 << 7
	flagComponentsV2 = 1 << 15
)

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
	GuildID       string           `json:"guild_id"`
	Channel       *channel         `json:"channel"`
	Locale        string           `json:"locale"`
	Message       *message         `json:"message"` // what was clicked on
	Member        *member          `json:"member"`  // in servers
	User          *user            `json:"user"`    // in direct messages
	Data          *interactionData `json:"data"`
}

type member struct {
	User *user `json:"user"`
	// Permissions are what the member may do in the channel, a number as text.
	Permissions string `json:"permissions"`
}

// interactionData is what a command was called with, what was clicked or
// chosen, or a form's contents.
type interactionData struct {
	Type     int           `json:"type"` // of a command
	Name     string        `json:"name"`
	Options  []optionValue `json:"options"`
	TargetID string        `json:"target_id"` // of a command in a menu
	Resolved struct {
		Messages map[string]message `json:"messages"`
	} `json:"resolved"`
	CustomID   string   `json:"custom_id"`
	Values     []string `json:"values"`
	Components []struct {
		Component struct {
			CustomID string   `json:"custom_id"`
			Value    string   `json:"value"`
			Values   []string `json:"values"`
		} `json:"component"`
	} `json:"components"`
}

type optionValue struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
}

// channel is a channel or thread, as far as the bot cares.
type channel struct {
	ID       string `json:"id"`
	Type     int    `json:"type"`
	GuildID  string `json:"guild_id"`  // empty in direct messages
	OwnerID  string `json:"owner_id"`  // of a thread
	ParentID string `json:"parent_id"` // of a thread its channel
}

// isThread says whether a channel's type is one of threads.
// https://docs.discord.com/developers/resources/channel#channel-object-channel-types
func isThread(channelType int) bool { return channelType >= 10 && channelType <= 12 }

func (c *channel) whole() bool { return c.ID != "" }

// target is the message that a menu's command is about.
func (d interactionData) target() message { return d.Resolved.Messages[d.TargetID] }

// chosen is the value that was chosen in a menu, empty for none.
func (d interactionData) chosen() string {
	if len(d.Values) == 0 {
		return ""
	}
	return d.Values[0]
}

// input is what was given for a field of a form, empty where nothing is seen
// of it.
func (d interactionData) input(name string) string {
	for _, c := range d.Components {
		given := c.Component.Value
		if len(c.Component.Values) > 0 {
			given = c.Component.Values[0]
		}
		if c.Component.CustomID == name && !retrieval.IsBlank(given) {
			return given
		}
	}
	return ""
}

// focused is the option that is being typed, and what is typed so far.
func (d interactionData) focused() (name, typed string) {
	for _, o := range d.Options {
		if o.Focused {
			if err := json.Unmarshal(o.Value, &typed); err != nil {
				typed = string(o.Value) // a number
			}
			return o.Name, typed
		}
	}
	return "", ""
}

// message is the message that was clicked on, empty where there is none.
func (i interaction) message() message {
	if i.Message == nil {
		return message{}
	}
	return *i.Message
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

// manages says whether somebody manages the server that they are in.
func (i interaction) manages() bool {
	var has permissions
	if i.GuildID == "" || i.Member == nil || has.UnmarshalText([]byte(i.Member.Permissions)) != nil {
		return false
	}
	return has&(mayManageServer|mayAdminister) != 0
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
