package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Take lets a member do now what counts as a question, or tells how long they
// have to wait: perMinute of them in a minute, which may come all at once. 0
// is any number.
func (s *Store) Take(ctx context.Context, member string, perMinute int) (time.Duration, error) {
	if perMinute == 0 || member == "" {
		return 0, nil
	}
	var wait time.Duration
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		wait, err = s.take(ctx, tx, member, perMinute, s.now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("taking from a member's quota: %w", err)
	}
	return wait, nil
}

// take is Take within a transaction, by the generic cell rate algorithm: the
// row tells when the next question would come if they came evenly, and one may
// come a minute before that. The row's lock makes others wait for the
// transaction's end.
func (s *Store) take(ctx context.Context, tx *sql.Tx, member string, perMinute int, now time.Time) (wait time.Duration, err error) {
	pacer, err := s.pacer(ctx, tx, member, now)
	if err != nil {
		return 0, err
	}
	step := (time.Minute / time.Duration(perMinute)).Milliseconds()
	at := now.UnixMilli()
	latest := at + time.Minute.Milliseconds() - step
	result, err := s.exec(ctx, tx, `
		INSERT INTO quota (member, tat) VALUES ($1, $2)
		ON CONFLICT (member) DO UPDATE SET tat = CASE WHEN quota.tat > $3 THEN quota.tat + $4 ELSE $2 END WHERE quota.tat <= $5`,
		pacer, at+step, at, step, latest)
	if err != nil {
		return 0, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return 0, err
	}
	var tat int64
	err = tx.QueryRowContext(ctx, `SELECT tat FROM quota WHERE member = $1`, pacer).Scan(&tat)
	// More than all of a minute cannot have been taken: the clock was put back.
	if most := latest + step; err == nil && tat > most {
		tat = most
		_, err = s.exec(ctx, tx, `UPDATE quota SET tat = $2 WHERE member = $1`, pacer, tat)
	}
	return max(time.Duration(tat-latest)*time.Millisecond, time.Millisecond), err
}

// pacer is a member as the table quota knows them, under a key that is made
// each day (UTC) in place of the last: nothing else is kept under it, so that
// what stays of a member who is forgotten leads to nothing that was deleted.
func (s *Store) pacer(ctx context.Context, tx *sql.Tx, member string, now time.Time) (string, error) {
	var key string
	err := s.row(ctx, tx, `SELECT value FROM secret WHERE name = 'pace'`).Scan(&key)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	if today := day(now); key < today {
		err := tx.QueryRowContext(ctx, `
			INSERT INTO secret (name, value) VALUES ('pace', $1)
			ON CONFLICT (name) DO UPDATE SET value = CASE WHEN secret.value < $2 THEN excluded.value ELSE secret.value END
			RETURNING value`, today+" "+rand.Text(), today).Scan(&key)
		if err != nil {
			return "", err
		}
	}
	return hashed([]byte(key), member), nil
}
