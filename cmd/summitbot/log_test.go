package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// A line is one line of the log in JSON.
type line struct {
	Level    slog.Level
	Msg      string
	Question string
	raw      string
}

// lines reads a log in JSON.
func lines(t *testing.T, log string) (all []line) {
	t.Helper()
	for raw := range strings.Lines(log) {
		l := line{raw: raw}
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Errorf("a line is no JSON: %s", raw)
		}
		if strings.Count(raw, `"question":`) > 1 {
			t.Errorf("a line tells its question twice: %s", raw)
		}
		all = append(all, l)
	}
	return all
}

// A bot whose model, store and Discord fail, and whose model's server repeats
// what it was asked, tells the question of each line, and what a member wrote
// at debug level alone; no secret at any level.
func TestLogTellsIDsAndNoWords(t *testing.T) {
	t.Parallel()
	const word, key = "xylophonist", "sk-" + canary
	server, address := testServer(t, testserver.Faults{})
	database := postgrestest.New(t)
	var asked atomic.Int64
	model := llmtest.New(t)
	model.Answers(func(r llmtest.Request) llmtest.Reply {
		prompt := r.Messages[len(r.Messages)-1].Content
		said, err := json.Marshal("not " + prompt[max(0, len(prompt)-250):])
		if err != nil {
			panic(err)
		}
		body := fmt.Sprintf(`{"error":{"message":%s}}`, said)
		switch asked.Add(1) % 4 {
		case 0:
			return llmtest.Reply{Status: 500, Body: body}
		case 1:
			return llmtest.Reply{Status: 404, Body: body}
		case 2:
			return llmtest.Reply{Before: "data: " + body + "\n\n"}
		default:
			return llmtest.Reply{Before: fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{"refusal":%s}}]}`, said) + "\n\n"}
		}
	})
	p := launch(t, []string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + address, "DATABASE_URL=" + database.URL(), "LOG_LEVEL=debug", "LOG_FORMAT=auto",
		"OPENAI_BASE_URL=" + model.URL + "/v1", "OPENAI_MODEL=m", "OPENAI_API_KEY=" + key, "OPENAI_PARALLEL=1", "OPENAI_TIMEOUT=5s"}, "serve")
	w := &world{p, server}
	w.ready()
	var ids []string
	ask := func(n int) {
		m := w.say("ana", "general", fmt.Sprintf("@summitbot why Alaska, says the %s number %d?", word, n))
		ids = append(ids, m.ID)
		w.find("an answer", func(a testserver.Message) bool {
			return a.MessageReference != nil && a.MessageReference.MessageID == m.ID && !strings.Contains(a.Text(), wording.For("en").Looking)
		})
	}
	for n := range 4 {
		w.server.SetFaults(testserver.Faults{BadGateway502: 2}) // the first may be for what shows that it types
		ask(n)
	}
	i, err := w.server.Command("ben", "general", "ask", map[string]any{"question": "is the " + word + " in Alaska?"})
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, i.ID)
	p.await(p.stderr, `"msg":"answered"`, len(ids))
	database.Stop()
	ask(5)
	p.await(p.stderr, `"msg":"answered"`, len(ids))
	database.Start()
	p.signal(os.Interrupt)
	p.exits(exitOK)

	_, log := p.printed()
	told := map[string][]string{} // by question, what was told of it
	words := false
	for _, l := range lines(t, log) {
		if l.Question != "" {
			told[l.Question] = append(told[l.Question], l.Msg)
		}
		has := strings.Contains(strings.ToLower(l.raw), word)
		words = words || has
		if has && l.Level >= slog.LevelInfo {
			t.Errorf("a member's words are told: %s", l.raw)
		}
		if strings.Contains(l.raw, canary) {
			t.Errorf("a secret is told: %s", l.raw)
		}
		if l.Question == "" && (strings.HasPrefix(l.Msg, "a question ") || strings.HasPrefix(l.Msg, "an a")) {
			t.Errorf("it is not told which question: %s", l.raw)
		}
	}
	if !words {
		t.Error("the model's server did not repeat the question: this test sees nothing")
	}
	for n, id := range ids {
		if !slices.Contains(told[id], "answered") {
			t.Errorf("question %d: only %q is told of it", n, told[id])
		}
	}
	for _, want := range []string{"the model does not answer", "what the model's server said", "repeating a request", "a question is answered, but would not outlive a crash"} {
		if !slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(told[id], want) }) {
			t.Errorf("no question's lines tell %q", want)
		}
	}
}

func TestLogFormat(t *testing.T) {
	t.Parallel()
	for format, json := range map[logFormat]bool{autoLog: true, textLog: false, jsonLog: true} {
		var out bytes.Buffer
		log := newLogger(&out, slog.LevelInfo, format)
		ctx := bot.About(t.Context(), "12")
		log.With("a", 1).WarnContext(ctx, "slow", "took", 1500*time.Millisecond)
		log.DebugContext(ctx, "no")
		_, got, _ := strings.Cut(strings.TrimSpace(out.String()), "WARN")
		want := ` msg=slow a=1 question=12 took=1.5s`
		if json {
			want = `","msg":"slow","a":1,"question":"12","took":"1.5s"}`
		}
		if got != want {
			t.Errorf("%s: %s", format, got)
		}
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	newLogger(file, slog.LevelInfo, autoLog).Info("hello")
	if data, err := os.ReadFile(file.Name()); err != nil || !strings.HasPrefix(string(data), "{") {
		t.Errorf("into a file it logs %s, %v", data, err)
	}
	if _, err := readConfig(settings(t, "", map[string]string{"LOG_FORMAT": "xml"})); err == nil || !strings.Contains(err.Error(), "LOG_FORMAT") {
		t.Errorf("LOG_FORMAT=xml: %v", err)
	}
}
