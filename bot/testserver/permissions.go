package testserver

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// permissions is a set of Discord's permission bits.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
type permissions uint64

// The permissions that the server enforces.
const (
	mayAdminister        permissions = 1 << 3
	mayManageChannels    permissions = 1 << 4
	mayManageGuild       permissions = 1 << 5
	mayAddReactions      permissions = 1 << 6
	mayView              permissions = 1 << 10
	maySend              permissions = 1 << 11
	mayManageMessages    permissions = 1 << 13
	mayEmbed             permissions = 1 << 14
	mayAttach            permissions = 1 << 15
	mayReadHistory       permissions = 1 << 16
	mayMentionEveryone   permissions = 1 << 17
	mayManageRoles       permissions = 1 << 28
	mayUseCommands       permissions = 1 << 31
	mayManageThreads     permissions = 1 << 34
	mayCreateThreads     permissions = 1 << 35
	maySendInThreads     permissions = 1 << 38
	everyPermission      permissions = 1<<51 - 1
	botPermissions                   = everyPermission &^ mayAdminister
	everyonesPermissions             = mayView | maySend | maySendInThreads | mayEmbed | mayAttach | mayReadHistory | mayAddReactions | mayMentionEveryone | mayUseCommands | mayCreateThreads
	directPermissions                = everyonesPermissions &^ (mayCreateThreads | maySendInThreads)
	permissionsOfNobody  permissions = 0
)

// permissionNames are the permissions that scripts can give and take.
var permissionNames = map[string]permissions{
	"ADMINISTRATOR": mayAdminister, "MANAGE_CHANNELS": mayManageChannels, "MANAGE_GUILD": mayManageGuild,
	"ADD_REACTIONS": mayAddReactions, "VIEW_CHANNEL": mayView, "SEND_MESSAGES": maySend,
	"MANAGE_MESSAGES": mayManageMessages, "EMBED_LINKS": mayEmbed, "ATTACH_FILES": mayAttach,
	"READ_MESSAGE_HISTORY": mayReadHistory, "MENTION_EVERYONE": mayMentionEveryone, "MANAGE_ROLES": mayManageRoles,
	"USE_APPLICATION_COMMANDS": mayUseCommands, "MANAGE_THREADS": mayManageThreads,
	"CREATE_PUBLIC_THREADS": mayCreateThreads, "SEND_MESSAGES_IN_THREADS": maySendInThreads,
}

// String is the set as Discord sends it, a decimal number.
func (p permissions) String() string { return strconv.FormatUint(uint64(p), 10) }

func parsePermissions(text string) permissions {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return permissionsOfNobody // our own text: cannot happen
	}
	return permissions(n)
}

// overwrite is a channel's exception for one role or member.
// https://docs.discord.com/developers/resources/channel#overwrite-object
type overwrite struct {
	ID    string `json:"id"`
	Type  int    `json:"type"` // 0: role, 1: member
	Allow string `json:"allow"`
	Deny  string `json:"deny"`
}

// errMissingAccess and errMissingPermissions are what a bot is told that may
// not see a channel, or may not do something in it.
func errMissingAccess() *apiError {
	return &apiError{Status: http.StatusForbidden, Code: 50001, Message: "Missing Access"}
}

func errMissingPermissions() *apiError {
	return &apiError{Status: http.StatusForbidden, Code: 50013, Message: "Missing Permissions"}
}

// rolesOf are a user's roles in a guild, without @everyone.
func (g *guild) rolesOf(userID string) []string {
	return append([]string{}, g.memberRoles[userID]...)
}

