package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"summitbot/bot/testserver"
)

// plausible is a value for each setting that is a secret, with a canary in it.
var plausible = map[string]string{
	"DISCORD_TOKEN":        botToken,
	"OPENAI_API_KEY":       "sk-" + canary,
	"OPENAI_JUDGE_API_KEY": "sk-" + canary,
	"DATABASE_URL":         "postgres://summitbot:" + canary + "@127.0.0.1:1/summitbot?connect_timeout=1",
}

// secretSettings are the settings that are secrets.
func secretSettings(t *testing.T) (names []string) {
	t.Helper()
	for field := range reflect.TypeFor[config]().Fields() {
		if name := field.Tag.Get("env"); field.Type == reflect.TypeFor[secret]() {
			if plausible[name] == "" {
				t.Errorf("%s is a secret, and no test says what one looks like", name)
			}
			names = append(names, name)
		}
	}
	if len(names) < 2 {
		t.Fatalf("only %v are secrets", names)
	}
	return names
}

// Whatever is wrong, no secret is printed, at no level of the log.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	_, refusing := testServer(t, testserver.Faults{RejectToken: -1})
	for _, name := range secretSettings(t) {
		value := plausible[name]
		for what, vars := range map[string][]string{
			"as it is":      {name + "=" + value},
			"with a space":  {name + "=" + value + " " + canary},
			"with a letter": {name + "=" + value + "é%zz"},
			"with controls": {name + "=" + value + "\x01\n" + canary},
			"in quotes":     {name + "=\"" + value + "\""},
			"cut off":       {name + "=" + value[:len(value)-1]},
		} {
			vars = append(vars, "LOG_LEVEL=debug", "DISCORD_API_URL="+refusing, "OPENAI_BASE_URL=http://127.0.0.1:1/v1", "OPENAI_MODEL=m", "OPENAI_TIMEOUT=1s")
			if name != "DISCORD_TOKEN" {
				vars = append(vars, "DISCORD_TOKEN="+botToken)
			}
			p := launch(t, vars, "serve")
			select { // launch's own cleanup looks for the canary
			case <-p.ended:
			case <-t.Context().Done():
			}
			out, log := p.printed()
			if p.code == exitOK || log == "" {
				t.Errorf("%s %s: it ended with %d and said nothing", name, what, p.code)
			}
			if strings.Contains(out+log, canary[:len(canary)-1]) {
				t.Errorf("%s %s: the secret is printed: %s", name, what, log)
			}
		}
	}
}

// A password of the database is told by no command, however it is written and
// whatever comes of it.
func TestDatabasePasswordIsNotTold(t *testing.T) {
	t.Parallel()
	nobody := "http://" + deserted
	for _, address := range []string{
		"user:" + canary + "@127.0.0.1:1/db", "user:12/" + canary + "@127.0.0.1:1/db", "user:12?" + canary + "@127.0.0.1:1/db",
		"user:12#" + canary + "@127.0.0.1:1/db", "user:p@" + canary + "@127.0.0.1:1/db", "user:12/3@" + canary + "@127.0.0.1:1/db",
		"user:p%" + canary + "@127.0.0.1:1/db", "user:p " + canary + "@127.0.0.1:1/db", "user:1[" + canary + "@127.0.0.1:1/db",
		"user@127.0.0.1:1/db?password=" + canary, "user@127.0.0.1:1/db?sslmode=" + canary, "user:12@/" + canary + "@127.0.0.1:1/db",
		"user:12?x=" + canary + "@127.0.0.1:1/db", "user:" + canary + ":127.0.0.1:1/db", "user:12&" + canary + "=@127.0.0.1:1/db",
		"user:x@127.0.0.1:1/db?sslrootcert=/nowhere&password=" + canary,
	} {
		vars := map[string]string{"DATABASE_URL": "postgres://" + address, "DISCORD_API_URL": nobody, "LOG_LEVEL": "debug"}
		for _, args := range [][]string{{"doctor"}, {"serve"}, {"export"}, {"report"}, {"backup", filepath.Join(t.TempDir(), "copy")}} {
			if code, out, log := runs(t, vars, args...); code == exitOK || strings.Contains(out+log, canary) {
				t.Errorf("%s with %s ended with %d and printed %s%s", args[0], address, code, out, log)
			}
			vars["DISCORD_TOKEN"] = botToken // for those behind the doctor, who would ask Discord
		}
	}
}

