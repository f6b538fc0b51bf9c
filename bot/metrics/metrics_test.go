package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/llm"
	"summitbot/bot/proof"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page asks a handler for a page.
func page(h http.Handler, path string) (status int, body string) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec.Code, rec.Body.String()
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(*Metrics)
		want []string // lines of /metrics
	}{
		"nothing": {func(*Metrics) {}, []string{
			`summitbot_questions_accepted_total 0`, `summitbot_questions_refused_total{reason="full"} 0`, `summitbot_store_errors_total 0`,
			`summitbot_claims_dropped_total{reason="not_upheld"} 0`, `summitbot_gateway_reconnects_total{cause="silent"} 0`,
		}},
		"heard": {func(m *Metrics) {
			m.Heard(worker.Accepted)
			m.Heard(worker.Accepted)
			m.Heard(worker.TooFast)
			m.Heard(worker.Full)
		}, []string{`summitbot_questions_accepted_total 2`, `summitbot_questions_refused_total{reason="full"} 1`, `summitbot_questions_refused_total{reason="too_fast"} 1`}},
		"answered": {func(m *Metrics) {
			a := bot.Answer{Question: bot.Question{Kind: bot.Risks}, Verdict: bot.Partly, Mode: bot.Quotes, Fallback: bot.BudgetSpent}
			m.Answered(a, nil, nil)
			m.Answered(a, nil, errors.New("no permission"))
			m.Answered(bot.Answer{Question: bot.Question{Kind: bot.Ask}}, errors.New("broken"), nil)
			m.Answered(bot.Answer{}, nil, nil)
		}, []string{
			`summitbot_questions_answered_total{fallback="budget",kind="risks",mode="quotes",verdict="partly"} 1`,
			`summitbot_questions_answered_total{fallback="budget",kind="risks",mode="quotes",verdict="unposted"} 1`,
			`summitbot_questions_answered_total{fallback="none",kind="ask",mode="none",verdict="failed"} 1`,
			`summitbot_questions_answered_total{fallback="none",kind="none",mode="none",verdict="none"} 1`,
		}},
		"stages": {func(m *Metrics) {
			m.Took(worker.Answering, 30*time.Millisecond)
			m.Took(worker.Answering, 2*time.Second)
		}, []string{
			`summitbot_stage_duration_seconds_bucket{stage="answer",le="0.025"} 0`, `summitbot_stage_duration_seconds_bucket{stage="answer",le="0.05"} 1`,
			`summitbot_stage_duration_seconds_bucket{stage="answer",le="+Inf"} 2`, `summitbot_stage_duration_seconds_sum{stage="answer"} 2.03`,
			`summitbot_stage_duration_seconds_count{stage="total"} 0`,
		}},
		"a model": {func(m *Metrics) {
			m.Replied(bot.Usage{PromptTokens: 6000, CachedTokens: 5000, CompletionTokens: 200}, 3*time.Second, nil)
			m.Replied(bot.Usage{}, time.Second, fmt.Errorf("asking: %w", &llm.Error{Kind: llm.OutOfQuota}))
			m.Replied(bot.Usage{}, time.Second, context.Canceled)
			m.Replied(bot.Usage{}, time.Second, errors.New("the draft is too long"))
			m.Dropped(proof.WrongName)
			m.Looked(bot.InMemory, false)
			m.Looked(bot.InStore, true)
		}, []string{
			`summitbot_tokens_total{kind="prompt"} 1000`, `summitbot_tokens_total{kind="cached"} 5000`, `summitbot_tokens_total{kind="completion"} 200`,
			`summitbot_model_replies_total{outcome="ok"} 1`, `summitbot_model_replies_total{outcome="out_of_quota"} 1`,
			`summitbot_model_replies_total{outcome="stopped"} 1`, `summitbot_model_replies_total{outcome="other"} 1`,
			`summitbot_model_reply_duration_seconds_count 4`, `summitbot_model_reply_duration_seconds_sum 6`,
			`summitbot_claims_dropped_total{reason="name"} 1`,
			`summitbot_cache_lookups_total{cache="memory",result="miss"} 1`, `summitbot_cache_lookups_total{cache="shelf",result="hit"} 1`,
		}},
		"Discord": {func(m *Metrics) {
			m.Requested("POST /channels/{id}/messages", 200, "", 20*time.Millisecond)
			m.Requested("POST /channels/{id}/messages", 429, rest.SharedScope, 0)
			m.Requested("GET /gateway/bot", 0, "", 0)
			m.Lost(gateway.Asked)
			m.StoreFailed(errors.New("full"))
		}, []string{
			`summitbot_discord_requests_total{route="POST /channels/{id}/messages",status="200"} 1`, `summitbot_discord_requests_total{route="GET /gateway/bot",status="error"} 1`,
			`summitbot_discord_rate_limited_total{scope="shared"} 1`, `summitbot_discord_rate_limited_total{scope="user"} 0`,
			`summitbot_discord_limit_wait_seconds_bucket{le="0.05"} 3`, `summitbot_discord_limit_wait_seconds_bucket{le="0.01"} 2`,
			`summitbot_gateway_reconnects_total{cause="asked"} 1`, `summitbot_store_errors_total 1`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := New()
			c.do(m)
			status, body := page(m.Handler(false), "/metrics")
			if status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			for _, line := range c.want {
				if !strings.Contains(body, "\n"+line+"\n") {
					t.Errorf("there is no line %s", line)
				}
			}
			if t.Failed() {
				t.Log(body)
			}
		})
	}
}

