package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/seeds/seedtest"
)

// smallDisk is a folder on a disk of its own, of so many bytes. That needs root
// on Linux, which the gate has.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	folder := t.TempDir()
	err := syscall.Mount("none", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if errors.Is(err, syscall.EPERM) && os.Getenv("SUMMITBOT_CI") == "" {
		t.Skip("a disk of a test's own needs root")
	}
	if err != nil {
		t.Fatalf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Errorf("unmounting the small disk: %v", err)
		}
	})
	return folder
}

// A disk that is really full: members are answered, /readyz's question gets the
// truth, the operator is told once, and once when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	folder := smallDisk(t, 1<<20)
	s, err := Open(t.Context(), Options{Folder: folder, Serving: true, Retention: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w := startBot(t, s, slowly{Answerer: bot.NewAnswerer(seedtest.Index(t), bot.Options{})})
	w.answered(w.say("one", "why was Alaska chosen?"))
	w.settles()
	// Nothing is left, not even what the log had before.
	if err := s.emptyLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	junk := filepath.Join(folder, "junk")
	if err := os.WriteFile(junk, make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("the store says that it can be written to")
	}
	w.answered(w.say("two", "why was Alaska chosen?"))
	w.logs("the store is away")
	w.answered(w.say("three", "why was Alaska chosen?"))
	if err := os.Remove(junk); err != nil {
		t.Fatal(err)
	}
	w.logs("the store is there again")
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("there is room again: %v", err)
	}
	w.answered(w.say("four", "why was Alaska chosen?"))
	w.settles()
	w.stop()
	for _, told := range []string{"the store is away", "the store is there again"} {
		if n := strings.Count(w.log.String(), told); n != 1 {
			t.Errorf("%q is told %d times", told, n)
		}
	}
	for _, channel := range []string{"one", "two", "three", "four"} {
		if n := w.said(channel); n != 1 {
			t.Errorf("in %s the bot said %d things", channel, n)
		}
	}
}
