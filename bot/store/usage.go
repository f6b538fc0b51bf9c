package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"summitbot/bot"
)

// day is the day (UTC) as it is kept.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Spend notes what a reply to a question has cost: its member, unless they were
// forgotten meanwhile.
func (s *Store) Spend(ctx context.Context, q bot.Question, u bot.Usage) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO usage (day, server, member, calls, prompt_tokens, cached_tokens, completion_tokens) VALUES ($1, $2, COALESCE((SELECT member FROM question WHERE id = $8), $3), $4, $5, $6, $7)
			ON CONFLICT (day, server, member) DO UPDATE SET calls = usage.calls + excluded.calls, prompt_tokens = usage.prompt_tokens + excluded.prompt_tokens,
				cached_tokens = usage.cached_tokens + excluded.cached_tokens, completion_tokens = usage.completion_tokens + excluded.completion_tokens`,
			day(s.now()), q.Server, s.member(q.Member), u.Calls, u.PromptTokens, u.CachedTokens, u.CompletionTokens, q.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting what a reply has cost: %w", err)
	}
	return nil
}

// Spent is how many tokens all processes have spent today (UTC).
func (s *Store) Spent(ctx context.Context) (tokens int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE(SUM(prompt_tokens + completion_tokens), 0) FROM usage WHERE day = $1`, day(s.now())).Scan(&tokens)
	if s.tried(ctx, err) != nil {
		return 0, fmt.Errorf("reading what was spent today: %w", err)
	}
	return tokens, nil
}

// Recall returns what Shelve has kept under a key, nil if there is nothing.
func (s *Store) Recall(ctx context.Context, key string) ([]byte, error) {
	var body string
	err := s.db.QueryRowContext(ctx, `SELECT body FROM answer WHERE key = $1 AND until >= $2`, key, stamp(s.now())).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if s.tried(ctx, err) != nil {
		return nil, fmt.Errorf("reading a kept answer: %w", err)
	}
	return []byte(body), nil
}

// Shelve keeps an answer under a key for some time.
func (s *Store) Shelve(ctx context.Context, key string, body []byte, life time.Duration) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO answer (key, body, until) VALUES ($1, $2, $3)
			ON CONFLICT (key) DO UPDATE SET body = excluded.body, until = excluded.until`, key, string(body), stamp(s.now().Add(life)))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping an answer for others: %w", err)
	}
	return nil
}
