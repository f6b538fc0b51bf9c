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
var tables = []string{"question", "post", "vote", "place", "quota", "usage", "answer", "secret"}

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
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil { // what a new store has
				return err
			}
			if err := copyRows(ctx, from, tx, table, ""); err != nil {
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

// copyRows copies rows of a table from one database to another.
func copyRows(ctx context.Context, from, to *sql.Tx, table, where string, args ...any) error {
	rows, err := from.QueryContext(ctx, `SELECT * FROM `+table+` `+where, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	row, into, marks, columns := make([]any, len(types)), make([]any, len(types)), make([]string, len(types)), make([]string, len(types))
	for i, t := range types {
		into[i], marks[i], columns[i] = &row[i], fmt.Sprintf("$%d", i+1), t.Name()
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
		for i, t := range types {
			if n, is := row[i].(int64); is && t.DatabaseTypeName() == "BOOLEAN" { // as SQLite has it
				row[i] = n != 0
			}
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return rows.Err()
}
