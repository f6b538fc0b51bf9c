package discord

import (
	"slices"
	"strconv"
	"time"
)

// permissions is a set of Discord's permission bits.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
type permissions uint64

// The permissions that matter to the bot.
const (
	mayAdminister    permissions = 1 << 3
	mayManageServer  permissions = 1 << 5
	mayView          permissions = 1 << 10
	maySend          permissions = 1 << 11
	mayReadHistory   permissions = 1 << 16
	mayOpenThreads   permissions = 1 << 35
	maySendInThreads permissions = 1 << 38
	everyPermission  permissions = 1<<64 - 1

	// neededPermissions are what the bot is invited with.
	neededPermissions = mayView | maySend | maySendInThreads | mayOpenThreads | mayReadHistory
	// inThreads are what it needs where it is asked in threads alone.
	inThreads = mayView | maySendInThreads | mayReadHistory
	// whileSilenced are what a member keeps who is timed out.
	whileSilenced = mayView | mayReadHistory
)

// permissionNames are Discord's words for what the bot needs, in their order
// in its settings.
var permissionNames = []struct {
	bit  permissions
	name string
}{
	{mayView, "View Channels"}, {maySend, "Send Messages"}, {maySendInThreads, "Send Messages in Threads"},
	{mayOpenThreads, "Create Public Threads"}, {mayReadHistory, "Read Message History"},
}

// names are the permissions in Discord's words.
func (p permissions) names() []string {
	var names []string
	for _, n := range permissionNames {
		if p&n.bit != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// UnmarshalText reads a set as Discord writes it, a decimal number.
func (p *permissions) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	*p = permissions(n)
	return err
}

// An overwrite is a channel's exception for a role or a member.
// https://docs.discord.com/developers/resources/channel#overwrite-object
type overwrite struct {
	ID    string
	Type  int // 0: role, 1: member
	Allow permissions
	Deny  permissions
}

// A room is a channel with what decides on permissions in it.
type room struct {
	ID         string
	Type       int
	Name       string
	Server     string      `json:"guild_id"`
	Parent     string      `json:"parent_id"` // of a thread: the channel that it is in
	Overwrites []overwrite `json:"permission_overwrites"`
}

// Channel types in which the bot may be asked.
// https://docs.discord.com/developers/resources/channel#channel-object-channel-types
const (
	textRoom         = 0
	announcementRoom = 5
	forumRoom        = 15
	mediaRoom        = 16
)

// asked says whether members may ask the bot in a channel of the type, and
// needs what it needs there.
func (r room) asked() bool {
	return slices.Contains([]int{textRoom, announcementRoom, forumRoom, mediaRoom}, r.Type)
}

func (r room) needs() permissions {
	if isThread(r.Type) || r.Type == forumRoom || r.Type == mediaRoom {
		return inThreads
	}
	return neededPermissions
}

// A membership is the bot as a member of a server.
type membership struct {
	server   string
	user     string
	base     permissions // by its roles, before any channel's overwrites
	owner    bool
	roles    []string
	silenced time.Time // it is timed out until then; zero: it is not
	rooms    []room
}

// in computes what the bot may do in a channel: by its roles, then by the
// overwrites for everyone, for its roles, and for itself.
// https://docs.discord.com/developers/topics/permissions#permission-overwrites
func (m *membership) in(r room) permissions {
	if m.owner || m.base&mayAdminister != 0 {
		return everyPermission
	}
	if r.Parent != "" && isThread(r.Type) {
		if i := slices.IndexFunc(m.rooms, func(p room) bool { return p.ID == r.Parent }); i >= 0 {
			r = m.rooms[i]
		}
	}
	has := m.base
	var roleAllow, roleDeny, ownAllow, ownDeny permissions
	for _, o := range r.Overwrites {
		switch {
		case o.Type == 1 && o.ID == m.user:
			ownAllow, ownDeny = o.Allow, o.Deny
		case o.Type == 0 && o.ID == m.server: // @everyone
			has = has&^o.Deny | o.Allow
		case o.Type == 0 && slices.Contains(m.roles, o.ID):
			roleAllow, roleDeny = roleAllow|o.Allow, roleDeny|o.Deny
		}
	}
	has = has&^roleDeny | roleAllow
	has = has&^ownDeny | ownAllow
	if has&mayView == 0 {
		return 0 // nothing can be done in what cannot be seen
	}
	if time.Now().Before(m.silenced) {
		has &= whileSilenced
	}
	return has
}
