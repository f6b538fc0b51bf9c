package testserver

import (
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

const app = "123456789012345678"

// repeat is a JSON array of n times an element, whose %d is its place.
func repeat(n int, element string) string {
	var parts []string
	for i := range n {
		parts = append(parts, strings.ReplaceAll(element, "%d", fmt.Sprint(i)))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func TestMessageRules(t *testing.T) {
	w := newWorld(t, Options{})
	messages := "/channels/" + w.channel("general") + "/messages"
	long := strings.Repeat("é", 2001)
	for _, c := range []struct {
		name, body string
		status     int
		words      []string
	}{
		{"longest content", `{"content":"` + long[2:] + `"}`, 200, nil},
		{"too long", `{"content":"` + long + `"}`, 400, []string{`"code":50035`, `"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 2000 or fewer in length."}]}`}},
		{"empty", `{}`, 400, []string{`"code":50006`}},
		{"blank", `{"content":"  "}`, 400, []string{`"code":50006`}},
		{"no body", ``, 400, []string{`"code":50006`}},
		{"not an object", `[1]`, 400, []string{`"code":50035`}},
		{"wrong type", `{"content":{}}`, 400, []string{"STRING_TYPE_CONVERT"}},
		{"unknown keys pass", `{"content":"a","frobnicate":1}`, 200, nil},
		{"long nonce", `{"content":"a","nonce":"12345678901234567890123456"}`, 400, []string{`"nonce"`}},
		{"11 embeds", `{"embeds":` + repeat(11, `{"title":"a"}`) + `}`, 400, []string{`"embeds"`}},
		{"embed sum", `{"embeds":` + repeat(2, `{"description":"`+strings.Repeat("x", 3001)+`"}`) + `}`, 400, []string{"MAX_EMBED_SIZE_EXCEEDED"}},
		{"embed", `{"embeds":[{"title":"t","description":"d","fields":[{"name":"n","value":"v"}],"footer":{"text":"f"}}]}`, 200, []string{`"type":"rich"`}},
		{"empty embed", `{"embeds":[{}]}`, 400, []string{"BASE_TYPE_REQUIRED"}},
		{"six buttons", `{"content":"a","components":[{"type":1,"components":` + repeat(6, `{"type":2,"style":1,"label":"l","custom_id":"c%d"}`) + `}]}`, 400, []string{"BASE_TYPE_BAD_LENGTH"}},
		{"buttons", `{"content":"a","components":[{"type":1,"components":` + repeat(5, `{"type":2,"style":1,"label":"l","custom_id":"c%d"}`) + `}]}`, 200, []string{`"custom_id":"c4"`, `"id":6`}},
		{"same custom ids", `{"content":"a","components":[{"type":1,"components":` + repeat(2, `{"type":2,"style":1,"label":"l","custom_id":"c"}`) + `}]}`, 400, []string{"COMPONENT_CUSTOM_ID_DUPLICATED"}},
		{"long label", `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"c","label":"` + strings.Repeat("x", 81) + `"}]}]}`, 400, []string{`"label"`}},
		{"long custom id", `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":1,"label":"l","custom_id":"` + strings.Repeat("x", 101) + `"}]}]}`, 400, []string{`"custom_id"`}},
		{"link without url", `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":5,"label":"l"}]}]}`, 400, []string{`"url"`}},
		{"26 options", `{"content":"a","components":[{"type":1,"components":[{"type":3,"custom_id":"s","options":` + repeat(26, `{"label":"l","value":"v%d"}`) + `}]}]}`, 400, []string{`"options"`}},
		{"select", `{"content":"a","components":[{"type":1,"components":[{"type":3,"custom_id":"s","options":[{"label":"l","value":"v"}]}]}]}`, 200, []string{`"max_values":1`}},
		{"text display without V2", `{"components":[{"type":10,"content":"a"}]}`, 400, []string{"UNION_TYPE_CHOICES"}},
		{"V2", `{"flags":32768,"components":[{"type":17,"accent_color":255,"components":[{"type":10,"content":"a"},{"type":14},{"type":9,"components":[{"type":10,"content":"b"}],"accessory":{"type":2,"style":2,"label":"l","custom_id":"c"}}]}]}`, 200, []string{`"flags":32768`, `"spacing":1`}},
		{"V2 with content", `{"flags":32768,"content":"a","components":[{"type":10,"content":"a"}]}`, 400, []string{"MESSAGE_CANNOT_USE_LEGACY_FIELDS"}},
		{"V2 with embeds", `{"flags":32768,"embeds":[{"title":"t"}],"components":[{"type":10,"content":"a"}]}`, 400, []string{"MESSAGE_CANNOT_USE_LEGACY_FIELDS"}},
		{"V2 of 41", `{"flags":32768,"components":` + repeat(41, `{"type":14}`) + `}`, 400, []string{"between 1 and 40"}},
		{"V2 of 40", `{"flags":32768,"components":` + repeat(40, `{"type":14}`) + `}`, 200, nil},
		{"V2 text", `{"flags":32768,"components":` + repeat(2, `{"type":10,"content":"`+strings.Repeat("x", 2001)+`"}`) + `}`, 400, []string{"4000"}},
		{"V2 empty", `{"flags":32768,"components":[]}`, 400, []string{`"code":50006`}},
		{"exclusive mentions", `{"content":"a","allowed_mentions":{"parse":["users"],"users":["1"]}}`, 400, []string{"mutually exclusive"}},
		{"unknown reference", `{"content":"a","message_reference":{"message_id":"1"}}`, 400, []string{"REPLIES_UNKNOWN_MESSAGE"}},
		{"forgiven reference", `{"content":"a","message_reference":{"message_id":"1","fail_if_not_exists":false}}`, 200, []string{`"type":0`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := *w
			in.t = t
			in.do("POST", messages, c.body).expect(t, c.status, c.words...)
		})
	}
}

func TestInvalidJSON(t *testing.T) {
	w := newWorld(t, Options{})
	w.do("POST", "/channels/"+w.channel("general")+"/messages", `{"content":`).expect(t, 400, `"code":50109`)
	w.do("POST", "/channels/"+w.channel("general")+"/messages", `{"content":"`+strings.Repeat("x", maxJSONBody)+`"}`).expect(t, 413)
}

func TestCommandRules(t *testing.T) {
	w := newWorld(t, Options{})
	option := func(o string) string { return `{"name":"a","description":"d","options":[` + o + `]}` }
	for _, c := range []struct {
		name, body string
		status     int
		word       string
	}{
		{"upper case", `{"name":"Ask","description":"d"}`, 400, "APPLICATION_COMMAND_INVALID_NAME"},
		{"space", `{"name":"a b","description":"d"}`, 400, "APPLICATION_COMMAND_INVALID_NAME"},
		{"long name", `{"name":"` + strings.Repeat("a", 33) + `","description":"d"}`, 400, "BASE_TYPE_BAD_LENGTH"},
		{"no description", `{"name":"a"}`, 400, "BASE_TYPE_REQUIRED"},
		{"long description", `{"name":"a","description":"` + strings.Repeat("d", 101) + `"}`, 400, "BASE_TYPE_BAD_LENGTH"},
		{"letters of others", `{"name":"спросить","description":"d"}`, 201, "спросить"},
		{"context menu", `{"name":"Ask About This","type":3}`, 201, `"type":3`},
		{"context menu with description", `{"name":"Ask","type":3,"description":"d"}`, 400, "CONTEXT_MENU"},
		{"required last", option(`{"type":3,"name":"x","description":"d"},{"type":3,"name":"y","description":"d","required":true}`), 400, "REQUIRED_INVALID"},
		{"26 options", `{"name":"a","description":"d","options":` + repeat(26, `{"type":3,"name":"o%d","description":"d"}`) + `}`, 400, `"options"`},
		{"26 choices", option(`{"type":3,"name":"x","description":"d","choices":` + repeat(26, `{"name":"c%d","value":"%d"}`) + `}`), 400, `"choices"`},
		{"choice of a wrong type", option(`{"type":3,"name":"x","description":"d","choices":[{"name":"c","value":1}]}`), 400, "STRING_TYPE_CONVERT"},
		{"too large", `{"name":"a","description":"d","options":` + repeat(25, `{"type":3,"name":"o%d","description":"d","choices":`+repeat(25, `{"name":"c","value":"`+strings.Repeat("v", 20)+`"}`)+`}`) + `}`, 400, "8000"},
		{"two of a name", option(`{"type":3,"name":"x","description":"d"},{"type":3,"name":"x","description":"d"}`), 400, "ALREADY_EXISTS"},
		{"subcommand beside option", option(`{"type":1,"name":"x","description":"d"},{"type":3,"name":"y","description":"d"}`), 400, "mutually exclusive"},
		{"good", `{"name":"a","description":"d","options":[{"type":3,"name":"x","description":"d","required":true,"choices":[{"name":"c","value":"v"}]},{"type":4,"name":"n","description":"d","min_value":1}]}`, 201, `"version"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := *w
			in.t = t
			in.do("POST", "/applications/"+app+"/commands", c.body).expect(t, c.status, c.word)
		})
	}
}

func TestCommandLife(t *testing.T) {
	w := newWorld(t, Options{})
	base := "/applications/" + app + "/commands"
	w.do("PUT", base, "null").expect(t, 400, `"code":50035`)
	list := decoded[[]command](t, w.do("PUT", base, `[{"name":"a","description":"d"},{"name":"b","description":"d"}]`).expect(t, 200))
	again := decoded[[]command](t, w.do("PUT", base, `[{"name":"b","description":"e"}]`).expect(t, 200))
	if len(again) != 1 || again[0].ID != list[1].ID {
		t.Errorf("a command that stays does not keep its id: %+v", again)
	}
	one := base + "/" + again[0].ID
	w.do("PATCH", one, `{"description":"f"}`).expect(t, 200, `"description":"f"`)
	w.do("GET", one, "").expect(t, 200, `"name":"b"`)
	w.do("POST", base, `{"name":"b","description":"g"}`).expect(t, 200, again[0].ID)
	w.do("DELETE", one, "").expect(t, 204)
	w.do("GET", one, "").expect(t, 404, `"code":10063`)
	guild := "/applications/" + app + "/guilds/" + w.s.guilds[0].ID + "/commands"
	w.do("PUT", guild, `[{"name":"c","description":"d"}]`).expect(t, 200, `"guild_id"`)
	w.do("GET", base, "").expect(t, 200, "[]")
	w.do("GET", "/applications/1/commands", "").expect(t, 403)
}

func TestReads(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper"})
	general := w.channel("general")
	w.as("", "GET", "/users/@me", "").expect(t, 401, `{"code":0,"message":"401: Unauthorized"}`)
	w.do("GET", "/gateway", "").expect(t, 200, `ws://127.0.0.1:`)
	w.do("GET", "/gateway/bot", "").expect(t, 200, `"shards":1`)
	w.do("GET", "/users/@me", "").expect(t, 200, `"username":"helper"`)
	w.do("GET", "/users/"+app, "").expect(t, 200)
	w.do("GET", "/users/1", "").expect(t, 404, `"code":10013`)
	w.do("GET", "/applications/@me", "").expect(t, 200, app)
	w.do("GET", "/oauth2/applications/@me", "").expect(t, 200, app)
	w.do("GET", "/guilds/"+w.s.guilds[0].ID, "").expect(t, 200, "@everyone")
	w.do("GET", "/guilds/1", "").expect(t, 404, `"code":10004`)
	w.do("GET", "/guilds/"+w.s.guilds[0].ID+"/channels", "").expect(t, 200, general)
	w.do("GET", "/guilds/"+w.s.guilds[0].ID+"/roles", "").expect(t, 200)
	w.do("GET", "/guilds/"+w.s.guilds[0].ID+"/members/"+app, "").expect(t, 200)
	w.do("GET", "/channels/"+general, "").expect(t, 200, `"general"`)
	w.do("GET", "/channels/1", "").expect(t, 404, `{"code":10003,"message":"Unknown Channel"}`)
	w.do("GET", "/nothing", "").expect(t, 404, `{"code":0,"message":"404: Not Found"}`)
	h := w.do("GET", "/api/v9/users/@me", "").expect(t, 200).header
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Reset-After", "X-RateLimit-Bucket"} {
		if h.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
}

func TestMessageLife(t *testing.T) {
	w := newWorld(t, Options{})
	at := "/channels/" + w.channel("general") + "/messages"
	var ids []string
	for i := range 5 {
		ids = append(ids, decoded[Message](t, w.do("POST", at, fmt.Sprintf(`{"content":"%d"}`, i)).expect(t, 200)).ID)
	}
	for query, want := range map[string]string{
		"?limit=2": "43", "?before=" + ids[2]: "10", "?after=" + ids[2] + "&limit=1": "3",
		"?around=" + ids[2] + "&limit=3": "321", "": "43210",
	} {
		var got strings.Builder
		for _, m := range decoded[[]Message](t, w.do("GET", at+query, "").expect(t, 200)) {
			got.WriteString(m.Content)
		}
		if got.String() != want {
			t.Errorf("%s gave %s, want %s", query, got.String(), want)
		}
	}
	w.do("GET", at+"?limit=101", "").expect(t, 400, `"limit"`)
	one := at + "/" + ids[0]
	edited := decoded[Message](t, w.do("PATCH", one, `{"content":"new"}`).expect(t, 200))
	if edited.EditedTimestamp == nil || edited.Content != "new" {
		t.Errorf("edited: %+v", edited)
	}
	w.do("PATCH", one, `{"content":""}`).expect(t, 400, `"code":50006`)
	theirs, err := w.s.Post("ana", "general", "mine")
	if err != nil {
		t.Fatal(err)
	}
	w.do("PATCH", at+"/"+theirs.ID, `{"content":"x"}`).expect(t, 403, `"code":50005`)
	w.do("PUT", one+"/reactions/%F0%9F%91%8D/@me", "").expect(t, 204)
	w.do("GET", one, "").expect(t, 200, `"me":true`, "👍")
	w.do("DELETE", one+"/reactions/%F0%9F%91%8D/@me", "").expect(t, 204)
	w.do("POST", one+"/threads", `{"name":"talk"}`).expect(t, 201, ids[0])
	w.do("POST", one+"/threads", `{"name":"talk"}`).expect(t, 400, `"code":160004`)
	w.do("POST", "/channels/"+ids[0]+"/messages", `{"content":"in the thread"}`).expect(t, 200)
	w.do("POST", "/channels/"+ids[0]+"/typing", "").expect(t, 204)
	w.do("DELETE", one, "").expect(t, 204)
	w.do("GET", one, "").expect(t, 404, `"code":10008`)
}

func TestEnforceNonce(t *testing.T) {
	w := newWorld(t, Options{})
	at := "/channels/" + w.channel("general") + "/messages"
	first := decoded[Message](t, w.do("POST", at, `{"content":"a","nonce":"n","enforce_nonce":true}`).expect(t, 200))
	second := decoded[Message](t, w.do("POST", at, `{"content":"b","nonce":"n","enforce_nonce":true}`).expect(t, 200))
	third := decoded[Message](t, w.do("POST", at, `{"content":"c","nonce":"n"}`).expect(t, 200))
	other := decoded[Message](t, w.as("MTExMTExMTExMTExMTExMTEx.x.y", "POST", at, `{"content":"d","nonce":"n","enforce_nonce":true}`).expect(t, 200))
	if second.ID != first.ID || second.Content != "a" {
		t.Errorf("the nonce made a second message: %+v", second)
	}
	if third.ID == first.ID || other.ID == first.ID {
		t.Error("a nonce not enforced, or another author's, gave the earlier message")
	}
}

func TestMentions(t *testing.T) {
	w := newWorld(t, Options{})
	asked, err := w.s.Post("ana", "general", "hi")
	if err != nil {
		t.Fatal(err)
	}
	at := "/channels/" + asked.ChannelID + "/messages"
	ana := asked.Author.ID
	post := func(rest string) Message {
		t.Helper()
		return decoded[Message](t, w.do("POST", at, fmt.Sprintf(`{"content":"<@%s> @everyone"%s}`, ana, rest)).expect(t, 200))
	}
	for rest, want := range map[string]struct {
		users    int
		everyone bool
	}{
		"":                                 {1, true},
		`,"allowed_mentions":{"parse":[]}`: {0, false},
		`,"allowed_mentions":{"parse":["users"]}`:       {1, false},
		`,"allowed_mentions":{"users":["` + ana + `"]}`: {1, false},
		`,"allowed_mentions":{"users":["1"]}`:           {0, false},
	} {
		m := post(rest)
		if len(m.Mentions) != want.users || m.MentionEveryone != want.everyone {
			t.Errorf("%s: %d users, everyone %t", rest, len(m.Mentions), m.MentionEveryone)
		}
	}
	quiet := post(`,"allowed_mentions":{"parse":[]}`)
	loud := decoded[Message](t, w.do("PATCH", at+"/"+quiet.ID, fmt.Sprintf(`{"content":"<@%s>"}`, ana)).expect(t, 200))
	if len(loud.Mentions) != 1 {
		t.Error("an edit without allowed_mentions is not parsed with the defaults")
	}
	reference := fmt.Sprintf(`{"content":"re","message_reference":{"message_id":%q}`, asked.ID)
	if m := decoded[Message](t, w.do("POST", at, reference+"}")); len(m.Mentions) != 1 || m.Type != MessageReply {
		t.Errorf("a reply: %+v", m)
	}
	if m := decoded[Message](t, w.do("POST", at, reference+`,"allowed_mentions":{"parse":["users"]}}`)); len(m.Mentions) != 0 {
		t.Error("a reply pings although replied_user is not set")
	}
}

func TestGlobalLimit(t *testing.T) {
	w := newWorld(t, Options{GlobalPerSecond: 2})
	limited := 0
	for range 20 {
		a := w.do("GET", "/users/@me", "")
		if a.status == http.StatusTooManyRequests {
			limited++
			a.expect(t, 429, `"global":true`, `"retry_after"`)
			if a.header.Get("X-RateLimit-Global") != "true" || a.header.Get("Retry-After") == "" {
				t.Fatalf("headers %v", a.header)
			}
		}
	}
	if limited == 0 {
		t.Error("20 requests at 2 a second were all let through")
	}
	w.as(testToken, "PATCH", "/webhooks/"+app+"/x/messages/@original", `{}`).expect(t, 404, `"code":10015`)
}

func TestMultipart(t *testing.T) {
	w := newWorld(t, Options{})
	var body strings.Builder
	form := multipart.NewWriter(&body)
	if err := form.WriteField("payload_json", `{"content":"see","attachments":[{"id":0,"description":"a picture"}]}`); err != nil {
		t.Fatal(err)
	}
	file, err := form.CreateFormFile("files[0]", "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("<script>")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/api/v10/channels/"+w.channel("general")+"/messages", strings.NewReader(body.String()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bot "+testToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var m Message
	if err := json.NewDecoder(res.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Description != "a picture" || m.Content != "see" {
		t.Fatalf("message %+v", m)
	}
	got, err := http.Get(m.Attachments[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != 200 || !strings.Contains(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("attachment: %s %v", got.Status, got.Header)
	}
}

func FuzzCreateMessage(f *testing.F) {
	for _, seed := range []string{
		`{"content":"a"}`, `{"embeds":[{"fields":[{}]}]}`, `{"flags":32768,"components":[{"type":17,"components":[{"type":9,"components":[{"type":10}],"accessory":null}]}]}`,
		`{"components":[null,{"type":1,"components":[{"type":3,"options":null}]}]}`, `{"nonce":{},"allowed_mentions":[],"message_reference":{"message_id":1}}`, `null`, `[]`, `{"components":[{"type":12,"items":[{}]}],"flags":32768}`,
	} {
		f.Add([]byte(seed))
	}
	s := New(Options{})
	s.mu.Lock()
	b, err := s.botFor(testToken)
	ch := s.channelOrder[0]
	s.mu.Unlock()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := parseDraft(body, nil, 0)
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		m, err := s.compose(ch, b.user, d, "127.0.0.1")
		if err != nil {
			return
		}
		s.post(ch, m)
		if data, err := json.Marshal(m); err != nil || !json.Valid(data) {
			t.Fatalf("a message that cannot be encoded: %v", err)
		}
	})
}
