package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
)

// listed are the files in a folder.
func listed(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestInspect(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := Inspect(t.Context(), Options{Folder: folder})
	if err != nil || s.Made || s.Known == 0 || listed(t, folder) != "" {
		t.Errorf("an empty folder: %+v, %v; then it holds %s", s, err, listed(t, folder))
	}
	if s, err = Inspect(t.Context(), Options{Folder: filepath.Join(folder, "none")}); err != nil || s.Made {
		t.Errorf("no folder: %+v, %v", s, err)
	}

	// While it is in use, with what is only in the log that is written ahead.
	kept, err := Open(t.Context(), Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Accept(t.Context(), queue.Row{ID: "1"}, queue.Terms{Claim: true}); err != nil {
		t.Fatal(err)
	}
	want := State{Name: filepath.Join(folder, file), Made: true, Version: s.Known, Known: s.Known, Waiting: 1}
	before := listed(t, folder)
	if s, err = Inspect(t.Context(), Options{Folder: folder}); err != nil || s != want {
		t.Errorf("in use: %+v, %v", s, err)
	}
	settle(t, kept, claimedFirst("1"), queue.Result{})
	if after := listed(t, folder); after != before {
		t.Errorf("it held %s, and then %s", before, after)
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	want.Waiting = 0
	before = listed(t, folder)
	if s, err = Inspect(t.Context(), Options{Folder: folder}); err != nil || s != want || listed(t, folder) != before {
		t.Errorf("not in use: %+v, %v; it held %s, and then %s", s, err, before, listed(t, folder))
	}
}

func TestInspectFindsTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, path string)
		damaged bool
		version int
	}{
		"no database": {func(t *testing.T, path string) { spoiled(t, path, []byte(strings.Repeat("not a database ", 100))) }, true, 0},
		"a page of noise": {func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < min(8192, len(data)); i++ {
				data[i] = byte(i * 7)
			}
			spoiled(t, path, data)
		}, true, 0},
		"an empty file": {func(t *testing.T, path string) { spoiled(t, path, nil) }, false, 0},
		"a newer release": {func(t *testing.T, path string) {
			altered(t, path, `INSERT INTO migration (version, at) VALUES (99, '')`, `DROP TABLE question`)
		}, false, 99},
		"an older release": {func(t *testing.T, path string) {
			altered(t, path, `DELETE FROM migration WHERE version > 1`, `DROP TABLE question`)
		}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			kept, err := Open(t.Context(), Options{Folder: folder})
			if err == nil {
				err = kept.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(t, filepath.Join(folder, file))
			before := listed(t, folder)
			s, err := Inspect(t.Context(), Options{Folder: folder})
			if errors.Is(err, ErrDamaged) != c.damaged || !c.damaged && err != nil || s.Version != c.version {
				t.Errorf("found %+v, %v", s, err)
			}
			if after := listed(t, folder); after != before {
				t.Errorf("it held %s, and then %s", before, after)
			}
		})
	}
}

func spoiled(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// altered carries out statements on a database.
func altered(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInspectPostgres(t *testing.T) {
	t.Parallel()
	server := postgrestest.New(t)
	o := Options{URL: server.URL()}
	s, err := Inspect(t.Context(), o)
	if err != nil || s.Made || s.Known == 0 || !strings.Contains(s.Name, server.Address) {
		t.Errorf("an empty database: %+v, %v", s, err)
	}
	accept(t, open(t, o), "1", "here", "ana", queue.Terms{})
	if s, err = Inspect(t.Context(), o); err != nil || !s.Made || s.Version != s.Known || s.Waiting != 1 {
		t.Errorf("in use: %+v, %v", s, err)
	}
	o.URL += "&default_transaction_read_only=on"
	if _, err := Inspect(t.Context(), o); !errors.As(err, new(*Trouble)) || !strings.Contains(err.Error(), "not written") {
		t.Errorf("read-only: %v", err)
	}
	server.Stop()
	if _, err := Inspect(t.Context(), o); err == nil || strings.Contains(err.Error(), postgrestest.Password) {
		t.Errorf("away: %v", err)
	}
}
