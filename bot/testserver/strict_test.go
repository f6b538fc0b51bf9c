package testserver

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestPermissions(t *testing.T) {
	const content = `{"content":"hello"}`
	type attempt struct {
		method, path, body string
		code               int // of Discord's error, 0: allowed
	}
	for denied, attempts := range map[string][]attempt{
		"VIEW_CHANNEL": {
			{"GET", "", "", 50001}, {"POST", "/messages", content, 50001}, {"GET", "/messages", "", 50001},
			{"POST", "/typing", "", 50001}, {"GET", "/messages/{m}", "", 50001},
		},
		"SEND_MESSAGES":        {{"GET", "", "", 0}, {"POST", "/messages", content, 50013}, {"POST", "/typing", "", 50013}, {"GET", "/messages/{m}", "", 0}},
		"EMBED_LINKS":          {{"POST", "/messages", content, 0}, {"POST", "/messages", `{"embeds":[{"title":"a"}]}`, 50013}},
		"READ_MESSAGE_HISTORY": {{"POST", "/messages", content, 0}, {"GET", "/messages/{m}", "", 50013}, {"POST", "/messages", `{"content":"a","message_reference":{"message_id":"{m}"}}`, 160002}},
		"ADD_REACTIONS":        {{"PUT", "/messages/{m}/reactions/%F0%9F%91%8D/@me", "", 50013}},
		"MANAGE_MESSAGES":      {{"DELETE", "/messages/{m}", "", 50013}},
		"CREATE_PUBLIC_THREADS": {
			{"POST", "/messages/{m}/threads", `{"name":"a"}`, 50013}, {"POST", "/messages", content, 0},
		},
	} {
		t.Run(denied, func(t *testing.T) {
			w := newWorld(t, Options{DefaultBot: "helper"})
			w.do("GET", "/users/@me", "").expect(t, 200)
			m := w.post("a message")
			w.do("POST", "/test/permissions", fmt.Sprintf(`{"user":"helper","channel":"general","deny":[%q]}`, denied)).expect(t, 204)
			for _, a := range attempts {
				path := strings.ReplaceAll("/channels/"+m.ChannelID+a.path, "{m}", m.ID)
				got := w.do(a.method, path, strings.ReplaceAll(a.body, "{m}", m.ID))
				var e struct{ Code int }
				if got.status >= 400 {
					e = decoded[struct{ Code int }](t, got)
				}
				if e.Code != a.code {
					t.Errorf("%s %s: code %d, want %d: %s", a.method, a.path, e.Code, a.code, got.body)
				}
			}
			w.do("POST", "/test/permissions", `{"user":"helper","channel":"general"}`).expect(t, 204)
			w.do("POST", "/channels/"+m.ChannelID+"/messages", content).expect(t, 200)
		})
	}
	w := newWorld(t, Options{})
	w.do("POST", "/test/permissions", `{"user":"ana","deny":["SHOUT"]}`).expect(t, 400, "SEND_MESSAGES")
	w.do("POST", "/test/permissions", `{"user":"@everyone","channel":"general","deny":["SEND_MESSAGES"]}`).expect(t, 204)
	w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"a"}`).expect(t, 403, "50013")
	w.do("POST", "/test/permissions", `{"user":"ana","channel":"general","allow":["SEND_MESSAGES"]}`).expect(t, 204)
	w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"a"}`).expect(t, 200)
}

// What a bot cannot see it does not hear of either.
func TestHiddenChannelIsSilent(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper"})
	c := w.connect(allIntents)
	if err := w.s.Permit("helper", "general", nil, []string{"VIEW_CHANNEL"}); err != nil {
		t.Fatal(err)
	}
	w.post("secret")
	if _, err := w.s.Post("ana", "open", "public"); err != nil {
		t.Fatal(err)
	}
	if got := in[Message](t, c.event("MESSAGE_CREATE")).Content; got != "public" {
		t.Errorf("it heard %q", got)
	}
}

func TestCommandsForFew(t *testing.T) {
	w := newWorld(t, Options{})
	w.connect(0)
	w.do("PUT", "/applications/"+app+"/commands", `[
		{"name":"report","description":"r","default_member_permissions":"32"},
		{"name":"private","description":"p","contexts":[1]}]`).expect(t, 200)
	use := func(user, channel, name string) answer {
		return w.do("POST", "/test/commands", fmt.Sprintf(`{"user":%q,"channel":%q,"name":%q}`, user, channel, name))
	}
	use("ana", "general", "report").expect(t, 400, "default_member_permissions")
	w.do("POST", "/test/permissions", `{"user":"ana","allow":["MANAGE_GUILD"]}`).expect(t, 204)
	use("ana", "general", "report").expect(t, 200)
	use("ben", "general", "report").expect(t, 400)
	use("ana", "general", "private").expect(t, 400, "contexts")
	use("ana", "@bot", "private").expect(t, 200)
}

