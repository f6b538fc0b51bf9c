package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/testserver"
)

// runs runs the program in this process, with settings, and returns what it
// prints. What it keeps is in a folder of its own unless they name one.
func runs(t *testing.T, vars map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	kept := map[string]string{"DATA_DIR": filepath.Join(t.TempDir(), "data")}
	maps.Copy(kept, vars)
	e := settings(t, "", kept)
	var out, log bytes.Buffer
	e.args, e.stdin, e.stdout, e.stderr = args, strings.NewReader(""), &out, &log
	code = run(t.Context(), e)
	return code, out.String(), log.String()
}

// scripted are the settings for a scripted model.
func scripted(srv *llmtest.Server, more map[string]string) map[string]string {
	vars := map[string]string{"OPENAI_BASE_URL": srv.URL + "/v1", "OPENAI_MODEL": "scripted", "OPENAI_API_KEY": canary, "OPENAI_TIMEOUT": "3s"}
	maps.Copy(vars, more)
	return vars
}

func TestAskWithModel(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(llmtest.Quoting(0))
	code, out, log := runs(t, scripted(srv, nil), "ask", "-json", "Which summit location is far from arbitrary?")
	if code != exitOK || !strings.Contains(out, `"mode":"model"`) || !strings.Contains(out, "far from arbitrary") || !strings.Contains(out, `"tokens":`) || log != "" {
		t.Errorf("it ended with %d and printed %s %s", code, out, log)
	}
	code, out, log = runs(t, scripted(llmtest.New(t, llmtest.Reply{Status: 401, Body: "wrong " + canary}), nil), "ask", "-json", "why Alaska?")
	if code != exitOK || !strings.Contains(out, `"fallback":"unavailable"`) || !strings.Contains(log, "OPENAI_API_KEY") || strings.Contains(out+log, canary) {
		t.Errorf("it ended with %d and printed %s %s", code, out, log)
	}
	if n := strings.Count(log, "\n"); n != 2 { // one of the judge, one of the answer
		t.Errorf("it logged %d lines: %s", n, log)
	}
}

func TestModelSettings(t *testing.T) {
	t.Parallel()
	for _, vars := range []map[string]string{
		{"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"},
		{"OPENAI_BASE_URL": "http://127.0.0.1:1", "OPENAI_MODEL": "m"},
		{"OPENAI_API_KEY": canary, "OPENAI_JSON": "yaml"},
		{"OPENAI_API_KEY": canary, "OPENAI_TIMEOUT": "-1s"},
		{"OPENAI_API_KEY": canary, "OPENAI_PARALLEL": "0"},
	} {
		code, out, log := runs(t, vars, "ask", "why?")
		if code != exitUsage || out != "" || strings.Count(log, "\n") != 1 || strings.Contains(log, canary) {
			t.Errorf("%v: it ended with %d and printed %s %s", vars, code, out, log)
		}
	}
}

