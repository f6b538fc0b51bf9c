package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const canary = "sk-canary-4711"

var schema = json.RawMessage(`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`)

// client is a client of the server's, with what it logs.
func client(t *testing.T, srv *llmtest.Server, change func(*llm.Config)) (*llm.Client, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	cfg := llm.Config{BaseURL: srv.URL + "/v1", Key: canary, Model: "tiny", Timeout: 2 * time.Second,
		Log: slog.New(slog.NewTextHandler(&log, nil))}
	if change != nil {
		change(&cfg)
	}
	c, err := llm.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &log
}

// ask asks for a reply and returns what was handed on too.
func ask(t *testing.T, c *llm.Client) (reply llm.Reply, heard string, err error) {
	t.Helper()
	reply, err = c.Stream(t.Context(), llm.Request{System: "s", User: "u", Schema: schema, SchemaName: "answer", MaxTokens: 100},
		func(text string) error { heard += text; return nil })
	return reply, heard, err
}

func TestStream(t *testing.T) {
	srv := llmtest.New(t, llmtest.Reply{Text: `{"a": "Zwölf Äpfel, двенадцать"}`})
	c, log := client(t, srv, nil)
	reply, heard, err := ask(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if reply.Text != `{"a": "Zwölf Äpfel, двенадцать"}` || heard != reply.Text {
		t.Errorf("the reply is %q, heard was %q", reply.Text, heard)
	}
	if reply.PromptTokens == 0 || reply.CompletionTokens == 0 || reply.Model != "tiny" {
		t.Errorf("it cost %+v", reply)
	}
	got := srv.Requests()[0]
	if got.ResponseFormat == nil || got.ResponseFormat.Type != "json_schema" || got.MaxTokens != 100 || !strings.Contains(string(got.Body), `"temperature":`) {
		t.Errorf("the request is %s", got.Body)
	}
	if got.Header.Get("Authorization") != "Bearer "+canary {
		t.Error("the key was not sent")
	}
	if log.Len() > 0 {
		t.Errorf("it logged %s", log)
	}
}

// Each kind of trouble has its kind of error, and is tried as often as makes
// sense.
func TestTrouble(t *testing.T) {
	status := func(code int, body string) llmtest.Reply { return llmtest.Reply{Status: code, Body: body} }
	whole := llmtest.Reply{Text: `{"a":"b"}`}
	after := func(f llmtest.Fault, n int) llmtest.Reply {
		return llmtest.Reply{Text: `{"a":"b","l":[{"x":1},{"y":2}],"m":"some text"}`, Fault: f, After: n}
	}
	for name, c := range map[string]struct {
		replies []llmtest.Reply
		want    llm.Kind // empty for a whole reply
		asked   int
	}{
		"overload, then well": {[]llmtest.Reply{status(503, `{"error":{"message":"loading model"}}`), whole}, "", 2},
		"429 with a wait":     {[]llmtest.Reply{{Status: 429, Body: `{}`, RetryAfter: "0.05"}, whole}, "", 2},
		"429 for an hour":     {[]llmtest.Reply{{Status: 429, Body: `{"error":{"message":"slow down"}}`, RetryAfter: "3000"}}, llm.Unavailable, 1},
		"429 that tells of billing": {[]llmtest.Reply{{Status: 429, RetryAfter: "0.05",
			Body: `{"error":{"message":"Rate limit reached on tokens per minute (TPM): Limit 6000, Used 3770, Requested 2374. Please try again in 1.43s. Upgrade at /settings/billing","type":"tokens","code":"rate_limit_exceeded"}}`}, whole}, "", 2},
		"500 and no end":           {[]llmtest.Reply{status(500, `<html>`)}, llm.Unavailable, 3},
		"quota":                    {[]llmtest.Reply{status(429, `{"error":{"message":"you exceeded","type":"insufficient_quota","code":"insufficient_quota"}}`)}, llm.OutOfQuota, 1},
		"wrong key":                {[]llmtest.Reply{status(401, `{"error":{"message":"Incorrect API key"}}`)}, llm.Unauthorised, 1},
		"wrong model":              {[]llmtest.Reply{status(404, `{"error":{"message":"model 'tiny' not found"}}`)}, llm.NoModel, 1},
		"no room":                  {[]llmtest.Reply{status(400, `{"error":{"message":"context length"}}`)}, llm.NoRoom, 1},
		"an error that is a text":  {[]llmtest.Reply{status(400, `{"error":"prompt too long"}`)}, llm.NoRoom, 1},
		"200 with an error":        {[]llmtest.Reply{status(200, `{"error":{"message":"overloaded"}}`), whole}, "", 2},
		"200 with an error text":   {[]llmtest.Reply{status(200, `{"error":"overloaded"}`)}, llm.Unavailable, 3},
		"dropped at once":          {[]llmtest.Reply{after(llmtest.Drop, 0), whole}, "", 2},
		"dropped half way":         {[]llmtest.Reply{after(llmtest.Drop, 7), whole}, llm.CutShort, 1},
		"ended half way":           {[]llmtest.Reply{after(llmtest.End, 7), whole}, llm.CutShort, 1},
		"dropped before a part":    {[]llmtest.Reply{after(llmtest.Drop, 2), whole}, "", 2},
		"ended before a part":      {[]llmtest.Reply{after(llmtest.End, 2), whole}, "", 2},
		"failure before a part":    {[]llmtest.Reply{after(llmtest.Failure, 2), whole}, "", 2},
		"nothing at all":           {[]llmtest.Reply{{Finish: "none"}, whole}, "", 2},
		"stalled at once":          {[]llmtest.Reply{after(llmtest.Stall, 0)}, llm.TimedOut, 1},
		"stalled half way":         {[]llmtest.Reply{after(llmtest.Stall, 7)}, llm.TimedOut, 1},
		"garbage half way":         {[]llmtest.Reply{after(llmtest.Garbage, 7)}, llm.CutShort, 1},
		"failure half way":         {[]llmtest.Reply{after(llmtest.Failure, 7)}, llm.CutShort, 1},
		"failure at once":          {[]llmtest.Reply{after(llmtest.Failure, 0), whole}, "", 2},
		"without end":              {[]llmtest.Reply{after(llmtest.Endless, 0)}, llm.TimedOut, 1},
		"too long":                 {[]llmtest.Reply{{Text: `{"a":`, Finish: "length"}}, llm.TooLong, 1},
		"filtered":                 {[]llmtest.Reply{{Text: `{"a":`, Finish: "content_filter"}}, llm.Refused, 1},
		"refused":                  {[]llmtest.Reply{{Before: `data: {"choices":[{"index":0,"delta":{"refusal":"I cannot"}}]}` + "\n\n"}}, llm.Refused, 1},
		"a tool call":              {[]llmtest.Reply{{Text: "x", Finish: "tool_calls"}}, llm.Garbled, 1},
		"a flood of keep-alives":   {[]llmtest.Reply{{Before: strings.Repeat(": keep-alive\n\n", 1000), Text: `{"a":"b"}`}}, "", 1},
		"a chunk without choices":  {[]llmtest.Reply{{Before: "data: {\"choices\":[]}\n\n", Text: `{"a":"b"}`, NoUsage: true}}, "", 1},
		"reasoning before":         {[]llmtest.Reply{{Before: `data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}` + "\n\n", Text: `{"a":"b"}`}}, "", 1},
		"thoughts in the reply":    {[]llmtest.Reply{{Text: "<think>it <b> may</think>\n{\"a\":\"b\"}"}}, "", 1},
		"thoughts that do not end": {[]llmtest.Reply{{Text: "<think>it may"}}, llm.CutShort, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, c.replies...)
			cl, log := client(t, srv, nil)
			reply, heard, err := ask(t, cl)
			var e *llm.Error
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case name == "thoughts that do not end" && heard != "":
				t.Errorf("thoughts were handed on: %q", heard)
			case c.want == "" && (reply.Text != `{"a":"b"}` || heard != reply.Text):
				t.Errorf("the reply is %q, heard was %q", reply.Text, heard)
			case c.want != "" && (!errors.As(err, &e) || e.Kind != c.want):
				t.Errorf("the error is %v, want %s", err, c.want)
			case c.want != "" && strings.Contains(log.String()+err.Error(), canary):
				t.Errorf("the key is told: %v %s", err, log)
			}
			if n := len(srv.Requests()); n != c.asked {
				t.Errorf("the server was asked %d times, want %d", n, c.asked)
			}
		})
	}
}

