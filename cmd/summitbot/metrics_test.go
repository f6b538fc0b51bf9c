package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot/doctor"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
)

// measuring runs "serve" against a server, with metrics, and returns where
// they are.
func measuring(t *testing.T, faults testserver.Faults, more ...string) (w *world, address string) {
	t.Helper()
	server, discord := testServer(t, faults)
	return measuringOn(t, server, discord, more...)
}

// measuringOn is measuring with a server that is there.
func measuringOn(t *testing.T, server *testserver.Server, discord string, more ...string) (w *world, address string) {
	t.Helper()
	vars := append([]string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + discord, "METRICS_ADDR=:0"}, more...)
	w = &world{launch(t, vars, "serve"), server}
	address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(w.await(w.stderr, "metrics are served", 1))
	if address == "" {
		t.Fatal("the log does not tell where the metrics are")
	}
	return w, address
}

// fetch gets a page.
func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

// awaitPage waits until a page has a status and says something.
func awaitPage(t *testing.T, url string, status int, says string) {
	t.Helper()
	var got int
	var body string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if got, body = fetch(t, url); got == status && strings.Contains(body, says) {
			return
		}
	}
	t.Fatalf("%s has the status %d and says %s", url, got, body)
}

// sample matches a line of /metrics: its name, its labels, its value.
var sample = regexp.MustCompile(`(?m)^([a-z_:]+)(?:\{(.*)\})? (\S+)$`)

// sum adds up the samples of a metric whose labels hold a text.
func sum(t *testing.T, body, name, labels string) (all float64) {
	t.Helper()
	for _, m := range sample.FindAllStringSubmatch(body, -1) {
		if m[1] == name && strings.Contains(m[2], labels) {
			v, err := strconv.ParseFloat(m[3], 64)
			if err != nil {
				t.Fatal(err)
			}
			all += v
		}
	}
	return all
}

