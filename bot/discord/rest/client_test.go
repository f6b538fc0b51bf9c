package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The token goes to Discord encrypted, or to loopback, and nowhere else.
func TestTokenStaysInBounds(t *testing.T) {
	t.Parallel()
	if _, err := (Network{Loopback: true}).Plain(t.Context(), "tcp", "192.0.2.1:80"); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("a test server off loopback: %v", err)
	}
	if _, err := (Network{}).Plain(t.Context(), "tcp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "encrypted") {
		t.Errorf("a gateway without TLS: %v", err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/api/v9/gateway", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rewritten(r, nil); err == nil {
		t.Error("a request to another host was let through")
	}
}

// A queue of requests waits for what a header says is left, and goes on.
func TestRouteLimits(t *testing.T) {
	t.Parallel()
	var calls []time.Time
	left := 1
	g := newLimiter(nil, RoundTripFunc(func(*http.Request) (*http.Response, error) {
		calls = append(calls, time.Now())
		left--
		h := http.Header{"X-Ratelimit-Remaining": {strconv.Itoa(max(left, 0))}, "X-Ratelimit-Reset-After": {"0.05"}}
		return &http.Response{StatusCode: 200, Header: h, Body: http.NoBody}, nil
	}), RequestsPerSecond, nil)
	get := func(ctx context.Context, id string) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPatch, "https://discord.com/api/v9/channels/1/messages/"+id, nil)
		if err != nil {
			return err
		}
		_, err = g.RoundTrip(r)
		return err
	}
	for _, id := range []string{"5", "6"} { // one channel's messages share a limit
		if err := get(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if waited := calls[1].Sub(calls[0]); waited < 40*time.Millisecond {
		t.Errorf("the second request waited %v", waited)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := get(ctx, "7"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait outlived its context: %v", err)
	}
}

func TestRouteOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v10/channels/123/messages":                     "/channels/{id}/messages",
		"/api/v9/channels/123/messages/456":                  "/channels/{id}/messages/{id}",
		"/api/v10/interactions/123/aW50ZXJhY3Rpb24/callback": "/interactions/{id}/{token}/callback",
		"/api/v10/interactions/123/456/callback":             "/interactions/{id}/{token}/callback",
		"/api/v10/webhooks/123/a.b-c_d/messages/@original":   "/webhooks/{id}/{token}/messages/@original",
		"/api/v10/webhooks/123/abc":                          "/webhooks/{id}/{token}",
		"/api/v10/applications/1/guilds/2/commands":          "/applications/{id}/guilds/{id}/commands",
		"/api/v10/users/@me/channels":                        "/users/@me/channels",
		"/api/v10/channels/1/messages/2/threads":             "/channels/{id}/messages/{id}/threads",
		"/api/v10/gateway/bot":                               "/gateway/bot",
		"/gateway/bot":                                       "/gateway/bot",
	} {
		if got := routeOf("GET", path); got != "GET "+want {
			t.Errorf("%s is the route %s, not %s", path, got, want)
		}
	}
}

func TestScopeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		header string
		want   Scope
	}{
		{429, "user", UserScope}, {429, "global", GlobalScope}, {429, "shared", SharedScope}, {429, "", UnknownScope}, {429, "123456", UnknownScope}, {200, "user", ""}, {403, "", ""},
	} {
		r := &http.Response{StatusCode: c.status, Header: http.Header{}}
		r.Header.Set("X-RateLimit-Scope", c.header)
		if got := scopeOf(r); got != c.want {
			t.Errorf("%d %q is %q, not %q", c.status, c.header, got, c.want)
		}
	}
}

func TestParseAPIURL(t *testing.T) {
	for _, good := range []string{"http://127.0.0.1:80", "http://localhost:1/api", "https://[::1]:2/api/v10/", "http://127.9.9.9/api/v9"} {
		if u, err := ParseAPIURL(good); err != nil || u.Path != "" {
			t.Errorf("%s: %v, %v", good, u, err)
		}
	}
	for _, bad := range []string{"http://discord.com", "http://10.0.0.1:1", "127.0.0.1:80", "ftp://127.0.0.1", "http://127.0.0.1/x", "http://u:p@127.0.0.1", "http://127.0.0.1.evil.com", "http://", "http://127.0.0.1/?a"} {
		if u, err := ParseAPIURL(bad); err == nil {
			t.Errorf("%s was taken: %v", bad, u)
		}
	}
}
