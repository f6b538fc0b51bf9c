package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// SQLite writes zeros over what is deleted (secure_delete), and that is not all
// of it: when it divides a page, copies of rows that moved stay between the
// page's pointers and its rows; older images of pages stay in the log that is
// written ahead. What earlier releases deleted stands wherever it was.
const (
	// eraseEvery is how often pages are looked through for such copies when no
	// member has asked for it.
	eraseEvery = 24 * time.Hour
	// pagesAtOnce is how many are within one transaction, for others wait so long.
	pagesAtOnce = 500
	// overwritten is the user_version of a file that holds nothing from a time
	// when deleted rows were not overwritten.
	overwritten = 1
)

// erase leaves nothing in the files of what was deleted, but for copies if they
// were looked for within some time. PostgreSQL does as its operator says.
func (s *Store) erase(ctx context.Context, within time.Duration) error {
	if s.postgres || !s.durable {
		return nil
	}
	s.erasing.Lock()
	defer s.erasing.Unlock()
	begun := time.Now()
	for next := 1; next > 0 && begun.Sub(s.erased) >= within; {
		err := s.write(ctx, func(tx *sql.Tx) (err error) {
			next, err = wipePages(ctx, tx, next)
			return err
		})
		if err != nil {
			return fmt.Errorf("overwriting what was deleted: %w", err)
		}
	}
	if err := s.emptyLog(ctx); err != nil {
		return fmt.Errorf("emptying the log that is written ahead: %w", err)
	}
	if begun.Sub(s.erased) >= within {
		s.erased = begun
	}
	return nil
}

// wipePages wipes some pages, and tells at which to go on; 0 is the end.
func wipePages(ctx context.Context, tx *sql.Tx, from int) (next int, err error) {
	rows, err := tx.QueryContext(ctx, `
		WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		SELECT p.pgno, p.data FROM n JOIN sqlite_dbpage p ON p.pgno = n.i`, from, from+pagesAtOnce-1)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	wiped := map[int][]byte{}
	var page sql.RawBytes
	for number := 0; rows.Next(); next = number + 1 {
		if err := rows.Scan(&number, &page); err != nil {
			return 0, err
		}
		if begin, end := unused(number, page); begin < end && hasBytes(page[begin:end]) {
			wiped[number] = append([]byte(nil), page...)
			clear(wiped[number][begin:end])
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	for number, page := range wiped {
		if _, err := tx.ExecContext(ctx, `UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2`, page, number); err != nil {
			return 0, err
		}
	}
	return next, nil
}

// unused is what lies between the pointers and the rows of a page of a b-tree;
// nothing of another page. https://www.sqlite.org/fileformat.html#b_tree_pages
func unused(number int, page []byte) (begin, end int) {
	header := 0
	if number == 1 {
		header = 100 // behind that of the file
	}
	switch page[header] {
	case 2, 5: // inner pages of an index and of a table
		begin = header + 12
	case 10, 13: // their leaves
		begin = header + 8
	default:
		return 0, 0
	}
	begin += 2 * int(binary.BigEndian.Uint16(page[header+3:]))
	return begin, min(int(binary.BigEndian.Uint16(page[header+5:])), len(page))
}

func hasBytes(part []byte) bool {
	for _, b := range part {
		if b != 0 {
			return true
		}
	}
	return false
}

// emptyLog carries the log that is written ahead over into the file, and cuts it
// off. Nobody waits for another process that reads: then it is cut off with the
// next that is deleted.
func (s *Store) emptyLog(ctx context.Context) (err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `PRAGMA busy_timeout = 0`); err != nil {
		return err
	}
	var busy, frames, carried int
	err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &carried)
	_, back := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyTimeout.Milliseconds()))
	if err = errors.Join(err, back); err == nil && busy != 0 {
		s.log.Info("another process reads the store: what was deleted stays in summitbot.db-wal until more is deleted")
	}
	return err
}

// overwrite writes a file anew, once, in which an earlier release may have left
// what it deleted.
func (s *Store) overwrite(ctx context.Context) error {
	if s.postgres || !s.durable {
		return nil
	}
	var version, pages int
	err := s.db.QueryRowContext(ctx, `SELECT user_version, page_count FROM pragma_user_version, pragma_page_count`).Scan(&version, &pages)
	if err != nil || version >= overwritten {
		return err
	}
	begun := time.Now()
	if _, err = s.db.ExecContext(ctx, `VACUUM`); err == nil {
		_, err = s.db.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, overwritten))
	}
	if err == nil {
		err = s.emptyLog(ctx)
	}
	if err != nil { // it needs room for a second file
		s.log.Warn("what earlier releases deleted still stands in the file; the next start tries again to write it anew, for which it needs as much room again", "cause", err)
		return nil
	}
	s.log.Debug("the file was written anew", "pages", pages, "took", time.Since(begun))
	return nil
}
