package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"summitbot/bot/discord/inspect"
)

// checkPermissions sees whether the bot may do what it needs where it is asked.
func (d *doctor) checkPermissions(ctx context.Context) (found []Finding) {
	if len(d.Discord.Channels) == 0 {
		return d.checkStandings(ctx)
	}
	for _, id := range d.Discord.Channels {
		if f := d.checkChannel(ctx, id); f.Status != "" {
			found = append(found, f)
		}
	}
	if len(found) > 0 {
		return found
	}
	return []Finding{ok(fmt.Sprintf("it may do what it needs in all channels of CHANNELS, %d", len(d.Discord.Channels)))}
}

// checkChannel looks at a channel that CHANNELS names, and says nothing when all
// is well there.
func (d *doctor) checkChannel(ctx context.Context, id string) Finding {
	p, err := d.inspector.Place(ctx, id)
	switch {
	case inspect.Unknown(err):
		return fault("CHANNELS names "+id+", a channel that there is not", "take it out, or put the right id there (Copy Channel ID in developer mode)")
	case inspect.Denied(err):
		return fault("CHANNELS names "+id+", a channel that the bot does not see",
			"there, Edit Channel, Permissions: allow View Channel for "+d.app.Name+"; or invite the bot to that server: "+inspect.InviteURL(d.app.ID))
	case err != nil:
		return d.unread(err)
	case len(p.Lacks) > 0:
		return fault("CHANNELS names #"+p.Name+", where the bot lacks "+strings.Join(p.Lacks, ", "),
			"there, Edit Channel, Permissions: allow them for "+d.app.Name)
	}
	return Finding{}
}

// checkStandings looks at the servers. Where the bot may answer in none of
// them, that is a fault; elsewhere it is the server's own business, and a
// warning.
func (d *doctor) checkStandings(ctx context.Context) (found []Finding) {
	standings, places, as := make([]inspect.Standing, len(d.servers)), 0, Fault
	for i, s := range d.servers {
		st, err := d.inspector.Standing(ctx, s.ID)
		if i > 0 && errors.Is(err, context.DeadlineExceeded) {
			found = append(found, warning(fmt.Sprintf("Discord is slow: after %v, %d of %d servers were looked at", d.patience, i, len(d.servers)), "try again when it is quicker, or name a server in DISCORD_GUILD_ID"))
			standings = standings[:i]
			break
		}
		if err != nil {
			return []Finding{d.unread(err)}
		}
		standings[i] = st
		places += len(st.Places)
		if !mute(st) {
			as = Warning
		}
	}
	for i, st := range standings {
		found = append(found, d.lacking(d.servers[i].Name, st, as)...)
	}
	if len(found) > 0 {
		return found
	}
	return []Finding{ok(fmt.Sprintf("it may do what it needs in all channels that it sees, %d in %d of its servers", places, len(d.servers)))}
}

// mute says whether there is no place in a server where the bot may answer.
func mute(st inspect.Standing) bool {
	return !slices.ContainsFunc(st.Places, func(p inspect.Place) bool { return p.Answers })
}

// lacking is what the bot lacks in a server, which is as bad as said where it may
// not answer there at all.
func (d *doctor) lacking(server string, st inspect.Standing, as Status) (found []Finding) {
	say := func(s Status, what, mend string) {
		found = append(found, Finding{Status: s, Found: server + ": " + what, Mend: mend})
	}
	if time.Now().Before(st.Silenced) {
		say(as, "the bot is timed out until "+st.Silenced.UTC().Format(time.DateTime)+" UTC", "there, in the menu of the member "+d.app.Name+": Remove Timeout")
		return found
	}
	if st.Administrator {
		say(Warning, "the bot is an administrator, and needs next to nothing of that",
			"there, Server Settings, Roles, "+d.app.Name+": switch off Administrator, and on what the invite link names")
	}
	var lacking []string
	for _, p := range st.Places {
		if len(p.Lacks) > 0 {
			lacking = append(lacking, "#"+p.Name+" ("+strings.Join(p.Lacks, ", ")+")")
		}
	}
	if !mute(st) {
		as = Warning
	}
	switch {
	case len(st.Lacks) > 0:
		say(as, "the bot's roles lack "+strings.Join(st.Lacks, ", "),
			"there, Server Settings, Roles, "+d.app.Name+": switch them on; or invite it once more: "+inspect.InviteURL(d.app.ID))
	case mute(st) && len(lacking) == 0:
		say(as, "the bot sees no channel", "there, in a channel, Edit Channel, Permissions: allow View Channel for "+d.app.Name)
	case mute(st):
		say(as, "the bot may answer in no channel; it lacks permissions in "+some(lacking, 3),
			"there, Edit Channel, Permissions: allow them for "+d.app.Name)
	case len(lacking) > 0:
		say(as, "the bot lacks permissions in "+some(lacking, 3),
			"there, Edit Channel, Permissions: allow them for "+d.app.Name+"; or leave it so, where nobody shall ask")
	}
	return found
}
