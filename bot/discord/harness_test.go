package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
	"summitbot/bot/testserver/openapitest"
	"summitbot/bot/wording"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if !asKilled() && !asProcess() {
		if err := discordtest.AtOnce(atOnce); err != nil {
			panic(err)
		}
		goleak.VerifyTestMain(m)
	}
}

// token has the form that gives a bot a known id.
const token = "MTAwMDAwMDAwMDAwMDAwMDAx.x.secretsecret"

// unlimited is a limit on requests per second that no test meets.
const unlimited = 10000

// article is the seed article.
func article(t seedtest.TB) *retrieval.Article {
	t.Helper()
	return seedtest.Index(t).Articles()[0]
}

// answerer is the real one, without a model.
func answerer(t seedtest.TB) *bot.Answerer {
	t.Helper()
	return bot.NewAnswerer(seedtest.Index(t), bot.Options{})
}

// answersFrom is the real answerer over some articles, of which it knows their
// words alone.
func answersFrom(t seedtest.TB, articles ...*retrieval.Article) *bot.Answerer {
	t.Helper()
	return bot.NewAnswerer(seedtest.ByWords(t, articles...), bot.Options{})
}

// alaska answers every question in words with one and the same sentence, but
// for one about pizza, which it refuses, so that these tests do not depend on
// what ranking finds.
func alaska(t seedtest.TB) worker.Answerer {
	t.Helper()
	seeds := answerer(t)
	return scripted{seeds, func(ctx context.Context, q bot.Question, _ func(bot.Answer)) (bot.Answer, error) {
		if q.Kind != bot.Ask {
			return seeds.Answer(ctx, q)
		}
		next := seeds.Complete("", "en", 3, object.MaxOption)
		if strings.Contains(q.Text, "pizza") {
			return bot.Answer{Question: q, Verdict: bot.OutOfScope, Mode: bot.Quotes, Badge: bot.NotFound, Refusal: &bot.Refusal{Reason: bot.OffTopic}, Next: next}, nil
		}
		a, err := seeds.Recite(q, seeds.Articles()[0].Slug, []string{"s45"}) // "… far from arbitrary."
		a.Next = next
		return a, err
	}}
}

// en is what the bot says in English.
var en = wording.For("en")

// look shows answers from the article as the bot does, in English.
func look(t seedtest.TB) render.Look {
	t.Helper()
	return render.Look{Words: en, Articles: []*retrieval.Article{article(t)}}
}

// scripted is the real answerer, but for how it answers questions.
type scripted struct {
	*bot.Answerer
	stream func(context.Context, bot.Question, func(bot.Answer)) (bot.Answer, error)
}

func (s scripted) Stream(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error) {
	return s.stream(ctx, q, show)
}

// Retells offers every style.
func (scripted) Retells(bot.Answer, bot.Style) bool { return true }

// answers is an Answerer that answers with a function.
func answers(t seedtest.TB, f func(context.Context, bot.Question) (bot.Answer, error)) worker.Answerer {
	t.Helper()
	return scripted{answerer(t), func(ctx context.Context, q bot.Question, _ func(bot.Answer)) (bot.Answer, error) { return f(ctx, q) }}
}

// heldBackUntil is an Answerer that answers when the channel is closed.
func heldBackUntil(t seedtest.TB, release <-chan struct{}) worker.Answerer {
	t.Helper()
	seeds := alaska(t)
	return answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return seeds.Stream(ctx, q, nil)
	})
}

// A world is a test server with a bot that runs against it.
type world struct {
	*testing.T
	server *discordtest.Server
	bot    *Bot
	store  *store.Standby
	clock  *bot.Clock // Discord's, and the store's
	log    *safeBuffer
	ready  chan string
	stop   context.CancelFunc
	ended  chan error // what Run returned
}

// safeBuffer is a buffer for the log of several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// quickTiming keeps tests short and Discord's patience out of them.
var quickTiming = worker.Timing{
	Timing: gateway.Timing{
		Hello: 300 * time.Millisecond, Open: 5 * time.Second,
		Backoff: 10 * time.Millisecond, Longest: 50 * time.Millisecond, Settled: time.Hour, Lease: 4 * time.Second, Poll: 10 * time.Millisecond,
	},
	Quick: time.Minute, Waiting: time.Minute, Edit: time.Millisecond, Retype: time.Minute, Acknowledge: 2800 * time.Millisecond,
	Register: 20 * time.Millisecond, Nonce: 2 * time.Minute, Overlap: time.Millisecond,
}

// start runs a bot against a server; change may alter either before. It does
// not wait for the bot.
func start(t *testing.T, faults testserver.Faults, a worker.Answerer, change func(*Options, *Bot)) *world {
	t.Helper()
	return startOn(t, testserver.Options{Faults: faults}, a, change)
}

