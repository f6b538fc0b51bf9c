package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestVotes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a new folder", "with % and ?")
	s := open(t, folder)
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	down := bot.Vote{Answer: "1", Member: "ana", Reason: "missing", Words: "‘; DROP TABLE vote; --", Question: "Why?", Text: "Because.", Article: "abc", Sentences: []string{"s1", "s45"}, At: at}
	up := down
	up.Up, up.Reason, up.At = true, "", at.Add(time.Minute)
	for _, v := range []bot.Vote{down, up, {Answer: "1", Member: "ben", At: at}, {Answer: "2", Member: "ana", At: at}} {
		if err := s.Vote(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, folder) // another process
	votes, err := again.Votes(t.Context())
	if err != nil || len(votes) != 3 {
		t.Fatalf("%d votes, %v", len(votes), err)
	}
	last := votes[2]
	if !last.Up || last.Reason != "" || last.Words != down.Words || !last.At.Equal(up.At) || strings.Join(last.Sentences, " ") != "s1 s45" {
		t.Errorf("the changed vote is %+v", last)
	}
	if strings.Contains(last.Member, "ana") || last.Member == "" {
		t.Errorf("the member is kept as %q", last.Member)
	}
	if err := again.Forget(t.Context(), "ana"); err != nil {
		t.Fatal(err)
	}
	if votes, err = s.Votes(t.Context()); err != nil || len(votes) != 1 {
		t.Errorf("%d votes are left, %v", len(votes), err)
	}
}

func TestMemory(t *testing.T) {
	s := open(t, Memory)
	if err := s.Vote(t.Context(), bot.Vote{Answer: "1", Member: "ana"}); err != nil {
		t.Fatal(err)
	}
	if votes, err := s.Votes(t.Context()); err != nil || len(votes) != 1 {
		t.Errorf("%d votes, %v", len(votes), err)
	}
}

// What cannot be opened says why, and what to do.
func TestRefusals(t *testing.T) {
	newer := t.TempDir()
	s := open(t, newer)
	if _, err := s.db.ExecContext(t.Context(), `INSERT INTO migration (version, at) VALUES (999, '')`); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, file), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{newer: "newer release", broken: "not a database", taken: "DATA_DIR"} {
		if _, err := Open(t.Context(), folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", folder, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ended, t.TempDir()); err == nil {
		t.Error("a context that has ended opens a store")
	}
}

// A question is accepted once, comes back until it is finished, and is known
// afterwards without its words.
func TestQuestions(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	now := time.Now()
	ask := func(id string, want bool) {
		t.Helper()
		if fresh, err := s.Accept(t.Context(), bot.Pending{ID: id, Place: "here", Event: "secret words " + id, Accepted: now}); err != nil || fresh != want {
			t.Errorf("accepting %s: %t, %v", id, fresh, err)
		}
	}
	ask("9", true)
	ask("10", true)
	ask("9", false)
	if err := s.Answered(t.Context(), "9", "an answer"); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), "10"); err != nil {
		t.Fatal(err)
	}
	ask("10", false)
	again := open(t, folder)
	for attempts := 1; attempts < 3; attempts++ {
		all, err := again.Resume(t.Context())
		if n, err := again.Attempt(t.Context(), "9"); err != nil || n != attempts {
			t.Errorf("%d attempts, want %d, %v", n, attempts, err)
		}
		if err != nil || len(all) != 1 || all[0].ID != "9" || all[0].Answer != "an answer" || !all[0].Accepted.Equal(now.UTC().Truncate(time.Millisecond)) {
			t.Fatalf("open are %+v, %v", all, err)
		}
	}
	places, err := s.Places(t.Context(), now.Add(-time.Hour))
	if err != nil || len(places) != 1 || places["here"] != "10" {
		t.Errorf("places %v, %v", places, err)
	}
	if err := s.Finish(t.Context(), "9"); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Resume(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("open are %+v, %v", all, err)
	}
	var n int
	if err := s.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM question WHERE event <> '' OR answer <> ''`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d finished questions still have their words, %v", n, err)
	}
	if !s.Durable() || open(t, Memory).Durable() {
		t.Error("a folder is durable, memory is not")
	}
}
