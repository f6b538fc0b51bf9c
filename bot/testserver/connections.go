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
