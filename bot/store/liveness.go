package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// A process that dies leaves claims and shards to its leases: for others on
// the network it may only be out of reach. On its own machine it is known
// sooner. As long as it lives, it has a file of its own locked in the folder,
// and a process that finds such a file without its lock frees what that one
// held.
const (
	processes = "processes" // in the store's folder: one folder for each database
	guard     = "guard"     // is locked while files are made, looked at and removed
	alive     = ".alive"
)

// meetDead frees what processes have left that died on this machine, and makes
// this one's own death known to those that come later.
func (s *Store) meetDead(ctx context.Context, folder string) (err error) {
	folder = filepath.Join(folder, processes, s.member(processes)) // a database has a key of its own
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	all := flock.New(filepath.Join(folder, guard))
	if _, err := all.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.Close()) }()
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if id, is := strings.CutSuffix(e.Name(), alive); is {
			if err := s.bury(ctx, flock.New(filepath.Join(folder, e.Name())), id); err != nil {
				return err
			}
		}
	}
	own := flock.New(filepath.Join(folder, s.me+alive))
	if _, err := own.TryLock(); err != nil { // nobody else has a file of its name
		return err
	}
	s.close = append(s.close, func() error { return remove(own) })
	return nil
}

// bury frees what a process held, if its file is not locked, and removes the
// file.
func (s *Store) bury(ctx context.Context, l *flock.Flock, id string) error {
	if dead, err := l.TryLock(); err != nil || !dead {
		return err
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		for _, free := range []string{
			`UPDATE question SET lease = '' WHERE finished = '' AND lease <> '' AND owner = $1`,
			`UPDATE shard SET holder = '' WHERE holder LIKE $1 || '/%'`,
			`DELETE FROM gateway_process WHERE id LIKE $1 || '/%'`,
		} {
			if _, err := tx.ExecContext(ctx, free, id); err != nil {
				return err
			}
		}
		return s.tell(ctx, tx, "")
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.log.Info("a process died on this machine: what it held is free", "process", id)
	return remove(l)
}

// remove gives a lock back and removes its file.
func remove(l *flock.Flock) error {
	err := l.Close()
	if gone := os.Remove(l.Path()); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
