package testserver

import "slices"

// DeleteChannel deletes a text channel with its threads, or a thread, and all
// that stands there. An open page shows it until it is loaded anew.
// https://docs.discord.com/developers/events/gateway-events#channel-delete
func (s *Server) DeleteChannel(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.findChannel(nil, name)
	switch {
	case err != nil:
		return asComplaint(err)
	case ch == nil:
		return errUnknownChannel()
	case ch.Type == ChannelDM:
		return complaint("channel %q is a direct message, which nobody deletes", name)
	case ch.Type == ChannelPublicThread:
		// https://docs.discord.com/developers/events/gateway-events#thread-delete
		s.toBots(ch, intentGuilds, 0, "THREAD_DELETE", "", same(s.encode(map[string]any{
			"id": ch.ID, "guild_id": ch.GuildID, "parent_id": ch.ParentID, "type": ch.Type,
		})))
	default:
		s.toBots(ch, intentGuilds, 0, "CHANNEL_DELETE", "", same(s.encode(ch.Channel)))
	}
	s.channelOrder = slices.DeleteFunc(s.channelOrder, func(c *channel) bool {
		gone := c == ch || c.ParentID != nil && *c.ParentID == ch.ID
		if gone {
			delete(s.channels, c.ID)
			for _, m := range c.messages {
				delete(s.messages, m.ID)
			}
		}
		return gone
	})
	return nil
}

// Expel removes a bot from a guild, empty for the first one. It is told so,
// and may do nothing there any more.
// https://docs.discord.com/developers/events/gateway-events#guild-delete
func (s *Server) Expel(bot, guild string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByName(bot)
	if err != nil {
		return asComplaint(err)
	}
	g, err := s.guildFor(guild)
	if err != nil {
		return asComplaint(err)
	}
	for _, sess := range s.sessionOrder {
		if sess.bot == b && sess.hasGuild(g.ID) && sess.intents&intentGuilds != 0 {
			s.send(sess, "GUILD_DELETE", s.encode(map[string]any{"id": g.ID}))
		}
	}
	b.left[g.ID] = true
	return nil
}
