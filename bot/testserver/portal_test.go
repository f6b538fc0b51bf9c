package testserver

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What the owner of an application has set shows in what the bot reads of
// itself, and in what the gateway takes.
func TestPortal(t *testing.T) {
	w := newWorld(t, Options{Bots: []Bot{{Name: "helper", Token: testToken, Portal: Portal{
		Withheld: intentMessageContent, InteractionsEndpoint: "https://bot.example/interactions", CodeGrant: true,
	}}}})
	type application struct {
		Flags     int
		CodeGrant bool   `json:"bot_require_code_grant"`
		Endpoint  string `json:"interactions_endpoint_url"`
	}
	want := application{flagCommandBadge | flagMembersLimited | flagPresenceLimited, true, "https://bot.example/interactions"}
	if got := decoded[application](t, w.do("GET", "/applications/@me", "").expect(t, 200)); got != want {
		t.Errorf("the application is %+v, not %+v", got, want)
	}
	refused := w.dial()
	refused.op(opHello)
	refused.send(identifyText(testToken, intentGuilds|intentMessageContent))
	if code := refused.closed(); code != 4014 {
		t.Errorf("a withheld intent: closed with %d", code)
	}
	w.connect(intentGuilds | intentGuildMembers | intentGuildPresences)

	// An interaction goes past the gateway.
	w.do("POST", "/applications/"+app+"/commands", `{"name":"ask","description":"d"}`).expect(t, 201)
	i, err := w.s.Command("ana", "general", "ask", nil)
	if err != nil {
		t.Fatal(err)
	}
	if i, err = w.s.AwaitInteraction(t.Context(), i.ID); err != nil || i.State != StateFailed {
		t.Errorf("the interaction is %s, %v", i.State, err)
	}
	if strings.Contains(string(w.do("GET", "/test/wire", "").body), "INTERACTION_CREATE") {
		t.Error("the gateway had it")
	}
}

