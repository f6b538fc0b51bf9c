package testserver

import (
	"slices"
	"time"
)

// maxConnections is how many gateway connections are remembered.
const maxConnections = 1000

// A Connection is one that a bot has, or had, to one of its shards.
type Connection struct {
	Shard, Shards int
	Session       string // its id
	// Resumed says that the session was there before.
	Resumed bool
	// Doubled says that another connection of the same shard stood when this
	// one came.
	Doubled bool
	// Since is when it was identified or resumed, Until when it ended: zero
	// for one that stands.
	Since, Until time.Time

	bot *bot
}

// Connections lists the newest gateway connections of a bot, by its name, in
// the order in which they came.
func (s *Server) Connections(bot string) (list []Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.connections {
		if c.bot.user.Username == bot {
			list = append(list, *c)
		}
	}
	return list
}

// connected notes that a connection has a session now.
func (s *Server) connected(c *conn, sess *session, resumed bool) {
	n := &Connection{Shard: sess.shard, Shards: sess.shards, Session: sess.id, Resumed: resumed, Since: time.Now(), bot: sess.bot}
	n.Doubled = slices.ContainsFunc(s.connections, func(o *Connection) bool {
		return o.bot == n.bot && o.Shard == n.Shard && o.Shards == n.Shards && o.Until.IsZero()
	})
	c.record = n
	s.connections = append(s.connections, n)
	if len(s.connections) > maxConnections {
		s.connections = slices.Delete(s.connections, 0, 1)
	}
}

// disconnected notes that a connection has ended.
func (c *conn) disconnected() {
	if c.record != nil && c.record.Until.IsZero() {
		c.record.Until = time.Now()
	}
}

// startLimit is what GET /gateway/bot tells of the Identifies that a bot may
// send in a day.
// https://docs.discord.com/developers/events/gateway#session-start-limit-object
func (s *Server) startLimit(b *bot) map[string]any {
	b.renewStarts(s.opts.SessionReset)
	return map[string]any{
		"total": s.opts.SessionStarts, "remaining": s.opts.SessionStarts - b.starts,
		"reset_after": time.Until(b.startsReset).Milliseconds(), "max_concurrency": s.opts.MaxConcurrency,
	}
}

// renewStarts begins a new day when the last one is over.
func (b *bot) renewStarts(day time.Duration) {
	if now := time.Now(); now.After(b.startsReset) {
		b.starts, b.startsReset = 0, now.Add(day)
	}
}

// spent counts an Identify, and tells whether it was one too many.
func (s *Server) spent(b *bot) bool {
	b.renewStarts(s.opts.SessionReset)
	if b.starts >= s.opts.SessionStarts {
		return true
	}
	b.starts++
	return false
}
