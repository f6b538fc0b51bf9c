package testserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const askCommand = `[{"name":"ask","description":"Ask","options":[
	{"type":3,"name":"question","description":"What","required":true,"autocomplete":true},
	{"type":4,"name":"count","description":"How many","min_value":1,"max_value":5},
	{"type":5,"name":"loud","description":"Shout"},
	{"type":6,"name":"who","description":"User"},
	{"type":7,"name":"where","description":"Channel"},
	{"type":3,"name":"tone","description":"Tone","choices":[{"name":"Dry","value":"dry"}]}]},
	{"name":"Quote","type":3},{"name":"Greet","type":2},
	{"name":"list","description":"List","options":[{"type":1,"name":"add","description":"Add","options":[{"type":10,"name":"n","description":"Number","required":true}]}]}]`

// sent is an INTERACTION_CREATE.
type sent struct {
	ID, Token string
	Type      int
	Data      struct {
		Name     string
		TargetID string `json:"target_id"`
		CustomID string `json:"custom_id"`
		Values   []string
		Options  []struct {
			Name    string
			Type    int
			Value   any
			Focused bool
			Options []struct {
				Name  string
				Value any
			}
		}
		Resolved   map[string]map[string]any
		Components []map[string]any
	}
	Member  *Member
	User    *User
	Channel *Channel
	Message *Message
	GuildID string `json:"guild_id"`
	Context int
	Owners  map[string]string `json:"authorizing_integration_owners"`
}

// stage is a world with a bot that has commands.
type stage struct {
	*world
	c *client
}

func newStage(t *testing.T) stage {
	t.Helper()
	w := newWorld(t, Options{DefaultBot: "helper"})
	c := w.connect(intentGuilds)
	w.do("PUT", "/applications/"+app+"/commands", askCommand).expect(t, 200)
	return stage{w, c}
}

// use runs a command over the scripting interface and returns what the bot got.
func (s stage) use(path, body string) sent {
	s.t.Helper()
	s.do("POST", "/test/"+path, body).expect(s.t, 200, `"state":"pending"`)
	return in[sent](s.t, s.c.event("INTERACTION_CREATE"))
}

func (s stage) ask() sent {
	s.t.Helper()
	return s.use("commands", `{"user":"ana","channel":"general","name":"ask","options":{"question":"why?"}}`)
}

// callback answers an interaction.
func (s stage) callback(i sent, body string) answer {
	s.t.Helper()
	return s.as("", "POST", "/interactions/"+i.ID+"/"+i.Token+"/callback?with_response=true", body)
}

func hook(i sent) string { return "/webhooks/" + app + "/" + i.Token }

func TestCommandEvent(t *testing.T) {
	s := newStage(t)
	i := s.use("commands", `{"user":"ana","channel":"general","name":"/ask","options":{"question":"q","count":"3","loud":true,"who":"helper","where":"general","tone":"Dry"}}`)
	var got strings.Builder
	for _, o := range i.Data.Options {
		got.WriteString(fmt.Sprint(o.Name, "=", o.Value, " "))
	}
	if want := fmt.Sprintf("question=q count=3 loud=true who=%s where=%s tone=dry ", app, s.channel("general")); got.String() != want {
		t.Errorf("options %s, want %s", got.String(), want)
	}
	if i.Data.Resolved["users"][app] == nil || i.Data.Resolved["members"][app] == nil || i.Data.Resolved["channels"] == nil {
		t.Errorf("resolved %v", i.Data.Resolved)
	}
	if i.Member == nil || i.Member.User.Username != "ana" || i.User != nil || i.Channel == nil || i.GuildID == "" || i.Context != 0 || i.Owners["0"] != i.GuildID {
		t.Errorf("event %+v", i)
	}
	dm := s.use("commands", `{"user":"ana","channel":"@helper","name":"ask","options":{"question":"q"}}`)
	if dm.Member != nil || dm.User == nil || dm.GuildID != "" || dm.Context != 1 {
		t.Errorf("in a DM: %+v", dm)
	}
	sub := s.use("commands", `{"user":"ana","channel":"general","name":"list","options":{"add":{"n":1.5}}}`)
	if o := sub.Data.Options; len(o) != 1 || o[0].Name != "add" || o[0].Options[0].Value != 1.5 {
		t.Errorf("subcommand: %+v", o)
	}
	m := s.post("words")
	if menu := s.use("commands", fmt.Sprintf(`{"user":"ana","channel":"general","name":"Quote","target":%q}`, m.ID)); menu.Data.TargetID != m.ID || menu.Data.Resolved["messages"][m.ID] == nil {
		t.Errorf("message command: %+v", menu.Data)
	}
	if menu := s.use("commands", `{"user":"ana","channel":"general","name":"Greet","target":"ana"}`); menu.Data.Resolved["users"][menu.Data.TargetID] == nil {
		t.Errorf("user command: %+v", menu.Data)
	}
}

