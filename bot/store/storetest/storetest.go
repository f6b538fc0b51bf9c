// Package storetest fills a store's tables for tests, with more than could be
// asked in their time, and keeps a store from its bot.
package storetest

import (
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// Servers is how many servers the questions are from; each has five places,
// and fifty members.
const Servers = 1000

// atOnce is how many rows are written by one statement.
const atOnce = 1000

// form is a moment as the store keeps it, to the second.
const form = "2006-01-02T15:04:05."

// finished are questions that were answered, numbered from $1 to before $2, in
// the second $3. A question has about 50 bytes, and an answer about 500.
const finished = `
	WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST($2 AS BIGINT))
	INSERT INTO question (id, place, server, member, event, answer, attempts, owner, lease, accepted, finished, state, tries, kind, text, shown, verdict, mode, article, sentences, took)
	SELECT CAST(1400000000000000000 + i * 4194304 AS TEXT), CAST(1300000000000000000 + i * 7919 % 5000 AS TEXT),
		CAST(1200000000000000000 + i * 7919 % 1000 AS TEXT), 'a keyed hash ' || CAST(1000000000000000000 + i * 7919 % 50000 AS TEXT),
		'', '', 1, '', '', $3 || SUBSTR(CAST(1000000 + i % 1000 * 1000 AS TEXT), 2) || 'Z', $3 || '999999Z',
		'settled', 1, 'ask', 'What does the article say of matter ' || CAST(i AS TEXT) || '?', $4,
		'answered', 'offline', 'alaska-summit', 's12 s40', 3
	FROM n`

// asked are questions that wait, numbered like the finished ones: each of a
// member of its own, from so many servers as $4 says, in their turn.
const asked = `
	WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST($2 AS BIGINT))
	INSERT INTO question (id, place, server, member, event, answer, attempts, accepted, finished, turn)
	SELECT CAST(1500000000000000000 + i * 4194304 AS TEXT), CAST(1300000000000000000 + i % CAST($4 AS BIGINT) AS TEXT),
		CAST(1200000000000000000 + i % CAST($4 AS BIGINT) AS TEXT), 'a keyed hash ' || CAST(1000000000000000000 + i AS TEXT),
		'what has to be known', '', 0, $3 || SUBSTR(CAST(1000000 + i % 1000 * 1000 AS TEXT), 2) || 'Z', '', i / CAST($4 AS BIGINT)
	FROM n`

// Finished adds n questions that were answered in the last 29 days. n is a
// multiple of 1000.
func Finished(t testing.TB, db *sql.DB, n int) {
	t.Helper()
	fill(t, db, finished, n, time.Now().Add(-29*24*time.Hour), 29*24*time.Hour, strings.Repeat("so the article says; ", 24))
	for _, statement := range []string{`
		INSERT INTO place (place, server, at) SELECT place, MAX(server), MAX(accepted) FROM question WHERE TRUE GROUP BY place
		ON CONFLICT (place) DO NOTHING`, `
		INSERT INTO post (message, question, channel, part, shows, gone) SELECT CAST(CAST(id AS BIGINT) + 1 AS TEXT), id, '', 0, '', FALSE FROM question WHERE finished <> ''
		ON CONFLICT (message) DO NOTHING`} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// FinishedIn is Finished for the file of a store in a folder.
func FinishedIn(t testing.TB, folder string, n int) {
	t.Helper()
	db := openIn(t, folder)
	Finished(t, db, n)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// openIn opens the file of a store in a folder, as another process does.
func openIn(t testing.TB, folder string) *sql.DB {
	t.Helper()
	name := (&url.URL{Path: filepath.ToSlash(filepath.Join(folder, "summitbot.db"))}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=busy_timeout(20000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// Exec carries out statements in the file of a store in a folder.
func Exec(t testing.TB, folder, statements string) {
	t.Helper()
	db := openIn(t, folder)
	_, err := db.ExecContext(t.Context(), statements)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Lock keeps the file of a store in a folder from all others who want to write,
// until it is let go.
func Lock(t testing.TB, folder string) (letGo func()) {
	t.Helper()
	db := openIn(t, folder)
	if _, err := db.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.ExecContext(t.Context(), `ROLLBACK`); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Waiting adds n questions of the last hour that nobody has claimed, from so
// many servers. n is a multiple of 1000.
func Waiting(t testing.TB, db *sql.DB, n, servers int) {
	t.Helper()
	fill(t, db, asked, n, time.Now().Add(-time.Hour), time.Hour, servers)
}

func fill(t testing.TB, db *sql.DB, statement string, n int, begin time.Time, span time.Duration, last any) {
	t.Helper()
	for i := 0; i < n; i += atOnce {
		second := begin.Add(span / time.Duration(n) * time.Duration(i)).UTC().Format(form)
		if _, err := db.ExecContext(t.Context(), statement, i, i+atOnce, second, last); err != nil {
			t.Fatal(err)
		}
	}
}
