package testserver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestScriptedMessages(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper", Bots: []Bot{{Name: "helper", Token: testToken}}})
	w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"hi @helper, @ana. mail@helper @nobody"}`).expect(t, 200, `hi <@`+app+`>, <@`, `mail@helper @nobody`)
	w.do("POST", "/test/messages", `{"user":"ana","channel":"gen eral","content":"x"}`).expect(t, 400, "a name is 1 to 32")
	w.do("POST", "/test/messages", `{"user":"","channel":"general","content":"x"}`).expect(t, 400, "a name is 1 to 32")
	w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":""}`).expect(t, 400, `"code":50006`)
	w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"x","reply_to":"1"}`).expect(t, 400, "REPLIES_UNKNOWN_MESSAGE")
	dm := decoded[Message](t, w.do("POST", "/test/messages", `{"user":"ana","channel":"@helper","content":"psst"}`).expect(t, 200))
	w.do("GET", "/test/channels/@helper/messages?user=ana", "").expect(t, 200, "psst")
	w.do("GET", "/test/channels/@helper/messages?user=ben", "").expect(t, 200, "[]")
	w.do("GET", "/test/channels/@helper/messages", "").expect(t, 400, "say whose")
	w.do("GET", "/test/channels/"+dm.ChannelID+"/messages?user=ben", "").expect(t, 404)
	w.do("POST", "/test/messages", fmt.Sprintf(`{"user":"ben","channel":%q,"content":"x"}`, dm.ChannelID)).expect(t, 400, "another person's")
	w.do("GET", "/test/messages/"+dm.ID, "").expect(t, 200, "psst")
	w.do("GET", "/test/messages/1", "").expect(t, 404)
	w.do("GET", "/test/channels/nowhere/messages", "").expect(t, 404, "there is no channel")
	w.do("GET", "/test/channels/general/messages?limit=x", "").expect(t, 400, "limit")
	w.do("GET", "/test/nothing", "").expect(t, 404)
	state := w.do("GET", "/test/state", "").expect(t, 200, `"name":"@helper"`, `"user":"ana"`, `"connected":false`)
	w.connect(0)
	if string(state.body) == string(w.do("GET", "/test/state", "").expect(t, 200, `"connected":true`).body) {
		t.Error("connecting did not change the state")
	}
}

func TestGuards(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, c := range []struct {
		method, path, host, media string
		status                    int
	}{
		{"GET", "/", "localhost:80", "", 200},
		{"GET", "/", "[::1]:80", "", 200},
		{"GET", "/", "evil.example", "", 403},
		{"GET", "/test/state", "evil.example:80", "", 403},
		{"GET", "/", "discord.com", "", 403},
		{"GET", "/test/state", "discord.com", "", 403},
		{"GET", "/attachments/1/2/x", "evil.example", "", 403},
		{"GET", "/api/v10/gateway", "evil.example", "", 403},
		{"GET", "/api/gateway", "127.0.0.1.evil.example:80", "", 403},
		{"GET", "/api/v9/gateway", "discord.com.evil.example", "", 403},
		{"GET", "/gateway", "evildiscord.gg", "", 403},
		{"GET", "/api/v9/gateway", "discord.com", "", 200},
		{"GET", "/api/v9/gateway", "localhost", "", 200},
		{"GET", "/gateway", "gateway-us-east1-b.discord.gg:443", "", 400},
		{"GET", "/test/state", "127.0.0.1", "", 200},
		{"POST", "/test/messages", "127.0.0.1", "text/plain", 415},
		{"POST", "/test/messages", "127.0.0.1", "", 415},
		{"POST", "/test/messages", "127.0.0.1", "application/json; charset=utf-8", 200},
		{"GET", "/test/messages", "127.0.0.1", "", 404},
		{"GET", "/gateway", "127.0.0.1", "", 400},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "http://"+c.host+c.path, strings.NewReader(`{"user":"ana","channel":"general","content":"x"}`))
		if c.media != "" {
			r.Header.Set("Content-Type", c.media)
		}
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		if rec.Code != c.status {
			t.Errorf("%s %s as %s: %d, want %d", c.method, c.path, c.host, rec.Code, c.status)
		}
		if c.path == "/" && rec.Code == 200 && !strings.Contains(rec.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Error("the page has no content security policy")
		}
	}
}

func TestListen(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:80", "127.0.0.1"} {
		if ln, err := Listen(t.Context(), addr); err == nil {
			ln.Close()
			t.Errorf("%s was opened", addr)
		}
	}
	ln, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
}

// follow opens an event stream; next returns its next event of a name.
func (w *world) follow(user string) (next func(name string) map[string]any) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), "GET", w.url+"/test/events?user="+user, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return func(name string) map[string]any {
		w.t.Helper()
		event := ""
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = v
			}
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok && event == name {
				var data map[string]any
				if err := json.Unmarshal([]byte(v), &data); err != nil {
					w.t.Fatal(err)
				}
				return data
			}
		}
		w.t.Fatalf("the stream ended before %s: %v", name, lines.Err())
		return nil
	}
}

func TestEventStream(t *testing.T) {
	s := newStage(t)
	ana, ben := s.follow("ana"), s.follow("ben")
	s.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"**hi** @helper"}`).expect(t, 200)
	if e := ben("MESSAGE_CREATE"); e["html"] != `<p><strong>hi</strong> <span class="mention">@helper</span></p>` || e["channel"] != "general" || e["type"] != "MESSAGE_CREATE" {
		t.Errorf("event %v", e)
	}
	i := s.ask()
	ana("INTERACTION_UPDATE")
	s.callback(i, `{"type":4,"data":{"content":"for you","flags":64}}`).expect(t, 200)
	if e := ana("INTERACTION_UPDATE")["interaction"].(map[string]any); e["state"] != "answered" || e["interaction_id"] != i.ID {
		t.Errorf("interaction %v", e)
	}
	s.do("POST", "/test/messages", `{"user":"ana","channel":"@helper","content":"secret"}`).expect(t, 200)
	s.do("POST", "/test/messages", `{"user":"ben","channel":"general","content":"open"}`).expect(t, 200)
	if e := ben("MESSAGE_CREATE")["message"].(map[string]any); e["content"] != "open" {
		t.Errorf("ben saw what is not for him: %v", e)
	}
	if e := ana("MESSAGE_CREATE"); e["channel"] != "@helper" || e["user"] != "ana" {
		t.Errorf("direct message %v", e)
	}
}

