package testserver

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestHandshake(t *testing.T) {
	w := newWorld(t, Options{Guild: "House"})
	c := w.dial()
	hello := in[struct {
		Interval int `json:"heartbeat_interval"`
	}](t, c.op(opHello))
	if hello.Interval != 41250 {
		t.Errorf("heartbeat_interval %d", hello.Interval)
	}
	c.send(`{"op":1,"d":null}`)
	c.op(opHeartbeatACK)
	c.send(identifyText(testToken, intentGuilds))
	ready := in[struct {
		V       int
		User    User
		Guilds  []struct{ Unavailable bool }
		Session string              `json:"session_id"`
		Resume  string              `json:"resume_gateway_url"`
		App     struct{ ID string } `json:"application"`
		Shard   []int
	}](t, c.event("READY"))
	if ready.User.ID != app || ready.App.ID != app || ready.Session == "" || len(ready.Guilds) != 1 || !ready.Guilds[0].Unavailable || !strings.HasPrefix(ready.Resume, "ws://127.0.0.1:") {
		t.Errorf("READY %+v", ready)
	}
	guild := in[guildCreate](t, c.event("GUILD_CREATE"))
	if guild.Name != "House" || len(guild.Channels) != 1 || len(guild.Members) != 1 || guild.Roles[0].ID != guild.ID {
		t.Errorf("GUILD_CREATE %+v", guild)
	}
	c.send(identifyText(testToken, 0))
	if code := c.closed(); code != 4005 {
		t.Errorf("a second Identify: %d", code)
	}
}

