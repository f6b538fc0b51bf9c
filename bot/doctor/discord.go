package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/inspect"
	"summitbot/bot/discord/rest"
)

// portal is the Developer Portal.
const portal = "https://discord.com/developers/applications"

// page is a page of the application's in the Developer Portal.
func (d *doctor) page(name string) string { return portal + "/" + d.app.ID + "/" + name }

// host is where Discord is asked.
func (d *doctor) host() string { return cmp.Or(d.Discord.APIURL, "https://discord.com") }

// checkToken asks Discord who the bot is. It tells of two checks: whether
// there is an answer at all, and whether the token is taken.
func (d *doctor) checkToken(ctx context.Context) []Finding {
	const anew = "take a new one at " + portal + ", page Bot, Reset Token, and put it behind DISCORD_TOKEN="
	unasked := func(f Finding) []Finding { // for Discord is not asked without
		f.spoils = map[string]string{"token": "token", "discord": "token"}
		return []Finding{f}
	}
	unanswered := func(f Finding) []Finding { return []Finding{f.of("discord"), skipped("token", "discord")} }
	if d.Discord.Token == "" {
		return unasked(fault("DISCORD_TOKEN is not set", anew))
	}
	if err := rest.CheckToken(d.Discord.Token); err != nil {
		return unasked(fault(err.Error(), `copy it once more, without blanks, quotation marks or "Bot " before it; or `+anew))
	}
	var err error
	if d.inspector, err = inspect.New(d.Discord.Token, d.Discord.APIURL, d.Log); err != nil {
		return unanswered(fault(err.Error(), "leave DISCORD_API_URL empty for Discord itself"))
	}
	began := time.Now()
	d.app, err = d.inspector.Application(ctx)
	answers := ok(fmt.Sprintf("%s answers, in %v", d.host(), time.Since(began).Round(time.Millisecond))).of("discord")
	refused, known := errors.AsType[*gateway.FatalError](err)
	switch {
	case err == nil:
		return []Finding{answers, ok(fmt.Sprintf("it is that of %s (application %s)", d.app.Name, d.app.ID))}
	case known && refused.Code == http.StatusUnauthorized:
		return []Finding{answers, fault("Discord refuses the token (401): it is not whole, or was reset", anew)}
	}
	return unanswered(d.unread(err))
}

// clockWarning is how far this machine's clock may be off. Members see nothing of
// it, but what the log tells happened at another time.
const clockWarning = 5 * time.Second

// checkClock compares this machine's clock with Discord's.
func (d *doctor) checkClock(context.Context) Finding {
	ahead, within, heard := d.inspector.Skew()
	off, way := ahead.Abs()-within, "behind"
	if ahead > 0 {
		way = "ahead of"
	}
	const mend = "let the system keep the time (timedatectl set-ntp true, or w32tm /resync): the log's times are its"
	found := fmt.Sprintf("this machine's clock is %v %s Discord's", ahead.Abs().Round(time.Second), way)
	switch {
	case !heard:
		return warning("it cannot be compared: the answers of "+d.host()+" tell no time", "see whether a proxy in between takes the Date header away")
	case off > clockWarning:
		return warning(found, mend)
	}
	return ok(fmt.Sprintf("it agrees with Discord's, within %v", (ahead.Abs() + within).Round(100*time.Millisecond)))
}

// checkInvite tells the link that the bot is invited by.
func (d *doctor) checkInvite(context.Context) Finding {
	if d.app.CodeGrant {
		return fault("the invite link asks for a code grant, and fails", d.page("bot")+": switch off Requires OAuth2 Code Grant")
	}
	return ok(inspect.InviteURL(d.app.ID))
}

// checkInteractions sees whether commands and clicks come to the bot.
func (d *doctor) checkInteractions(context.Context) Finding {
	if d.app.Endpoint != "" {
		return fault("commands and clicks are sent to "+d.app.Endpoint+", and never reach this program", d.page("information")+": empty Interactions Endpoint URL")
	}
	return ok("commands and clicks come to the gateway")
}

