package discord

import (
	"strings"
)

// A component is a message component, or one of a modal, as it is sent. A
// field that its type does not have stays zero.
// https://docs.discord.com/developers/components/reference
type component struct {
	Type        int            `json:"type"`
	Content     string         `json:"content,omitempty"`
	Components  []component    `json:"components,omitempty"`
	Accessory   *component     `json:"accessory,omitempty"`
	Component   *component     `json:"component,omitempty"` // of a label
	Accent      int            `json:"accent_color,omitempty"`
	Style       int            `json:"style,omitempty"`
	Label       string         `json:"label,omitempty"`
	CustomID    string         `json:"custom_id,omitempty"`
	Disabled    bool           `json:"disabled,omitempty"`
	Placeholder string         `json:"placeholder,omitempty"`
	Options     []selectOption `json:"options,omitempty"`
	Emoji       *emoji         `json:"emoji,omitempty"`
	MaxLength   int            `json:"max_length,omitempty"`
	Value       string         `json:"value,omitempty"`
	Required    *bool          `json:"required,omitempty"` // nil: Discord's default, true
	Items       []mediaItem    `json:"items,omitempty"`
}

// A mediaItem is a picture in a gallery.
type mediaItem struct {
	Media struct {
		URL string `json:"url"` // attachment://NAME for one that is sent along
	} `json:"media"`
	Description string `json:"description,omitempty"` // 1024 characters at most
}

// A selectOption is one of the options of a select menu.
type selectOption struct {
	Label string `json:"label"` // 100 characters at most, as is Value
	Value string `json:"value"`
}

type emoji struct {
	Name string `json:"name"`
}

// Component types, and styles of buttons and text inputs.
const (
	typeRow       = 1
	typeButton    = 2
	typeSelect    = 3
	typeInput     = 4
	typeSection   = 9
	typeText      = 10
	typeGallery   = 12
	typeSeparator = 14
	typeContainer = 17
	typeLabel     = 18

	stylePrimary   = 1
	styleSecondary = 2

	inputLong = 2
)

// Limits of Discord's.
// https://docs.discord.com/developers/components/reference
const (
	maxText       = 4000 // units of all text displays of a message together
	maxComponents = 40   // of a message, nested ones too
	maxOptions    = 25   // of a select menu
	maxOption     = 100  // characters of an option's label, and of its value
	maxCustomID   = 100  // characters
	maxLabel      = 80   // characters of a button's label
)

// A view is what one message shows.
type view struct {
	components []component
	ephemeral  bool   // only one member sees it
	files      []file // that its components name
}

// said is all the text that components show, a line for each.
func said(components []component) string {
	var lines []string
	for _, c := range components {
		if c.Content != "" {
			lines = append(lines, c.Content)
		}
		if inner := said(c.Components); inner != "" {
			lines = append(lines, inner)
		}
	}
	return strings.Join(lines, "\n")
}

// A file is sent along with a message.
type file struct {
	name string
	data []byte
}
