package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"summitbot/bot/discord/inspect"
	"summitbot/bot/doctor"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/testserver"
)

// A malady is one thing that is wrong with a set-up, and all that the doctor
// has to find.
type malady struct {
	modelled bool             // with a model
	spoil    func(p *patient) // after serve has run
	// what the doctor finds
	check       string
	as          doctor.Status
	found, mend string // parts of it
}

// maladies are those of the settings, of the articles and of the judge, which the
// program makes for the doctor.
var maladies = map[string]malady{
	"a setting not understood": {
		spoil: func(p *patient) { p.vars["LOG_LEVEL"] = canary },
		check: "settings", as: doctor.Fault, found: "LOG_LEVEL is not understood", mend: ".env.example",
	},
	"an id that is none": {
		spoil: func(p *patient) { p.vars["CHANNELS"] = "general" },
		check: "settings", as: doctor.Fault, found: `CHANNELS ("general") is not a list of ids`, mend: "Copy Channel ID",
	},
	"a negative number": {
		spoil: func(p *patient) { p.vars["DAILY_TOKEN_BUDGET"] = "-1" },
		check: "settings", as: doctor.Fault, found: `DAILY_TOKEN_BUDGET ("-1") cannot be negative`, mend: ".env.example",
	},
	"a duration that is none": {
		modelled: true,
		spoil:    func(p *patient) { p.vars["OPENAI_TIMEOUT"] = "soon" },
		check:    "settings", as: doctor.Fault, found: `OPENAI_TIMEOUT ("soon") is not understood`, mend: ".env.example",
	},
	"a file .env that is none": {
		spoil: func(p *patient) { p.write(".env", "DISCORD_TOKEN="+canary+"\n"+canary+"\n") },
		check: "settings", as: doctor.Fault, found: ".env is not understood in line 2", mend: "NAME=value",
	},
	"a file .env of Windows": {
		spoil: func(p *patient) { p.write(".env", "\xff\xfeL\x00O\x00G\x00") },
		check: "settings", as: doctor.Fault, found: ".env is not understood in line 1", mend: "the file is UTF-16: save it as UTF-8",
	},
	"a folder .env": {
		spoil: func(p *patient) { p.write(".env/file", "") },
		check: "settings", as: doctor.Fault, found: "reading .env: read ", mend: "plain file",
	},
	"a misspelt setting": {
		spoil: func(p *patient) { p.write(".env", "DISCORD_GUILD="+canary+"\nPOSTGRES_PASSWORD=x\n") },
		check: "settings", as: doctor.Warning, found: "DISCORD_GUILD in .env", mend: "DISCORD_GUILD_ID",
	},
	"half a model": {
		spoil: func(p *patient) { p.vars["OPENAI_MODEL"] = "llama3.1" },
		check: "settings", as: doctor.Warning, found: "OPENAI_MODEL has no effect", mend: "OPENAI_BASE_URL",
	},
	"a budget for nothing": {
		modelled: true,
		spoil:    func(p *patient) { p.vars["DAILY_TOKEN_BUDGET"] = "5000" },
		check:    "settings", as: doctor.Warning, found: "DAILY_TOKEN_BUDGET=5000 is less than one answer", mend: "raise it",
	},
	"no articles": {
		spoil: func(p *patient) { p.vars["ARTICLES"] = p.dir },
		check: "articles", as: doctor.Fault, found: "holds no .txt or .md file", mend: "ARTICLES",
	},
	"no folder of articles": {
		spoil: func(p *patient) { p.vars["ARTICLES"] = p.dir + "/none" },
		check: "articles", as: doctor.Fault, found: "no such file", mend: "ARTICLES",
	},
	"an article that is no text": {
		spoil: func(p *patient) {
			p.write("articles/one.txt", "A Title\n\nA sentence.\n\x00\n")
			p.vars["ARTICLES"] = p.dir + "/articles"
		},
		check: "articles", as: doctor.Fault, found: "one.txt: one: line 4 holds a NUL byte", mend: "correct the file",
	},
	"a question without a sentence": {
		spoil: func(p *patient) {
			p.write("articles/one.txt", "A Title\n\nA sentence.\n")
			p.write("articles/one.questions.jsonl", `{"sentence":"s1","question":"Why?"}`+"\n"+`{"sentence":"s9","question":"Why?"}`+"\n")
			p.vars["ARTICLES"] = p.dir + "/articles"
		},
		check: "articles", as: doctor.Fault, found: `one.questions.jsonl: line 2: the article has no sentence "s9"`, mend: "correct the file",
	},
	"a test server elsewhere": {
		spoil: func(p *patient) { p.vars["DISCORD_API_URL"] = "http://192.0.2.7:8080" },
		check: "settings", as: doctor.Fault, found: "DISCORD_API_URL is not understood", mend: "leave it empty for Discord itself",
	},
	"a judge that upholds everything": {
		modelled: true,
		spoil: func(p *patient) {
			p.model.Answers(llmtest.Judging(llmtest.Quoting(0), func(llmtest.JudgeCheck) string { return "supported" }))
		},
		check: "judge", as: doctor.Warning, found: "of 48 wrong statements it upheld 48, of 24 honest ones it refused 0; it got wrong the pairs 1 2 3", mend: "set OPENAI_JUDGE_MODEL",
	},
	"a judge elsewhere that is not there": {
		modelled: true,
		spoil:    func(p *patient) { p.vars["OPENAI_JUDGE_BASE_URL"] = "http://127.0.0.1:1/v1" },
		check:    "judge", as: doctor.Fault, found: "there is no answer", mend: "OPENAI_JUDGE_BASE_URL",
	},
}

