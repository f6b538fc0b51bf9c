package discord

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"summitbot/bot"

	"github.com/gorilla/websocket"
)

// A Meter counts what the bot does. Its methods return at once, and are called
// from several goroutines at a time.
type Meter interface {
	// Heard tells what has become of a question that came in.
	Heard(what Hearing)
	// Answered tells of an answer, or why it could not be made, or not be
	// posted.
	Answered(a bot.Answer, unmade, unposted error)
	// Took tells how long a stage of a question took.
	Took(s Stage, d time.Duration)
	// Requested tells of a request to Discord: its method and route, such as
	// "POST /channels/{id}/messages", the status, 0 if there was none, whose
	// limit a 429 tells of, and how long the request waited for the limits.
	Requested(route string, status int, limit Scope, waited time.Duration)
	// Lost tells of a connection to the gateway that was lost.
	Lost(why Loss)
}

// A Hearing is what becomes of a question that came in.
type Hearing string

// What becomes of questions.
const (
	Accepted Hearing = "accepted" // it is kept, or answered without being kept
	TooFast  Hearing = "too_fast" // its member asks too fast
	Full     Hearing = "full"     // there are too many questions
)

// A Stage is a part of what a question takes.
type Stage string

// The stages.
const (
	Accepting Stage = "accept" // until it is kept
	Answering Stage = "answer" // making the answer, once it is its turn
	Posting   Stage = "post"   // posting it
	Total     Stage = "total"  // from accepted to posted
)

// A Scope is whose limit a 429 tells of; empty for what is no 429.
// https://docs.discord.com/developers/topics/rate-limits#header-format-rate-limit-header-examples
type Scope string

// The scopes.
const (
	UserScope    Scope = "user"   // the bot's on one route
	GlobalScope  Scope = "global" // the bot's on all
	SharedScope  Scope = "shared" // all bots' on one resource: it is not held against the bot
	UnknownScope Scope = "unknown"
)

// A Loss is why a connection to the gateway was lost.
type Loss string

// The reasons.
const (
	Asked       Loss = "asked"       // Discord asked for it (op 7)
	SessionOver Loss = "session"     // Discord had no such session any more
	CloseCode   Loss = "closed"      // Discord closed it with a code
	Silent      Loss = "silent"      // no heartbeat was answered
	Late        Loss = "late"        // it was not ready in time
	Unreachable Loss = "unreachable" // no connection came about
	Broken      Loss = "broken"      // anything else: it was cut, or said what it should not
)

// lossOf is why a connection ended with an error.
func lossOf(err error) Loss {
	var dial *net.OpError
	switch {
	case errors.Is(err, errReconnect):
		return Asked
	case errors.Is(err, errInvalid), errors.Is(err, errInvalidResume), errors.Is(err, errPrime):
		return SessionOver
	case errors.Is(err, errSilent):
		return Silent
	case errors.Is(err, errLate):
		return Late
	case errors.As(err, new(*websocket.CloseError)):
		return CloseCode
	case errors.As(err, &dial) && dial.Op == "dial":
		return Unreachable
	}
	return Broken
}

// unmetered counts nothing.
type unmetered struct{}

func (unmetered) Heard(Hearing)                               {}
func (unmetered) Answered(bot.Answer, error, error)           {}
func (unmetered) Took(Stage, time.Duration)                   {}
func (unmetered) Requested(string, int, Scope, time.Duration) {}
func (unmetered) Lost(Loss)                                   {}

// A metered transport tells of each request as it is sent.
type metered struct {
	next  *http.Transport
	meter Meter
}

// begunKey is the context key of when a request began to wait for the limits.
type begunKey struct{}

// RoundTrip sends a request.
func (m metered) RoundTrip(r *http.Request) (*http.Response, error) {
	var waited time.Duration
	if begun, ok := r.Context().Value(begunKey{}).(time.Time); ok {
		waited = time.Since(begun)
	}
	route := routeOf(r.Method, r.URL.Path)
	resp, err := m.next.RoundTrip(r)
	if err != nil {
		m.meter.Requested(route, 0, "", waited)
		return nil, err
	}
	m.meter.Requested(route, resp.StatusCode, scopeOf(resp), waited)
	return resp, nil
}

// CloseIdleConnections is what Bot.Run calls in the end.
func (m metered) CloseIdleConnections() { m.next.CloseIdleConnections() }

// beginning notes when a request begins to wait for the limits.
func beginning(ctx context.Context) context.Context {
	return context.WithValue(ctx, begunKey{}, time.Now())
}

// scopeOf is whose limit a response tells of.
func scopeOf(resp *http.Response) Scope {
	if resp.StatusCode != http.StatusTooManyRequests {
		return ""
	}
	switch s := Scope(resp.Header.Get("X-RateLimit-Scope")); s {
	case UserScope, GlobalScope, SharedScope:
		return s
	}
	return UnknownScope
}

// routeOf is a request's method and path, without the version of the API, and
// with what differs from one thing to another replaced: ids, and the tokens of
// interactions, which are secrets.
func routeOf(method, path string) string {
	if after, ok := strings.CutPrefix(path, "/api/v"); ok {
		path = strings.TrimLeft(after, "0123456789")
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		switch {
		case i >= 2 && (parts[i-2] == "interactions" || parts[i-2] == "webhooks"):
			parts[i] = "{token}"
		case p != "" && strings.Trim(p, "0123456789") == "":
			parts[i] = "{id}"
		}
	}
	return method + " " + strings.Join(parts, "/")
}
