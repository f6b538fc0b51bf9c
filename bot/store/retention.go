package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	// seen is for how long at least a finished question is known to have been
	// seen: no event of Discord's comes again after so long, and nothing
	// older is read again.
	seen = 24 * time.Hour
	// placesKept is for how long a place is known in which nobody asks.
	placesKept = 7 * 24 * time.Hour
)

// Purge deletes what is older than it is to be kept. Words are kept for half
// an hour at least, as long as a conversation goes on.
func (s *Store) Purge(ctx context.Context) error {
	now := s.now()
	kept := now.Add(-max(s.retention, seen))
	deletions := []struct{ statement, before string }{
		{`DELETE FROM post WHERE question IN (SELECT id FROM question WHERE finished <> '' AND accepted < $1)`, stamp(kept)},
		{`DELETE FROM question WHERE finished <> '' AND accepted < $1`, stamp(kept)},
		{`UPDATE question SET text = '', history = '', shown = '', lacking = '' WHERE finished <> '' AND accepted < $1 AND (text <> '' OR shown <> '')`, stamp(now.Add(-max(s.retention, lapse)))},
		{`DELETE FROM vote WHERE at < $1`, stamp(kept)},
		{`DELETE FROM usage WHERE day < $1`, day(kept)},
		{`DELETE FROM answer WHERE until < $1`, stamp(now)},
		{`DELETE FROM place WHERE at < $1`, stamp(now.Add(-placesKept))},
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		for _, d := range deletions {
			if _, err := tx.ExecContext(ctx, d.statement, d.before); err != nil {
				return err
			}
		}
		// A vote says what was asked for as long as the question is kept.
		if _, err := tx.ExecContext(ctx, `UPDATE vote SET question = '' WHERE question <> '' AND NOT EXISTS (
			SELECT 1 FROM post p JOIN question q ON q.id = p.question WHERE p.message = vote.answer AND q.text <> '')`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM quota WHERE tat < $1`, now.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting what is too old: %w", err)
	}
	return s.erase(ctx, eraseEvery)
}

// Forget removes a member from everything that is kept. Of what they asked in
// the last day the bare id stays, so that it is not answered a second time; which
// messages answer it has to be looked for, should it be withdrawn. What was spent
// for them stays without them.
func (s *Store) Forget(ctx context.Context, member string) error {
	if member == "" {
		return nil
	}
	m := s.member(member)
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		run := func(query string, args ...any) {
			if err == nil {
				_, err = tx.ExecContext(ctx, query, append([]any{m}, args...)...)
			}
		}
		run(`DELETE FROM vote WHERE member = $1`)
		run(`INSERT INTO usage (day, server, member, calls, prompt_tokens, cached_tokens, completion_tokens)
			SELECT day, server, '', calls, prompt_tokens, cached_tokens, completion_tokens FROM usage WHERE member = $1
			ON CONFLICT (day, server, member) DO UPDATE SET calls = usage.calls + excluded.calls, prompt_tokens = usage.prompt_tokens + excluded.prompt_tokens,
			cached_tokens = usage.cached_tokens + excluded.cached_tokens, completion_tokens = usage.completion_tokens + excluded.completion_tokens`)
		run(`DELETE FROM usage WHERE member = $1`)
		// Others' votes hold the words too, and the questions tell which do.
		run(`UPDATE vote SET question = '', text = '' WHERE answer IN (SELECT message FROM post JOIN question ON question.id = post.question WHERE member = $1 AND member <> '')`)
		run(`DELETE FROM post WHERE question IN (SELECT id FROM question WHERE member = $1 AND member <> '')`)
		run(`DELETE FROM question WHERE member = $1 AND member <> '' AND finished <> '' AND accepted < $2`, stamp(s.now().Add(-seen)))
		run(`UPDATE question SET text = '', history = '', shown = '', lacking = '', unsure = TRUE,
			place = CASE WHEN finished = '' THEN place ELSE '' END, server = CASE WHEN finished = '' THEN server ELSE '' END, member = '' WHERE member = $1 AND member <> ''`)
		return err
	})
	if err != nil {
		return fmt.Errorf("forgetting a member: %w", err)
	}
	return s.erase(ctx, 0)
}
