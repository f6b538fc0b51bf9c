package main

import (
	"encoding/json"
	"maps"
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
	spoil   func(p *patient) // after serve has run
	// what the doctor finds
	check       string
	as          health
	found, mend string // parts of it
}

// maladies are those of the settings and of this machine.
var maladies = map[string]malady{
	"a setting not understood": {
		spoil: func(p *patient) { p.vars["LOG_LEVEL"] = canary },
		check: "settings", as: isFault, found: "LOG_LEVEL is not understood", mend: ".env.example",
	},
	"an id that is none": {
		spoil: func(p *patient) { p.vars["CHANNELS"] = "general" },
		check: "settings", as: isFault, found: "CHANNELS is not a list of ids", mend: "Copy Channel ID",
	},
	"a negative number": {
		spoil: func(p *patient) { p.vars["DAILY_TOKEN_BUDGET"] = "-1" },
		check: "settings", as: isFault, found: "DAILY_TOKEN_BUDGET cannot be negative", mend: ".env.example",
	},
	"a duration that is none": {
		spoil: func(p *patient) { p.withModel(); p.vars["OPENAI_TIMEOUT"] = "soon" },
		check: "settings", as: isFault, found: "OPENAI_TIMEOUT is not understood", mend: ".env.example",
	},
	"a file .env that is none": {
		spoil: func(p *patient) { p.write(".env", "DISCORD_TOKEN="+canary+"\n"+canary+"\n") },
		check: "settings", as: isFault, found: ".env is not understood in line 2", mend: "NAME=value",
	},
	"a file .env of Windows": {
		spoil: func(p *patient) { p.write(".env", "\xff\xfeL\x00O\x00G\x00") },
		check: "settings", as: isFault, found: ".env is not understood in line 1", mend: "the file is UTF-16: save it as UTF-8",
	},
	"a folder .env": {
		spoil: func(p *patient) { p.write(".env/file", "") },
		check: "settings", as: isFault, found: "reading .env: read ", mend: "plain file",
	},
	"a misspelt setting": {
		spoil: func(p *patient) { p.write(".env", "DISCORD_GUILD="+canary+"\nPOSTGRES_PASSWORD=x\n") },
		check: "settings", as: isWarning, found: "DISCORD_GUILD in .env", mend: "DISCORD_GUILD_ID",
	},
	"half a model": {
		spoil: func(p *patient) { p.vars["OPENAI_MODEL"] = "llama3.1" },
		check: "settings", as: isWarning, found: "OPENAI_MODEL has no effect", mend: "OPENAI_BASE_URL",
	},
	"a budget for nothing": {
		spoil: func(p *patient) { p.withModel(); p.vars["DAILY_TOKEN_BUDGET"] = "5000" },
		check: "settings", as: isWarning, found: "DAILY_TOKEN_BUDGET=5000 is less than one answer", mend: "raise it",
	},
	"no articles": {
		spoil: func(p *patient) { p.vars["ARTICLES"] = p.dir },
		check: "articles", as: isFault, found: "holds no .txt or .md file", mend: "ARTICLES",
	},
	"no folder of articles": {
		spoil: func(p *patient) { p.vars["ARTICLES"] = p.dir + "/none" },
		check: "articles", as: isFault, found: "no such file", mend: "ARTICLES",
	},
	"an article that is no text": {
		spoil: func(p *patient) {
			p.write("articles/one.txt", "A Title\n\nA sentence.\n\x00\n")
			p.vars["ARTICLES"] = p.dir + "/articles"
		},
		check: "articles", as: isFault, found: "one.txt: one: line 4 holds a NUL byte", mend: "correct the file",
	},
	"a question without a sentence": {
		spoil: func(p *patient) {
			p.write("articles/one.txt", "A Title\n\nA sentence.\n")
			p.write("articles/one.questions.jsonl", `{"sentence":"s1","question":"Why?"}`+"\n"+`{"sentence":"s9","question":"Why?"}`+"\n")
			p.vars["ARTICLES"] = p.dir + "/articles"
		},
		check: "articles", as: isFault, found: `one.questions.jsonl: line 2: the article has no sentence "s9"`, mend: "correct the file",
	},
	"a folder that is a file": {
		spoil: func(p *patient) { p.vars["DATA_DIR"] = p.write("file", "") + "/data" },
		check: "data", as: isFault, found: "is a file", mend: "DATA_DIR",
	},
	"a folder that all can write in": {
		spoil: func(p *patient) {
			p.write("data of all/x", "")
			p.vars["DATA_DIR"] = p.dir + "/data of all"
			if err := os.Chmod(p.vars["DATA_DIR"], 0o777); err != nil {
				p.Fatal(err)
			}
		},
		check: "data", as: isWarning, found: "put other files in the place of those", mend: "chmod go-w",
	},
	"a damaged database": {
		spoil: func(p *patient) {
			p.vars["DATA_DIR"] = p.dir + "/other"
			p.write("other/summitbot.db", strings.Repeat("no database", 1000))
		},
		check: "database", as: isFault, found: "the database is damaged", mend: "move it away",
	},
	"no token": {
		spoil: func(p *patient) { delete(p.vars, "DISCORD_TOKEN") },
		check: "token", as: isFault, found: "DISCORD_TOKEN is not set", mend: "https://discord.com/developers/applications",
	},
	"a token with a word before it": {
		spoil: func(p *patient) { p.vars["DISCORD_TOKEN"] = "Bot " + botToken },
		check: "token", as: isFault, found: "a character that no token has", mend: `without blanks, quotation marks or "Bot "`,
	},
	"a refused token": {
		spoil: func(p *patient) { p.server.SetFaults(testserver.Faults{RejectToken: -1}) },
		check: "token", as: isFault, found: "401", mend: "Reset Token",
	},
	"a test server elsewhere": {
		spoil: func(p *patient) { p.vars["DISCORD_API_URL"] = "http://192.0.2.7:8080" },
		check: "settings", as: isFault, found: "DISCORD_API_URL is not understood", mend: "leave it empty for Discord itself",
	},
	"nobody there": {
		spoil: func(p *patient) { p.vars["DISCORD_API_URL"] = "http://" + deserted },
		check: "discord", as: isFault, found: "connection refused", mend: "summitbot local -no-bot",
	},
	"Discord in trouble": {
		spoil: func(p *patient) { p.server.SetFaults(testserver.Faults{BadGateway502: -1}) },
		check: "discord", as: isFault, found: "HTTP 502", mend: "DISCORD_API_URL",
	},
	"a clock that is slow": {
		options: testserver.Options{ClockSkew: 30 * time.Second},
		check:   "clock", as: isWarning, found: "s behind Discord's", mend: "timedatectl set-ntp true",
	},
	"a clock that is wrong": {
		options: testserver.Options{ClockSkew: -10 * time.Minute},
		check:   "clock", as: isWarning, found: "ahead of Discord's", mend: "timedatectl set-ntp true",
	},
}

