package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"summitbot/bot/discord/inspect"
)

// checkCommands compares the registered commands with those that serve would
// register.
func (d *doctor) checkCommands(ctx context.Context) (found []Finding) {
	server := d.Discord.Server
	got, err := d.inspector.Commands(ctx, d.app.ID, server, d.Model.Named)
	switch {
	case inspect.Denied(err) && len(d.servers) == 0: // which is told already
		return []Finding{skipped("commands", "servers")}
	case inspect.Denied(err):
		return []Finding{fault("Discord does not let the bot at the commands of server "+server, "invite it once more, with the scope applications.commands: "+inspect.InviteURL(d.app.ID))}
	case err != nil:
		return []Finding{d.unread(err)}
	}
	starts := "summitbot serve registers them when it starts, and tries again while Discord refuses them"
	if why := d.refusedCommands(ctx); why != "" {
		starts = "the serve that runs says: " + why
	}
	switch {
	case len(got.Names) == 0:
		found = append(found, warning("none is registered yet", starts))
	case len(got.Missing) > 0:
		found = append(found, warning("not registered: "+strings.Join(got.Missing, ", "), starts))
	}
	if len(got.Stale) > 0 {
		found = append(found, warning("registered as another release, or one with other settings, has them: "+strings.Join(got.Stale, ", "), starts))
	}
	if len(got.Others) > 0 {
		found = append(found, warning("registered, and not this program's: "+strings.Join(got.Others, ", "),
			"the next start of serve takes them away; if another program needs them, give it an application of its own"))
	}
	if found = append(found, d.doubled(ctx, got)...); len(found) > 0 {
		return found
	}
	scope := "globally"
	if server != "" {
		scope = "in server " + server
	}
	return []Finding{ok(fmt.Sprintf("%d are registered %s, as this release has them", len(got.Names), scope))}
}

// refusedCommands is what a running serve says of its commands, if it can be
// asked and they are not registered.
func (d *doctor) refusedCommands(ctx context.Context) string {
	says, err := d.Ready(ctx)
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

// doubled looks for commands that members see twice, because they are
// registered globally and in a server.
func (d *doctor) doubled(ctx context.Context, got inspect.Registered) (found []Finding) {
	places := []inspect.Server{{Name: "globally"}}
	if d.Discord.Server == "" {
		places = d.servers
	}
	for _, p := range places {
		other, err := d.inspector.Commands(ctx, d.app.ID, p.ID, d.Model.Named)
		if inspect.Denied(err) {
			found = append(found, warning("members of "+p.Name+" do not see the commands: the bot was invited without the scope for them", "invite it there once more: "+inspect.InviteURL(d.app.ID)))
			continue
		}
		if err != nil {
			return append(found, warning(d.unsaid(err), d.remedy(err)))
		}
		twice := slices.DeleteFunc(other.Names, func(name string) bool { return !slices.Contains(got.Names, name) })
		if len(twice) == 0 {
			continue
		}
		where, path := "globally, too", "/commands"
		if p.ID != "" {
			where, path = "in the server "+p.Name+", too", "/guilds/"+p.ID+"/commands"
		}
		f := warning("members see these twice, because they are registered "+where+": "+strings.Join(twice, ", "), "take away all that are registered there (with DISCORD_TOKEN in the shell's environment):")
		f.Command = `curl -X PUT -H "Authorization: Bot $DISCORD_TOKEN" -H "Content-Type: application/json" -d "[]" ` + strings.TrimSuffix(d.host(), "/") + "/api/v10/applications/" + d.app.ID + path
		found = append(found, f)
	}
	return found
}
