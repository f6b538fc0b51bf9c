package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"summitbot/bot"
)

// A Gateway is one process's part in the bot's gateway: which of the shards
// it holds, and with which sessions. Hold is for one goroutine, the other
// methods for any.
type Gateway struct {
	store  *Store
	id     string // the process's, new in each run: the store's name for it, "/", and more
	shared bool
	until  time.Time // by this process's clock: until when its last claim holds
}

// Gateway returns this process's part in the gateway. When it is shared, other
// processes may have a part in it, and all hold what they have under leases;
// else this process has it to itself, and what an earlier one held is free.
func (s *Store) Gateway(shared bool) *Gateway {
	return &Gateway{store: s, id: s.me + "/" + rand.Text(), shared: shared}
}

// Hold claims this process's fair share of the shards for the length of a
// lease, and returns what it holds now. Shards that nobody holds any more it
// takes, those above its share it marks to be released. Call it several times
// within a lease: it writes only when there is something to take, or when a
// fifth of the lease is over.
//
// How many shards there are is agreed by the first process that claims them,
// and stays so for as long as any takes part.
func (g *Gateway) Hold(ctx context.Context, c bot.GatewayClaim) (held bot.GatewayShare, err error) {
	start, claimed := time.Now(), false
	err = g.store.do(ctx, func(tx *sql.Tx) error {
		v, err := g.view(ctx, tx, c)
		if err != nil {
			return err
		}
		if held = v.held(); !v.due {
			return nil
		}
		// All who write take this row first, and so one after the other.
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO gateway (id, shards, self_id, self_name, application) VALUES (1, 0, '', '', '')
			ON CONFLICT (id) DO UPDATE SET id = 1`); err != nil {
			return err
		}
		if v, err = g.view(ctx, tx, c); err != nil {
			return err
		}
		if err := g.claim(ctx, tx, v); err != nil {
			return err
		}
		held, claimed = v.held(), true
		return nil
	})
	if err != nil {
		return bot.GatewayShare{}, fmt.Errorf("claiming shards: %w", err)
	}
	if claimed && g.shared {
		g.until = start.Add(c.Lease)
	}
	held.Until = g.until
	return held, nil
}

// claim writes down what a process takes and for how long, and brings v up to
// date with it.
func (g *Gateway) claim(ctx context.Context, tx *sql.Tx, v *view) (err error) {
	run := func(query string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, query, args...)
		}
	}
	if v.anew {
		run(`DELETE FROM shard`)
		run(`UPDATE gateway SET shards = $1 WHERE id = 1`, v.count)
		for i := range v.shards {
			run(`INSERT INTO shard (id, holder, fence, session, sequence, url) VALUES ($1, '', $2, '', 0, '')`, i, v.shards[i].Fence)
		}
	}
	if v.foreign {
		run(`UPDATE gateway SET self_id = '', self_name = '', application = '' WHERE id = 1`)
	}
	if g.shared {
		run(`DELETE FROM gateway_process WHERE until <= $1`, stamp(v.now))
		run(`INSERT INTO gateway_process (id, joined, until) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET until = excluded.until`,
			g.id, stamp(v.now), stamp(v.now.Add(v.claim.Lease)))
	}
	for _, i := range v.free {
		s := &v.shards[i]
		s.holder, s.Fence = g.id, s.Fence+1
		run(`UPDATE shard SET holder = $1, fence = $2 WHERE id = $3`, s.holder, s.Fence, s.ID)
	}
	return err
}

// Keep writes down who the bot is and how far it has come in the sessions of
// shards. Those that this process no longer holds are left as they are.
func (g *Gateway) Keep(ctx context.Context, self bot.Self, shards []bot.Shard) error {
	if err := g.store.do(ctx, func(tx *sql.Tx) error { return g.keep(ctx, tx, self, shards) }); err != nil {
		return fmt.Errorf("keeping sessions: %w", err)
	}
	return nil
}

func (g *Gateway) keep(ctx context.Context, tx *sql.Tx, self bot.Self, shards []bot.Shard) error {
	if self.User != "" {
		if _, err := tx.ExecContext(ctx, `
			UPDATE gateway SET self_id = $1, self_name = $2, application = $3
			WHERE id = 1 AND (self_id <> $1 OR self_name <> $2 OR application <> $3)`,
			self.User, self.Name, self.Application); err != nil {
			return err
		}
	}
	for _, s := range shards {
		if _, err := tx.ExecContext(ctx, `
			UPDATE shard SET session = $1, sequence = $2, url = $3 WHERE id = $4 AND holder = $5 AND fence = $6`,
			s.Session.ID, s.Session.Sequence, s.Session.URL, s.ID, g.id, s.Fence); err != nil {
			return err
		}
	}
	return nil
}

// Release lets go of shards, so that another process can go on with their
// sessions. With all, this process has a part in the gateway no longer, and
// lets go of everything it has.
func (g *Gateway) Release(ctx context.Context, self bot.Self, shards []bot.Shard, all bool) error {
	err := g.store.do(ctx, func(tx *sql.Tx) error {
		if err := g.keep(ctx, tx, self, shards); err != nil {
			return err
		}
		for _, s := range shards {
			if _, err := tx.ExecContext(ctx, `UPDATE shard SET holder = '' WHERE id = $1 AND holder = $2 AND fence = $3`, s.ID, g.id, s.Fence); err != nil {
				return err
			}
		}
		if !all {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE shard SET holder = '' WHERE holder = $1`, g.id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM gateway_process WHERE id = $1`, g.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("letting go of shards: %w", err)
	}
	return nil
}

// Identify takes a bucket's next turn to IDENTIFY and returns 0 when the last
// turn was so long ago; else it returns how long to wait before asking again.
func (g *Gateway) Identify(ctx context.Context, bucket int, every time.Duration) (wait time.Duration, err error) {
	err = g.store.do(ctx, func(tx *sql.Tx) error {
		now, err := g.store.agreed(ctx, tx)
		if err != nil {
			return err
		}
		// A turn that lies ahead was taken by somebody who has waited less since
		// they read the clock, or, when it is far ahead, before a clock was put
		// back.
		r, err := tx.ExecContext(ctx, `
			INSERT INTO shard_identify (bucket, at) VALUES ($1, $2)
			ON CONFLICT (bucket) DO UPDATE SET at = excluded.at WHERE shard_identify.at <= $3 OR shard_identify.at > $4`,
			bucket, stamp(now), stamp(now.Add(-every)), stamp(now.Add(every+time.Minute)))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT at FROM shard_identify WHERE bucket = $1`, bucket).Scan(&text); err != nil {
			return err
		}
		at, err := time.Parse(time.RFC3339, text)
		wait = min(max(at.Add(every).Sub(now), time.Millisecond), every)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("asking for a turn to identify: %w", err)
	}
	return wait, nil
}

