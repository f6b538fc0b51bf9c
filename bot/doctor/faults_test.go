package doctor

import (
	"os"
	"strings"
	"testing"
	"time"

	"summitbot/bot/testserver"
)

// A malady is one thing that is wrong with a set-up, and all that the doctor
// has to find.
type malady struct {
	options testserver.Options
	bot     testserver.Bot
	spoil   func(p *patient) // after the bot has run
	// what the doctor finds
	check       string
	as          Status
	found, mend string // parts of it
}

// machine are the maladies of this machine, and of the way to Discord.
var machine = map[string]malady{
	"a folder that is a file": {
		spoil: func(p *patient) { p.o.Store.Folder = p.write("file", "") + "/data" },
		check: "data", as: Fault, found: "is a file", mend: "DATA_DIR",
	},
	"a folder that all can write in": {
		spoil: func(p *patient) {
			p.write("data of all/x", "")
			p.o.Store.Folder = p.dir + "/data of all"
			if err := os.Chmod(p.o.Store.Folder, 0o777); err != nil {
				p.Fatal(err)
			}
		},
		check: "data", as: Warning, found: "put other files in the place of those", mend: "chmod go-w",
	},
	"a damaged database": {
		spoil: func(p *patient) {
			p.o.Store.Folder = p.dir + "/other"
			p.write("other/summitbot.db", strings.Repeat("no database", 1000))
		},
		check: "database", as: Fault, found: "the database is damaged", mend: "move it away",
	},
	"no token": {
		spoil: func(p *patient) { p.o.Discord.Token = "" },
		check: "token", as: Fault, found: "DISCORD_TOKEN is not set", mend: "https://discord.com/developers/applications",
	},
	"a token with a word before it": {
		spoil: func(p *patient) { p.o.Discord.Token = "Bot " + botToken },
		check: "token", as: Fault, found: "a character that no token has", mend: `without blanks, quotation marks or "Bot "`,
	},
	"a refused token": {
		spoil: func(p *patient) { p.server.SetFaults(testserver.Faults{RejectToken: -1}) },
		check: "token", as: Fault, found: "401", mend: "Reset Token",
	},
	"nobody there": {
		spoil: func(p *patient) { p.o.Discord.APIURL = "http://" + deserted },
		check: "discord", as: Fault, found: "connection refused", mend: "summitbot local -no-bot",
	},
	"Discord in trouble": {
		spoil: func(p *patient) { p.server.SetFaults(testserver.Faults{BadGateway502: -1}) },
		check: "discord", as: Fault, found: "HTTP 502", mend: "DISCORD_API_URL",
	},
	"a clock that is slow": {
		options: testserver.Options{ClockSkew: 30 * time.Second},
		check:   "clock", as: Warning, found: "s behind Discord's", mend: "timedatectl set-ntp true",
	},
	"a clock that is wrong": {
		options: testserver.Options{ClockSkew: -10 * time.Minute},
		check:   "clock", as: Warning, found: "ahead of Discord's", mend: "timedatectl set-ntp true",
	},
}