func (g *guild) role(id string) *role {
	i := slices.IndexFunc(g.Roles, func(r role) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &g.Roles[i]
}

// permissionsIn computes what a user may do in a channel, as Discord does:
// roles, then the overwrites for everyone, for the roles, and for the member.
// https://docs.discord.com/developers/topics/permissions#permission-overwrites
func (s *Server) permissionsIn(u *User, ch *channel) permissions {
	g := ch.guild
	switch b := s.bots[u.ID]; {
	case g == nil:
		return directPermissions
	case b != nil && !b.in(g):
		return permissionsOfNobody
	}
	base := parsePermissions(g.Roles[0].Permissions)
	roles := g.memberRoles[u.ID]
	for _, id := range roles {
		base |= parsePermissions(g.role(id).Permissions)
	}
	if base&mayAdminister != 0 {
		return everyPermission
	}
	place := ch
	if ch.ParentID != nil {
		if place = s.channels[*ch.ParentID]; place == nil {
			place = ch
		}
	}
	var roleAllow, roleDeny permissions
	var own *overwrite
	for i, o := range place.overwrites() {
		switch {
		case o.ID == g.ID:
			base = base&^parsePermissions(o.Deny) | parsePermissions(o.Allow)
		case slices.Contains(roles, o.ID):
			roleAllow |= parsePermissions(o.Allow)
			roleDeny |= parsePermissions(o.Deny)
		case o.ID == u.ID:
			own = &place.overwrites()[i]
		}
	}
	base = base&^roleDeny | roleAllow
	if own != nil {
		base = base&^parsePermissions(own.Deny) | parsePermissions(own.Allow)
	}
	if base&mayView == 0 {
		return permissionsOfNobody
	}
	return base
}

func (ch *channel) overwrites() []overwrite {
	if ch.PermissionOverwrites == nil {
		return nil
	}
	return *ch.PermissionOverwrites
}

// may returns Discord's error when the user lacks one of the permissions.
func (s *Server) may(u *User, ch *channel, wanted permissions) error {
	has := s.permissionsIn(u, ch)
	switch {
	case has&mayView == 0:
		return errMissingAccess()
	case has&wanted != wanted:
		return errMissingPermissions()
	}
	return nil
}

// sending are the permissions that a draft needs in a channel.
func (d *draft) sending(ch *channel) permissions {
	wanted := maySend
	if ch.Type == ChannelPublicThread {
		wanted = maySendInThreads
	}
	if d.embeds != nil && len(*d.embeds) > 0 {
		wanted |= mayEmbed
	}
	if len(d.files) > 0 {
		wanted |= mayAttach
	}
	return wanted
}

// permissionRequest is the body of POST /test/permissions.
type permissionRequest struct {
	User    string   `json:"user"`    // a person, a bot, or @everyone
	Channel string   `json:"channel"` // empty: in the whole guild, by a role
	Guild   string   `json:"guild"`   // without a channel: which guild, empty: the first
	Allow   []string `json:"allow"`
	Deny    []string `json:"deny"`
}

// Permit changes what a person, a bot or "@everyone" may do. With a channel,
// allow and deny replace the channel's overwrite for them, both empty removes
// it. Without one, they change their role in the first guild: allowed
// permissions are added and denied ones taken away; what @everyone may do
// stays allowed, as on Discord. Names are Discord's, such as SEND_MESSAGES.
func (s *Server) Permit(user, channel string, allow, deny []string) error {
	return s.permit(permissionRequest{User: user, Channel: channel, Allow: allow, Deny: deny})
}

func (s *Server) permit(r permissionRequest) error {
	allow, err := namedPermissions(r.Allow)
	if err != nil {
		return err
	}
	deny, err := namedPermissions(r.Deny)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var u *User
	if r.User != "@everyone" {
		if u = s.userByName[strings.TrimPrefix(r.User, "@")]; u == nil {
			if u, err = s.person(r.User); err != nil {
				return asComplaint(err)
			}
		}
	}
	if r.Channel == "" {
		g, err := s.guildFor(r.Guild)
		if err != nil {
			return asComplaint(err)
		}
		s.changeRole(g, u, allow, deny)
		return nil
	}
	ch, err := s.channelFor(nil, r.Channel)
	if err != nil {
		return asComplaint(err)
	}
	if ch.Type != ChannelText {
		return complaint("channel %q has no permissions of its own; name a text channel", r.Channel)
	}
	s.overwrite(ch, u, allow, deny)
	return nil
}

func namedPermissions(names []string) (permissions, error) {
	var set permissions
	for _, name := range names {
		bit, known := permissionNames[name]
		if !known {
			return 0, complaint("there is no permission %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(permissionNames)), ", "))
		}
		set |= bit
	}
	return set, nil
}

// overwrite replaces a channel's exception for a user, nil: for everyone.
func (s *Server) overwrite(ch *channel, u *User, allow, deny permissions) {
	o := overwrite{ID: ch.guild.ID, Allow: allow.String(), Deny: deny.String()}
	if u != nil {
		o.ID, o.Type = u.ID, 1
	}
	next := slices.DeleteFunc(slices.Clone(ch.overwrites()), func(old overwrite) bool { return old.ID == o.ID })
	if allow|deny != 0 {
		next = append(next, o)
	}
	ch.PermissionOverwrites = &next
	s.emitChannel("CHANNEL_UPDATE", ch)
}

// changeRole changes a user's own role, nil: @everyone.
func (s *Server) changeRole(g *guild, u *User, allow, deny permissions) {
	id := g.ID
	if u != nil {
		id = s.ownRole(g, u)
	}
	// The slice may be shared with an answer that is being encoded.
	g.Roles = slices.Clone(g.Roles)
	r := g.role(id)
	r.Permissions = (parsePermissions(r.Permissions)&^deny | allow).String()
	s.toGuild(g, intentGuilds, "GUILD_ROLE_UPDATE", map[string]any{"guild_id": g.ID, "role": *r})
}

// ownRole is the id of the role that a user alone has; a bot's is the one
// that its installation made.
func (s *Server) ownRole(g *guild, u *User) string {
	if mine := g.memberRoles[u.ID]; len(mine) > 0 {
		return mine[0]
	}
	r := role{ID: s.clock.next(), Name: u.Username, Position: len(g.Roles), Permissions: permissionsOfNobody.String(), Colors: noColours()}
	if u.Bot {
		r.Managed, r.Permissions, r.Tags = true, botPermissions.String(), map[string]string{"bot_id": u.ID}
	}
	g.Roles = append(g.Roles[:len(g.Roles):len(g.Roles)], r)
	g.memberRoles[u.ID] = []string{r.ID}
	s.toGuild(g, intentGuilds, "GUILD_ROLE_CREATE", map[string]any{"guild_id": g.ID, "role": r})
	return r.ID
}

// join takes a bot into a guild, by a role of its own.
func (s *Server) join(g *guild, b *bot) {
	if b.in(g) {
		s.ownRole(g, b.user)
	}
}

// toGuild sends an event to each session that has the guild and the intent.
func (s *Server) toGuild(g *guild, intent int, event string, data any) {
	encoded := s.encode(data)
	for _, sess := range s.sessionOrder {
		if sess.hasGuild(g.ID) && sess.intents&intent != 0 {
			s.send(sess, event, encoded)
		}
	}
}
