package testserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// commandRequest is the body of POST /test/commands and /test/autocomplete.
type commandRequest struct {
	User    string         `json:"user"`
	Channel string         `json:"channel"`
	Name    string         `json:"name"`
	Options map[string]any `json:"options"`
	Bot     string         `json:"bot"`     // whose command, when several have one of this name
	Target  string         `json:"target"`  // context menus: a message id or a user's name
	Focused string         `json:"focused"` // autocomplete: the option being typed

	host string // under which files can be fetched
}

// Command has a person use a command: a slash command with its options by
// name (a subcommand is an option whose value is its own options). The
// options are checked as Discord's client does. It returns at once.
func (s *Server) Command(user, channel, name string, options map[string]any) (Interaction, error) {
	return s.invoke(commandRequest{User: user, Channel: channel, Name: name, Options: options})
}

// ContextMenu has a person use a message or user command on a target, a
// message's id or a user's name.
func (s *Server) ContextMenu(user, channel, name, target string) (Interaction, error) {
	return s.invoke(commandRequest{User: user, Channel: channel, Name: name, Target: target})
}

func (s *Server) invoke(r commandRequest) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, err := s.where(r.User, r.Channel)
	if err != nil {
		return Interaction{}, err
	}
	in := &interaction{bot: nil, user: u, channel: ch}
	in.Type, in.Command = interactionCommand, strings.TrimPrefix(r.Name, "/")
	resolved := resolvedObjects{}
	data := map[string]any{"name": in.Command}
	var cmd *command
	if r.Target != "" {
		cmd, err = s.aim(in, r, data, resolved)
	} else {
		in.bot, cmd, err = s.lookUp(ch, r.Bot, in.Command, commandChatInput)
	}
	if err == nil {
		err = s.mayUse(u, ch, cmd)
	}
	if err != nil {
		return Interaction{}, err
	}
	in.Command = cmd.Name
	data["id"], data["type"], data["name"] = cmd.ID, cmd.Type, cmd.Name
	if cmd.GuildID != "" {
		data["guild_id"] = cmd.GuildID
	}
	if len(r.Options) > 0 && r.Target != "" {
		return Interaction{}, complaint("%q is a context menu command; it has no options", in.Command)
	}
	if cmd.Type == commandChatInput {
		filler := optionFiller{s: s, channel: ch, user: u, host: r.host, resolved: resolved}
		data["options"], err = filler.fill("/"+cmd.Name, cmd.Options, r.Options)
		if err != nil {
			return Interaction{}, err
		}
	}
	if len(resolved) > 0 {
		data["resolved"] = resolved
	}
	s.open(in, data)
	return in.Interaction, nil
}

// mayUse tells whether a person may use a command in a channel.
// https://docs.discord.com/developers/interactions/application-commands#permissions
func (s *Server) mayUse(u *User, ch *channel, cmd *command) error {
	context := 0
	if ch.guild == nil {
		context = 1
	}
	if len(cmd.Contexts) > 0 && !slices.Contains(cmd.Contexts, context) || cmd.Contexts == nil && cmd.DMPermission != nil && !*cmd.DMPermission && context == 1 {
		return complaint("the command %q is not offered here: its contexts leave this kind of channel out", cmd.Name)
	}
	if ch.guild == nil {
		return nil
	}
	wanted := mayUseCommands
	if cmd.DefaultMemberPermissions != nil {
		wanted |= parsePermissions(*cmd.DefaultMemberPermissions)
		if *cmd.DefaultMemberPermissions == "0" {
			wanted |= mayAdminister
		}
	}
	if s.permissionsIn(u, ch)&wanted != wanted {
		return complaint("%s may not use the command %q: its default_member_permissions ask for more", u.Username, cmd.Name)
	}
	return nil
}

