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
