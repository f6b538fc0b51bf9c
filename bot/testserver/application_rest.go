package testserver

import (
	"strconv"
	"strings"
	"time"
)

// Flags of an application: that it has registered commands, and which
// privileged intents it has as one that is in few servers.
// https://docs.discord.com/developers/resources/application#application-object-application-flags
const (
	flagPresenceLimited = 1 << 13
	flagMembersLimited  = 1 << 15
	flagContentLimited  = 1 << 19
	flagCommandBadge    = 1 << 23
)

// flags are the application's, by what its owner has set.
func (p Portal) flags() int {
	flags := flagCommandBadge
	for intent, flag := range map[int]int{intentGuildMembers: flagMembersLimited, intentGuildPresences: flagPresenceLimited, intentMessageContent: flagContentLimited} {
		if p.Withheld&intent == 0 {
			flags |= flag
		}
	}
	return flags
}

// starts counts the Identifies of a bot in a day, which begins with the first.
// https://docs.discord.com/developers/events/gateway#session-start-limit-object
type starts struct {
	began time.Time
	made  int
	over  bool // there was one too many
}

// take counts an Identify, and is false for one too many.
func (c *starts) take(most int, day time.Duration, now time.Time) bool {
	if now.Sub(c.began) >= day {
		c.began, c.made = now, 0
	}
	c.made++
	c.over = c.over || c.made > most
	return !c.over
}

// left is how many Identifies may still come, and how long until they are
// counted anew.
func (c *starts) left(most int, day time.Duration, now time.Time) (int, time.Duration) {
	reset := c.began.Add(day).Sub(now)
	if reset <= 0 {
		return most, 0
	}
	return max(0, most-c.made), reset
}

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
	remaining, reset := c.bot.starts.left(s.opts.SessionStarts, s.opts.SessionReset, time.Now())
	return reply{body: map[string]any{
		"url": "ws://" + c.host + "/gateway", "shards": s.opts.Shards,
		"session_start_limit": map[string]any{"total": s.opts.SessionStarts, "remaining": remaining, "reset_after": reset.Milliseconds(), "max_concurrency": s.opts.MaxConcurrency},
	}}, nil
}

func (s *Server) currentUser(c *call) (reply, error) {
	return reply{body: c.bot.account()}, nil
}

// currentGuilds is https://docs.discord.com/developers/resources/user#get-current-user-guilds
func (s *Server) currentGuilds(c *call) (reply, error) {
	q := c.r.URL.Query()
	limit, f := 200, formErrors{}
	if text := q.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 200 {
			f.add("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 200.")
		}
	}
	after := uint64(0)
	if text := q.Get("after"); text != "" {
		var ok bool
		if after, ok = snowflake(text); !ok {
			f.add("after", "NUMBER_TYPE_COERCE", "Value %q is not snowflake.", text)
		}
	}
	if err := f.err(); err != nil {
		return reply{}, err
	}
	list := []any{}
	for _, g := range s.guilds { // by their ids, as they were made
		if id, _ := snowflake(g.ID); !c.bot.in(g) || id <= after || len(list) == limit {
			continue
		}
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
	var endpoint *string
	if url := c.bot.portal.InteractionsEndpoint; url != "" {
		endpoint = &url
	}
	guilds := 0
	for _, g := range s.guilds {
		if c.bot.in(g) {
			guilds++
		}
	}
	owner := User{ID: s.guilds[0].OwnerID, Username: "owner", Discriminator: "0"}
	return reply{body: map[string]any{
		"id": c.bot.user.ID, "name": c.bot.user.Username, "icon": nil, "description": "", "type": nil,
		"bot": c.bot.user, "bot_public": true, "bot_require_code_grant": c.bot.portal.CodeGrant,
		"verify_key": strings.Repeat("0", 64), "flags": c.bot.portal.flags(), "flags_new": "0",
		"redirect_uris": []string{}, "interactions_endpoint_url": endpoint, "role_connections_verification_url": nil,
		"owner": owner, "approximate_guild_count": guilds, "approximate_user_install_count": 0,
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil,
		"eligible_oauth2_scopes":   []string{"bot", "applications.commands"},
		"integration_types_config": map[string]any{"0": map[string]any{}},
	}}, nil
}

// guildOf returns the guild that a call names, of those that its bot is in.
func (s *Server) guildOf(c *call) (*guild, error) {
	g := s.guildByID(c.param("guild"))
	switch {
	case g == nil:
		return nil, errUnknownGuild()
	case c.bot.outside:
		return nil, errMissingAccess()
	case !c.bot.in(g):
		return nil, errUnknownGuild()
	}
	return g, nil
}

func (s *Server) readGuild(c *call) (reply, error) {
	found, err := s.guildOf(c)
	if err != nil {
		return reply{}, err
	}
	g := *found
	if c.r.URL.Query().Get("with_counts") == "true" {
		n := len(s.users)
		g.ApproximateMemberCount, g.ApproximatePresenceCount = &n, &n
	}
	return reply{body: g}, nil
}

func (s *Server) guildChannels(c *call) (reply, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return reply{}, err
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
	g, err := s.guildOf(c)
	if err != nil {
		return reply{}, err
	}
	return reply{body: g.Roles}, nil
}

func (s *Server) guildMember(c *call) (reply, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return reply{}, err
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
