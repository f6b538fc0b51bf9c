package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	article := filepath.Join(dir, "harbor.txt")
	if err := os.WriteFile(article, []byte("The Harbor Talks\nThey met in Bergen. It rained all day.\nThe Costs\n- Lost Trade: It cost three million crowns.\n- Lost Trust: Brandt left.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fail := true
	id := regexp.MustCompile(`(?m)^\[(s\d+)\]`)
	srv := llmtest.New(t)
	srv.Answer = func(r llmtest.Request) llmtest.Reply {
		user := r.Messages[1].Content
		if strings.Contains(user, "Brandt") && fail {
			return llmtest.Reply{Text: "Here are some ideas."}
		}
		var all []string
		for _, m := range id.FindAllStringSubmatch(user, -1) {
			all = append(all, fmt.Sprintf(`{"sentence":%q,"question":"what does %s  say?"}`, m[1], m[1]))
		}
		all = append(all, `{"sentence":"s99","question":"no such sentence?"}`, `{"sentence":"s1","question":""}`)
		return llmtest.Reply{Text: "```json\n{\"questions\":[" + strings.Join(all, ",") + "]}\n```"}
	}
	code, out, log := runs(t, scripted(srv, map[string]string{"LOG_LEVEL": "error"}), "expand", article)
	if code != exitFailure || !strings.Contains(log, "is not understood") || !strings.Contains(log, "run expand again") || !strings.Contains(out, "3 questions were written") {
		t.Errorf("it ended with %d: %s %s", code, out, log)
	}
	asked := len(srv.Requests())
	fail = false
	code, out, log = runs(t, scripted(srv, map[string]string{"LOG_LEVEL": "error"}), "expand", article)
	if code != exitOK || log != "" || len(srv.Requests()) != asked+1 {
		t.Errorf("going on, it ended with %d, after %d more requests: %s %s", code, len(srv.Requests())-asked, out, log)
	}
	got, err := os.ReadFile(filepath.Join(dir, "harbor.questions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, s := range []string{"s1", "s2", "s3", "s4"} {
		want.WriteString(fmt.Sprintf(`{"sentence":%q,"question":"what does %s say?"}`+"\n", s, s))
	}
	if string(got) != want.String() {
		t.Errorf("the questions are\n%swant\n%s", got, want.String())
	}
	// They are read with the article.
	if code, out, log := runs(t, map[string]string{"ARTICLES": dir}, "ask", "how much did the lost trade cost?"); code != exitOK || !strings.Contains(out, "three million crowns") {
		t.Errorf("it ended with %d: %s %s", code, out, log)
	}
	for _, args := range [][]string{{"expand"}, {"expand", "a", "b"}, {"expand", article}} {
		if code, _, log := runs(t, nil, args...); code != exitUsage {
			t.Errorf("%v ended with %d: %s", args, code, log)
		}
	}
}
