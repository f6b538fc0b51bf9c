package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
)

// A left is what a release has left in a database.
type left struct {
	Open     map[string]leftOpen `json:"open"`     // by the question's id
	Records  []bot.Record        `json:"records"`  // finished ones, with their votes
	Votes    int                 `json:"votes"`    // of all
	Kept     map[string]string   `json:"kept"`     // answers, by their keys
	Sessions []string            `json:"sessions"` // of the shards
}

// A leftOpen is an open question; of older releases' there is no state.
type leftOpen struct {
	Event, Answer string
	State         queue.State
	Posts         []string
}

// A database as each version of the tables has left it is opened, and nothing
// in it is lost: what is open can be claimed, with all that has to be known to
// answer it, and what is finished is told. The files are as those releases
// wrote them, on SQLite and PostgreSQL alike, and are never written anew.
func TestReleases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/releases/*.sql")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		for _, name := range files {
			t.Run(filepath.Base(name), func(t *testing.T) {
				db, o := fresh(t)
				carriedOut(t, db, read(t, name))
				var want left
				if err := json.Unmarshal([]byte(read(t, strings.TrimSuffix(name, ".sql")+".json")), &want); err != nil {
					t.Fatal(err)
				}
				o.Serving = true
				want.isThere(t, open(t, o))
				want.Open, want.Records = nil, nil // it was answered, and told
				want.isThere(t, open(t, Options{Folder: o.Folder, URL: o.URL}))
			})
		}
	})
}

// isThere looks for all that was left, answers what is open, and looks again.
func (l *left) isThere(t *testing.T, s *Store) {
	t.Helper()
	if l.Records != nil {
		l.isTold(t, s)
	}
	claimed := 0
	for range l.Open { // what a member asks in one place comes one after the other
		some, err := s.Claim(t.Context(), len(l.Open), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range some {
			claimed++
			want, known := l.Open[p.ID]
			if want.State == "" {
				if want.State = queue.Accepted; want.Answer != "" {
					want.State = queue.Answered
				}
			}
			if !known || p.Event != want.Event || p.Body != want.Answer || p.State != want.State || fmt.Sprint(messages(p)) != fmt.Sprint(want.Posts) || p.Place == "" || p.Accepted.IsZero() {
				t.Errorf("claimed is %+v, and not %+v", p, want)
			}
			if a, err := s.Accept(t.Context(), queue.Row{ID: p.ID, Place: p.Place}, queue.Terms{}); err != nil || a.Fresh {
				t.Errorf("%s is accepted again: %v", p.ID, err)
			}
			settle(t, s, p, queue.Result{})
		}
	}
	if open, err := s.OpenQuestions(t.Context()); err != nil || open != 0 || claimed != len(l.Open) {
		t.Errorf("of %d open questions %d were claimed, and %d are still open, %v", len(l.Open), claimed, open, err)
	}
	votes, err := s.Votes(t.Context())
	if err != nil || len(votes) != l.Votes {
		t.Errorf("there are %d votes, and not %d: %v", len(votes), l.Votes, err)
	}
	for _, v := range votes {
		if !v.Up && v.Words != "it's short; too short" || v.Question == "" || v.Text == "" || len(v.Sentences) != 2 || v.At.IsZero() || v.Member == "" {
			t.Errorf("a vote is %+v", v)
		}
	}
	for key, want := range l.Kept {
		if body, err := s.Recall(t.Context(), key); err != nil || string(body) != want {
			t.Errorf("kept for %q is %s, %v", key, body, err)
		}
	}
	if l.Sessions == nil {
		return
	}
	share, err := s.Gateway(true).Hold(t.Context(), bot.GatewayClaim{Shards: len(l.Sessions), Lease: time.Nanosecond})
	var sessions []string
	for _, shard := range share.Shards {
		sessions = append(sessions, shard.Session.ID)
	}
	if err != nil || fmt.Sprint(sessions) != fmt.Sprint(l.Sessions) {
		t.Errorf("the shards' sessions are %q, and not %q: %v", sessions, l.Sessions, err)
	}
}

// messages are those that show a question's answer.
func messages(r queue.Row) (all []string) {
	for _, p := range r.Posts {
		all = append(all, p.Message)
	}
	return all
}

// isTold looks for the finished questions as reports and exports have them.
func (l *left) isTold(t *testing.T, s *Store) {
	t.Helper()
	var told []bot.Record
	if err := s.Records(t.Context(), "", time.Time{}, func(r bot.Record) error {
		told = append(told, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(told, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.MarshalIndent(l.Records, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("told is\n%s\nand not\n%s", got, want)
	}
}
