// Package inspect asks Discord what it knows of a bot, for its operator.
package inspect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/rest"

	"github.com/bwmarrin/discordgo"
)

// An Inspector asks Discord what it knows of a bot, for its operator. It only
// reads: it registers and posts nothing and begins no session at the gateway,
// and so it disturbs no bot that runs with the same token. What it does ends
// with the context, even where Discord asks to wait. It is used by one
// goroutine, and closed in the end.
type Inspector struct {
	api     *rest.Client
	network rest.Network
	clock   *clock
	member  map[string]*object.Membership // by the server's id
	self    string                        // the bot's user id, from Application
}

// inspectPace scales an Inspector's pauses between tries: somebody waits for
// what it says.
const inspectPace = 0.2

// New returns an inspector. apiURL is Options.APIURL. The error says
// which of the two is wrong.
func New(token, apiURL string, log *slog.Logger) (*Inspector, error) {
	base, err := rest.ParseAPIURL(apiURL)
	if err == nil {
		err = rest.CheckToken(token)
	}
	if err != nil {
		return nil, err
	}
	reach := rest.Network{Loopback: base != nil}
	watch := &clock{next: reach.Transport()}
	api, err := rest.New(rest.Options{Token: token, Base: base, Transport: watch, Log: log, Quiet: true})
	if err != nil {
		return nil, err
	}
	api.Pace = inspectPace
	return &Inspector{api: api, network: reach, clock: watch, member: map[string]*object.Membership{}}, nil
}

// Close lets go of the connections.
func (i *Inspector) Close() { i.clock.next.CloseIdleConnections() }

// Denied says whether Discord knows no such thing, or does not let the bot at
// it, which is the same to a bot that was not invited.
func Denied(err error) bool {
	r, ok := errors.AsType[*rest.Refusal](err)
	return ok && (r.Status == http.StatusForbidden || r.Status == http.StatusNotFound)
}

// read reads one thing. A refused token is a *FatalError.
func (i *Inspector) read(ctx context.Context, what, url string, into any) error {
	err := i.api.Do(ctx, rest.Request{Name: "read " + what, Method: http.MethodGet, URL: url, Into: into, Repeatable: true})
	if f := gateway.Fatal(err); f != nil {
		return f
	}
	return err
}

// An Application is what the Developer Portal holds about the bot.
type Application struct {
	ID   string
	Name string // of the bot's user
	User string // the id of the bot's user
	// The privileged intents that are switched on.
	MessageContent, Members, Presences bool
	// Endpoint is where interactions are sent instead of the gateway, empty
	// for none.
	Endpoint string
	// CodeGrant says that the invite link asks for a full OAuth2 code grant,
	// which a bot without a web server cannot give.
	CodeGrant bool
	// Servers is about how many servers the bot is in.
	Servers int
}

// Application reads what the bot is.
func (i *Inspector) Application(ctx context.Context) (Application, error) {
	var me struct{ ID, Username string }
	if err := i.read(ctx, "the bot's user", discordgo.EndpointUser("@me"), &me); err != nil {
		return Application{}, err
	}
	var a struct {
		ID        string
		Flags     int
		Endpoint  string `json:"interactions_endpoint_url"`
		CodeGrant bool   `json:"bot_require_code_grant"`
		Servers   int    `json:"approximate_guild_count"`
	}
	if err := i.read(ctx, "the application", discordgo.EndpointAPI+"applications/@me", &a); err != nil {
		return Application{}, err
	}
	i.self = me.ID
	// An intent has two flags: one for bots in few servers, one for others.
	// https://docs.discord.com/developers/resources/application#application-object-application-flags
	has := func(bit int) bool { return a.Flags&(3<<bit) != 0 }
	return Application{
		ID: a.ID, Name: me.Username, User: me.ID, Presences: has(12), Members: has(14), MessageContent: has(18),
		Endpoint: a.Endpoint, CodeGrant: a.CodeGrant, Servers: a.Servers,
	}, nil
}

// InviteURL is the link by which the bot of an application is invited to a
// server, with the scopes and the permissions that it needs.
func InviteURL(application string) string {
	return "https://discord.com/oauth2/authorize?client_id=" + application +
		"&scope=bot+applications.commands&permissions=" + strconv.FormatUint(uint64(object.NeededPermissions), 10)
}

