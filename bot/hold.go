package bot

import (
	"context"
	"sync"
	"time"
)

// A hold keeps the place that a model's reply has among those under way until
// what it has led to is kept.
type hold struct {
	mu   sync.Mutex
	free func() // nil for none
	over bool
}

type holdKey struct{}

// Holding returns a context under which the last reply of a model counts as
// one under way until kept is called. Whoever keeps what comes of replies
// calls it then, so that no more of them have been paid for in vain when the
// process dies than may be under way, as long as that takes less than holdFor.
func Holding(ctx context.Context) (holding context.Context, kept func()) {
	h := &hold{}
	return context.WithValue(ctx, holdKey{}, h), func() { h.take(nil, true) }
}

// holdFor is for how long a place is held at most: what keeps things may be
// slow, and others wait for the model.
const holdFor = time.Second

// Hold gives to a context of Holding what frees the place of a reply that has
// come, and frees the place of the one before. Under any other context the
// place is freed at once. A Model calls it, with nil before it asks for a
// reply, so that it does not wait for a place that is held itself.
func Hold(ctx context.Context, free func()) {
	if free != nil {
		free = sync.OnceFunc(free)
		time.AfterFunc(holdFor, free)
	}
	h, ok := ctx.Value(holdKey{}).(*hold)
	if !ok {
		h = &hold{over: true}
	}
	h.take(free, false)
}

// take frees what is held, and holds what is given, as long as there is
// anything to wait for.
func (h *hold) take(free func(), over bool) {
	h.mu.Lock()
	before := h.free
	h.over = h.over || over
	if h.free = free; h.over {
		h.free = nil
	}
	ended := h.over
	h.mu.Unlock()
	if before != nil {
		before()
	}
	if ended && free != nil {
		free()
	}
}
