package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"

	"github.com/jackc/pgx/v5"
)

// This file has all that changes a row of the table question, as package queue
// says: each change is one guarded statement, with what belongs to it in the same
// transaction.

// Accept makes a row, under the terms. Once it returns, the row and what it takes
// of its member's quota outlive a crash.
func (s *Store) Accept(ctx context.Context, r queue.Row, t queue.Terms) (queue.Acceptance, error) {
	member := s.member(r.Member)
	var a queue.Acceptance // not to be touched unless it was written: when ctx ends, the write may go on
	err := s.write(ctx, func(tx *sql.Tx) error {
		a = queue.Acceptance{}
		now := s.now()
		var known, talking bool
		if err := s.row(ctx, tx, `
			SELECT EXISTS (SELECT 1 FROM question WHERE id = $1),
			       EXISTS (SELECT 1 FROM question WHERE finished = '' AND place = $2 AND member = $3)`, r.ID, r.Place, member).Scan(&known, &talking); err != nil {
			return err
		}
		if known {
			return nil
		}
		if t.PerMinute > 0 && r.Member != "" {
			wait, err := s.take(ctx, tx, r.Member, t.PerMinute, now)
			if a.Wait = wait; err != nil || wait > 0 {
				return err
			}
		}
		a.Fresh, a.Claimed = true, t.Claim && !talking
		r.State, r.Revision, r.Fence = queue.Accepted, 0, 0
		lease := ""
		if a.Claimed {
			r.Fence, lease = 1, stamp(now.Add(queue.ClaimLife))
		}
		if err := s.insert(ctx, tx, r, lease, now); err != nil || a.Claimed {
			return err
		}
		return s.tell(ctx, tx, "")
	})
	if errors.Is(err, errKnown) {
		return queue.Acceptance{}, nil
	}
	if err != nil {
		return queue.Acceptance{}, fmt.Errorf("accepting a question: %w", err)
	}
	if a.Fresh && !a.Claimed {
		s.nudge()
	}
	return a, nil
}

// claimOpen takes open questions that are due and that nobody has, in their turn.
// What a member asks in one place is taken in its order, one at a time, for a
// question may go on from the one before. Rows that another process is just
// claiming are passed over. A claim that was not given up, and has ended, may have
// posted what it could not record.
const claimOpen = `
	WITH next AS MATERIALIZED (
		SELECT id FROM question q WHERE finished = '' AND lease < $3 AND due <= $3 AND (owner <> $1 OR id NOT IN (%s)) AND (place = '' OR place NOT IN (%s)) AND NOT EXISTS (
			SELECT 1 FROM question e WHERE e.finished = '' AND e.place = q.place AND e.member = q.member
			AND (e.accepted < q.accepted OR e.accepted = q.accepted AND e.id < q.id))
		ORDER BY turn, accepted, id LIMIT %d %s)
	UPDATE question SET owner = $1, lease = $2, attempts = attempts + 1, tries = tries + 1, unsure = unsure OR owner <> ''
	WHERE id IN (SELECT id FROM next)
	RETURNING ` + keptColumns

