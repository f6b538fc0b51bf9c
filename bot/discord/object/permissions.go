package object

import (
	"slices"
	"strconv"
	"time"
)

// Permissions is a set of Discord's permission bits.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
type Permissions uint64

// The permissions that matter to the bot.
const (
	MayAdminister    Permissions = 1 << 3
	MayManageServer  Permissions = 1 << 5
	MayView          Permissions = 1 << 10
	MaySend          Permissions = 1 << 11
	MayReadHistory   Permissions = 1 << 16
	mayOpenThreads   Permissions = 1 << 35
	MaySendInThreads Permissions = 1 << 38
	EveryPermission  Permissions = 1<<64 - 1

	// NeededPermissions are what the bot is invited with.
	NeededPermissions = MayView | MaySend | MaySendInThreads | mayOpenThreads | MayReadHistory
	// InThreads are what it needs where it is asked in threads alone.
	InThreads = MayView | MaySendInThreads | MayReadHistory
	// WhileSilenced are what a member keeps who is timed out.
	WhileSilenced = MayView | MayReadHistory
)

// permissionNames are Discord's words for what the bot needs, in their order
// in its settings.
var permissionNames = []struct {
	bit  Permissions
	name string
}{
	{MayView, "View Channels"}, {MaySend, "Send Messages"}, {MaySendInThreads, "Send Messages in Threads"},
	{mayOpenThreads, "Create Public Threads"}, {MayReadHistory, "Read Message History"},
}

// Names are the permissions in Discord's words.
func (p Permissions) Names() []string {
	var names []string
	for _, n := range permissionNames {
		if p&n.bit != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// UnmarshalText reads a set as Discord writes it, a decimal number.
func (p *Permissions) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	*p = Permissions(n)
	return err
}

// An Overwrite is a channel's exception for a role or a member.
// https://docs.discord.com/developers/resources/channel#overwrite-object
type Overwrite struct {
	ID    string
	Type  int // 0: role, 1: member
	Allow Permissions
	Deny  Permissions
}

// A Room is a channel with what decides on permissions in it.
type Room struct {
	ID         string
	Type       int
	Name       string
	Server     string      `json:"guild_id"`
	Parent     string      `json:"parent_id"` // of a thread: the channel that it is in
	Overwrites []Overwrite `json:"permission_overwrites"`
}

// Channel types in which the bot may be asked.
// https://docs.discord.com/developers/resources/channel#channel-object-channel-types
const (
	textRoom         = 0
	announcementRoom = 5
	forumRoom        = 15
	mediaRoom        = 16
)

// Asked says whether members may ask the bot in a channel of the type, and
// Needs what it needs there.
func (r Room) Asked() bool {
	return slices.Contains([]int{textRoom, announcementRoom, forumRoom, mediaRoom}, r.Type)
}

func (r Room) Needs() Permissions {
	if IsThread(r.Type) || r.Type == forumRoom || r.Type == mediaRoom {
		return InThreads
	}
	return NeededPermissions
}

// A Membership is the bot as a member of a server.
type Membership struct {
	Server   string
	User     string
	Base     Permissions // by its roles, before any channel's overwrites
	Owner    bool
	Roles    []string
	Silenced time.Time // it is timed out until then; zero: it is not
	Rooms    []Room
}

// In computes what the bot may do in a channel: by its roles, then by the
// overwrites for everyone, for its roles, and for itself.
// https://docs.discord.com/developers/topics/permissions#permission-overwrites
func (m *Membership) In(r Room) Permissions {
	if m.Owner || m.Base&MayAdminister != 0 {
		return EveryPermission
	}
	if r.Parent != "" && IsThread(r.Type) {
		if i := slices.IndexFunc(m.Rooms, func(p Room) bool { return p.ID == r.Parent }); i >= 0 {
			r = m.Rooms[i]
		}
	}
	has := m.Base
	var roleAllow, roleDeny, ownAllow, ownDeny Permissions
	for _, o := range r.Overwrites {
		switch {
		case o.Type == 1 && o.ID == m.User:
			ownAllow, ownDeny = o.Allow, o.Deny
		case o.Type == 0 && o.ID == m.Server: // @everyone
			has = has&^o.Deny | o.Allow
		case o.Type == 0 && slices.Contains(m.Roles, o.ID):
			roleAllow, roleDeny = roleAllow|o.Allow, roleDeny|o.Deny
		}
	}
	has = has&^roleDeny | roleAllow
	has = has&^ownDeny | ownAllow
	if has&MayView == 0 {
		return 0 // nothing can be done in what cannot be seen
	}
	if time.Now().Before(m.Silenced) {
		has &= WhileSilenced
	}
	return has
}
