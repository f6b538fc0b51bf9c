package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// mostPrepared is how many statements are kept read.
const mostPrepared = 64

// prepared are statements that SQLite has read, by their text: reading them
// costs more than carrying them out. pgx keeps its own. With one connection, a
// statement cannot be prepared within a transaction, and so those that were met
// there are prepared before the next one. (One with a parameter as its LIMIT is
// read again whenever it is carried out.)
type prepared struct {
	mu   sync.Mutex
	read map[string]*sql.Stmt
	met  []string
}

// of returns the statement if it was read, and else nil, and has it read soon.
func (p *prepared) of(text string) *sql.Stmt {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.read[text]
	if st == nil && len(p.read)+len(p.met) < mostPrepared {
		p.met = append(p.met, text)
	}
	return st
}

// prepare reads the statements that were met.
func (p *prepared) prepare(ctx context.Context, db *sql.DB) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	met := p.met
	p.met = nil
	p.mu.Unlock()
	for _, text := range met {
		st, err := db.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		p.mu.Lock()
		if p.read[text] == nil {
			p.read[text], st = st, nil
		}
		p.mu.Unlock()
		if st != nil { // it was met twice
			if err := st.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// close lets go of the statements.
func (p *prepared) close() error {
	var all error
	for _, st := range p.read {
		all = errors.Join(all, st.Close())
	}
	return all
}

// exec carries out a statement within a transaction.
func (s *Store) exec(ctx context.Context, tx *sql.Tx, text string, args ...any) (sql.Result, error) {
	if st := s.prepared.of(text); st != nil {
		return tx.StmtContext(ctx, st).ExecContext(ctx, args...)
	}
	return tx.ExecContext(ctx, text, args...)
}

// row reads one row, within a transaction if there is one.
func (s *Store) row(ctx context.Context, tx *sql.Tx, text string, args ...any) *sql.Row {
	st := s.prepared.of(text)
	switch {
	case st != nil && tx != nil:
		return tx.StmtContext(ctx, st).QueryRowContext(ctx, args...)
	case st != nil:
		return st.QueryRowContext(ctx, args...)
	case tx != nil:
		return tx.QueryRowContext(ctx, text, args...)
	}
	return s.db.QueryRowContext(ctx, text, args...)
}

// rows reads rows.
func (s *Store) rows(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if st := s.prepared.of(text); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return s.db.QueryContext(ctx, text, args...)
}