func TestRouteLimits(t *testing.T) {
	w := newWorld(t, Options{RouteLimits: true})
	at := "/channels/" + w.channel("general") + "/messages"
	for left := 4; left >= 0; left-- {
		a := w.do("POST", at, `{"content":"a"}`).expect(t, 200)
		if got := a.header.Get("X-RateLimit-Remaining"); got != fmt.Sprint(left) {
			t.Fatalf("remaining %s, want %d", got, left)
		}
	}
	a := w.do("POST", at, `{"content":"a"}`).expect(t, 429, `"global":false`)
	if a.header.Get("X-RateLimit-Scope") != "user" || a.header.Get("Retry-After") == "" {
		t.Errorf("headers %v", a.header)
	}
	w.do("GET", at, "").expect(t, 200) // another bucket
	if !strings.Contains(string(w.do("GET", "/test/wire", "").body), "More than 5 calls in 5s.") {
		t.Error("the wire does not tell why")
	}
	for i := range 12 { // each interaction has a bucket of its own, also of one bot
		token := fmt.Sprint("token-", i/4)
		w.do("POST", "/webhooks/"+w.s.UserID("bot")+"/"+token, `{"content":"a"}`).expect(t, 404)
	}
	w.do("POST", "/webhooks/"+w.s.UserID("bot")+"/token-0", `{"content":"a"}`).expect(t, 404)
	w.do("POST", "/webhooks/"+w.s.UserID("bot")+"/token-0", `{"content":"a"}`).expect(t, 429)
	w.s.SetFaults(Faults{RateLimitShared: 1})
	if a := w.do("GET", at, "").expect(t, 429, "The resource is being rate limited."); a.header.Get("X-RateLimit-Scope") != "shared" {
		t.Errorf("headers %v", a.header)
	}
}

func TestViolations(t *testing.T) {
	w := newWorld(t, Options{})
	at := "/channels/" + w.channel("general") + "/messages"
	told := func() []violation {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(string(w.do("GET", "/test/wire", "").body)), "\n")
		var r record
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
			t.Fatal(err)
		}
		return r.Violations
	}
	for body, want := range map[string][]string{
		`{"content":"a"}`:          nil,
		`{"content":"a","flag":4}`: {"flag"},
		`{"embeds":[{"title":"a","colour":3,"fields":[{"name":"a","value":"b","line":true}]}]}`:                                           {"embeds.0.colour", "embeds.0.fields.0.line"},
		`{"content":"a","components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"a","text":"x","label":"x","custom":1}]}]}`: {"components.0.components.0.custom", "components.0.components.0.text"},
	} {
		w.do("POST", at, body).expect(t, 200)
		var got []string
		for _, v := range told() {
			got = append(got, v.At)
			if !strings.HasPrefix(v.Section, "https://docs.discord.com/developers/") || !strings.Contains(v.Section, "#") {
				t.Errorf("%s: section %q", v.At, v.Section)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: violations at %v, want %v", body, got, want)
		}
	}
	w.do("POST", at, `{"content":"`+strings.Repeat("x", 2001)+`"}`).expect(t, 400)
	if v := told(); len(v) != 1 || v[0].At != "content" || !strings.HasSuffix(v[0].Section, "resources/message#create-message") {
		t.Errorf("a long content: %+v", v)
	}
	w.s.SetFaults(Faults{RateLimit429: 1})
	w.do("POST", at, `{"content":"a"}`).expect(t, 429)
	if v := told(); len(v) != 0 {
		t.Errorf("a played fault is held against the bot: %+v", v)
	}
}

// Every type of component that a message may hold has its keys listed.
func TestComponentShapes(t *testing.T) {
	for _, kind := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 19, 21, 22, 23} {
		if componentShapes()[kind] == nil {
			t.Errorf("type %d has no shape", kind)
		}
	}
}

