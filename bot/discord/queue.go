package discord

import (
	"context"
	"maps"
	"slices"
	"sync"

	"summitbot/bot"
)

// A queue runs work on goroutines of its own. Work of one talk (what a member
// asks in one place) is told when all earlier work of that talk is done with;
// that of different talks goes on side by side.
type queue struct {
	room int

	mu     sync.Mutex
	closed bool
	held   int
	notes  int
	noted  map[string]int           // by place
	last   map[string]chan struct{} // by talk: closed when its last work is done with
	wg     sync.WaitGroup
}

// What queues hold: questions that are being accepted, work that is done for
// members, and the notes that are sent meanwhile.
const (
	intakeRoom = 4096
	queueRoom  = 1024
	noteRoom   = 512
)

func newQueue(room int) *queue {
	return &queue{room: room, noted: map[string]int{}, last: map[string]chan struct{}{}}
}

// admission is a queue's answer to new work.
type admission int

const (
	admitted admission = iota
	full
	closed
)

// add runs serve on a goroutine of the queue's: always if it must, else only
// if there is room. The turn that it is given is closed when all earlier work
// of the same talk is done with.
func (q *queue) add(talk string, must bool, serve func(turn <-chan struct{})) admission {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed && !must:
		return closed
	case q.held >= q.room && !must:
		return full
	}
	q.held++
	turn, done := q.last[talk], make(chan struct{})
	if turn == nil {
		turn = make(chan struct{})
		close(turn)
	}
	q.last[talk] = done
	q.wg.Go(func() {
		defer func() {
			<-turn // what ends early leaves the turn to nobody before its time
			q.mu.Lock()
			defer q.mu.Unlock()
			q.held--
			if q.last[talk] == done {
				delete(q.last, talk)
			}
			close(done)
		}()
		serve(turn)
	})
	return admitted
}

// note runs a short piece of work that answers no question, such as telling
// that the queue is full. It reports whether there was room for it. What is
// said in a place has to share half of the room, for it may have to wait; what
// is urgent, such as a click that has to be answered within seconds, names no
// place.
func (q *queue) note(place string, run func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.notes >= noteRoom || place != "" && (q.notes >= noteRoom/2 || q.noted[place] >= noteRoom/16) {
		return false
	}
	q.notes++
	q.noted[place]++
	q.wg.Go(func() {
		defer func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.notes--
			if q.noted[place]--; q.noted[place] == 0 {
				delete(q.noted, place)
			}
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

// A barrier is what a queue held at some moment.
type barrier []<-chan struct{}

// barrier is what the queue holds now.
func (q *queue) barrier() (b barrier) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, done := range q.last {
		b = append(b, done)
	}
	return b
}

// wait waits until all is done with, or returns the context's error.
func (b barrier) wait(ctx context.Context) error {
	for _, done := range b {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// passed says whether all is done with.
func (b barrier) passed() bool {
	for _, done := range b {
		select {
		case <-done:
		default:
			return false
		}
	}
	return true
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

// A hand holds the questions that a process has claimed. A few places in it are
// kept from what one server asks just now, so that there is room for what other
// servers have waiting.
type hand struct {
	room  int
	freed chan struct{} // has room for one: there may be a place again

	mu       sync.Mutex
	held     int
	claiming int // places for what is being claimed
	servers  map[string]int
	ids      map[string]context.CancelCauseFunc
}

func newHand(room int) *hand {
	return &hand{room: room, freed: make(chan struct{}, 1), servers: map[string]int{}, ids: map[string]context.CancelCauseFunc{}}
}

// each is how many places one server can have.
func (h *hand) each() int { return h.room - h.room/8 }

// reserve takes a place for a question of a server, if there is one for it.
func (h *hand) reserve(server string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held+h.claiming >= h.room || h.servers[server] >= h.each() {
		return false
	}
	h.held++
	h.servers[server]++
	return true
}

// grab takes all places that are left, for questions that are to be claimed.
// They are given back with settle.
func (h *hand) grab() (places int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claiming = max(0, h.room-h.held)
	return h.claiming
}

// settle gives back what was grabbed.
func (h *hand) settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claiming = 0
}

// take takes a place for a question that is claimed.
func (h *hand) take(server string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held++
	h.servers[server]++
}

// hold notes a question that is in hand, and returns the context of the work on
// it, which ends when the question is let go.
func (h *hand) hold(work context.Context, id string) context.Context {
	work, stop := context.WithCancelCause(work)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids[id] = stop
	return work
}

// letGo ends the work on questions that are no longer this process's: nobody
// wants what it would come to.
func (h *hand) letGo(ids ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		if stop := h.ids[id]; stop != nil {
			stop(bot.ErrTaken)
		}
	}
}

// inHand are the ids of the questions in hand.
func (h *hand) inHand() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.ids))
}

// release gives a place back, of the question with an id where it had one.
func (h *hand) release(server, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if stop := h.ids[id]; stop != nil {
		stop(nil)
	}
	delete(h.ids, id)
	h.held--
	if h.servers[server]--; h.servers[server] == 0 {
		delete(h.servers, server)
	}
	select {
	case h.freed <- struct{}{}:
	default: // nobody has looked yet
	}
}

// count is how many places are taken.
func (h *hand) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held
}