// A GatewayState is what Discord says about connecting.
type GatewayState struct {
	Shards    int // the connections that it recommends
	Total     int // how many sessions may be started in a day
	Remaining int // how many of them are left
	Reset     time.Duration
}

// Gateway reads how the bot may connect, and sees whether the gateway greets
// who comes. It begins no session. The state is known too where the error is
// a *GreetingError.
func (i *Inspector) Gateway(ctx context.Context) (GatewayState, error) {
	g, err := i.api.Gateway(ctx)
	if err == nil {
		err = gateway.Greet(ctx, i.network, g.URL)
	}
	return GatewayState{g.Shards, g.Starts.Total, g.Starts.Remaining, time.Duration(g.Starts.ResetAfter) * time.Millisecond}, err
}

// Registered are an application's commands in one scope, beside those that
// this program registers there when it starts. Names are written as members
// see them: /ask for a slash command.
type Registered struct {
	Names   []string // all that are registered
	Missing []string // of this program's
	Stale   []string // this program's, but not as it wants them
	Others  []string // not this program's; its next start takes them away, but for an Entry Point command
}

// Commands reads the commands of a server, or the global ones where server is
// empty. Styles is Options.Styles. An error that Denied knows means that the
// bot is not in the server, or not with the scope for commands.
func (i *Inspector) Commands(ctx context.Context, application, server string, styles bool) (Registered, error) {
	var have []command.Command
	if err := i.read(ctx, "the registered commands", command.URL(application, server)+"?with_localizations=true", &have); err != nil {
		return Registered{}, err
	}
	var r Registered
	type key struct {
		kind int
		name string
	}
	left := map[key]command.Command{}
	for _, c := range command.Normal(have, server != "") {
		left[key{c.Type, c.Name}] = c
		r.Names = append(r.Names, c.Shown())
	}
	for _, want := range command.All(server != "", styles) {
		k := key{want.Type, want.Name}
		c, ok := left[k]
		delete(left, k)
		if !ok {
			r.Missing = append(r.Missing, want.Shown())
			continue
		}
		same, err := command.Equal([]command.Command{want}, []command.Command{c})
		if err != nil {
			return Registered{}, err
		}
		if !same {
			r.Stale = append(r.Stale, want.Shown())
		}
	}
	for _, c := range command.Normal(have, server != "") {
		if _, other := left[key{c.Type, c.Name}]; other && c.Type != command.EntryPointCommand {
			r.Others = append(r.Others, c.Shown())
		}
	}
	return r, nil
}

// Skew is how far this machine's clock is ahead of Discord's, as its answers
// so far tell, and by how much that may be wrong. It is false while there was
// no answer.
func (i *Inspector) Skew() (ahead, within time.Duration, ok bool) {
	c := i.clock
	return (c.least + c.most) / 2, max(0, c.most-c.least) / 2, c.heard
}

// A clock is a transport that compares Discord's clock with this machine's.
type clock struct {
	next  *http.Transport
	heard bool
	// Between these this machine's clock is ahead of Discord's.
	least, most time.Duration
}

// RoundTrip makes a request and reads when it was answered: Discord tells the
// second, and the answer was made some time between question and answer.
func (c *clock) RoundTrip(r *http.Request) (*http.Response, error) {
	before := time.Now()
	resp, err := c.next.RoundTrip(r)
	after := time.Now()
	if err != nil {
		return nil, err
	}
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return resp, nil // a proxy that tells no time
	}
	least, most := before.Sub(at.Add(time.Second)), after.Sub(at)
	if !c.heard {
		c.least, c.most = least, most
	}
	c.heard, c.least, c.most = true, max(c.least, least), min(c.most, most)
	return resp, nil
}

// A Server is a server that the bot is in.
type Server struct{ ID, Name string }

// Server reads the name of a server that the bot is in. Denied says of the
// error that it is not.
func (i *Inspector) Server(ctx context.Context, id string) (name string, err error) {
	var s Server
	err = i.read(ctx, "a server", discordgo.EndpointGuild(id), &s)
	return s.Name, err
}

// fullList is how many servers Discord lists at a time.
const fullList = 200