// What stands in the query of a model's address is told by no command either.
func TestModelAddressTellsNoKey(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fail(w, 401, `{"error":"no `+r.RequestURI+`"}`) }))
	defer refusing.Close()
	for _, address := range []string{refusing.URL + "/v1", "http://" + deserted + "/v1", "http://" + deserted, "ftp://127.0.0.1/v1", "http://127.0.0.1:port/v1"} {
		vars := map[string]string{"OPENAI_BASE_URL": address + "?api-key=" + canary, "OPENAI_MODEL": "m", "CONTEXT_TOKENS": "2000", "OPENAI_TIMEOUT": "2s", "LOG_LEVEL": "debug"}
		for _, args := range [][]string{{"ask", "why Alaska?"}, {"doctor"}} {
			if _, out, log := runs(t, vars, args...); strings.Contains(out+log, canary) || out+log == "" {
				t.Errorf("%s with %s printed %s%s", args[0], address, out, log)
			}
		}
	}
}

// A model's server that tells the key in whatever it answers gets it into no
// log, error or answer.
func TestModelServerTellsTheKey(t *testing.T) {
	t.Parallel()
	key := plausible["OPENAI_API_KEY"]
	for name, answer := range map[string]func(w http.ResponseWriter){
		"400": func(w http.ResponseWriter) { fail(w, 400, `{"error":{"message":"bad key `+key+`"}}`) },
		"401": func(w http.ResponseWriter) {
			fail(w, 401, `{"error":{"message":"Incorrect API key: `+key+`","code":"`+key+`"}}`)
		},
		"404": func(w http.ResponseWriter) { fail(w, 404, `{"error":"no model for `+key+`"}`) },
		"429": func(w http.ResponseWriter) {
			fail(w, 429, `{"error":{"message":"`+key+` is over its quota","type":"insufficient_quota"}}`)
		},
		"500, no JSON":      func(w http.ResponseWriter) { fail(w, 500, "<html>Bearer "+key+"</html>") },
		"long, then cut":    func(w http.ResponseWriter) { fail(w, 401, strings.Repeat("x", 290)+key) },
		"200 with an error": func(w http.ResponseWriter) { fail(w, 200, `{"error":{"message":"`+key+`"}}`) },
		"redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://127.0.0.1:1/?key="+key)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"a stream's error": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {\"error\":{\"message\":%q}}\n\n", key)
		},
		"a refusal": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"refusal\":%q}}]}\n\n", "not with "+key)
		},
		"a finish reason": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {\"model\":%q,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":%q}]}\n\ndata: [DONE]\n\n", key, key)
		},
		"no stream at all": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "data: "+key+"\n\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := atomic.Int64{}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "Bearer "+key {
					asked.Add(1)
				}
				answer(w)
			}))
			defer srv.Close()
			vars := map[string]string{"OPENAI_BASE_URL": srv.URL + "/v1", "OPENAI_MODEL": "m", "OPENAI_API_KEY": key, "OPENAI_TIMEOUT": "3s",
				"CONTEXT_TOKENS": "2000", "LOG_LEVEL": "debug"}
			for _, args := range [][]string{{"ask", "why Alaska?"}, {"ask", "-json", "why Alaska?"}} {
				code, out, log := runs(t, vars, args...)
				if code != exitOK || out == "" || log == "" {
					t.Errorf("it ended with %d and printed %s %s", code, out, log)
				}
				for _, part := range []string{canary, canary[:len(canary)-2]} {
					if strings.Contains(out+log, part) {
						t.Errorf("the key is told: %s %s", out, log)
					}
				}
			}
			if asked.Load() == 0 {
				t.Error("the server never had the key to tell")
			}
		})
	}
}

// fail answers with a status and a body.
func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// What Go prints of a program that ends badly tells no secret either.
func TestPanicTellsNoSecret(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})
	w.answersOnce("general")
	w.signal(syscall.SIGQUIT) // Go prints all goroutines with their arguments
	<-w.ended
	out, log := w.printed()
	if !strings.Contains(log, "goroutine ") || w.code == exitOK {
		t.Fatalf("it ended with %d and printed %s", w.code, log)
	}
	if strings.Contains(out+log, canary) || strings.Contains(out+log, "MTAwMDAwMDAwMDAwMDAwMDAx") {
		t.Error("the token is told")
	}
}
