// Package store keeps what outlives a restart: in SQLite, or, where several
// machines share it, in PostgreSQL. It is one text of SQL for both.
//
// The table question is the queue (package queue), the register of what was seen,
// the log, and the source of reports. Members' ids are kept as keyed hashes only, but for
// questions that are open.
package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"

	"github.com/gofrs/flock"
)

// Memory in place of a folder keeps everything in memory, until Close.
const Memory = ":memory:"

// Options say where a store is, and for how long it keeps things.
type Options struct {
	// Folder is where SQLite's file is, or Memory. It is made if it is new.
	// With PostgreSQL it is where processes of one machine that serve know
	// each other's death by, empty for nowhere.
	Folder string
	// URL is the address of a PostgreSQL database, postgres://…; empty means
	// SQLite.
	URL string
	// Serving says that this process answers questions. On SQLite it has the
	// folder for itself. Whatever an earlier process had claimed there that is
	// dead is free at once.
	Serving bool
	// Retention is for how long finished questions and votes are kept.
	Retention time.Duration
	// Clock is what SQLite's stamps go by, so that they mean the same in each of
	// its lives, however far this machine's clock is off; nil is that clock.
	// With PostgreSQL, its own is gone by.
	Clock *bot.Clock
	// Log is told what fails in the background; nil is nobody.
	Log *slog.Logger
	// Failed is told of each call that failed, but for those whose caller did
	// not wait for the end; nil is nobody.
	Failed func(error)
}

// A Store keeps what outlives a restart. It is safe for concurrent use, also
// by several processes on one database.
type Store struct {
	db        *sql.DB
	name      string // for people, without a password
	me        string // this process, as the owner of claims
	key       []byte // of the members' hashes
	durable   bool   // not in memory
	retention time.Duration
	log       *slog.Logger
	failed    func(error)

	postgres bool
	pooled   bool         // PostgreSQL is behind a pooler
	clock    *bot.Clock   // that all processes of the store go by
	steady   func() bool  // PostgreSQL's clock is; tests change it
	batch    *batch       // SQLite's writes; nil with PostgreSQL
	lock     *flock.Flock // of the folder, where this process serves from it
	placing  sync.Mutex
	files    []placedFile // that are open, where this process serves from them
	replaced atomic.Bool  // by others, which do not get what is written
	erasing  sync.Mutex
	erased   time.Time // when all pages were looked through last for what was deleted
	prepared *prepared // nil with PostgreSQL
	nudges   chan struct{}
	revised  chan string
	close    []func() error // in reverse order
}

// Close closes the store.
func (s *Store) Close() error {
	var all error
	for len(s.close) > 0 {
		last := len(s.close) - 1
		all = errors.Join(all, s.close[last]())
		s.close = s.close[:last]
	}
	return all
}

// Durable tells whether what is kept outlives the process.
func (s *Store) Durable() bool { return s.durable }

// Shared tells whether other processes may serve from the same store.
func (s *Store) Shared() bool { return s.postgres }

// Ping tells whether the store can be written to, by writing to it.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.inPlace(ctx); err != nil {
		return s.tried(ctx, err)
	}
	return s.write(ctx, func(tx *sql.Tx) error { return s.probe(ctx, tx) })
}

// probe writes a page. SQLite writes none on which nothing changes; PostgreSQL
// always does.
func (s *Store) probe(ctx context.Context, tx *sql.Tx) error {
	if s.postgres {
		_, err := tx.ExecContext(ctx, `UPDATE migration SET at = at WHERE version = 1`)
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO secret (name, value) VALUES ('written', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, rand.Text())
	return err
}

// write carries out a transaction, together with others that wait. It may be
// run twice.
func (s *Store) write(ctx context.Context, run func(*sql.Tx) error) error {
	if s.batch != nil {
		return s.tried(ctx, s.batch.write(ctx, run))
	}
	return s.tried(ctx, s.do(ctx, run))
}

// tried tells of a call's error, and returns it.
func (s *Store) tried(ctx context.Context, err error) error {
	told := err == nil || s.failed == nil || errors.Is(ctx.Err(), context.Canceled)
	if !told && !errors.Is(err, queue.ErrTaken) && !errors.Is(err, queue.ErrRevised) && !errors.Is(err, errKnown) && !errors.Is(err, sql.ErrNoRows) {
		s.failed(err)
	}
	return err
}

// do runs a transaction.
func (s *Store) do(ctx context.Context, run func(*sql.Tx) error) error {
	if s.replaced.Load() {
		return errReplaced
	}
	if err := s.prepared.prepare(ctx, s.db); err != nil {
		return err
	}
	if s.postgres && !s.steady() {
		if err := s.readClock(ctx); err != nil {
			return err
		}
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if s.pooled {
		_, err = tx.ExecContext(ctx, setLocally)
	}
	if err == nil {
		err = run(tx)
	}
	if err != nil {
		if back := tx.Rollback(); !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
		return err
	}
	return tx.Commit()
}

// nudge lets whoever waits know that there may be something to claim.
func (s *Store) nudge() {
	select {
	case s.nudges <- struct{}{}:
	default: // one is on its way
	}
}

// Nudges tells, sooner than a poll would, that there may be something to
// claim.
func (s *Store) Nudges() <-chan struct{} { return s.nudges }

// revisions is how many ids wait for who looks for them. What is too many is seen
// when claims are renewed.
const revisions = 256

// revise lets whoever works on a row know that it was changed from outside.
func (s *Store) revise(id string) {
	select {
	case s.revised <- id:
	default:
	}
}

// Revised tells the ids of rows that were changed from outside, maybe by another
// process, while this one may work on them.
func (s *Store) Revised() <-chan string { return s.revised }

// member is a member's id as it is kept.
func (s *Store) member(id string) string { return hashed(s.key, id) }

// hashed is a member's id under a key.
func hashed(key []byte, id string) string {
	if id == "" {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// now is the time by the clock that all processes of the store go by. What
// has a process stand still between reading it and using it makes it read
// less than it is, so that a lease is never taken too early.
func (s *Store) now() time.Time { return s.clock.Now() }

// Now is the time by which the store's stamps are made.
func (s *Store) Now() time.Time { return s.now() }

// form is a moment as it is kept: in order when sorted as text.
const form = "2006-01-02T15:04:05.000000Z"

func stamp(t time.Time) string { return t.UTC().Format(form) }

func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s)
}

// errKnown rolls a change back for which another process was quicker.
var errKnown = errors.New("the question is known")