func TestCommandRefusals(t *testing.T) {
	s := newStage(t)
	for body, want := range map[string]string{
		`{"user":"ana","channel":"general","name":"no"}`:                                            "there is no command",
		`{"user":"ana","channel":"general","name":"ask"}`:                                           "needs the option",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":"q","x":1}}`:          "has no option",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":1}}`:                  "want text",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":"q","count":9}}`:      "above 5",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":"q","count":1.5}}`:    "whole number",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":"q","loud":"maybe"}}`: "true or false",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":"q","who":"nobody"}}`: "no user",
		`{"user":"ana","channel":"general","name":"ask","options":{"question":"q","tone":"wet"}}`:   "is not one of: Dry",
		`{"user":"ana","channel":"general","name":"list"}`:                                          "exactly one subcommand",
		`{"user":"a b","channel":"general","name":"ask","options":{"question":"q"}}`:                "a name is 1 to 32",
		`{"user":"helper","channel":"general","name":"ask","options":{"question":"q"}}`:             "is a bot",
		`{"user":"ana","channel":"@nobody","name":"ask","options":{"question":"q"}}`:                "no bot named",
		`{"user":"ana","channel":"general","name":"Quote","target":"1"}`:                            "there is no command",
		`{`: "reading the body",
	} {
		s.do("POST", "/test/commands", body).expect(t, 400, want)
	}
}

func TestCallbacks(t *testing.T) {
	s := newStage(t)
	i := s.ask()
	s.callback(i, `{"type":7,"data":{"content":"x"}}`).expect(t, 400, `"code":50035`)
	s.callback(i, `{"data":{}}`).expect(t, 400, "BASE_TYPE_REQUIRED")
	s.callback(i, `{"type":4,"data":{"content":"`+strings.Repeat("x", 2001)+`"}}`).expect(t, 400, `"errors":{"data":{"content"`)
	s.as("", "POST", "/interactions/"+i.ID+"/wrong/callback", `{"type":5}`).expect(t, 404, `"code":10062`)
	s.as("", "GET", hook(i)+"/messages/@original", "").expect(t, 404, `"code":10015`)
	s.callback(i, `{"type":4,"data":{"content":"first","flags":64}}`).expect(t, 200, `"response_message_ephemeral":true`, `"type":20`, `"interaction_metadata"`)
	s.callback(i, `{"type":5}`).expect(t, 400, `"code":40060`)
	s.as("", "GET", hook(i)+"/messages/@original", "").expect(t, 200, `"content":"first"`)
	follow := decoded[Message](t, s.as("", "POST", hook(i)+"?wait=true", `{"content":"second"}`).expect(t, 200, `"type":19`))
	s.as("", "PATCH", hook(i)+"/messages/"+follow.ID, `{"content":"third"}`).expect(t, 200)
	s.as("", "DELETE", hook(i)+"/messages/"+follow.ID, "").expect(t, 204)
	s.as("", "GET", hook(i)+"/messages/"+follow.ID, "").expect(t, 404, `"code":10008`)
	s.as("", "DELETE", hook(i)+"/messages/@original", "").expect(t, 204)
	s.as("", "PATCH", "/webhooks/1/"+i.Token+"/messages/@original", "{}").expect(t, 404, `"code":10015`)
}

func TestDeferredToV2(t *testing.T) {
	s := newStage(t)
	i := s.ask()
	s.callback(i, `{"type":5,"data":{"flags":64}}`).expect(t, 200, `"response_message_loading":true`)
	got := decoded[Message](t, s.as("", "PATCH", hook(i)+"/messages/@original", `{"flags":32768,"components":[{"type":10,"content":"# Done"}]}`).expect(t, 200))
	if got.Flags != FlagComponentsV2|FlagEphemeral || got.EditedTimestamp != nil {
		t.Errorf("flags %d, edited %v", got.Flags, got.EditedTimestamp)
	}
	s.do("GET", "/test/channels/general/messages?html=1&user=ana", "").expect(t, 200, `"component_html":{"1":"`, `h1`)
	s.do("GET", "/test/channels/general/messages?user=ben", "").expect(t, 200, "[]")
	s.do("GET", "/channels/"+got.ChannelID+"/messages", "").expect(t, 200, "[]")
}

