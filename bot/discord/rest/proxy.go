package rest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

// proxyPorts are the ports of proxies whose address names none, by its scheme.
var proxyPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// proxyPatience is how long a proxy may take to open a way.
const proxyPatience = 10 * time.Second

// longestReply is how many bytes a proxy's answer may have.
const longestReply = 64 << 10

// A ProxyError is a proxy that does not open the way to Discord. It tells
// where the proxy is, and nothing of the password that its address may hold.
type ProxyError struct {
	Proxy string // its host, and its port if it is named
	To    string // HOST:PORT
	cause error
}

// Error says which proxy failed, on which way, and why.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s (HTTPS_PROXY) opens no way to %s: %v", e.Proxy, e.To, e.cause)
}

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.cause }

// proxyFor is the proxy through which the environment wants an address to be
// reached by TLS, nil for none. It is asked of net/http, which knows the
// forms of HTTPS_PROXY and NO_PROXY, and by which the model is reached too.
func proxyFor(address string) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "https", Host: address}})
	if err != nil {
		return nil, errors.New("HTTPS_PROXY is not understood: it is like http://proxy.example:3128") // err may hold a password
	}
	return u, nil
}

// tunnel opens a way to an address through a proxy. What is said on it is for
// that address alone: TLS begins on it.
func tunnel(ctx context.Context, d *net.Dialer, by *url.URL, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, proxyPatience)
	defer cancel()
	var c net.Conn
	var err error
	switch by.Scheme {
	case "http", "https":
		c, err = tunnelByConnect(ctx, d, by, address)
	case "socks5", "socks5h":
		c, err = tunnelBySocks(ctx, d, by, address)
	default:
		err = fmt.Errorf("its scheme is %q, not http, https or socks5", by.Scheme)
	}
	if err != nil {
		return nil, &ProxyError{by.Host, address, err}
	}
	return c, nil
}

// proxyAddress is where a proxy is, HOST:PORT.
func proxyAddress(by *url.URL) string {
	if by.Port() == "" {
		return net.JoinHostPort(by.Hostname(), proxyPorts[by.Scheme])
	}
	return by.Host
}

// dialProxy opens a connection to an HTTP proxy.
func dialProxy(ctx context.Context, d *net.Dialer, by *url.URL) (net.Conn, error) {
	if by.Scheme == "https" {
		t := tls.Dialer{NetDialer: d, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
		return t.DialContext(ctx, "tcp", proxyAddress(by))
	}
	return d.DialContext(ctx, "tcp", proxyAddress(by))
}

// tunnelByConnect asks an HTTP proxy for the way.
// https://www.rfc-editor.org/rfc/rfc9110#name-connect
func tunnelByConnect(ctx context.Context, d *net.Dialer, by *url.URL, address string) (net.Conn, error) {
	c, err := dialProxy(ctx, d, by)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() }) // which ends what is being read or written
	err = connect(c, by.User, address)
	if !stop() {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		_ = c.Close() // what is wrong is known
		return nil, err
	}
	return c, nil
}

// connect asks for the way on a connection to a proxy.
func connect(c net.Conn, user *url.Userinfo, address string) error {
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user != nil {
		password, _ := user.Password()
		r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := r.Write(c); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(c, longestReply))
	resp, err := http.ReadResponse(in, r)
	if err != nil {
		return errors.New("it does not answer as an HTTP proxy") // err may hold all that it said
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return errors.New("it wants a name and a password (407)")
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("it answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	case in.Buffered() > 0:
		return errors.New("it says more than it was asked") // who is reached by TLS waits to be greeted
	}
	return nil
}

// tunnelBySocks asks a SOCKS proxy for the way. The proxy looks up the name.
func tunnelBySocks(ctx context.Context, d *net.Dialer, by *url.URL, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if by.User != nil {
		password, _ := by.User.Password()
		auth = &proxy.Auth{User: by.User.Username(), Password: password}
	}
	s, err := proxy.SOCKS5("tcp", proxyAddress(by), auth, d)
	if err != nil {
		return nil, err
	}
	asking, ok := s.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("this release cannot wait for it")
	}
	return asking.DialContext(ctx, "tcp", address)
}