// An application that nobody has invited is in no guild, and knows of none.
func TestUninvited(t *testing.T) {
	w := newWorld(t, Options{Bots: []Bot{{Name: "helper", Token: testToken, Uninvited: true}}})
	guild := "/guilds/" + w.s.guilds[0].ID
	w.do("GET", "/users/@me/guilds", "").expect(t, 200, "[]")
	w.do("GET", "/applications/@me", "").expect(t, 200, `"approximate_guild_count":0`)
	for _, path := range []string{guild, guild + "/channels", guild + "/roles", guild + "/members/" + app, "/channels/" + w.channel("general"), "/applications/" + app + guild + "/commands"} {
		w.do("GET", path, "").expect(t, 403, `"code":50001`)
	}
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"ask","description":"d"}]`).expect(t, 200)
	if _, err := w.s.Command("ana", "general", "ask", nil); err == nil {
		t.Error("its command can be used in a guild")
	}
	w.connect(0)
	if _, err := w.s.Post("ana", "general", "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.Post("ana", "@helper", "hello"); err != nil {
		t.Fatal(err)
	}
	if wire := string(w.do("GET", "/test/wire", "").body); strings.Contains(wire, "GUILD_CREATE") {
		t.Error("it was sent a guild")
	}
}

func TestGuildPages(t *testing.T) {
	w := newWorld(t, Options{})
	for _, name := range []string{"b", "c"} {
		if _, err := w.s.Post("ana", name+"/general", "hello"); err != nil {
			t.Fatal(err)
		}
	}
	type guild struct{ ID, Name string }
	all := decoded[[]guild](t, w.do("GET", "/users/@me/guilds", "").expect(t, 200))
	if len(all) != 3 {
		t.Fatalf("there are %+v", all)
	}
	if got := decoded[[]guild](t, w.do("GET", "/users/@me/guilds?limit=1&after="+all[0].ID, "").expect(t, 200)); len(got) != 1 || got[0] != all[1] {
		t.Errorf("the second page is %+v", got)
	}
	w.do("GET", "/users/@me/guilds?limit=201", "").expect(t, 400, `"limit"`)
	w.do("GET", "/users/@me/guilds?after=x", "").expect(t, 400, `"after"`)
	w.do("GET", "/guilds/1/channels", "").expect(t, 404, `"code":10004`)
}

// An Identify too many costs the bot its token.
func TestSessionStarts(t *testing.T) {
	w := newWorld(t, Options{SessionStarts: 2})
	for _, left := range []string{`"remaining":2`, `"remaining":1`} {
		w.do("GET", "/gateway/bot", "").expect(t, 200, `"total":2`, left)
		w.connect(0)
	}
	w.do("GET", "/gateway/bot", "").expect(t, 200, `"remaining":0`)
	c := w.dial()
	c.op(opHello)
	c.send(identifyText(testToken, 0))
	if code := c.closed(); code != 4004 {
		t.Errorf("closed with %d", code)
	}
	w.do("GET", "/gateway/bot", "").expect(t, 401)
}

func TestSessionStartsAreCountedByTheDay(t *testing.T) {
	var c starts
	const day = time.Hour
	now := time.Now()
	if n, reset := c.left(2, day, now); n != 2 || reset != 0 {
		t.Errorf("at first there are %d left, for %v", n, reset)
	}
	c.take(2, day, now)
	c.take(2, day, now)
	if n, reset := c.left(2, day, now.Add(day/2)); n != 0 || reset != day/2 {
		t.Errorf("after two there are %d left, for %v", n, reset)
	}
	if !c.take(2, day, now.Add(day)) {
		t.Error("there is none on the next day")
	}
}

// All that tells Discord's time tells it by the server's clock, which can be
// set at any time; no id comes twice, and what lasts is not cut short.
func TestClock(t *testing.T) {
	w := newWorld(t, Options{ClockSkew: time.Hour})
	near := func(what string, at time.Time, ahead time.Duration) {
		t.Helper()
		if off := time.Until(at) - ahead; off.Abs() > time.Minute {
			t.Errorf("%s is off by %v", what, off)
		}
	}
	seen := map[string]bool{}
	for _, ahead := range []time.Duration{time.Hour, -20 * time.Minute, 0, -time.Second} {
		if ahead != time.Hour {
			w.do("POST", "/test/clock", fmt.Sprintf(`{"ahead":%q}`, ahead)).expect(t, 204)
		}
		headers := w.do("GET", "/gateway", "").expect(t, 200).header
		at, err := http.ParseTime(headers.Get("Date"))
		if err != nil {
			t.Fatal(err)
		}
		near("the Date", at, ahead)
		reset, err := strconv.ParseFloat(headers.Get("X-RateLimit-Reset"), 64)
		if err != nil {
			t.Fatal(err)
		}
		near("the limit's reset", time.UnixMilli(int64(reset*1000)), ahead)
		last := ""
		for range 100 {
			m, err := w.s.Post("ana", "general", "hello")
			if err != nil {
				t.Fatal(err)
			}
			id, _ := snowflake(m.ID)
			near("an id", madeAt(id), ahead)
			if at, err = time.Parse(time.RFC3339, m.Timestamp); err != nil {
				t.Fatal(err)
			}
			near("a timestamp", at, ahead)
			if seen[m.ID] || last != "" && !olderID(last, m.ID) {
				t.Fatalf("the id %s comes after %s", m.ID, last)
			}
			seen[m.ID], last = true, m.ID
		}
	}
	w.do("POST", "/test/clock", `{"ahead":"soon"}`).expect(t, 400)
}

// An application with Activities has an Entry Point command from the start,
// which a bulk overwrite has to hold.
func TestEntryPoint(t *testing.T) {
	w := newWorld(t, Options{Bots: []Bot{{Name: "helper", Token: testToken, Portal: Portal{Activity: true}}}})
	const base, ask = "/applications/" + app + "/commands", `{"name":"ask","description":"d"}`
	listed := strings.Trim(string(w.do("GET", base, "").expect(t, 200, `"type":4`, `"name":"launch"`, `"handler":2`).body), "[]\n")
	w.do("PUT", base, "["+ask+"]").expect(t, 400, `"code":50240`)
	w.do("PUT", base, "["+listed+","+ask+"]").expect(t, 200, `"type":4`, `"name":"ask"`)
	w.do("PUT", base, "["+listed+`,{"type":4,"name":"other","handler":1}]`).expect(t, 400, `"code":30032`)
	w.do("PUT", base, `[{"type":4,"name":"open"}]`).expect(t, 400, `"code":50035`, `"handler"`)
	w.do("PUT", base, `[{"type":4,"name":"open","handler":1}]`).expect(t, 200, `"name":"open"`)
	w.do("POST", base, `{"name":"ask","description":"d","handler":1}`).expect(t, 400, `"code":50035`, `"handler"`)
}

// What an application creates in a day is counted; what replaces a command is
// not.
func TestCommandCreates(t *testing.T) {
	w := newWorld(t, Options{CommandCreates: 3})
	base, guild := "/applications/"+app+"/commands", "/applications/"+app+"/guilds/"+w.s.guilds[0].ID+"/commands"
	w.do("PUT", base, `[{"name":"a","description":"d"},{"name":"b","description":"d"}]`).expect(t, 200)
	w.do("PUT", base, `[{"name":"a","description":"e"},{"name":"b","description":"e"}]`).expect(t, 200)
	w.do("PUT", base, `[{"name":"c","description":"d"},{"name":"e","description":"d"}]`).expect(t, 400, `"code":30034`, "(3)")
	w.do("POST", base, `{"name":"c","description":"d"}`).expect(t, 201)
	w.do("POST", base, `{"name":"e","description":"d"}`).expect(t, 400, `"code":30034`)
	w.do("GET", base, "").expect(t, 200, `"name":"a"`, `"name":"c"`)
	w.do("POST", guild, `{"name":"e","description":"d"}`).expect(t, 201)
}

// Calls are answered otherwise, as often as a script wants it, carried out or
// not.
func TestAnswersInPlace(t *testing.T) {
	w := newWorld(t, Options{})
	base := "/channels/" + w.channel("general") + "/messages"
	w.do("POST", "/test/faults", `{"answers":[{"method":"POST","path":"/messages$","status":200,"body":"null","times":1,"performed":true},{"path":"/messages$","status":403,"body":"<html>","times":2}]}`).expect(t, 200)
	w.call(testToken, "POST", base, `{"content":"one"}`).expect(t, 200, "null")
	w.call(testToken, "POST", base, `{"content":"two"}`).expect(t, 403, "<html>")
	w.call(testToken, "GET", base, "").expect(t, 403, "<html>")
	if said := string(w.do("GET", base, "").expect(t, 200, "one").body); strings.Contains(said, "two") {
		t.Errorf("what was refused was carried out: %s", said)
	}
	if !w.s.PendingFaults().None() {
		t.Error("some are left")
	}
	w.do("POST", "/test/faults", `{"answers":[{"path":"(","status":200}]}`).expect(t, 400, "path")
	w.do("POST", "/test/faults", `{"answers":[{"path":"x","status":99}]}`).expect(t, 400, "99")
}

// A message takes a thread out of the archive, unless it is locked; nothing in
// it can be changed meanwhile.
func TestArchivedThreads(t *testing.T) {
	w := newWorld(t, Options{})
	m, err := w.s.Post("ana", "general", "hello")
	if err != nil {
		t.Fatal(err)
	}
	w.do("POST", "/channels/"+m.ChannelID+"/messages/"+m.ID+"/threads", `{"name":"talk"}`).expect(t, 201)
	thread := "/channels/" + m.ID
	own := decoded[Message](t, w.do("POST", thread+"/messages", `{"content":"one"}`).expect(t, 200)).ID
	put := func(archived, locked bool) {
		t.Helper()
		w.do("POST", "/test/threads", fmt.Sprintf(`{"thread":%q,"archived":%v,"locked":%v}`, m.ID, archived, locked)).expect(t, 204)
	}
	put(true, false)
	w.do("GET", thread, "").expect(t, 200, `"archived":true`)
	w.do("PATCH", thread+"/messages/"+own, `{"content":"two"}`).expect(t, 400, `"code":50083`)
	w.do("DELETE", thread+"/messages/"+own, "").expect(t, 400, `"code":50083`)
	w.do("PATCH", thread, `{"archived":false}`).expect(t, 200, `"archived":false`)
	w.do("PATCH", thread+"/messages/"+own, `{"content":"two"}`).expect(t, 200)
	put(true, false)
	w.do("POST", thread+"/messages", `{"content":"three"}`).expect(t, 200)
	w.do("GET", thread, "").expect(t, 200, `"archived":false`)

	if err := w.s.Permit("bot", "", nil, []string{"MANAGE_THREADS"}); err != nil {
		t.Fatal(err)
	}
	put(true, true)
	w.do("POST", thread+"/messages", `{"content":"four"}`).expect(t, 400, `"code":50083`)
	w.do("PATCH", thread, `{"archived":false}`).expect(t, 403, `"code":50013`)
	if _, err := w.s.Post("ana", m.ID, "five"); err == nil {
		t.Error("a person writes in a locked thread")
	}
	put(false, true)
	w.do("POST", thread+"/messages", `{"content":"four"}`).expect(t, 403, `"code":160005`)
	w.do("PATCH", "/channels/"+m.ChannelID, `{"archived":true}`).expect(t, 400, `"code":50024`)
	w.do("POST", "/test/threads", fmt.Sprintf(`{"thread":%q}`, m.ChannelID)).expect(t, 400, "no thread")
}
