package object

import (
	"encoding/json"
	"fmt"

	"summitbot/retrieval"
)

// Interaction is an interaction, as far as the bot cares.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
type Interaction struct {
	ID            string           `json:"id"`
	ApplicationID string           `json:"application_id"`
	Type          int              `json:"type"`
	Token         string           `json:"token"`
	ChannelID     string           `json:"channel_id"`
	GuildID       string           `json:"guild_id"`
	Channel       *Channel         `json:"channel"`
	Locale        string           `json:"locale"`
	Message       *Message         `json:"message"` // what was clicked on
	Member        *member          `json:"member"`  // in servers
	User          *User            `json:"user"`    // in direct messages
	Data          *InteractionData `json:"data"`
}

type member struct {
	User *User `json:"user"`
	// Permissions are what the member may do in the channel, a number as text.
	Permissions string `json:"permissions"`
}

// InteractionData is what a command was called with, what was clicked or
// chosen, or a form's contents.
type InteractionData struct {
	Type     int           `json:"type"` // of a command
	Name     string        `json:"name"`
	Options  []OptionValue `json:"options"`
	TargetID string        `json:"target_id"` // of a command in a menu
	Resolved struct {
		Messages map[string]Message `json:"messages"`
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

type OptionValue struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
}

// Target is the message that a menu's command is about.
func (d InteractionData) Target() Message { return d.Resolved.Messages[d.TargetID] }

// Chosen is the value that was chosen in a menu, empty for none.
func (d InteractionData) Chosen() string {
	if len(d.Values) == 0 {
		return ""
	}
	return d.Values[0]
}

// Input is what was given for a field of a form, empty where nothing is seen
// of it.
func (d InteractionData) Input(name string) string {
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

// Focused is the option that is being typed, and what is typed so far.
func (d InteractionData) Focused() (name, typed string) {
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

// Clicked is the message that was clicked on, empty where there is none.
func (i Interaction) Clicked() Message {
	if i.Message == nil {
		return Message{}
	}
	return *i.Message
}

// Interaction types.
const (
	InteractionCommand      = 2
	InteractionComponent    = 3
	InteractionAutocomplete = 4
	InteractionModal        = 5
)

// By is the id of whoever made the interaction, empty if it is not told.
func (i Interaction) By() string {
	switch {
	case i.Member != nil && i.Member.User != nil:
		return i.Member.User.ID
	case i.User != nil:
		return i.User.ID
	}
	return ""
}

// Manages says whether somebody manages the server that they are in.
func (i Interaction) Manages() bool {
	var has Permissions
	if i.GuildID == "" || i.Member == nil || has.UnmarshalText([]byte(i.Member.Permissions)) != nil {
		return false
	}
	return has&(MayManageServer|MayAdminister) != 0
}

// Option decodes the value of the named option into v, a pointer, and leaves
// it alone when the option was not given.
func (d InteractionData) Option(name string, v any) error {
	for _, o := range d.Options {
		if o.Name == name {
			if err := json.Unmarshal(o.Value, v); err != nil {
				return fmt.Errorf("reading option %s: %w", name, err)
			}
		}
	}
	return nil
}