// What the alert rules name is there: each metric, with each label.
func TestAlertsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	model := llmtest.New(t)
	model.Answers(llmtest.Quoting(0))
	w, address := measuring(t, testserver.Faults{}, "OPENAI_BASE_URL="+model.URL+"/v1", "OPENAI_MODEL=m", "DAILY_TOKEN_BUDGET=1000000")
	w.ready()
	w.answerTo(w.say("ana", "general", why), "")
	awaitPage(t, address+"/metrics", http.StatusOK, "summitbot_questions_answered_total{")
	_, body := fetch(t, address+"/metrics")
	labels := map[string]string{}
	for _, m := range sample.FindAllStringSubmatch(body, -1) {
		labels[m[1]] += "," + m[2]
	}
	rules, err := os.ReadFile(filepath.Join(root, "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	expressions := regexp.MustCompile(`(?s)expr:(.*?)\n\s+(?:for|labels):`).FindAllStringSubmatch(string(rules), -1)
	for _, e := range expressions {
		for _, m := range regexp.MustCompile(`\b((?:summitbot|process|go)_[a-z0-9_]+)(?:\{([^}]*)\})?`).FindAllStringSubmatch(e[1], -1) {
			named[m[1]] = true
			have, there := labels[m[1]]
			if !there {
				t.Errorf("alerts.yaml names %s, which no scrape has", m[1])
			}
			for _, l := range regexp.MustCompile(`(\w+)(?:=~|!~|!=|=)"`).FindAllStringSubmatch(m[2], -1) {
				if l[1] != "job" && !strings.Contains(have, ","+l[1]+"=") {
					t.Errorf("alerts.yaml names %s with a label %s, which it does not have: %s", m[1], l[1], have)
				}
			}
		}
	}
	if n := strings.Count(string(rules), "- alert:"); n != len(expressions) || n < 10 || len(named) < 15 {
		t.Errorf("of %d rules %d were read, which name %d metrics", n, len(expressions), len(named))
	}
	w.signal(os.Interrupt)
	w.exits(exitOK)
}

// What happens is counted, and nothing that grows without end is a label.
func TestMetricsTellWhatHappened(t *testing.T) {
	t.Parallel()
	w, address := measuring(t, testserver.Faults{}, "QUESTIONS_PER_MINUTE=3", "LOG_LEVEL=debug")
	w.ready()
	w.server.SetFaults(testserver.Faults{RateLimitShared: 1, BadGateway502: 1})
	w.answersOnce("general")
	w.command("ana", "general", "risks", nil)
	if _, err := w.server.Command("ana", "general", "ask", map[string]any{"question": "what about " + canary[:6] + "?"}); err != nil { // the fourth
		t.Fatal(err)
	}
	awaitPage(t, address+"/metrics", http.StatusOK, `summitbot_questions_refused_total{reason="too_fast"} 1`)
	w.server.DropSockets()
	awaitPage(t, address+"/metrics", http.StatusOK, `summitbot_gateway_reconnects_total{cause="broken"} 1`)
	awaitPage(t, address+"/readyz", http.StatusOK, "gateway: 1 of 1")
	awaitPage(t, address+"/metrics", http.StatusOK, "summitbot_questions_open 0\n")

	_, body := fetch(t, address+"/metrics")
	for _, c := range []struct {
		name, labels string
		want         float64
	}{
		{"summitbot_questions_accepted_total", "", 3},
		{"summitbot_questions_answered_total", `kind="ask"`, 2},
		{"summitbot_questions_answered_total", `kind="risks",mode="quotes",verdict="answered"`, 1},
		{"summitbot_stage_duration_seconds_count", `stage="total"`, 3},
		{"summitbot_stage_duration_seconds_count", `stage="accept"`, 4},
		{"summitbot_discord_rate_limited_total", `scope="shared"`, 1},
		{"summitbot_discord_rate_limited_total", `scope="user"`, 0},
		{"summitbot_discord_requests_total", `status="429"`, 1},
		{"summitbot_discord_requests_total", `status="502"`, 1},
		{"summitbot_discord_requests_total", `route="POST /channels/{id}/messages",status="200"`, 2},
		{"summitbot_discord_requests_total", `route="PATCH /webhooks/{id}/{token}/messages/@original",status="200"`, 1},
		{"summitbot_store_errors_total", "", 0},
		{"summitbot_questions_in_hand", "", 0},
		{"summitbot_ready", "", 1},
	} {
		if got := sum(t, body, c.name, c.labels); got != c.want {
			t.Errorf("%s{%s} is %g, not %g", c.name, c.labels, got, c.want)
		}
	}
	for _, m := range sample.FindAllStringSubmatch(body, -1) {
		if strings.HasPrefix(m[1], "summitbot_") && m[1] != "summitbot_build_info" && regexp.MustCompile(`\d{5}|canary`).MatchString(m[2]) {
			t.Errorf("%s has the labels %s", m[1], m[2])
		}
	}
	if t.Failed() {
		t.Log(body)
	}
	if status, _ := fetch(t, address+"/debug/pprof/"); status != http.StatusNotFound {
		t.Errorf("without PPROF there are profiles: %d", status)
	}
	w.signal(os.Interrupt)
	w.exits(exitOK)
}

// What a model takes is counted: its judge's trial, a lie, an answer, and the
// same answer once more.
func TestMetricsOfAModel(t *testing.T) {
	t.Parallel()
	lie := `{"verdict":"answered","direct":"none","missing":"","statements":[{"sentences":["s46"],"text":"Russia sold Alaska in 1867."}]}`
	var honest atomic.Bool
	quoting := llmtest.Quoting(0)
	model := llmtest.New(t)
	model.Answers(func(r llmtest.Request) llmtest.Reply {
		if honest.Load() || len(r.Checks()) > 0 {
			return quoting(r)
		}
		return llmtest.Reply{Text: lie}
	})
	w, address := measuring(t, testserver.Faults{}, "OPENAI_BASE_URL="+model.URL+"/v1", "OPENAI_MODEL=m", "DAILY_TOKEN_BUDGET=1000000")
	w.ready()
	awaitPage(t, address+"/readyz", http.StatusOK, "judge: it passed its trial: of 48 wrong statements it upheld 0, of 24 honest ones it refused 0")
	const trial = 6 // requests
	ask := func(n int, question string) (body string) {
		w.answerTo(w.say("ana", fmt.Sprintf("channel-%d", n), question), "")
		awaitPage(t, address+"/metrics", http.StatusOK, fmt.Sprintf("summitbot_stage_duration_seconds_count{stage=\"total\"} %d\n", n))
		_, body = fetch(t, address+"/metrics")
		return body
	}
	counts := func(body string, want map[string]float64) {
		t.Helper()
		for series, n := range want {
			name, labels, _ := strings.Cut(series, " ")
			if got := sum(t, body, name, labels); got != n {
				t.Errorf("%s is %g, not %g", series, got, n)
			}
		}
	}
	counts(ask(1, "@summitbot what is significant about Alaska?"), map[string]float64{
		"summitbot_claims_dropped_total": 1, `summitbot_claims_dropped_total reason="number"`: 1,
		`summitbot_model_replies_total outcome="ok"`:                 trial + 1,
		`summitbot_questions_answered_total fallback="unjudged"`:     1,
		`summitbot_cache_lookups_total cache="memory",result="miss"`: 1,
		`summitbot_cache_lookups_total cache="shelf",result="miss"`:  1,
		"summitbot_model_reply_duration_seconds_count":               trial + 1,
		`summitbot_model_breaker_state state="closed"`:               1,
		`summitbot_model_breaker_state state="open"`:                 0,
		"summitbot_budget_tokens":                                    1e6,
	})
	honest.Store(true)
	body := ask(2, why)
	counts(body, map[string]float64{`summitbot_model_replies_total outcome="ok"`: trial + 2, `summitbot_questions_answered_total mode="model"`: 1})
	spent := sum(t, body, "summitbot_tokens_total", "")
	if spent == 0 || spent != sum(t, body, "summitbot_budget_spent_tokens", "") {
		t.Errorf("%g tokens are counted, and %g in the store", spent, sum(t, body, "summitbot_budget_spent_tokens", ""))
	}
	body = ask(3, why)
	counts(body, map[string]float64{
		"summitbot_model_replies_total": trial + 2, `summitbot_questions_answered_total mode="model"`: 2, "summitbot_tokens_total": spent,
		`summitbot_cache_lookups_total cache="memory",result="hit"`: 1, `summitbot_cache_lookups_total cache="memory",result="miss"`: 2,
	})
	w.signal(os.Interrupt)
	w.exits(exitOK)
}

// /readyz tells what is wrong while it is, and /healthz only that the process
// lives.
func TestReadyTellsTheTruth(t *testing.T) {
	t.Parallel()
	database := postgrestest.New(t)
	model := llmtest.New(t, llmtest.Reply{Status: 503})
	w, address := measuring(t, testserver.Faults{}, "DATABASE_URL="+database.URL(), "OPENAI_BASE_URL="+model.URL+"/v1", "OPENAI_MODEL=m", "PPROF=on")
	awaitPage(t, address+"/readyz", http.StatusOK, "ready\ngateway: 1 of 1 shards are connected\nstore: writable\nmodel: it is asked\n")
	for range 2 { // three attempts each, and five open the breaker
		w.answerTo(w.say("ana", "general", why), alaska)
	}
	awaitPage(t, address+"/readyz", http.StatusOK, "model: it failed time and again")

	w.server.SetFaults(testserver.Faults{NoHello: -1})
	w.server.DropSockets()
	awaitPage(t, address+"/readyz", http.StatusServiceUnavailable, "not ready\ngateway: 0 of 1 shards are connected\nstore: writable")
	awaitPage(t, address+"/metrics", http.StatusOK, "summitbot_gateway_shards_connected 0\n")
	w.server.SetFaults(testserver.Faults{})
	w.server.DropSockets()
	awaitPage(t, address+"/readyz", http.StatusOK, "gateway: 1 of 1")

	database.Stop()
	awaitPage(t, address+"/readyz", http.StatusServiceUnavailable, "store: not writable")
	_, body := fetch(t, address+"/metrics")
	if sum(t, body, "summitbot_store_errors_total", "") == 0 || sum(t, body, "summitbot_ready", "") != 0 || strings.Contains(body, "summitbot_questions_open") {
		t.Errorf("the store is away, and there is %s", body)
	}
	if status, says := fetch(t, address+"/healthz"); status != http.StatusOK || says != "alive\n" {
		t.Errorf("/healthz: %d %s", status, says)
	}
	database.Start()
	awaitPage(t, address+"/readyz", http.StatusOK, "store: writable")
	if status, says := fetch(t, address+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(says, "goroutine profile") {
		t.Errorf("PPROF=on: %d %s", status, says)
	}
	w.signal(os.Interrupt)
	w.exits(exitOK)
}

// Without METRICS_ADDR nothing is listened at, and an address that is taken
// ends the program with a word.
func TestMetricsAddr(t *testing.T) {
	t.Parallel()
	_, address := measuring(t, testserver.Faults{})
	taken := strings.TrimPrefix(address, "http://")
	_, discord := testServer(t, testserver.Faults{})
	p := launch(t, []string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + discord, "METRICS_ADDR=" + taken}, "serve")
	p.exits(exitFailure)
	if _, log := p.printed(); !strings.Contains(log, "listening at METRICS_ADDR") || !strings.Contains(log, "name another one") {
		t.Errorf("it ended with %s", log)
	}
	for value, want := range map[string]string{
		"":               "",
		"9391":           "127.0.0.1:9391",
		":9391":          "127.0.0.1:9391",
		":0":             "127.0.0.1:0",
		"localhost:9391": "localhost:9391",
		"0.0.0.0:9391":   "0.0.0.0:9391",
		"[::1]:9391":     "[::1]:9391",
		"10.1.2.3:80":    "10.1.2.3:80",
		"localhost":      "fault",
		"::1":            "fault",
		"a:b":            "fault",
		"1.2.3.4:99999":  "fault",
	} {
		c, err := readConfig(settings(t, "", map[string]string{"METRICS_ADDR": value}))
		switch {
		case want == "fault" && (err == nil || !strings.Contains(err.Error(), "METRICS_ADDR")):
			t.Errorf("%q is taken as %q, %v", value, c.MetricsAddr, err)
		case want != "fault" && (err != nil || string(c.MetricsAddr) != want):
			t.Errorf("%q is taken as %q, %v", value, c.MetricsAddr, err)
		}
	}
	if _, err := readConfig(settings(t, "", map[string]string{"PPROF": "on"})); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("profiles are had nowhere: %v", err)
	}
}

