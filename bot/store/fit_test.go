package store

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
)

// What a role may not do, and what a database is not, is told with what mends
// it, by Inspect and Open in the same words, and does mend it.
func TestFit(t *testing.T) {
	t.Parallel()
	server := postgrestest.New(t)
	all := opened(t, "pgx", server.URL())
	n := 0
	for name, c := range map[string]struct {
		create  string // more of CREATE DATABASE
		set     []string
		opens   bool   // all the same, for it shows only when there is no room
		what    string // a part of it
		mend    string // a part of it, or where it is SQL all of it behind its colon
		mending bool   // it is
	}{
		"makes no tables": {what: `the role member%d may make no tables in the schema public`, mend: `GRANT CREATE ON SCHEMA "public" TO "member%d"`, mending: true},
		"no schema":       {set: []string{`REVOKE ALL ON SCHEMA public FROM PUBLIC`}, what: "there is no schema that the role member%d may use", mend: `GRANT USAGE, CREATE ON SCHEMA public TO "member%d"`, mending: true},
		"may only read":   {set: []string{"tables", `GRANT SELECT ON ALL TABLES IN SCHEMA public TO member%d`}, what: `the role member%d lacks the right to INSERT, UPDATE, DELETE in "answer", "gateway"`, mend: `GRANT INSERT, UPDATE, DELETE ON "answer"`, mending: true},
		"one right is not there": {set: []string{"tables", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO member%d`, `REVOKE INSERT ON vote FROM member%d`},
			what: `the role member%d lacks the right to INSERT in "vote"`, mend: `GRANT INSERT ON "vote" TO "member%d"`, mending: true},
		"others' tables": {set: []string{"old tables", `GRANT ALL ON ALL TABLES IN SCHEMA public TO member%d`, `GRANT CREATE ON SCHEMA public TO member%d`},
			what: "the tables have to be changed for this release, and the table migration belongs to the role summitbot", mend: `GRANT "summitbot" TO "member%d"`, mending: true},
		"all rights and no ownership": {set: []string{"tables", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO member%d`}, opens: true},
		"a role that only reads":      {set: []string{`ALTER ROLE member%d SET default_transaction_read_only = on`, `GRANT CREATE ON SCHEMA public TO member%d`}, what: "can be read and not written by the role member%d", mend: `ALTER ROLE "member%d" SET default_transaction_read_only = off`, mending: true},
		"an encoding of few letters":  {create: `ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`, what: "encoding is LATIN1", mend: "CREATE DATABASE name ENCODING 'UTF8'"},
		"no room": {set: []string{"tables", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO member%d`,
			`CREATE FUNCTION full_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`,
			`CREATE TRIGGER full_disk BEFORE INSERT ON answer FOR EACH ROW EXECUTE FUNCTION full_disk()`}, opens: true, what: "could not extend file", mend: "make room on the disk"},
	} {
		n++
		id, here := n, func(text string) string { return strings.ReplaceAll(text, "%d", fmt.Sprint(n)) }
		t.Run(name, func(t *testing.T) {
			member, database := fmt.Sprint("member", id), fmt.Sprint("database", id)
			carriedOut(t, all, `CREATE ROLE `+member+` LOGIN PASSWORD 'canary'`, `CREATE DATABASE `+database+` `+c.create)
			u, err := url.Parse(server.URL())
			if err != nil {
				t.Fatal(err)
			}
			u.Path = "/" + database
			owner := opened(t, "pgx", u.String())
			for _, text := range c.set {
				switch text {
				case "tables":
					open(t, Options{URL: u.String()})
				case "old tables":
					carriedOut(t, owner, `CREATE TABLE migration (version INTEGER PRIMARY KEY, at TEXT NOT NULL)`, read(t, "migrations/0001_votes.sql"), `INSERT INTO migration VALUES (1, '')`)
				default:
					carriedOut(t, owner, here(text))
				}
			}
			u.User = url.UserPassword(member, "canary")
			o := Options{URL: u.String(), Serving: true, Retention: time.Hour}
			_, looked := Inspect(t.Context(), o)
			works := func() {
				t.Helper()
				s := open(t, o)
				accept(t, s, "1", "here", "ana", queue.Terms{PerMinute: 1})
				if err := s.Vote(t.Context(), bot.Vote{Answer: "1", Member: "ana", At: time.Now()}); err != nil {
					t.Error(err)
				}
			}
			if c.what == "" {
				if looked != nil {
					t.Errorf("it is said of it: %v", looked)
				}
				works()
				return
			}
			told := func(by string, err error) (mend string) {
				t.Helper()
				trouble, ok := errors.AsType[*Trouble](err)
				if !ok || !strings.Contains(trouble.What(), here(c.what)) || !strings.Contains(trouble.Mend, here(c.mend)) || strings.Contains(err.Error(), "canary") {
					t.Fatalf("%s says %v", by, err)
				}
				return trouble.Mend
			}
			mend := told("Inspect", looked)
			if c.opens {
				works()
				return
			}
			_, err = Open(t.Context(), o)
			if told("Open", err) != mend {
				t.Errorf("Open says %v", err)
			}
			if c.mending {
				_, statement, found := strings.Cut(mend, ": ")
				if !found {
					statement, _, _ = strings.Cut(mend, ", ") // or something else
				}
				carriedOut(t, owner, statement)
				works()
			}
		})
	}
	t.Run("a standby", func(t *testing.T) {
		open(t, Options{URL: server.URL()})
		server.Standby()
		_, looked := Inspect(t.Context(), Options{URL: server.URL()})
		_, err := Open(t.Context(), Options{URL: server.URL()})
		for _, err := range []error{looked, err} {
			if !errors.As(err, new(*Trouble)) || !strings.Contains(err.Error(), "standby") || !strings.Contains(err.Error(), "name the primary") {
				t.Errorf("it is said of it: %v", err)
			}
		}
	})
	t.Run("an old release", func(t *testing.T) {
		err := standing{version: 110_022, encoding: "UTF8", schema: "public"}.trouble()
		if err == nil || err.Error() != "PostgreSQL 11 is too old: use version 12 or a newer one" {
			t.Errorf("it is said of it: %v", err)
		}
	})
	t.Run("who and where", func(t *testing.T) {
		for address, want := range map[string]string{
			strings.Replace(server.URL(), "/postgres?", "/none?", 1):                    "CREATE DATABASE name",
			strings.Replace(server.URL(), postgrestest.Password, "another-password", 1): "check the user and the password",
		} {
			_, looked := Inspect(t.Context(), Options{URL: address})
			_, err := Open(t.Context(), Options{URL: address})
			for _, err := range []error{looked, err} {
				if !errors.As(err, new(*Trouble)) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "another-password") {
					t.Errorf("it is said of it: %v", err)
				}
			}
		}
	})
}
