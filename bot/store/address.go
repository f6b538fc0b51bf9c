package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// errAddress is what is wrong with an address of a database. What stands there
// is not repeated: it may be the password, or a part of it.
var errAddress = errors.New("it is like postgres://user:password@host:5432/database, where in the password @ is written %40, / %2F, # %23, ? %3F, and % %25")

// parameter matches the name of what an address sets behind its question mark.
var parameter = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*$`)

// CheckURL says what is wrong with an Options.URL. A password that is not
// written as addresses want it would be cut where it holds such a sign, and
// the rest be taken for the host or the database, which are told.
func CheckURL(address string) error {
	_, err := parseURL(address)
	return err
}

// parseURL reads an Options.URL.
func parseURL(address string) (*pgx.ConnConfig, error) {
	rest, found := strings.CutPrefix(address, "postgres://")
	if !found {
		rest, found = strings.CutPrefix(address, "postgresql://")
	}
	authority, behind := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, behind = rest[:i], rest[i:]
	}
	_, query, _ := strings.Cut(behind, "?")
	if !found || strings.Count(authority, "@") > 1 || strings.ContainsAny(behind, "@#") {
		return nil, errAddress
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errAddress
	}
	for name := range values {
		if !parameter.MatchString(name) {
			return nil, errAddress
		}
	}
	cfg, err := pgx.ParseConfig(address)
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("it names a file that cannot be read: %w", file)
	}
	if err != nil {
		return nil, errAddress // err may hold the password
	}
	return cfg, nil
}
