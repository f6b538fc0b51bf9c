package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tables are those that a backup holds. Leases of shards and slots of the
// limit on requests are not: they are over when it is read.
var tables = []string{"question", "vote", "place", "quota", "usage", "answer", "secret"}

// Backup writes all that is kept into a new file, while others go on working
// with the store: a database of SQLite's, whichever the store is. In the place
// of DATA_DIR's summitbot.db it is the store again.
func (s *Store) Backup(ctx context.Context, name string) error {
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name a new file", name)
	}
	// It holds what members wrote, and so it is for its owner alone, from the
	// first byte on; and it has its name when it is complete.
	folder, err := os.MkdirTemp(filepath.Dir(name), ".backup-")
	if err != nil {
		return fmt.Errorf("making a place for the backup: %w", err)
	}
	defer os.RemoveAll(folder)
	part := filepath.Join(folder, file)
	if s.postgres {
		err = s.copyTo(ctx, folder)
	} else {
		_, err = s.db.ExecContext(ctx, `VACUUM INTO $1`, part)
	}
	if err == nil {
		err = os.Chmod(part, 0o600)
	}
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	return nil
}

// copyTo copies all rows, as they are at one moment, into a new store in a
// folder.
func (s *Store) copyTo(ctx context.Context, folder string) error {
	from, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }() // it has only read
	to, err := Open(ctx, Options{Folder: folder})
	if err != nil {
		return err
	}
	err = to.do(ctx, func(tx *sql.Tx) error {
		for _, table := range tables {
			if err := copyTable(ctx, from, tx, table); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
		return nil
	})
	if err == nil { // so that all is in the one file
		_, err = to.db.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
	}
	return errors.Join(err, to.Close())
}

func copyTable(ctx context.Context, from, to *sql.Tx, table string) error {
	rows, err := from.QueryContext(ctx, `SELECT * FROM `+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if _, err := to.ExecContext(ctx, `DELETE FROM `+table); err != nil { // what a new store has
		return err
	}
	row, into, marks := make([]any, len(columns)), make([]any, len(columns)), make([]string, len(columns))
	for i := range columns {
		into[i], marks[i] = &row[i], fmt.Sprintf("$%d", i+1)
	}
	insert, err := to.PrepareContext(ctx, fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(columns, ", "), strings.Join(marks, ", ")))
	if err != nil {
		return err
	}
	defer insert.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return rows.Err()
}
