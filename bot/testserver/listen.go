package testserver

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Listen opens addr, a "host:port" whose host is a loopback name or address
// (port 0: any free one), for a Server to be served on. Every other host is
// refused, the empty one too: the server has no passwords.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("reading the listen address: %w", err)
	}
	if !loopbackName(host) {
		return nil, fmt.Errorf("listening on %q refused: the test server is for this machine only; use 127.0.0.1, [::1] or localhost", addr)
	}
	var config net.ListenConfig
	ln, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	return ln, nil
}

// loopbackName tells whether a host without a port means this machine.
func loopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// loopbackHost is loopbackName for a Host header, with or without a port.
func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return loopbackName(host)
}

// ownName tells whether a request names the server by a loopback name, or by
// the address that it came to. A page from elsewhere can have its own name
// lead to this machine (DNS rebinding), and then reads what that name answers.
func ownName(r *http.Request) bool {
	if loopbackHost(r.Host) {
		return true
	}
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && at.String() == r.Host
}

// discordHost tells whether a Host header is Discord's: a bot may believe that
// it talks to Discord, and no page can have that name.
func discordHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.ToLower(host)
	return host == "discord.com" || strings.HasSuffix(host, ".discord.com") || strings.HasSuffix(host, ".discord.gg")
}

// ownHost is the "host:port" under which the client of r can reach the server
// again. A client that sent another name than loopback, "discord.com" for
// one, gets the address that it really talked to.
func ownHost(r *http.Request) string {
	if loopbackHost(r.Host) {
		return r.Host
	}
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return addr.String()
	}
	return "127.0.0.1"
}

// tokenID reads the user id out of a token of the form base64(id).x.y, empty
// when it is of another form.
func tokenID(token string) string {
	head, _, found := strings.Cut(token, ".")
	if !found {
		return ""
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(head, "="))
	if err != nil {
		return ""
	}
	if _, ok := snowflake(string(raw)); !ok || raw[0] == '0' {
		return ""
	}
	return string(raw)
}
