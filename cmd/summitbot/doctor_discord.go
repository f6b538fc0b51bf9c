package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
func (d *doctor) host() string { return cmp.Or(d.cfg.DiscordAPIURL, "https://discord.com") }

// checkToken asks Discord who the bot is. It tells of two checks: whether
// there is an answer at all, and whether the token is taken.
func (d *doctor) checkToken(ctx context.Context) bool {
	const anew = "take a new one at " + portal + ", page Bot, Reset Token, and put it behind DISCORD_TOKEN="
	if d.cfg.DiscordToken == "" {
		d.cause["discord"] = "token"
		d.say("token", isFault, "DISCORD_TOKEN is not set", anew)
		return false
	}
	token := d.cfg.DiscordToken.reveal()
	if err := rest.CheckToken(token); err != nil {
		d.cause["discord"] = "token"
		d.say("token", isFault, err.Error(), `copy it once more, without blanks, quotation marks or "Bot " before it; or `+anew)
		return false
	}
	var err error
	if d.inspector, err = inspect.New(token, d.cfg.DiscordAPIURL, newLogger(d.stderr, d.cfg.LogLevel, d.cfg.LogFormat)); err != nil {
		d.say("discord", isFault, err.Error(), "leave DISCORD_API_URL empty for Discord itself")
		d.cause["discord"] = "discord"
		d.skip("token", "discord")
		return false
	}
	began := time.Now()
	d.app, err = d.inspector.Application(ctx)
	refused, ok := errors.AsType[*gateway.FatalError](err)
	switch {
	case err == nil:
		d.ok("discord", "%s answers, in %v", d.host(), time.Since(began).Round(time.Millisecond))
		d.ok("token", "it is that of %s (application %s)", d.app.Name, d.app.ID)
		return true
	case ok && refused.Code == http.StatusUnauthorized:
		d.ok("discord", "%s answers, in %v", d.host(), time.Since(began).Round(time.Millisecond))
		d.say("token", isFault, "Discord refuses the token (401): it is not whole, or was reset", anew)
		return false
	}
	d.unread("discord", err)
	d.cause["discord"] = "discord"
	d.skip("token", "discord")
	return false
}

// clockWarning is how far this machine's clock may be off. Members see nothing of
// it, but what the log tells happened at another time.
const clockWarning = 5 * time.Second

// checkClock compares this machine's clock with Discord's.
func (d *doctor) checkClock(context.Context) bool {
	ahead, within, ok := d.inspector.Skew()
	off, way := ahead.Abs()-within, "behind"
	if ahead > 0 {
		way = "ahead of"
	}
	const mend = "let the system keep the time (timedatectl set-ntp true, or w32tm /resync): the log's times are its"
	found := fmt.Sprintf("this machine's clock is %v %s Discord's", ahead.Abs().Round(time.Second), way)
	switch {
	case !ok:
		d.say("clock", isWarning, "it cannot be compared: the answers of "+d.host()+" tell no time", "see whether a proxy in between takes the Date header away")
	case off > clockWarning:
		d.say("clock", isWarning, found, mend)
	default:
		d.ok("clock", "it agrees with Discord's, within %v", (ahead.Abs() + within).Round(100*time.Millisecond))
	}
	return true
}

// checkInvite tells the link that the bot is invited by.
func (d *doctor) checkInvite(context.Context) bool {
	if d.app.CodeGrant {
		d.say("invite", isFault, "the invite link asks for a code grant, and fails", d.page("bot")+": switch off Requires OAuth2 Code Grant")
		return true
	}
	d.ok("invite", "%s", inspect.InviteURL(d.app.ID))
	return true
}

// checkInteractions sees whether commands and clicks come to the bot.
func (d *doctor) checkInteractions(context.Context) bool {
	if d.app.Endpoint != "" {
		d.say("interactions", isFault, "commands and clicks are sent to "+d.app.Endpoint+", and never reach this program", d.page("information")+": empty Interactions Endpoint URL")
		return true
	}
	d.ok("interactions", "commands and clicks come to the gateway")
	return true
}

