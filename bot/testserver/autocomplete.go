package testserver

import (
	"context"
	"encoding/json"
	"strings"
)

// Autocomplete has a person type in an option and returns the choices that
// the bot offers. options holds what is typed so far. An answer that takes
// over 3 s is an error.
func (s *Server) Autocomplete(ctx context.Context, user, channel, name string, options map[string]any, focused string) ([]json.RawMessage, error) {
	return s.autocomplete(ctx, commandRequest{User: user, Channel: channel, Name: name, Options: options, Focused: focused})
}

// StartAutocomplete is Autocomplete that does not wait: it returns the
// interaction as it is opened.
func (s *Server) StartAutocomplete(user, channel, name string, options map[string]any, focused string) (Interaction, error) {
	return s.startAutocomplete(commandRequest{User: user, Channel: channel, Name: name, Options: options, Focused: focused})
}

func (s *Server) autocomplete(ctx context.Context, r commandRequest) ([]json.RawMessage, error) {
	in, err := s.startAutocomplete(r)
	if err != nil {
		return nil, err
	}
	done, err := s.AwaitInteraction(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if done.State == StateFailed {
		return nil, complaint("loading the options failed: the bot did not answer within 3 seconds")
	}
	return done.Choices, nil
}

func (s *Server) startAutocomplete(r commandRequest) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, err := s.where(r.User, r.Channel)
	if err != nil {
		return Interaction{}, err
	}
	name := strings.TrimPrefix(r.Name, "/")
	b, cmd, err := s.lookUp(ch, r.Bot, name, commandChatInput)
	if err != nil {
		return Interaction{}, err
	}
	in := &interaction{bot: b, user: u, channel: ch}
	in.Type, in.Command = interactionAutocomplete, name
	filler := optionFiller{s: s, channel: ch, user: u, resolved: resolvedObjects{}, focused: r.Focused, partial: true}
	options, err := filler.fill("/"+name, cmd.Options, r.Options)
	if err != nil {
		return Interaction{}, err
	}
	if filler.focusedType == 0 {
		return Interaction{}, complaint("option %q of /%s has no autocomplete", r.Focused, name)
	}
	in.focused = filler.focusedType
	data := map[string]any{"id": cmd.ID, "type": cmd.Type, "name": name, "options": options}
	if cmd.GuildID != "" {
		data["guild_id"] = cmd.GuildID
	}
	s.open(in, data)
	return in.Interaction, nil
}
