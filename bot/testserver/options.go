package testserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// resolvedObjects are the users, members, channels, roles and messages that
// an interaction names by id.
// https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-resolved-data-structure
type resolvedObjects map[string]map[string]any

func (r resolvedObjects) put(kind, id string, v any) {
	if r[kind] == nil {
		r[kind] = map[string]any{}
	}
	r[kind][id] = v
}

// user puts a user in, with what they are in the channel's guild.
func (r resolvedObjects) user(s *Server, ch *channel, u *User) {
	r.put("users", u.ID, u)
	if ch.guild == nil {
		return
	}
	m := s.member(ch.guild, u, false)
	m.Permissions = s.permissionsIn(u, ch).String()
	r.put("members", u.ID, m)
}

// resolve finds what a person in a channel means by the name of a user,
// channel or role, and returns its id.
func (s *Server) resolve(at *channel, by *User, kind int, name string, resolved resolvedObjects) (string, error) {
	bare := strings.Trim(name, "<@!&#>")
	if kind == optionUser || kind == optionMentionable {
		u := s.userByName[bare]
		if u == nil {
			u = s.users[bare]
		}
		if u != nil {
			resolved.user(s, at, u)
			return u.ID, nil
		}
	}
	if at.guild != nil && (kind == optionRole || kind == optionMentionable) {
		for _, r := range at.guild.Roles {
			if r.ID == bare || r.Name == name || r.Name == "@"+bare {
				resolved.put("roles", r.ID, r)
				return r.ID, nil
			}
		}
	}
	if kind == optionChannel {
		i := slices.IndexFunc(s.channelOrder, func(c *channel) bool {
			return c.guild != nil && c.guild == at.guild && (c.ID == bare || c.Name == bare)
		})
		if i >= 0 {
			ch := s.channelOrder[i].Channel
			ch.Permissions = s.permissionsIn(by, s.channelOrder[i]).String()
			resolved.put("channels", ch.ID, ch)
			return ch.ID, nil
		}
	}
	return "", complaint("there is no %s %q", optionKind(kind), name)
}

func optionKind(kind int) string {
	switch kind {
	case optionString:
		return "text"
	case optionInteger:
		return "whole number"
	case optionBoolean:
		return "true or false"
	case optionUser:
		return "user"
	case optionChannel:
		return "channel"
	case optionRole:
		return "role"
	case optionMentionable:
		return "user or role"
	case optionNumber:
		return "number"
	}
	return "value"
}

// optionFiller turns options by name into those of an interaction.
type optionFiller struct {
	s           *Server
	channel     *channel
	user        *User
	host        string // under which files can be fetched
	resolved    resolvedObjects
	partial     bool   // autocomplete: nothing is required or checked yet
	focused     string // autocomplete: the option being typed
	focusedType int    // its type, once found
}

// fill checks what was given against the options a command declares; what
// names them in errors. The result keeps the declared order.
func (f *optionFiller) fill(what string, declared []commandOption, given map[string]any) ([]any, error) {
	filled := []any{}
	for name := range maps.Keys(given) {
		if findOption(declared, name) == nil {
			return nil, complaint("%s has no option %q; it has: %s", what, name, optionNames(declared))
		}
	}
	nested := false
	for _, o := range declared {
		value, there := given[o.Name]
		nested = nested || o.Type <= optionGroup
		if f.partial && o.Name == f.focused && !there {
			value, there = "", true
		}
		if !there {
			if o.Required && !f.partial {
				return nil, complaint("%s needs the option %q: %s", what, o.Name, o.Description)
			}
			continue
		}
		done, err := f.one(what, &o, value)
		if err != nil {
			return nil, err
		}
		filled = append(filled, done)
	}
	if nested && len(filled) != 1 {
		return nil, complaint("%s needs exactly one subcommand of: %s", what, optionNames(declared))
	}
	return filled, nil
}

func optionNames(options []commandOption) string {
	if len(options) == 0 {
		return "none"
	}
	var names []string
	for _, o := range options {
		names = append(names, o.Name)
	}
	return strings.Join(names, ", ")
}

