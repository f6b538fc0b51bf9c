package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/discord/inspect"
	"summitbot/bot/doctor"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// application is the id of the bot with botToken, and of its application.
const application = "100000000000000001"

// commandsOf is where its global commands are.
const commandsOf = "/applications/" + application + "/commands"

// A patient is a set-up of the bot for the doctor to look at.
type patient struct {
	*testing.T
	server *testserver.Server
	url    string            // the test server's
	model  *llmtest.Server   // the scripted model's server
	dir    string            // where .env is looked for
	vars   map[string]string // the environment
}

// newPatient makes a set-up in which serve has never run.
func newPatient(t *testing.T, o testserver.Options) *patient {
	t.Helper()
	o.Bots = []testserver.Bot{{Name: "summitbot", Token: botToken}}
	server := discordtest.New(t, o)
	p := &patient{T: t, server: server.Server, url: server.URL, dir: t.TempDir(), model: llmtest.New(t)}
	p.model.Answers(llmtest.Quoting(0))
	p.vars = map[string]string{"DISCORD_TOKEN": botToken, "DISCORD_API_URL": p.url, "DATA_DIR": filepath.Join(p.dir, "data")}
	return p
}

// serveOnce runs serve until it is ready; then nothing is wrong.
func (p *patient) serveOnce() {
	p.Helper()
	cfg, err := readConfig(p.environment())
	if err != nil {
		p.Fatal(err)
	}
	ctx, stop := context.WithCancel(p.Context())
	defer stop()
	s := service{cfg: cfg, folder: cfg.DataDir, log: slog.New(slog.DiscardHandler)}
	if err := s.run(ctx, func(string) { stop() }); err != nil {
		p.Fatal(err)
	}
}

func (p *patient) environment() environment {
	return environment{dir: p.dir, getenv: func(name string) (string, bool) {
		v, ok := p.vars[name]
		return v, ok
	}}
}

// withModel gives the set-up the scripted model.
func (p *patient) withModel() { maps.Copy(p.vars, scripted(p.model, nil)) }

// examined is what the doctor finds.
func (p *patient) examined(args ...string) (code int, stdout string) {
	p.Helper()
	e := p.environment()
	var out, log bytes.Buffer
	e.args, e.stdin, e.stdout, e.stderr = append([]string{"doctor"}, args...), strings.NewReader(""), &out, &log
	code = run(p.Context(), e)
	if strings.Contains(out.String()+log.String(), canary) {
		p.Errorf("a secret is printed:\n%s%s", &out, &log)
	}
	if log.Len() > 0 {
		p.Errorf("it logged %s", &log)
	}
	return code, out.String()
}

// findings is what the doctor finds, as values.
func (p *patient) findings() (code int, all []doctor.Finding) {
	p.Helper()
	code, out := p.examined("-json")
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		p.Fatalf("%v in %s", err, out)
	}
	return code, all
}

// somewhere is the id of a channel, and that of its server.
func (p *patient) somewhere() (channel, server string) {
	p.Helper()
	m, err := p.server.Post("ana", "general", "hello")
	if err != nil {
		p.Fatal(err)
	}
	i, err := inspect.New(botToken, p.url, slog.New(slog.DiscardHandler))
	if err != nil {
		p.Fatal(err)
	}
	defer i.Close()
	all, _, err := i.Servers(p.Context(), 1)
	if err != nil || len(all) == 0 {
		p.Fatalf("%d servers, %v", len(all), err)
	}
	return m.ChannelID, all[0].ID
}

// write writes a file below the set-up's folder, and returns where it is.
func (p *patient) write(name, text string) string {
	p.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
	return file
}

// files are the set-up's files and their contents.
func (p *patient) files() map[string]string {
	p.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(p.dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			all[name] = ""
			return err
		}
		data, err := os.ReadFile(name)
		all[name] = string(data)
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return all
}

// The doctor is told what is set.
func TestDoctorOptions(t *testing.T) {
	t.Parallel()
	o := doctorOptions(settings(t, "", map[string]string{
		"DISCORD_TOKEN": "a", "DISCORD_API_URL": "http://127.0.0.1:1", "DISCORD_GUILD_ID": "2", "CHANNELS": "3,4", "MESSAGE_CONTENT": "on", "SHARDS": "5", "SSL_CERT_FILE": "b",
		"OPENAI_API_KEY": "c", "OPENAI_BASE_URL": "http://127.0.0.1:6/v1", "OPENAI_MODEL": "d", "OPENAI_JSON": "text", "OPENAI_TIMEOUT": "7s", "CONTEXT_TOKENS": "8", "DAILY_TOKEN_BUDGET": "9",
		"OPENAI_JUDGE_MODEL": "e", "OPENAI_JUDGE_BASE_URL": "http://127.0.0.1:10/v1", "ARTICLES": "f", "DATA_DIR": "g", "DATABASE_URL": "postgres://h", "RETENTION_DAYS": "11",
	}))
	o.Model.New, o.Judge.New = nil, nil
	for _, c := range [][2]any{
		{o.Discord, doctor.Discord{Token: "a", APIURL: "http://127.0.0.1:1", Server: "2", Channels: []string{"3", "4"}, MessageContent: true, Shards: 5, Authorities: "b"}},
		{o.Model, doctor.Model{
			Named: true, Name: "d", Server: "http://127.0.0.1:6/v1", BaseURL: "http://127.0.0.1:6/v1", JSON: "text", Timeout: 7 * time.Second,
			ContextTokens: 8, ReplyTokens: longestReply, DailyTokens: 9,
		}},
		{o.Judge, doctor.Judge{On: true, Apart: true, Name: "e", Server: "http://127.0.0.1:10/v1"}},
		{o.Articles, "f"},
		{o.Store, store.Options{Folder: "g", URL: "postgres://h", Retention: 11 * 24 * time.Hour}},
	} {
		if !reflect.DeepEqual(c[0], c[1]) {
			t.Errorf("it is told %+v, not %+v", c[0], c[1])
		}
	}
}