// standing are the maladies of the bot's standing on Discord.
var standing = map[string]malady{
	"an invite that fails": {
		bot:   testserver.Bot{Portal: testserver.Portal{CodeGrant: true}},
		check: "invite", as: Fault, found: "code grant", mend: "/applications/" + application + "/bot: switch off",
	},
	"interactions that go elsewhere": {
		bot:   testserver.Bot{Portal: testserver.Portal{InteractionsEndpoint: "https://bot.example/x"}},
		check: "interactions", as: Fault, found: "https://bot.example/x", mend: "/applications/" + application + "/information: empty",
	},
	"an intent that is not granted": {
		bot:   testserver.Bot{Portal: testserver.Portal{Withheld: 1 << 15}},
		spoil: func(p *patient) { p.o.Discord.MessageContent = true },
		check: "intents", as: Fault, found: "MESSAGE_CONTENT=on", mend: "/applications/" + application + "/bot: switch on Message Content",
	},
	"no session start left": {
		options: testserver.Options{SessionStarts: 1},
		spoil:   (*patient).identify,
		check:   "gateway", as: Fault, found: "0 of the day's 1", mend: "leave serve stopped for 24h0m0s",
	},
	"few session starts left": {
		options: testserver.Options{SessionStarts: 11},
		spoil: func(p *patient) {
			for range 10 {
				p.identify()
			}
		},
		check: "gateway", as: Warning, found: "1 of the day's 11", mend: "again and again",
	},
	"more than one connection": {
		options: testserver.Options{Shards: 3},
		spoil:   func(p *patient) { p.o.Discord.Shards = 2 },
		check:   "gateway", as: Warning, found: "recommends 3 connections", mend: "SHARDS=auto",
	},
	"not invited": {
		bot:   testserver.Bot{Uninvited: true},
		check: "servers", as: Warning, found: "in no server", mend: "client_id=" + application + "&scope=bot+applications.commands&permissions=309237713920",
	},
	"a server that it is not in": {
		spoil: func(p *patient) { p.o.Discord.Server = "4711" },
		check: "servers", as: Fault, found: "DISCORD_GUILD_ID names 4711", mend: "client_id=" + application,
	},
	"commands never registered": {
		spoil: func(p *patient) { p.commands("PUT", "", "", "[]") },
		check: "commands", as: Warning, found: "none is registered", mend: "summitbot serve registers them",
	},
	"a command that is missing": {
		spoil: func(p *patient) { p.commands("DELETE", "", p.commandPath("risks"), "null") },
		check: "commands", as: Warning, found: "not registered: /risks", mend: "summitbot serve registers them",
	},
	"a command of another release": {
		spoil: func(p *patient) { p.commands("PATCH", "", p.commandPath("ask"), `{"description":"old"}`) },
		check: "commands", as: Warning, found: "another release, or one with other settings, has them: /ask", mend: "summitbot serve registers them",
	},
	"commands without a model": {
		spoil: func(p *patient) { p.o.Model = p.scripted() },
		check: "commands", as: Warning, found: "/risks, /takeaways", mend: "summitbot serve registers them",
	},
	"a command of another program": {
		spoil: func(p *patient) { p.commands("POST", "", "", `{"name":"play","description":"music"}`) },
		check: "commands", as: Warning, found: "not this program's: /play", mend: "an application of its own",
	},
	"commands in a server, too": {
		spoil: func(p *patient) {
			p.commands("POST", p.guild(), "", `{"name":"ask","description":"d"}`)
		},
		check: "commands", as: Warning, found: "in the server Test server, too: /ask", mend: "/guilds/",
	},
	"commands everywhere, too": {
		spoil: func(p *patient) { p.o.Discord.Server = p.guild(); p.register() },
		check: "commands", as: Warning, found: "globally, too: /ask", mend: `curl -X PUT -H "Authorization: Bot $DISCORD_TOKEN"`,
	},
	"a permission that its roles lack": {
		spoil: func(p *patient) {
			for _, who := range []string{"summitbot", "@everyone"} {
				p.permit(who, "", nil, []string{"CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY"})
			}
		},
		check: "permissions", as: Warning, found: "roles lack Create Public Threads, Read Message History", mend: "Server Settings, Roles, summitbot",
	},
	"roles that let it say nothing": {
		spoil: func(p *patient) {
			for _, who := range []string{"summitbot", "@everyone"} {
				p.permit(who, "", nil, []string{"SEND_MESSAGES"})
			}
		},
		check: "permissions", as: Fault, found: "roles lack Send Messages", mend: "client_id=" + application,
	},
	"a channel that it may only read": {
		spoil: func(p *patient) { p.channel("rules"); p.permit("@everyone", "rules", nil, []string{"SEND_MESSAGES"}) },
		check: "permissions", as: Warning, found: "#rules (Send Messages)", mend: "Edit Channel, Permissions",
	},
	"no channel that it sees": {
		spoil: func(p *patient) { p.permit("@everyone", "general", nil, []string{"VIEW_CHANNEL"}) },
		check: "permissions", as: Fault, found: "sees no channel", mend: "allow View Channel",
	},
	"a channel in which it may not answer": {
		spoil: func(p *patient) { p.permit("@everyone", "general", nil, []string{"SEND_MESSAGES"}) },
		check: "permissions", as: Fault, found: "may answer in no channel; it lacks permissions in #general (Send Messages)", mend: "Edit Channel, Permissions",
	},
	"a server in which it may not answer": {
		spoil: func(p *patient) {
			p.channel("other/general")
			p.permit("@everyone", "other/general", nil, []string{"SEND_MESSAGES"})
		},
		check: "permissions", as: Warning, found: "other: the bot may answer in no channel", mend: "Edit Channel, Permissions",
	},
	"an administrator": {
		spoil: func(p *patient) { p.permit("summitbot", "", []string{"ADMINISTRATOR"}, nil) },
		check: "permissions", as: Warning, found: "Test server: the bot is an administrator", mend: "switch off Administrator",
	},
	"a channel that there is not": {
		spoil: func(p *patient) { p.o.Discord.Channels = []string{"4711"} },
		check: "permissions", as: Fault, found: "CHANNELS names 4711, a channel that there is not", mend: "Copy Channel ID",
	},
	"a channel that it does not see": {
		spoil: func(p *patient) {
			p.o.Discord.Channels = []string{p.channel("secret")}
			p.permit("summitbot", "secret", nil, []string{"VIEW_CHANNEL"})
		},
		check: "permissions", as: Fault, found: "a channel that the bot does not see", mend: "allow View Channel for summitbot",
	},
	"a channel where it may not answer": {
		spoil: func(p *patient) {
			p.o.Discord.Channels = []string{p.channel("general"), p.channel("rules")}
			p.permit("summitbot", "rules", nil, []string{"SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS"})
		},
		check: "permissions", as: Fault, found: "#rules, where the bot lacks Send Messages, Send Messages in Threads", mend: "Edit Channel, Permissions",
	},
}