func TestGatewayRefusals(t *testing.T) {
	w := newWorld(t, Options{})
	for name, c := range map[string]struct {
		path, send string
		code       int
	}{
		"garbage":          {"", `{`, 4002},
		"no op":            {"", `{}`, 4001},
		"unknown op":       {"", `{"op":99}`, 4001},
		"not identified":   {"", `{"op":3,"d":{}}`, 4003},
		"no token":         {"", `{"op":2,"d":{"properties":{}}}`, 4002},
		"empty token":      {"", identifyText("", 0), 4004},
		"too many intents": {"", identifyText(testToken, 1<<40), 4013},
		"bad shard":        {"", `{"op":2,"d":{"token":"a","intents":0,"properties":{},"shard":[2,1]}}`, 4010},
		"large":            {"", `{"op":1,"d":"` + strings.Repeat("x", 4096) + `"}`, 4002},
		"version":          {"/gateway?v=7", "", 4012},
	} {
		t.Run(name, func(t *testing.T) {
			in := *w
			in.t = t
			path := c.path
			if path == "" {
				path = "/gateway/?v=9&encoding=json"
			}
			client := in.dialAt(path)
			if c.send != "" {
				client.op(opHello)
				client.send(c.send)
			}
			if code := client.closed(); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
}

func TestTooManyEvents(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.dial()
	for range clientEvents + 1 {
		c.send(`{"op":1,"d":null}`)
	}
	if code := c.closed(); code != 4008 {
		t.Errorf("closed with %d", code)
	}
}

func TestHeartbeatTimeout(t *testing.T) {
	w := newWorld(t, Options{HeartbeatInterval: 40 * time.Millisecond})
	c := w.connect(0)
	if code := c.closed(); code != 4009 {
		t.Errorf("closed with %d", code)
	}
}

func resumeText(c *client, seq int) string {
	return fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":%d}}`, testToken, c.session, seq)
}

func (w *world) post(content string) Message {
	w.t.Helper()
	m, err := w.s.Post("ana", "general", content)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func TestResume(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.post("one")
	c.event("MESSAGE_CREATE")
	w.s.DropSockets()
	if code := c.closed(); code != 1006 {
		t.Fatalf("a dropped socket was closed with %d", code)
	}
	w.post("two")
	w.post("three")
	again := w.dial()
	again.op(opHello)
	again.send(resumeText(c, c.seq))
	for i, want := range []string{"two", "three"} {
		m := again.event("MESSAGE_CREATE")
		if got := in[Message](t, m).Content; got != want || m.S != c.seq+1+i {
			t.Fatalf("replayed %q with seq %d after %d", got, m.S, c.seq)
		}
	}
	again.event("RESUMED")
	w.post("four")
	if got := in[Message](t, again.event("MESSAGE_CREATE")).Content; got != "four" {
		t.Errorf("after the resume: %q", got)
	}
}

func TestResumeRefused(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	future := w.dial()
	future.send(resumeText(c, c.seq+10))
	if code := future.closed(); code != 4007 {
		t.Errorf("a future seq: %d", code)
	}
	if err := c.ws.Close(); err != nil {
		t.Fatal(err)
	}
	unknown := w.dial()
	unknown.send(`{"op":6,"d":{"token":"x","session_id":"y","seq":1}}`)
	if got := string(unknown.op(opInvalidSession).D); got != "false" {
		t.Errorf("op 9 with %s", got)
	}
	for i := range 2*maxReplay + 1 {
		w.post(fmt.Sprint(i))
	}
	stale := w.dial()
	stale.send(resumeText(c, c.seq))
	stale.op(opInvalidSession)
}

func TestIdentifyInterval(t *testing.T) {
	w := newWorld(t, Options{IdentifyInterval: time.Hour})
	w.connect(0)
	c := w.dial()
	c.send(identifyText(testToken, 0))
	c.op(opInvalidSession)
}

func TestMessageContent(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper"})
	c := w.connect(intentGuilds | intentGuildMessages | intentDirectMessages)
	content := func() string { return in[Message](t, c.event("MESSAGE_CREATE")).Content }
	hidden := w.post("secret")
	if got := content(); got != "" {
		t.Errorf("unmentioned content came: %q", got)
	}
	w.do("GET", "/channels/"+hidden.ChannelID+"/messages/"+hidden.ID, "").expect(t, 200, `"content":""`)
	w.post("@helper hello")
	if got := content(); !strings.HasSuffix(got, "hello") {
		t.Errorf("mentioned: %q", got)
	}
	own := decoded[Message](t, w.do("POST", "/channels/"+hidden.ChannelID+"/messages", `{"content":"mine"}`).expect(t, 200))
	if got := content(); got != "mine" {
		t.Errorf("own: %q", got)
	}
	if _, err := w.s.Post("ana", "general", "reply with ping", ReplyTo(own.ID)); err != nil {
		t.Fatal(err)
	}
	if got := content(); got != "reply with ping" {
		t.Errorf("reply: %q", got)
	}
	if _, err := w.s.Post("ana", "general", "reply without", ReplyTo(own.ID), WithoutPing()); err != nil {
		t.Fatal(err)
	}
	if got := content(); got != "" {
		t.Errorf("reply without ping: %q", got)
	}
	if _, err := w.s.Post("ana", "@helper", "direct"); err != nil {
		t.Fatal(err)
	}
	if e := in[messageEvent](t, c.event("MESSAGE_CREATE")); e.Content != "direct" || e.GuildID != "" {
		t.Errorf("direct: %+v", e)
	}
	full := w.connect(allIntents)
	w.post("open")
	if got := in[Message](t, full.event("MESSAGE_CREATE")).Content; got != "open" {
		t.Errorf("with the intent: %q", got)
	}
}

func TestOtherEvents(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.do("POST", "/test/channels", `{"user":"ana","name":"random"}`).expect(t, 200)
	if got := in[Channel](t, c.event("CHANNEL_CREATE")).Name; got != "random" {
		t.Errorf("CHANNEL_CREATE %q", got)
	}
	w.do("POST", "/test/typing", `{"user":"ana","channel":"random"}`).expect(t, 204)
	c.event("TYPING_START")
	m := w.post("x")
	w.do("POST", "/test/reactions", fmt.Sprintf(`{"user":"ana","message":%q,"emoji":"👍"}`, m.ID)).expect(t, 204)
	c.event("MESSAGE_REACTION_ADD")
	w.do("POST", "/channels/"+m.ChannelID+"/messages/"+m.ID+"/threads", `{"name":"talk"}`).expect(t, 201)
	if got := in[Channel](t, c.event("THREAD_CREATE")); got.ID != m.ID || got.Type != ChannelPublicThread {
		t.Errorf("THREAD_CREATE %+v", got)
	}
	w.do("DELETE", "/channels/"+m.ChannelID+"/messages/"+m.ID, "").expect(t, 204)
	c.event("MESSAGE_DELETE")
	c.send(fmt.Sprintf(`{"op":8,"d":{"guild_id":%q,"query":"","limit":0,"nonce":"n"}}`, w.s.guilds[0].ID))
	chunk := in[struct {
		Members []Member
		Nonce   string
	}](t, c.event("GUILD_MEMBERS_CHUNK"))
	if len(chunk.Members) != 2 || chunk.Nonce != "n" {
		t.Errorf("members %+v", chunk)
	}
}
