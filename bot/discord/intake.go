package discord

import (
	"sync"

	"summitbot/bot/discord/gateway"
)

// An intake makes rows of events, on goroutines of its own: those of one place in
// their order, those of different places side by side.
type intake struct {
	mu     sync.Mutex
	closed bool
	held   int
	last   map[string]chan struct{} // by place: closed when the last of its events is done with
	wg     sync.WaitGroup
}

// intakeRoom is how many events wait at most to become rows.
const intakeRoom = 4096

func newIntake() *intake { return &intake{last: map[string]chan struct{}{}} }

// add has an event of a place become a row, and tells whether there is room for
// it; one that comes after the end is for whoever connects next. The turn is
// closed when those of the same place before it are done with.
func (q *intake) add(place string, run func(turn <-chan struct{})) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.held >= intakeRoom {
		return q.closed
	}
	q.held++
	turn, done := q.last[place], make(chan struct{})
	if turn == nil {
		turn = make(chan struct{})
		close(turn)
	}
	q.last[place] = done
	q.wg.Go(func() {
		defer func() {
			<-turn // what did not wait for it leaves it to nobody before its time
			q.mu.Lock()
			defer q.mu.Unlock()
			q.held--
			if q.last[place] == done {
				delete(q.last, place)
			}
			close(done)
		}()
		run(turn)
	})
	return true
}

// close stops the intake from taking more, and returns a channel that is closed
// when it is empty.
func (q *intake) close() <-chan struct{} {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	empty := make(chan struct{})
	go func() {
		q.wg.Wait()
		close(empty)
	}()
	return empty
}

// barrier is what the intake holds now.
func (q *intake) barrier() (b gateway.Barrier) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, done := range q.last {
		b = append(b, done)
	}
	return b
}