// On a set-up where nothing is wrong there are ok lines alone, with a model
// and without one, and nothing is changed.
func TestDoctorHealthy(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(p *patient){
		"without a model":        (*patient).serveOnce,
		"with a model":           func(p *patient) { p.withModel(); p.serveOnce() },
		"before the first start": func(p *patient) { p.serveOnce(); p.vars["DATA_DIR"] = filepath.Join(p.dir, "not", "there") },
		"for one server": func(p *patient) {
			p.vars["CHANNELS"], p.vars["DISCORD_GUILD_ID"] = p.somewhere()
			p.serveOnce()
		},
		"with articles": func(p *patient) {
			p.serveOnce()
			p.write("articles/one.txt", "A Title\n\nOne sentence stands here.\n")
			p.write(".env", "ARTICLES="+filepath.Join(p.dir, "articles")+"\nMESSAGE_CONTENT=on\nCOMPOSE_PROJECT_NAME=x\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, testserver.Options{RouteLimits: true})
			prepare(p)
			before, calls := p.files(), strings.Count(call(t, "GET", p.url+"/test/wire", ""), "\n")
			code, all := p.findings()
			if code != exitOK {
				t.Errorf("it ended with %d", code)
			}
			for _, f := range all {
				if f.Status != doctor.OK || f.Mend != "" || f.Found == "" {
					t.Errorf("%+v", f)
				}
			}
			if !slices.ContainsFunc(all, func(f doctor.Finding) bool { return f.Check == "invite" && f.Found == inspect.InviteURL(application) }) {
				t.Errorf("the invite link is not told: %+v", all)
			}
			if after := p.files(); !maps.Equal(after, before) {
				t.Errorf("there were the files %v, and then %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
			}
			p.onlyRead(calls)
			code, out := p.examined()
			lines, ready := strings.CutSuffix(out, " ok\nReady: nothing keeps the bot from working.\n")
			for line := range strings.Lines(lines + " ok") {
				if !strings.HasPrefix(line, "ok       ") && !strings.HasPrefix(line, "         ") && strings.Trim(line, "\n") != "" && !strings.HasSuffix(line, " ok") {
					t.Errorf("it prints %q", line)
				}
			}
			if code != exitOK || !ready {
				t.Errorf("it ended with %d and printed\n%s", code, out)
			}
		})
	}
}

// onlyRead fails the test if there were calls after the first n records of the
// wire that change anything, or that open the gateway.
func (p *patient) onlyRead(n int) {
	p.Helper()
	lines := strings.Split(strings.TrimSpace(call(p.T, "GET", p.url+"/test/wire", "")), "\n")
	if len(lines) <= n {
		p.Error("nothing was asked")
	}
	for _, line := range lines[n:] {
		var r struct {
			Kind, Method string
			Payload      struct{ Op int }
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			p.Fatal(err)
		}
		const identify = 2
		if r.Kind == "rest" && r.Method != "GET" || r.Payload.Op == identify {
			p.Errorf("the wire has %s", line)
		}
	}
}

// The doctor may look at what a running bot uses.
func TestDoctorBesideServe(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})
	launch(t, w.cmd.Env, "doctor").exits(exitOK) // in a folder of its own
	p := &patient{T: t, vars: map[string]string{}, dir: w.cmd.Dir}
	for _, v := range w.cmd.Env {
		name, value, _ := strings.Cut(v, "=")
		p.vars[name] = value
	}
	p.vars["DATA_DIR"] = filepath.Join(w.cmd.Dir, "data")
	if _, err := store.Inspect(t.Context(), store.Options{Folder: p.vars["DATA_DIR"]}); err != nil {
		t.Fatal(err)
	}
	if code, all := p.findings(); code != exitOK || slices.ContainsFunc(all, func(f doctor.Finding) bool { return f.Status != doctor.OK }) {
		t.Errorf("it ended with %d: %+v", code, all)
	}
	w.answersOnce("general")
	w.signal(syscall.SIGTERM)
	w.exits(exitOK)
	if _, log := w.printed(); strings.Contains(log, "lost the gateway") || strings.Contains(log, "level=ERROR") {
		t.Error("the bot was disturbed")
	}
}
