package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"summitbot/bot/discord/inspect"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"

	"github.com/gorilla/websocket"
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

// registered are the commands that serve registers, with a model and without
// one. A test that needs them has only to register them once more.
var registered = map[bool]func(t *testing.T) string{false: onceRegistered(false), true: onceRegistered(true)}

func onceRegistered(model bool) func(t *testing.T) string {
	var once sync.Once
	var list string
	return func(t *testing.T) string {
		t.Helper()
		once.Do(func() {
			p := barePatient(t, testserver.Options{}, testserver.Bot{})
			if model {
				maps.Copy(p.vars, scripted(p.model, nil))
			}
			p.serveOnce()
			list = p.rest("GET", commandsOf+"?with_localizations=true", "")
		})
		if list == "" {
			t.Fatal("serve registered nothing")
		}
		return list
	}
}

// newPatient makes a set-up where nothing is wrong, as if serve had run.
func newPatient(t *testing.T, o testserver.Options, of testserver.Bot) *patient {
	t.Helper()
	p := barePatient(t, o, of)
	p.rest("PUT", commandsOf, registered[false](t))
	kept, err := store.Open(t.Context(), store.Options{Folder: p.vars["DATA_DIR"]})
	if err == nil {
		err = kept.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// barePatient makes a set-up in which serve has never run.
func barePatient(t *testing.T, o testserver.Options, of testserver.Bot) *patient {
	t.Helper()
	of.Name, of.Token = "summitbot", botToken
	o.Bots = []testserver.Bot{of}
	server := discordtest.New(t, o)
	p := &patient{T: t, server: server.Server, url: server.URL, dir: t.TempDir(), model: llmtest.New(t)}
	p.model.Answers(llmtest.Quoting(0))
	p.vars = map[string]string{"DISCORD_TOKEN": botToken, "DISCORD_API_URL": p.url, "DATA_DIR": filepath.Join(p.dir, "data")}
	return p
}

// serveOnce runs serve until it is ready.
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
func (p *patient) withModel() {
	maps.Copy(p.vars, scripted(p.model, nil))
	p.rest("PUT", commandsOf, registered[true](p.T))
}

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
func (p *patient) findings() (code int, all []finding) {
	p.Helper()
	code, out := p.examined("-json")
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		p.Fatalf("%v in %s", err, out)
	}
	return code, all
}

// rest makes a call as the bot.
func (p *patient) rest(method, path, body string) string {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.url+"/api/v10"+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Authorization", "Bot "+botToken)
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		p.Fatalf("%s %s: HTTP %d, %s %v", method, path, resp.StatusCode, data, err)
	}
	return string(data)
}

// identify opens a session at the gateway and leaves it.
func (p *patient) identify() {
	p.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(p.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/gateway?v=10&encoding=json", nil)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	defer ws.Close()
	body := map[string]any{"op": 2, "d": map[string]any{"token": botToken, "intents": 0, "properties": map[string]string{}}}
	if err := ws.WriteJSON(body); err != nil {
		p.Fatal(err)
	}
	for m := (struct{ T string }{}); m.T != "READY"; {
		if err := ws.ReadJSON(&m); err != nil {
			p.Fatal(err)
		}
	}
}

// guild is the id of the server.
func (p *patient) guild() string {
	p.Helper()
	var all []struct{ ID string }
	if err := json.Unmarshal([]byte(p.rest("GET", "/users/@me/guilds", "")), &all); err != nil || len(all) == 0 {
		p.Fatalf("%d servers, %v", len(all), err)
	}
	return all[0].ID
}

// channel is the id of a channel, which is made if it is new.
func (p *patient) channel(name string) string {
	p.Helper()
	m, err := p.server.Post("ana", name, "hello")
	if err != nil {
		p.Fatal(err)
	}
	return m.ChannelID
}

// permit changes what somebody may do.
func (p *patient) permit(user, channel string, allow, deny []string) {
	p.Helper()
	if err := p.server.Permit(user, channel, allow, deny); err != nil {
		p.Fatal(err)
	}
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

// On a set-up where nothing is wrong there are ok lines alone, with a model
// and without one, and nothing is changed.
func TestDoctorHealthy(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(p *patient){
		"without a model":        func(*patient) {},
		"with a model":           func(p *patient) { p.withModel() },
		"before the first start": func(p *patient) { p.vars["DATA_DIR"] = filepath.Join(p.dir, "not", "there") },
		"for one server": func(p *patient) {
			p.rest("PUT", commandsOf, "[]")
			p.vars["DISCORD_GUILD_ID"], p.vars["CHANNELS"] = p.guild(), p.channel("general")
			p.serveOnce()
		},
		"with articles": func(p *patient) {
			p.write("articles/one.txt", "A Title\n\nOne sentence stands here.\n")
			p.write(".env", "ARTICLES="+filepath.Join(p.dir, "articles")+"\nMESSAGE_CONTENT=on\nCOMPOSE_PROJECT_NAME=x\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, testserver.Options{RouteLimits: true}, testserver.Bot{})
			prepare(p)
			before, calls := p.files(), strings.Count(call(t, "GET", p.url+"/test/wire", ""), "\n")
			code, all := p.findings()
			if code != exitOK {
				t.Errorf("it ended with %d", code)
			}
			for _, f := range all {
				if f.Status != isOK || f.Mend != "" || f.Found == "" {
					t.Errorf("%+v", f)
				}
			}
			if !slices.ContainsFunc(all, func(f finding) bool { return f.Check == "invite" && f.Found == inspect.InviteURL(application) }) {
				t.Errorf("the invite link is not told: %+v", all)
			}
			if after := p.files(); !maps.Equal(after, before) {
				t.Errorf("there were the files %v, and then %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
			}
			p.onlyRead(calls)
			code, out := p.examined()
			for line := range strings.Lines(strings.TrimSuffix(out, "\n")) {
				if !strings.HasPrefix(line, "ok       ") && !strings.HasPrefix(line, strings.Repeat(" ", statusWidth)) && strings.Trim(line, "\n") != "" && !strings.HasSuffix(line, " ok") {
					t.Errorf("it prints %q", line)
				}
			}
			if code != exitOK || !strings.HasSuffix(out, " ok\n") {
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
	doctor := launch(t, w.cmd.Env, "doctor")
	doctor.exits(exitOK) // in a folder of its own
	p := &patient{T: t, vars: map[string]string{}, dir: w.cmd.Dir}
	for _, v := range w.cmd.Env {
		name, value, _ := strings.Cut(v, "=")
		p.vars[name] = value
	}
	p.vars["DATA_DIR"] = filepath.Join(w.cmd.Dir, "data")
	if _, err := store.Inspect(t.Context(), store.Options{Folder: p.vars["DATA_DIR"]}); err != nil {
		t.Fatal(err)
	}
	if code, all := p.findings(); code != exitOK || slices.ContainsFunc(all, func(f finding) bool { return f.Status != isOK }) {
		t.Errorf("it ended with %d: %+v", code, all)
	}
	w.answersOnce("general")
	w.signal(syscall.SIGTERM)
	w.exits(exitOK)
	if _, log := w.printed(); strings.Contains(log, "lost the gateway") || strings.Contains(log, "level=ERROR") {
		t.Error("the bot was disturbed")
	}
}