// Every metric has a conventional name, and says what it is.
func TestNames(t *testing.T) {
	t.Parallel()
	m := New()
	m.Watch(well)
	m.Requested("GET /", 200, "", 0)
	m.Answered(bot.Answer{}, nil, nil)
	_, body := page(m.Handler(false), "/metrics")
	found := 0
	for line := range strings.Lines(body) {
		f := strings.Fields(line)
		if len(f) < 4 || f[1] != "TYPE" || !strings.HasPrefix(f[2], "summitbot_") {
			continue
		}
		found++
		if counter := strings.HasSuffix(f[2], "_total"); counter != (f[3] == "counter") {
			t.Errorf("%s is a %s", f[2], f[3])
		}
		if f[3] == "histogram" && !strings.HasSuffix(f[2], "_seconds") {
			t.Errorf("%s has no unit", f[2])
		}
		if !regexp.MustCompile(`(?m)^# HELP ` + f[2] + ` .{10}`).MatchString(body) {
			t.Errorf("%s is not explained", f[2])
		}
	}
	if found < 25 {
		t.Errorf("only %d metrics were found:\n%s", found, body)
	}
}

// well are the sources of a bot that is well.
var well = Sources{
	State: func() discord.State {
		return discord.State{Role: discord.Everything, Started: true, Held: 2, Connected: 2, Fair: 2, InHand: 3, Room: 64}
	},
	Writable: func(context.Context) error { return nil },
	Backlog:  func(context.Context) (int, time.Duration, error) { return 7, 90 * time.Second, nil },
	Spent:    func(context.Context) (int, error) { return 800, nil },
	Budget:   1000,
	Breaker:  func() llm.Breaker { return llm.Closed },
	Free:     func() (uint64, error) { return 5 << 30, nil },
}

func TestReady(t *testing.T) {
	t.Parallel()
	in := func(change func(*Sources)) Sources {
		s := well
		change(&s)
		return s
	}
	state := func(s discord.State) func(*Sources) {
		return func(to *Sources) { to.State = func() discord.State { return s } }
	}
	for name, c := range map[string]struct {
		sources Sources
		ready   bool
		says    string
	}{
		"well":             {well, true, "gateway: 2 of 2 shards are connected"},
		"no model":         {in(func(s *Sources) { s.Breaker = nil }), true, "model: none"},
		"model left alone": {in(func(s *Sources) { s.Breaker = func() llm.Breaker { return llm.Open } }), true, "model: it failed time and again"},
		"not yet":          {in(state(discord.State{Role: discord.Everything})), false, "gateway: not connected yet"},
		"one lost":         {in(state(discord.State{Role: discord.Gateway, Started: true, Held: 2, Connected: 1, Fair: 2})), false, "gateway: 1 of 2 shards are connected"},
		"too few":          {in(state(discord.State{Role: discord.Gateway, Started: true, Held: 1, Connected: 1, Fair: 2})), false, "gateway: 1 of 2"},
		"more than fair":   {in(state(discord.State{Role: discord.Gateway, Started: true, Held: 3, Connected: 3, Fair: 2})), true, "gateway: 3 of 3"},
		"nothing left":     {in(state(discord.State{Role: discord.Gateway, Started: true})), true, "gateway: 0 of 0"},
		"leaving":          {in(state(discord.State{Role: discord.Everything, Started: true, Fair: 2})), false, "gateway: 0 of 2"},
		"worker":           {in(state(discord.State{Role: discord.Worker, Started: true})), true, "gateway: other processes' work"},
		"worker, not yet":  {in(state(discord.State{Role: discord.Worker})), false, "Discord has not said yet who the bot is"},
		"store":            {in(func(s *Sources) { s.Writable = func(context.Context) error { return errors.New("disk\nfull") } }), false, "store: not writable: disk full"},
		"store hangs": {in(func(s *Sources) {
			s.Writable = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}), false, "store: not writable: context deadline exceeded"},
		"store hears nothing": {in(func(s *Sources) {
			s.Writable = func(context.Context) error { time.Sleep(3 * storeWithin); return nil }
		}), false, "store: not writable: it does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := New()
			t.Cleanup(m.trials.Wait)
			h := m.Handler(false)
			if status, body := page(h, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "starting") {
				t.Errorf("before it has begun: %d %s", status, body)
			}
			m.Watch(c.sources)
			status, body := page(h, "/readyz")
			first, _, _ := strings.Cut(body, "\n")
			wanted, word, figure := http.StatusServiceUnavailable, "not ready", "0"
			if c.ready {
				wanted, word, figure = http.StatusOK, "ready", "1"
			}
			if status != wanted || first != word || !strings.Contains(body, c.says) {
				t.Errorf("%d %s", status, body)
			}
			if _, body := page(h, "/metrics"); !strings.Contains(body, "\nsummitbot_ready "+figure+"\n") {
				t.Error("summitbot_ready is not", figure)
			}
			if status, body := page(h, "/healthz"); status != http.StatusOK || body != "alive\n" {
				t.Errorf("/healthz: %d %s", status, body)
			}
		})
	}
}