// deserted is an address where nobody listens, and no other test will: a port
// that was just given back would be another's soon.
const deserted = "127.0.0.1:1"

// Each malady is found, as what it is, and nothing else is.
func TestDoctorFindsFaults(t *testing.T) {
	t.Parallel()
	for name, m := range maladies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, testserver.Options{})
			if m.modelled {
				p.withModel()
			}
			p.serveOnce()
			m.spoil(p)
			p.finds(m)
		})
	}
}

// finds fails the test unless the doctor finds a malady and nothing else.
func (p *patient) finds(m malady) {
	p.Helper()
	code, all := p.findings()
	want := exitOK
	if m.as == doctor.Fault {
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
		case f.Status == doctor.Skipped && (strings.HasSuffix(f.Found, "it needs "+m.check) || strings.Contains(m.found, strings.TrimPrefix(f.Found, "not checked: it needs "))):
		case f.Status != doctor.OK:
			p.Errorf("it found %+v", f)
		}
	}
	if times != 1 {
		p.Errorf("it found the fault %d times, in %+v", times, all)
	}
}

func TestDoctorMisspelt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"DISCORD_TOKEN": "", "POSTGRES_PASSWORD": "", "HOME": "",
		"DISCORD_BOT_TOKEN": "DISCORD_TOKEN", "DISCORD_TOKN": "DISCORD_TOKEN", "DISCORD_GUILD": "DISCORD_GUILD_ID",
		"discord_token": "DISCORD_TOKEN", "Log_Level": "LOG_LEVEL", "home": "",
		"CHANNEL": "CHANNELS", "OPENAI_KEY": "OPENAI_API_KEY", "OPENAI_MODEL_NAME": "OPENAI_MODEL", "LOG": "LOG_LEVEL",
	} {
		if got := misspelt(name); got != want {
			t.Errorf("%s is taken for %q, not %q", name, got, want)
		}
	}
}

// How much room a disk has is known, and not that of a folder that is not there.
func TestFreeSpace(t *testing.T) {
	t.Parallel()
	if free, err := freeSpace(t.TempDir()); err != nil || free == 0 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if _, err := freeSpace(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there has a disk")
	}
}

// The README's link is the one that is built.
func TestReadmeHasTheInviteLink(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if link := inspect.InviteURL("APPLICATION_ID"); !strings.Contains(string(data), link) {
		t.Errorf("README.md does not have %s", link)
	}
}

// What strangers have named cannot act on the operator's terminal.
func TestDoctorPrintsNoControls(t *testing.T) {
	t.Parallel()
	p := newPatient(t, testserver.Options{Guild: "House\x1b[2J\u202e of\ncards"})
	p.serveOnce()
	code, out := p.examined()
	if code != exitOK || !strings.Contains(out, "House [2J of cards") || strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("it ended with %d and printed %q", code, out)
	}
}

// A file is no terminal, and neither is a buffer.
func TestDoctorColours(t *testing.T) {
	t.Parallel()
	e := settings(t, "", map[string]string{"TERM": "xterm"})
	e.stdout = new(bytes.Buffer)
	if colourful(e) {
		t.Error("a buffer is coloured")
	}
	e.stdout = shut(t)
	if colourful(e) {
		t.Error("a file is coloured")
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	e.stdout = null // a character device, as a terminal is
	if !colourful(e) {
		t.Error("a terminal is not coloured")
	}
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		plain := settings(t, "", map[string]string{"TERM": "xterm", name: value})
		plain.stdout = null
		if colourful(plain) {
			t.Errorf("with %s=%s it is coloured", name, value)
		}
	}
}

// shut is a file that cannot be written.
func shut(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}