// lookUp finds a command by name and type as a person in a channel means it.
func (s *Server) lookUp(ch *channel, botName, name string, kinds ...int) (*bot, *command, error) {
	var known []string
	for _, b := range s.botOrder {
		if ch.bot != nil && ch.bot != b || ch.guild != nil && !b.in(ch.guild) || botName != "" && b.user.Username != botName && b.user.ID != botName {
			continue
		}
		for _, kind := range kinds {
			if cmd := b.command(name, kind, ch.Type == ChannelDM); cmd != nil {
				return b, cmd, nil
			}
		}
		for _, c := range b.commands {
			if slices.Contains(kinds, c.Type) {
				known = append(known, c.Name)
			}
		}
	}
	slices.Sort(known)
	if len(known) == 0 {
		return nil, nil, complaint("there is no command %q here: no bot has registered one", name)
	}
	return nil, nil, complaint("there is no command %q here; there are: %s", name, strings.Join(slices.Compact(known), ", "))
}

// aim finds a context menu command and puts its target into the data.
func (s *Server) aim(in *interaction, r commandRequest, data map[string]any, resolved resolvedObjects) (*command, error) {
	kind := commandUser
	m := s.messages[r.Target]
	if m != nil {
		kind = commandMessage
	}
	b, cmd, err := s.lookUp(in.channel, r.Bot, in.Command, kind)
	if err != nil {
		return nil, err
	}
	in.bot = b
	if m != nil {
		if m.ChannelID != in.channel.ID || !in.channel.visible(in.user, m) {
			return nil, complaint("message %s is not in this channel", r.Target)
		}
		in.target = m
		data["target_id"] = m.ID
		resolved.put("messages", m.ID, s.view(in.channel, m, b, true))
		return cmd, nil
	}
	u := s.userByName[strings.TrimPrefix(r.Target, "@")]
	if u == nil {
		u = s.users[r.Target]
	}
	if u == nil {
		return nil, complaint("target %q is no message's id and no user's name", r.Target)
	}
	in.about = u
	data["target_id"] = u.ID
	resolved.user(s, in.channel, u)
	return cmd, nil
}

// Component has a person click a button, or choose values in a select menu,
// on a message.
func (s *Server) Component(user, messageID, customID string, values ...string) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(user)
	if err != nil {
		return Interaction{}, asComplaint(err)
	}
	m := s.messages[messageID]
	if m == nil {
		return Interaction{}, errUnknownMessage()
	}
	ch := s.channels[m.ChannelID]
	if !ch.visible(u, m) {
		return Interaction{}, complaint("%s cannot see message %s", u.Username, m.ID)
	}
	b := s.bots[m.Author.ID]
	c := findComponent(m.Components, customID)
	if c == nil || b == nil {
		return Interaction{}, complaint("message %s has no component %q", m.ID, customID)
	}
	if c.Disabled {
		return Interaction{}, complaint("component %q is disabled", customID)
	}
	data := map[string]any{"custom_id": customID, "component_type": c.Type, "id": *c.ID}
	if c.Type != typeButton {
		resolved := resolvedObjects{}
		chosen, err := s.choose(ch, u, c, values, resolved)
		if err != nil {
			return Interaction{}, err
		}
		data["values"] = chosen
		if len(resolved) > 0 {
			data["resolved"] = resolved
		}
	} else if len(values) > 0 {
		return Interaction{}, complaint("component %q is a button; it takes no values", customID)
	}
	in := &interaction{bot: b, user: u, channel: ch, origin: m}
	in.Type, in.CustomID = interactionComponent, customID
	s.open(in, data)
	return in.Interaction, nil
}

func findComponent(raws []json.RawMessage, customID string) *component {
	var found *component
	walk(raws, func(c *component) {
		if c.CustomID != nil && *c.CustomID == customID && c.ID != nil {
			found = c
		}
	})
	return found
}

