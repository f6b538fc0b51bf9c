package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReady(t *testing.T) {
	t.Parallel()
	answering := func(status int, body string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				status = http.StatusNotFound
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		t.Cleanup(srv.Close)
		return srv.Listener.Addr().String()
	}
	well := answering(http.StatusOK, "ready\n")
	_, port, err := net.SplitHostPort(well)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		addr string
		code int
		says string // a part of the one line on stderr
	}{
		"ready":             {well, exitOK, ""},
		"listens to all":    {":" + port, exitOK, ""},
		"listens to all v4": {"0.0.0.0:" + port, exitOK, ""},
		"not ready":         {answering(http.StatusServiceUnavailable, "gateway: not connected\n"), exitFailure, "serve is not ready: status 503, gateway: not connected"},
		"elsewhere":         {answering(http.StatusTeapot, strings.Repeat("a teapot ", 100)), exitFailure, "status 418, a teapot"},
		"nobody":            {deserted, exitFailure, "is it running, with the same METRICS_ADDR?"},
		"no setting":        {"", exitFailure, "ready needs METRICS_ADDR"},
		"no port":           {"localhost", exitFailure, "METRICS_ADDR is not understood: want HOST:PORT"},
		"no host":           {"local host:1", exitFailure, "METRICS_ADDR: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, log := runs(t, map[string]string{"METRICS_ADDR": c.addr}, "ready")
			if code != c.code || out != "" || !strings.Contains(log, c.says) || strings.Count(log, "\n") != c.code || len(log) > 600 {
				t.Errorf("it ended with %d and printed %q %q", code, out, log)
			}
		})
	}
	// The file .env is read as serve reads it.
	e := settings(t, "METRICS_ADDR="+well+"\n", nil)
	if got, err := metricsAddr(e); err != nil || got != well {
		t.Errorf(".env names %s, and %q is asked, %v", well, got, err)
	}
}
