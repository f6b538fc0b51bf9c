package discord

import "sync"

// A queue holds the questions that are being answered and those that wait.
// Questions of one place (a channel) are taken in the order in which they
// came; those of different places are taken side by side.
type queue struct {
	slots chan struct{} // one for each answer worked on
	room  int

	mu     sync.Mutex
	closed bool
	held   int
	notes  int
	last   map[string]chan struct{} // by place: closed when its last question is done with
	wg     sync.WaitGroup
}

// The questions that a queue holds, and the notes that it sends meanwhile.
const (
	queueRoom = 512
	noteRoom  = 512
)

func newQueue(workers int) *queue {
	return &queue{slots: make(chan struct{}, workers), room: queueRoom, last: map[string]chan struct{}{}}
}

// admission is a queue's answer to a new question.
type admission int

const (
	admitted admission = iota
	full
	closed
)

// add runs serve on a goroutine of the queue's, always if it must, else only if
// there is room. The turn that it is given is
// closed when all earlier questions of the same place are done with.
func (q *queue) add(place string, must bool, serve func(turn <-chan struct{})) admission {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return closed
	case q.held >= q.room && !must:
		return full
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
			q.mu.Lock()
			defer q.mu.Unlock()
			q.held--
			if q.last[place] == done {
				delete(q.last, place)
			}
			close(done)
		}()
		serve(turn)
	})
	return admitted
}

// note runs a short piece of work that answers no question, such as telling
// that the queue is full. It reports whether there was room for it.
func (q *queue) note(run func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.notes >= noteRoom {
		return false
	}
	q.notes++
	q.wg.Go(func() {
		defer func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.notes--
		}()
		run()
	})
	return true
}

// close stops the queue from taking more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// drained returns a channel that is closed when a closed queue is empty.
func (q *queue) drained() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		q.wg.Wait()
		close(done)
	}()
	return done
}