// Servers lists those that the bot is in, up to a number of them. More says
// that there are others.
func (i *Inspector) Servers(ctx context.Context, most int) (list []Server, more bool, err error) {
	url := discordgo.EndpointUserGuilds("@me") + "?limit=" + strconv.Itoa(fullList)
	for next := ""; ; {
		var page []Server
		if err := i.read(ctx, "the bot's servers", url+next, &page); err != nil {
			return nil, false, err
		}
		list = append(list, page...)
		if len(list) > most {
			return list[:most], true, nil
		}
		if len(page) < fullList {
			return list, false, nil
		}
		next = "&after=" + page[len(page)-1].ID
	}
}

// membership reads what the bot is in a server, once.
func (i *Inspector) membership(ctx context.Context, server string) (*object.Membership, error) {
	if m := i.member[server]; m != nil {
		return m, nil
	}
	var guild struct {
		Owner string `json:"owner_id"`
		Roles []struct {
			ID          string
			Permissions object.Permissions
		}
	}
	var self struct {
		Roles    []string
		Silenced *time.Time `json:"communication_disabled_until"`
	}
	m := &object.Membership{Server: server, User: i.self}
	err := i.read(ctx, "a server", discordgo.EndpointGuild(server), &guild)
	if err == nil {
		err = i.read(ctx, "the bot as a member", discordgo.EndpointGuildMember(server, i.self), &self)
	}
	if err == nil {
		err = i.read(ctx, "a server's channels", discordgo.EndpointGuildChannels(server), &m.Rooms)
	}
	if err != nil {
		return nil, err
	}
	m.Owner, m.Roles = guild.Owner == i.self, self.Roles
	if self.Silenced != nil {
		m.Silenced = *self.Silenced
	}
	for _, r := range guild.Roles {
		if r.ID == server || slices.Contains(self.Roles, r.ID) {
			m.Base |= r.Permissions
		}
	}
	i.member[server] = m
	return m, nil
}

// A Standing is what the bot may do in a server.
type Standing struct {
	Lacks         []string  // of what it needs, by its roles
	Administrator bool      // it may do everything
	Silenced      time.Time // it is timed out until then; zero: it is not
	Places        []Place   // where members may ask it, as far as it sees them
}

// A Place is a channel.
type Place struct {
	ID, Name string
	Lacks    []string // of what it needs there
	Answers  bool     // it may answer there, whatever else it lacks
}

// place is a channel of the server as an operator sees it.
func placeOf(m *object.Membership, r object.Room) Place {
	has, answers := m.In(r), object.MaySend
	if r.Needs() == object.InThreads {
		answers = object.MaySendInThreads
	}
	return Place{r.ID, r.Name, (r.Needs() &^ has).Names(), has&answers != 0}
}

// Standing reads what the bot may do in a server and its channels. Call
// Application first.
func (i *Inspector) Standing(ctx context.Context, server string) (Standing, error) {
	m, err := i.membership(ctx, server)
	if err != nil {
		return Standing{}, err
	}
	s := Standing{Administrator: m.Base&object.MayAdminister != 0, Silenced: m.Silenced}
	if !m.Owner && !s.Administrator {
		s.Lacks = (object.NeededPermissions &^ m.Base).Names()
	}
	for _, r := range m.Rooms {
		if has := m.In(r); r.Asked() && has&object.MayView != 0 {
			s.Places = append(s.Places, placeOf(m, r))
		}
	}
	return s, nil
}

// Place reads what the bot may do in one channel or thread. Denied says of
// the error that there is none, or that the bot does not see it; Unknown tells
// the two apart. Call Application first.
func (i *Inspector) Place(ctx context.Context, id string) (Place, error) {
	var r object.Room
	if err := i.read(ctx, "a channel", discordgo.EndpointChannel(id), &r); err != nil {
		return Place{}, err
	}
	if r.Server == "" {
		return Place{ID: id, Name: r.Name, Answers: true}, nil // direct messages
	}
	m, err := i.membership(ctx, r.Server)
	if err != nil {
		return Place{}, fmt.Errorf("reading the server of a channel: %w", err)
	}
	return placeOf(m, r), nil
}

// Unknown says whether Discord knows no such thing.
func Unknown(err error) bool {
	r, ok := errors.AsType[*rest.Refusal](err)
	return ok && r.Status == http.StatusNotFound
}