// one is a filled option.
func (f *optionFiller) one(what string, o *commandOption, value any) (map[string]any, error) {
	done := map[string]any{"name": o.Name, "type": o.Type}
	if o.Type <= optionGroup {
		inner, ok := value.(map[string]any)
		if !ok && value != nil && value != "" && value != true {
			return nil, complaint("%s %s is a subcommand: its value is an object of its own options", what, o.Name)
		}
		options, err := f.fill(what+" "+o.Name, o.Options, inner)
		done["options"] = options
		return done, err
	}
	if f.partial && o.Name == f.focused {
		if !o.Autocomplete {
			return nil, complaint("option %q of %s has no autocomplete", o.Name, what)
		}
		f.focusedType = o.Type
		done["focused"], done["value"] = true, fmt.Sprint(value)
		return done, nil
	}
	checked, err := f.value(o, value)
	if err != nil {
		return nil, complaint("option %q of %s: %s", o.Name, what, asAPIError(err).Message)
	}
	done["value"] = checked
	return done, nil
}

// value checks one value against its option's type, choices and bounds.
func (f *optionFiller) value(o *commandOption, value any) (any, error) {
	if len(o.Choices) > 0 && !f.partial {
		return choice(o, value)
	}
	text := fmt.Sprint(value)
	switch o.Type {
	case optionString:
		n := utf8.RuneCountInString(text)
		if _, ok := value.(string); !ok {
			return nil, complaint("want %s", optionKind(o.Type))
		}
		if o.MinLength != nil && n < *o.MinLength || o.MaxLength != nil && n > *o.MaxLength || n > 6000 {
			return nil, complaint("%d characters are too few or too many", n)
		}
		if text == "" && o.Required && !f.partial {
			return nil, complaint("it is required and empty")
		}
		return text, nil
	case optionInteger, optionNumber:
		return f.number(o, text)
	case optionBoolean:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, complaint("want true or false")
		}
		return b, nil
	case optionAttachment:
		return f.attachment(value)
	}
	return f.s.resolve(f.channel, f.user, o.Type, text, f.resolved)
}

// attachment stores a file given as {"name","content_type","data"} and
// returns its id.
func (f *optionFiller) attachment(value any) (any, error) {
	var file File
	raw, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil {
		return nil, complaint(`want a file: {"name":"a.txt","content_type":"text/plain","data":"<base64>"}`)
	}
	up, err := file.upload()
	if err != nil {
		return nil, err
	}
	a := f.s.keepFile(f.channel.ID, f.host, up)
	a.Ephemeral = true
	f.resolved.put("attachments", a.ID, a)
	return a.ID, nil
}

func (f *optionFiller) number(o *commandOption, text string) (any, error) {
	n, err := strconv.ParseFloat(text, 64)
	const safe = 1 << 53 // what a client can send
	if err != nil || math.IsNaN(n) || math.Abs(n) > safe || o.Type == optionInteger && n != math.Trunc(n) {
		return nil, complaint("%q is no %s", text, optionKind(o.Type))
	}
	if o.MinValue != nil && n < *o.MinValue {
		return nil, complaint("%v is below %v", n, *o.MinValue)
	}
	if o.MaxValue != nil && n > *o.MaxValue {
		return nil, complaint("%v is above %v", n, *o.MaxValue)
	}
	if o.Type == optionInteger {
		return int64(n), nil
	}
	return n, nil
}

// choice finds the choice whose value, or name, was given.
func choice(o *commandOption, value any) (any, error) {
	text := fmt.Sprint(value)
	var names []string
	for _, c := range o.Choices {
		var v any
		if err := json.Unmarshal(c.Value, &v); err != nil {
			return nil, fmt.Errorf("reading a choice: %w", err)
		}
		if fmt.Sprint(v) == text || c.Name == text {
			return c.Value, nil
		}
		names = append(names, c.Name)
	}
	return nil, complaint("%q is not one of: %s", text, strings.Join(names, ", "))
}
