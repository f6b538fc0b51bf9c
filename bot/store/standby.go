package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot/queue"
)

const (
	// primaryWithin bounds one call of the primary, and awayWithin one while that
	// is known to be away, so that it does not keep members waiting.
	primaryWithin = 5 * time.Second
	awayWithin    = 300 * time.Millisecond
)

// A Standby is a store, the primary, with one in memory beside it for what is
// accepted while the primary is away. A row is in one of them: what is in memory
// is moved when the primary works again.
type Standby struct {
	*Store
	opening sync.Mutex
	opened  atomic.Pointer[Store] // the one in memory; nil before it was needed
	isAway  atomic.Bool
	moving  sync.Mutex
	mu      sync.Mutex
	ids     map[string]bool // of the rows in memory, and of those that may be there
	paces   string          // the key of the day for paces; empty where nobody has asked yet
}

// OpenStandby opens a store, as Open does, and stands in for it.
func OpenStandby(ctx context.Context, o Options) (*Standby, error) {
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	b, err := stoodIn(ctx, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return b, nil
}

// stoodIn is a store that is stood in for, and is closed with it.
func stoodIn(ctx context.Context, s *Store) (*Standby, error) {
	b := &Standby{Store: s, ids: map[string]bool{}}
	return b, b.pace(ctx)
}

// memory is the store in memory, which is opened when it is first needed.
func (s *Standby) memory() (*Store, error) {
	if m := s.opened.Load(); m != nil {
		return m, nil
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	if m := s.opened.Load(); m != nil {
		return m, nil
	}
	ctx := context.Background() // the primary has used up the caller's time
	m, err := Open(ctx, Options{Folder: Memory, Retention: s.retention, Clock: s.clock, Log: s.log})
	if err != nil {
		return nil, err
	}
	m.me, m.key, m.nudges, m.revised = s.me, s.key, s.nudges, s.revised
	if err := m.keepPaces(ctx, s.knownPaces()); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	s.opened.Store(m)
	return m, nil
}

// Close closes both stores.
func (s *Standby) Close() error {
	if m := s.opened.Load(); m != nil {
		return errors.Join(m.Close(), s.Store.Close())
	}
	return s.Store.Close()
}

// Away tells whether the primary is away, as far as is known.
func (s *Standby) Away() bool { return s.isAway.Load() }

func (s *Standby) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[id]
}

func (s *Standby) holds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ids) > 0
}

func (s *Standby) note(here bool, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if delete(s.ids, id); here {
			s.ids[id] = true
		}
	}
}

// failed says whether a store could not do what it was asked to.
func failed(err error) bool {
	return err != nil && !errors.Is(err, queue.ErrTaken) && !errors.Is(err, queue.ErrRevised)
}

// patience is how long the primary is waited for.
func (s *Standby) patience() time.Duration {
	if s.Away() {
		return awayWithin
	}
	return primaryWithin
}

// ask calls the primary, and waits no longer than it is given: of the caller's time,
// some is left. A call that hangs is left alone.
func ask[T any](ctx context.Context, s *Standby, patience time.Duration, call func(context.Context, *Store) (T, error)) (T, error) {
	if end, is := ctx.Deadline(); is {
		patience = min(patience, time.Until(end)*3/4)
	}
	within, cancel := context.WithTimeout(ctx, patience)
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer cancel()
		value, err := call(within, s.Store)
		done <- result{value, err}
	}()
	var r result
	select {
	case r = <-done:
	case <-within.Done():
		select {
		case r = <-done: // which ended it
		default:
			r.err = within.Err()
		}
	}
	if failed(r.err) && ctx.Err() == nil && s.isAway.CompareAndSwap(false, true) {
		s.log.ErrorContext(ctx, "the store is away", "cause", r.err)
	}
	return r.value, r.err
}

