package rest

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// gatewaySays is Discord's answer about the gateway.
const gatewaySays = `{"url": "wss://gateway.discord.gg", "shards": 1, "session_start_limit": {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}}`

// What Discord asks the bot to wait for longer than a minute, its operator is
// told once, with the time at which it ends; and the bot waits until then.
func TestLongWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func() *http.Response
		wait   time.Duration
		told   string // empty: it is nothing to tell of
	}{
		"for the gateway": {
			func() *http.Response {
				return saying(429, `{"message": "You are being rate limited.", "retry_after": 82721.0, "global": false}`, "Retry-After", "82721")
			}, 82721 * time.Second, "find the gateway",
		},
		"for everything": {
			func() *http.Response { return saying(429, `{"message": "slow", "retry_after": 600, "global": true}`) },
			10 * time.Minute, "every request",
		},
		"of a proxy": {
			func() *http.Response { return saying(429, "<html>", "Retry-After", "3600") }, time.Hour, "find the gateway",
		},
		"until a date": {
			func() *http.Response {
				return saying(429, "<html>", "Retry-After", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
			}, 2 * time.Hour, "find the gateway",
		},
		"until a date of a clock that is 20 minutes behind": {
			func() *http.Response {
				at := time.Now().Add(-20 * time.Minute).UTC()
				return saying(429, "<html>", "Date", at.Format(http.TimeFormat), "Retry-After", at.Add(2*time.Hour).Format(http.TimeFormat))
			}, 2 * time.Hour, "find the gateway",
		},
		"of a minute": {
			func() *http.Response { return saying(429, `{"message": "slow", "retry_after": 60, "global": false}`) }, time.Minute, "",
		},
		"beyond reason": {
			func() *http.Response {
				return saying(429, `{"message": "slow", "retry_after": 1e300, "global": false}`)
			}, longestHold, "find the gateway",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				lines := slog.New(slog.NewTextHandler(&log, nil))
				tries := 0
				g := newLimiter(nil, RoundTripFunc(func(*http.Request) (*http.Response, error) {
					if tries++; tries == 1 {
						return c.answer(), nil
					}
					return saying(200, gatewaySays), nil
				}), RequestsPerSecond, nil)
				g.waitLog = newWaitLog(lines)
				session, err := NewSession(token, g)
				if err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				if _, err := (&Client{session: session, log: lines, Pace: 1}).Gateway(t.Context()); err != nil || tries != 2 {
					t.Fatalf("after %d tries: %v", tries, err)
				}
				if waited := time.Since(begin); waited < c.wait || waited > c.wait+time.Second {
					t.Errorf("it waited %v, not %v", waited, c.wait)
				}
				if c.told == "" {
					if log.Len() > 0 {
						t.Errorf("it logged %s", &log)
					}
					return
				}
				until := `until="` + begin.Add(c.wait).UTC().Format(time.DateTime) + ` UTC"`
				if got := log.String(); strings.Count(got, "level=WARN") != 1 || !strings.Contains(got, until) || !strings.Contains(got, `what="`+c.told+`"`) {
					t.Errorf("it logged %s, without %s", got, until)
				}
			})
		})
	}
}

// A header may ask for a long wait too, before there is a 429.
func TestLongWaitByHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		g := newLimiter(nil, RoundTripFunc(func(*http.Request) (*http.Response, error) {
			return saying(200, "{}", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset-After", "600"), nil
		}), RequestsPerSecond, nil)
		g.waitLog = newWaitLog(slog.New(slog.NewTextHandler(&log, nil)))
		for range 2 { // the second one waits
			if err := call(t.Context(), g, "channels/1/messages"); err != nil {
				t.Fatal(err)
			}
		}
		end := time.Now().UTC().Format(time.DateTime)
		if got := log.String(); strings.Count(got, "level=WARN") != 2 || !strings.Contains(got, `until="`+end) {
			t.Errorf("it logged %s, without %s", got, end)
		}
	})
}
