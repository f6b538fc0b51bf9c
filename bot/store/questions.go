package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
)

// simply carries out one statement.
func (s *Store) simply(ctx context.Context, doing, statement string, args ...any) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := s.exec(ctx, tx, statement, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// insert makes a row, claimed where it has a fence.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, r queue.Row, lease string, now time.Time) error {
	owner := ""
	if r.Fence > 0 {
		owner = s.me
	}
	result, err := s.exec(ctx, tx, `
		INSERT INTO question (id, place, server, member, kind, text, edited, event, answer, state, withdrawn, attempts, tries, owner, lease, acked, unsure, accepted, finished, turn)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, $11, $12, $13, $14, $15, $16, '', (`+nextTurn+`)) ON CONFLICT (id) DO NOTHING`,
		r.ID, r.Place, r.Server, s.member(r.Member), string(r.Kind), plain(r.Text), r.Edited, r.Event, string(r.State), r.State == queue.Withdrawn,
		r.Fence, owner, lease, r.Acked, r.Unsure, stamp(now))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errKnown)
	}
	if len(r.Posts) > 0 {
		if err := s.keepPosts(ctx, tx, r.ID, s.member(r.Member), r.Posts); err != nil {
			return err
		}
	}
	return s.place(ctx, tx, bot.Place{ID: r.Place, Server: r.Server}, now)
}

// plain is text as any database keeps it: PostgreSQL has no room for zero bytes.
func plain(text string) string { return strings.ReplaceAll(text, "\x00", "") }

// place notes where a question was asked, if that is known.
func (s *Store) place(ctx context.Context, tx *sql.Tx, p bot.Place, at time.Time) error {
	if p.ID == "" {
		return nil
	}
	_, err := s.exec(ctx, tx, `
		INSERT INTO place (place, server, at) VALUES ($1, $2, $3)
		ON CONFLICT (place) DO UPDATE SET server = excluded.server, at = excluded.at`, p.ID, p.Server, stamp(at))
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

// A kept row is one with what only the store knows of it.
type kept struct {
	queue.Row
	member, owner, lease string
	withdrawn            bool
}

// keptColumns are a kept row's.
const keptColumns = `id, place, server, kind, text, edited, event, answer, accepted, state, revision, attempts, tries, acked, unsure, member, owner, lease, withdrawn`

// read reads rows, which a query returns, with their posts.
func (s *Store) read(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]kept, error) {
	here, now := time.Now(), s.now()
	var all []kept
	byID := map[string]int{}
	var ids []string
	err := each(ctx, tx, query, args, func(rows *sql.Rows) error {
		var k kept
		var accepted string
		if err := rows.Scan(&k.ID, &k.Place, &k.Server, &k.Kind, &k.Text, &k.Edited, &k.Event, &k.Body, &accepted, &k.State, &k.Revision, &k.Fence, &k.Tries,
			&k.Acked, &k.Unsure, &k.member, &k.owner, &k.lease, &k.withdrawn); err != nil {
			return err
		}
		at, err := moment(accepted)
		k.Accepted = here.Add(at.Sub(now))
		byID[k.ID], ids, all = len(all), append(ids, k.ID), append(all, k)
		return err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	marks, args := list(ids)
	err = each(ctx, tx, `SELECT question, message, channel, part, shows, gone FROM post WHERE question IN (`+marks+`) ORDER BY part, message`, args, func(rows *sql.Rows) error {
		var id string
		var p queue.Post
		err := rows.Scan(&id, &p.Message, &p.Channel, &p.Part, &p.Shows, &p.Gone)
		if i, is := byID[id]; is {
			all[i].Posts = append(all[i].Posts, p)
		}
		return err
	})
	return all, err
}

// find reads one row, nil if there is none, and keeps others from changing it
// until the transaction's end.
func (s *Store) find(ctx context.Context, tx *sql.Tx, id string) (*kept, error) {
	query := `SELECT ` + keptColumns + ` FROM question WHERE id = $1`
	if s.postgres {
		query += ` FOR UPDATE`
	}
	all, err := s.read(ctx, tx, query, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// keepPosts keeps which messages show an answer, in place of those that were kept.
// One that is gone stays so. Of who asked to be forgotten none are kept.
func (s *Store) keepPosts(ctx context.Context, tx *sql.Tx, id, member string, posts []queue.Post) error {
	if member == "" {
		posts = nil
	}
	var stand []string
	for _, p := range posts {
		stand = append(stand, p.Message)
	}
	marks, args := list(stand, id)
	if _, err := s.exec(ctx, tx, `DELETE FROM post WHERE question = $1 AND message NOT IN (`+marks+`)`, args...); err != nil {
		return err
	}
	for _, p := range posts {
		if _, err := s.exec(ctx, tx, `
			INSERT INTO post (message, question, channel, part, shows, gone) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (message) DO UPDATE SET question = excluded.question, channel = excluded.channel, part = excluded.part, shows = excluded.shows, gone = post.gone OR excluded.gone`,
			p.Message, id, p.Channel, p.Part, p.Shows, p.Gone); err != nil {
			return err
		}
	}
	return nil
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