// A refusal of the commands ends nothing: mentions are answered, /readyz says
// so, and the doctor, beside the bot that runs, with what to do.
func TestRefusedCommandsAreTold(t *testing.T) {
	t.Parallel()
	server, url := testServer(t, testserver.Faults{Answers: []testserver.Answer{{
		Method: "PUT", Path: `/applications/\d+/commands$`, Status: http.StatusBadRequest,
		Body: `{"message":"Max number of daily application command creates has been reached (200)","code":30034}`,
	}}})
	w, address := measuringOn(t, server, url)
	awaitPage(t, address+"/readyz", http.StatusOK, "commands: not registered; mentions are answered: Discord takes no more new commands")
	w.answerTo(w.say("ana", "general", why), alaska)
	p := &patient{T: t, server: server, url: url, dir: t.TempDir(), vars: map[string]string{
		"DISCORD_TOKEN": botToken, "DISCORD_API_URL": url, "METRICS_ADDR": strings.TrimPrefix(address, "http://"),
	}}
	p.vars["DATA_DIR"] = p.dir + "/data"
	if code, all := p.findings(); code != exitOK || !slices.ContainsFunc(all, func(f doctor.Finding) bool {
		return f.Check == "commands" && f.Status == doctor.Warning && strings.Contains(f.Mend, "it is tried again every hour") && strings.Contains(f.Mend, "an application of its own")
	}) {
		t.Errorf("the doctor ends with %d and finds %+v", code, all)
	}
	w.signal(os.Interrupt)
	w.exits(exitOK)
}

// A server that the bot is not in takes no commands, which ends nothing.
func TestCommandsOfAnotherServer(t *testing.T) {
	t.Parallel()
	w, address := measuring(t, testserver.Faults{}, "DISCORD_GUILD_ID=12345")
	awaitPage(t, address+"/readyz", http.StatusOK, "check DISCORD_GUILD_ID, and invite the bot there")
	w.answerTo(w.say("ana", "general", why), alaska)
	w.signal(os.Interrupt)
	w.exits(exitOK)
}
