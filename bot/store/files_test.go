//go:build unix

package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/seeds/seedtest"
)

// The files are for their owner alone, whatever the umask, also those that were
// not when they were opened; a folder of the operator's own stays as it is.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	// Not parallel: the umask is the process's.
	defer syscall.Umask(syscall.Umask(0))
	parent := t.TempDir()
	theirs := filepath.Join(parent, "theirs")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	for folder, mode := range map[string]fs.FileMode{filepath.Join(parent, "made"): 0o700, theirs: 0o755} {
		for _, release := range []string{"this", "an earlier one's"} {
			s, err := Open(t.Context(), Options{Folder: folder, Serving: true})
			if err != nil {
				t.Fatal(err)
			}
			accept(t, s, release, "here", ana, queue.Terms{})
			entries, err := os.ReadDir(folder)
			if err != nil || len(entries) != 4 {
				t.Fatalf("%d files, %v", len(entries), err)
			}
			for _, e := range entries {
				if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s's %s has mode %v, %v", release, e.Name(), info.Mode(), err)
				}
			}
			if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s has mode %v, %v", folder, info.Mode(), err)
			}
			if err := s.Backup(t.Context(), filepath.Join(parent, "backup.db")); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(parent, "backup.db")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the backup has mode %v, %v", info.Mode(), err)
			}
			if err := errors.Join(s.Close(), os.Remove(filepath.Join(parent, "backup.db"))); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{file, lock} { // as earlier releases made them
				if err := os.Chmod(filepath.Join(folder, name), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// What is deleted under a process that serves from it is put back, with all
// that was written before and after.
func TestDeletedFilesComeBack(t *testing.T) {
	t.Parallel()
	index := seedtest.Index(t)
	all := func(folder string) (names []string) {
		for _, name := range sqliteFiles {
			names = append(names, filepath.Join(folder, name))
		}
		return names
	}
	for name, deleted := range map[string]func(folder string) []string{
		"the database": func(folder string) []string { return all(folder)[:1] },
		"the log":      func(folder string) []string { return all(folder)[1:2] },
		"all of it":    all,
		"the folder":   func(folder string) []string { return []string{folder} },
	} {
		for when, finds := range map[string]func(*world) error{
			"while it runs": func(w *world) error { return w.store.Ping(w.Context()) },
			"when it ends":  func(*world) error { return nil },
		} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				folder := filepath.Join(t.TempDir(), "data")
				s, err := Open(t.Context(), Options{Folder: folder, Serving: true, Retention: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				w := startBot(t, s, slowly{Answerer: bot.NewAnswerer(index, bot.Options{})})
				w.answered(w.say("before", "why was Alaska chosen?"))
				w.settles()
				for _, name := range deleted(folder) {
					if err := os.RemoveAll(name); err != nil {
						t.Fatal(err)
					}
				}
				w.answered(w.say("unseen", "why was Alaska chosen?"))
				w.settles()
				if err := finds(w); err != nil {
					t.Errorf("it is not put back: %v", err)
				}
				w.answered(w.say("after", "why was Alaska chosen?"))
				w.settles()
				if when == "while it runs" {
					if other, err := Open(t.Context(), Options{Folder: folder, Serving: true}); err == nil {
						t.Errorf("another process can serve from it, %v", other.Close())
					}
				}
				w.stop()
				again := open(t, Options{Folder: folder})
				if n := count(t, again, `SELECT COUNT(*) FROM question WHERE shown <> ''`); n != 3 {
					t.Errorf("of three questions %d are kept\n%s", n, w.log)
				}
			})
		}
	}
}

// Another database in the place of the one that is open is left alone. Nothing
// more is accepted, as it would be lost, and what was is saved.
func TestReplacedFile(t *testing.T) {
	t.Parallel()
	folder, other := t.TempDir(), t.TempDir()
	s, err := Open(t.Context(), Options{Folder: folder, Serving: true})
	if err != nil {
		t.Fatal(err)
	}
	accept(t, s, "1", "here", ana, queue.Terms{})
	theirs := open(t, Options{Folder: other})
	accept(t, theirs, "2", "here", ben, queue.Terms{})
	backup := filepath.Join(folder, "backup.db")
	if err := errors.Join(theirs.Backup(t.Context(), backup), os.Rename(backup, filepath.Join(folder, file))); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, errReplaced) {
		t.Errorf("it says %v", err)
	}
	if _, err := s.Accept(t.Context(), queue.Row{ID: "3", Event: "{}"}, queue.Terms{}); !errors.Is(err, errReplaced) {
		t.Errorf("a question is accepted that would be lost: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	saved, err := filepath.Glob(filepath.Join(folder, file+".2*"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved are %v, %v", saved, err)
	}
	for name, want := range map[string]string{file: "2", filepath.Base(saved[0]): "1"} {
		if err := os.Rename(filepath.Join(folder, name), filepath.Join(other, "x.db")); err != nil {
			t.Fatal(err)
		}
		to := t.TempDir()
		if err := os.Rename(filepath.Join(other, "x.db"), filepath.Join(to, file)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, open(t, Options{Folder: to}), `SELECT COUNT(*) FROM question WHERE id = '`+want+`'`); n != 1 {
			t.Errorf("%s has not its question", name)
		}
	}
}

// logs waits until the log says something.
func (w *world) logs(part string) {
	w.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(w.log.String(), part) {
			return
		}
	}
	w.Fatalf("the log never says %q:\n%s", part, w.log)
}