// standing are the maladies of the bot's standing on Discord.
var standing = map[string]malady{
	"an invite that fails": {
		bot:   testserver.Bot{Portal: testserver.Portal{CodeGrant: true}},
		check: "invite", as: isFault, found: "code grant", mend: "/applications/" + application + "/bot: switch off",
	},
	"interactions that go elsewhere": {
		bot:   testserver.Bot{Portal: testserver.Portal{InteractionsEndpoint: "https://bot.example/x"}},
		check: "interactions", as: isFault, found: "https://bot.example/x", mend: "/applications/" + application + "/information: empty",
	},
	"an intent that is not granted": {
		bot:   testserver.Bot{Portal: testserver.Portal{Withheld: 1 << 15}},
		spoil: func(p *patient) { p.vars["MESSAGE_CONTENT"] = "on" },
		check: "intents", as: isFault, found: "MESSAGE_CONTENT=on", mend: "/applications/" + application + "/bot: switch on Message Content",
	},
	"no session start left": {
		options: testserver.Options{SessionStarts: 1},
		spoil:   (*patient).identify,
		check:   "gateway", as: isFault, found: "0 of the day's 1", mend: "leave serve stopped for 24h0m0s",
	},
	"few session starts left": {
		options: testserver.Options{SessionStarts: 11},
		spoil: func(p *patient) {
			for range 10 {
				p.identify()
			}
		},
		check: "gateway", as: isWarning, found: "1 of the day's 11", mend: "again and again",
	},
	"more than one connection": {
		options: testserver.Options{Shards: 3},
		spoil:   func(p *patient) { p.vars["SHARDS"] = "2" },
		check:   "gateway", as: isWarning, found: "recommends 3 connections", mend: "SHARDS=auto",
	},
	"not invited": {
		bot:   testserver.Bot{Uninvited: true},
		check: "servers", as: isWarning, found: "in no server", mend: "client_id=" + application + "&scope=bot+applications.commands&permissions=309237713920",
	},
	"a server that it is not in": {
		spoil: func(p *patient) { p.vars["DISCORD_GUILD_ID"] = "4711" },
		check: "servers", as: isFault, found: "DISCORD_GUILD_ID names 4711", mend: "client_id=" + application,
	},
	"commands never registered": {
		spoil: func(p *patient) { p.rest("PUT", commandsOf, "[]") },
		check: "commands", as: isWarning, found: "none is registered", mend: "summitbot serve registers them",
	},
	"a command that is missing": {
		spoil: func(p *patient) { p.rest("DELETE", commandsOf+"/"+p.commandID("risks"), "") },
		check: "commands", as: isWarning, found: "not registered: /risks", mend: "summitbot serve registers them",
	},
	"a command of another release": {
		spoil: func(p *patient) { p.rest("PATCH", commandsOf+"/"+p.commandID("ask"), `{"description":"old"}`) },
		check: "commands", as: isWarning, found: "another release, or one with other settings, has them: /ask", mend: "summitbot serve registers them",
	},
	"commands without a model": {
		spoil: func(p *patient) { maps.Copy(p.vars, scripted(p.model, nil)) },
		check: "commands", as: isWarning, found: "/risks, /takeaways", mend: "summitbot serve registers them",
	},
	"a command of another program": {
		spoil: func(p *patient) { p.rest("POST", commandsOf, `{"name":"play","description":"music"}`) },
		check: "commands", as: isWarning, found: "not this program's: /play", mend: "an application of its own",
	},
	"commands in a server, too": {
		spoil: func(p *patient) {
			p.rest("POST", "/applications/"+application+"/guilds/"+p.guild()+"/commands", `{"name":"ask","description":"d"}`)
		},
		check: "commands", as: isWarning, found: "in the server Test server, too: /ask", mend: "/guilds/",
	},
	"commands everywhere, too": {
		spoil: func(p *patient) { p.vars["DISCORD_GUILD_ID"] = p.guild(); p.serveOnce() },
		check: "commands", as: isWarning, found: "globally, too: /ask", mend: `curl -X PUT -H "Authorization: Bot $DISCORD_TOKEN"`,
	},
	"a permission that its roles lack": {
		spoil: func(p *patient) {
			for _, who := range []string{"summitbot", "@everyone"} {
				p.permit(who, "", nil, []string{"CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY"})
			}
		},
		check: "permissions", as: isWarning, found: "roles lack Create Public Threads, Read Message History", mend: "Server Settings, Roles, summitbot",
	},
	"roles that let it say nothing": {
		spoil: func(p *patient) {
			for _, who := range []string{"summitbot", "@everyone"} {
				p.permit(who, "", nil, []string{"SEND_MESSAGES"})
			}
		},
		check: "permissions", as: isFault, found: "roles lack Send Messages", mend: "client_id=" + application,
	},
	"a channel that it may only read": {
		spoil: func(p *patient) { p.channel("rules"); p.permit("@everyone", "rules", nil, []string{"SEND_MESSAGES"}) },
		check: "permissions", as: isWarning, found: "#rules (Send Messages)", mend: "Edit Channel, Permissions",
	},
	"no channel that it sees": {
		spoil: func(p *patient) { p.permit("@everyone", "general", nil, []string{"VIEW_CHANNEL"}) },
		check: "permissions", as: isFault, found: "sees no channel", mend: "allow View Channel",
	},
	"a channel in which it may not answer": {
		spoil: func(p *patient) { p.permit("@everyone", "general", nil, []string{"SEND_MESSAGES"}) },
		check: "permissions", as: isFault, found: "may answer in no channel; it lacks permissions in #general (Send Messages)", mend: "Edit Channel, Permissions",
	},
	"a server in which it may not answer": {
		spoil: func(p *patient) {
			p.channel("other/general")
			p.permit("@everyone", "other/general", nil, []string{"SEND_MESSAGES"})
		},
		check: "permissions", as: isWarning, found: "other: the bot may answer in no channel", mend: "Edit Channel, Permissions",
	},
	"an administrator": {
		spoil: func(p *patient) { p.permit("summitbot", "", []string{"ADMINISTRATOR"}, nil) },
		check: "permissions", as: isWarning, found: "Test server: the bot is an administrator", mend: "switch off Administrator",
	},
	"a channel that there is not": {
		spoil: func(p *patient) { p.vars["CHANNELS"] = "4711" },
		check: "permissions", as: isFault, found: "CHANNELS names 4711, a channel that there is not", mend: "Copy Channel ID",
	},
	"a channel that it does not see": {
		spoil: func(p *patient) {
			p.vars["CHANNELS"] = p.channel("secret")
			p.permit("summitbot", "secret", nil, []string{"VIEW_CHANNEL"})
		},
		check: "permissions", as: isFault, found: "a channel that the bot does not see", mend: "allow View Channel for summitbot",
	},
	"a channel where it may not answer": {
		spoil: func(p *patient) {
			p.vars["CHANNELS"] = p.channel("general") + "," + p.channel("rules")
			p.permit("summitbot", "rules", nil, []string{"SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS"})
		},
		check: "permissions", as: isFault, found: "#rules, where the bot lacks Send Messages, Send Messages in Threads", mend: "Edit Channel, Permissions",
	},
}

