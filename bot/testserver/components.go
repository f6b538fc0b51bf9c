package testserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Component types.
// https://docs.discord.com/developers/components/reference#component-object-component-types
const (
	typeActionRow         = 1
	typeButton            = 2
	typeStringSelect      = 3
	typeTextInput         = 4
	typeUserSelect        = 5
	typeRoleSelect        = 6
	typeMentionableSelect = 7
	typeChannelSelect     = 8
	typeSection           = 9
	typeTextDisplay       = 10
	typeThumbnail         = 11
	typeMediaGallery      = 12
	typeFile              = 13
	typeSeparator         = 14
	typeContainer         = 17
	typeLabel             = 18
	typeFileUpload        = 19
	typeRadioGroup        = 21
	typeCheckboxGroup     = 22
	typeCheckbox          = 23

	buttonLink    = 5
	buttonPremium = 6
)

// component is what is checked of a component; the rest passes through.
type component struct {
	Type        int               `json:"type"`
	ID          *int              `json:"id"`
	CustomID    *string           `json:"custom_id"`
	Label       *string           `json:"label"`
	Style       int               `json:"style"`
	URL         string            `json:"url"`
	SKU         string            `json:"sku_id"`
	Emoji       json.RawMessage   `json:"emoji"`
	Disabled    bool              `json:"disabled"`
	Placeholder string            `json:"placeholder"`
	Min         *int              `json:"min_values"`
	Max         *int              `json:"max_values"`
	Options     []selectOption    `json:"options"`
	Content     *string           `json:"content"`
	Components  []json.RawMessage `json:"components"`
	Accessory   json.RawMessage   `json:"accessory"`
	Component   json.RawMessage   `json:"component"`
	Items       []struct {
		Media       struct{ URL string } `json:"media"`
		Description string               `json:"description"`
	} `json:"items"`
	Media       *struct{ URL string } `json:"media"`
	File        *struct{ URL string } `json:"file"`
	Accent      *int                  `json:"accent_color"`
	Description string                `json:"description"`
	Required    *bool                 `json:"required"`
	MinLength   *int                  `json:"min_length"`
	MaxLength   *int                  `json:"max_length"`
	Value       *string               `json:"value"`
}

type selectOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description"`
	Default     bool   `json:"default"`
}

// tree checks a message's components as a whole while it walks them.
type tree struct {
	f       *form
	v2      bool
	modal   bool
	count   int
	text    int // characters in text displays
	customs map[string]bool
	ids     map[int]bool
	texts   []string
}

// readComponents checks and completes the components field.
func (d *draft) readComponents(f *form) {
	if raw, there := f.fields["components"]; there && string(raw) == "null" {
		d.components = &[]json.RawMessage{}
		return
	}
	var raws []json.RawMessage
	if !f.read("components", &raws) {
		return
	}
	t := &tree{f: f, v2: d.v2, customs: map[string]bool{}, ids: map[int]bool{}}
	kept := t.check(raws)
	d.components, d.texts = &kept, t.texts
}

// check walks top-level components and returns them with their ids and
// defaults filled in.
func (t *tree) check(raws []json.RawMessage) []json.RawMessage {
	if !t.v2 && !t.modal && len(raws) > 5 {
		t.f.badLength("components", 1, 5)
	}
	top := []int{typeActionRow}
	switch {
	case t.modal:
		top = []int{typeActionRow, typeTextDisplay, typeLabel}
	case t.v2:
		top = []int{typeActionRow, typeSection, typeTextDisplay, typeMediaGallery, typeFile, typeSeparator, typeContainer}
	}
	kept := t.children("components", raws, top)
	if t.count > 40 {
		t.f.badLength("components", 1, 40)
	}
	if t.text > maxV2Text {
		t.f.add("components", "COMPONENT_MAX_TOTAL_COMPONENT_CHARACTERS_EXCEEDED", "The total number of characters in all components must be %d or fewer.", maxV2Text)
	}
	return t.numbered(kept)
}

// children checks a list of components of allowed types.
func (t *tree) children(path string, raws []json.RawMessage, allowed []int) []json.RawMessage {
	kept := make([]json.RawMessage, 0, len(raws))
	for i, raw := range raws {
		if done, ok := t.one(fmt.Sprintf("%s.%d", path, i), raw, allowed); ok {
			kept = append(kept, done)
		}
	}
	return kept
}

// one checks a component and returns it completed; ok is false when it is so
// wrong that nothing can be said of what is in it.
func (t *tree) one(path string, raw json.RawMessage, allowed []int) (json.RawMessage, bool) {
	var c component
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &c) != nil || json.Unmarshal(raw, &fields) != nil || fields == nil {
		t.f.add(path, "MODEL_TYPE_CONVERT", "Could not interpret the component.")
		return nil, false
	}
	maps.DeleteFunc(fields, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	t.count++
	if !slices.Contains(allowed, c.Type) {
		t.f.add(path+".type", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (%s).", join(allowed))
		return nil, false
	}
	if c.ID != nil && *c.ID > 0 {
		if t.ids[*c.ID] {
			t.f.add(path+".id", "COMPONENT_DUPLICATE_ID", "Component id cannot be duplicated")
		}
		t.ids[*c.ID] = true
	} else {
		delete(fields, "id")
	}
	t.fields(path, &c, fields)
	return marshal(fields), true
}

// fields checks what belongs to a component's own type.
func (t *tree) fields(path string, c *component, fields map[string]json.RawMessage) {
	switch c.Type {
	case typeActionRow:
		t.actionRow(path, c, fields)
	case typeButton:
		t.button(path, c)
	case typeStringSelect, typeUserSelect, typeRoleSelect, typeMentionableSelect, typeChannelSelect:
		t.selectMenu(path, c, fields)
	case typeTextInput:
		t.textInput(path, c)
	case typeSection:
		t.section(path, c, fields)
	case typeTextDisplay:
		t.textDisplay(path, c)
	case typeThumbnail:
		media(t.f, path+".media", c.Media)
		fill(fields, "spoiler", "false")
		fill(fields, "description", "null")
		unfurl(fields, "media")
	case typeMediaGallery:
		t.gallery(path, c, fields)
	case typeFile:
		media(t.f, path+".file", c.File)
		fill(fields, "spoiler", "false")
	case typeSeparator:
		fill(fields, "divider", "true")
		fill(fields, "spacing", "1")
	case typeContainer:
		t.container(path, c, fields)
	case typeLabel:
		t.label(path, c, fields)
	case typeFileUpload, typeRadioGroup, typeCheckboxGroup, typeCheckbox:
		t.customID(path, c)
	}
}