func TestWait(t *testing.T) {
	s := newStage(t)
	done := make(chan string, 1)
	go func() {
		res, err := http.Post(s.url+"/test/commands?wait=true", "application/json", strings.NewReader(`{"user":"ana","channel":"general","name":"ask","options":{"question":"q"}}`))
		if err != nil {
			done <- err.Error()
			return
		}
		defer res.Body.Close()
		var got interactionResult
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.Message == nil {
			done <- fmt.Sprint("no message: ", err)
			return
		}
		done <- string(got.State) + " " + got.Message.Content
	}()
	i := in[sent](t, s.c.event("INTERACTION_CREATE"))
	s.callback(i, `{"type":5}`).expect(t, 200)
	s.as("", "PATCH", hook(i)+"/messages/@original", `{"content":"there"}`).expect(t, 200)
	if got := <-done; got != "answered there" {
		t.Errorf("waited for %q", got)
	}
}

func TestWireHidesTokens(t *testing.T) {
	s := newStage(t)
	i := s.ask()
	s.callback(i, `{"type":5}`).expect(t, 200)
	s.do("POST", "/channels/"+s.channel("general")+"/messages", `{"content":"my token is `+testToken+`"}`).expect(t, 200)
	a := s.do("GET", "/test/wire", "").expect(t, 200, `"kind":"gateway"`, `"kind":"rest"`, `"INTERACTION_CREATE"`)
	for _, secret := range []string{testToken, i.Token} {
		if strings.Contains(string(a.body), secret) {
			t.Errorf("the recorded traffic holds %s", secret)
		}
	}
	last := int64(0)
	for line := range strings.Lines(string(a.body)) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("not a JSON line: %s", line)
		}
		if r.Number <= last {
			t.Errorf("record %d follows %d", r.Number, last)
		}
		last = r.Number
	}
	s.do("GET", "/channels/"+s.channel("general"), "").expect(t, 200)
	rest := s.do("GET", fmt.Sprintf("/test/wire?after=%d", last), "").expect(t, 200, fmt.Sprintf(`{"n":%d,`, last+1))
	if n := strings.Count(string(rest.body), "\n"); n != 1 {
		t.Errorf("after %d there are %d records: %s", last, n, rest.body)
	}
	s.do("GET", "/test/wire?after=x", "").expect(t, 400, "is no number")
}

func TestBounds(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for i := range defaultMessages + 5 {
		if _, err := s.Post("ana", "general", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Messages("general", 0)
	if err != nil || len(list) != defaultMessages || list[0].Content != "5" || len(s.messages) != defaultMessages {
		t.Errorf("%d messages kept from %q, %v", len(list), list[0].Content, err)
	}
	for i := range maxChannels {
		if _, err = s.Post("ana", fmt.Sprint("c", i), "x"); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "channels already") {
		t.Errorf("channels without end: %v", err)
	}
}

func TestAwaitEnds(t *testing.T) {
	s := New(Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AwaitReady(ctx); err == nil {
		t.Error("a bot that is not there was ready")
	}
	s.Close()
	s.Close()
	if _, err := s.AwaitMessage(t.Context(), func(Message) bool { return false }); err == nil {
		t.Error("a closed server has messages to come")
	}
}