// The store is not written to at each question.
func TestReadyIsKept(t *testing.T) {
	t.Parallel()
	asked := 0
	s := well
	s.Writable = func(context.Context) error { asked++; return nil }
	m := New()
	m.Watch(s)
	for range 20 {
		page(m.Handler(false), "/readyz")
		page(m.Handler(false), "/metrics")
	}
	if asked != 1 {
		t.Errorf("the store was written to %d times", asked)
	}
}

func TestScrapeOfSources(t *testing.T) {
	t.Parallel()
	all := []string{
		"summitbot_questions_open 7", "summitbot_questions_oldest_age_seconds 90", "summitbot_questions_in_hand 3", "summitbot_questions_in_hand_limit 64",
		"summitbot_gateway_shards_held 2", "summitbot_gateway_shards_connected 2", "summitbot_gateway_shards_wanted 2", "summitbot_store_writable 1",
		`summitbot_model_breaker_state{state="closed"} 1`, `summitbot_model_breaker_state{state="open"} 0`, "summitbot_budget_tokens 1000",
		"summitbot_budget_spent_tokens 800", "summitbot_disk_free_bytes 5.36870912e+09", `summitbot_build_info{`, "go_goroutines ", "process_resident_memory_bytes ",
	}
	broken := errors.New("broken")
	poor := Sources{
		State: well.State, Writable: well.Writable, Backlog: func(context.Context) (int, time.Duration, error) { return 0, 0, broken },
		Free: func() (uint64, error) { return 0, broken },
	}
	for name, c := range map[string]struct {
		sources Sources
		lacks   int // of all
	}{"well": {well, 0}, "what is not known is left out": {poor, 7}} {
		m := New()
		m.Watch(c.sources)
		status, body := page(m.Handler(false), "/metrics")
		lacks := 0
		for _, line := range all {
			if !strings.Contains(body, "\n"+line) {
				lacks++
				t.Logf("%s: no %s", name, line)
			}
		}
		if status != http.StatusOK || lacks != c.lacks {
			t.Errorf("%s: status %d, and %d lines are missing, not %d", name, status, lacks, c.lacks)
		}
	}
}

// Over the network: what is served, what is not, and that nothing is left when
// it ends, whoever is still there.
func TestServe(t *testing.T) {
	t.Parallel()
	for _, profiles := range []bool{false, true} {
		var log strings.Builder
		m := New()
		stop, err := m.Serve("127.0.0.1:0", profiles, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		address := regexp.MustCompile(`http://[0-9.:]+`).FindString(log.String())
		client := &http.Client{Transport: &http.Transport{}}
		want := map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 503, "/": 404, "/debug/pprof/": 404, "/debug/pprof/cmdline": 404}
		if profiles {
			want["/debug/pprof/"], want["/debug/pprof/cmdline"], want["/debug/pprof/goroutine"] = 200, 200, 200
		}
		for path, status := range want {
			resp, err := client.Get(address + path)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != status {
				t.Errorf("pprof %v, %s: %d", profiles, path, resp.StatusCode)
			}
		}
		if resp, err := client.Post(address+"/metrics", "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("a POST: %v %v", resp, err)
		} else {
			resp.Body.Close()
		}
		if resp, err := client.Do(&http.Request{Method: "GET", URL: mustParse(t, address+"/healthz"), Header: http.Header{"X": {strings.Repeat("x", 64<<10)}}}); err != nil || resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a long header: %v %v", resp, err)
		} else {
			resp.Body.Close()
		}
		silent, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if profiles {
			go func() { // which would take 30 s
				if resp, err := client.Get(address + "/debug/pprof/profile"); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}()
		}
		stop()
		if _, err := client.Get(address + "/healthz"); err == nil {
			t.Error("it is served on")
		}
		silent.Close()
		client.CloseIdleConnections()
		if _, err := m.Serve("127.0.0.1:1x", false, slog.New(slog.DiscardHandler)); err == nil {
			t.Error("it listens nowhere")
		}
	}
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
