package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
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
	files, err := migrationNames()
	if err != nil {
		return err
	}
	return s.do(ctx, func(tx *sql.Tx) error {
		if s.postgres {
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
				return err
			}
		}
		if err := s.make(ctx, tx, "migration", "version INTEGER PRIMARY KEY, at TEXT NOT NULL"); err != nil {
			return err
		}
		has, _, err := s.versions(ctx, tx)
		if err != nil {
			return err
		}
		if has > len(files) {
			return fmt.Errorf("it is of a newer release (version %d, this one knows %d): run that release, or name another DATA_DIR or DATABASE_URL", has, len(files))
		}
		if has, err = s.unify(ctx, tx, has); err != nil {
			return fmt.Errorf("bringing what an early text of the third migration has made to what it says now: %w", err)
		}
		for i, name := range files[has:] {
			if err := s.carryOut(ctx, tx, name, has+i+1); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return s.readKey(ctx, tx)
	})
}

// versions are which one a database has, 0 for none, and the newest that is
// known.
func (s *Store) versions(ctx context.Context, tx *sql.Tx) (has, known int, err error) {
	names, err := migrationNames()
	if err != nil {
		return 0, 0, err
	}
	there, err := s.columns(ctx, tx, "migration")
	if err == nil && len(there) > 0 {
		err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM migration`).Scan(&has)
	}
	return has, len(names), err
}

// make makes a table if it is not there. Whoever may not make any can work with
// one that is there, which PostgreSQL's IF NOT EXISTS does not see.
func (s *Store) make(ctx context.Context, tx *sql.Tx, table, columns string) error {
	there, err := s.columns(ctx, tx, table)
	if err == nil && len(there) == 0 {
		_, err = tx.ExecContext(ctx, `CREATE TABLE `+table+` (`+columns+`)`)
	}
	return err
}

// Before it was not to be changed any more, the third migration stood in other
// texts, the first of which is now the fourth. Which one a database has had is
// told by the columns that are there.
const (
	leases     = "migrations/0003_lease.sql"
	addLacking = `ALTER TABLE question ADD COLUMN lacking TEXT NOT NULL DEFAULT ''`
	addTurn    = `ALTER TABLE question ADD COLUMN turn BIGINT NOT NULL DEFAULT 0`
	newPlaces  = `
		DROP INDEX question_finished;
		CREATE INDEX question_finished ON question (accepted, id) WHERE finished <> '';
		CREATE INDEX IF NOT EXISTS question_server ON question (server, accepted, id) WHERE finished <> '';
		CREATE INDEX IF NOT EXISTS question_turn ON question (turn, accepted, id) WHERE finished = '';
		CREATE INDEX IF NOT EXISTS question_server_turn ON question (COALESCE(NULLIF(server, ''), place), turn) WHERE finished = '';
		ALTER TABLE place DROP COLUMN last`
)

// unify brings a database that an early text of the third migration has made to
// what it says now, and returns the version that it has then.
func (s *Store) unify(ctx context.Context, tx *sql.Tx, has int) (int, error) {
	if has != 3 && has != 4 {
		return has, nil
	}
	question, err := s.columns(ctx, tx, "question")
	if err != nil {
		return has, err
	}
	if !slices.Contains(question, "lease") { // it has had that of the shards
		return 4, s.carryOutAs(ctx, tx, leases, 4)
	}
	place, err := s.columns(ctx, tx, "place")
	if err != nil || !slices.Contains(place, "last") { // which all but today's text has
		return has, err
	}
	for _, lacks := range []struct{ column, add string }{{"lacking", addLacking}, {"turn", addTurn}} {
		if slices.Contains(question, lacks.column) {
			continue
		}
		if _, err := tx.ExecContext(ctx, lacks.add); err != nil {
			return has, err
		}
	}
	_, err = tx.ExecContext(ctx, newPlaces)
	return has, err
}

// columns are the names of a table's columns; there are none where there is no
// table.
func (s *Store) columns(ctx context.Context, tx *sql.Tx, table string) (names []string, err error) {
	query := `SELECT name FROM pragma_table_info($1)`
	if s.postgres {
		query = `SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`
	}
	err = each(ctx, tx, query, []any{table}, func(row *sql.Rows) error {
		var name string
		err := row.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

// carryOut carries out one migration, and notes it.
func (s *Store) carryOut(ctx context.Context, tx *sql.Tx, name string, version int) error {
	number, _, _ := strings.Cut(path.Base(name), "_")
	if n, err := strconv.Atoi(number); err != nil || n != version {
		return fmt.Errorf("it is out of order, in place of number %d", version)
	}
	return s.carryOutAs(ctx, tx, name, version)
}

// carryOutAs carries out a migration, and notes that the database has a version
// then.
func (s *Store) carryOutAs(ctx context.Context, tx *sql.Tx, name string, version int) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO migration (version, at) VALUES ($1, $2)`, version, stamp(s.now()))
	return err
}

func (s *Store) readKey(ctx context.Context, tx *sql.Tx) error {
	if err := s.make(ctx, tx, "secret", "name TEXT PRIMARY KEY, value TEXT NOT NULL"); err != nil {
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

// migrationNames are the files with the migrations, in their order.
func migrationNames() ([]string, error) { return fs.Glob(migrations, "migrations/*.sql") }
