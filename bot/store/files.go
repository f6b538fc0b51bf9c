package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// SQLite's files: the database, the log that is written ahead, and that one's
// index.
var sqliteFiles = []string{file, file + "-wal", file + "-shm"}

// ownFiles sees to it that the files are for their owner alone, whatever the
// umask says: SQLite gives the others the mode of the database. Those of an
// earlier release are corrected. The folder is the operator's, unless it is new.
func ownFiles(folder string) error {
	f, err := os.OpenFile(filepath.Join(folder, file), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// By name: to open and to close one that is in use would give up the locks
	// that this process has on it.
	for _, name := range append([]string{lock}, sqliteFiles...) {
		name = filepath.Join(folder, name)
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, info.Mode().Perm()&^0o077)
		}
		if err != nil {
			return fmt.Errorf("others may read what members wrote: let the user that runs this own the file, or say chmod 600: %w", err)
		}
	}
	return nil
}

// errReplaced is said when another file has the place of the one that is open.
var errReplaced = errors.New("another file was put in the place of summitbot.db while it was in use, and would not get what is written: end the bot, then put the file there")

// A placedFile is a file as it was when it was opened.
type placedFile struct {
	name string
	info os.FileInfo
}

// noteFiles notes which files are open.
func (s *Store) noteFiles() error {
	s.files = nil
	for _, name := range sqliteFiles {
		name = filepath.Join(s.name, name)
		info, err := os.Stat(name)
		if err == nil {
			s.files = append(s.files, placedFile{name, info})
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// inPlace makes sure that the files which are open are those in the folder: what
// is written to others is gone with the process. Deleted ones are put back as
// they are; in the place of another database nothing is put.
func (s *Store) inPlace(ctx context.Context) error {
	if s.files == nil { // another process's, in memory, or PostgreSQL's
		return nil
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	whole := true
	for i, f := range s.files {
		now, err := os.Stat(f.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			whole = false
		case err != nil:
			return err
		case !os.SameFile(f.info, now) && i == 0:
			s.replaced.Store(true)
			return errReplaced
		case !os.SameFile(f.info, now):
			whole = false
		}
	}
	s.replaced.Store(false)
	if whole {
		return nil
	}
	// It is carried out, whoever has lost patience: nothing else saves what is kept.
	if err := s.putBack(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("summitbot.db was deleted while it was in use, and cannot be put back: %w", err)
	}
	s.log.Warn("summitbot.db, or a file beside it, was deleted while it was in use: it is put back, and nothing is lost", "folder", s.name)
	return nil
}

// putBack writes what the open files hold to where they were, and goes on from
// there.
func (s *Store) putBack(ctx context.Context) error {
	if err := os.MkdirAll(s.name, 0o700); err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx) // the only one, and so nobody writes meanwhile
	if err != nil {
		return err
	}
	if err := s.saveAs(ctx, conn, filepath.Join(s.name, file)); err != nil {
		return errors.Join(err, conn.Close())
	}
	// It is closed before the next one is opened, which finds the new file.
	if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		return errors.Join(err, conn.Close())
	}
	var n int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM migration`).Scan(&n); err != nil {
		return err
	}
	if _, err := os.Stat(s.lock.Path()); errors.Is(err, fs.ErrNotExist) { // or another process could serve from there
		if err := errors.Join(s.lock.Close(), s.lockFolder(s.name)); err != nil {
			return err
		}
	}
	return s.noteFiles()
}

// saveAs writes what is kept into a file. A log beside it is another one's, and
// would be taken for its own.
func (s *Store) saveAs(ctx context.Context, conn *sql.Conn, name string) error {
	part := name + ".new"
	remove := func(name string) error {
		if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := remove(part); err != nil {
		return err
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, `VACUUM INTO $1`, part)
	}
	if err != nil {
		return errors.Join(err, remove(part))
	}
	return errors.Join(remove(name+"-wal"), remove(name+"-shm"), os.Rename(part, name))
}

// leave is called before the files are closed. What was written since another
// file has their place is saved beside that.
func (s *Store) leave() error {
	ctx := context.Background()
	err := s.inPlace(ctx)
	if !errors.Is(err, errReplaced) {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	name := filepath.Join(s.name, file+time.Now().UTC().Format(".20060102-150405"))
	s.log.Error("another file was put in the place of summitbot.db while it was in use: what was kept in that is saved beside it", "file", name)
	return errors.Join(s.saveAs(ctx, conn, name), conn.Close())
}
