package llm_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// A redirect takes neither the key nor the prompt to another server, or over
// another kind of connection; one on the same server is followed.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		var elsewhere []string
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			elsewhere = append(elsewhere, r.Method+" "+r.Header.Get("Authorization"))
			w.Write([]byte(llmtest.Whole(`{"a":"b"}`).Body))
		}))
		defer other.Close()
		srv := httptest.NewServer(http.RedirectHandler(other.URL+"/v1/chat/completions?key="+canary, status))
		defer srv.Close()
		c, log := client(t, &llmtest.Server{URL: srv.URL}, nil)
		_, _, err := ask(t, c)
		if !kind(err, llm.NoModel) || !strings.Contains(err.Error(), other.URL+"/v1") || !strings.Contains(err.Error(), "OPENAI_BASE_URL") {
			t.Errorf("%d: the error is %v", status, err)
		}
		if _, err := c.Models(t.Context()); !kind(err, llm.NoModel) {
			t.Errorf("%d: models: %v", status, err)
		}
		if len(elsewhere) > 0 {
			t.Errorf("%d: elsewhere came %q", status, elsewhere)
		}
		if strings.Contains(err.Error()+log.String(), canary) {
			t.Errorf("%d: the key is told: %v %s", status, err, log)
		}
	}
}

func TestRedirectsAtHome(t *testing.T) {
	t.Parallel()
	for status, follows := range map[int]bool{301: false, 302: false, 307: true, 308: true} {
		model := &llmtest.Server{}
		model.Answers(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Text: `{"a":"b"}`} })
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/v1/new") {
				http.Redirect(w, r, strings.Replace(r.URL.Path, "/v1", "/v1/new", 1), status)
				return
			}
			r.URL.Path = strings.Replace(r.URL.Path, "/v1/new", "/v1", 1)
			model.ServeHTTP(w, r)
		}))
		defer srv.Close()
		c, _ := client(t, &llmtest.Server{URL: srv.URL}, nil)
		_, heard, err := ask(t, c)
		if follows != (err == nil && heard == `{"a":"b"}`) || !follows && !kind(err, llm.NoModel) {
			t.Errorf("%d: heard was %q, %v", status, heard, err)
		}
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	c, _ := client(t, &llmtest.Server{URL: srv.URL}, nil)
	if _, _, err := ask(t, c); !kind(err, llm.NoModel) {
		t.Errorf("in a circle: %v", err)
	}
}
