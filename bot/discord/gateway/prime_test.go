package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"

	"github.com/gorilla/websocket"
)

// resuming plays the gateway in memory to a connection that is to resume, and
// returns what it says first.
func resuming(t *testing.T, session bot.GatewaySession) (first string) {
	t.Helper()
	l, err := newConnection(connectOptions{
		token: token, network: rest.Network{Loopback: true}, timing: quickTiming, url: "ws://127.0.0.1:1/gateway", count: 1,
		session: session, lease: &lease{}, receive: func(d dispatch) { t.Errorf("%s was handed on", d.kind) },
	})
	if err != nil {
		t.Fatal(err)
	}
	l.join = joined(t.Context())
	if err := l.prime(); err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	said := make(chan string, 1)
	go func() {
		defer close(said)
		defer ours.Close()
		in := bufio.NewReader(ours)
		r, err := http.ReadRequest(in)
		if err != nil {
			t.Error(err)
			return
		}
		var upgrader websocket.Upgrader
		ws, err := upgrader.Upgrade(&hijacked{header: http.Header{}, conn: ours, in: in}, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if err := ws.WriteJSON(map[string]any{"op": 10, "d": map[string]any{"heartbeat_interval": 41250}}); err != nil {
			t.Error(err)
			return
		}
		_, message, err := ws.ReadMessage()
		if err != nil {
			t.Error(err)
		}
		said <- string(message)
	}()
	l.priming = theirs // which it is not
	if l.open() == nil {
		t.Error("a gateway that hangs up was opened")
	}
	return <-said
}

type resume struct {
	Op int `json:"op"`
	D  struct {
		Token    string `json:"token"`
		Session  string `json:"session_id"`
		Sequence int64  `json:"seq"`
	} `json:"d"`
}

// A primed connection resumes: it sends op 6 with the session at the sequence.
func TestPrime(t *testing.T) {
	var r resume
	text := resuming(t, bot.GatewaySession{ID: "a session", Sequence: 17})
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	if r.Op != 6 || r.D.Session != "a session" || r.D.Sequence != 17 || r.D.Token != "Bot "+token {
		t.Errorf("it said %s", strings.ReplaceAll(text, token, "[token]"))
	}
}

// Whatever was kept of a session is what is resumed, or nothing is sent.
func FuzzPrime(f *testing.F) {
	f.Add("b7a9f1f4a1c5f0d6", int64(1))
	f.Add(`"}{</script>`+"\u2028\x00", int64(1)<<62)
	f.Add("x", int64(-1))
	f.Fuzz(func(t *testing.T, id string, sequence int64) {
		if id == "" {
			return // there is nothing to resume then
		}
		var r resume
		if err := json.Unmarshal([]byte(resuming(t, bot.GatewaySession{ID: id, Sequence: sequence})), &r); err != nil {
			t.Fatal(err)
		}
		if r.Op != 6 || r.D.Session != strings.ToValidUTF8(id, "\ufffd") && !hasInvalid(id) || r.D.Sequence != sequence {
			t.Errorf("op %d with %q at %d, want %q at %d", r.Op, r.D.Session, r.D.Sequence, id, sequence)
		}
	})
}

// hasInvalid says whether JSON has to change a text.
func hasInvalid(s string) bool { return strings.ToValidUTF8(s, "") != s }

// A connection that cannot be primed says so, and has not connected.
func TestPrimeFails(t *testing.T) {
	l, err := newConnection(connectOptions{token: token, url: "no address", session: bot.GatewaySession{ID: "x", Sequence: 1}, timing: quickTiming, lease: &lease{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := l.connect(ctx); !errors.Is(err, errPrime) || !ended(err) {
		t.Errorf("connect: %v", err)
	}
	l.release(false)
}

func TestResumeAt(t *testing.T) {
	for address, want := range map[string][2]bool{ // for Discord, for a test server
		"wss://gateway-us-east1-b.discord.gg":       {true, false},
		"wss://gateway.discord.gg:443/":             {true, false},
		"WSS://GATEWAY.DISCORD.GG":                  {true, false},
		"ws://gateway.discord.gg":                   {},
		"wss://gateway.discord.gg:8443":             {},
		"wss://discord.gg.example.com":              {},
		"wss://evildiscord.gg":                      {},
		"wss://gateway.discord.gg@example.com":      {},
		"wss://gateway.discord.gg?to=example.com":   {},
		"wss://example.com/.discord.gg":             {},
		"wss://example.com#.discord.gg":             {},
		"ws://127.0.0.1:8080/gateway":               {false, true},
		"ws://[::1]:8080/gateway":                   {false, true},
		"ws://localhost/gateway":                    {false, true},
		"ws://10.0.0.1/gateway":                     {},
		"ws://localhost.example.com":                {},
		"http://127.0.0.1:8080":                     {},
		"":                                          {},
		"wss:gateway.discord.gg":                    {},
		"wss://":                                    {},
		"wss://gateway.discord.gg:443:443":          {},
		"wss://gateway.discord.gg\r\nHost: x.org":   {},
		"wss://a.b.discord.gg":                      {true, false},
		"wss://gateway.discord.gg/path/of/any/kind": {true, false},
	} {
		if got := [2]bool{resumeAt(rest.Network{}, address), resumeAt(rest.Network{Loopback: true}, address)}; got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
}

// No address that is kept leads the token elsewhere, as the dialer reads it.
func FuzzResumeAt(f *testing.F) {
	for _, a := range []string{"wss://gateway-us-east1-b.discord.gg", "ws://127.0.0.1:8080/gateway", "wss://x@y.discord.gg:443", "ws://[::1%25lo]:1"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		dialed, err := url.Parse(address + "/?v=9&encoding=json") // as discordgo extends it
		for _, n := range []rest.Network{{}, {Loopback: true}} {
			if !resumeAt(n, address) {
				continue
			}
			host := strings.ToLower(dialed.Hostname())
			switch {
			case err != nil || dialed.User != nil:
				t.Errorf("%q cannot be dialed: %v", address, err)
			case !n.Loopback && (dialed.Scheme != "wss" || !strings.HasSuffix(host, ".discord.gg")):
				t.Errorf("%q leads to %s", address, dialed.Host)
			case n.Loopback && host != "localhost" && !net.ParseIP(host).IsLoopback():
				t.Errorf("%q leads to %s", address, dialed.Host)
			}
		}
	})
}