// agreed is the time by which the processes agree. Postgres tells that of the
// transaction's beginning; on SQLite there is one process.
func (s *Store) agreed(ctx context.Context, tx *sql.Tx) (now time.Time, err error) {
	if !s.postgres {
		return s.now(), nil
	}
	err = tx.QueryRowContext(ctx, `SELECT CURRENT_TIMESTAMP`).Scan(&now)
	return now, err
}

// A view is the gateway as a process finds it, and what it should do.
type view struct {
	claim bot.GatewayClaim
	me    string
	now   time.Time
	until time.Time // when this process's part ends; zero when it has none yet
	count int
	self  bot.Self

	shards    []sharedShard // by id
	processes []process     // those that take part, this one among them

	anew    bool  // the shards are to be made, as their number is new
	foreign bool  // they were another bot's
	fair    int   // how many shards this process is to hold
	free    []int // the shards that it is to take
	leave   []int // the shards that it is to release
	due     bool  // there is something to write
}

type sharedShard struct {
	bot.Shard
	holder string
}

type process struct {
	id, joined string
	held       int // of the shards
}

// held is what the process holds.
func (v *view) held() bot.GatewayShare {
	h := bot.GatewayShare{Count: v.count, Fair: v.fair, Self: v.self}
	for i, s := range v.shards {
		if s.holder == v.me {
			s.Leave = slices.Contains(v.leave, i)
			h.Shards = append(h.Shards, s.Shard)
		}
	}
	return h
}

