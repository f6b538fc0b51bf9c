package gateway

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"summitbot/bot/discord/rest"

	"github.com/gorilla/websocket"
)

// discordgo resumes only what it began itself. A connection that goes on with
// somebody else's session is therefore primed: the first time that discordgo
// opens its gateway, it meets one in memory which says READY at once, with
// that session at that sequence. discordgo takes note of both, misses Hello,
// and gives up before it has sent anything. From then on it resumes.

// errPrime says that discordgo did not take a session.
var errPrime = errors.New("discordgo did not take the session to resume")

// sayReady is the gateway in memory: it takes one web socket, says READY, and
// is done.
func sayReady(c net.Conn, session string, sequence int64) error {
	in := bufio.NewReader(c)
	r, err := http.ReadRequest(in)
	if err != nil {
		return fmt.Errorf("reading the upgrade: %w", err)
	}
	var upgrader websocket.Upgrader
	ws, err := upgrader.Upgrade(&hijacked{header: http.Header{}, conn: c, in: in}, r, nil)
	if err != nil {
		return fmt.Errorf("upgrading: %w", err)
	}
	return ws.WriteJSON(map[string]any{"op": 0, "t": "READY", "s": sequence, "d": map[string]any{"session_id": session}})
}

// A hijacked is the ResponseWriter of a connection without a server around it.
type hijacked struct {
	header http.Header
	conn   net.Conn
	in     *bufio.Reader
}

// Header returns the headers of a refusal, which nobody reads.
func (h *hijacked) Header() http.Header { return h.header }

// WriteHeader begins a refusal.
func (h *hijacked) WriteHeader(int) {}

// Write writes a refusal.
func (h *hijacked) Write(p []byte) (int, error) { return len(p), nil }

// Hijack hands the connection over.
func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(h.in, bufio.NewWriter(h.conn)), nil
}

// resumeAt says whether a session may be resumed at an address that READY, or
// the store, has told: the token goes there. It is Discord's own, by TLS, or
// that of a test server on loopback.
func resumeAt(n rest.Network, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if n.Loopback {
		ip, err := netip.ParseAddr(host)
		return u.Scheme == "ws" && (host == "localhost" || err == nil && ip.IsLoopback() && ip.Zone() == "")
	}
	return u.Scheme == "wss" && strings.HasSuffix(host, ".discord.gg") && (u.Port() == "" || u.Port() == "443")
}
