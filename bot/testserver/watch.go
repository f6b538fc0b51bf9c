package testserver

import (
	"net/http"
	"time"
)

// An Event is something that has happened, as Options.Watch is told of it.
// Which fields are set hangs on its type.
type Event struct {
	// Type is MESSAGE_CREATE, MESSAGE_UPDATE, MESSAGE_DELETE, THREAD_CREATE,
	// CHANNEL_CREATE, INTERACTION_UPDATE, BOT_UPDATE, or one of the types below.
	Type string
	// ChannelID is where it happened, empty where that is in no channel.
	ChannelID string
	// Message is the message of a message's event as it is now, for a deleted
	// one as it was. Its lists are shared: do not change them.
	Message *Message
	// Interaction is that of an INTERACTION_UPDATE as it is now.
	Interaction *Interaction
	// Name is the gateway event of a Told or Missed, such as MESSAGE_UPDATE,
	// and ID its message's or interaction's.
	Name, ID string
	// Connections is how many a bot has to the gateway now, at a BOT_UPDATE.
	Connections int
	// Violation is that of a Violated.
	Violation *Violation
}

// Types of Event that no page and no bot is told of.
const (
	// Told: a gateway event of a message or an interaction was written to the
	// connection of a bot. It is told again when a resumed session gets it
	// again, or when a fault sends it twice.
	Told = "TOLD"
	// Missed: a gateway event will reach no bot, for none has a session, or
	// the session that it went to has ended before the bot can have read it.
	Missed = "MISSED"
	// Violated: a call was refused, or held what Discord does not know.
	Violated = "VIOLATED"
)

// A Violation is something that a call did against Discord's rules, or a
// refusal. Refusals that a fault plays are none.
type Violation struct {
	Call    string // method and path, without tokens
	Status  int    // of the HTTP answer
	Code    int    // Discord's, 0 for none
	At      string // where in the body, empty for all of it
	Message string
	Section string // the address in Discord's documentation
}

// watch tells Options.Watch of an event. The caller holds s.mu.
func (s *Server) watch(e Event) {
	if s.opts.Watch != nil {
		s.opts.Watch(e)
	}
}

// watchCall tells of what a call did against the rules.
func (s *Server) watchCall(r *http.Request, status, code int, violations []violation) {
	if s.opts.Watch == nil || len(violations) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	call := r.Method + " " + pathToken.ReplaceAllString(r.URL.Path, "${1}[token]")
	for _, v := range violations {
		s.watch(Event{Type: Violated, Violation: &Violation{call, status, code, v.At, v.Message, v.Section}})
	}
}

// written notes which events a connection has taken.
func (s *Server) written(events []*event) {
	if len(events) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, e := range events {
		e.written = now
		s.watch(Event{Type: Told, Name: e.name, ID: e.about})
	}
}

// inFlight is how long before a connection's end an event must have been
// written to it for the client to have read it, most likely.
const inFlight = 100 * time.Millisecond

// missed tells which events a session's client will never read, now that it
// cannot come back: those after seq, when the client has told up to where it
// has read, or else (seq negative) those that were not written in time.
func (s *Server) missed(sess *session, seq int) {
	if sess.over {
		return
	}
	sess.over = true
	for _, e := range sess.replay {
		unread := e.seq > seq
		if seq < 0 {
			unread = e.written.IsZero() || sess.left.Sub(e.written) < inFlight
		}
		if unread && e.about != "" {
			s.watch(Event{Type: Missed, Name: e.name, ID: e.about})
		}
	}
}

// replaced notes that a session's client has begun a new one: what the older
// ones of the same shard have not told it, it misses. Those that nobody has
// been connected to for long are forgotten.
func (s *Server) replaced(by *session) {
	for _, old := range append([]*session(nil), s.sessionOrder...) {
		if old == by || old.conn != nil {
			continue
		}
		if old.bot == by.bot && old.shard == by.shard && old.shards == by.shards {
			s.missed(old, -1)
		}
		if time.Since(old.left) > sessionLife {
			s.missed(old, -1)
			s.forget(old)
		}
	}
}

// sessionLife is how long a session is kept for a client that is away.
// Discord does not say how long; some minutes is what bots see.
const sessionLife = 3 * time.Minute
