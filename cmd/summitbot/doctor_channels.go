package main

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
func (d *doctor) checkPermissions(ctx context.Context) bool {
	before := d.count[isWarning] + d.count[isFault]
	found := fmt.Sprintf("it may do what it needs in all channels of CHANNELS, %d", len(d.cfg.Channels))
	if len(d.cfg.Channels) == 0 {
		found = d.checkStandings(ctx)
	}
	for _, id := range d.cfg.Channels {
		d.checkChannel(ctx, id)
	}
	if before == d.count[isWarning]+d.count[isFault] {
		d.ok("permissions", "%s", found)
	}
	return true
}

// checkChannel looks at a channel that CHANNELS names.
func (d *doctor) checkChannel(ctx context.Context, id string) {
	p, err := d.inspector.Place(ctx, id)
	switch {
	case inspect.Unknown(err):
		d.say("permissions", isFault, "CHANNELS names "+id+", a channel that there is not", "take it out, or put the right id there (Copy Channel ID in developer mode)")
	case inspect.Denied(err):
		d.say("permissions", isFault, "CHANNELS names "+id+", a channel that the bot does not see",
			"there, Edit Channel, Permissions: allow View Channel for "+d.app.Name+"; or invite the bot to that server: "+inspect.InviteURL(d.app.ID))
	case err != nil:
		d.unread("permissions", err)
	case len(p.Lacks) > 0:
		d.say("permissions", isFault, "CHANNELS names #"+p.Name+", where the bot lacks "+strings.Join(p.Lacks, ", "),
			"there, Edit Channel, Permissions: allow them for "+d.app.Name)
	}
}

// checkStandings looks at the servers. Where the bot may answer in none of
// them, that is a fault; elsewhere it is the server's own business, and a
// warning. It returns what to say when all is well.
func (d *doctor) checkStandings(ctx context.Context) string {
	standings, places, as := make([]inspect.Standing, len(d.servers)), 0, isFault
	for i, s := range d.servers {
		st, err := d.inspector.Standing(ctx, s.ID)
		if i > 0 && errors.Is(err, context.DeadlineExceeded) {
			d.say("permissions", isWarning, fmt.Sprintf("Discord is slow: after %v, %d of %d servers were looked at", d.patience, i, len(d.servers)), "try again when it is quicker, or name a server in DISCORD_GUILD_ID")
			standings = standings[:i]
			break
		}
		if err != nil {
			d.unread("permissions", err)
			return ""
		}
		standings[i] = st
		places += len(st.Places)
		if !mute(st) {
			as = isWarning
		}
	}
	for i, st := range standings {
		d.judgeStanding(d.servers[i].Name, st, as)
	}
	return fmt.Sprintf("it may do what it needs in all channels that it sees, %d in %d of its servers", places, len(d.servers))
}

// mute says whether there is no place in a server where the bot may answer.
func mute(st inspect.Standing) bool {
	return !slices.ContainsFunc(st.Places, func(p inspect.Place) bool { return p.Answers })
}

// judgeStanding tells what the bot lacks in a server, which is as bad as said
// where it may not answer there at all.
func (d *doctor) judgeStanding(server string, st inspect.Standing, as health) {
	if time.Now().Before(st.Silenced) {
		d.say("permissions", as, server+": the bot is timed out until "+st.Silenced.UTC().Format(time.DateTime)+" UTC", "there, in the menu of the member "+d.app.Name+": Remove Timeout")
		return
	}
	if st.Administrator {
		d.say("permissions", isWarning, server+": the bot is an administrator, and needs next to nothing of that",
			"there, Server Settings, Roles, "+d.app.Name+": switch off Administrator, and on what the invite link names")
	}
	var lacking []string
	for _, p := range st.Places {
		if len(p.Lacks) > 0 {
			lacking = append(lacking, "#"+p.Name+" ("+strings.Join(p.Lacks, ", ")+")")
		}
	}
	if !mute(st) {
		as = isWarning
	}
	switch {
	case len(st.Lacks) > 0:
		d.say("permissions", as, server+": the bot's roles lack "+strings.Join(st.Lacks, ", "),
			"there, Server Settings, Roles, "+d.app.Name+": switch them on; or invite it once more: "+inspect.InviteURL(d.app.ID))
	case mute(st) && len(lacking) == 0:
		d.say("permissions", as, server+": the bot sees no channel", "there, in a channel, Edit Channel, Permissions: allow View Channel for "+d.app.Name)
	case mute(st):
		d.say("permissions", as, server+": the bot may answer in no channel; it lacks permissions in "+some(lacking, 3),
			"there, Edit Channel, Permissions: allow them for "+d.app.Name)
	case len(lacking) > 0:
		d.say("permissions", as, server+": the bot lacks permissions in "+some(lacking, 3),
			"there, Edit Channel, Permissions: allow them for "+d.app.Name+"; or leave it so, where nobody shall ask")
	}
}
