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

	"github.com/jackc/pgx/v5"
)

// errKnown rolls the acceptance of a question back that is known.
var errKnown = errors.New("the question is known")

// Accept keeps a question until it is finished, under the terms. Once it
// returns, the question and what it takes of its member's quota outlive a
// crash.
func (s *Store) Accept(ctx context.Context, p bot.Pending, t bot.Terms) (bot.Acceptance, error) {
	member := s.member(p.Member)
	var a bot.Acceptance // not to be touched unless it was written: when ctx ends, the write may go on
	err := s.write(ctx, func(tx *sql.Tx) error {
		a = bot.Acceptance{}
		now := s.now()
		var known, talking bool
		if err := s.row(ctx, tx, `
			SELECT EXISTS (SELECT 1 FROM question WHERE id = $1),
			       EXISTS (SELECT 1 FROM question WHERE finished = '' AND place = $2 AND member = $3)`, p.ID, p.Place, member).Scan(&known, &talking); err != nil {
			return err
		}
		if known {
			return nil
		}
		if t.PerMinute > 0 && p.Member != "" {
			wait, err := s.take(ctx, tx, p.Member, t.PerMinute, now)
			if a.Wait = wait; err != nil || wait > 0 {
				return err
			}
		}
		a.Fresh, a.Claimed = true, t.Claim && !talking
		owner, lease, attempts := "", "", 0
		if a.Claimed {
			owner, lease, attempts = s.me, stamp(now.Add(bot.ClaimLife)), 1
		}
		result, err := s.exec(ctx, tx, `
			INSERT INTO question (id, place, server, member, event, answer, attempts, owner, lease, accepted, finished, turn)
			VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $9, '', (`+nextTurn+`)) ON CONFLICT (id) DO NOTHING`,
			p.ID, p.Place, p.Server, member, p.Event, attempts, owner, lease, stamp(now))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errKnown) // another process was quicker
		}
		if err := s.place(ctx, tx, p, now); err != nil || a.Claimed {
			return err
		}
		return s.tell(ctx, tx)
	})
	if errors.Is(err, errKnown) {
		return bot.Acceptance{}, nil
	}
	if err != nil {
		return bot.Acceptance{}, fmt.Errorf("accepting a question: %w", err)
	}
	if a.Fresh && !a.Claimed {
		s.nudge()
	}
	return a, nil
}

// place notes where a question was asked.
func (s *Store) place(ctx context.Context, tx *sql.Tx, p bot.Pending, now time.Time) error {
	_, err := s.exec(ctx, tx, `
		INSERT INTO place (place, server, at) VALUES ($1, $2, $3)
		ON CONFLICT (place) DO UPDATE SET server = excluded.server, at = excluded.at`,
		p.Place, p.Server, stamp(now))
	return err
}

// nextTurn is the turn of a new question, of server $3 in place $2. Each server
// has its turn: its questions come one turn after the other, and the first of
// them in the turn that the open ones have come to, so that a busy server does
// not keep the others waiting.
const nextTurn = `
	SELECT COALESCE(MAX(turn), 0) FROM (
		SELECT MIN(turn) AS turn FROM question WHERE finished = ''
		UNION ALL SELECT MAX(turn) + 1 FROM question WHERE finished = '' AND COALESCE(NULLIF(server, ''), place) = COALESCE(NULLIF($3, ''), $2)
	) turns`

// claimOpen takes open questions that nobody has, in their turn. What a member
// asks in one place is taken in its order, one at a time, for a question may go
// on from the one before. Rows that another process is just claiming are passed
// over.
const claimOpen = `
	WITH next AS MATERIALIZED (
		SELECT id FROM question q WHERE finished = '' AND lease < $3 AND (owner <> $1 OR id NOT IN (%s)) AND NOT EXISTS (
			SELECT 1 FROM question e WHERE e.finished = '' AND e.place = q.place AND e.member = q.member
			AND (e.accepted < q.accepted OR e.accepted = q.accepted AND e.id < q.id))
		ORDER BY turn, accepted, id LIMIT %d %s)
	UPDATE question SET owner = $1, lease = $2, attempts = attempts + 1
	WHERE id IN (SELECT id FROM next)
	RETURNING id, place, server, event, answer, accepted, attempts`