func TestStepDown(t *testing.T) {
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		if r.ResponseFormat != nil {
			return llmtest.Reply{Status: 400, Body: fmt.Sprintf(`{"error":"'response_format.type' %q is not known"}`, r.ResponseFormat.Type)}
		}
		return llmtest.Reply{Text: "{}"}
	})
	c, log := client(t, srv, nil)
	for range 2 {
		if _, _, err := ask(t, c); err != nil {
			t.Fatal(err)
		}
	}
	var forms []string
	for _, r := range srv.Requests() {
		form := "none"
		if r.ResponseFormat != nil {
			form = r.ResponseFormat.Type
		}
		forms = append(forms, form)
	}
	if got, want := strings.Join(forms, " "), "json_schema json_object none none"; got != want {
		t.Errorf("it asked for %s, want %s", got, want)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("it logged %d lines, want one for each step: %s", n, log)
	}
	c, _ = client(t, srv, func(cfg *llm.Config) { cfg.JSON = llm.Schema })
	if _, _, err := ask(t, c); err == nil {
		t.Error("a mode that was asked for was left")
	}
}

// A server that fails is told about once, left alone after a while, and told
// about when it is back.
func TestBreaker(t *testing.T) {
	srv := llmtest.New(t, llmtest.Reply{Status: 500, Body: canary + " was wrong"})
	c, log := client(t, srv, nil)
	for range 4 {
		if _, _, err := ask(t, c); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("the error is %v", err)
		}
	}
	if !c.Resting() {
		t.Error("the server is not left alone")
	}
	if n := len(srv.Requests()); n != 5 {
		t.Errorf("the server was asked %d times, want 5", n)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), canary) {
		t.Errorf("it logged %s", log)
	}
}

