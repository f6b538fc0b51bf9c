package llm_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// A said is what a server was seen to say to a request.
type said struct {
	Server string
	// Refuses are the parts of a request that it says this of, with blanks
	// between; where it is empty, Kind is the kind of the error.
	Refuses string
	Kind    llm.Kind
	Status  int
	Body    json.RawMessage // a JSON value, or a text as it is
	Stream  string          // in its place, the lines of a stream
	// Limit and Wanted are the numbers of tokens that it tells.
	Limit, Wanted int
}

// sayings reads a file of what servers say, one a line.
func sayings(t *testing.T, file string) (all []said) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var s said
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%s: %v in %s", file, err, lines.Text())
		}
		all = append(all, s)
	}
	return all
}

// reply is what the server says.
func (s said) reply() llmtest.Reply {
	if s.Stream != "" {
		return llmtest.Reply{Before: s.Stream, Finish: "none"}
	}
	var text string
	if json.Unmarshal(s.Body, &text) != nil {
		return llmtest.Reply{Status: s.Status, Body: string(s.Body)}
	}
	kind := "text/plain"
	if strings.HasPrefix(text, "<") {
		kind = "text/html; charset=utf-8"
	}
	return llmtest.Reply{Status: s.Status, Body: text, Header: map[string]string{"Content-Type": kind}}
}

// has says whether a request has a part.
func has(r llmtest.Request, part string) bool {
	switch part {
	case "system":
		return r.Messages[0].Role == "system"
	case "stream":
		return r.Stream
	case "json_schema", "json_object":
		return r.ResponseFormat != nil && r.ResponseFormat.Type == part
	}
	if n := 0; strings.HasPrefix(part, "tokens over ") {
		fmt.Sscanf(part, "tokens over %d", &n)
		return r.MaxTokens > n || r.MaxCompletion > n
	}
	return r.Has(part)
}

// refuses makes a server of one that refuses parts of a request.
func refuses(parts []string, with llmtest.Reply) func(llmtest.Request) llmtest.Reply {
	return func(r llmtest.Request) llmtest.Reply {
		for _, part := range parts {
			if has(r, part) {
				return with
			}
		}
		if !r.Stream {
			return llmtest.Whole(`{"a":"b"}`)
		}
		return llmtest.Reply{Text: `{"a":"b"}`}
	}
}

// parts of the file's, in which tokens are more than one word.
func (s said) parts() []string {
	if strings.HasPrefix(s.Refuses, "tokens over") {
		return []string{s.Refuses}
	}
	return strings.Fields(s.Refuses)
}

// What a server refuses is left out at once, said once, and not sent again.
func TestRefused(t *testing.T) {
	t.Parallel()
	for i, s := range sayings(t, "testdata/refusals.jsonl") {
		t.Run(fmt.Sprintf("%d %s %s", i+1, s.Server, s.Refuses), func(t *testing.T) {
			t.Parallel()
			parts := s.parts()
			srv := llmtest.New(t)
			srv.Answers(refuses(parts, s.reply()))
			c, log := client(t, srv, func(cfg *llm.Config) {
				switch s.Refuses {
				case "max_completion_tokens":
					cfg.Model = "gpt-5-mini"
				case "json_object":
					cfg.JSON = ""
				}
			})
			if s.Refuses == "json_object" { // which is asked for after a schema alone
				srv.Answers(refuses([]string{"json_schema", "json_object"}, s.reply()))
			}
			reply, heard, err := askFor(t, c, 2500)
			if err != nil || reply.Text != `{"a":"b"}` || heard != reply.Text {
				t.Fatalf("the reply is %q, heard was %q, %v", reply.Text, heard, err)
			}
			first := len(srv.Requests())
			if _, _, err := askFor(t, c, 2500); err != nil {
				t.Fatal(err)
			}
			if n := len(srv.Requests()) - first; n != 1 {
				t.Errorf("the second reply took %d requests", n)
			}
			lines := strings.Count(log.String(), "\n")
			if lines == 0 || lines != strings.Count(log.String(), "from now on") {
				t.Errorf("it logged %s", log)
			}
		})
	}
}

// askFor asks for a reply of so many tokens at most.
func askFor(t *testing.T, c *llm.Client, tokens int) (reply llm.Reply, heard string, err error) {
	t.Helper()
	reply, err = c.Stream(t.Context(), llm.Request{System: "s", User: "u", Schema: schema, SchemaName: "answer", MaxTokens: tokens},
		func(text string) error { heard += text; return nil })
	return reply, heard, err
}

