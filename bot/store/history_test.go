package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
)

// A migration is never changed: databases that have had it would lack what it
// says then. A change is a new file, and a new line here.
func TestMigrationsAreAsTheyWere(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"migrations/0001_votes.sql":     "02485f2fe6765ee9",
		"migrations/0002_questions.sql": "3bf66f1821e67a92",
		"migrations/0003_lease.sql":     "71a377c1821709f8",
		"migrations/0004_shards.sql":    "d3a4ff8d6c0b7c37",
		"migrations/0005_row.sql":       "e8b076d2885f8477",
	}
	names, err := fs.Glob(migrations, "migrations/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if hash := sha256.Sum256(text); hex.EncodeToString(hash[:8]) != want[name] {
			t.Errorf("%s has the hash %x: change nothing in it, write a new migration", name, hash[:8])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is gone: databases were made by it", name)
	}
}

// onBothEngines runs a test with new databases of SQLite and of PostgreSQL.
func onBothEngines(t *testing.T, run func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options))) {
	t.Run("SQLite", func(t *testing.T) {
		run(t, func(t *testing.T) (*sql.DB, Options) {
			o := Options{Folder: t.TempDir()}
			return opened(t, "sqlite", filepath.Join(o.Folder, file)), o
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := postgrestest.New(t)
		all, n := opened(t, "pgx", server.URL()), 0
		run(t, func(t *testing.T) (*sql.DB, Options) {
			n++
			name := fmt.Sprint("database", n)
			carriedOut(t, all, `CREATE DATABASE `+name)
			u, err := url.Parse(server.URL())
			if err != nil {
				t.Fatal(err)
			}
			u.Path = "/" + name
			return opened(t, "pgx", u.String()), Options{URL: u.String()}
		})
	})
}

func opened(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// carriedOut carries out texts of SQL.
func carriedOut(t *testing.T, db *sql.DB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// schema is all that a database is made of, but for the order of its columns,
// which every statement names.
func schema(t *testing.T, s *Store) (all []string) {
	t.Helper()
	query := `
		SELECT 'column ' || m.name || ' ' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || COALESCE(c.dflt_value, '-') || ' ' || c.pk
			FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'
		UNION SELECT sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL`
	if s.postgres {
		query = `
			SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, '-')
				FROM information_schema.columns WHERE table_schema = current_schema()
			UNION SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()`
	}
	rows, err := s.db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// A database that was made by any text in which the third migration ever stood
// becomes like a new one, keeps what it held, and works.
func TestHistory(t *testing.T) {
	t.Parallel()
	first, second, shards := read(t, "migrations/0001_votes.sql"), read(t, "migrations/0002_questions.sql"), read(t, "migrations/0004_shards.sql")
	type made struct {
		name  string
		texts []string // the migrations that it has had, by their numbers
		lease bool
	}
	all := []made{{"0003_shards", []string{first, second, read(t, "testdata/history/0003_shards.sql")}, false}}
	for i := 1; i <= 5; i++ {
		lease := read(t, fmt.Sprintf("testdata/history/0003_lease.%d.sql", i))
		all = append(all, made{fmt.Sprintf("0003_lease.%d", i), []string{first, second, lease}, true},
			made{fmt.Sprintf("0003_lease.%d and 0004_shards", i), []string{first, second, lease, shards}, true})
	}
	onBothEngines(t, func(t *testing.T, fresh func(t *testing.T) (*sql.DB, Options)) {
		_, o := fresh(t)
		want := schema(t, open(t, o))
		for _, m := range all {
			t.Run(m.name, func(t *testing.T) {
				db, o := fresh(t)
				carriedOut(t, db, `CREATE TABLE migration (version INTEGER PRIMARY KEY, at TEXT NOT NULL)`)
				for i, text := range m.texts {
					carriedOut(t, db, text, fmt.Sprintf(`INSERT INTO migration (version, at) VALUES (%d, '2026-11-24T12:00:00.000000Z')`, i+1))
					if i == 1 {
						carriedOut(t, db, read(t, "testdata/history/rows2.sql"))
					}
				}
				waiting, finished := []string{"1400000000000000001", "1400000000000000002"}, []string{"1400000000000000003"}
				if m.lease {
					carriedOut(t, db, read(t, "testdata/history/rows3.sql"))
					waiting, finished = append(waiting, "1400000000000000004", "1400000000000000005"), append(finished, "1400000000000000006")
				}
				s := open(t, o)
				if got := schema(t, s); !slices.Equal(got, want) {
					t.Errorf("the schema is\n%s\nand a new one\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				lives(t, s, waiting, finished)
				again := open(t, o)
				if got := schema(t, again); !slices.Equal(got, want) {
					t.Error("it is not the same when it is opened again")
				}
			})
		}
	})
}

// lives has a store answer what waits in it, and a new question.
func lives(t *testing.T, s *Store, waiting, finished []string) {
	t.Helper()
	accept(t, s, "1500000000000000001", "here", "dan", queue.Terms{PerMinute: 5})
	var claimed []string
	for range 10 { // what a member asks in one place comes one after the other
		some, err := s.Claim(t.Context(), 10, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range some {
			claimed = append(claimed, p.ID)
			if want := "what has to be known of " + p.ID[len(p.ID)-1:]; p.Event != want && p.Place != "here" {
				t.Errorf("of %s there is to be known %q, and not %q", p.ID, p.Event, want)
			}
			if want := map[string]string{"1400000000000000002": "an answer that is not posted"}[p.ID]; p.Body != want {
				t.Errorf("the answer to %s is %q, and not %q", p.ID, p.Body, want)
			}
			settle(t, s, p, inWords("text of "+p.ID, "Because."))
		}
	}
	want := append(slices.Clone(waiting), "1500000000000000001")
	slices.Sort(claimed)
	if !slices.Equal(claimed, want) {
		t.Errorf("claimed were %v, and not %v", claimed, want)
	}
	want = append(want, finished...)
	slices.Sort(want)
	var told []string
	if err := s.Records(t.Context(), "", time.Time{}, func(r bot.Record) error {
		told = append(told, r.ID)
		if r.ID == "1400000000000000006" && (r.Question != "Why Alaska?" || len(r.History) != 1 || r.Usage.PromptTokens != 1800 || len(r.Votes) != 1 || len(r.Sentences) != 2) {
			t.Errorf("it is told of as %+v", r)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	slices.Sort(told)
	if !slices.Equal(told, want) {
		t.Errorf("told are %v, and not %v", told, want)
	}
	if votes, err := s.Votes(t.Context()); err != nil || len(votes) != 1 || votes[0].Words != "it's short; too short" || votes[0].Up {
		t.Errorf("the votes are %+v, %v", votes, err)
	}
	if places, err := s.Places(t.Context(), time.Time{}); err != nil || len(places) < 3 {
		t.Errorf("the places are %v, %v", places, err)
	}
	if err := s.Purge(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}
