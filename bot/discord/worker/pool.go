package worker

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot/queue"
)

// A Pool holds the rows that a process has claimed. So many of them may be
// answered at a time; those that wait to be posted keep no other from being
// answered. A few places are kept from what one server asks just now, so that there
// is room for what other servers have waiting, and of a channel that has as many rows
// in hand as it will soon take no more are claimed.
type Pool struct {
	Room  int           // for rows that are being answered
	freed chan struct{} // has room for one: there may be a place again

	mu       sync.Mutex
	taken    int // places of those that are being answered
	claiming int // places for what is being claimed
	servers  map[string]int
	channels map[string]int   // all rows in hand
	tasks    map[string]*Task // by the row's id
	drafting map[*Task]bool   // that have a place
	awaited  map[string]chan struct{}
}

// How many rows a process has in hand at most, and of one channel: Discord takes
// five posts in 5 s there.
const (
	mostInHand = 1024
	perChannel = 16
)

func newPool(room int) *Pool {
	return &Pool{Room: room, freed: make(chan struct{}, 1), servers: map[string]int{}, channels: map[string]int{}, tasks: map[string]*Task{}, drafting: map[*Task]bool{}, awaited: map[string]chan struct{}{}}
}

// Server is whom a row's turn is counted for.
func Server(r queue.Row) string {
	if r.Server == "" {
		return r.Place
	}
	return r.Server
}

// each is how many places one server can have.
func (h *Pool) each() int { return h.Room - h.Room/8 }

// free is how many places there are. The caller holds the lock.
func (h *Pool) free() int {
	return min(h.Room-h.taken, mostInHand-len(h.tasks)) - h.claiming
}

// Reserve takes a place for a row of a server, if there is one for it.
func (h *Pool) Reserve(server, channel string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.free() <= 0 || h.servers[server] >= h.each() || h.channels[channel] >= perChannel {
		return false
	}
	h.taken++
	h.servers[server]++
	return true
}

// Back gives back a place that was reserved in vain.
func (h *Pool) Back(server string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leave(server)
}

// leave frees a place. The caller holds the lock.
func (h *Pool) leave(server string) {
	h.taken--
	if h.servers[server]--; h.servers[server] == 0 {
		delete(h.servers, server)
	}
	select {
	case h.freed <- struct{}{}:
	default: // nobody has looked yet
	}
}

// grab takes all places that are left, for rows that are to be claimed. They are
// given back with settle.
func (h *Pool) grab() (places int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claiming = max(0, h.free())
	return h.claiming
}

// settle gives back what was grabbed.
func (h *Pool) settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claiming = 0
}

// take takes a place for a row that is claimed.
func (h *Pool) take(server string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.taken++
	h.servers[server]++
}

// hold notes the task that a place is for.
func (h *Pool) hold(t *Task) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tasks[t.Row.ID], h.drafting[t] = t, true
	h.channels[t.Row.Place]++
	if c := h.awaited[t.Row.ID]; c != nil {
		close(c)
		delete(h.awaited, t.Row.ID)
	}
}

// Await returns what is closed as soon as a row is in hand, and what ends the
// waiting. Nobody else is to wait for the row meanwhile.
func (h *Pool) Await(id string) (held <-chan struct{}, end func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan struct{})
	if h.tasks[id] != nil {
		close(c)
		return c, func() {}
	}
	h.awaited[id] = c
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.awaited, id)
	}
}

// full are the channels that have no more claimed for now.
func (h *Pool) full() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for channel, n := range h.channels {
		if n >= perChannel {
			all = append(all, channel)
		}
	}
	return all
}

// drafted frees the place of a task that is answered, and is to be posted.
func (h *Pool) drafted(t *Task) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.drafting[t] {
		delete(h.drafting, t)
		h.leave(t.server)
	}
}

// release lets go of a task that is done with.
func (h *Pool) release(t *Task) {
	h.drafted(t)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tasks[t.Row.ID] == t {
		delete(h.tasks, t.Row.ID)
	}
	if h.channels[t.Row.Place]--; h.channels[t.Row.Place] == 0 {
		delete(h.channels, t.Row.Place)
	}
	select {
	case h.freed <- struct{}{}:
	default:
	}
}

// change tells the tasks of rows that were changed.
func (h *Pool) change(ids ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		if t := h.tasks[id]; t != nil {
			t.change()
		}
	}
}

// changed tells the tasks whose rows are not as they were held any more, but for
// those that know it by now.
func (h *Pool) changed(held []queue.Held, ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, was := range held {
		t := h.tasks[was.ID]
		if t == nil || !slices.Contains(ids, was.ID) {
			continue
		}
		if r := t.snapshot(); r.Fence == was.Fence && r.Revision == was.Revision {
			t.change()
		}
	}
}

// Lose tells the tasks of a message that was deleted.
func (h *Pool) Lose(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tasks {
		t.lose(message)
	}
}

// held are the rows in hand, as this process knows them.
func (h *Pool) held() (all []queue.Held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(h.tasks)) {
		r := h.tasks[id].snapshot()
		all = append(all, queue.Held{ID: id, Fence: r.Fence, Revision: r.Revision})
	}
	return all
}

// IDs are the ids of the rows in hand.
func (h *Pool) IDs() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.tasks))
}

// Answering is how many rows are being answered.
func (h *Pool) Answering() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.taken
}

// Count is how many rows are in hand.
func (h *Pool) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.tasks)
}

// Claims is until when this process surely has what it has claimed. Both times
// are read before the store is asked, by a clock that no one sets.
type Claims struct {
	renewed atomic.Pointer[time.Time] // all claims, last
	// unbroken is since when they were renewed in time: an older claim may
	// have ended in between.
	Unbroken atomic.Pointer[time.Time]
	Open     atomic.Int64 // questions, when the claims were renewed
}
