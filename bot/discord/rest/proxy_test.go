package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// envProxyFor names, to a process of this test program, the addresses whose
// proxies it is to tell.
const envProxyFor = "SUMMITBOT_TEST_PROXY_FOR"

// The gateway goes through the proxy that requests go through, and past it
// where they do. The environment is read once, and so each is a process.
func TestProxyFor(t *testing.T) {
	t.Parallel()
	if all := os.Getenv(envProxyFor); all != "" {
		for address := range strings.SplitSeq(all, " ") {
			u, err := proxyFor(address)
			fmt.Printf("%s by %v %v\n", address, u, err)
		}
		return
	}
	for vars, want := range map[string]string{
		"":                               "discord.com:443 by <nil>|gateway.discord.gg:443 by <nil>",
		"HTTPS_PROXY=proxy:3128":         "discord.com:443 by http://proxy:3128|gateway.discord.gg:443 by http://proxy:3128",
		"https_proxy=socks5://proxy":     "discord.com:443 by socks5://proxy|gateway.discord.gg:443 by socks5://proxy",
		"HTTP_PROXY=proxy:3128":          "discord.com:443 by <nil>|gateway.discord.gg:443 by <nil>",
		"HTTPS_PROXY=proxy:1 NO_PROXY=*": "discord.com:443 by <nil>|gateway.discord.gg:443 by <nil>",
		"HTTPS_PROXY=p:1 NO_PROXY=.gg":   "discord.com:443 by http://p:1|gateway.discord.gg:443 by <nil>",
		"HTTPS_PROXY=p:1 no_proxy=discord.com,discord.gg": "discord.com:443 by <nil>|gateway.discord.gg:443 by <nil>",
	} {
		child := exec.Command(os.Args[0], "-test.run=^TestProxyFor$")
		child.Env = append(strings.Fields(vars), envProxyFor+"=discord.com:443 gateway.discord.gg:443", "GORACE=atexit_sleep_ms=0")
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for line := range strings.SplitSeq(want, "|") {
			if !strings.Contains(string(out), line+" <nil>\n") {
				t.Errorf("%s: not %q but %s", vars, line, out)
			}
		}
	}
}

// A proxy that says nothing, too much, or something else opens no way, in its
// time, and its address is told without the password.
func TestTunnelFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ says, want string }{
		"nothing":      {"", context.DeadlineExceeded.Error()},
		"no HTTP":      {"220 mail.example ESMTP\r\n", "does not answer as an HTTP proxy"},
		"no end":       {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*longestReply), "does not answer as an HTTP proxy"},
		"no":           {"HTTP/1.1 502 " + strings.Repeat("secret ", 1000) + "\r\n\r\n", "it answers 502 Bad Gateway"},
		"more":         {"HTTP/1.1 200 OK\r\n\r\nand more", "it says more than it was asked"},
		"who are you?": {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "it wants a name and a password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			done := make(chan struct{})
			go func() {
				defer close(done)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, c.says)
				_, _ = io.Copy(io.Discard, conn) // until the other side leaves
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			if c.says == "" {
				ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			}
			defer cancel()
			by := &url.URL{Scheme: "http", User: url.UserPassword("me", "secret"), Host: l.Addr().String()}
			_, err = tunnel(ctx, &net.Dialer{}, by, "gateway.discord.gg:443")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), by.Host) || strings.Contains(err.Error(), "secret") || len(err.Error()) > 300 {
				t.Errorf("%.500v", err)
			}
			<-done
		})
	}
	if _, err := tunnel(t.Context(), &net.Dialer{}, &url.URL{Scheme: "ftp", Host: "p"}, "discord.com:443"); err == nil || !strings.Contains(err.Error(), `"ftp", not http`) {
		t.Errorf("another scheme: %v", err)
	}
}

// No redirect is followed, wherever it leads: neither the token nor a word
// goes to another host, or over a connection that is not encrypted.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"https://example.com/api", "http://discord.com/api/v9/gateway/bot", "https://cdn.discordapp.com/x", "/api/v10/gateway/bot", "//sub.discord.com/", "", "%zz"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			var sent []string
			g := newLimiter(nil, RoundTripFunc(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r.URL.String())
				resp := saying(status, "elsewhere")
				if resp.Request = r; to != "" {
					resp.Header.Set("Location", to)
				}
				return resp, nil
			}), RequestsPerSecond, nil)
			session, err := NewSession(token, g)
			if err != nil {
				t.Fatal(err)
			}
			a := &Client{session: session, log: slog.New(slog.DiscardHandler), Pace: 0.001}
			err = a.Do(t.Context(), Request{Name: "post a message", Method: http.MethodPost, URL: "https://discord.com/api/v9/channels/1/messages", Body: map[string]string{"content": "words"}})
			if _, ok := errors.AsType[*RedirectError](err); !ok || len(sent) != 1 || sent[0] != "https://discord.com/api/v9/channels/1/messages" {
				t.Errorf("%d to %q: sent to %q, %v", status, to, sent, err)
			}
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://discord.com/api/v9/gateway", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rewritten(r, nil); err == nil {
		t.Error("a request without TLS was let through")
	}
}
