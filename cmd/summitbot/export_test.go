package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/eval"
	"summitbot/bot/queue"
	"summitbot/bot/store"
)

// What is kept is exported without who asked; what was voted down becomes an
// evaluation set; a backup in the place of the store is the store.
func TestBackupAndExport(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	kept, err := store.Open(t.Context(), store.Options{Folder: data, Serving: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"why Alaska?", "how many soldiers have died?"} {
		r := queue.Row{ID: fmt.Sprint(i), Place: "here", Member: "ana-the-member", Kind: bot.Ask, Text: text, Event: "{}", Accepted: time.Now()}
		if _, err := kept.Accept(t.Context(), r, queue.Terms{Claim: true}); err != nil {
			t.Fatal(err)
		}
		r.Fence, r.Posts = 1, []queue.Post{{Message: fmt.Sprint("message", i)}}
		err := kept.Answer(t.Context(), r, queue.Result{Question: bot.Question{Kind: bot.Ask, Text: text}, Answer: bot.Answer{Verdict: bot.Answered}, Shown: "Because.", Body: "[]"})
		if err == nil {
			err = kept.Settle(t.Context(), r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := kept.Vote(t.Context(), bot.Vote{Answer: "message1", Member: "ana-the-member", Reason: "missing", Words: "the number", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	run := func(dir string, args ...string) string {
		t.Helper()
		p := launch(t, []string{"DATA_DIR=" + dir}, args...)
		p.exits(exitOK)
		out, _ := p.printed()
		return out
	}
	backup := filepath.Join(folder, "backup.db")
	run(data, "backup", backup) // while the store is open
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(folder, "restored")
	if err := os.Mkdir(restored, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(backup, filepath.Join(restored, "summitbot.db")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{data, restored} {
		out := run(dir, "export", "-since", "1d")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) != 2 || strings.Contains(out, "ana-the-member") {
			t.Fatalf("exported is:\n%s", out)
		}
		var r bot.Record
		if err := json.Unmarshal([]byte(lines[1]), &r); err != nil || r.Question != "how many soldiers have died?" || len(r.Votes) != 1 || r.Votes[0].Words != "the number" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	out := run(restored, "export", "-cases")
	cases, err := eval.ReadCases(strings.NewReader(out))
	if err != nil || len(cases) != 1 || cases[0].Question != "how many soldiers have died?" || cases[0].Expect != "answer" {
		t.Errorf("the cases are %+v, %v", cases, err)
	}
	gold := filepath.Join(folder, "gold.jsonl")
	if err := os.WriteFile(gold, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(restored, "eval", gold); !strings.Contains(out, "voted_down") {
		t.Errorf("evaluated is:\n%s", out)
	}
}
