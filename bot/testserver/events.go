package testserver

import (
	"encoding/json"
	"slices"
)

// messageEvent is a message as MESSAGE_CREATE and MESSAGE_UPDATE carry it.
type messageEvent struct {
	Message
	// ChannelType is not documented, but Discord sends it, and discord.js
	// knows a direct message by it.
	ChannelType int     `json:"channel_type"`
	GuildID     string  `json:"guild_id,omitempty"`
	Member      *Member `json:"member,omitempty"`
}

// emitMessage tells bots and pages of a message; event is MESSAGE_CREATE or
// MESSAGE_UPDATE. Bots are not told of ephemeral ones. The caller holds s.mu.
func (s *Server) emitMessage(event string, ch *channel, m *Message) {
	if !m.Ephemeral() {
		unknown := s.take(&s.faults.UnknownComponent)
		// Most bots are sent the same; what differs is told apart by reader.
		type reader struct{ author, reacted, content bool }
		encoded := map[reader]json.RawMessage{}
		s.toBots(ch, intentGuildMessages, intentDirectMessages, event, m.ID, func(sess *session) json.RawMessage {
			content := sess.intents&intentMessageContent != 0
			who := reader{author: m.Author.ID == sess.bot.user.ID, content: content || mentions(m, sess.bot.user.ID)}
			own := m.ReferencedMessage != nil && (m.ReferencedMessage.Author.ID == sess.bot.user.ID || mentions(m.ReferencedMessage, sess.bot.user.ID))
			for _, r := range m.Reactions {
				who.reacted = who.reacted || slices.Contains(r.users, sess.bot.user.ID)
			}
			shared := !who.reacted && !own
			if data, there := encoded[who]; there && shared {
				return data
			}
			e := messageEvent{Message: s.view(ch, m, sess.bot, content), ChannelType: ch.Type, GuildID: ch.GuildID}
			if ch.Type != ChannelDM && m.WebhookID == "" {
				e.Member = s.member(ch.guild, &m.Author, false)
			}
			if unknown {
				e.Components = append(e.Components[:len(e.Components):len(e.Components)], json.RawMessage(`{"type":9999,"id":99}`))
			}
			data := s.encode(e)
			if shared {
				encoded[who] = data
			}
			return data
		})
	}
	copied := m.clone()
	s.publish(pageEvent{Type: event, channel: ch, Message: &copied})
}

// emitDelete tells bots and pages that a message is gone.
func (s *Server) emitDelete(ch *channel, m *Message) {
	if !m.Ephemeral() {
		data := map[string]any{"id": m.ID, "channel_id": ch.ID}
		if ch.GuildID != "" {
			data["guild_id"] = ch.GuildID
		}
		s.toBots(ch, intentGuildMessages, intentDirectMessages, "MESSAGE_DELETE", m.ID, same(s.encode(data)))
	}
	copied := m.clone()
	s.publish(pageEvent{Type: "MESSAGE_DELETE", channel: ch, Message: &copied})
}

// emitDeleteBulk tells bots and pages that messages are gone at once.
// https://docs.discord.com/developers/events/gateway-events#message-delete-bulk
func (s *Server) emitDeleteBulk(ch *channel, gone []*Message) {
	data := map[string]any{"ids": []string{}, "channel_id": ch.ID, "guild_id": ch.GuildID}
	for _, m := range gone {
		data["ids"] = append(data["ids"].([]string), m.ID)
		copied := m.clone()
		s.publish(pageEvent{Type: "MESSAGE_DELETE", channel: ch, Message: &copied})
	}
	s.toBots(ch, intentGuildMessages, 0, "MESSAGE_DELETE_BULK", "", same(s.encode(data)))
}

// emitChannel tells of a new channel or thread.
func (s *Server) emitChannel(event string, ch *channel) {
	if ch.Type != ChannelDM { // Discord does not announce DMs to bots any more
		data := s.encode(ch.Channel)
		if event == "THREAD_CREATE" {
			data = s.encode(struct {
				Channel
				NewlyCreated bool `json:"newly_created"`
			}{ch.Channel, true})
		}
		s.toBots(ch, intentGuilds, 0, event, "", same(data))
	}
	s.publish(pageEvent{Type: event, channel: ch})
}

// emitTyping tells that a user is typing.
// https://docs.discord.com/developers/events/gateway-events#typing-start
func (s *Server) emitTyping(ch *channel, u *User, unix int64) {
	data := map[string]any{"channel_id": ch.ID, "user_id": u.ID, "timestamp": unix}
	if ch.GuildID != "" {
		data["guild_id"], data["member"] = ch.GuildID, s.member(ch.guild, u, true)
	}
	s.toBots(ch, intentGuildTyping, intentDirectTyping, "TYPING_START", "", same(s.encode(data)))
	s.publish(pageEvent{Type: "TYPING_START", channel: ch, Typing: u.Username})
}

// toBots sends an event of a channel to each session that may know of it: its
// intents and shard must match. An intent of 0 is given to everyone. The id is
// that of the message it is about, empty for none.
func (s *Server) toBots(ch *channel, guildIntent, dmIntent int, event, about string, data func(*session) json.RawMessage) {
	sent := false
	for _, sess := range s.sessionOrder {
		intent := guildIntent
		if ch.Type == ChannelDM {
			intent = dmIntent
			if sess.bot != ch.bot || sess.shard != 0 {
				continue
			}
		} else if !sess.hasGuild(ch.GuildID) || s.permissionsIn(sess.bot.user, ch)&mayView == 0 {
			continue
		}
		if intent != 0 && sess.intents&intent == 0 {
			continue
		}
		s.sendAbout(sess, event, about, data(sess))
		sent = sent || !sess.over
	}
	if !sent && about != "" {
		s.watch(Event{Type: Missed, Name: event, ID: about})
	}
}

// same gives every session the same data.
func same(data json.RawMessage) func(*session) json.RawMessage {
	return func(*session) json.RawMessage { return data }
}

// view is a message as a bot may read it. Without the MESSAGE_CONTENT intent
// only its own messages, direct messages and those that mention it carry
// content. Discord says "is mentioned", and not of its role: a message that
// mentions that alone is taken to carry none.
// https://docs.discord.com/developers/events/gateway#message-content-intent
func (s *Server) view(ch *channel, m *Message, b *bot, content bool) Message {
	c := m.clone()
	c.Reactions = reactionsFor(c.Reactions, b.user.ID)
	if c.Author.ID != b.user.ID {
		c.Nonce = nil
	}
	if !content && ch.Type != ChannelDM {
		blank(&c, b.user.ID)
		if c.ReferencedMessage != nil {
			blank(c.ReferencedMessage, b.user.ID)
		}
	}
	return c
}

// blank takes the content out of a message that a bot may not read.
func blank(m *Message, botID string) {
	if m.Author.ID == botID || mentions(m, botID) {
		return
	}
	m.Content = ""
	m.Embeds, m.Components = []json.RawMessage{}, []json.RawMessage{}
	m.Attachments = []Attachment{}
	m.Poll, m.MessageSnapshots = nil, nil
}

// mentions tells whether a message mentions a user.
func mentions(m *Message, userID string) bool {
	return slices.ContainsFunc(m.Mentions, func(u User) bool { return u.ID == userID })
}

// reactionsFor sets Me as a user sees it.
func reactionsFor(all []Reaction, userID string) []Reaction {
	for i := range all {
		all[i].Me = slices.Contains(all[i].users, userID)
	}
	return all
}
