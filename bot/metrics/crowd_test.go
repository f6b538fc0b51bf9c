package metrics

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// served serves metrics until the test ends, and returns where.
func served(t *testing.T, addr string) (address string) {
	t.Helper()
	var log strings.Builder
	stop, err := New().Serve(addr, false, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return regexp.MustCompile(`http://([^/]+)/metrics`).FindStringSubmatch(log.String())[1]
}

// Whoever opens connections and says nothing, or never comes to an end, does
// not keep others from an answer.
func TestIdleConnectionsBlockNobody(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"nothing": "", "a beginning": "GET /rea", "headers without end": "GET /readyz HTTP/1.1\r\nHost: localhost\r\nX: y\r\n",
		"a request, and then nothing": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "half a body": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
	} {
		address := served(t, "127.0.0.1:0")
		for range 1000 {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, _ = io.WriteString(c, says) // which may be closed already
		}
		ctx, cancel := context.WithTimeout(t.Context(), within/2)
		for range 3 {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable { // it is starting
				t.Errorf("%s: status %d", name, resp.StatusCode)
			}
		}
		cancel()
	}
}

// The connection that goes is the one that has waited longest, never one that
// is being answered; where all are, it is the newcomer.
func TestCrowd(t *testing.T) {
	t.Parallel()
	c := newCrowd(nil, 2)
	guests := make([]*guest, 5)
	for i := range guests {
		near, far := net.Pipe()
		defer far.Close()
		guests[i] = &guest{near, c}
	}
	enter := func(i int, goes *guest) {
		t.Helper()
		got := c.enter(guests[i])
		if got != goes {
			t.Errorf("for %d another goes", i)
		}
		if got != nil {
			_ = got.Close()
		}
	}
	enter(0, nil)
	enter(1, nil)
	guests[0].attend()
	enter(2, guests[1])
	guests[0].dismiss() // it waits for shorter than 2 now
	enter(3, guests[2])
	guests[0].attend()
	guests[3].attend()
	enter(4, guests[4])
	_ = guests[3].Close()
	guests[3].dismiss() // it is gone, and stays so
	enter(1, nil)
	if len(c.all) != 2 {
		t.Errorf("there are %d", len(c.all))
	}
}

// A page that has had its name lead here reads nothing.
func TestHostsOfTheListener(t *testing.T) {
	t.Parallel()
	machine, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for addr, hosts := range map[string]map[string]int{
		"127.0.0.1:0": {"127.0.0.1": 200, "localhost:9391": 200, "LOCALHOST": 200, "localhost.": 200, "[::1]:1": 200, "127.9.9.9": 200, "": 200, machine + ":9391": 200,
			"evil.example": 403, "127.0.0.1.evil.example:80": 403, "localhost.evil.example": 403, "10.1.2.3:9391": 403, "0.0.0.0": 403, "[::]": 403, "evil.example:80@127.0.0.1": 400, "2130706433": 403, "::1": 200},
		"localhost:0": {"localhost": 200, "evil.example": 403},
	} {
		address := served(t, addr)
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		for host, want := range hosts {
			for _, path := range []string{"/readyz", "/healthz", "/metrics", "/debug/pprof/"} {
				c, err := net.Dial("tcp", "127.0.0.1:"+port)
				if err != nil {
					t.Fatal(err)
				}
				line := "HTTP/1.1\r\nHost: " + host
				if host == "" {
					line = "HTTP/1.0"
				}
				_, _ = io.WriteString(c, "GET "+path+" "+line+"\r\nConnection: close\r\n\r\n")
				_ = c.SetReadDeadline(time.Now().Add(within))
				answer, err := io.ReadAll(c)
				c.Close()
				if err != nil {
					t.Fatal(err)
				}
				refused := strings.Contains(string(answer[:min(15, len(answer))]), " 403") || strings.Contains(string(answer[:min(15, len(answer))]), " 400")
				if refused != (want != 200) || len(answer) == 0 {
					t.Errorf("%s as %q at %s: %.40s", path, host, addr, answer)
				}
			}
		}
	}
	for at, hosts := range map[string]map[string]bool{
		"192.0.2.7": {"192.0.2.7:9391": true, "[::ffff:192.0.2.7]": true, "192.0.2.8:9391": false, "bot.example": true, "other.example": false},
		"fe80::7":   {"[fe80::7]:9391": true, "[fe80::7%25eth0]": true, "[fe80::8]": false},
	} {
		for host, want := range hosts {
			r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
			r.Host = host
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(at), Port: 9391, Zone: "eth0"}))
			if got := own(r, []string{"bot.example"}); got != want {
				t.Errorf("%s is %s's own: %v", host, at, got)
			}
		}
	}
	if got := names("Bot.Example:9391"); got[0] != "bot.example" {
		t.Errorf("the name of the address is not known: %q", got)
	}
}
