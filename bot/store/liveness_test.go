package store

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
)

// What a process of the same machine held is free as soon as the next one
// finds it dead; what it holds while it lives, and what one of another machine
// held, is not before its leases end.
func TestMeetDead(t *testing.T) {
	t.Parallel()
	url := postgrestest.New(t).URL()
	here, elsewhere := t.TempDir(), t.TempDir()
	first := open(t, Options{URL: url, Folder: here, Serving: true})
	accept(t, first, "1", "here", "ana", queue.Terms{Claim: true})
	hold(t, first.Gateway(true), claim)
	files := func() []string {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(here, processes, "*", "*"+alive))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	its := files()
	if len(its) != 1 {
		t.Fatalf("there are the files %v", its)
	}
	for _, c := range []struct {
		name, folder string
		dead, free   bool
	}{
		{"alive", here, false, false},
		{"dead on another machine", elsewhere, true, false},
		{"dead", here, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.dead { // one that was killed leaves the file, without its lock
				if err := os.Remove(its[0]); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(its[0], nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := Open(t.Context(), Options{URL: url, Folder: c.folder, Serving: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			claimed, err := s.Claim(t.Context(), 9, nil, nil)
			if err != nil || (len(claimed) == 1) != c.free {
				t.Errorf("claimed are %v, %v", ids(claimed), err)
			}
			g := s.Gateway(true)
			if _, got, _ := hold(t, g, claim); (len(got) == claim.Shards) != c.free {
				t.Errorf("held are %v", got)
			}
			if err := g.Release(t.Context(), bot.Self{}, nil, true); err != nil {
				t.Fatal(err)
			}
		})
	}
	if left := files(); len(left) != 0 {
		t.Errorf("the files %v are left", left)
	}
}

// What the process before had claimed in a folder is free for the next one that
// serves from it, at once; for one that only looks it is not.
func TestNextInTheFolder(t *testing.T) {
	t.Parallel()
	o := Options{Folder: t.TempDir(), Serving: true}
	dead, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	accept(t, dead, "1", "here", "ana", queue.Terms{Claim: true})
	if err := dead.Close(); err != nil { // as a killed one: nothing is released
		t.Fatal(err)
	}
	for _, serving := range []bool{false, true} {
		o.Serving = serving
		claimed, err := open(t, o).Claim(t.Context(), 9, nil, nil)
		if err != nil || (len(claimed) == 1) != serving {
			t.Errorf("serving %t: claimed are %v, %v", serving, ids(claimed), err)
		}
	}
}

// Processes that start and end side by side do not take each other for dead.
func TestMeetEachOther(t *testing.T) {
	t.Parallel()
	url := postgrestest.New(t).URL()
	here := t.TempDir()
	lasting := open(t, Options{URL: url, Folder: here, Serving: true})
	accept(t, lasting, "1", "here", "ana", queue.Terms{Claim: true})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				s, err := Open(t.Context(), Options{URL: url, Folder: here, Serving: true})
				if err != nil {
					t.Error(err)
					return
				}
				if claimed, err := s.Claim(t.Context(), 9, nil, nil); err != nil || len(claimed) > 0 {
					t.Errorf("claimed are %v, %v", ids(claimed), err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A folder that cannot be written keeps nobody from serving.
func TestNowhereToMeet(t *testing.T) {
	t.Parallel()
	taken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, Options{URL: postgrestest.New(t).URL(), Folder: taken, Serving: true})
}

// What SQLite has kept outlives a loss of power: a transaction is on the disk
// before it returns.
func TestSynchronous(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Folder: t.TempDir(), Serving: true})
	const full = 2 // https://www.sqlite.org/pragma.html#pragma_synchronous
	if n := count(t, s, `PRAGMA synchronous`); n != full {
		t.Errorf("SQLite is told to sync at level %d, not %d", n, full)
	}
}
