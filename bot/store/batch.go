package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync/atomic"
)

// batched is how many writes one transaction holds at most.
const batched = 256

// errClosed is returned for a write after Close.
var errClosed = errors.New("the store is closed")

// A batch carries out writes together, so that those which come at the same
// time pay for one sync of the disk.
type batch struct {
	do      func(context.Context, func(*sql.Tx) error) error
	writes  chan *pendingWrite
	closing chan struct{}
	ended   chan struct{}
}

type pendingWrite struct {
	ctx   context.Context
	run   func(*sql.Tx) error
	taken atomic.Bool // by whoever carries it out, or gives it up
	err   error
	done  chan struct{} // closed when err is known
}

func newBatch(do func(context.Context, func(*sql.Tx) error) error) *batch {
	b := &batch{do: do, writes: make(chan *pendingWrite), closing: make(chan struct{}), ended: make(chan struct{})}
	go b.loop()
	return b
}

// write carries out run in a transaction that it may share with others, and
// may run it again by itself. When ctx ends it returns, and run may be running
// still, or be carried out: a disk that hangs keeps nobody waiting. What run
// leaves is to be read only when there is no error.
func (b *batch) write(ctx context.Context, run func(*sql.Tx) error) error {
	w := &pendingWrite{ctx: ctx, run: run, done: make(chan struct{})}
	select {
	case b.writes <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ended:
		return errClosed
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		w.taken.Store(true) // if it has not begun, it does not
		return ctx.Err()
	}
}

func (b *batch) close() error {
	close(b.closing)
	<-b.ended
	return nil
}

func (b *batch) loop() {
	defer close(b.ended)
	for {
		select {
		case w := <-b.writes:
			b.carryOut(b.gather(w))
		case <-b.closing:
			return
		}
	}
}

// gather takes what waits beside the first write.
func (b *batch) gather(first *pendingWrite) []*pendingWrite {
	all := []*pendingWrite{first}
	for len(all) < batched {
		select {
		case w := <-b.writes:
			all = append(all, w)
		default:
			return all
		}
	}
	return all
}

// carryOut carries out all writes in one transaction; when one of them fails,
// each in its own.
func (b *batch) carryOut(all []*pendingWrite) {
	all = slices.DeleteFunc(all, func(w *pendingWrite) bool { return !w.taken.CompareAndSwap(false, true) })
	together := func() error {
		return b.do(context.Background(), func(tx *sql.Tx) error {
			for _, w := range all {
				if err := w.run(tx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if len(all) == 1 || together() != nil {
		for _, w := range all {
			if w.err = w.ctx.Err(); w.err == nil {
				w.err = b.do(w.ctx, w.run)
			}
		}
	}
	for _, w := range all {
		close(w.done)
	}
}
