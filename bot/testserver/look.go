package testserver

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Messages returns the newest messages of a channel, oldest first, up to
// limit (0: all that are kept), ephemeral ones too. For "@bot" use
// MessagesFor. A channel that nobody has used is an error.
func (s *Server) Messages(channel string, limit int) ([]Message, error) {
	return s.MessagesFor("", channel, limit)
}

// MessagesFor is Messages as one person sees them: without other people's
// ephemeral ones.
func (s *Server) MessagesFor(user, channel string, limit int) ([]Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var u *User
	if user != "" {
		var err error
		if u, err = s.person(user); err != nil {
			return nil, asComplaint(err)
		}
	}
	ch, err := s.findChannel(u, channel)
	if err != nil {
		return nil, asComplaint(err)
	}
	if ch == nil && strings.HasPrefix(channel, "@") {
		return []Message{}, nil // the person has not written to the bot yet
	}
	if ch == nil || !ch.visible(u, nil) {
		return nil, notFound(10003, fmt.Sprintf("there is no channel %q", channel))
	}
	list := []Message{}
	for _, m := range slices.Backward(ch.messages) {
		if limit > 0 && len(list) == limit {
			break
		}
		if ch.visible(u, m) {
			seen := m.clone()
			if u != nil {
				seen.Reactions = reactionsFor(seen.Reactions, u.ID)
			}
			list = append(list, seen)
		}
	}
	slices.Reverse(list)
	return list, nil
}

// Message returns a message by its id.
func (s *Server) Message(id string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[id]
	if m == nil {
		return Message{}, errUnknownMessage()
	}
	return m.clone(), nil
}

// Text is all that the message says: its content, and its text displays, a
// line for each.
func (m Message) Text() string {
	lines := textDisplays(m.Components)
	if m.Content != "" {
		lines = append([]string{m.Content}, lines...)
	}
	return strings.Join(lines, "\n")
}

// await looks, at once and again after every event, until found is true, ctx
// ends or the server is closed. found runs with s.mu held.
func (s *Server) await(ctx context.Context, what string, found func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := found(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("awaiting %s: %w", what, ctx.Err())
		case <-s.done:
			return fmt.Errorf("awaiting %s: %w", what, http.ErrServerClosed)
		}
	}
}

// AwaitReady returns once a bot has had READY and its guild.
func (s *Server) AwaitReady(ctx context.Context) error {
	return s.await(ctx, "a bot", func() bool {
		return slices.ContainsFunc(s.botOrder, func(b *bot) bool { return b.ready })
	})
}

// AwaitMessage returns a message, of any channel, that match accepts: one
// that is there already, or comes, or is edited. match must not call the
// server.
func (s *Server) AwaitMessage(ctx context.Context, match func(Message) bool) (Message, error) {
	var got Message
	err := s.await(ctx, "a message", func() bool {
		for _, ch := range s.channelOrder {
			for _, m := range ch.messages {
				if c := m.clone(); match(c) {
					got = c
					return true
				}
			}
		}
		return false
	})
	return got, err
}

// AwaitInteraction returns an interaction once it has been answered or has
// failed.
func (s *Server) AwaitInteraction(ctx context.Context, id string) (Interaction, error) {
	var got Interaction
	var unknown bool
	err := s.await(ctx, "an interaction's answer", func() bool {
		in := s.interactions[id]
		if in == nil {
			unknown = true
			return true
		}
		got = in.Interaction
		return in.State == StateAnswered || in.State == StateFailed
	})
	if unknown {
		return got, errUnknownInteraction()
	}
	return got, err
}

// Interaction returns an interaction as it stands.
func (s *Server) Interaction(id string) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[id]
	if in == nil {
		return Interaction{}, errUnknownInteraction()
	}
	return in.Interaction, nil
}

// UserID returns the id of a person or bot, empty if there is none.
func (s *Server) UserID(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.userByName[name]; u != nil {
		return u.ID
	}
	return ""
}