// where calls the store that has a row. One in memory may be moved meanwhile,
// before it is found.
func where[T any](ctx context.Context, s *Standby, id string, found func(T) bool, call func(context.Context, *Store) (T, error)) (T, error) {
	if m := s.opened.Load(); m != nil && s.has(id) {
		value, err := call(ctx, m)
		if s.has(id) || failed(err) || err == nil && found(value) || errors.Is(err, queue.ErrRevised) {
			return value, err
		}
	}
	return ask(ctx, s, s.patience(), call)
}

// change changes a claimed row where it is.
func (s *Standby) change(ctx context.Context, id string, change func(context.Context, *Store) error) error {
	_, err := where(ctx, s, id, yes, func(ctx context.Context, to *Store) (struct{}, error) { return struct{}{}, change(ctx, to) })
	return err
}

func yes[T any](T) bool { return true }

// Accept is the primary's, or else the memory's.
func (s *Standby) Accept(ctx context.Context, r queue.Row, t queue.Terms) (queue.Acceptance, error) {
	if !s.has(r.ID) {
		a, err := ask(ctx, s, s.patience(), func(ctx context.Context, to *Store) (queue.Acceptance, error) { return to.Accept(ctx, r, t) })
		if !failed(err) {
			return a, err
		}
	}
	s.log.ErrorContext(ctx, "a question is answered, but would not outlive a crash")
	m, err := s.memory()
	if err != nil {
		return queue.Acceptance{}, err
	}
	s.note(true, r.ID)
	a, err := m.Accept(context.WithoutCancel(ctx), r, t) // whose time the primary has used up
	if a.Wait > 0 {
		s.note(false, r.ID)
	}
	return a, err
}

// Take is the primary's, or else the memory's.
func (s *Standby) Take(ctx context.Context, member string, perMinute int) (time.Duration, error) {
	wait, err := ask(ctx, s, s.patience(), func(ctx context.Context, to *Store) (time.Duration, error) { return to.Take(ctx, member, perMinute) })
	if failed(err) {
		m, err := s.memory()
		if err != nil {
			return 0, err
		}
		return m.Take(context.WithoutCancel(ctx), member, perMinute)
	}
	return wait, err
}

// Revise fails when the primary does, unless the row is in memory: accepted there,
// a question that the primary knows would be answered twice.
func (s *Standby) Revise(ctx context.Context, r queue.Row, t queue.Terms) (queue.Revision, error) {
	return where(ctx, s, r.ID, func(v queue.Revision) bool { return v.Known }, func(ctx context.Context, to *Store) (queue.Revision, error) { return to.Revise(ctx, r, t) })
}

// Withdraw is done in memory when the primary fails, where it must.
func (s *Standby) Withdraw(ctx context.Context, r queue.Row, must bool) (bool, error) {
	known, err := where(ctx, s, r.ID, func(known bool) bool { return known }, func(ctx context.Context, to *Store) (bool, error) { return to.Withdraw(ctx, r, must) })
	if !failed(err) || !must {
		return known, err
	}
	m, err := s.memory()
	if err != nil {
		return false, err
	}
	s.note(true, r.ID)
	return m.Withdraw(context.WithoutCancel(ctx), r, must)
}

// Stop stops answering a question, where it is.
func (s *Standby) Stop(ctx context.Context, id string) (bool, error) {
	return where(ctx, s, id, func(stopped bool) bool { return stopped }, func(ctx context.Context, to *Store) (bool, error) { return to.Stop(ctx, id) })
}

// Claim takes up what is in memory first, and from the primary unless that is
// away.
func (s *Standby) Claim(ctx context.Context, most int, inHand, full []string) (claimed []queue.Row, err error) {
	if m := s.opened.Load(); m != nil && s.holds() {
		if claimed, err = m.Claim(ctx, most, inHand, full); err != nil {
			return nil, err
		}
	}
	if s.Away() {
		return claimed, nil
	}
	most -= len(claimed)
	more, err := ask(ctx, s, s.patience(), func(ctx context.Context, to *Store) ([]queue.Row, error) { return to.Claim(ctx, most, inHand, full) })
	if len(claimed) > 0 {
		err = nil // these are to be worked on
	}
	return append(claimed, more...), err
}

