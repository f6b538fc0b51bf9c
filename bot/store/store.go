// Package store keeps what outlives a restart, in SQLite. Members' ids are
// kept as keyed hashes only.
package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"summitbot/bot"

	_ "modernc.org/sqlite" // the driver
)

// Memory in place of a folder keeps everything in memory, until Close.
const Memory = ":memory:"

const file = "summitbot.db"

// A Store keeps what outlives a restart. It is safe for concurrent use, also
// by several processes on one file.
type Store struct {
	db      *sql.DB
	key     []byte // of the members' hashes
	durable bool   // not in memory
}

// Open opens the store in a folder, which it makes if it is new, and brings
// its tables up to date. A store that a newer release has written is refused.
func Open(ctx context.Context, folder string) (*Store, error) {
	name := Memory
	if folder != Memory {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("making the folder for what is kept (DATA_DIR): %w", err)
		}
		name = "file:" + (&url.URL{Path: filepath.Join(folder, file)}).EscapedPath()
	}
	// A transaction that will write takes the lock at once, so that it never
	// has to give up half-way; FULL loses nothing when the power fails.
	db, err := sql.Open("sqlite", name+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db, durable: folder != Memory}
	if err = s.migrate(ctx); err == nil {
		err = s.readKey(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store in %s: %w", folder, err), db.Close())
	}
	return s, nil
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

//go:embed migrations/*.sql
var migrations embed.FS

// migrate carries out the migrations that the database has not had, each with
// its note in one transaction.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	return s.do(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, at TEXT NOT NULL)`); err != nil {
			return err
		}
		var has int
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM migration`).Scan(&has); err != nil {
			return err
		}
		if has > len(files) {
			return fmt.Errorf("it is of a newer release (version %d, this one knows %d): run that release, or name another DATA_DIR", has, len(files))
		}
		for i, name := range files[has:] {
			text, err := migrations.ReadFile(name)
			if err != nil {
				return err
			}
			number, _, _ := strings.Cut(path.Base(name), "_")
			if n, err := strconv.Atoi(number); err != nil || n != has+i+1 {
				return fmt.Errorf("migration %s is out of order", name)
			}
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO migration (version, at) VALUES (?, ?)`, has+i+1, stamp(time.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// readKey reads the key of the members' hashes, made when the store is new.
func (s *Store) readKey(ctx context.Context) error {
	return s.do(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL)`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO secret (name, value) VALUES ('member', ?) ON CONFLICT (name) DO NOTHING`, rand.Text()); err != nil {
			return err
		}
		var key string
		err := tx.QueryRowContext(ctx, `SELECT value FROM secret WHERE name = 'member'`).Scan(&key)
		s.key = []byte(key)
		return err
	})
}

// do runs a transaction.
func (s *Store) do(ctx context.Context, run func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := run(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// member is a member's id as it is kept.
func (s *Store) member(id string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(id))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// stamp is a moment as it is kept: in order when sorted as text.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Vote keeps a vote in place of the member's earlier one on the same answer.
func (s *Store) Vote(ctx context.Context, v bot.Vote) error {
	_, err := s.db.ExecContext(ctx, `
		INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (answer, member) DO UPDATE SET up = excluded.up, reason = excluded.reason, words = excluded.words, at = excluded.at`,
		v.Answer, s.member(v.Member), v.Up, v.Reason, v.Words, v.Question, v.Text, v.Article, strings.Join(v.Sentences, " "), stamp(v.At))
	if err != nil {
		return fmt.Errorf("keeping a vote: %w", err)
	}
	return nil
}

// Votes returns all votes, the oldest first. Their members are hashes.
func (s *Store) Votes(ctx context.Context) ([]bot.Vote, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT answer, member, up, reason, words, question, text, article, sentences, at FROM vote ORDER BY at, answer, member`)
	if err != nil {
		return nil, fmt.Errorf("reading the votes: %w", err)
	}
	defer rows.Close()
	var all []bot.Vote
	for rows.Next() {
		var v bot.Vote
		var sentences, at string
		if err := rows.Scan(&v.Answer, &v.Member, &v.Up, &v.Reason, &v.Words, &v.Question, &v.Text, &v.Article, &sentences, &at); err != nil {
			return nil, fmt.Errorf("reading a vote: %w", err)
		}
		if v.At, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, fmt.Errorf("reading a vote: %w", err)
		}
		v.Sentences = strings.Fields(sentences)
		all = append(all, v)
	}
	return all, rows.Err()
}

// Forget deletes a member's votes.
func (s *Store) Forget(ctx context.Context, member string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM vote WHERE member = ?`, s.member(member)); err != nil {
		return fmt.Errorf("forgetting a member: %w", err)
	}
	return nil
}