// choose checks what was chosen in a select menu; users, roles and channels
// are named or given by id.
func (s *Server) choose(ch *channel, u *User, c *component, values []string, resolved resolvedObjects) ([]string, error) {
	low, high := 1, 1
	if c.Min != nil {
		low = *c.Min
	}
	if c.Max != nil {
		high = *c.Max
	}
	if len(values) < low || len(values) > high {
		return nil, complaint("component %q takes %d to %d values, not %d", *c.CustomID, low, high, len(values))
	}
	chosen := []string{}
	for _, v := range values {
		if c.Type == typeStringSelect {
			if !slices.ContainsFunc(c.Options, func(o selectOption) bool { return o.Value == v }) {
				return nil, complaint("component %q has no option %q", *c.CustomID, v)
			}
			chosen = append(chosen, v)
			continue
		}
		kind := map[int]int{
			typeUserSelect: optionUser, typeRoleSelect: optionRole,
			typeMentionableSelect: optionMentionable, typeChannelSelect: optionChannel,
		}[c.Type]
		id, err := s.resolve(ch, u, kind, v, resolved)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, id)
	}
	return chosen, nil
}

// Modal has a person submit the modal that an interaction opened; values are
// the inputs' texts, or lists of chosen values, by custom id.
func (s *Server) Modal(user, interactionID, customID string, values map[string]any) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.person(user)
	if err != nil {
		return Interaction{}, asComplaint(err)
	}
	from := s.interactions[interactionID]
	if from == nil || from.Modal == nil || from.user != u || customID != "" && from.CustomID != customID {
		return Interaction{}, complaint("interaction %s has opened no modal %q for %s", interactionID, customID, u.Username)
	}
	var modal struct {
		Components []json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(from.Modal, &modal); err != nil {
		return Interaction{}, fmt.Errorf("reading the modal: %w", err)
	}
	left := maps.Clone(values)
	components, err := submitted(modal.Components, left)
	if err != nil {
		return Interaction{}, err
	}
	for id := range left {
		return Interaction{}, complaint("the modal has no input %q", id)
	}
	in := &interaction{bot: from.bot, user: u, channel: from.channel, origin: from.origin, trigger: from}
	in.Type, in.CustomID = interactionModal, from.CustomID
	s.open(in, map[string]any{"custom_id": from.CustomID, "components": components, "resolved": map[string]any{}})
	return in.Interaction, nil
}

// submitted is a modal's components with the values a person gave; it takes
// the values out of left.
func submitted(raws []json.RawMessage, left map[string]any) ([]any, error) {
	out := []any{}
	for _, raw := range raws {
		var c component
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, fmt.Errorf("reading a modal's component: %w", err)
		}
		done := map[string]any{"type": c.Type, "id": c.ID}
		switch {
		case c.Type == typeActionRow:
			children, err := submitted(c.Components, left)
			if err != nil {
				return nil, err
			}
			done["components"] = children
		case c.Type == typeLabel:
			children, err := submitted([]json.RawMessage{c.Component}, left)
			if err != nil {
				return nil, err
			}
			done["component"] = children[0]
		case c.CustomID != nil:
			if err := c.submit(done, left); err != nil {
				return nil, err
			}
		}
		out = append(out, done)
	}
	return out, nil
}

// submit puts the value of one input into done.
func (c *component) submit(done, left map[string]any) error {
	id := *c.CustomID
	done["custom_id"] = id
	value, given := left[id]
	delete(left, id)
	required := c.Required == nil || *c.Required
	if c.Type != typeTextInput {
		list, ok := value.([]any)
		switch {
		case given && !ok && c.Type == typeCheckbox:
			done["value"] = value
			return nil
		case given && !ok:
			list = []any{value}
		}
		if required && len(list) == 0 && c.Type != typeCheckbox {
			return complaint("input %q needs a value", id)
		}
		done["values"] = append([]any{}, list...)
		return nil
	}
	text := fmt.Sprint(value)
	if !given {
		text = ""
		if c.Value != nil {
			text = *c.Value
		}
	}
	n := len([]rune(text))
	switch {
	case n == 0 && required:
		return complaint("input %q needs a value", id)
	case n > 0 && c.MinLength != nil && n < *c.MinLength:
		return complaint("input %q needs at least %d characters", id, *c.MinLength)
	case n > 4000 || c.MaxLength != nil && n > *c.MaxLength:
		return complaint("input %q is too long", id)
	}
	done["value"] = text
	return nil
}

// answerWithin is how long a request with ?wait=true waits.
const answerWithin = tokenLife + time.Minute
