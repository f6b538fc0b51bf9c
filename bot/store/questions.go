package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"summitbot/bot"
)

// remembered is for how long a finished question is known to have been seen.
// No event of Discord's comes again after so long.
const remembered = 30 * 24 * time.Hour

// Accept keeps a question until Finish. It is false for a question that was
// accepted before. Once it returns, the question outlives a crash.
func (s *Store) Accept(ctx context.Context, p bot.Pending) (fresh bool, err error) {
	result, err := s.db.ExecContext(ctx, `
		INSERT INTO question (id, place, event, answer, attempts, accepted, finished)
		VALUES (?, ?, ?, '', 0, ?, '') ON CONFLICT (id) DO NOTHING`,
		p.ID, p.Place, p.Event, stamp(p.Accepted))
	if err != nil {
		return false, fmt.Errorf("accepting a question: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Answered keeps the answer to an open question, so that it need not be made
// again.
func (s *Store) Answered(ctx context.Context, id, answer string) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE question SET answer = ? WHERE id = ? AND finished = ''`, answer, id); err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	return nil
}

// Finish closes a question, and lets go of what was asked and answered.
func (s *Store) Finish(ctx context.Context, id string) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE question SET event = '', answer = '', finished = ? WHERE id = ?`, stamp(time.Now()), id); err != nil {
		return fmt.Errorf("finishing a question: %w", err)
	}
	return nil
}

// Attempt counts one attempt more to answer an open question, and returns how
// many there were.
func (s *Store) Attempt(ctx context.Context, id string) (attempts int, err error) {
	err = s.db.QueryRowContext(ctx, `UPDATE question SET attempts = attempts + 1 WHERE id = ? RETURNING attempts`, id).Scan(&attempts)
	if err != nil {
		return 0, fmt.Errorf("counting an attempt: %w", err)
	}
	return attempts, nil
}

// Resume returns the open questions, the oldest first.
func (s *Store) Resume(ctx context.Context) (open []bot.Pending, err error) {
	err = s.do(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM question WHERE finished <> '' AND finished < ?`, stamp(time.Now().Add(-remembered))); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT id, place, event, answer, accepted FROM question WHERE finished = '' ORDER BY accepted, id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p bot.Pending
			var accepted string
			if err := rows.Scan(&p.ID, &p.Place, &p.Event, &p.Answer, &accepted); err != nil {
				return err
			}
			if p.Accepted, err = time.Parse(time.RFC3339, accepted); err != nil {
				return err
			}
			open = append(open, p)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("reading the open questions: %w", err)
	}
	return open, nil
}

// Places returns the places where questions were asked since a moment, each
// with the id of the newest of them.
func (s *Store) Places(ctx context.Context, since time.Time) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT place, id FROM question WHERE accepted >= ? ORDER BY accepted, length(id), id`, stamp(since))
	if err != nil {
		return nil, fmt.Errorf("reading where questions were asked: %w", err)
	}
	defer rows.Close()
	places := map[string]string{}
	for rows.Next() {
		var place, id string
		if err := rows.Scan(&place, &id); err != nil {
			return nil, fmt.Errorf("reading where questions were asked: %w", err)
		}
		places[place] = id
	}
	return places, rows.Err()
}

// Durable tells whether what is kept outlives the process.
func (s *Store) Durable() bool { return s.durable }

// OpenQuestions counts the questions that are accepted and not finished.
func (s *Store) OpenQuestions(ctx context.Context) (n int, err error) {
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM question WHERE finished = ''`).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting open questions: %w", err)
	}
	return n, nil
}
