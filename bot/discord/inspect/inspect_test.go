package inspect

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/rest"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// inspector is one of a server's.
func inspector(t *testing.T, url string) *Inspector {
	t.Helper()
	i, err := New(token, url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

func TestInspect(t *testing.T) {
	server := discordtest.New(t, testserver.Options{Shards: 2, ClockSkew: time.Hour, Bots: []testserver.Bot{{
		Name: "helper", Token: token, Portal: testserver.Portal{Withheld: 1 << 15, InteractionsEndpoint: "https://bot.example", CodeGrant: true},
	}}})
	i := inspector(t, server.URL)
	if _, _, ok := i.Skew(); ok {
		t.Error("the clocks are compared before there is an answer")
	}
	app, err := i.Application(t.Context())
	const id = "100000000000000001"
	want := Application{ID: id, Name: "helper", User: id, Members: true, Presences: true, Endpoint: "https://bot.example", CodeGrant: true, Servers: 1}
	if err != nil || app != want {
		t.Errorf("the application is %+v, %v", app, err)
	}
	if ahead, within, ok := i.Skew(); !ok || (ahead+time.Hour).Abs() > within+time.Second || within > time.Minute {
		t.Errorf("the clock is %v ahead, within %v", ahead, within)
	}
	if g, err := i.Gateway(t.Context()); err != nil || g.Shards != 2 || g.Total != 1000 || g.Remaining != 1000 {
		t.Errorf("the gateway is %+v, %v", g, err)
	}
	list, more, err := i.Servers(t.Context(), 10)
	if err != nil || more || len(list) != 1 || list[0].Name != "Test server" {
		t.Errorf("the servers are %+v, %v, %v", list, more, err)
	}
	if name, err := i.Server(t.Context(), list[0].ID); err != nil || name != "Test server" {
		t.Errorf("the server is %q, %v", name, err)
	}
	if _, err := i.Server(t.Context(), "4711"); !Denied(err) || !Unknown(err) {
		t.Errorf("a server that it is not in: %v", err)
	}

	server.SetFaults(testserver.Faults{RejectToken: -1})
	if _, err = i.Application(t.Context()); gateway.Fatal(err) == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a refused token: %v", err)
	}
}

func TestInspectCommands(t *testing.T) {
	server := discordtest.New(t, testserver.Options{Bots: []testserver.Bot{{Name: "helper", Token: token}}})
	i := inspector(t, server.URL)
	app, err := i.Application(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := i.Commands(t.Context(), app.ID, "", false)
	if err != nil || len(got.Names) > 0 || len(got.Missing) != len(command.All(false, false)) {
		t.Errorf("before: %+v, %v", got, err)
	}
	if _, err := command.Register(t.Context(), i.api, app.ID, "", false); err != nil {
		t.Fatal(err)
	}
	got, err = i.Commands(t.Context(), app.ID, "", false)
	if err != nil || len(got.Names) != len(command.All(false, false)) || !slices.Contains(got.Names, "/ask") || !slices.Contains(got.Names, `"`+command.MenuAsk()+`"`) ||
		len(got.Missing)+len(got.Stale)+len(got.Others) > 0 {
		t.Errorf("registered: %+v, %v", got, err)
	}
	if got, err = i.Commands(t.Context(), app.ID, "", true); err != nil || strings.Join(got.Stale, " ") != "/risks /takeaways" {
		t.Errorf("with styles: %+v, %v", got, err)
	}
	some := append([]command.Command{{Name: "other", Type: command.SlashCommand, Description: "d"}}, command.All(false, false)[1:]...)
	if err := i.api.Do(t.Context(), rest.Request{Name: "register", Method: http.MethodPut, URL: command.URL(app.ID, ""), Body: some, Repeatable: true}); err != nil {
		t.Fatal(err)
	}
	if got, err = i.Commands(t.Context(), app.ID, "", false); err != nil || len(got.Missing) != 1 || strings.Join(got.Others, " ") != "/other" || len(got.Stale) > 0 {
		t.Errorf("with others: %+v, %v", got, err)
	}
	if _, err = i.Commands(t.Context(), app.ID, "4711", false); !Denied(err) || Unknown(err) {
		t.Errorf("of a server that it is not in: %v", err)
	}
}

// A list of servers may take several pages.
func TestInspectPages(t *testing.T) {
	const all = 450
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil {
			t.Error(err)
		}
		page := []map[string]string{}
		for n := after + 1; n <= all && len(page) < limit; n++ {
			page = append(page, map[string]string{"id": strconv.Itoa(n), "name": fmt.Sprint("server ", n)})
		}
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	defer listener.Close()
	i := inspector(t, listener.URL)
	for _, c := range []struct {
		most, want int
		more       bool
	}{{1000, all, false}, {all, all, false}, {300, 300, true}, {25, 25, true}} {
		list, more, err := i.Servers(t.Context(), c.most)
		if err != nil || len(list) != c.want || more != c.more || list[c.want-1].ID != strconv.Itoa(c.want) {
			t.Errorf("at most %d: %d, more %v, %v", c.most, len(list), more, err)
		}
	}
}

func TestInspectorRefuses(t *testing.T) {
	for _, c := range [][2]string{{"", ""}, {"a b", ""}, {token, "http://192.0.2.7"}, {token, "nonsense"}} {
		if _, err := New(c[0], c[1], slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", c, err)
		}
	}
}

func TestPermissions(t *testing.T) {
	const server, role, other, self = "1", "2", "3", "4"
	everyone := func(allow, deny object.Permissions) object.Overwrite {
		return object.Overwrite{ID: server, Allow: allow, Deny: deny}
	}
	roles := func(id string, allow, deny object.Permissions) object.Overwrite {
		return object.Overwrite{ID: id, Allow: allow, Deny: deny}
	}
	own := func(allow, deny object.Permissions) object.Overwrite {
		return object.Overwrite{ID: self, Type: 1, Allow: allow, Deny: deny}
	}
	for name, c := range map[string]struct {
		base  object.Permissions
		owner bool
		until time.Time
		over  []object.Overwrite
		want  object.Permissions
	}{
		"by its roles":                     {base: object.MayView | object.MaySend, want: object.MayView | object.MaySend},
		"everyone is denied":               {base: object.MayView | object.MaySend, over: []object.Overwrite{everyone(0, object.MaySend)}, want: object.MayView},
		"everyone is allowed":              {base: object.MayView, over: []object.Overwrite{everyone(object.MaySend, 0)}, want: object.MayView | object.MaySend},
		"its role is allowed":              {base: object.MayView | object.MaySend, over: []object.Overwrite{roles(role, object.MaySend, 0), everyone(0, object.MaySend)}, want: object.MayView | object.MaySend},
		"its role is denied":               {base: object.MayView | object.MaySend, over: []object.Overwrite{roles(role, 0, object.MaySend), everyone(object.MaySend, 0)}, want: object.MayView},
		"allowing roles win over denying":  {base: object.MayView, over: []object.Overwrite{roles(role, object.MaySend, 0), roles("5", 0, object.MaySend)}, want: object.MayView | object.MaySend},
		"another role is denied":           {base: object.MayView | object.MaySend, over: []object.Overwrite{roles(other, 0, object.MaySend)}, want: object.MayView | object.MaySend},
		"it is allowed itself":             {base: object.MayView, over: []object.Overwrite{own(object.MaySend, 0), roles(role, 0, object.MaySend)}, want: object.MayView | object.MaySend},
		"it is denied itself":              {base: object.MayView | object.MaySend, over: []object.Overwrite{own(0, object.MaySend), roles(role, object.MaySend, 0)}, want: object.MayView},
		"somebody else is denied":          {base: object.MayView | object.MaySend, over: []object.Overwrite{{ID: other, Type: 1, Deny: object.MaySend}}, want: object.MayView | object.MaySend},
		"what it cannot see":               {base: object.NeededPermissions, over: []object.Overwrite{everyone(object.MaySend, object.MayView)}, want: 0},
		"an administrator":                 {base: object.MayAdminister, over: []object.Overwrite{own(0, object.MayView|object.MaySend)}, want: object.EveryPermission},
		"the owner":                        {owner: true, over: []object.Overwrite{own(0, object.MayView)}, want: object.EveryPermission},
		"timed out":                        {base: object.NeededPermissions, until: time.Now().Add(time.Hour), want: object.WhileSilenced},
		"timed out, and that is long over": {base: object.NeededPermissions, until: time.Now().Add(-time.Hour), want: object.NeededPermissions},
	} {
		m := object.Membership{Server: server, User: self, Roles: []string{role, "5"}, Base: c.base, Owner: c.owner, Silenced: c.until}
		place := object.Room{ID: "9", Overwrites: c.over}
		if got := m.In(place); got != c.want {
			t.Errorf("%s: %b, not %b", name, got, c.want)
		}
		m.Rooms = []object.Room{place}
		if got := m.In(object.Room{ID: "10", Type: 11, Parent: "9"}); got != c.want {
			t.Errorf("%s, in a thread: %b, not %b", name, got, c.want)
		}
	}
}

func TestInspectStanding(t *testing.T) {
	server := discordtest.New(t, testserver.Options{Bots: []testserver.Bot{{Name: "helper", Token: token}}})
	for _, name := range []string{"rules", "secret"} {
		if _, err := server.Post("ana", name, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	for channel, deny := range map[string]string{"rules": "SEND_MESSAGES", "secret": "VIEW_CHANNEL"} {
		if err := server.Permit("@everyone", channel, nil, []string{deny}); err != nil {
			t.Fatal(err)
		}
	}
	i := inspector(t, server.URL)
	if _, err := i.Application(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, _, err := i.Servers(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	st, err := i.Standing(t.Context(), list[0].ID)
	if err != nil || len(st.Lacks) > 0 || st.Administrator || !st.Silenced.IsZero() {
		t.Errorf("it stands so: %+v, %v", st, err)
	}
	var seen []string
	for _, p := range st.Places {
		seen = append(seen, fmt.Sprintf("%s %v %v", p.Name, p.Lacks, p.Answers))
	}
	if got := strings.Join(seen, "; "); got != "general [] true; rules [Send Messages] false" {
		t.Errorf("it sees %s", got)
	}
	if _, err := i.Place(t.Context(), "4711"); !Unknown(err) {
		t.Errorf("a channel that there is not: %v", err)
	}
}

// An answer without end to its headers is refused.
func TestHeadersWithoutEnd(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := range 1000 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 100))
		}
	}))
	defer srv.Close()
	i := inspector(t, srv.URL)
	if _, err := i.Application(t.Context()); err == nil || !strings.Contains(err.Error(), "headers exceeded") {
		t.Errorf("%.300v", err)
	}
}
