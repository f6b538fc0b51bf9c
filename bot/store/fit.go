package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A Trouble is what keeps a database from being worked with, and what mends it.
type Trouble struct {
	Found, Mend string
	Cause       error // nil where nothing was tried
}

// What tells what was found, without what mends it.
func (t *Trouble) What() string {
	if t.Cause != nil {
		return fmt.Sprintf("%s (%v)", t.Found, t.Cause)
	}
	return t.Found
}

func (t *Trouble) Error() string { return t.What() + ": " + t.Mend }

func (t *Trouble) Unwrap() error { return t.Cause }

// oldest is the first PostgreSQL that knows all that our statements say
// (AS MATERIALIZED), and scrap is how many bytes are written to see that there
// is room.
const (
	oldest = 12
	scrap  = 64 << 10
)

// A standing is what a role and a database are to each other.
type standing struct {
	role, schema, database, encoding string
	version                          int // as server_version_num has it
	standby, readOnly, makes         bool
}

// fit makes sure that the database can be worked with by the role that we have
// there, as far as that shows before it is.
func (s *Store) fit(ctx context.Context) error {
	var is standing
	err := s.db.QueryRowContext(ctx, `
		SELECT current_user, COALESCE(current_schema(), ''), current_database(), current_setting('server_encoding'), CAST(current_setting('server_version_num') AS INTEGER),
			pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE)`).
		Scan(&is.role, &is.schema, &is.database, &is.encoding, &is.version, &is.standby, &is.readOnly, &is.makes)
	if err != nil {
		return err
	}
	if t := is.trouble(); t != nil {
		return t
	}
	var has, known int
	err = s.do(ctx, func(tx *sql.Tx) error {
		has, known, err = s.versions(ctx, tx)
		return err
	})
	if err != nil || has > known {
		return err // which is told of by itself
	}
	if has < known && !is.makes {
		return &Trouble{Found: "the role " + is.role + " may make no tables in the schema " + is.schema,
			Mend: fmt.Sprintf("as the owner of the database: GRANT CREATE ON SCHEMA %s TO %s", quoted(is.schema), quoted(is.role))}
	}
	return s.rights(ctx, is, has < known)
}

// trouble is what is wrong already before anybody has looked at tables.
func (is standing) trouble() error {
	switch {
	case is.version < oldest*10_000:
		return &Trouble{Found: fmt.Sprintf("PostgreSQL %d is too old", is.version/10_000), Mend: fmt.Sprintf("use version %d or a newer one", oldest)}
	case is.encoding != "UTF8" && is.encoding != "SQL_ASCII": // which takes any
		return &Trouble{Found: fmt.Sprintf("the database's encoding is %s, in which not everything can be kept that members write", is.encoding),
			Mend: "name another database in DATABASE_URL, made by CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0"}
	case is.standby:
		return &Trouble{Found: "the server is a standby, which can be read and not written", Mend: "name the primary server in DATABASE_URL"}
	case is.readOnly:
		return &Trouble{Found: "the database can be read and not written by the role " + is.role,
			Mend: fmt.Sprintf("ALTER ROLE %s SET default_transaction_read_only = off, unless the address in DATABASE_URL, the database or the server has it on", quoted(is.role))}
	case is.schema == "":
		return &Trouble{Found: "there is no schema that the role " + is.role + " may use",
			Mend: fmt.Sprintf("as the owner of the database: GRANT USAGE, CREATE ON SCHEMA public TO %s", quoted(is.role))}
	}
	return nil
}

// made matches the name of a table that a migration makes.
var made = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)

// rights makes sure that the role may do with each table what we do, and, where
// tables are to be changed, that they are its own.
func (s *Store) rights(ctx context.Context, is standing, change bool) error {
	names, err := migrationNames()
	if err != nil {
		return err
	}
	all := []string{"migration", "secret"}
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range made.FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
	}
	rows, err := s.db.QueryContext(ctx, `
		SELECT relname, pg_get_userbyid(relowner), pg_has_role(relowner, 'USAGE'), CONCAT_WS(' ',
			CASE WHEN NOT has_table_privilege(oid, 'SELECT') THEN 'SELECT' END, CASE WHEN NOT has_table_privilege(oid, 'INSERT') THEN 'INSERT' END,
			CASE WHEN NOT has_table_privilege(oid, 'UPDATE') THEN 'UPDATE' END, CASE WHEN NOT has_table_privilege(oid, 'DELETE') THEN 'DELETE' END)
		FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relname = ANY(STRING_TO_ARRAY($1, ' ')) ORDER BY relname`, strings.Join(all, " "))
	if err != nil {
		return err
	}
	defer rows.Close()
	var closed, missing []string
	for rows.Next() {
		var table, owner, lacks string
		var own bool
		if err := rows.Scan(&table, &owner, &own, &lacks); err != nil {
			return err
		}
		if change && !own {
			return &Trouble{Found: fmt.Sprintf("the tables have to be changed for this release, and the table %s belongs to the role %s", table, owner),
				Mend: fmt.Sprintf("GRANT %s TO %s, or start serve once as that role", quoted(owner), quoted(is.role))}
		}
		if lacks == "" {
			continue
		}
		closed = append(closed, quoted(table))
		for right := range strings.FieldsSeq(lacks) {
			if !slices.Contains(missing, right) {
				missing = append(missing, right)
			}
		}
	}
	if err := rows.Err(); err != nil || len(closed) == 0 {
		return err
	}
	right := strings.Join(missing, ", ")
	return &Trouble{Found: fmt.Sprintf("the role %s lacks the right to %s in %s", is.role, right, strings.Join(closed, ", ")),
		Mend: fmt.Sprintf("as the owner of the tables: GRANT %s ON %s TO %s", right, strings.Join(closed, ", "), quoted(is.role))}
}

// quoted is a name as it stands in a statement.
func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// room makes sure that there is room for more, and leaves nothing there.
func (s *Store) room(ctx context.Context) error {
	text := make([]byte, scrap/2)
	_, _ = rand.Read(text) // which never fails
	enough := errors.New("there is room")
	err := s.do(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO answer (key, body, until) VALUES ($1, $2, '')`, rand.Text(), hex.EncodeToString(text)); err != nil {
			return err
		}
		return enough // and nothing stays
	})
	if errors.Is(err, enough) {
		return nil
	}
	return err
}

// mends say what to do about what PostgreSQL says, by its code.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
var mends = map[string]string{
	"28000": "check the user and the database in DATABASE_URL, and that the server's pg_hba.conf lets that user in from here",
	"28P01": "check the user and the password in DATABASE_URL",
	"3D000": "make it: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0, owned by the user in DATABASE_URL; or name another one there",
	"42501": "let the user in DATABASE_URL do that: GRANT it as the owner of what is named",
	"25006": "name the primary server in DATABASE_URL, and a user that may write",
	"53100": "make room on the disk of the database's server",
	"53200": "give the database's server more memory",
	"53300": "raise the server's max_connections, or name a pooler's address in DATABASE_URL: each process of the bot takes up to nine connections",
	"57P03": "wait until the server has started",
}

// explained makes an error of PostgreSQL's a Trouble, where we know what to do.
func explained(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if _, known := errors.AsType[*Trouble](err); known || !ok || mends[e.Code] == "" {
		return err
	}
	return &Trouble{Found: "the database refuses", Mend: mends[e.Code], Cause: err}
}
