package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
)

// onDisk are the bytes of a store's files, that of the lock aside.
func onDisk(t *testing.T, folder string) []byte {
	t.Helper()
	var all []byte
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

// Members of the tests that read files: the ids of Discord are such.
const ana, ben = "424242424242424242", "535353535353535353"

// talkOf has members ask, get answers, vote and spend, in turn, so much that the
// pages of the tables and of their indexes are divided again and again.
func talkOf(t *testing.T, s *Store, from, to int, age time.Duration, members ...string) {
	t.Helper()
	shift(s, -age)
	defer shift(s, age)
	for i := from; i < to; i++ {
		m := members[i%len(members)]
		words := strings.Repeat("asked by "+m+" ", 1+i%40)
		p := queue.Row{ID: fmt.Sprint(1_000_000_000_000_000_000 + i*7919%5000), Place: fmt.Sprint(i % 7), Server: "1", Member: m, Kind: bot.Ask, Text: words, Event: `{"author":"` + m + `","content":"` + words + `"}`, Fence: 1}
		if _, err := s.Accept(t.Context(), p, queue.Terms{Claim: true}); err != nil {
			t.Fatal(err)
		}
		q := bot.Question{ID: p.ID, Server: "1", Member: m, Kind: bot.Ask, Text: words, History: []string{"before: " + words}}
		a := bot.Answer{Verdict: bot.NotInArticle, Refusal: &bot.Refusal{Reason: bot.Lacks, Lacking: "lacking to " + m}}
		f := queue.Result{Question: q, Answer: a, Shown: "shown to " + m + strings.Repeat(" again", i%300), Body: "answered to " + m + words}
		settle(t, s, p, f, p.ID+"0")
		for _, voter := range members { // also on others' answers
			v := bot.Vote{Answer: p.ID + "0", Member: voter, Words: "voted by " + voter, Question: words, Text: f.Shown, At: s.now()}
			if err := s.Vote(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Spend(t.Context(), q, bot.Usage{Calls: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

// traces tells what of a member stands in bytes: the id, which all the words of
// talkOf hold, and the hash under which they are kept.
func traces(s *Store, all []byte, member string) []string {
	var found []string
	for what, trace := range map[string]string{"id": member, "hash": s.member(member)} {
		if n := bytes.Count(all, []byte(trace)); n > 0 {
			found = append(found, fmt.Sprintf("%d times the %s", n, what))
		}
	}
	return found
}

// What a member has forgotten is no longer in the files, nor what has been kept
// long enough; what others asked is.
func TestFilesForget(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*Store) error{
		"/forget-me": func(s *Store) error { return s.Forget(t.Context(), ana) },
		"RETENTION_DAYS": func(s *Store) error {
			shift(s, 20*24*time.Hour)
			return s.Purge(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Folder: t.TempDir(), Serving: true}
			s := open(t, o)
			talkOf(t, s, 0, 400, 15*24*time.Hour, ana, "717171717171717171")
			talkOf(t, s, 400, 800, 0, ben)
			if found := traces(s, onDisk(t, o.Folder), ana); len(found) != 2 {
				t.Fatalf("the files have %v", found)
			}
			if err := forget(s); err != nil {
				t.Fatal(err)
			}
			if found := traces(s, onDisk(t, o.Folder), ana); found != nil {
				t.Errorf("the files still have %v", found)
			}
			if found := traces(s, onDisk(t, o.Folder), ben); len(found) != 2 {
				t.Errorf("of another member the files have %v", found)
			}
		})
	}
}

// Who asks to be forgotten has not more to ask for: how fast they asked is kept
// until that is over, under a hash which leads to nothing else, and another each
// day.
func TestForgetResetsNoAllowance(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store, another func() *Store) {
		terms := queue.Terms{PerMinute: 2}
		accept(t, s, "1", "here", ana, terms)
		accept(t, another(), "2", "here", ana, terms)
		if err := another().Forget(t.Context(), ana); err != nil {
			t.Fatal(err)
		}
		if a := accept(t, s, "3", "here", ana, terms); a.Fresh || a.Wait <= 0 {
			t.Errorf("a member who was forgotten may ask again: %+v", a)
		}
		if n := count(t, s, `SELECT COUNT(*) FROM quota WHERE member = '`+s.member(ana)+`' OR member = '`+ana+`'`); n != 0 {
			t.Error("how fast a member asks is kept under the hash of what was deleted")
		}
		pacers := func() int { return count(t, s, `SELECT COUNT(*) FROM quota`) }
		if n := pacers(); n != 1 {
			t.Errorf("of one member %d paces are kept", n)
		}
		shift(s, 24*time.Hour)
		accept(t, s, "4", "here", ana, terms)
		if n := pacers(); n != 2 {
			t.Errorf("on another day a member has the same hash: there are %d", n)
		}
		shift(s, time.Minute)
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := pacers(); n != 0 {
			t.Errorf("%d paces are kept that are over", n)
		}
	})
}

// A question that is being answered when its member forgets is answered, and
// leaves nothing once what is deleted is looked for.
func TestForgetWhileAnswering(t *testing.T) {
	t.Parallel()
	o := Options{Folder: t.TempDir(), Serving: true}
	s := open(t, o)
	p := queue.Row{ID: "1", Place: "here", Member: ana, Text: "asked by " + ana, Event: `{"author":"` + ana + `"}`, Fence: 1, Posts: []queue.Post{{Message: "10"}}}
	if a, err := s.Accept(t.Context(), p, queue.Terms{Claim: true, PerMinute: 9}); err != nil || !a.Claimed {
		t.Fatal(a, err)
	}
	if err := s.Forget(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), p); err != nil {
		t.Errorf("the question is not this process's to answer any more: %v", err)
	}
	q := bot.Question{ID: "1", Kind: bot.Ask, Text: "asked by " + ana, Member: ana}
	if err := s.Spend(t.Context(), q, bot.Usage{Calls: 1}); err != nil {
		t.Fatal(err)
	}
	settle(t, s, p, queue.Result{Question: q, Shown: "shown to " + ana, Body: "answered to " + ana})
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := traces(s, onDisk(t, o.Folder), ana); found != nil {
		t.Errorf("the files have %v", found)
	}
	if n := count(t, s, `SELECT (SELECT COUNT(*) FROM question WHERE place <> '' OR NOT unsure) + (SELECT COUNT(*) FROM post)`); n != 0 {
		t.Error("where it was answered is kept")
	}
	if a := accept(t, s, "1", "here", ana, queue.Terms{}); a.Fresh {
		t.Error("it is answered again")
	}
}

// What an earlier release deleted without overwriting it goes when the file is
// opened to serve from, once.
func TestOverwritesWhatWasDeleted(t *testing.T) {
	t.Parallel()
	o := Options{Folder: t.TempDir(), Serving: true}
	s := open(t, o)
	talkOf(t, s, 0, 200, 0, ana, ben)
	for _, statement := range []string{`PRAGMA user_version = 0`, `PRAGMA secure_delete = OFF`, `DELETE FROM question`, `DELETE FROM vote`, `DELETE FROM usage`} {
		if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if found := traces(s, onDisk(t, o.Folder), ana); found == nil {
		t.Fatal("an earlier release leaves nothing")
	}
	s = open(t, o)
	if found := traces(s, onDisk(t, o.Folder), ana); found != nil {
		t.Errorf("the files have %v", found)
	}
	if n := count(t, s, `PRAGMA user_version`); n != overwritten {
		t.Errorf("the next start writes it anew again: %d", n)
	}
}
