package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// apiSuffix is what may stand behind the address of a test server.
var apiSuffix = regexp.MustCompile(`/(api(/v(9|10))?/?)?$`)

// CheckAPIURL says what is wrong with an Options.APIURL.
func CheckAPIURL(s string) error {
	_, err := ParseAPIURL(s)
	return err
}

// ParseAPIURL reads Options.APIURL. It returns nil for Discord itself. The
// token goes to this address, and so nothing but a loopback one will do.
func ParseAPIURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("the API address is not one like http://127.0.0.1:8080")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the API address %s is not on loopback: the bot talks to Discord itself, or to a test server on this machine", u.Host)
	}
	u.Path = apiSuffix.ReplaceAllString(u.Path, "")
	if u.Path != "" {
		return nil, fmt.Errorf("the API address has the path %s: only /api, /api/v9 or /api/v10 may follow the host", u.Path)
	}
	return u, nil
}

// A Network opens connections: to Discord with TLS alone, or, for a test
// server, to loopback alone.
type Network struct{ Loopback bool }

// dialer returns a dialer that keeps to the network's bounds.
func (n Network) dialer() *net.Dialer {
	d := &net.Dialer{Timeout: 10 * time.Second}
	if n.Loopback {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().Unmap().IsLoopback() {
				return fmt.Errorf("%s is not on loopback", address)
			}
			return nil
		}
	}
	return d
}

// Plain opens a connection without TLS, which only a test server gets.
func (n Network) Plain(ctx context.Context, kind, address string) (net.Conn, error) {
	if !n.Loopback {
		return nil, fmt.Errorf("the gateway at %s is not encrypted", address)
	}
	return n.dialer().DialContext(ctx, kind, address)
}

// Encrypted opens a connection with TLS and shakes hands.
func (n Network) Encrypted(ctx context.Context, kind, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c, err := n.open(ctx, kind, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakePatience)
	defer cancel()
	t := tls.Client(c, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host})
	if err := t.HandshakeContext(ctx); err != nil {
		_ = c.Close() // what is wrong is known
		return nil, err
	}
	return t, nil
}

// handshakePatience is how long shaking hands for TLS may take.
const handshakePatience = 10 * time.Second

// open opens the connection under every request and every web socket: to a
// test server, or to Discord, through the proxy that the environment names.
func (n Network) open(ctx context.Context, kind, address string) (net.Conn, error) {
	if n.Loopback {
		return n.dialer().DialContext(ctx, kind, address)
	}
	by, err := proxyFor(address)
	if err != nil {
		return nil, err
	}
	if by == nil {
		return n.dialer().DialContext(ctx, kind, address)
	}
	return tunnel(ctx, n.dialer(), by, address)
}

// Transport returns a transport for requests.
func (n Network) Transport() *http.Transport {
	return &http.Transport{
		DialContext:           n.open,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          64,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   handshakePatience,
		ResponseHeaderTimeout: 15 * time.Second,

		MaxResponseHeaderBytes: longestRefusal,
	}
}

// rewritten is a request that discordgo has made for Discord, pointed at the
// test server if there is one. It refuses to carry the token anywhere else.
func rewritten(r *http.Request, base *url.URL) (*http.Request, error) {
	switch strings.ToLower(r.URL.Host) {
	case "discord.com", "cdn.discordapp.com":
	default:
		return nil, errors.New("a request to a host that is not Discord's")
	}
	if r.URL.Scheme != "https" {
		return nil, errors.New("a request to Discord that is not encrypted")
	}
	if base == nil {
		return r, nil
	}
	r = r.WithContext(r.Context()) // a copy: what a transport is given belongs to its caller
	to := *r.URL
	to.Scheme, to.Host = base.Scheme, base.Host
	r.URL, r.Host = &to, ""
	return r, nil
}

// How many bytes are read of an answer, and of one that is no success.
const (
	LongestAnswer  = 32 << 20
	longestRefusal = 64 << 10
)
