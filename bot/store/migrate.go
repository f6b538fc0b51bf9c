package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock under which PostgreSQL's tables are
// changed; the number means nothing.
const migrationLock = 7_349_142_001

// migrate carries out the migrations that the database has not had, and reads
// the key of the members' hashes, made when the store is new: all in one
// transaction, that one process at a time can have.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	return s.do(ctx, func(tx *sql.Tx) error {
		if s.postgres {
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, at TEXT NOT NULL)`); err != nil {
			return err
		}
		var has int
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM migration`).Scan(&has); err != nil {
			return err
		}
		if has > len(files) {
			return fmt.Errorf("it is of a newer release (version %d, this one knows %d): run that release, or name another DATA_DIR or DATABASE_URL", has, len(files))
		}
		for i, name := range files[has:] {
			if err := s.carryOut(ctx, tx, name, has+i+1); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return s.readKey(ctx, tx)
	})
}

// carryOut carries out one migration, and notes it.
func (s *Store) carryOut(ctx context.Context, tx *sql.Tx, name string, version int) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(path.Base(name), "_")
	if n, err := strconv.Atoi(number); err != nil || n != version {
		return fmt.Errorf("it is out of order, in place of number %d", version)
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO migration (version, at) VALUES ($1, $2)`, version, stamp(s.now()))
	return err
}

func (s *Store) readKey(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL)`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO secret (name, value) VALUES ('member', $1) ON CONFLICT (name) DO NOTHING`, rand.Text()); err != nil {
		return err
	}
	var key string
	err := tx.QueryRowContext(ctx, `SELECT value FROM secret WHERE name = 'member'`).Scan(&key)
	s.key = []byte(key)
	return err
}
