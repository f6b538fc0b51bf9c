package discord

import (
	"maps"
	"slices"
	"sync"

	"summitbot/bot/queue"
)

// A hand holds the rows that a process has claimed. So many of them may be
// answered at a time; those that wait to be posted keep no other from being
// answered. A few places are kept from what one server asks just now, so that there
// is room for what other servers have waiting, and of a channel that has as many rows
// in hand as it will soon take no more are claimed.
type hand struct {
	room  int           // for rows that are being answered
	freed chan struct{} // has room for one: there may be a place again

	mu       sync.Mutex
	taken    int // places of those that are being answered
	claiming int // places for what is being claimed
	servers  map[string]int
	channels map[string]int   // all rows in hand
	tasks    map[string]*task // by the row's id
	drafting map[*task]bool   // that have a place
}

// How many rows a process has in hand at most, and of one channel: Discord takes
// five posts in 5 s there.
const (
	mostInHand = 1024
	perChannel = 16
)

func newHand(room int) *hand {
	return &hand{room: room, freed: make(chan struct{}, 1), servers: map[string]int{}, channels: map[string]int{}, tasks: map[string]*task{}, drafting: map[*task]bool{}}
}

// server is whom a row's turn is counted for.
func server(r queue.Row) string {
	if r.Server == "" {
		return r.Place
	}
	return r.Server
}

// each is how many places one server can have.
func (h *hand) each() int { return h.room - h.room/8 }

// free is how many places there are. The caller holds the lock.
func (h *hand) free() int {
	return min(h.room-h.taken, mostInHand-len(h.tasks)) - h.claiming
}

// reserve takes a place for a row of a server, if there is one for it.
func (h *hand) reserve(server, channel string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.free() <= 0 || h.servers[server] >= h.each() || h.channels[channel] >= perChannel {
		return false
	}
	h.taken++
	h.servers[server]++
	return true
}

// back gives back a place that was reserved in vain.
func (h *hand) back(server string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leave(server)
}

// leave frees a place. The caller holds the lock.
func (h *hand) leave(server string) {
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
func (h *hand) grab() (places int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claiming = max(0, h.free())
	return h.claiming
}

// settle gives back what was grabbed.
func (h *hand) settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claiming = 0
}

// take takes a place for a row that is claimed.
func (h *hand) take(server string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.taken++
	h.servers[server]++
}

// hold notes the task that a place is for.
func (h *hand) hold(t *task) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tasks[t.row.ID], h.drafting[t] = t, true
	h.channels[t.row.Place]++
}

// full are the channels that have no more claimed for now.
func (h *hand) full() (all []string) {
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
func (h *hand) drafted(t *task) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.drafting[t] {
		delete(h.drafting, t)
		h.leave(t.server)
	}
}

// release lets go of a task that is done with.
func (h *hand) release(t *task) {
	h.drafted(t)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tasks[t.row.ID] == t {
		delete(h.tasks, t.row.ID)
	}
	if h.channels[t.row.Place]--; h.channels[t.row.Place] == 0 {
		delete(h.channels, t.row.Place)
	}
	select {
	case h.freed <- struct{}{}:
	default:
	}
}

// change tells the tasks of rows that were changed.
func (h *hand) change(ids ...string) {
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
func (h *hand) changed(held []queue.Held, ids []string) {
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

// lose tells the tasks of a message that was deleted.
func (h *hand) lose(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tasks {
		t.lose(message)
	}
}

// held are the rows in hand, as this process knows them.
func (h *hand) held() (all []queue.Held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(h.tasks)) {
		r := h.tasks[id].snapshot()
		all = append(all, queue.Held{ID: id, Fence: r.Fence, Revision: r.Revision})
	}
	return all
}

// ids are the ids of the rows in hand.
func (h *hand) ids() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.tasks))
}

// answering is how many rows are being answered.
func (h *hand) answering() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.taken
}

// count is how many rows are in hand.
func (h *hand) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.tasks)
}