// deserted is an address where nobody listens, and no other test will: a port
// that was just given back would be another's soon.
const deserted = "127.0.0.1:1"

// commandID is the id of a command that is registered globally.
func (p *patient) commandID(name string) string {
	p.Helper()
	var all []struct{ ID, Name string }
	if err := json.Unmarshal([]byte(p.rest("GET", commandsOf, "")), &all); err != nil {
		p.Fatal(err)
	}
	for _, c := range all {
		if c.Name == name {
			return c.ID
		}
	}
	p.Fatalf("/%s is not registered", name)
	return ""
}

// Each malady is found, as what it is, and nothing else is.
func TestDoctorFindsFaults(t *testing.T) {
	t.Parallel()
	groups := map[string]map[string]malady{"machine": maladies, "standing": standing, "model": modelled}
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
	code, all := p.findings()
	want := exitOK
	if m.as == isFault {
		want = exitFailure
	}
	if code != want {
		p.Errorf("it ended with %d, not %d", code, want)
	}
	times := 0
	for _, f := range all {
		switch {
		case f.Check == m.check && f.Status == m.as && strings.Contains(f.Found, m.found) && strings.Contains(f.Mend, m.mend):
			times++
		case f.Status == isSkipped && (strings.HasSuffix(f.Found, "it needs "+m.check) || strings.Contains(m.found, strings.TrimPrefix(f.Found, "not checked: it needs "))):
		case f.Status != isOK:
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
	p.rest("POST", commandsOf, `{"type":4,"name":"launch","handler":2}`)
	code, all := p.findings()
	for _, f := range all {
		if f.Check == "commands" && (f.Status != isOK || strings.Contains(f.Found+f.Mend, "launch")) {
			t.Errorf("it found %+v", f)
		}
	}
	if code != exitOK {
		t.Errorf("it ended with %d", code)
	}
}
