package testserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A bot's own role is a mention like any other, and what mentions that alone
// comes without content to a bot that may not read everything.
func TestMentionOfABotsRole(t *testing.T) {
	for _, c := range []struct {
		intents int
		content string // of the event
	}{{allIntents, " why?"}, {allIntents &^ intentMessageContent, ""}} {
		w := newWorld(t, Options{DefaultBot: "helper", Bots: []Bot{{Name: "helper", Token: testToken}}})
		bot := w.connect(c.intents)
		m, err := w.s.Post("ana", "general", "@&helper why?")
		if err != nil || len(m.MentionRoles) != 1 || len(m.Mentions) != 0 {
			t.Fatalf("%v, %v", m.MentionRoles, err)
		}
		guild := decoded[struct{ Guild struct{ ID string } }](t, w.do("GET", "/test/state", "")).Guild.ID
		for _, r := range decoded[[]role](t, w.do("GET", "/guilds/"+guild+"/roles", "")) {
			if r.ID == m.MentionRoles[0] && (!r.Managed || r.Tags["bot_id"] != app) {
				t.Errorf("the role is %+v", r)
			}
		}
		e := decoded[Message](t, answer{body: bot.event("MESSAGE_CREATE").D})
		want := c.content
		if want != "" {
			want = "<@&" + m.MentionRoles[0] + ">" + want
		}
		if e.Content != want || len(e.MentionRoles) != 1 {
			t.Errorf("the bot is told %q, %v", e.Content, e.MentionRoles)
		}
		// Nobody pings a role who may not mention everyone.
		if err := w.s.Permit("@everyone", "general", nil, []string{"MENTION_EVERYONE"}); err != nil {
			t.Fatal(err)
		}
		if m, err := w.s.Post("ana", "general", "@&helper again"); err != nil || len(m.MentionRoles) != 0 {
			t.Errorf("it pings %v, %v", m.MentionRoles, err)
		}
	}
}

