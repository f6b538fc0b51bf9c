package rest

import (
	"context"
	"net/http"
	"strings"
	"time"
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

// A Meter counts requests.
type Meter interface {
	// Requested tells of a request to Discord: its method and route, such as
	// "POST /channels/{id}/messages", the status, 0 if there was none, whose
	// limit a 429 tells of, and how long the request waited for the limits.
	Requested(route string, status int, limit Scope, waited time.Duration)
}

// A metered transport tells of each request as it is sent.
type metered struct {
	next  http.RoundTripper
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

// CloseIdleConnections lets go of the connections.
func (m metered) CloseIdleConnections() {
	if t, ok := m.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

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
