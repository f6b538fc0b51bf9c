package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/inspect"
	"summitbot/bot/discord/rest"
	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/proof"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
	"summitbot/retrieval"
	"summitbot/seeds"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

// TestMain looks for goroutines left behind.
func TestMain(m *testing.M) {
	if err := discordtest.AtOnce(4); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

const (
	// canary stands in all secrets, and is looked for in what is told.
	canary = "canary-8b1f6d"
	// botToken has the form that gives a bot a known id.
	botToken = "MTAwMDAwMDAwMDAwMDAwMDAx.x." + canary
	// application is that id, and its application's.
	application = "100000000000000001"
)

// A patient is a set-up of the bot for the doctor to look at.
type patient struct {
	*testing.T
	server *testserver.Server
	url    string          // the test server's
	api    *rest.Client    // asks it as the bot
	model  *llmtest.Server // the scripted model's server
	dir    string
	o      Options
}

// newPatient makes a set-up where nothing is wrong, as if the bot had run.
func newPatient(t *testing.T, o testserver.Options, of testserver.Bot) *patient {
	t.Helper()
	p := barePatient(t, o, of)
	p.register()
	kept, err := store.Open(t.Context(), p.o.Store)
	if err == nil {
		err = kept.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// barePatient makes a set-up in which the bot has never run.
func barePatient(t *testing.T, o testserver.Options, of testserver.Bot) *patient {
	t.Helper()
	of.Name, of.Token = "summitbot", botToken
	o.Bots = []testserver.Bot{of}
	server := discordtest.New(t, o)
	p := &patient{T: t, server: server.Server, url: server.URL, dir: t.TempDir(), model: llmtest.New(t)}
	p.model.Answers(llmtest.Quoting(0))
	base, err := rest.ParseAPIURL(p.url)
	if err == nil {
		p.api, err = rest.New(rest.Options{Token: botToken, Base: base, Log: slog.New(slog.DiscardHandler)})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.api.Close)
	p.o = Options{
		Discord: Discord{Token: botToken, APIURL: p.url},
		Model:   Model{New: func() (*llm.Client, error) { return nil, nil }},
		Judge: Judge{On: true, New: func(*retrieval.Index) (func(context.Context) (bot.JudgeState, error), error) {
			passed := bot.JudgeState{Tried: true, Trusted: true, Trial: new(proof.Trial)}
			return func(context.Context) (bot.JudgeState, error) { return passed, nil }, nil
		}},
		Index: func() (*retrieval.Index, error) { return retrieval.Load(seeds.Files, seeds.Files, nil) },
		Store: store.Options{Folder: filepath.Join(p.dir, "data")},
		Free:  func(string) (uint64, error) { return 1 << 40, nil },
		Ready: func(context.Context) (string, error) { return "", errors.New("none runs") },
		Log:   slog.New(slog.DiscardHandler),
	}
	return p
}

// register registers the commands, as the bot does when it starts.
func (p *patient) register() {
	p.Helper()
	if _, err := command.Register(p.Context(), p.api, application, p.o.Discord.Server, p.o.Model.Named); err != nil {
		p.Fatal(err)
	}
}

// commands changes the commands of a server, or the global ones, as the bot.
func (p *patient) commands(method, server, path, body string) {
	p.Helper()
	url := command.URL(application, server) + path
	if err := p.api.Do(p.Context(), rest.Request{Name: "change the commands", Method: method, URL: url, Body: json.RawMessage(body)}); err != nil {
		p.Fatal(err)
	}
}

// commandPath is where a command is that is registered globally.
func (p *patient) commandPath(name string) string {
	p.Helper()
	var all []struct{ ID, Name string }
	if err := p.api.Do(p.Context(), rest.Request{Name: "read the commands", Method: http.MethodGet, URL: command.URL(application, ""), Into: &all}); err != nil {
		p.Fatal(err)
	}
	for _, c := range all {
		if c.Name == name {
			return "/" + c.ID
		}
	}
	p.Fatalf("/%s is not registered", name)
	return ""
}

// client is a client of the model.
func (m Model) client() (*llm.Client, error) {
	return llm.New(llm.Config{
		BaseURL: m.BaseURL, Key: canary, Model: m.Name, JSON: llm.JSONMode(m.JSON), Timeout: m.Timeout, Parallel: 4, Log: slog.New(slog.DiscardHandler),
	})
}

// scripted are the settings of the scripted model.
func (p *patient) scripted() Model {
	m := Model{Named: true, Name: "scripted", BaseURL: p.model.URL + "/v1", Timeout: 3 * time.Second, ContextTokens: 6000, ReplyTokens: 2500}
	m.Server = m.BaseURL
	m.New = func() (*llm.Client, error) { return p.o.Model.client() }
	return m
}

// withModel gives the set-up the scripted model.
func (p *patient) withModel() {
	p.o.Model = p.scripted()
	p.register()
}

// findings is what the doctor finds.
func (p *patient) findings() (all []Finding) {
	p.Helper()
	var log bytes.Buffer
	p.o.Waiting, p.o.Log = &log, slog.New(slog.NewTextHandler(&log, nil))
	if err := Run(p.Context(), p.o, func(f Finding) { all = append(all, f) }); err != nil {
		p.Error(err)
	}
	if said := fmt.Sprint(all, log.String()); strings.Contains(said, canary) {
		p.Errorf("a secret is told: %s", said)
	}
	if log.Len() > 0 {
		p.Errorf("it logged %s", &log)
	}
	return all
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
	i, err := inspect.New(botToken, p.url, slog.New(slog.DiscardHandler))
	if err != nil {
		p.Fatal(err)
	}
	defer i.Close()
	all, _, err := i.Servers(p.Context(), 1)
	if err != nil || len(all) == 0 {
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
