package rest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Slots hands out the bot's share of Discord's limit on all requests, among
// all processes that use one token.
type Slots interface {
	// Take reserves n slots, n being at least 1, and returns at which moments
	// (of this machine's clock, in order) a request may be sent in each. They
	// may lie in the future. With an error, none is reserved. It is called by
	// one goroutine at a time.
	Take(ctx context.Context, n int) (at []time.Time, err error)
}

// How Slots are asked: how long they may take to answer, and how soon they
// are asked again when they have failed.
const (
	slotsPatience = 2 * time.Second
	slotsRetry    = time.Second
)

// A slotQueue takes slots for the requests that wait for one: those that wait
// at the same time take theirs together.
type slotQueue struct {
	slots Slots
	log   *slog.Logger
	// scarce is what may be sent while slots fail: a small share, for nobody
	// knows what the other processes send.
	scarce budget
	turn   chan struct{} // held by whoever takes slots

	mu      sync.Mutex
	waiting []chan time.Time // told the slot's moment; zero: there is none
	spare   []time.Time      // slots that were given back, in order

	failed time.Time // when slots failed last; zero: they work. Guarded by turn
}

func newSlotQueue(s Slots, perSecond int, log *slog.Logger) *slotQueue {
	return &slotQueue{slots: s, log: log, scarce: newBudget(max(1, perSecond/5)), turn: make(chan struct{}, 1)}
}

// wait waits for a slot.
func (q *slotQueue) wait(ctx context.Context) error {
	told := make(chan time.Time, 1)
	q.mu.Lock()
	q.waiting = append(q.waiting, told)
	q.mu.Unlock()
	for {
		select {
		case at := <-told:
			return q.use(ctx, at)
		case q.turn <- struct{}{}:
			q.take(ctx)
			<-q.turn
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			q.leave(told)
			return ctx.Err()
		}
	}
}

// use waits for a slot's moment, or sends without a slot.
func (q *slotQueue) use(ctx context.Context, at time.Time) error {
	if at.IsZero() {
		if _, err := q.scarce.take(ctx); err != nil {
			return err
		}
		q.scarce.spend()
		return nil
	}
	err := sleepUntil(ctx, at)
	if err != nil {
		q.giveBack(at)
	}
	return err
}

// take takes a slot for each request that waits. The caller holds the turn.
func (q *slotQueue) take(ctx context.Context) {
	q.mu.Lock()
	all := q.waiting
	q.waiting = nil
	now := time.Now()
	for len(q.spare) > 0 && len(all) > 0 {
		if q.spare[0].After(now) { // one that is over may not be used later
			all[0] <- q.spare[0]
			all = all[1:]
		}
		q.spare = q.spare[1:]
	}
	q.mu.Unlock()
	if len(all) == 0 {
		return
	}
	at, err := q.ask(ctx, len(all))
	if err != nil && ctx.Err() != nil { // this request is over, and another one asks
		q.mu.Lock()
		q.waiting = append(all, q.waiting...)
		q.mu.Unlock()
		return
	}
	q.note(err)
	for i, told := range all {
		if err != nil {
			told <- time.Time{}
		} else {
			told <- at[i]
		}
	}
}

// ask asks for n slots, but not too soon after they have failed.
func (q *slotQueue) ask(ctx context.Context, n int) ([]time.Time, error) {
	if !q.failed.IsZero() && time.Since(q.failed) < slotsRetry {
		return nil, errSlotsRest
	}
	ctx, cancel := context.WithTimeout(ctx, slotsPatience)
	defer cancel()
	at, err := q.slots.Take(ctx, n)
	if err == nil && len(at) != n {
		err = fmt.Errorf("%d slots were given for %d", len(at), n)
	}
	return at, err
}

// errSlotsRest says that slots have failed just now, and are not asked.
var errSlotsRest = fmt.Errorf("slots are asked again %v after they have failed", slotsRetry)

// note tells the operator when slots begin to fail, and when they work again.
func (q *slotQueue) note(err error) {
	switch {
	case err == errSlotsRest:
	case err != nil:
		if q.failed.IsZero() {
			q.log.Warn("the processes cannot share Discord's limit: each sends a fifth of it until they can", "cause", err)
		}
		q.failed = time.Now()
	case !q.failed.IsZero():
		q.log.Info("the processes share Discord's limit again")
		q.failed = time.Time{}
	}
}

// leave takes out a request that no longer waits, and gives its slot back if
// it has one.
func (q *slotQueue) leave(told chan time.Time) {
	q.mu.Lock()
	q.waiting = slices.DeleteFunc(q.waiting, func(c chan time.Time) bool { return c == told })
	q.mu.Unlock()
	select {
	case at := <-told:
		q.giveBack(at)
	default:
	}
}

// giveBack keeps a slot for the next request, if its moment is still to come.
func (q *slotQueue) giveBack(at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i, _ := slices.BinarySearchFunc(q.spare, at, time.Time.Compare); at.After(time.Now()) {
		q.spare = slices.Insert(q.spare, i, at)
	}
}