// startOn is start with a server of one's own making.
func startOn(t *testing.T, server testserver.Options, a worker.Answerer, change func(*Options, *Bot)) *world {
	t.Helper()
	w := &world{T: t, log: &safeBuffer{}, ready: make(chan string, 1), clock: bot.NewClock()}
	w.store = keptBy(t, store.Memory, w.clock)
	if server.Bots == nil {
		server.Bots = []testserver.Bot{{Name: "summitbot", Token: token}}
	}
	w.server = discordtest.New(t, server)
	t.Cleanup(func() {
		w.stop()
		select {
		case err := <-w.ended:
			if err != nil && !t.Failed() {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(willCome):
			t.Error("Run did not return")
		}
		w.described()
		w.pingsNobody()
		if strings.Contains(w.log.String(), "secretsecret") {
			t.Error("the log holds the token")
		}
		if t.Failed() {
			t.Logf("log:\n%s", w.log.String())
		}
	})
	w.run(a, change)
	return w
}

// newDiscord is a test server that knows the bot.
func newDiscord(t *testing.T, o testserver.Options) *discordtest.Server {
	t.Helper()
	o.Bots = []testserver.Bot{{Name: "summitbot", Token: token}}
	return discordtest.New(t, o)
}

// kept opens a store in a folder for as long as the test goes on.
func kept(t *testing.T, folder string) *store.Standby {
	t.Helper()
	return keptBy(t, folder, nil)
}

// keptBy is kept by a clock.
func keptBy(t *testing.T, folder string, clock *bot.Clock) *store.Standby {
	t.Helper()
	return stoodIn(t, store.Options{Folder: folder, Serving: true, Retention: time.Hour, Clock: clock})
}

// stoodIn is a store with one in memory for when it is away, for as long as the
// test goes on.
func stoodIn(t *testing.T, o store.Options) *store.Standby {
	t.Helper()
	s, err := store.OpenStandby(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// durably makes the bots of a world keep what they have in a folder.
func (w *world) durably() *store.Standby {
	w.store = keptBy(w.T, w.TempDir(), w.clock)
	return w.store
}

// run starts a bot against the server.
func (w *world) run(a worker.Answerer, change func(*Options, *Bot)) {
	w.Helper()
	w.ended = make(chan error, 1)
	o := Options{
		Token: token, APIURL: w.server.URL, Answerer: a, Ledger: w.store, Records: w.store, Clock: w.clock, Workers: 4, Drain: 5 * time.Second,
		Log:   slog.New(bot.LogHandler{Handler: slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})}),
		Ready: func(name string) { w.ready <- name },
	}
	if change != nil {
		change(&o, nil)
	}
	b, err := New(o)
	if err != nil {
		w.Fatal(err)
	}
	b.Timing, b.API.Pace = quickTiming, 0.01
	if change != nil {
		change(&o, b)
	}
	w.bot = b
	ctx, stop := context.WithCancel(w.Context())
	w.stop = stop
	done := w.ended
	go func() { done <- b.Run(ctx) }()
}

// restart ends the bot and runs another one, which knows nothing of it.
func (w *world) restart(a worker.Answerer, change func(*Options, *Bot)) {
	w.Helper()
	w.stop()
	if err := <-w.ended; err != nil {
		w.Fatal(err)
	}
	w.run(a, change)
	w.awaitReady()
}

// refresh is a message as it stands now.
func (w *world) refresh(m testserver.Message) testserver.Message {
	w.Helper()
	now, err := w.server.Message(m.ID)
	if err != nil {
		w.Fatal(err)
	}
	return now
}

// willCome is how long anything may take that will come; it is long, because the
// machine may be busy with other tests.
const willCome = 90 * time.Second

// running is start, and waits until the bot is ready.
func running(t *testing.T, faults testserver.Faults, a worker.Answerer, change func(*Options, *Bot)) *world {
	t.Helper()
	w := start(t, faults, a, change)
	w.awaitReady()
	return w
}

func (w *world) awaitReady() {
	w.Helper()
	select {
	case name := <-w.ready:
		if name != "summitbot" {
			w.Errorf("the bot is ready as %q", name)
		}
	case err := <-w.ended:
		w.ended <- err
		w.Fatalf("Run ended early: %v", err)
	case <-time.After(willCome):
		w.Fatal("the bot did not become ready")
	}
}

// failed takes the error with which Run ends by itself.
func (w *world) failed() error {
	w.Helper()
	select {
	case err := <-w.ended:
		w.ended <- nil
		return err
	case <-time.After(willCome):
		w.Fatal("Run went on")
		return nil
	}
}

// say posts a message.
func (w *world) say(user, channel, content string, options ...testserver.PostOption) testserver.Message {
	w.Helper()
	m, err := w.server.Post(user, channel, content, options...)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// await waits for a message of the bot's.
func (w *world) await(match func(testserver.Message) bool) testserver.Message {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), willCome)
	defer cancel()
	m, err := w.server.AwaitMessage(ctx, func(m testserver.Message) bool { return m.Author.Bot && match(m) })
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// answerTo waits for the answer to a message.
func (w *world) answerTo(m testserver.Message) testserver.Message {
	w.Helper()
	return w.await(func(a testserver.Message) bool {
		return a.MessageReference != nil && a.MessageReference.MessageID == m.ID && a.Text() != en.Looking
	})
}

// command uses a slash command and waits for its first message.
func (w *world) command(user, channel, name string, options map[string]any) testserver.Message {
	w.Helper()
	i, err := w.server.Command(user, channel, name, options)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.Context(), willCome)
	defer cancel()
	if i, err = w.server.AwaitInteraction(ctx, i.ID); err != nil {
		w.Fatal(err)
	}
	if i.State != testserver.StateAnswered {
		w.Fatalf("/%s is %s: %s", name, i.State, i.Error)
	}
	m, err := w.server.Message(i.MessageID)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// guild is the id of the server's one guild.
func (w *world) guild() string {
	w.Helper()
	resp, err := http.Get(w.server.URL + "/test/state")
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	var state struct {
		Guild struct {
			ID string `json:"id"`
		} `json:"guild"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&state); err != nil || state.Guild.ID == "" {
		w.Fatalf("the state has no guild: %v", err)
	}
	return state.Guild.ID
}

// said are the bot's messages in a channel, oldest first.
func (w *world) said(channel string) (said []testserver.Message) {
	w.Helper()
	all, err := w.server.Messages(channel, 100)
	if err != nil {
		w.Fatal(err)
	}
	for _, m := range all {
		if m.Author.Bot {
			said = append(said, m)
		}
	}
	return said
}

// eventually waits until something that nothing announces has come about.
func (w *world) eventually(what string, come func() bool) {
	w.Helper()
	for late := time.Now().Add(willCome); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if come() {
			return
		}
	}
	w.Fatalf("it never came about that %s", what)
}

// settle waits until the queue is empty.
func (w *world) settle() {
	w.Helper()
	w.eventually("the queue is empty", func() bool {
		if !w.bot.idle() {
			return false
		}
		open, err := w.store.OpenQuestions(w.Context())
		return err != nil || open == 0 // or it is closed
	})
}

// pingsNobody fails for a request of the bot's that shows something and may ping,
// and counts those that show something.
func (w *world) pingsNobody() (shows int) {
	w.Helper()
	for line := range strings.Lines(w.wire()) {
		var r struct {
			Kind, Path string
			Request    map[string]any
		}
		if json.Unmarshal([]byte(line), &r) != nil || r.Kind != "rest" { // a request may be a list, or a body that was cut
			continue
		}
		body := r.Request
		if data, ok := body["data"].(map[string]any); ok {
			body = data
		}
		if _, ok := body["components"]; !ok || body["custom_id"] != nil || body["content"] != nil { // or a form, or a test's own
			continue
		}
		shows++
		allowed, ok := body["allowed_mentions"].(map[string]any)
		parse, isList := allowed["parse"].([]any)
		if !ok || !isList || len(parse) != 0 || allowed["replied_user"] != false {
			w.Errorf("%s may ping: %v", r.Path, body["allowed_mentions"])
		}
	}
	return shows
}

// idle says whether the bot does nothing just now.
func (b *Bot) idle() bool {
	b.intake.mu.Lock()
	busy := b.intake.held > 0
	b.intake.mu.Unlock()
	b.Asides.Mu.Lock()
	defer b.Asides.Mu.Unlock()
	return !busy && b.Asides.N == 0 && b.Pool.Count() == 0
}

// described fails for a request of the bot's that is not what Discord's own
// description says, or that has keys which Discord does not know.
func (w *world) described() {
	w.Helper()
	d := openapitest.Load(w)
	for line := range strings.Lines(w.wire()) {
		var r struct {
			Method, Path string
			Request      json.RawMessage
			Violations   []struct{ At, Message string }
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			w.Fatal(err)
		}
		path, rest := strings.CutPrefix(r.Path, "/api/v9")
		if !rest || r.Method == "GET" || strings.HasPrefix(string(r.Request), `"`) { // a body that was cut is recorded as text
			continue
		}
		d.Request(w, r.Method, path, r.Request)
		for _, v := range r.Violations {
			if strings.Contains(v.Message, "no such key") {
				w.Errorf("%s %s: %s: %s", r.Method, path, v.At, v.Message)
			}
		}
	}
}

// wire is the traffic so far, as JSON lines.
func (w *world) wire() string {
	w.Helper()
	resp, err := http.Get(w.server.URL + "/test/wire")
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	lines, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return string(lines)
}

func holds(t *testing.T, m testserver.Message, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(m.Text(), p) {
			t.Errorf("the message does not say %q:\n%s", p, m.Text())
		}
	}
}

var errBroken = errors.New("broken on purpose")

// through has a bot's requests made by something, which may hand them on.
func through(b *Bot, by func(next http.RoundTripper, r *http.Request) (*http.Response, error)) {
	b.API.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return rest.RoundTripFunc(func(r *http.Request) (*http.Response, error) { return by(next, r) })
	})
}