// deserted is an address where nobody listens, and no other test will: a port
// that was just given back would be another's soon.
const deserted = "127.0.0.1:1"

// Each malady is found, as what it is, and nothing else is.
func TestDoctorFindsFaults(t *testing.T) {
	t.Parallel()
	groups := map[string]map[string]malady{"machine": machine, "standing": standing, "model": modelled}
	for group, all := range groups {
		for name, m := range all {
			t.Run(group+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := newPatient(t, m.options, m.bot)
				if group == "model" {
					p.withModel()
				}
				if m.spoil != nil {
					m.spoil(p)
				}
				p.finds(m)
			})
		}
	}
}

// finds fails the test unless the doctor finds a malady and nothing else.
func (p *patient) finds(m malady) {
	p.Helper()
	all, times := p.findings(), 0
	for _, f := range all {
		switch {
		case f.Check == m.check && f.Status == m.as && strings.Contains(f.Found, m.found) && strings.Contains(f.Mend+f.Command, m.mend):
			times++
		case f.Status == Skipped && strings.HasSuffix(f.Found, "it needs "+m.check):
		case f.Status != OK:
			p.Errorf("it found %+v", f)
		}
	}
	if times != 1 {
		p.Errorf("it found the fault %d times, in %+v", times, all)
	}
}

// An Entry Point command is the application's own, and nothing is wrong with it.
func TestDoctorLeavesTheEntryPoint(t *testing.T) {
	t.Parallel()
	p := newPatient(t, testserver.Options{}, testserver.Bot{})
	p.commands("POST", "", "", `{"type":4,"name":"launch","handler":2}`)
	for _, f := range p.findings() {
		if f.Check == "commands" && (f.Status != OK || strings.Contains(f.Found+f.Mend, "launch")) {
			t.Errorf("it found %+v", f)
		}
	}
}
