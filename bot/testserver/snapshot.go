package testserver

import (
	"encoding/json"
	"slices"
	"strings"
)

// channelInfo and botInfo are what GET /test/state tells.
type channelInfo struct {
	ID     string `json:"id"`
	Name   string `json:"name"` // as scripting knows it: "general", "@bot"
	Type   int    `json:"type"`
	User   string `json:"user,omitempty"`   // whose direct messages
	Parent string `json:"parent,omitempty"` // id of a thread's channel
	Topic  string `json:"topic,omitempty"`
}

// userInfo is a person with the language of their client.
type userInfo struct {
	User
	Locale string `json:"locale"`
}

type botInfo struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Connected bool       `json:"connected"`
	Sessions  int        `json:"sessions"` // gateway connections
	Commands  []*command `json:"commands"`
}

func (ch *channel) info() channelInfo {
	info := channelInfo{ID: ch.ID, Name: ch.label(), Type: ch.Type}
	if ch.user != nil {
		info.User = ch.user.Username
	}
	if ch.ParentID != nil {
		info.Parent = *ch.ParentID
	}
	if ch.Topic != nil {
		info.Topic = *ch.Topic
	}
	return info
}

func (s *Server) botInfo(b *bot) botInfo {
	info := botInfo{ID: b.user.ID, Name: b.user.Username, Commands: []*command{}}
	for _, c := range b.commands {
		copied := *c
		info.Commands = append(info.Commands, &copied)
	}
	for _, sess := range s.sessionOrder {
		if sess.bot == b && sess.conn != nil {
			info.Sessions++
		}
	}
	info.Connected = info.Sessions > 0
	return info
}

// snapshot is the body of GET /test/state.
func (s *Server) snapshot() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	channels, users, bots := []channelInfo{}, []userInfo{}, []botInfo{}
	for _, ch := range s.channelOrder {
		channels = append(channels, ch.info())
	}
	for _, u := range s.users {
		if !u.Bot {
			users = append(users, userInfo{*u, s.locale(u)})
		}
	}
	roles := []map[string]string{}
	for _, g := range s.guilds {
		for _, r := range g.Roles {
			roles = append(roles, map[string]string{"id": r.ID, "name": r.Name, "guild": g.Name})
		}
	}
	slices.SortFunc(users, func(a, b userInfo) int { return strings.Compare(a.ID, b.ID) })
	for _, b := range s.botOrder {
		bots = append(bots, s.botInfo(b))
	}
	return s.encode(map[string]any{
		"guild":    map[string]any{"id": s.guilds[0].ID, "name": s.guilds[0].Name},
		"channels": channels, "users": users, "bots": bots, "roles": roles,
		"time": timestamp(s.clock.now()),
	})
}
