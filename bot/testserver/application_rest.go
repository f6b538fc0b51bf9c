package testserver

import "strings"

// applicationFlags say that the application uses commands and, in few
// servers, the message content and presence intents.
const applicationFlags = 1<<23 | 1<<19 | 1<<15 | 1<<13

// account is the bot's user as it reads itself.
func (b *bot) account() map[string]any {
	return map[string]any{
		"id": b.user.ID, "username": b.user.Username, "discriminator": b.user.Discriminator,
		"global_name": nil, "avatar": nil, "bot": true, "public_flags": 0, "flags": 0, "primary_guild": nil,
		"mfa_enabled": true, "locale": "en-US", "verified": true, "email": nil,
	}
}

func (s *Server) gatewayURL(c *call) (reply, error) {
	return reply{body: map[string]any{"url": "ws://" + c.host + "/gateway"}}, nil
}

// gatewayBot is https://docs.discord.com/developers/events/gateway#get-gateway-bot
func (s *Server) gatewayBot(c *call) (reply, error) {
	return reply{body: map[string]any{
		"url": "ws://" + c.host + "/gateway", "shards": s.opts.Shards,
		"session_start_limit": s.startLimit(c.bot),
	}}, nil
}

func (s *Server) currentUser(c *call) (reply, error) {
	return reply{body: c.bot.account()}, nil
}

func (s *Server) currentGuilds(c *call) (reply, error) {
	list := []any{}
	for _, g := range s.guilds {
		has := parsePermissions(g.Roles[0].Permissions)
		for _, id := range g.memberRoles[c.bot.user.ID] {
			has |= parsePermissions(g.role(id).Permissions)
		}
		list = append(list, map[string]any{
			"id": g.ID, "name": g.Name, "icon": nil, "banner": nil, "owner": false,
			"permissions": has.String(), "features": []string{},
		})
	}
	return reply{body: list}, nil
}

func (s *Server) user(c *call) (reply, error) {
	u := s.users[c.param("user")]
	if u == nil {
		return reply{}, errUnknownUser()
	}
	return reply{body: u}, nil
}

// application is https://docs.discord.com/developers/resources/application#get-current-application
func (s *Server) application(c *call) (reply, error) {
	owner := User{ID: s.guilds[0].OwnerID, Username: "owner", Discriminator: "0"}
	return reply{body: map[string]any{
		"id": c.bot.user.ID, "name": c.bot.user.Username, "icon": nil, "description": "", "type": nil,
		"bot": c.bot.user, "bot_public": true, "bot_require_code_grant": false,
		"verify_key": strings.Repeat("0", 64), "flags": applicationFlags, "flags_new": "0",
		"redirect_uris": []string{}, "interactions_endpoint_url": nil, "role_connections_verification_url": nil,
		"owner": owner, "approximate_guild_count": len(s.guilds), "approximate_user_install_count": 0,
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil,
		"eligible_oauth2_scopes":   []string{"bot", "applications.commands"},
		"integration_types_config": map[string]any{"0": map[string]any{}},
	}}, nil
}

func (s *Server) readGuild(c *call) (reply, error) {
	found := s.guildByID(c.param("guild"))
	if found == nil {
		return reply{}, errUnknownGuild()
	}
	g := *found
	if c.r.URL.Query().Get("with_counts") == "true" {
		n := len(s.users)
		g.ApproximateMemberCount, g.ApproximatePresenceCount = &n, &n
	}
	return reply{body: g}, nil
}

func (s *Server) guildChannels(c *call) (reply, error) {
	g := s.guildByID(c.param("guild"))
	if g == nil {
		return reply{}, errUnknownGuild()
	}
	list := []Channel{}
	for _, ch := range s.channelOrder {
		if ch.Type == ChannelText && ch.guild == g {
			list = append(list, ch.Channel)
		}
	}
	return reply{body: list}, nil
}

func (s *Server) guildRoles(c *call) (reply, error) {
	g := s.guildByID(c.param("guild"))
	if g == nil {
		return reply{}, errUnknownGuild()
	}
	return reply{body: g.Roles}, nil
}

func (s *Server) guildMember(c *call) (reply, error) {
	g := s.guildByID(c.param("guild"))
	if g == nil {
		return reply{}, errUnknownGuild()
	}
	id := c.param("user")
	if id == "@me" {
		id = c.bot.user.ID
	}
	u := s.users[id]
	if u == nil {
		return reply{}, notFound(10007, "Unknown Member")
	}
	return reply{body: s.member(g, u, true)}, nil
}
