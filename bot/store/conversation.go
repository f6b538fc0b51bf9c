package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"summitbot/bot"
)

const (
	// turns is how many questions of a conversation are remembered.
	turns = 3
	// lapse is for how long a conversation goes on after its last question.
	lapse = 30 * time.Minute
)

// History returns what a member asked last in a place, the oldest first, for
// a question to go on from; nothing when the conversation has lapsed.
// Questions about something else are left out.
func (s *Store) History(ctx context.Context, place, member string) ([]string, error) {
	rows, err := s.rows(ctx, fmt.Sprintf(`
		SELECT text FROM question WHERE place = $1 AND member = $2 AND accepted >= $3
			AND kind = 'ask' AND text <> '' AND verdict NOT IN ('', $4)
		ORDER BY accepted DESC, id DESC LIMIT %d`, turns), place, s.member(member), stamp(s.now().Add(-lapse)), string(bot.OutOfScope))
	if s.tried(ctx, err) != nil {
		return nil, fmt.Errorf("reading a conversation: %w", err)
	}
	defer rows.Close()
	var asked []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("reading a conversation: %w", err)
		}
		asked = append(asked, text)
	}
	slices.Reverse(asked)
	return asked, rows.Err()
}

// Move lets a member's conversation go on in another place.
func (s *Store) Move(ctx context.Context, from, to, member string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE question SET place = $1 WHERE place = $2 AND member = $3 AND accepted >= $4 AND finished <> ''`,
			to, from, s.member(member), stamp(s.now().Add(-lapse)))
		return err
	})
	if err != nil {
		return fmt.Errorf("moving a conversation: %w", err)
	}
	return nil
}

// AskedFor returns the question that a message of the bot's answers, or the
// one with an id. It is empty where that is not known.
func (s *Store) AskedFor(ctx context.Context, message, question string) (text string, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT text FROM question WHERE id = $2 OR id IN (SELECT question FROM post WHERE message = $1) LIMIT 1`, message, question).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if s.tried(ctx, err) != nil {
		return "", fmt.Errorf("reading what was asked: %w", err)
	}
	return text, nil
}
