package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

const readyUsage = `usage: summitbot ready

Asks a "serve" of this machine whether it is ready, at METRICS_ADDR, and ends
with code 0 if it is and with code 1 if it is not. Health checks call it.
`

const (
	// readyPatience is how long an answer may take.
	readyPatience = 3 * time.Second
	// longestReason is how many bytes of an answer are repeated.
	longestReason = 300
	// longestAnswer is how many bytes of it are read.
	longestAnswer = 16 << 10
)

// runReady asks a running bot whether it is ready.
func runReady(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("ready", flag.ContinueOnError)
	if err := parseFlags(env, fs, args, readyUsage, false); err != nil {
		return err
	}
	addr, err := metricsAddr(env)
	if err != nil {
		return err
	}
	return ready(ctx, "http://"+addr+"/readyz")
}

// metricsAddr is where a "serve" with the same settings can be asked from
// this machine.
func metricsAddr(e environment) (string, error) {
	vars, from, err := readVars(e)
	if err != nil {
		return "", err
	}
	if vars["METRICS_ADDR"] == "" {
		return "", errors.New("ready needs METRICS_ADDR, the address at which serve tells how it is, such as 127.0.0.1:9391")
	}
	var addr listenAddr
	if err := addr.UnmarshalText([]byte(vars["METRICS_ADDR"])); err != nil {
		return "", fmt.Errorf("%s is not understood: %w", from.at("METRICS_ADDR"), err)
	}
	host, port, err := net.SplitHostPort(string(addr))
	if err != nil {
		return "", fmt.Errorf("METRICS_ADDR is no address like 127.0.0.1:9391: %w", err)
	}
	// What listens everywhere listens here too.
	switch ip, _ := netip.ParseAddr(host); {
	case ip == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case ip == netip.IPv6Unspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// ready returns nil if the address answers with status 200, else an error with
// what it says instead.
func ready(ctx context.Context, url string) error {
	status, says, err := askReady(ctx, url)
	if err == nil && status != http.StatusOK {
		says = says[:min(len(says), longestReason)]
		err = fmt.Errorf("serve is not ready: status %d, %s", status, strings.Join(strings.Fields(says), " "))
	}
	return err
}

// askReady asks a running bot how it is.
func askReady(ctx context.Context, url string) (status int, says string, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", fmt.Errorf("METRICS_ADDR: %w", err)
	}
	transport := &http.Transport{DisableKeepAlives: true} // and no proxy: it is this machine
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, "", fmt.Errorf("serve does not answer at %s (is it running, with the same METRICS_ADDR?): %w", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	if err != nil {
		return 0, "", fmt.Errorf("reading how serve is: %w", err)
	}
	return resp.StatusCode, string(body), nil
}