// What a model has answered is scored again, and proven again, without it.
func TestRescore(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(llmtest.Quoting(0))
	file := filepath.Join(t.TempDir(), "answers.jsonl")
	code, first, log := runs(t, scripted(srv, nil), "eval", "-model", "-answers", file, questionsFile)
	for line := range strings.Lines(log) { // long work tells how far it is
		if !strings.HasSuffix(line, "questions are answered\n") {
			t.Errorf("it logged %q", line)
		}
	}
	if code != exitOK || !strings.Contains(first, "answers by the model:") {
		t.Fatalf("it ended with %d and printed %s %s", code, first, log)
	}
	code, again, log := runs(t, nil, "eval", "-rescore", file, questionsFile)
	if code != exitOK || again != first {
		t.Errorf("it ended with %d, and scored again it is %s %s, not %s", code, again, log, first)
	}
	answers, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// A quotation that was changed by hand is none.
	forged := strings.ReplaceAll(string(answers), `"text":"The `, `"text":"A `)
	if forged == string(answers) {
		t.Fatal("there is nothing to forge")
	}
	if err := os.WriteFile(file, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	proven := func(report string) string {
		_, line, _ := strings.Cut(report, "statements upheld: ")
		line, _, _ = strings.Cut(line, "\n")
		return line
	}
	if _, out, _ := runs(t, nil, "eval", "-rescore", file, questionsFile); proven(out) == "" || proven(out) == proven(first) {
		t.Errorf("forged quotations are proven: %s", out)
	}
	for _, args := range [][]string{{"-model", questionsFile}, {"-rescore", file, "-model", questionsFile}, {"-rescore", file}, {questionsFile, "-misses"}, {}} {
		if code, _, log := runs(t, nil, append([]string{"eval"}, args...)...); code != exitUsage {
			t.Errorf("eval %v ended with %d: %s", args, code, log)
		}
	}
}

// A scripted model can be tried in the page, without any server of its own.
func TestLocalScripted(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "local", "-addr", "127.0.0.1:0", "-model", "scripted")
	address := p.page()
	p.await(p.stdout, "ready: ", 1)
	p.await(p.stderr, "the judge passed its trial", 1)
	body := `{"user":"ana","channel":"general","name":"ask","options":{"question":"Which summit location is far from arbitrary?"}}`
	answer := call(t, "POST", address+"/test/commands?wait=true", body)
	p.await(p.stderr, "mode=model calls=2 tokens=", 1)
	if !strings.Contains(answer, "answered") {
		t.Errorf("the answer is %s", answer)
	}
	all := call(t, "GET", address+"/test/wire", "")
	for _, said := range []string{"Still writing", "Each statement checked against its quotation", "“The choice of Alaska as the summit location is far from arbitrary.” [1]", "The article says this: "} {
		if !strings.Contains(all, said) {
			t.Errorf("nobody was shown %q", said)
		}
	}
	for _, lie := range []string{"It is not true that", "**Yes."} {
		if strings.Contains(all, lie) {
			t.Errorf("somebody was shown %q", lie)
		}
	}
	p.signal(os.Interrupt)
	p.exits(exitOK)
	if code, _, log := runs(t, nil, "local", "-model", "gpt"); code != exitUsage || !strings.Contains(log, "off or scripted") {
		t.Errorf("it ended with %d: %s", code, log)
	}
}

// What /privacy says goes to the model and its judge goes there, and nothing
// that tells who asked or where, what is only being typed, or what was not said
// to the bot.
func TestModelIsToldWhatPrivacySays(t *testing.T) {
	t.Parallel()
	server, address := testServer(t, testserver.Faults{})
	model, judge := llmtest.New(t), llmtest.New(t)
	model.Answers(llmtest.Rewording(0))
	judge.Answers(llmtest.Rewording(0))
	w := &world{launch(t, []string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + address, "DATA_DIR=" + t.TempDir(),
		"OPENAI_BASE_URL=" + model.URL + "/v1", "OPENAI_MODEL=m", "OPENAI_JUDGE_BASE_URL=" + judge.URL + "/v1", "OPENAI_JUDGE_MODEL=j"}, "serve"), server}
	w.ready()
	w.await(w.stderr, "the judge passed its trial", 1)

	const member, channel = "zebediah", "parlour"
	w.say(member, channel, "a xylophone, said to nobody")
	first := w.say(member, channel, "@summitbot why was Alaska chosen for the summit, by the marmalade?")
	answer := w.answerTo(first, "")
	w.answerTo(w.say(member, channel, "@summitbot and why does he want that?"), "")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := server.Autocomplete(ctx, member, channel, "ask", map[string]any{"question": "why a typewriter"}, "question"); err != nil {
		t.Fatal(err)
	}
	checked := w.say("ben", "general", "The choice of Alaska was an accident, says the harpsichord.")
	w.menu("Check against the article", checked)
	w.signal(syscall.SIGTERM)
	w.exits(exitOK)

	sent := func(srv *llmtest.Server) string {
		var all strings.Builder
		for _, r := range srv.Requests() {
			fmt.Fprintf(&all, "%s %v %s\n", r.Path, r.Header, r.Body)
		}
		return all.String()
	}
	for name, c := range map[string]struct {
		sent  string
		holds []string
	}{
		"model": {sent(model), []string{"marmalade", "and why does he want that"}},
		"judge": {sent(judge), []string{"Alaska", "harpsichord"}},
	} {
		for _, word := range c.holds {
			if !strings.Contains(c.sent, word) {
				t.Errorf("the %s is not sent %q", name, word)
			}
		}
		for _, word := range []string{member, channel, first.Author.ID, first.ID, first.ChannelID, answer.ID, answer.Author.ID, checked.Author.ID, "xylophone", "typewriter", botToken} {
			if strings.Contains(c.sent, word) {
				t.Errorf("the %s is sent %q", name, word)
			}
		}
	}
}
