package testserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

func fill(fields map[string]json.RawMessage, name, value string) {
	if _, there := fields[name]; !there {
		fields[name] = json.RawMessage(value)
	}
}

// unfurl completes a media item as Discord answers with it.
func unfurl(fields map[string]json.RawMessage, name string) {
	var item map[string]json.RawMessage
	if json.Unmarshal(fields[name], &item) != nil || item == nil {
		return
	}
	fill(item, "id", `"1"`)
	fill(item, "proxy_url", string(item["url"]))
	fields[name] = marshal(item)
}

func media(f *form, path string, m *struct{ URL string }) {
	if m == nil || m.URL == "" {
		f.required(path + ".url")
	}
}

func (t *tree) actionRow(path string, c *component, fields map[string]json.RawMessage) {
	if len(c.Components) < 1 || len(c.Components) > 5 {
		t.f.badLength(path+".components", 1, 5)
	}
	allowed := []int{typeButton, typeStringSelect, typeUserSelect, typeRoleSelect, typeMentionableSelect, typeChannelSelect}
	if t.modal {
		allowed = []int{typeTextInput}
	}
	kept := t.children(path+".components", c.Components, allowed)
	selects := 0
	for _, raw := range kept {
		var child component
		if json.Unmarshal(raw, &child) == nil && child.Type != typeButton {
			selects++
		}
	}
	if selects > 0 && len(kept) > 1 {
		t.f.add(path+".components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
	}
	fields["components"] = marshal(kept)
}

func (t *tree) button(path string, c *component) {
	hasEmoji := len(c.Emoji) > 0 && string(c.Emoji) != "null"
	if c.Label != nil && utf8.RuneCountInString(*c.Label) > 80 {
		t.f.tooLong(path+".label", 80)
	}
	switch {
	case c.Style == buttonLink:
		if c.URL == "" {
			t.f.required(path + ".url")
		}
		if len(c.URL) > 512 {
			t.f.tooLong(path+".url", 512)
		}
		if c.CustomID != nil {
			t.f.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
	case c.Style == buttonPremium:
		if c.SKU == "" {
			t.f.required(path + ".sku_id")
		}
		return
	case c.Style < 1 || c.Style > buttonPremium:
		t.f.add(path+".style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")
	default:
		t.customID(path, c)
	}
	if (c.Label == nil || *c.Label == "") && !hasEmoji {
		t.f.add(path, "BUTTON_COMPONENT_INVALID_DATA", "A label or emoji is required")
	}
}

// customID checks that a custom id is there, of a fair length, and the only
// one of its kind in the message.
func (t *tree) customID(path string, c *component) {
	path += ".custom_id"
	switch {
	case c.CustomID == nil:
		t.f.required(path)
	case *c.CustomID == "" || utf8.RuneCountInString(*c.CustomID) > 100:
		t.f.badLength(path, 1, 100)
	case t.customs[*c.CustomID]:
		t.f.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	default:
		t.customs[*c.CustomID] = true
	}
}

func (t *tree) selectMenu(path string, c *component, fields map[string]json.RawMessage) {
	t.customID(path, c)
	if utf8.RuneCountInString(c.Placeholder) > 150 {
		t.f.tooLong(path+".placeholder", 150)
	}
	low, high := 1, 1
	if c.Min != nil {
		low = *c.Min
	}
	if c.Max != nil {
		high = *c.Max
	}
	if low < 0 || low > 25 {
		t.f.add(path+".min_values", "NUMBER_TYPE_MAX", "int value should be between 0 and 25.")
	}
	if high < 1 || high > 25 || high < low {
		t.f.add(path+".max_values", "NUMBER_TYPE_MAX", "int value should be between 1 and 25 and no less than min_values.")
	}
	fill(fields, "min_values", fmt.Sprint(low))
	fill(fields, "max_values", fmt.Sprint(high))
	if c.Type != typeStringSelect {
		return
	}
	if len(c.Options) < 1 || len(c.Options) > 25 {
		t.f.badLength(path+".options", 1, 25)
	}
	seen := map[string]bool{}
	for i, o := range c.Options {
		at := fmt.Sprintf("%s.options.%d", path, i)
		if n := utf8.RuneCountInString(o.Label); n < 1 || n > 100 {
			t.f.badLength(at+".label", 1, 100)
		}
		if n := utf8.RuneCountInString(o.Value); n < 1 || n > 100 {
			t.f.badLength(at+".value", 1, 100)
		}
		if utf8.RuneCountInString(o.Description) > 100 {
			t.f.tooLong(at+".description", 100)
		}
		if seen[o.Value] {
			t.f.add(at+".value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		seen[o.Value] = true
	}
}

func (t *tree) textInput(path string, c *component) {
	t.customID(path, c)
	if c.Style != 1 && c.Style != 2 {
		t.f.add(path+".style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
	}
	if c.Label != nil && utf8.RuneCountInString(*c.Label) > 45 {
		t.f.tooLong(path+".label", 45)
	}
	if utf8.RuneCountInString(c.Placeholder) > 100 {
		t.f.tooLong(path+".placeholder", 100)
	}
	if c.Value != nil && utf8.RuneCountInString(*c.Value) > 4000 {
		t.f.tooLong(path+".value", 4000)
	}
}

func (t *tree) section(path string, c *component, fields map[string]json.RawMessage) {
	if len(c.Components) < 1 || len(c.Components) > 3 {
		t.f.badLength(path+".components", 1, 3)
	}
	fields["components"] = marshal(t.children(path+".components", c.Components, []int{typeTextDisplay}))
	if len(c.Accessory) == 0 || string(c.Accessory) == "null" {
		t.f.required(path + ".accessory")
		return
	}
	if done, ok := t.one(path+".accessory", c.Accessory, []int{typeButton, typeThumbnail}); ok {
		fields["accessory"] = done
	}
}

func (t *tree) textDisplay(path string, c *component) {
	if c.Content == nil {
		t.f.required(path + ".content")
		return
	}
	n := utf8.RuneCountInString(*c.Content)
	if n < 1 || n > maxV2Text {
		t.f.badLength(path+".content", 1, maxV2Text)
	}
	t.text += n
	t.texts = append(t.texts, *c.Content)
}

func (t *tree) gallery(path string, c *component, fields map[string]json.RawMessage) {
	if len(c.Items) < 1 || len(c.Items) > 10 {
		t.f.badLength(path+".items", 1, 10)
	}
	for i, item := range c.Items {
		media(t.f, fmt.Sprintf("%s.items.%d.media", path, i), &struct{ URL string }{item.Media.URL})
	}
	var items []map[string]json.RawMessage
	if json.Unmarshal(fields["items"], &items) != nil {
		return
	}
	for _, item := range items {
		fill(item, "spoiler", "false")
		fill(item, "description", "null")
		unfurl(item, "media")
	}
	fields["items"] = marshal(items)
}

func (t *tree) container(path string, c *component, fields map[string]json.RawMessage) {
	if len(c.Components) < 1 {
		t.f.required(path + ".components")
	}
	if c.Accent != nil && (*c.Accent < 0 || *c.Accent > 0xffffff) {
		t.f.add(path+".accent_color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
	}
	allowed := []int{typeActionRow, typeTextDisplay, typeSection, typeMediaGallery, typeSeparator, typeFile}
	fields["components"] = marshal(t.children(path+".components", c.Components, allowed))
	fill(fields, "accent_color", "null")
	fill(fields, "spoiler", "false")
}

func (t *tree) label(path string, c *component, fields map[string]json.RawMessage) {
	if c.Label == nil || utf8.RuneCountInString(*c.Label) < 1 || utf8.RuneCountInString(*c.Label) > 45 {
		t.f.badLength(path+".label", 1, 45)
	}
	if utf8.RuneCountInString(c.Description) > 100 {
		t.f.tooLong(path+".description", 100)
	}
	if len(c.Component) == 0 {
		t.f.required(path + ".component")
		return
	}
	allowed := []int{
		typeTextInput, typeStringSelect, typeUserSelect, typeRoleSelect, typeMentionableSelect,
		typeChannelSelect, typeFileUpload, typeRadioGroup, typeCheckboxGroup, typeCheckbox,
	}
	if done, ok := t.one(path+".component", c.Component, allowed); ok {
		fields["component"] = done
	}
}

// numbered gives every component without an id the next free one, in order.
func (t *tree) numbered(raws []json.RawMessage) []json.RawMessage {
	next := 0
	var number func(raw json.RawMessage) json.RawMessage
	number = func(raw json.RawMessage) json.RawMessage {
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil || fields == nil {
			return raw
		}
		if _, there := fields["id"]; !there {
			for next++; t.ids[next]; next++ {
			}
			fields["id"] = json.RawMessage(fmt.Sprint(next))
		}
		var children []json.RawMessage
		if json.Unmarshal(fields["components"], &children) == nil && children != nil {
			for i := range children {
				children[i] = number(children[i])
			}
			fields["components"] = marshal(children)
		}
		for _, name := range []string{"accessory", "component"} {
			if child, there := fields[name]; there {
				fields[name] = number(child)
			}
		}
		return marshal(fields)
	}
	for i := range raws {
		raws[i] = number(raws[i])
	}
	return raws
}

func join(numbers []int) string {
	var text strings.Builder
	for i, n := range numbers {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(fmt.Sprint(n))
	}
	return text.String()
}
