package testserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// shape is what an object may hold: its keys, each with the shape of its value
// (or of its elements). A nil shape allows anything.
type shape struct {
	section   string // below the documentation's address
	keys      map[string]*shape
	component bool // has the keys of its "type" of component instead
}

// keys makes a shape of keys that allow anything.
func keys(section, names string) *shape {
	s := &shape{section: section, keys: map[string]*shape{}}
	for name := range strings.FieldsSeq(names) {
		s.keys[name] = nil
	}
	return s
}

// with gives keys a shape of their own.
func (s *shape) with(inner map[string]*shape) *shape {
	maps.Copy(s.keys, inner)
	return s
}

// unknown lists the keys below path that the shape does not have.
func (s *shape) unknown(path string, raw json.RawMessage) []violation {
	if s == nil || len(raw) == 0 {
		return nil
	}
	var found []violation
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for i, element := range list {
			found = append(found, s.unknown(dotted(path, fmt.Sprint(i)), element)...)
		}
		return found
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	if s.component {
		var kind int
		if json.Unmarshal(fields["type"], &kind) != nil || componentShapes()[kind] == nil {
			return nil // refused elsewhere
		}
		s = componentShapes()[kind]
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		inner, known := s.keys[name]
		at := dotted(path, name)
		if !known {
			found = append(found, violation{at, "Discord knows no such key here and passes over it.", documentation + s.section})
			continue
		}
		found = append(found, inner.unknown(at, fields[name])...)
	}
	return found
}

func dotted(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// Shapes of what bots send.
var (
	mediaShape = keys("components/reference#unfurled-media-item-structure", "url id proxy_url height width content_type attachment_id flags placeholder placeholder_version loading_state")
	emojiShape = keys("resources/emoji#emoji-object", "id name animated")
	embedShape = keys("resources/message#embed-object", "title type description url timestamp color footer image thumbnail video provider author fields flags reference_id content_scan_version").with(map[string]*shape{
		"footer": keys("resources/message#embed-object-embed-footer-structure", "text icon_url proxy_icon_url"),
		"author": keys("resources/message#embed-object-embed-author-structure", "name url icon_url proxy_icon_url"),
		"fields": keys("resources/message#embed-object-embed-field-structure", "name value inline"),
	})
	mentionsShape  = keys("resources/message#allowed-mentions-object", "parse roles users replied_user")
	referenceShape = keys("resources/message#message-reference-structure", "type message_id channel_id guild_id fail_if_not_exists")
	componentShape = &shape{component: true}
	messageShape   = keys("resources/message#create-message", "content nonce tts embeds allowed_mentions message_reference components sticker_ids attachments flags enforce_nonce poll shared_client_theme").with(map[string]*shape{
		"embeds": embedShape, "allowed_mentions": mentionsShape, "message_reference": referenceShape, "components": componentShape,
		"attachments": keys("resources/message#attachment-object", "id filename title description duration_secs waveform content_type size url proxy_url height width ephemeral flags is_spoiler is_remix"),
	})
	followUpShape = keys("resources/webhook#execute-webhook", "content username avatar_url tts embeds allowed_mentions components attachments flags thread_name applied_tags poll").with(map[string]*shape{
		"embeds": embedShape, "allowed_mentions": mentionsShape, "components": componentShape,
	})
	callbackShape = keys("interactions/receiving-and-responding#interaction-response-object-interaction-response-structure", "type data").with(map[string]*shape{
		"data": keys("interactions/receiving-and-responding#interaction-response-object-messages", "tts content embeds allowed_mentions flags components attachments poll choices custom_id title").with(map[string]*shape{
			"embeds": embedShape, "allowed_mentions": mentionsShape, "components": componentShape,
			"choices": choiceShape,
		}),
	})
	choiceShape  = keys("interactions/application-commands#application-command-object-application-command-option-choice-structure", "name name_localizations value")
	commandShape = keys("interactions/application-commands#application-command-object", "id application_id guild_id version name name_localizations description description_localizations options default_member_permissions dm_permission default_permission contexts integration_types type nsfw handler").with(map[string]*shape{
		"options": optionShape,
	})
	optionShape = func() *shape {
		s := keys("interactions/application-commands#application-command-object-application-command-option-structure", "type name name_localizations description description_localizations required choices options channel_types min_value max_value min_length max_length autocomplete")
		s.keys["options"], s.keys["choices"] = s, choiceShape
		return s
	}()
	bulkShape   = keys("resources/message#bulk-delete-messages", "messages")
	threadShape = keys("resources/channel#start-thread-from-message", "name auto_archive_duration rate_limit_per_user")
	modifyShape = keys("resources/channel#modify-channel-json-params-thread", "name archived auto_archive_duration locked invitable rate_limit_per_user flags applied_tags")
	directShape = keys("resources/user#create-dm", "recipient_id")
)

// componentShapes are the keys of each type of component.
var componentShapes = sync.OnceValue(func() map[int]*shape {
	const at = "components/reference#"
	kind := func(section, names string) *shape {
		s := keys(at+section, "type id "+names)
		for name, inner := range map[string]*shape{
			"components": componentShape, "accessory": componentShape, "component": componentShape,
			"emoji": emojiShape, "media": mediaShape, "file": mediaShape,
		} {
			if _, there := s.keys[name]; there {
				s.keys[name] = inner
			}
		}
		return s
	}
	selectKeys := "custom_id placeholder min_values max_values disabled required "
	return map[int]*shape{
		typeActionRow: kind("action-row", "components"),
		typeButton:    kind("button", "style label emoji custom_id sku_id url disabled"),
		typeStringSelect: kind("string-select", selectKeys+"options").with(map[string]*shape{
			"options": keys(at+"string-select-select-option-structure", "label value description emoji default").with(map[string]*shape{"emoji": emojiShape}),
		}),
		typeTextInput:         kind("text-input", "custom_id style label min_length max_length required value placeholder"),
		typeUserSelect:        kind("user-select", selectKeys+"default_values"),
		typeRoleSelect:        kind("role-select", selectKeys+"default_values"),
		typeMentionableSelect: kind("mentionable-select", selectKeys+"default_values"),
		typeChannelSelect:     kind("channel-select", selectKeys+"default_values channel_types"),
		typeSection:           kind("section", "components accessory"),
		typeTextDisplay:       kind("text-display", "content"),
		typeThumbnail:         kind("thumbnail", "media description spoiler"),
		typeMediaGallery: kind("media-gallery", "items").with(map[string]*shape{
			"items": keys(at+"media-gallery-media-gallery-item-structure", "media description spoiler").with(map[string]*shape{"media": mediaShape}),
		}),
		typeFile:          kind("file", "file spoiler name size"),
		typeSeparator:     kind("separator", "divider spacing"),
		typeContainer:     kind("container", "components accent_color spoiler"),
		typeLabel:         kind("label", "label description component"),
		typeFileUpload:    kind("file-upload", "custom_id min_values max_values required"),
		typeRadioGroup:    kind("radio-group", "custom_id options required"),
		typeCheckboxGroup: kind("checkbox-group", "custom_id options min_values max_values required"),
		typeCheckbox:      kind("checkbox", "custom_id default"),
	}
})