// Claim takes up to most open questions that nobody answers: new ones, and
// those whose claims were not renewed, but not those that this process has in
// hand. They come in the order in which they were accepted.
func (s *Store) Claim(ctx context.Context, most int, inHand []string) ([]bot.Pending, error) {
	if most < 1 {
		return nil, nil
	}
	// Mostly nothing is open, which is seen at less cost than claiming it.
	var open bool
	if err := s.row(ctx, nil, `SELECT EXISTS (SELECT 1 FROM question WHERE finished = '' AND lease < $1)`, stamp(s.now())).Scan(&open); err != nil {
		return nil, fmt.Errorf("looking for open questions: %w", err)
	}
	if !open {
		return nil, nil
	}
	var claimed []bot.Pending
	lock, mode := "", []any(nil)
	if s.postgres {
		lock = "FOR UPDATE SKIP LOCKED"
		// It is planned anew each time: a plan from when nothing waited reads
		// all of a backlog, again and again.
		mode = []any{pgx.QueryExecModeExec}
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		claimed = nil
		here, now := time.Now(), s.now()
		marks, args := list(inHand, s.me, stamp(s.now().Add(bot.ClaimLife)), stamp(s.now()))
		rows, err := tx.QueryContext(ctx, fmt.Sprintf(claimOpen, marks, most, lock), append(mode, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p bot.Pending
			var accepted string
			if err := rows.Scan(&p.ID, &p.Place, &p.Server, &p.Event, &p.Answer, &accepted, &p.Attempts); err != nil {
				return err
			}
			at, err := moment(accepted)
			if err != nil {
				return err
			}
			p.Accepted = here.Add(at.Sub(now))
			claimed = append(claimed, p)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("claiming questions: %w", err)
	}
	slices.SortFunc(claimed, func(a, b bot.Pending) int {
		if c := a.Accepted.Compare(b.Accepted); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return claimed, nil
}

// list is a list of values for IN, and the arguments that it goes with, behind
// those before it.
func list(values []string, before ...any) (marks string, args []any) {
	args = before
	all := []string{"''"} // there has to be one
	for _, v := range values {
		args = append(args, v)
		all = append(all, fmt.Sprintf("$%d", len(args)))
	}
	return strings.Join(all, ", "), args
}

// Renew makes the claims of what this process has in hand last for another
// bot.ClaimLife, tells what of it is another's by now, or closed, and counts the
// open questions of all. On SQLite it writes also when there is nothing in hand,
// and so finds out whether that can be done.
func (s *Store) Renew(ctx context.Context, inHand []string) (int, []string, error) {
	if err := s.inPlace(ctx); err != nil {
		return 0, nil, fmt.Errorf("renewing claims: %w", s.tried(ctx, err))
	}
	open, lost := 0, []string(nil)
	err := s.write(ctx, func(tx *sql.Tx) error {
		if !s.postgres {
			if err := s.probe(ctx, tx); err != nil {
				return err
			}
		}
		marks, args := list(inHand, stamp(s.now().Add(bot.ClaimLife)), s.me)
		rows, err := tx.QueryContext(ctx, `UPDATE question SET lease = $1 WHERE finished = '' AND owner = $2 AND id IN (`+marks+`) RETURNING id`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		lost = slices.Clone(inHand)
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			lost = slices.DeleteFunc(lost, func(l string) bool { return l == id })
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM question WHERE finished = ''`).Scan(&open)
	})
	if err != nil {
		return 0, nil, fmt.Errorf("renewing claims: %w", err)
	}
	return open, lost, nil
}

// Release gives up this process's claims, so that others need not wait for
// their end.
func (s *Store) Release(ctx context.Context) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE question SET lease = '' WHERE finished = '' AND owner = $1 AND lease <> ''`, s.me)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.tell(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("giving up claims: %w", err)
	}
	return nil
}

// Drop gives up one claim: after a pause, anybody may claim the question.
func (s *Store) Drop(ctx context.Context, p bot.Pending, pause time.Duration) error {
	return s.fenced(ctx, "giving up a claim", `UPDATE question SET owner = '', lease = $3 WHERE id = $1 AND attempts = $2 AND finished = ''`, p.ID, p.Attempts, stamp(s.now().Add(pause)))
}

// Answered keeps the answer to a claimed question, so that it need not be made
// again. It returns bot.ErrTaken if the claim is over.
func (s *Store) Answered(ctx context.Context, p bot.Pending, answer string) error {
	return s.fenced(ctx, "keeping an answer", `UPDATE question SET answer = $3 WHERE id = $1 AND attempts = $2 AND finished = ''`, p.ID, p.Attempts, answer)
}

// Holds returns bot.ErrTaken if the claim of a question is over, and renews it
// otherwise.
func (s *Store) Holds(ctx context.Context, p bot.Pending) error {
	return s.fenced(ctx, "renewing a claim", `UPDATE question SET lease = $3 WHERE id = $1 AND attempts = $2 AND finished = ''`, p.ID, p.Attempts, stamp(s.now().Add(bot.ClaimLife)))
}

// fenced carries out a statement that changes a claimed question.
func (s *Store) fenced(ctx context.Context, doing, statement string, args ...any) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := s.exec(ctx, tx, statement, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, bot.ErrTaken)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// unplaced takes from a row where it was asked when it has no member any more:
// until it is closed, that tells its turn.
const unplaced = `place = CASE WHEN member = '' THEN '' ELSE place END, server = CASE WHEN member = '' THEN '' ELSE server END`

// Finish closes a claimed question. What had to be known to answer it is
// deleted; the words are kept, without who asked, for reports. It returns
// bot.ErrTaken if the claim is over.
func (s *Store) Finish(ctx context.Context, f bot.Finished) error {
	history, err := json.Marshal(f.Question.History)
	if err != nil {
		return fmt.Errorf("finishing a question: %w", err)
	}
	posted := ""
	if len(f.Posted) > 0 {
		posted = f.Posted[0]
	}
	reason, lacking, article, sentences, near := evidence(f.Answer)
	u := f.Answer.Usage
	// Who asked to be forgotten meanwhile has no member in the row.
	err = s.fenced(ctx, "finishing a question", `
		UPDATE question SET event = '', answer = '', lease = '', finished = $3, kind = $4,
			text = CASE WHEN member = '' THEN '' ELSE $5 END, history = CASE WHEN member = '' THEN '' ELSE $6 END,
			shown = CASE WHEN member = '' THEN '' ELSE $7 END, posted = CASE WHEN member = '' THEN '' ELSE $8 END, `+unplaced+`, verdict = $9, mode = $10, fallback = $11, reason = $12,
			article = $13, sentences = $14, near = $15, took = $16, calls = $17, prompt_tokens = $18, cached_tokens = $19, completion_tokens = $20,
			lacking = CASE WHEN member = '' THEN '' ELSE $21 END
		WHERE id = $1 AND attempts = $2 AND finished = ''`,
		f.ID, f.Attempts, stamp(s.now()), string(f.Question.Kind), f.Question.Text, string(history), f.Shown, posted,
		string(f.Answer.Verdict), string(f.Answer.Mode), string(f.Answer.Fallback), reason, article, sentences, near,
		time.Since(f.Accepted).Milliseconds(), u.Calls, u.PromptTokens, u.CachedTokens, u.CompletionTokens, lacking)
	if err == nil {
		s.nudge() // the same member's next question may be claimed now
	}
	return err
}

// Cancel closes a question that is not to be answered any more, if it is open:
// whoever has claimed it has its claim no longer.
func (s *Store) Cancel(ctx context.Context, id string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE question SET event = '', answer = '', lease = '', finished = $2, `+unplaced+` WHERE id = $1 AND finished = ''`, id, stamp(s.now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("cancelling a question: %w", err)
	}
	s.nudge()
	return nil
}

// Known tells whether a question was accepted, and is not deleted yet.
func (s *Store) Known(ctx context.Context, id string) (known bool, err error) {
	err = s.row(ctx, nil, `SELECT EXISTS (SELECT 1 FROM question WHERE id = $1)`, id).Scan(&known)
	if s.tried(ctx, err) != nil {
		return false, fmt.Errorf("looking for a question: %w", err)
	}
	return known, nil
}

// Amend changes what is needed to answer a question, if it is waiting, and tells
// at which stage it is.
func (s *Store) Amend(ctx context.Context, id, event string) (bot.Stage, error) {
	var stage bot.Stage
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE question SET event = $2 WHERE id = $1 AND finished = '' AND attempts = 0`, id, event)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if stage = bot.Waiting; err != nil || n == 1 {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM question WHERE id = $1 AND finished = ''`, id).Scan(&n)
		if stage = bot.Over; n == 1 {
			stage = bot.UnderWay
		}
		return err
	})
	if err != nil {
		return bot.Over, fmt.Errorf("changing a question: %w", err)
	}
	return stage, nil
}

// evidence is what an answer quotes, and what stands near a refused question.
func evidence(a bot.Answer) (reason, lacking, article, sentences, near string) {
	if a.Refusal != nil {
		reason, lacking = string(a.Refusal.Reason), a.Refusal.Lacking
	}
	var quoted, about []string
	for _, c := range a.Claims {
		for _, q := range c.Quotes() {
			article = q.Article
			if !slices.Contains(quoted, q.Sentence) {
				quoted = append(quoted, q.Sentence)
			}
		}
	}
	for _, q := range a.Near {
		article = q.Article
		about = append(about, q.Sentence)
	}
	return reason, lacking, article, strings.Join(quoted, " "), strings.Join(about, " ")
}

// Ahead counts the open questions whose turn comes before that of a question
// which nobody has claimed; it is -1 for one that is claimed or finished, or that
// waits for nothing but its member's own question before it.
func (s *Store) Ahead(ctx context.Context, id string) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM question e JOIN question q ON q.id = $1 AND q.finished = '' AND q.lease < $2
		WHERE e.finished = '' AND (e.turn < q.turn OR e.turn = q.turn AND e.accepted <= q.accepted) AND NOT EXISTS (
			SELECT 1 FROM question o WHERE o.finished = '' AND o.place = q.place AND o.member = q.member AND o.accepted < q.accepted)`, id, stamp(s.now())).Scan(&n)
	if s.tried(ctx, err) != nil {
		return 0, fmt.Errorf("counting the questions ahead: %w", err)
	}
	return n - 1, nil
}

// Places returns where questions were asked since a moment, the place where one
// was asked last first.
func (s *Store) Places(ctx context.Context, since time.Time) (places []bot.Place, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT place, server FROM place WHERE at >= $1 ORDER BY at DESC`, stamp(since))
	if s.tried(ctx, err) != nil {
		return nil, fmt.Errorf("reading where questions were asked: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p bot.Place
		if err := rows.Scan(&p.ID, &p.Server); err != nil {
			return nil, fmt.Errorf("reading where questions were asked: %w", err)
		}
		places = append(places, p)
	}
	return places, rows.Err()
}

// Backlog counts the questions that are accepted and not finished, and tells
// how long ago the oldest of them was accepted.
func (s *Store) Backlog(ctx context.Context) (open int, oldest time.Duration, err error) {
	var first string
	err = s.tried(ctx, s.db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(accepted), '') FROM question WHERE finished = ''`).Scan(&open, &first))
	if err == nil && open == 0 {
		return 0, 0, nil
	}
	var at time.Time
	if err == nil {
		at, err = moment(first)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("looking at the open questions: %w", err)
	}
	return open, max(0, s.now().Sub(at)), nil
}

// OpenQuestions counts the questions that are accepted and not finished.
func (s *Store) OpenQuestions(ctx context.Context) (n int, err error) {
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM question WHERE finished = ''`).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting open questions: %w", err)
	}
	return n, nil
}
