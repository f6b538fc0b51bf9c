package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Slots hands out a bot's share of Discord's limit on all requests: so many in
// a second, whichever processes make them.
type Slots struct {
	store  *Store
	bot    string
	every  time.Duration
	perBot int
}

// Slots returns the slots of a bot, named by anything that its processes have
// in common: n requests in every span of time.
func (s *Store) Slots(ctx context.Context, bot string, n int, every time.Duration) (*Slots, error) {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range n {
			if _, err := tx.ExecContext(ctx, `INSERT INTO slot (bot, n, free) VALUES ($1, $2, 0) ON CONFLICT (bot, n) DO NOTHING`, bot, i); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM slot WHERE bot = $1 AND n >= $2`, bot, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("making room for requests: %w", err)
	}
	return &Slots{s, bot, every, n}, nil
}

// Take reserves n requests and tells when each may be made, in order.
func (l *Slots) Take(ctx context.Context, n int) (at []time.Time, err error) {
	for n > 0 {
		some := min(n, l.perBot)
		taken, err := l.take(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("taking room for requests: %w", err)
		}
		at = append(at, taken...)
		n -= some
	}
	slices.SortFunc(at, time.Time.Compare)
	return at, nil
}

func (l *Slots) take(ctx context.Context, n int) ([]time.Time, error) {
	s := l.store
	var taken []time.Time
	err := s.write(ctx, func(tx *sql.Tx) error {
		taken = nil
		// The time is that at which the slots are free to be taken, not that at
		// which they were asked for: who waits for others may wait for long.
		lock, now := "", fmt.Sprint(s.now().UnixMilli())
		if s.postgres {
			lock, now = "FOR UPDATE", "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
		}
		rows, err := tx.QueryContext(ctx, fmt.Sprintf(`
			UPDATE slot SET free = CASE WHEN free > %[1]s THEN free ELSE %[1]s END + $1
			WHERE bot = $2 AND n IN (SELECT n FROM slot WHERE bot = $2 ORDER BY free, n LIMIT $3 %[2]s)
			RETURNING free`, now, lock), l.every.Milliseconds(), l.bot, n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var free int64
			if err := rows.Scan(&free); err != nil {
				return err
			}
			// By this machine's clock, as whoever asks goes by it.
			taken = append(taken, time.Now().Add(time.UnixMilli(free).Add(-l.every).Sub(s.now())))
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}
