package object

import (
	"strings"
)

// A Component is a message component, or one of a modal, as it is sent. A
// field that its type does not have stays zero.
// https://docs.discord.com/developers/components/reference
type Component struct {
	Type        int            `json:"type"`
	Content     string         `json:"content,omitempty"`
	Components  []Component    `json:"components,omitempty"`
	Accessory   *Component     `json:"accessory,omitempty"`
	Component   *Component     `json:"component,omitempty"` // of a label
	Accent      int            `json:"accent_color,omitempty"`
	Style       int            `json:"style,omitempty"`
	Label       string         `json:"label,omitempty"`
	CustomID    string         `json:"custom_id,omitempty"`
	Disabled    bool           `json:"disabled,omitempty"`
	Placeholder string         `json:"placeholder,omitempty"`
	Options     []SelectOption `json:"options,omitempty"`
	Emoji       *Emoji         `json:"emoji,omitempty"`
	MaxLength   int            `json:"max_length,omitempty"`
	Value       string         `json:"value,omitempty"`
	Required    *bool          `json:"required,omitempty"` // nil: Discord's default, true
	Items       []MediaItem    `json:"items,omitempty"`
}

// A MediaItem is a picture in a gallery.
type MediaItem struct {
	Media struct {
		URL string `json:"url"` // attachment://NAME for one that is sent along
	} `json:"media"`
	Description string `json:"description,omitempty"` // 1024 characters at most
}

// A SelectOption is one of the options of a select menu.
type SelectOption struct {
	Label string `json:"label"` // 100 characters at most, as is Value
	Value string `json:"value"`
}

type Emoji struct {
	Name string `json:"name"`
}

// Component types, and styles of buttons and text inputs.
const (
	TypeRow       = 1
	TypeButton    = 2
	TypeSelect    = 3
	TypeInput     = 4
	TypeSection   = 9
	TypeText      = 10
	TypeGallery   = 12
	TypeSeparator = 14
	TypeContainer = 17
	TypeLabel     = 18

	StylePrimary   = 1
	StyleSecondary = 2

	InputLong = 2
)

// Limits of Discord's.
// https://docs.discord.com/developers/components/reference
const (
	MaxText       = 4000 // units of all text displays of a message together
	MaxComponents = 40   // of a message, nested ones too
	MaxOptions    = 25   // of a select menu
	MaxOption     = 100  // characters of an option's label, and of its value
	MaxCustomID   = 100  // characters
	MaxLabel      = 80   // characters of a button's label
)

// A View is what one message shows.
type View struct {
	Components []Component
	Ephemeral  bool   // only one member sees it
	Files      []File // that its components name
}

// TextOf is all the text that components show, a line for each.
func TextOf(components []Component) string {
	var lines []string
	for _, c := range components {
		if c.Content != "" {
			lines = append(lines, c.Content)
		}
		if inner := TextOf(c.Components); inner != "" {
			lines = append(lines, inner)
		}
	}
	return strings.Join(lines, "\n")
}

// A File is sent along with a message.
type File struct {
	Name string
	Data []byte
}

// Count is the number of components, nested ones included.
func Count(components []Component) int {
	n := len(components)
	for _, c := range components {
		n += Count(c.Components)
		if c.Accessory != nil {
			n++
		}
	}
	return n
}