func TestTransportCompression(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.dialAt("/gateway?v=10&encoding=json&compress=zlib-stream")
	var stream bytes.Buffer
	var inflater io.Reader
	next := func() gatewayMessage {
		t.Helper()
		kind, data, err := c.ws.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage || !bytes.HasSuffix(data, []byte{0, 0, 0xff, 0xff}) {
			t.Fatalf("kind %d, %v, ends with % x", kind, err, data[max(0, len(data)-4):])
		}
		stream.Write(data)
		if inflater == nil {
			if inflater, err = zlib.NewReader(&stream); err != nil {
				t.Fatal(err)
			}
		}
		var m gatewayMessage
		if err := json.NewDecoder(inflater).Decode(&m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := next(); m.Op != opHello {
		t.Fatalf("first %+v", m)
	}
	c.send(identifyText(testToken, allIntents))
	if m := next(); m.T != "READY" {
		t.Fatalf("second %+v", m)
	}
	if m := next(); m.T != "GUILD_CREATE" {
		t.Fatalf("third %+v", m)
	}
	if code := w.dialAt("/gateway?v=10&compress=zstd-stream").closed(); code != 4002 {
		t.Errorf("another compression: closed with %d", code)
	}
}

func TestPayloadCompression(t *testing.T) {
	w := newWorld(t, Options{})
	for i := range 20 {
		if _, err := w.s.Post("ana", fmt.Sprintf("channel-%d", i), "a"); err != nil {
			t.Fatal(err)
		}
	}
	c := w.dial()
	c.op(opHello)
	c.send(strings.Replace(identifyText(testToken, allIntents), `"token"`, `"compress":true,"token"`, 1))
	c.event("READY")
	kind, data, err := c.ws.ReadMessage()
	if err != nil || kind != websocket.BinaryMessage {
		t.Fatalf("kind %d, %v", kind, err)
	}
	inflater, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var m gatewayMessage
	if err := json.NewDecoder(inflater).Decode(&m); err != nil || m.T != "GUILD_CREATE" {
		t.Errorf("%s, %v", m.T, err)
	}
}

// Guilds lie on their shards; what happens in one comes to its shard alone,
// direct messages to shard 0.
func TestGuildsAndShards(t *testing.T) {
	const shards = 4
	w := newWorld(t, Options{Shards: shards, DefaultBot: "helper"})
	if got := string(w.do("GET", "/gateway/bot", "").body); !strings.Contains(got, `"shards":4`) {
		t.Errorf("/gateway/bot: %s", got)
	}
	var clients []*client
	for shard := range shards {
		c := w.dial()
		c.op(opHello)
		c.send(strings.Replace(identifyText(testToken, allIntents), `"token"`, fmt.Sprintf(`"shard":[%d,%d],"token"`, shard, shards), 1))
		c.event("READY")
		clients = append(clients, c)
	}
	met := map[int]bool{}
	for i := 0; len(met) < shards && i < 60; i++ {
		time.Sleep(2 * time.Millisecond) // a guild's id, and so its shard, comes from the clock
		place := fmt.Sprintf("guild-%d/talk", i)
		m, err := w.s.Post("ana", place, place)
		if err != nil {
			t.Fatal(err)
		}
		w.s.mu.Lock()
		ch := w.s.channels[m.ChannelID]
		id, _ := snowflake(ch.GuildID)
		w.s.mu.Unlock()
		shard := int(id>>22) % shards
		met[shard] = true
		if got := in[Message](t, clients[shard].event("MESSAGE_CREATE")); got.Content != place {
			t.Fatalf("shard %d heard %q, want %q", shard, got.Content, place)
		}
	}
	if len(met) < shards {
		t.Errorf("guilds on %d shards of %d", len(met), shards)
	}
	if _, err := w.s.Post("ana", "@helper", "direct"); err != nil {
		t.Fatal(err)
	}
	if got := in[Message](t, clients[0].event("MESSAGE_CREATE")); got.Content != "direct" {
		t.Errorf("shard 0 heard %q", got.Content)
	}
	if got := decoded[[]any](t, w.do("GET", "/users/@me/guilds", "")); len(got) < 2 {
		t.Errorf("%d guilds", len(got))
	}
}

func TestLocale(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(0)
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"ask","description":"a","name_localizations":{"de":"Fragen"}}]`).expect(t, 400, "APPLICATION_COMMAND_INVALID_NAME")
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"ask","description":"a","name_localizations":{"xx":"fragen"}}]`).expect(t, 400, "en-US")
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"ask","description":"a","name_localizations":{"de":"fragen"}}]`).expect(t, 200, "fragen")
	if got := w.do("GET", "/applications/"+app+"/commands", ""); strings.Contains(string(got.body), "fragen") {
		t.Errorf("translations without being asked for: %s", got.body)
	}
	w.do("GET", "/applications/"+app+"/commands?with_localizations=true", "").expect(t, 200, "fragen")
	w.do("POST", "/test/users", `{"user":"ana","locale":"de"}`).expect(t, 200, `"de"`)
	w.do("POST", "/test/users", `{"user":"ana","locale":"klingon"}`).expect(t, 400, "es-419")
	// Under its default name, as always; the language stands beside it.
	w.do("POST", "/test/commands", `{"user":"ana","channel":"general","name":"fragen"}`).expect(t, 200)
	got := in[struct {
		Locale string
		Data   struct{ Name string }
	}](t, c.event("INTERACTION_CREATE"))
	if got.Locale != "de" || got.Data.Name != "ask" {
		t.Errorf("%+v", got)
	}
}

func TestFilesOfPeople(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"look","files":[{"name":"a.txt","content_type":"text/plain","data":"d29yZHM="}]}`).expect(t, 200)
	m := in[Message](t, c.event("MESSAGE_CREATE"))
	if len(m.Attachments) != 1 || m.Attachments[0].Size != 5 {
		t.Fatalf("attachments %+v", m.Attachments)
	}
	w.do("GET", "/test/state", "")
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"read","description":"r","options":[{"type":11,"name":"file","description":"f","required":true}]}]`).expect(t, 200)
	w.do("POST", "/test/commands", `{"user":"ana","channel":"general","name":"read","options":{"file":"a.txt"}}`).expect(t, 400, "base64")
	w.do("POST", "/test/commands", `{"user":"ana","channel":"general","name":"read","options":{"file":{"name":"b.txt","data":"d29yZHM="}}}`).expect(t, 200)
	got := in[struct {
		Data struct {
			Options  []struct{ Value string }
			Resolved struct{ Attachments map[string]Attachment }
		}
	}](t, c.event("INTERACTION_CREATE"))
	if a := got.Data.Resolved.Attachments[got.Data.Options[0].Value]; a.Filename != "b.txt" || !strings.HasPrefix(a.URL, w.url) {
		t.Errorf("%+v", got)
	}
}

func TestTopic(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.do("POST", "/test/channels", `{"user":"ana","name":"general","topic":"All of it"}`).expect(t, 200, "All of it")
	if ch := in[Channel](t, c.event("CHANNEL_UPDATE")); ch.Topic == nil || *ch.Topic != "All of it" {
		t.Errorf("%+v", ch)
	}
}

func TestFaultsAtARate(t *testing.T) {
	failures := func(seed uint64) string {
		w := newWorld(t, Options{Faults: Faults{Rate: map[string]float64{"internal_500": .5}, Seed: seed}})
		var got strings.Builder
		for range 40 {
			fmt.Fprint(&got, w.do("GET", "/users/@me", "").status, " ")
		}
		return got.String()
	}
	first := failures(3)
	if n := strings.Count(first, "500"); n < 5 || n > 35 {
		t.Errorf("%d of 40 at a rate of a half", n)
	}
	if failures(3) != first {
		t.Error("the same seed fails otherwise")
	}
	if failures(4) == first {
		t.Error("another seed fails the same")
	}
	w := newWorld(t, Options{})
	w.do("POST", "/test/faults", `{"rate":{"internal_500":2}}`).expect(t, 400, "0 to 1")
	w.do("POST", "/test/faults", `{"rate":{"gremlins":1}}`).expect(t, 400, "bad_gateway_502")
	if a := w.do("POST", "/test/faults", `{"nasty":true}`).expect(t, 200, `"seed":`); w.s.PendingFaults().None() {
		t.Errorf("nothing is planned: %s", a.body)
	}
}

// Every fault that can be counted can be had at a rate, and is documented by
// its name in JSON.
func TestFaultNames(t *testing.T) {
	names := faultNames()
	for _, name := range names {
		var f Faults
		if err := json.Unmarshal(fmt.Appendf(nil, `{%q:1}`, name), &f); err != nil || f.None() {
			t.Errorf("%s: %v", name, err)
		}
	}
	var all map[string]any
	data, err := json.Marshal(Nasty())
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	f := Nasty()
	if err != nil || f.check() != nil {
		t.Errorf("the mix: %v, %v", err, f.check())
	}
}

// The page's panel offers every fault, by the name that the server knows.
func TestPageKnowsTheFaults(t *testing.T) {
	page, err := pageFiles.ReadFile("page/faults.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range faultNames() {
		if !bytes.Contains(page, []byte(name+": \"")) {
			t.Errorf("the page does not offer %s", name)
		}
	}
}

func TestReconnectAtEvent(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	w.s.SetFaults(Faults{ReconnectAtEvent: 1, UnknownEvent: 1})
	w.post("a")
	c.event("NEW_FEATURE_UPDATE")
	c.op(opReconnect)
	c.event("MESSAGE_CREATE")
}
