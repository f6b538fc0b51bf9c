package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"summitbot/bot/testserver"
)

// page returns the address that "local" says its page has.
func (p *process) page() string {
	p.Helper()
	_, address, _ := strings.Cut(p.await(p.stdout, "\n", 1), "page: ")
	address, _, _ = strings.Cut(address, "\n")
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		p.Fatalf("the page is at %q", address)
	}
	return address
}

// call makes a request, whose answer has to be 200, and returns its body.
func call(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: HTTP %d, %s %v", method, url, resp.StatusCode, data, err)
	}
	return string(data)
}

// asks uses /ask over the scripting interface, and reads a cited answer.
func asks(t *testing.T, address string) {
	t.Helper()
	body := `{"user":"ana","channel":"general","name":"ask","options":{"question":"Why was Alaska chosen?"}}`
	var got struct {
		State   testserver.InteractionState
		Message testserver.Message
	}
	if err := json.Unmarshal([]byte(call(t, "POST", address+"/test/commands?wait=true", body)), &got); err != nil {
		t.Fatal(err)
	}
	if got.State != testserver.StateAnswered || !strings.Contains(got.Message.Text(), alaska) || !strings.Contains(got.Message.Text(), "[1]") {
		t.Errorf("the answer is %s: %s", got.State, got.Message.Text())
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "local", "-addr", "127.0.0.1:0")
	address := p.page()
	if page := call(t, "GET", address+"/", ""); !strings.Contains(page, "<!doctype html>") {
		t.Errorf("the page is %s", page)
	}
	p.await(p.stdout, "ready: open "+address+" and write \"@summitbot why Alaska?\"", 1)
	asks(t, address)
	p.signal(os.Interrupt)
	p.exits(exitOK)
	if _, log := p.printed(); strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
		t.Error("the log tells of trouble")
	}
}

// The server alone, with the bot as a process of its own.
func TestLocalWithoutBot(t *testing.T) {
	t.Parallel()
	local := launch(t, nil, "local", "-addr", "localhost:0", "-no-bot")
	address := local.page()
	local.await(local.stdout, "ready: no bot is running", 1)
	serve := serving(t, address)
	serve.ready()
	asks(t, address)
	local.signal(syscall.SIGTERM)
	local.exits(exitOK)
	serve.await(serve.stderr, "lost the gateway", 1)
	serve.signal(syscall.SIGTERM)
	serve.exits(exitOK)
}

func TestLocalAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, c := range map[string]struct {
		code int
		says string
	}{
		taken.Addr().String(): {exitFailure, "address already in use"},
		"0.0.0.0:0":           {exitUsage, "this machine only"},
		"*:0":                 {exitUsage, "this machine only"},
		"127.0.0.1":           {exitUsage, "want HOST:PORT, or a port"},
		"70000":               {exitUsage, "want HOST:PORT, or a port"},
		"":                    {exitUsage, "want HOST:PORT, or a port"},
	} {
		p := launch(t, nil, "local", "-addr", address)
		p.exits(c.code)
		out, log := p.printed()
		if out != "" || !strings.HasPrefix(log, "summitbot: ") || strings.Count(log, "\n") != 1 || !strings.Contains(log, c.says) {
			t.Errorf("-addr %s: %q, %q", address, out, log)
		}
	}
}

// A port alone is this machine's, with the colon and without.
func TestLocalPort(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0", ":0"} {
		p := launch(t, nil, "local", "-no-bot", "-addr", address)
		call(t, "GET", p.page()+"/", "")
		p.signal(os.Interrupt)
		p.exits(exitOK)
	}
}
