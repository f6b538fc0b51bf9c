package llm_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// The query of a base URL goes behind every path, and nowhere else: not into
// what errors and the log tell, whatever fails, and whatever the server says.
func TestQueryOfTheAddress(t *testing.T) {
	const query = "api-version=2024-06-01&key=sk-canary%2F4711&v=1"
	behind := &llmtest.Server{Answer: func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Text: `{"a": "b"}`} }}
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		well   bool
	}{
		"a reply": {behind.ServeHTTP, true},
		"an echo": {func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, r.RequestURI+" "+r.URL.Query().Get("key"), 400)
		}, false},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/?key=sk-canary/4711", http.StatusFound)
		}, false},
		"a hang-up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
	} {
		var mu sync.Mutex
		var asked []string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked = append(asked, r.URL.RequestURI())
			mu.Unlock()
			c.answer(w, r)
		}))
		var log strings.Builder
		client, err := llm.New(llm.Config{BaseURL: srv.URL + "/v1/?" + query, Model: "tiny", Timeout: 2 * time.Second,
			Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = ask(t, client)
		mu.Lock()
		if (err == nil) != c.well || len(asked) == 0 || asked[0] != "/v1/chat/completions?"+query {
			t.Errorf("%s: asked at %q, %v", name, asked, err)
		}
		mu.Unlock()
		said := log.String()
		if err != nil {
			said += err.Error()
		}
		for _, part := range []string{"canary", "4711", "2024-06-01"} {
			if strings.Contains(said, part) {
				t.Errorf("%s: it is told %s", name, said)
			}
		}
		client.Close()
		srv.Close()
	}
	for _, base := range []string{"http://127.0.0.1:1/?key=" + canary, "http://127.0.0.1:1?key=" + canary, "http://u:" + canary + "@127.0.0.1:1/v1", "http://127.0.0.1:1/%zz?" + canary, "ftp://127.0.0.1/v1?" + canary, "http://[" + canary} {
		if _, err := llm.New(llm.Config{BaseURL: base, Model: "tiny"}); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", base, err)
		}
		if at := llm.Server(base); strings.Contains(at, "canary") {
			t.Errorf("%s is shown as %s", base, at)
		}
	}
	if at := llm.Server("http://localhost:11434/v1?" + query + "#x"); at != "http://localhost:11434/v1" {
		t.Errorf("the server is shown as %s", at)
	}
}