func TestBackAgain(t *testing.T) {
	srv := llmtest.New(t, llmtest.Reply{Status: 401}, llmtest.Reply{Text: "{}"})
	c, log := client(t, srv, nil)
	_, _, first := ask(t, c)
	_, _, second := ask(t, c)
	if first == nil || second != nil {
		t.Errorf("the errors are %v and %v", first, second)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 || !strings.Contains(log.String(), "answers again") {
		t.Errorf("it logged %s", log)
	}
}

func TestAbort(t *testing.T) {
	srv := llmtest.New(t, llmtest.Reply{Text: strings.Repeat("text ", 100), Fault: llmtest.Stall, After: 20})
	c, log := client(t, srv, nil)
	enough := errors.New("enough")
	_, err := c.Stream(t.Context(), llm.Request{}, func(string) error { return enough })
	if err != enough {
		t.Errorf("the error is %v, want the caller's own", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = c.Stream(ctx, llm.Request{}, func(string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want the context's", err)
	}
	if log.Len() > 0 {
		t.Errorf("the caller's own errors were logged: %s", log)
	}
}

func TestNoServer(t *testing.T) {
	c, _ := client(t, &llmtest.Server{URL: "http://127.0.0.1:1"}, nil)
	_, _, err := ask(t, c)
	var e *llm.Error
	if !errors.As(err, &e) || e.Kind != llm.Unavailable || !strings.Contains(err.Error(), "see whether the server runs") {
		t.Errorf("the error is %v", err)
	}
}

// Replies beyond those that are asked for at once wait, as long as they may.
func TestParallel(t *testing.T) {
	srv := llmtest.New(t, llmtest.Reply{Text: "text", Fault: llmtest.Stall})
	c, _ := client(t, srv, func(cfg *llm.Config) { cfg.Parallel = 1; cfg.Timeout = 200 * time.Millisecond })
	done := make(chan error, 3)
	for range 3 {
		go func() { _, _, err := ask(t, c); done <- err }()
	}
	for range 3 {
		var e *llm.Error
		if err := <-done; !errors.As(err, &e) || e.Kind != llm.TimedOut {
			t.Errorf("the error is %v", err)
		}
	}
}

// While one reply waits to be asked for again, another is.
func TestPauseIsForOthers(t *testing.T) {
	srv := llmtest.New(t)
	asked := make(chan string, 8)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		n := len(asked)
		asked <- r.Messages[len(r.Messages)-1].Content
		if n == 0 {
			return llmtest.Reply{Status: 500}
		}
		return llmtest.Reply{Text: "text"}
	})
	c, _ := client(t, srv, func(cfg *llm.Config) { cfg.Parallel = 1 })
	done := make(chan error, 2)
	put := func(text string) {
		_, err := c.Stream(t.Context(), llm.Request{System: "s", User: text, MaxTokens: 10}, func(string) error { return nil })
		done <- err
	}
	go put("first")
	for len(asked) == 0 {
		time.Sleep(time.Millisecond)
	}
	go put("second")
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	close(asked)
	var order []string
	for text := range asked {
		order = append(order, text)
	}
	if got := strings.Join(order, " "); got != "first second first" {
		t.Errorf("asked were %s", got)
	}
}

// A reply that is held counts among those under way until its place is freed;
// one that fails, or breaks whoever reads it, holds nothing.
func TestHeld(t *testing.T) {
	srv := llmtest.New(t, llmtest.Reply{Text: "one"}, llmtest.Reply{Status: 400}, llmtest.Reply{Text: "three"}, llmtest.Reply{Text: "four"})
	c, log := client(t, srv, func(cfg *llm.Config) { cfg.Parallel, cfg.Timeout = 1, 500*time.Millisecond })
	places := make(chan func(), 4)
	put := func(text func(string) error) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%v", p)
			}
		}()
		_, err = c.Stream(t.Context(), llm.Request{System: "s", User: "u", MaxTokens: 10, Held: func(free func()) { places <- free }}, text)
		return err
	}
	read := func(string) error { return nil }
	if err := put(read); err != nil {
		t.Fatal(err)
	}
	second := make(chan error)
	go func() { second <- put(read) }()
	select {
	case err := <-second:
		t.Fatalf("another reply came meanwhile, %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	(<-places)()
	if err := <-second; err == nil {
		t.Error("the second reply did not fail")
	}
	if err := put(func(string) error { panic("broken") }); err == nil || err.Error() != "broken" {
		t.Errorf("the third reply: %v", err)
	}
	if err := put(read); err != nil {
		t.Errorf("the fourth reply: %v", err)
	}
	if n := len(places); n != 1 {
		t.Errorf("%d replies are held, not the last alone", n)
	}
	// Whoever waits for a held place in vain has nothing to say of the server.
	said := log.Len()
	if err := put(read); err == nil {
		t.Error("a reply came though the place is held")
	}
	if log.Len() > said {
		t.Errorf("the log blames the model: %s", log.String()[said:])
	}
}

func TestConfigFaults(t *testing.T) {
	for _, c := range []struct {
		cfg  llm.Config
		want string
	}{
		{llm.Config{Key: "k"}, "no model is named"},
		{llm.Config{Model: "m"}, "wants a key"},
		{llm.Config{Model: "m", BaseURL: "localhost:11434"}, "is no URL"},
		{llm.Config{Model: "m", BaseURL: "http://localhost:11434"}, "http://localhost:11434/v1"},
		{llm.Config{Model: "m", BaseURL: "http://me:" + canary + "@localhost/v1"}, "holds a password"},
		{llm.Config{Model: "m", Key: "k", JSON: "yaml"}, `no JSON mode "yaml"`},
		{llm.Config{Model: "m", Key: "k", Timeout: -1}, "cannot be negative"},
	} {
		_, err := llm.New(c.cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%+v: the error is %v, want %q", c.cfg, err, c.want)
		}
	}
}

func TestKeyDoesNotPrint(t *testing.T) {
	cfg := llm.Config{Key: canary}
	text, err := json.Marshal(map[string]any{"key": cfg.Key})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("a", "key", cfg.Key, "cfg", fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg))
	if all := string(text) + log.String(); strings.Contains(all, canary) || !strings.Contains(all, "[secret]") {
		t.Errorf("it prints: %s", all)
	}
}
