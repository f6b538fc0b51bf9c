package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"summitbot/seeds"
)

// The real server: LLAMA_SERVER names the program llama-server of llama.cpp,
// and LLAMA_MODEL the weights of a model. .ci/llama gets and builds both. The
// model may be the smallest: the form of what it says is real, its content is
// worth nothing, and what is posted is proven all the same.

// A llama is a running llama-server.
type llama struct {
	url string
	log *transcript
}

// newLlama starts a llama-server, which the end of the test stops.
func newLlama(t *testing.T, args ...string) llama {
	t.Helper()
	program, weights := os.Getenv("LLAMA_SERVER"), os.Getenv("LLAMA_MODEL")
	if program == "" || weights == "" {
		t.Skip("there is no llama.cpp: LLAMA_SERVER and LLAMA_MODEL name none; .ci/llama builds it, and runs this")
	}
	at := vacant(t)
	_, port, _ := strings.Cut(at, ":")
	l := llama{"http://" + at, newTranscript()}
	server := exec.CommandContext(t.Context(), program, append([]string{"-m", weights, "--host", "127.0.0.1", "--port", port, "-np", "1"}, args...)...)
	server.Stdout, server.Stderr = l.log, l.log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() { server.Process.Kill(); <-ended })
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			said, _ := l.log.read()
			t.Fatalf("llama-server ended: %v\n%s", err, said)
		default:
		}
		resp, err := http.Get(l.url + "/health")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return l
		}
	}
	said, _ := l.log.read()
	t.Fatalf("llama-server is not ready:\n%s", said)
	return l
}

// A reported answer is one as ask -jsonl tells it.
type reported struct {
	ID, Question, Verdict, Mode, Fallback string
	Tokens                                int
	Claims                                []struct {
		Text   string
		How    string
		Quotes []struct {
			Start, End int
			Text       string
		}
	}
}

// asks asks the bot questions with the server as its model, and returns the
// answers and the log.
func (l llama) asks(t *testing.T, vars map[string]string, questions []string) (all []reported, log string) {
	t.Helper()
	e := settings(t, "", map[string]string{"OPENAI_BASE_URL": l.url + "/v1", "OPENAI_MODEL": "tiny", "OPENAI_TIMEOUT": "10m", "LOG_FORMAT": "text", "OPENAI_JSON": vars["OPENAI_JSON"]})
	var in, out, stderr bytes.Buffer
	for i, q := range questions {
		if err := json.NewEncoder(&in).Encode(map[string]string{"id": fmt.Sprint(i + 1), "question": q}); err != nil {
			t.Fatal(err)
		}
	}
	e.args, e.stdin, e.stdout, e.stderr = []string{"ask", "-jsonl"}, &in, &out, &stderr
	if code := run(t.Context(), e); code != exitOK {
		t.Fatalf("it ended with %d: %s", code, &stderr)
	}
	for line := range strings.Lines(out.String()) {
		var one reported
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if len(all) != len(questions) {
		t.Errorf("%d of %d questions were answered", len(all), len(questions))
	}
	return all, stderr.String()
}

// Fifty questions to a model that knows nothing: as a judge it is refused, every
// answer is a quotation or a refusal, and the log can be read.
func TestLlamaAnswers(t *testing.T) {
	l := newLlama(t, "-c", "12288")
	data, err := os.ReadFile("testdata/llama/questions.txt")
	if err != nil {
		t.Fatal(err)
	}
	questions := strings.Split(strings.TrimSpace(string(data)), "\n")
	all, log := l.asks(t, nil, questions)
	article, err := seeds.Files.ReadFile("alaska-summit.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	tokens := 0
	for _, a := range all {
		kind := a.Mode
		if len(a.Claims) == 0 {
			kind = "refusal"
			if a.Verdict != "not_in_article" && a.Verdict != "out_of_scope" {
				t.Errorf("%q: there is nothing, and the verdict is %s", a.Question, a.Verdict)
			}
		}
		for _, c := range a.Claims {
			if len(c.Quotes) == 0 {
				t.Errorf("%q: %q stands on nothing", a.Question, c.Text)
			}
			for _, q := range c.Quotes {
				if q.Start < 0 || q.End > len(article) || q.Start >= q.End || string(article[q.Start:q.End]) != q.Text {
					t.Errorf("%q: %q does not stand at %d", a.Question, q.Text, q.Start)
				}
			}
			if c.How != "quoted" || !strings.Contains(words(string(article)), words(c.Text)) {
				t.Errorf("%q: %q, %s, is not the article's", a.Question, c.Text, c.How)
			}
		}
		count[kind]++
		count["fallback "+a.Fallback]++
		tokens += a.Tokens
	}
	t.Logf("%v, %d tokens", count, tokens)
	if !strings.Contains(log, "the judge did not pass its trial, so that answers are quotations") {
		t.Errorf("the judge is not refused:\n%s", log)
	}
	if count["fallback unavailable"] > 0 || tokens == 0 {
		t.Errorf("the model did not answer:\n%s", log)
	}
	readable(t, log, questions)
}

// readable fails the test unless a log is few lines, each of which says
// something, and none what was asked. How far a trial is stands beside it.
func readable(t *testing.T, log string, questions []string) {
	t.Helper()
	t.Logf("the log:\n%s", log)
	var logged strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "summitbot: ") {
			logged.WriteString(line)
		}
	}
	log = logged.String()
	if n := strings.Count(log, "\n"); n > len(questions) {
		t.Errorf("the log has %d lines", n)
	}
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "time=") || !strings.Contains(line, ` msg="`) || len(line) > 500 {
			t.Errorf("it logged %q", line)
		}
		for _, q := range questions {
			if len(q) > 10 && strings.Contains(line, q) {
				t.Errorf("the log tells what was asked: %s", line)
			}
		}
	}
}

// A context that is too small for the article is found out, and fewer passages
// are shown.
func TestLlamaShortContext(t *testing.T) {
	l := newLlama(t, "-c", "4096")
	all, log := l.asks(t, nil, []string{"Why was Alaska chosen?", "How has Russia changed its strategy in the east?"})
	for _, a := range all {
		if a.Tokens == 0 || a.Fallback == "unavailable" {
			t.Errorf("%+v", a)
		}
	}
	readable(t, log, make([]string, 2))
}

// Each form of a reply is one that the server knows.
func TestLlamaForms(t *testing.T) {
	l := newLlama(t, "-c", "12288")
	for _, mode := range []string{"schema", "object", "text"} {
		all, log := l.asks(t, map[string]string{"OPENAI_JSON": mode}, []string{"Why was Alaska chosen?"})
		if len(all) != 1 || all[0].Tokens == 0 || strings.Contains(log, "bad_request") {
			t.Errorf("%s: %+v\n%s", mode, all, log)
		}
	}
}

// vacant is an address that nobody listens at yet.
func vacant(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