// Claim takes up to most open questions that are due and that nobody works on:
// new ones, and those whose claims were given up or not renewed, but not those
// that this process has in hand, nor those in places that are full. They come in
// the order in which they were accepted.
func (s *Store) Claim(ctx context.Context, most int, inHand, full []string) ([]queue.Row, error) {
	if most < 1 {
		return nil, nil
	}
	// Mostly nothing is open, which is seen at less cost than claiming it.
	var open bool
	if err := s.row(ctx, nil, `SELECT EXISTS (SELECT 1 FROM question WHERE finished = '' AND lease < $1 AND due <= $1)`, stamp(s.now())).Scan(&open); err != nil {
		return nil, fmt.Errorf("looking for open questions: %w", err)
	}
	if !open {
		return nil, nil
	}
	lock, mode := "", []any(nil)
	if s.postgres {
		lock = "FOR UPDATE SKIP LOCKED"
		// It is planned anew each time: a plan from when nothing waited reads
		// all of a backlog, again and again.
		mode = []any{pgx.QueryExecModeExec}
	}
	var taken []kept
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		marks, args := list(inHand, s.me, stamp(s.now().Add(queue.ClaimLife)), stamp(s.now()))
		shut, args := list(full, args...)
		taken, err = s.read(ctx, tx, fmt.Sprintf(claimOpen, marks, shut, most, lock), append(mode, args...)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claiming questions: %w", err)
	}
	var claimed []queue.Row
	for _, k := range taken {
		claimed = append(claimed, k.Row)
	}
	slices.SortFunc(claimed, func(a, b queue.Row) int {
		if c := a.Accepted.Compare(b.Accepted); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return claimed, nil
}

// Renew makes the claims of what this process has in hand last for another
// queue.ClaimLife, tells what of it is another's by now, closed or revised, and
// counts the open questions of all. On SQLite it writes also when there is nothing
// in hand, and so finds out whether that can be done.
func (s *Store) Renew(ctx context.Context, inHand []queue.Held) (int, []string, error) {
	if err := s.inPlace(ctx); err != nil {
		return 0, nil, fmt.Errorf("renewing claims: %w", s.tried(ctx, err))
	}
	var held []string
	for _, h := range inHand {
		held = append(held, h.ID)
	}
	open, changed := 0, []string(nil)
	err := s.write(ctx, func(tx *sql.Tx) error {
		if !s.postgres {
			if err := s.probe(ctx, tx); err != nil {
				return err
			}
		}
		changed = nil
		as := map[queue.Held]bool{}
		marks, args := list(held, stamp(s.now().Add(queue.ClaimLife)), s.me)
		err := each(ctx, tx, `UPDATE question SET lease = $1 WHERE finished = '' AND owner = $2 AND id IN (`+marks+`) RETURNING id, attempts, revision`, args, func(rows *sql.Rows) error {
			var h queue.Held
			err := rows.Scan(&h.ID, &h.Fence, &h.Revision)
			as[h] = true
			return err
		})
		if err != nil {
			return err
		}
		for _, h := range inHand {
			if !as[h] {
				changed = append(changed, h.ID)
			}
		}
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM question WHERE finished = ''`).Scan(&open)
	})
	if err != nil {
		return 0, nil, fmt.Errorf("renewing claims: %w", err)
	}
	return open, changed, nil
}

// Read reads a claimed row anew, and renews its claim.
func (s *Store) Read(ctx context.Context, id string, fence int) (r queue.Row, err error) {
	var all []kept
	err = s.write(ctx, func(tx *sql.Tx) (err error) {
		all, err = s.read(ctx, tx, `UPDATE question SET lease = $4 WHERE id = $1 AND owner = $2 AND attempts = $3 AND finished = '' RETURNING `+keptColumns,
			id, s.me, fence, stamp(s.now().Add(queue.ClaimLife)))
		if err == nil && len(all) == 0 {
			err = queue.ErrTaken
		}
		return err
	})
	if err != nil {
		return queue.Row{}, fmt.Errorf("reading a claimed question: %w", err)
	}
	return all[0].Row, nil
}

// Acknowledge notes that an interaction was acknowledged, whoever has it.
func (s *Store) Acknowledge(ctx context.Context, id string) error {
	return s.simply(ctx, "noting that a question is acknowledged", `UPDATE question SET acked = TRUE WHERE id = $1`, id)
}

// Lose notes that a message was deleted, if it is a post that stands.
func (s *Store) Lose(ctx context.Context, message string) error {
	return s.simply(ctx, "noting that an answer was deleted", `UPDATE post SET gone = TRUE WHERE message = $1 AND NOT gone`, message)
}

// Record keeps what stands of a claimed row, and whether it is acknowledged.
func (s *Store) Record(ctx context.Context, r queue.Row) error {
	return s.change(ctx, "keeping what stands of an answer", r, `event = event`, ``)
}

// Answer keeps the answer to a claimed row before it is posted, with its record:
// whoever settles the row need not know it.
func (s *Store) Answer(ctx context.Context, r queue.Row, a queue.Result) error {
	history, err := json.Marshal(a.Question.History)
	if err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	reason, lacking, article, sentences, near := evidence(a.Answer)
	u := a.Answer.Usage
	// Who asked to be forgotten meanwhile has no member in the row.
	return s.change(ctx, "keeping an answer", r, `state = 'answered', answer = $6, kind = COALESCE(NULLIF($7, ''), kind),
		text = CASE WHEN member = '' THEN '' ELSE $8 END, history = CASE WHEN member = '' THEN '' ELSE $9 END,
		shown = CASE WHEN member = '' THEN '' ELSE $10 END, lacking = CASE WHEN member = '' THEN '' ELSE $11 END,
		verdict = $12, mode = $13, fallback = $14, reason = $15, article = $16, sentences = $17, near = $18,
		calls = $19, prompt_tokens = $20, cached_tokens = $21, completion_tokens = $22`, `AND state IN ('accepted', 'stopped')`,
		a.Body, string(a.Question.Kind), plain(a.Question.Text), string(history), plain(a.Shown), plain(lacking),
		string(a.Answer.Verdict), string(a.Answer.Mode), string(a.Answer.Fallback), reason, article, sentences, near,
		u.Calls, u.PromptTokens, u.CachedTokens, u.CompletionTokens)
}

const (
	// given gives up a claim, and free one of which all is recorded that was
	// posted. Of who asked to be forgotten it never is.
	given = `owner = '', lease = ''`
	free  = given + `, unsure = (member = '')`
	// asides are rows that are no questions: their words are somebody else's, and
	// go when they are closed, and there are no records of them.
	asides = `('check', 'retell', 'help')`
	// closed closes a row, at $6: what had to be known to answer it is deleted,
	// and where it was asked is when it has no member any more. (Until then, that
	// tells its turn.) Of a withdrawn one the bare id stays.
	closed = free + `, finished = $6, event = '', answer = '', due = '',
		kind = CASE WHEN withdrawn AND kind NOT IN ` + asides + ` THEN '' ELSE kind END,
		text = CASE WHEN kind IN ` + asides + ` THEN '' ELSE text END, history = CASE WHEN kind IN ` + asides + ` THEN '' ELSE history END,
		shown = CASE WHEN kind IN ` + asides + ` THEN '' ELSE shown END, lacking = CASE WHEN kind IN ` + asides + ` THEN '' ELSE lacking END,
		place = CASE WHEN member = '' THEN '' ELSE place END, server = CASE WHEN member = '' THEN '' ELSE server END`
)

// Settle closes a claimed row of which all stands that should; its words are kept,
// without who asked, for reports. How long it took is how long it took until an
// answer stood first, however often the question was edited since.
func (s *Store) Settle(ctx context.Context, r queue.Row) error {
	return s.change(ctx, "settling a question", r, closed+`, state = 'settled', took = CASE WHEN took > 0 OR withdrawn THEN took ELSE $7 END`,
		`AND state IN ('answered', 'withdrawn')`, stamp(s.now()), max(1, time.Since(r.Accepted).Milliseconds()))
}

// Abandon closes a claimed row for a reason.
func (s *Store) Abandon(ctx context.Context, r queue.Row, reason string) error {
	return s.change(ctx, "abandoning a question", r, closed+`, state = 'abandoned', ended = $7, verdict = ''`, ``, stamp(s.now()), reason)
}

// Release gives up one claim, and notes whether there may be posts that are not
// recorded (Unsure): after a pause, anybody may claim the row.
func (s *Store) Release(ctx context.Context, r queue.Row, pause time.Duration) error {
	return s.change(ctx, "giving up a claim", r, given+`, unsure = (member = '' OR $7), due = $6`, ``, stamp(s.now().Add(pause)), r.Unsure)
}

// ReleaseAll gives up this process's claims, so that others need not wait for
// their end. What they posted may not be recorded.
func (s *Store) ReleaseAll(ctx context.Context) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE question SET owner = '', lease = '', unsure = TRUE WHERE finished = '' AND owner = $1`, s.me)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.tell(ctx, tx, "")
	})
	if err != nil {
		return fmt.Errorf("giving up claims: %w", err)
	}
	return nil
}

// change changes a claimed row, and keeps its posts, if the claim is this
// process's and the row has not changed since.
func (s *Store) change(ctx context.Context, doing string, r queue.Row, set, guard string, args ...any) error {
	args = append([]any{r.ID, s.me, r.Fence, r.Revision, r.Acked}, args...)
	err := s.write(ctx, func(tx *sql.Tx) error {
		var member string
		var posts int
		err := s.row(ctx, tx, `UPDATE question SET `+set+`, acked = acked OR $5
			WHERE id = $1 AND owner = $2 AND attempts = $3 AND revision = $4 AND finished = '' `+guard+`
			RETURNING member, (SELECT COUNT(*) FROM post WHERE post.question = question.id)`, args...).Scan(&member, &posts)
		if err == nil && posts+len(r.Posts) > 0 {
			err = s.keepPosts(ctx, tx, r.ID, member, r.Posts)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var mine bool
		err = s.row(ctx, tx, `SELECT EXISTS (SELECT 1 FROM question WHERE id = $1 AND owner = $2 AND attempts = $3 AND finished = '')`, r.ID, s.me, r.Fence).Scan(&mine)
		switch {
		case err != nil:
			return err
		case mine:
			return queue.ErrRevised
		}
		return queue.ErrTaken
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if strings.HasPrefix(set, given) { // the row, or the same member's next question, may be claimed now
		s.nudge()
	}
	return nil
}

// renewed makes a row one that is to be worked on, of server $3 in place $2, by
// whoever has claimed it, if somebody has. Nothing is left of its answer but how
// long that took.
const renewed = `revision = revision + 1, tries = 0, place = $2, server = $3, answer = '', due = '', finished = $4, ended = '',
	turn = CASE WHEN finished = '' THEN turn ELSE (` + nextTurn + `) END,
	history = '', shown = '', verdict = '', mode = '', fallback = '', reason = '', lacking = '', article = '', sentences = '', near = '',
	calls = 0, prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0`

// Revise changes what is asked, unless that is no news: the row is accepted again.
// It counts as a question, unless nobody has begun to answer the one before.
func (s *Store) Revise(ctx context.Context, r queue.Row, t queue.Terms) (queue.Revision, error) {
	var v queue.Revision
	err := s.outside(ctx, "revising a question", r.ID, func(tx *sql.Tx, k *kept) (bool, error) {
		v = queue.Revision{Known: k != nil}
		if k == nil || k.withdrawn || k.Edited >= r.Edited {
			return false, nil
		}
		if k.Text == plain(r.Text) {
			_, err := s.exec(ctx, tx, `UPDATE question SET edited = $2 WHERE id = $1`, r.ID, r.Edited)
			return false, err
		}
		now := s.now()
		waits := k.State == queue.Accepted && k.Tries == 0 && k.lease < stamp(now)
		if t.PerMinute > 0 && r.Member != "" && !waits {
			wait, err := s.take(ctx, tx, r.Member, t.PerMinute, now)
			if v.Wait = wait; err != nil || wait > 0 {
				return false, err
			}
		}
		v.Revised = true
		at := k.at(r)
		_, err := s.exec(ctx, tx, `UPDATE question SET `+renewed+`, state = 'accepted', event = $5, edited = $6, kind = COALESCE(NULLIF($7, ''), kind),
			text = CASE WHEN member = '' THEN '' ELSE $8 END WHERE id = $1 AND revision = $9 AND NOT withdrawn`,
			r.ID, at.ID, at.Server, "", r.Event, r.Edited, string(r.Kind), plain(r.Text), k.Revision)
		return true, err
	})
	if err != nil {
		return queue.Revision{}, err
	}
	return v, nil
}

// Withdraw has what stands of a question taken back, and deletes its words: for
// good, for nothing changes a row that was withdrawn. It tells whether there is
// such a row; where it must, it makes one. One of which nothing can stand is
// settled at once.
func (s *Store) Withdraw(ctx context.Context, r queue.Row, must bool) (bool, error) {
	var known bool // not to be touched unless it was written: see Accept
	withdraw := func(tx *sql.Tx, k *kept) (bool, error) {
		if known = k != nil || must; k == nil && must {
			r.State, r.Fence, r.Text, r.Unsure = queue.Withdrawn, 0, "", true
			return true, s.insert(ctx, tx, r, "", s.now())
		}
		if k == nil || k.withdrawn {
			return false, nil
		}
		return true, s.withdraw(ctx, tx, r, k)
	}
	for {
		err := s.outside(ctx, "withdrawing a question", r.ID, withdraw)
		if !errors.Is(err, errKnown) { // or it is there by now
			return err == nil && known, err
		}
	}
}

// withdraw withdraws a row that is there.
func (s *Store) withdraw(ctx context.Context, tx *sql.Tx, r queue.Row, k *kept) error {
	at, state, kind, finished := k.at(r), queue.Withdrawn, k.Kind, ""
	if k.Fence == 0 && k.Open() && !k.Acked && !k.Unsure && len(k.Posts) == 0 {
		state, kind, finished, r.Event = queue.Settled, "", stamp(s.now()), ""
	}
	if _, err := s.exec(ctx, tx, `UPDATE vote SET question = '', text = '' WHERE answer IN (SELECT message FROM post WHERE question = $1)`, r.ID); err != nil {
		return err
	}
	_, err := s.exec(ctx, tx, `UPDATE question SET `+renewed+`, state = $5, event = $6, kind = $7, text = '', took = 0, withdrawn = TRUE WHERE id = $1 AND revision = $8 AND NOT withdrawn`,
		r.ID, at.ID, at.Server, finished, string(state), r.Event, string(kind), k.Revision)
	return err
}

// at is where a row was asked, as it says itself, or as whoever changes it does
// when that was forgotten.
func (k *kept) at(r queue.Row) bot.Place {
	if k.Place != "" {
		return bot.Place{ID: k.Place, Server: k.Server}
	}
	return bot.Place{ID: r.Place, Server: r.Server}
}

// Stop stops answering a question, and tells whether there was something to stop.
func (s *Store) Stop(ctx context.Context, id string) (bool, error) {
	var stopped bool // not to be touched unless it was written: see Accept
	err := s.outside(ctx, "stopping a question", id, func(tx *sql.Tx, k *kept) (bool, error) {
		if stopped = k != nil && k.State == queue.Accepted; !stopped {
			return false, nil
		}
		_, err := s.exec(ctx, tx, `UPDATE question SET state = 'stopped', revision = revision + 1, due = '' WHERE id = $1 AND state = 'accepted'`, id)
		return true, err
	})
	return err == nil && stopped, err
}

// outside changes a row from outside its claim. Whoever has claimed it is told of
// that, if it is so, and whoever claims such rows is nudged.
func (s *Store) outside(ctx context.Context, doing, id string, change func(*sql.Tx, *kept) (changed bool, err error)) error {
	var changed, mine bool
	err := s.write(ctx, func(tx *sql.Tx) error {
		mine = false
		k, err := s.find(ctx, tx, id)
		if err != nil {
			return err
		}
		if changed, err = change(tx, k); err != nil || !changed {
			return err
		}
		whose := ""
		if k != nil && k.owner != "" {
			if mine = k.owner == s.me; !mine {
				whose = id
			}
		}
		return s.tell(ctx, tx, whose)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if mine {
		s.revise(id)
	}
	if changed {
		s.nudge()
	}
	return nil
}
