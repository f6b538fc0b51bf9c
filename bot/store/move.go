package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"summitbot/bot/queue"
)

// How many rows are moved in one transaction, and how long that may take: the calls
// of the memory wait for it.
const (
	movedAtOnce = 25
	moveWithin  = 2 * time.Second
)

// back moves what is in memory to the primary, which works.
func (s *Standby) back(ctx context.Context) error {
	s.moving.Lock()
	defer s.moving.Unlock()
	err := s.pace(ctx)
	for n := movedAtOnce; err == nil && n == movedAtOnce && (s.Away() || s.holds()); {
		n, err = s.move(ctx)
	}
	if err != nil {
		return fmt.Errorf("moving questions to the store that is there again: %w", err)
	}
	if s.isAway.CompareAndSwap(true, false) {
		s.log.InfoContext(ctx, "the store is there again")
	}
	return nil
}

// move moves some rows, in one transaction of the primary within one of the
// memory: what asks for one of them meanwhile waits, does not find it, and looks
// in the primary.
func (s *Standby) move(ctx context.Context) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, moveWithin)
	defer cancel()
	memory := s.opened.Load()
	if memory == nil {
		return 0, nil
	}
	var gone []string
	err = memory.do(ctx, func(from *sql.Tx) error {
		rows, err := memory.read(ctx, from, fmt.Sprintf(`SELECT %s FROM question ORDER BY accepted, id LIMIT %d`, keptColumns, movedAtOnce))
		if err == nil {
			err = s.write(ctx, func(to *sql.Tx) error { return s.receive(ctx, from, to, rows) })
		}
		for _, k := range rows {
			gone = append(gone, k.ID)
		}
		marks, args := list(gone)
		for _, statement := range []string{`DELETE FROM post WHERE question IN (` + marks + `)`, `DELETE FROM question WHERE id IN (` + marks + `)`} {
			if err == nil {
				_, err = from.ExecContext(ctx, statement, args...)
			}
		}
		if err == nil {
			_, err = from.ExecContext(ctx, `DELETE FROM quota`)
		}
		if err == nil {
			s.note(false, gone...) // before others find it gone
		}
		return err
	})
	if err != nil {
		s.note(true, gone...)
		return 0, err
	}
	s.nudge()
	return len(gone), nil
}

// receive takes rows out of the memory, and how fast their members ask.
func (s *Store) receive(ctx context.Context, from, to *sql.Tx, rows []kept) error {
	for _, m := range rows {
		if err := s.receiveOne(ctx, from, to, m); err != nil {
			return err
		}
		if err := s.place(ctx, to, m.at(m.Row), s.now()); err != nil {
			return err
		}
	}
	err := each(ctx, from, `SELECT member, tat FROM quota`, nil, func(rows *sql.Rows) error {
		var member string
		var tat int64
		if err := rows.Scan(&member, &tat); err != nil {
			return err
		}
		_, err := to.ExecContext(ctx, `INSERT INTO quota (member, tat) VALUES ($1, $2)
			ON CONFLICT (member) DO UPDATE SET tat = CASE WHEN quota.tat < excluded.tat THEN excluded.tat ELSE quota.tat END`, member, tat)
		return err
	})
	return errors.Join(err, s.tell(ctx, to, ""))
}

// receiveOne keeps a row as it is in memory: also in place of one that was accepted
// here although nobody got to know it, and that nobody has claimed or changed
// since. Otherwise the one that is here goes on, withdrawn if the other was.
func (s *Store) receiveOne(ctx context.Context, from, to *sql.Tx, m kept) error {
	k, err := s.find(ctx, to, m.ID)
	if err != nil {
		return err
	}
	if k != nil {
		withdrawn := m.withdrawn && !k.withdrawn
		same := k.Open() && (k.owner == "" || k.owner == s.me) && k.Fence <= m.Fence && k.Revision <= m.Revision && m.withdrawn == k.withdrawn
		if withdrawn && (m.Open() || k.Open()) {
			if m.Event == "" {
				m.Event = k.Event
			}
			s.revise(m.ID)
			return errors.Join(s.withdraw(ctx, to, m.Row, k), s.tell(ctx, to, m.ID))
		}
		if !same && !withdrawn {
			return nil
		}
		for _, statement := range []string{`DELETE FROM post WHERE question = $1`, `DELETE FROM question WHERE id = $1`} {
			if _, err := to.ExecContext(ctx, statement, m.ID); err != nil {
				return err
			}
		}
	}
	return errors.Join(copyRows(ctx, from, to, "question", `WHERE id = $1`, m.ID), copyRows(ctx, from, to, "post", `WHERE question = $1`, m.ID))
}

// Renew renews the claims in both, and moves what is in memory to a primary that
// works again.
func (s *Standby) Renew(ctx context.Context, inHand []queue.Held) (open int, changed []string, err error) {
	var here, there []queue.Held
	for _, h := range inHand {
		if s.has(h.ID) {
			here = append(here, h)
		} else {
			there = append(there, h)
		}
	}
	if m := s.opened.Load(); m != nil && s.holds() {
		if open, changed, err = m.Renew(ctx, here); err != nil {
			return 0, nil, err
		}
	}
	type renewal struct {
		open    int
		changed []string
	}
	r, err := ask(ctx, s, primaryWithin, func(ctx context.Context, to *Store) (r renewal, err error) {
		r.open, r.changed, err = to.Renew(ctx, there)
		return r, err
	})
	if err == nil {
		err = s.back(ctx)
	}
	return open + r.open, append(changed, r.changed...), err
}

// ReleaseAll gives up all claims, once what is in memory is moved, if that can be.
func (s *Standby) ReleaseAll(ctx context.Context) error {
	if s.holds() {
		if err := s.back(ctx); err != nil {
			s.log.WarnContext(ctx, "what was accepted while the store was away is not kept", "cause", err)
		}
	}
	return s.both(ctx, func(ctx context.Context, to *Store) error { return to.ReleaseAll(ctx) })
}