// Read and the others that follow are done where the row is.
func (s *Standby) Read(ctx context.Context, id string, fence int) (queue.Row, error) {
	return where(ctx, s, id, yes, func(ctx context.Context, to *Store) (queue.Row, error) { return to.Read(ctx, id, fence) })
}

// Record keeps what stands of a claimed row.
func (s *Standby) Record(ctx context.Context, r queue.Row) error {
	return s.change(ctx, r.ID, func(ctx context.Context, to *Store) error { return to.Record(ctx, r) })
}

// Answer keeps the answer to a claimed row.
func (s *Standby) Answer(ctx context.Context, r queue.Row, a queue.Result) error {
	return s.change(ctx, r.ID, func(ctx context.Context, to *Store) error { return to.Answer(ctx, r, a) })
}

// Settle closes a claimed row.
func (s *Standby) Settle(ctx context.Context, r queue.Row) error {
	return s.change(ctx, r.ID, func(ctx context.Context, to *Store) error { return to.Settle(ctx, r) })
}

// Abandon closes a claimed row for a reason.
func (s *Standby) Abandon(ctx context.Context, r queue.Row, reason string) error {
	return s.change(ctx, r.ID, func(ctx context.Context, to *Store) error { return to.Abandon(ctx, r, reason) })
}

// Release gives up one claim.
func (s *Standby) Release(ctx context.Context, r queue.Row, pause time.Duration) error {
	return s.change(ctx, r.ID, func(ctx context.Context, to *Store) error { return to.Release(ctx, r, pause) })
}

// Acknowledge notes that an interaction was acknowledged.
func (s *Standby) Acknowledge(ctx context.Context, id string) error {
	again := func(struct{}) bool { return false } // it may be there by now
	_, err := where(ctx, s, id, again, func(ctx context.Context, to *Store) (struct{}, error) { return struct{}{}, to.Acknowledge(ctx, id) })
	return err
}

// Ahead counts the rows before one, in the same store.
func (s *Standby) Ahead(ctx context.Context, id string) (int, error) {
	return where(ctx, s, id, func(n int) bool { return n >= 0 }, func(ctx context.Context, to *Store) (int, error) { return to.Ahead(ctx, id) })
}

// both calls both stores.
func (s *Standby) both(ctx context.Context, call func(context.Context, *Store) error) error {
	var here error
	if m := s.opened.Load(); m != nil {
		here = call(ctx, m)
	}
	_, there := ask(ctx, s, s.patience(), func(ctx context.Context, to *Store) (struct{}, error) { return struct{}{}, call(ctx, to) })
	return errors.Join(here, there)
}

// Lose notes that a message was deleted, in whichever store it is a post.
func (s *Standby) Lose(ctx context.Context, message string) error {
	return s.both(ctx, func(ctx context.Context, to *Store) error { return to.Lose(ctx, message) })
}

// Forget removes a member from both stores.
func (s *Standby) Forget(ctx context.Context, member string) error {
	err := s.Store.Forget(ctx, member)
	if m := s.opened.Load(); m != nil {
		err = errors.Join(err, m.Forget(ctx, member))
	}
	return err
}

// pace learns the key of the day for paces, and has the memory know it.
func (s *Standby) pace(ctx context.Context) error {
	if has, _, _ := strings.Cut(s.knownPaces(), " "); has == day(s.now()) {
		return nil
	}
	var key string
	err := s.row(ctx, nil, `SELECT value FROM secret WHERE name = 'pace'`).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // nobody has asked yet
	}
	if m := s.opened.Load(); err == nil && m != nil {
		err = m.keepPaces(ctx, key)
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.paces = key
	}
	return err
}

func (s *Standby) knownPaces() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paces
}

// keepPaces keeps the key of the day for paces, if there is one.
func (s *Store) keepPaces(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	return s.simply(ctx, "noting the key of the day", `INSERT INTO secret (name, value) VALUES ('pace', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, key)
}