// checkIntents compares the intents that are asked for with those granted.
func (d *doctor) checkIntents(context.Context) bool {
	content := bool(d.cfg.MessageContent)
	if content && !d.app.MessageContent {
		d.say("intents", isFault, "MESSAGE_CONTENT=on, and the application does not have that intent: Discord would refuse the connection (4014)",
			d.page("bot")+": switch on Message Content Intent; or set MESSAGE_CONTENT=off")
		return true
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
	d.ok("intents", "%s", found)
	return true
}

// mostServers is how many servers one connection to the gateway may serve.
// https://docs.discord.com/developers/events/gateway#sharding
const mostServers = 2500

// checkGateway sees whether Discord lets the bot connect.
func (d *doctor) checkGateway(ctx context.Context) bool {
	g, err := d.inspector.Gateway(ctx)
	if _, known := errors.AsType[*gateway.GreetingError](err); err != nil && (!known || g.Remaining > 0) {
		d.unread("gateway", err)
		return false
	}
	left := fmt.Sprintf("%d of the day's %d session starts are left", g.Remaining, g.Total)
	const restarts = "find out what starts the bot again and again: see the end of its log"
	switch {
	case g.Remaining == 0:
		d.say("gateway", isFault, left+": one more, and Discord resets the token", "leave serve stopped for "+g.Reset.Round(time.Minute).String()+", and "+restarts)
	case g.Remaining*10 < g.Total:
		d.say("gateway", isWarning, left+"; after that, Discord resets the token", restarts)
	case d.cfg.Shards > 0 && d.app.Servers > mostServers*int(d.cfg.Shards):
		d.say("gateway", isFault, fmt.Sprintf("the bot is in about %d servers, and SHARDS=%d serves %d of them at most", d.app.Servers, d.cfg.Shards, mostServers*int(d.cfg.Shards)),
			"set SHARDS=auto, stop all processes of the bot, and then start them again")
	case d.cfg.Shards > 0 && g.Shards > int(d.cfg.Shards):
		d.say("gateway", isWarning, fmt.Sprintf("Discord recommends %d connections, and SHARDS is %d", g.Shards, d.cfg.Shards),
			"set SHARDS=auto, stop all processes of the bot, and then start them again")
	default:
		d.ok("gateway", "%s", left)
	}
	return true
}

// lookedAt is how many servers are looked at.
const lookedAt = 25

// checkServers sees which servers the bot is in.
func (d *doctor) checkServers(ctx context.Context) bool {
	if id := d.cfg.DiscordGuildID; id != "" {
		return d.checkOnly(ctx, id)
	}
	list, more, err := d.inspector.Servers(ctx, lookedAt)
	if err != nil {
		d.unread("servers", err)
		return false
	}
	d.servers = list
	if len(list) == 0 {
		d.say("servers", isWarning, "the bot is in no server yet", "invite it: "+inspect.InviteURL(d.app.ID))
		return false
	}
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	found := some(names, 3)
	if more {
		found = fmt.Sprintf("about %d; the first %d are looked at: %s", d.app.Servers, len(list), found)
	}
	d.ok("servers", "%s", found)
	return true
}

// checkOnly sees whether the bot is in the server that the settings name.
func (d *doctor) checkOnly(ctx context.Context, id string) bool {
	name, err := d.inspector.Server(ctx, id)
	switch {
	case inspect.Denied(err):
		d.say("servers", isFault, "DISCORD_GUILD_ID names "+id+", a server that the bot is not in",
			"see whether that is the server's id (Copy Server ID in developer mode), and invite the bot there: "+inspect.InviteURL(d.app.ID))
		return false
	case err != nil:
		d.unread("servers", err)
		return false
	}
	d.servers = []inspect.Server{{ID: id, Name: name}}
	d.ok("servers", "%s", name)
	return true
}

// some are the first of several names, and how many there are beside them.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// checkCommands compares the registered commands with those that serve would
// register.
func (d *doctor) checkCommands(ctx context.Context) bool {
	server := d.cfg.DiscordGuildID
	got, err := d.inspector.Commands(ctx, d.app.ID, server, d.styles())
	switch {
	case inspect.Denied(err) && d.cause["servers"] != "":
		d.skip("commands", d.cause["servers"])
		return false
	case inspect.Denied(err):
		d.say("commands", isFault, "Discord does not let the bot at the commands of server "+server, "invite it once more, with the scope applications.commands: "+inspect.InviteURL(d.app.ID))
		return false
	case err != nil:
		d.unread("commands", err)
		return false
	}
	starts := "summitbot serve registers them when it starts, and tries again while Discord refuses them"
	if why := d.refusedCommands(ctx); why != "" {
		starts = "the serve that runs says: " + why
	}
	before := d.count[isOK]
	well := true
	warn := func(found, mend string, command ...string) {
		well = false
		d.say("commands", isWarning, found, mend, command...)
	}
	switch {
	case len(got.Names) == 0:
		warn("none is registered yet", starts)
	case len(got.Missing) > 0:
		warn("not registered: "+strings.Join(got.Missing, ", "), starts)
	}
	if len(got.Stale) > 0 {
		warn("registered as another release, or one with other settings, has them: "+strings.Join(got.Stale, ", "), starts)
	}
	if len(got.Others) > 0 {
		warn("registered, and not this program's: "+strings.Join(got.Others, ", "),
			"the next start of serve takes them away; if another program needs them, give it an application of its own")
	}
	d.doubled(ctx, got, warn)
	if well && before == d.count[isOK] {
		scope := "globally"
		if server != "" {
			scope = "in server " + server
		}
		d.ok("commands", "%d are registered %s, as this release has them", len(got.Names), scope)
	}
	return true
}

// refusedCommands is what a running serve says of its commands, if it can be
// asked and they are not registered.
func (d *doctor) refusedCommands(ctx context.Context) string {
	addr, err := metricsAddr(d.environment)
	if err != nil {
		return ""
	}
	_, says, err := askReady(ctx, "http://"+addr+"/readyz")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(says) {
		if why, ok := strings.CutPrefix(line, "commands: "); ok {
			return strings.TrimSpace(why)
		}
	}
	return ""
}

// styles says whether the commands offer lists in other words, as serve would
// have them.
func (d *doctor) styles() bool { return d.cfg.OpenAIKey != "" || d.cfg.OpenAIBaseURL != "" }

// doubled looks for commands that members see twice, because they are
// registered globally and in a server.
func (d *doctor) doubled(ctx context.Context, got inspect.Registered, warn func(found, mend string, command ...string)) {
	places := []inspect.Server{{Name: "globally"}}
	if d.cfg.DiscordGuildID == "" {
		places = d.servers
	}
	for _, p := range places {
		other, err := d.inspector.Commands(ctx, d.app.ID, p.ID, d.styles())
		if inspect.Denied(err) {
			warn("members of "+p.Name+" do not see the commands: the bot was invited without the scope for them", "invite it there once more: "+inspect.InviteURL(d.app.ID))
			continue
		}
		if err != nil {
			warn(d.unsaid(err), d.remedy(err))
			return
		}
		twice := slices.DeleteFunc(other.Names, func(name string) bool { return !slices.Contains(got.Names, name) })
		if len(twice) == 0 {
			continue
		}
		where, path := "globally, too", "/commands"
		if p.ID != "" {
			where, path = "in the server "+p.Name+", too", "/guilds/"+p.ID+"/commands"
		}
		warn("members see these twice, because they are registered "+where+": "+strings.Join(twice, ", "), "take away all that are registered there (with DISCORD_TOKEN in the shell's environment):",
			`curl -X PUT -H "Authorization: Bot $DISCORD_TOKEN" -H "Content-Type: application/json" -d "[]" `+strings.TrimSuffix(d.host(), "/")+"/api/v10/applications/"+d.app.ID+path)
	}
}