func TestForwardsPollsAndLinks(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper", Bots: []Bot{{Name: "helper", Token: testToken}}})
	bot := w.connect(allIntents)
	blind := newWorld(t, Options{DefaultBot: "helper", Bots: []Bot{{Name: "helper", Token: testToken}}})
	withheld := blind.connect(allIntents &^ intentMessageContent)
	for _, side := range []struct {
		*world
		*client
		sees bool
	}{{w, bot, true}, {blind, withheld, false}} {
		said, err := side.s.Post("ana", "news", "the words", WithFiles(File{Name: "a.png", ContentType: "image/png", Description: "a map", Data: []byte("x")}))
		if err != nil || said.Attachments[0].Description != "a map" {
			t.Fatalf("%+v, %v", said.Attachments, err)
		}
		first, err := side.s.Post("ana", "general", "", Forwarding(said.ID))
		if err != nil {
			t.Fatal(err)
		}
		again, err := side.s.Post("ben", "general", "", Forwarding(first.ID))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []Message{first, again} {
			if m.Type != MessageDefault || m.Content != "" || m.ReferencedMessage != nil || m.MessageReference.Type != ReferenceForward || len(m.MessageSnapshots) != 1 || m.MessageSnapshots[0].Message.Content != "the words" {
				t.Errorf("the forward is %+v", m)
			}
		}
		if _, err := side.s.Post("ana", "general", "", WithPoll("When?", "now", "later")); err != nil {
			t.Fatal(err)
		}
		side.client.event("MESSAGE_CREATE")
		for range 2 {
			e := decoded[Message](t, answer{body: side.client.event("MESSAGE_CREATE").D})
			if side.sees != (len(e.MessageSnapshots) == 1) || e.MessageReference == nil {
				t.Errorf("of a forward the bot is told %+v", e)
			}
		}
		e := decoded[Message](t, answer{body: side.client.event("MESSAGE_CREATE").D})
		if side.sees != (e.Poll != nil) || side.sees && (e.Poll.Question.Text != "When?" || e.Poll.Answers[1].Media.Text != "later") {
			t.Errorf("of a poll the bot is told %+v", e.Poll)
		}
	}
	link, err := w.s.Post("ana", "general", "https://example.com/news")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := w.s.Unfurl(link.ID, map[string]any{"title": "News"})
	e := decoded[Message](t, answer{body: bot.event("MESSAGE_UPDATE").D})
	if err != nil || shown.EditedTimestamp != nil || e.EditedTimestamp != nil || len(e.Embeds) != 1 || !strings.Contains(string(e.Embeds[0]), "News") {
		t.Errorf("a link is shown as %+v, %v", e, err)
	}

	messages := "/channels/" + link.ChannelID + "/messages"
	for name, c := range map[string]struct {
		body   string
		status int
		words  string
	}{
		"a forward":            {`{"message_reference":{"type":1,"channel_id":"` + link.ChannelID + `","message_id":"` + link.ID + `"}}`, 200, `"message_snapshots":[{"message":{"type":0`},
		"of nothing":           {`{"message_reference":{"type":1,"channel_id":"` + link.ChannelID + `","message_id":"1"}}`, 400, `"code":160008`},
		"with words":           {`{"content":"x","message_reference":{"type":1,"channel_id":"` + link.ChannelID + `","message_id":"` + link.ID + `"}}`, 400, `"code":160011`},
		"from nowhere":         {`{"message_reference":{"type":1,"message_id":"` + link.ID + `"}}`, 400, "BASE_TYPE_REQUIRED"},
		"another type":         {`{"content":"x","message_reference":{"type":2,"message_id":"` + link.ID + `"}}`, 400, "BASE_TYPE_CHOICES"},
		"a poll":               {`{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}],"duration":1}}`, 200, `"answer_id":1`},
		"a poll of no answers": {`{"poll":{"question":{"text":"q"},"answers":[]}}`, 400, "poll"},
		"a poll for years":     {`{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}],"duration":9999}}`, 400, "duration"},
		"a poll beside V2":     {`{"flags":32768,"components":[{"type":10,"content":"a"}],"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}]}}`, 400, "MESSAGE_CANNOT_USE_LEGACY_FIELDS"},
	} {
		if a := w.do("POST", messages, c.body); a.status != c.status || !strings.Contains(string(a.body), c.words) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	w.do("POST", "/test/unfurls", `{"message":"`+link.ID+`","embeds":[{"title":"More"}]}`).expect(t, 200, "More")
	w.do("POST", "/test/unfurls", `{"message":"1","embeds":[]}`).expect(t, 404)
	private, err := w.s.Post("ana", "@helper", "psst")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.Post("ben", "general", "", Forwarding(private.ID)); err == nil {
		t.Error("somebody forwarded another's direct message")
	}
}

func TestBulkDeletion(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper", Bots: []Bot{{Name: "helper", Token: testToken}}})
	bot := w.connect(allIntents)
	var ids []string
	say := func() string {
		m, err := w.s.Post("ana", "general", "x")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.ID)
		return m.ChannelID
	}
	channel := say()
	path := "/channels/" + channel + "/messages/bulk-delete"
	list := func(ids ...string) string { return `{"messages":["` + strings.Join(ids, `","`) + `"]}` }
	say()
	old := fmt.Sprint(uint64(time.Now().Add(-15*24*time.Hour).UnixMilli()-discordEpoch) << 22)
	w.do("POST", path, `{}`).expect(t, 400, "BASE_TYPE_REQUIRED")
	w.do("POST", path, list(ids[0])).expect(t, 400, `"code":50016`)
	w.do("POST", path, list(ids[0], ids[0])).expect(t, 400, "SET_TYPE_ALREADY_CONTAINS_VALUE")
	w.do("POST", path, list(ids[0], old)).expect(t, 400, `"code":50034`)
	w.do("POST", path, list(ids[0], "x")).expect(t, 400, "not snowflake")
	w.do("POST", path, list(append(ids, "9999999999999999999")...)).expect(t, 204)
	var e struct {
		IDs     []string `json:"ids"`
		Channel string   `json:"channel_id"`
		Guild   string   `json:"guild_id"`
	}
	if err := json.Unmarshal(bot.event("MESSAGE_DELETE_BULK").D, &e); err != nil || len(e.IDs) != 2 || e.Channel != channel || e.Guild == "" {
		t.Errorf("%+v, %v", e, err)
	}
	if left, _ := w.s.Messages("general", 0); len(left) != 0 {
		t.Errorf("%d messages are left", len(left))
	}

	ids = nil
	say()
	say()
	w.do("POST", "/test/deletions", `{"user":"ben","messages":["`+strings.Join(ids, `","`)+`"]}`).expect(t, 403, `"code":50013`)
	if err := w.s.Permit("ben", "", []string{"MANAGE_MESSAGES"}, nil); err != nil {
		t.Fatal(err)
	}
	w.do("POST", "/test/deletions", `{"user":"ben","messages":["`+strings.Join(ids, `","`)+`"]}`).expect(t, 204)
	bot.event("MESSAGE_DELETE_BULK")
	if err := w.s.Permit("helper", "general", nil, []string{"MANAGE_MESSAGES"}); err != nil {
		t.Fatal(err)
	}
	w.do("POST", path, list("1", "2")).expect(t, 403, `"code":50013`)
	dm, err := w.s.Post("ana", "@helper", "x")
	if err != nil {
		t.Fatal(err)
	}
	w.do("POST", "/channels/"+dm.ChannelID+"/messages/bulk-delete", list("1", "2")).expect(t, 403, `"code":50003`)
}
