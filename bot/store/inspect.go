package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// A State is what is found of a store without changing it.
type State struct {
	Name    string // of the database, for people
	Made    bool   // it is there, with tables
	Version int    // of its tables
	Known   int    // the newest version that this release knows
	Waiting int    // questions that are not finished
}

// ErrDamaged means that a database does not hold together.
var ErrDamaged = errors.New("the database is damaged")

// Inspect looks at a store, also while it is in use. It makes
// no database where there is none and brings no tables up to date, but reads
// the whole of it to see that it holds together. What a killed process has
// left in the log that is written ahead goes into the database then, as at the
// next start.
func Inspect(ctx context.Context, o Options) (State, error) {
	if o.URL != "" {
		return inspectPostgres(ctx, o)
	}
	s := State{Name: filepath.Join(o.Folder, file)}
	names, err := migrationNames()
	if err != nil {
		return s, err
	}
	s.Known = len(names)
	f, err := os.OpenFile(s.Name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	s.Made = true
	if err != nil {
		return s, err
	}
	if err := f.Close(); err != nil {
		return s, err
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: s.Name}).EscapedPath()+"?mode=rw&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		return s, fmt.Errorf("opening the store: %w", err)
	}
	db.SetMaxOpenConns(1)
	return s, errors.Join(s.read(ctx, db), db.Close())
}

// inspectPostgres looks at a database that processes share.
func inspectPostgres(ctx context.Context, o Options) (s State, err error) {
	kept := &Store{}
	err = kept.openPostgres(ctx, Options{URL: o.URL})
	s.Name = kept.name
	if err == nil {
		err = kept.inspect(ctx, &s)
	}
	return s, errors.Join(explained(err), kept.Close())
}

func (s *Store) inspect(ctx context.Context, found *State) error {
	err := s.do(ctx, func(tx *sql.Tx) (err error) {
		found.Version, found.Known, err = s.versions(ctx, tx)
		return err
	})
	found.Made = found.Version > 0
	if err != nil || found.Version < asked || found.Version > found.Known {
		return err
	}
	if found.Waiting, err = s.OpenQuestions(ctx); err != nil || found.Version < found.Known {
		return err
	}
	return s.room(ctx)
}

// asked is the first version with a table for questions.
const asked = 2

// read reads the state of a database that is there.
func (s *State) read(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return damage(err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, found)
	}
	var tables string
	if err := db.QueryRowContext(ctx, `SELECT COALESCE(GROUP_CONCAT(name), '') FROM sqlite_schema WHERE name IN ('migration', 'question')`).Scan(&tables); err != nil {
		return damage(err)
	}
	if strings.Contains(tables, "migration") {
		if err := db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM migration`).Scan(&s.Version); err != nil {
			return damage(err)
		}
	}
	if s.Version > s.Known || !strings.Contains(tables, "question") {
		return nil
	}
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM question WHERE finished = ''`).Scan(&s.Waiting); err != nil {
		return damage(err)
	}
	return nil
}

// SQLite's numbers for a file that does not hold together.
// https://www.sqlite.org/rescode.html
const (
	sqliteCorrupt = 11
	sqliteNotADB  = 26
)

// damage marks an error of SQLite's that means damage.
func damage(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if ok && (e.Code()&0xff == sqliteCorrupt || e.Code()&0xff == sqliteNotADB) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fmt.Errorf("reading the store: %w", err)
}
