package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"summitbot/bot"
)

// Vote keeps a vote in place of the member's earlier one on the same answer.
func (s *Store) Vote(ctx context.Context, v bot.Vote) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		answer := v.Answer // or the first message of the answer that it is a part of
		err := tx.QueryRowContext(ctx, `
			SELECT message FROM post WHERE question = COALESCE((SELECT question FROM post WHERE message = $2), $1) ORDER BY part, message LIMIT 1`, v.Asked, v.Answer).Scan(&answer)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (answer, member) DO UPDATE SET up = excluded.up, reason = excluded.reason, words = excluded.words, at = excluded.at`,
			answer, s.member(v.Member), v.Up, v.Reason, v.Words, v.Question, v.Text, v.Article, strings.Join(v.Sentences, " "), stamp(v.At))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping a vote: %w", err)
	}
	return nil
}

// Votes returns all votes, the oldest first. Their members are hashes.
func (s *Store) Votes(ctx context.Context) ([]bot.Vote, error) { return s.votes(ctx, "") }

// votes reads the votes that a condition holds for.
func (s *Store) votes(ctx context.Context, where string, args ...any) ([]bot.Vote, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT answer, member, up, reason, words, question, text, article, sentences, at FROM vote `+where+` ORDER BY at, answer, member`, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the votes: %w", err)
	}
	defer rows.Close()
	var all []bot.Vote
	for rows.Next() {
		var v bot.Vote
		var sentences, at string
		if err := rows.Scan(&v.Answer, &v.Member, &v.Up, &v.Reason, &v.Words, &v.Question, &v.Text, &v.Article, &sentences, &at); err != nil {
			return nil, fmt.Errorf("reading a vote: %w", err)
		}
		if v.At, err = moment(at); err != nil {
			return nil, fmt.Errorf("reading a vote: %w", err)
		}
		v.Sentences = strings.Fields(sentences)
		all = append(all, v)
	}
	return all, rows.Err()
}
