package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"summitbot/bot"
)

// Records hands what was finished since a moment, in a server or, where that is
// empty, in all, to visit, the oldest first, each with its votes. It holds up nobody's questions: what visit does between
// is not within a transaction that writes. An error of visit's ends it.
func (s *Store) Records(ctx context.Context, server string, since time.Time, visit func(bot.Record) error) error {
	for last := (pageRecord{accepted: stamp(since)}); ; {
		page, err := s.recordPage(ctx, server, last)
		if err != nil {
			return fmt.Errorf("reading the questions: %w", err)
		}
		for _, r := range page {
			if err := visit(r.Record); err != nil {
				return err
			}
			last = *r
		}
		if len(page) < recordsAtOnce {
			return nil
		}
	}
}

// recordsAtOnce is how many records are read at a time.
const recordsAtOnce = 500

// A pageRecord is a record with what the next one comes after.
type pageRecord struct {
	bot.Record
	accepted string
}

func (s *Store) recordPage(ctx context.Context, server string, last pageRecord) (page []*pageRecord, err error) {
	args, within := []any{last.accepted, last.ID, recordsAtOnce}, ""
	if server != "" {
		args, within = append(args, server), "AND server = $4"
	}
	rows, err := s.db.QueryContext(ctx, `
		SELECT id, accepted, took, server, kind, text, history, shown, verdict, mode, fallback, reason, lacking,
			article, sentences, near, calls, prompt_tokens, cached_tokens, completion_tokens, ended
		FROM question WHERE finished <> '' AND kind NOT IN `+asides+` AND accepted >= $1 AND (accepted > $1 OR id > $2) `+within+` ORDER BY accepted, id LIMIT $3`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r pageRecord
		var history, sentences, near string
		var took int64
		if err := rows.Scan(&r.ID, &r.accepted, &took, &r.Server, &r.Kind, &r.Question, &history, &r.Answer, &r.Verdict, &r.Mode, &r.Fallback, &r.Reason, &r.Lacking,
			&r.Article, &sentences, &near, &r.Usage.Calls, &r.Usage.PromptTokens, &r.Usage.CachedTokens, &r.Usage.CompletionTokens, &r.Ended); err != nil {
			return nil, err
		}
		if r.Accepted, err = moment(r.accepted); err != nil {
			return nil, err
		}
		if history != "" {
			if err := json.Unmarshal([]byte(history), &r.History); err != nil {
				return nil, err
			}
		}
		r.Took, r.Sentences, r.Near = time.Duration(took)*time.Millisecond, strings.Fields(sentences), strings.Fields(near)
		page = append(page, &r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(page) == 0 {
		return page, err
	}
	return page, s.addVotes(ctx, page)
}

// addVotes adds the votes on answers to their records.
func (s *Store) addVotes(ctx context.Context, page []*pageRecord) error {
	var ids []string
	byID := map[string]*pageRecord{}
	for _, r := range page {
		ids = append(ids, r.ID)
		byID[r.ID] = r
	}
	marks, args := list(ids)
	rows, err := s.db.QueryContext(ctx, `SELECT message, question FROM post WHERE question IN (`+marks+`) AND EXISTS (SELECT 1 FROM vote WHERE answer = message)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	byAnswer := map[string]*pageRecord{}
	var answers []string
	for rows.Next() {
		var message, question string
		if err := rows.Scan(&message, &question); err != nil {
			return err
		}
		byAnswer[message], answers = byID[question], append(answers, message)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(answers) == 0 {
		return err
	}
	marks, args = list(answers)
	votes, err := s.votes(ctx, `WHERE answer IN (`+marks+`)`, args...)
	for _, v := range votes {
		r := byAnswer[v.Answer]
		r.Votes = append(r.Votes, v)
	}
	return err
}
