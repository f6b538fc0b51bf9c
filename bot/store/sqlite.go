package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"summitbot/bot"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the driver
)

// The files in a store's folder.
const (
	file = "summitbot.db"
	lock = "summitbot.lock"
)

// busyTimeout is how long another process's transaction is waited for.
const busyTimeout = 5 * time.Second

// openSQLite opens the file in the folder, or a database in memory.
func (s *Store) openSQLite(_ context.Context, o Options) error {
	s.name = o.Folder
	if s.clock = o.Clock; s.clock == nil {
		s.clock = bot.NewClock()
	}
	name := Memory
	if s.durable = o.Folder != Memory; s.durable {
		if err := os.MkdirAll(o.Folder, 0o700); err != nil {
			return fmt.Errorf("making the folder for what is kept (DATA_DIR): %w", err)
		}
		name = "file:" + (&url.URL{Path: filepath.ToSlash(filepath.Join(o.Folder, file))}).EscapedPath()
		if o.Serving {
			if err := s.lockFolder(o.Folder); err != nil {
				return err
			}
			s.close = append(s.close, func() error { return s.lock.Close() })
		}
		if err := ownFiles(o.Folder); err != nil {
			return err
		}
	}
	// A transaction that will write takes the lock at once, so that it never
	// has to give up half-way; FULL loses nothing when the power fails.
	db, err := sql.Open("sqlite", fmt.Sprintf("%s?_txlock=immediate&_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)", name, busyTimeout.Milliseconds()))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // which is what all who write share; see inPlace
	s.db = db
	s.close = append(s.close, db.Close)
	s.prepared = &prepared{read: map[string]*sql.Stmt{}}
	s.close = append(s.close, s.prepared.close)
	s.batch = newBatch(s.do)
	s.close = append(s.close, s.batch.close)
	return nil
}

// lockFolder makes sure that one process serves from the folder. The lock ends
// with the process, however it ends.
func (s *Store) lockFolder(folder string) error {
	l := flock.New(filepath.Join(folder, lock))
	taken, err := l.TryLock()
	if err != nil {
		return fmt.Errorf("locking the folder for what is kept (DATA_DIR): %w", err)
	}
	if !taken {
		return errors.New("another process of summitbot serves from it: end that one, or name another DATA_DIR (several processes share a PostgreSQL database, DATABASE_URL)")
	}
	s.lock = l
	return nil
}

// serving frees what an earlier process on the same file had claimed.
func (s *Store) serving(ctx context.Context, folder string) error {
	if s.postgres { // others may be at work: their leases end by themselves
		if folder == "" || folder == Memory {
			return nil
		}
		if err := s.meetDead(ctx, folder); err != nil {
			s.log.Info("a process that dies on this machine is known to be dead when its leases are over (DATA_DIR)", "cause", err)
		}
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE question SET lease = '' WHERE finished = ''`)
		return err
	})
}
