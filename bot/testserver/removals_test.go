package testserver

import (
	"fmt"
	"testing"
	"time"
)

// What stands in a channel goes with it, its threads too, and a bot that was
// removed from a guild may do nothing there any more.
func TestRemovals(t *testing.T) {
	w := newWorld(t, Options{Bots: []Bot{{Name: "helper", Token: testToken}}})
	c := w.connect(allIntents)
	m := w.post("x")
	w.do("POST", "/channels/"+m.ChannelID+"/messages/"+m.ID+"/threads", `{"name":"talk"}`).expect(t, 201)
	w.do("POST", "/test/messages", `{"user":"ana","channel":"random","content":"there"}`).expect(t, 200)
	w.do("POST", "/test/removals", `{"channel":"talk"}`).expect(t, 204)
	if got := in[Channel](t, c.event("THREAD_DELETE")); got.ID != m.ID || *got.ParentID != m.ChannelID {
		t.Errorf("THREAD_DELETE %+v", got)
	}
	w.do("POST", "/channels/"+m.ID+"/messages", `{"content":"x"}`).expect(t, 404, `"code":10003`)
	other := w.post("y")
	w.do("POST", "/channels/"+m.ChannelID+"/messages/"+other.ID+"/threads", `{"name":"talk"}`).expect(t, 201)
	w.do("POST", "/test/removals", `{"channel":"general"}`).expect(t, 204)
	if got := in[Channel](t, c.event("CHANNEL_DELETE")); got.ID != m.ChannelID {
		t.Errorf("CHANNEL_DELETE %+v", got)
	}
	for _, at := range []string{m.ChannelID, other.ID} {
		w.do("POST", "/channels/"+at+"/messages", `{"content":"x"}`).expect(t, 404, `"code":10003`)
	}
	w.do("GET", "/test/messages/"+m.ID, "").expect(t, 404)
	w.do("POST", "/test/removals", `{"channel":"@helper"}`).expect(t, 400)
	w.do("POST", "/test/removals", `{"channel":"nowhere"}`).expect(t, 404)

	guild := w.s.guilds[0].ID
	at := w.channel("random")
	w.do("GET", "/channels/"+at, "").expect(t, 200)
	w.do("POST", "/test/removals", `{"bot":"nobody"}`).expect(t, 400)
	w.do("POST", "/test/removals", `{"bot":"helper"}`).expect(t, 204)
	if got := in[struct{ ID string }](t, c.event("GUILD_DELETE")); got.ID != guild {
		t.Errorf("GUILD_DELETE %+v", got)
	}
	w.do("GET", "/channels/"+at, "").expect(t, 403, `"code":50001`)
	w.do("POST", "/channels/"+at+"/messages", `{"content":"x"}`).expect(t, 403, `"code":50001`)
	w.do("GET", "/guilds/"+guild, "").expect(t, 404, `"code":10004`)
	w.do("GET", "/users/@me/guilds", "").expect(t, 200, `[]`)
}

// Who may manage messages deletes those of others, and nobody else does.
func TestModeration(t *testing.T) {
	w := newWorld(t, Options{Bots: []Bot{{Name: "helper", Token: testToken}}})
	c := w.connect(allIntents)
	m := w.post("x")
	deletion := fmt.Sprintf(`{"user":"mod","message":%q}`, m.ID)
	w.do("POST", "/test/deletions", deletion).expect(t, 403, `"code":50013`)
	w.do("POST", "/test/permissions", `{"user":"mod","allow":["MANAGE_MESSAGES"]}`).expect(t, 204)
	w.do("POST", "/test/deletions", deletion).expect(t, 204)
	if got := in[struct{ ID string }](t, c.event("MESSAGE_DELETE")); got.ID != m.ID {
		t.Errorf("MESSAGE_DELETE %+v", got)
	}
}

// The time for answers to an interaction can be made short.
func TestTokenLife(t *testing.T) {
	w := newWorld(t, Options{TokenLife: time.Nanosecond, Bots: []Bot{{Name: "helper", Token: testToken}}})
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"a","description":"d"}]`).expect(t, 200)
	i, err := w.s.Command("ana", "general", "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	at := w.s.tokenOf(i.ID)
	w.do("POST", "/interactions/"+i.ID+"/"+at+"/callback", `{"type":5}`).expect(t, 204)
	w.do("PATCH", "/webhooks/"+app+"/"+at+"/messages/@original", `{"content":"x"}`).expect(t, 401, `"code":50027`)
}