// view reads how things stand, and plans what to do.
func (g *Gateway) view(ctx context.Context, tx *sql.Tx, c bot.GatewayClaim) (*view, error) {
	v := &view{claim: c, me: g.id}
	var err error
	if v.now, err = g.store.agreed(ctx, tx); err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, `SELECT shards, self_id, self_name, application FROM gateway WHERE id = 1`).
		Scan(&v.count, &v.self.User, &v.self.Name, &v.self.Application)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	err = each(ctx, tx, `SELECT id, joined, until FROM gateway_process WHERE until > $1 ORDER BY joined, id`, []any{stamp(v.now)}, func(row *sql.Rows) error {
		var p process
		var until string
		err := row.Scan(&p.id, &p.joined, &until)
		if err == nil && p.id == g.id {
			v.until, err = time.Parse(time.RFC3339, until)
		}
		if g.shared {
			v.processes = append(v.processes, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, `SELECT id, holder, fence, session, sequence, url FROM shard ORDER BY id`, nil, func(row *sql.Rows) error {
		var s sharedShard
		err := row.Scan(&s.ID, &s.holder, &s.Fence, &s.Session.ID, &s.Session.Sequence, &s.Session.URL)
		v.shards = append(v.shards, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, v.plan(g.shared)
}

// each calls scan for each row of a query.
func each(ctx context.Context, tx *sql.Tx, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plan decides what the process is to do.
func (v *view) plan(shared bool) error {
	if !slices.ContainsFunc(v.processes, func(p process) bool { return p.id == v.me }) {
		v.processes = append(v.processes, process{id: v.me, joined: stamp(v.now)})
		v.due = true
	}
	alone := len(v.processes) == 1
	v.foreign = v.self.User != "" && v.claim.Bot != "" && v.self.User != v.claim.Bot
	if v.foreign && !alone {
		return fmt.Errorf("another bot is at work with this database (the one with the id %s): give each bot its own (DATABASE_URL)", v.self.User)
	}
	if v.anew = v.count == 0 || v.foreign || alone && v.count != v.claim.Shards; v.anew {
		fence := int64(0) // higher than all that were given out
		for _, s := range v.shards {
			fence = max(fence, s.Fence)
		}
		v.count, v.shards = v.claim.Shards, make([]sharedShard, v.claim.Shards)
		for i := range v.shards {
			v.shards[i].ID, v.shards[i].Fence = i, fence
		}
	}
	if v.foreign {
		v.self = bot.Self{}
	}
	for i, s := range v.shards {
		at := slices.IndexFunc(v.processes, func(p process) bool { return p.id == s.holder })
		if at < 0 {
			v.free = append(v.free, i)
			continue
		}
		v.processes[at].held++
		if s.holder == v.me {
			v.leave = append(v.leave, i)
		}
	}
	v.fair = share(v.count, v.processes, v.me)
	mine := len(v.leave)
	v.leave = v.leave[min(mine, v.fair):]
	v.free = v.free[:min(len(v.free), max(0, v.fair-mine))]
	if !shared {
		v.due = v.anew || len(v.free) > 0
		return nil
	}
	v.due = v.due || v.anew || len(v.free) > 0 || v.until.Sub(v.now) <= v.claim.Lease*4/5
	return nil
}

// share says how many of the shards a process should hold: as many as each
// other, but that the odd ones stay where there are more already.
func share(shards int, processes []process, me string) int {
	order := slices.SortedStableFunc(slices.Values(processes), func(a, b process) int {
		return cmp.Or(-cmp.Compare(a.held, b.held), cmp.Compare(a.joined, b.joined), cmp.Compare(a.id, b.id))
	})
	fair := shards / len(order)
	if slices.IndexFunc(order, func(p process) bool { return p.id == me }) < shards%len(order) {
		fair++
	}
	return fair
}