func TestFollowUpFillsDeferred(t *testing.T) {
	s := newStage(t)
	i := s.ask()
	s.as("", "POST", "/interactions/"+i.ID+"/"+i.Token+"/callback", `{"type":5}`).expect(t, 204)
	s.as("", "POST", hook(i), `{"content":"filled"}`).expect(t, 200, `"flags":0`)
	if list, err := s.s.Messages("general", 0); err != nil || len(list) != 1 || list[0].Content != "filled" {
		t.Errorf("messages %+v, %v", list, err)
	}
	done, err := s.s.AwaitInteraction(t.Context(), i.ID)
	if err != nil || done.State != StateAnswered {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestComponents(t *testing.T) {
	s := newStage(t)
	i := s.ask()
	s.callback(i, `{"type":4,"data":{"content":"pick","components":[
		{"type":1,"components":[{"type":2,"style":1,"label":"Go","custom_id":"go"},{"type":2,"style":1,"label":"No","custom_id":"no","disabled":true}]},
		{"type":1,"components":[{"type":3,"custom_id":"sel","max_values":2,"options":[{"label":"A","value":"a"},{"label":"B","value":"b"}]}]}]}}`).expect(t, 200)
	m, err := s.s.AwaitMessage(t.Context(), func(m Message) bool { return m.Content == "pick" })
	if err != nil {
		t.Fatal(err)
	}
	with := func(rest string) string { return fmt.Sprintf(`{"user":"ben","message":%q,%s}`, m.ID, rest) }
	s.do("POST", "/test/components", with(`"custom_id":"no"`)).expect(t, 400, "disabled")
	s.do("POST", "/test/components", with(`"custom_id":"x"`)).expect(t, 400, "no component")
	s.do("POST", "/test/components", with(`"custom_id":"sel","values":["c"]`)).expect(t, 400, "no option")
	s.do("POST", "/test/components", with(`"custom_id":"sel","values":["a","b","a"]`)).expect(t, 400, "1 to 2")
	chosen := s.use("components", with(`"custom_id":"sel","values":["b","a"]`))
	if fmt.Sprint(chosen.Data.Values) != "[b a]" || chosen.Message == nil || chosen.Message.ID != m.ID || chosen.Member.User.Username != "ben" {
		t.Errorf("select: %+v", chosen)
	}
	s.callback(chosen, `{"type":6}`).expect(t, 200)
	s.as("", "PATCH", hook(chosen)+"/messages/@original", `{"content":"chosen"}`).expect(t, 200, m.ID)
	clicked := s.use("components", with(`"custom_id":"go"`))
	s.callback(clicked, `{"type":7,"data":{"content":"done","components":[]}}`).expect(t, 200, `"content":"done"`, `"components":[]`)
	if got, err := s.s.Message(m.ID); err != nil || got.Content != "done" || len(got.Components) != 0 {
		t.Errorf("after the update: %+v, %v", got, err)
	}
}

func TestModal(t *testing.T) {
	s := newStage(t)
	i := s.ask()
	s.callback(i, `{"type":9,"data":{"custom_id":"f","title":"`+strings.Repeat("t", 46)+`","components":[]}}`).expect(t, 400, `"title"`, `"components"`)
	s.callback(i, `{"type":9,"data":{"custom_id":"f","title":"Form","components":[
		{"type":1,"components":[{"type":4,"custom_id":"name","label":"Name","style":1,"min_length":2}]},
		{"type":18,"label":"Why","component":{"type":4,"custom_id":"why","style":2,"required":false}}]}}`).expect(t, 200)
	s.do("POST", "/test/modals", fmt.Sprintf(`{"user":"ana","interaction":%q,"custom_id":"f","values":{}}`, i.ID)).expect(t, 400, "needs a value")
	s.do("POST", "/test/modals", fmt.Sprintf(`{"user":"ana","interaction":%q,"custom_id":"f","values":{"name":"a"}}`, i.ID)).expect(t, 400, "at least 2")
	s.do("POST", "/test/modals", fmt.Sprintf(`{"user":"ben","interaction":%q,"custom_id":"f","values":{"name":"ab"}}`, i.ID)).expect(t, 400, "no modal")
	form := s.use("modals", fmt.Sprintf(`{"user":"ana","interaction":%q,"custom_id":"f","values":{"name":"Ana"}}`, i.ID))
	if form.Type != interactionModal || form.Data.CustomID != "f" || !strings.Contains(fmt.Sprint(form.Data.Components), "value:Ana") {
		t.Errorf("modal submit: %+v", form)
	}
	s.callback(form, `{"type":9}`).expect(t, 400)
	s.callback(form, `{"type":4,"data":{"content":"thanks"}}`).expect(t, 200, `"triggering_interaction_metadata"`)
}

func TestAutocomplete(t *testing.T) {
	s := newStage(t)
	type result struct {
		a answer
	}
	done := make(chan result, 1)
	go func() {
		res, err := http.Post(s.url+"/test/autocomplete", "application/json", strings.NewReader(`{"user":"ana","channel":"general","name":"ask","options":{"question":"wh"},"focused":"question"}`))
		if err != nil {
			done <- result{}
			return
		}
		defer res.Body.Close()
		done <- result{answer{status: res.StatusCode}}
	}()
	i := in[sent](t, s.c.event("INTERACTION_CREATE"))
	if i.Type != interactionAutocomplete || !i.Data.Options[0].Focused || i.Data.Options[0].Value != "wh" {
		t.Errorf("event %+v", i)
	}
	s.callback(i, `{"type":4,"data":{"content":"x"}}`).expect(t, 400)
	s.callback(i, `{"type":8,"data":{"choices":`+repeat(26, `{"name":"n","value":"v%d"}`)+`}}`).expect(t, 400, `"choices"`)
	s.callback(i, `{"type":8,"data":{"choices":[{"name":"why?","value":"why?"}]}}`).expect(t, 200)
	if got := <-done; got.a.status != 200 {
		t.Errorf("autocomplete answered %d", got.a.status)
	}
	s.do("POST", "/test/autocomplete", `{"user":"ana","channel":"general","name":"ask","focused":"count"}`).expect(t, 400, "no autocomplete")
}

// direct calls a server without a network, for tests with a false clock.
func direct(t *testing.T, s *Server, method, path, body string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bot "+testToken)
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), rec.Body.Bytes()}
}