// Where a server refuses several parts, it comes to one without them all.
func TestRefusesAll(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		for _, part := range []string{"max_tokens", "temperature", "stream_options", "json_schema", "json_object", "system", "max_completion_tokens", "stream"} {
			if has(r, part) {
				return llmtest.Reply{Status: 400, Body: `{"error":{"message":"Unsupported parameter","param":"` + strings.Replace(part, "system", "messages[0].role", 1) + `"}}`}
			}
		}
		return llmtest.Whole(`{"a":"b"}`)
	})
	c, log := client(t, srv, nil)
	for range 2 {
		if reply, _, err := ask(t, c); err != nil || reply.Text != `{"a":"b"}` {
			t.Fatalf("%q, %v", reply.Text, err)
		}
	}
	if n := len(srv.Requests()); n != 10 {
		t.Errorf("the server was asked %d times", n)
	}
	if n := strings.Count(log.String(), "\n"); n != 8 {
		t.Errorf("it logged %s", log)
	}
	last := srv.Requests()[9]
	if len(last.Messages) != 1 || last.Messages[0].Role != "user" || !strings.HasPrefix(last.Messages[0].Content, "s\n") || !strings.HasSuffix(last.Messages[0].Content, "u") {
		t.Errorf("the messages are %+v", last.Messages)
	}
	if !strings.Contains(last.Messages[0].Content, string(schema)) {
		t.Errorf("the schema is not in the prompt: %+v", last.Messages)
	}
}

// What is refused of one model is sent to another.
func TestRefusalIsOfOneModel(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		if r.Model == "tiny" && has(r, "temperature") {
			return llmtest.Reply{Status: 400, Body: `{"error":"no temperature"}`}
		}
		return llmtest.Reply{Text: `{"a":"b"}`}
	})
	for _, model := range []string{"tiny", "large"} {
		c, _ := client(t, srv, func(cfg *llm.Config) { cfg.Model = model })
		if _, _, err := ask(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if all := srv.Requests(); len(all) != 3 || !has(all[2], "temperature") {
		t.Errorf("there were %d requests, the last %s", len(all), all[len(all)-1].Body)
	}
}

// Whatever else a server says is an error of its kind, with its words, and
// nothing that could be left out is blamed.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for i, s := range sayings(t, "testdata/troubles.jsonl") {
		t.Run(fmt.Sprintf("%d %s %s", i+1, s.Server, s.Kind), func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, llmtest.Reply{Text: `{"a":"b"}`}, s.reply())
			c, log := client(t, srv, func(cfg *llm.Config) { cfg.Timeout = time.Minute })
			if _, _, err := ask(t, c); err != nil {
				t.Fatal(err)
			}
			_, _, err := askFor(t, c, 2500)
			e, ok := errors.AsType[*llm.Error](err)
			if !ok || e.Kind != s.Kind {
				t.Fatalf("the error is %v, want %s", err, s.Kind)
			}
			if e.Limit != s.Limit || e.Wanted != s.Wanted {
				t.Errorf("the numbers are %d and %d, want %d and %d", e.Limit, e.Wanted, s.Limit, s.Wanted)
			}
			if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), string(s.Kind)) {
				t.Errorf("it logged %s", log)
			}
			want := 2
			if s.Kind == llm.Unavailable || s.Kind == llm.Garbled {
				want = 4
			}
			if n := len(srv.Requests()); n != want {
				t.Errorf("the server was asked %d times, want %d", n, want)
			}
		})
	}
}

// What is refused of one question only, with whatever words, is no reason to
// ask otherwise from now on.
func TestRefusalOfAQuestion(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		if strings.Contains(r.Messages[len(r.Messages)-1].Content, "storm") {
			return llmtest.Reply{Status: 400, Body: `{"error":"you asked of the temperature, JSON, max_tokens, a system role and stream_options in a storm"}`}
		}
		return llmtest.Reply{Text: `{"a":"b"}`}
	})
	c, log := client(t, srv, nil)
	for i, user := range []string{"u", "storm", "u", "storm"} {
		_, err := c.Stream(t.Context(), llm.Request{System: "s", User: user, Schema: schema, SchemaName: "answer", MaxTokens: 100}, func(string) error { return nil })
		if kind(err, llm.BadRequest) != (user == "storm") {
			t.Errorf("question %d: %v", i+1, err)
		}
	}
	if len(c.Refused()) > 0 || strings.Contains(log.String(), "from now on") {
		t.Errorf("refused are %q, it logged %s", c.Refused(), log)
	}
	first, all := srv.Requests()[0].Body, srv.Requests()
	for _, r := range all {
		if r.Messages[len(r.Messages)-1].Content == "u" && string(r.Body) != string(first) {
			t.Errorf("it asks %s", r.Body)
		}
	}
	if len(all) > 18 {
		t.Errorf("the server was asked %d times", len(all))
	}
}
