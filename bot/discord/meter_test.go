package discord

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"
)

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

func TestLossOf(t *testing.T) {
	t.Parallel()
	for want, errs := range map[Loss][]error{
		Asked:       {errReconnect, fmt.Errorf("shard 1: %w", errReconnect)},
		SessionOver: {errInvalid, errInvalidResume, errPrime},
		Silent:      {errSilent},
		Late:        {errLate},
		CloseCode:   {&websocket.CloseError{Code: 4009}},
		Unreachable: {&net.OpError{Op: "dial", Err: errors.New("refused")}},
		Broken:      {&net.OpError{Op: "read", Err: errors.New("reset")}, errHello, errors.New("anything")},
	} {
		for _, err := range errs {
			if got := lossOf(err); got != want {
				t.Errorf("%v is %s, not %s", err, got, want)
			}
		}
	}
}

// What Go says of a panic is told; what a value says may be a member's words.
func TestPanicked(t *testing.T) {
	t.Parallel()
	for want, doing := range map[string]func(){
		"runtime error: index out of range [0] with length 0": func() { _ = []int{}[len(want(""))] },
		"a string":              func() { panic("member's words") },
		"a *errors.errorString": func() { panic(errors.New("member's words")) },
	} {
		func() {
			defer func() {
				if got := panicked(recover()); got != want {
					t.Errorf("it is told as %q, not %q", got, want)
				}
			}()
			doing()
		}()
	}
}

func want(s string) string { return s }