// checkIntents compares the intents that are asked for with those granted.
func (d *doctor) checkIntents(context.Context) Finding {
	content := d.Discord.MessageContent
	if content && !d.app.MessageContent {
		return fault("MESSAGE_CONTENT=on, and the application does not have that intent: Discord would refuse the connection (4014)",
			d.page("bot")+": switch on Message Content Intent; or set MESSAGE_CONTENT=off")
	}
	var unused []string
	for _, i := range []struct {
		name string
		idle bool
	}{{"Message Content", d.app.MessageContent && !content}, {"Server Members", d.app.Members}, {"Presence", d.app.Presences}} {
		if i.idle {
			unused = append(unused, i.name)
		}
	}
	found := "no privileged one is asked for"
	if content {
		found = "Message Content is asked for, and granted"
	}
	if len(unused) > 0 {
		found += "; switched on in the portal and not used: " + strings.Join(unused, ", ")
	}
	return ok(found)
}

// mostServers is how many servers one connection to the gateway may serve.
// https://docs.discord.com/developers/events/gateway#sharding
const mostServers = 2500

// checkGateway sees whether Discord lets the bot connect.
func (d *doctor) checkGateway(ctx context.Context) Finding {
	g, err := d.inspector.Gateway(ctx)
	if _, known := errors.AsType[*gateway.GreetingError](err); err != nil && (!known || g.Remaining > 0) {
		return d.unread(err)
	}
	left := fmt.Sprintf("%d of the day's %d session starts are left", g.Remaining, g.Total)
	shards := d.Discord.Shards
	const restarts = "find out what starts the bot again and again: see the end of its log"
	switch {
	case g.Remaining == 0:
		return fault(left+": one more, and Discord resets the token", "leave serve stopped for "+g.Reset.Round(time.Minute).String()+", and "+restarts)
	case g.Remaining*10 < g.Total:
		return warning(left+"; after that, Discord resets the token", restarts)
	case shards > 0 && d.app.Servers > mostServers*shards:
		return fault(fmt.Sprintf("the bot is in about %d servers, and SHARDS=%d serves %d of them at most", d.app.Servers, shards, mostServers*shards),
			"set SHARDS=auto, stop all processes of the bot, and then start them again")
	case shards > 0 && g.Shards > shards:
		return warning(fmt.Sprintf("Discord recommends %d connections, and SHARDS is %d", g.Shards, shards),
			"set SHARDS=auto, stop all processes of the bot, and then start them again")
	}
	return ok(left)
}

// lookedAt is how many servers are looked at.
const lookedAt = 25

// checkServers sees which servers the bot is in.
func (d *doctor) checkServers(ctx context.Context) Finding {
	if id := d.Discord.Server; id != "" {
		return d.checkOnly(ctx, id)
	}
	list, more, err := d.inspector.Servers(ctx, lookedAt)
	if err != nil {
		return d.unread(err)
	}
	d.servers = list
	if len(list) == 0 {
		f := warning("the bot is in no server yet", "invite it: "+inspect.InviteURL(d.app.ID))
		f.spoils = map[string]string{"servers": "servers"}
		return f
	}
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	found := some(names, 3)
	if more {
		found = fmt.Sprintf("about %d; the first %d are looked at: %s", d.app.Servers, len(list), found)
	}
	return ok(found)
}

// checkOnly sees whether the bot is in the server that the settings name.
func (d *doctor) checkOnly(ctx context.Context, id string) Finding {
	name, err := d.inspector.Server(ctx, id)
	switch {
	case inspect.Denied(err):
		return fault("DISCORD_GUILD_ID names "+id+", a server that the bot is not in",
			"see whether that is the server's id (Copy Server ID in developer mode), and invite the bot there: "+inspect.InviteURL(d.app.ID))
	case err != nil:
		return d.unread(err)
	}
	d.servers = []inspect.Server{{ID: id, Name: name}}
	return ok(name)
}

// some are the first of several names, and how many there are beside them.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