func (s *Server) tokenOf(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.interactions[id].token
}

func TestClocks(t *testing.T) {
	start := func(t *testing.T) (*Server, Interaction) {
		s := New(Options{})
		t.Cleanup(s.Close)
		direct(t, s, "PUT", "/api/v10/applications/"+app+"/commands", `[{"name":"a","description":"d"}]`).expect(t, 200)
		in, err := s.Command("ana", "general", "a", nil)
		if err != nil {
			t.Fatal(err)
		}
		return s, in
	}
	callback := func(t *testing.T, s *Server, in Interaction, body string) answer {
		return direct(t, s, "POST", "/api/v10/interactions/"+in.ID+"/"+s.tokenOf(in.ID)+"/callback", body)
	}
	t.Run("never acknowledged", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, in := start(t)
			done, err := s.AwaitInteraction(t.Context(), in.ID)
			if err != nil || done.State != StateFailed || done.Error != "The application did not respond" {
				t.Errorf("%+v, %v", done, err)
			}
			callback(t, s, in, `{"type":5}`).expect(t, 404, `"code":10062`)
		})
	})
	t.Run("just in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, in := start(t)
			time.Sleep(ackTime - time.Millisecond)
			callback(t, s, in, `{"type":5}`).expect(t, 204)
			original := "/api/v10/webhooks/" + app + "/" + s.tokenOf(in.ID) + "/messages/@original"
			time.Sleep(tokenLife - ackTime)
			direct(t, s, "PATCH", original, `{"content":"late"}`).expect(t, 200)
			time.Sleep(time.Millisecond)
			direct(t, s, "PATCH", original, `{"content":"too late"}`).expect(t, 401, `"code":50027`)
		})
	})
	t.Run("never filled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, in := start(t)
			callback(t, s, in, `{"type":5}`).expect(t, 204)
			done, err := s.AwaitInteraction(t.Context(), in.ID)
			if err != nil || done.State != StateFailed {
				t.Errorf("%+v, %v", done, err)
			}
		})
	})
	t.Run("nonce forgotten", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, _ := start(t)
			at := "/api/v10/channels/" + s.channelOrder[0].ID + "/messages"
			post := func() string {
				return decoded[Message](t, direct(t, s, "POST", at, `{"content":"a","nonce":1,"enforce_nonce":true}`).expect(t, 200)).ID
			}
			first := post()
			time.Sleep(nonceLife - time.Second)
			if post() != first {
				t.Error("the nonce was forgotten too early")
			}
			time.Sleep(time.Second)
			if post() == first {
				t.Error("the nonce was never forgotten")
			}
		})
	})
}
