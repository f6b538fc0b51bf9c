package rest

import (
	"context"
	"slices"
	"sync"
	"time"

	"summitbot/bot/discord/object"
)

// A window is what is left of a limit until it is filled again. How much it is
// filled with, and with how much it is at first, the next answer tells: until
// that has come, no other request goes out. Those that wait stand in line.
type window struct {
	mu    sync.Mutex
	line  []*stand // the next one first
	told  bool     // there may be a limit that answers tell of
	left  int      // requests that may still go out; negative ones wait too
	out   int      // requests that went out, and are not answered
	until time.Time
	fills *time.Timer // looks when that is over; nil: nobody has waited for it
}

func newWindow() *window { return &window{told: true} }

// wait takes one request out of the window, as soon as there is one and it is
// its ticket's turn; without a ticket, after those who came before it. Whoever
// has taken it says answered, or that it is unanswered.
func (w *window) wait(ctx context.Context, t *ticket) error {
	turn := make(chan struct{})
	w.mu.Lock()
	s := w.stand(t)
	s.turn = turn
	w.next()
	w.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.turn == turn {
		s.turn = nil
		w.pass(s)
	} else { // it was let out just now
		w.left++
		w.out--
	}
	w.next()
	return ctx.Err()
}

// next lets out those whose turn it is. The caller holds the lock.
func (w *window) next() {
	if w.fills != nil {
		w.fills.Stop()
	}
	for len(w.line) > 0 && w.line[0].turn != nil {
		pause := time.Until(w.until)
		if pause > 0 && w.left <= 0 {
			w.fills = time.AfterFunc(pause, w.look)
			return
		}
		if pause <= 0 && w.told && w.out > 0 {
			return // the answer that tells more is on its way
		}
		s := w.line[0]
		w.left--
		w.out++
		close(s.turn)
		s.turn, s.begun = nil, true
		w.pass(s)
	}
}

// look lets out those whose turn has come.
func (w *window) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next()
}

// answered takes what an answer tells of the window. Those that are out may not
// be counted in it, and answers may come in another order than their requests.
func (w *window) answered(left int, pause time.Duration) {
	w.mu.Lock()
	w.out--
	now := time.Now()
	if left -= w.out; w.told && now.Before(w.until) {
		left = min(left, w.left)
	}
	w.told, w.left, w.until = pause > 0, left, now.Add(pause)
	w.next()
	w.mu.Unlock()
}

// unanswered ends the wait for an answer that does not come, or tells nothing.
func (w *window) unanswered() {
	w.mu.Lock()
	w.out--
	w.next()
	w.mu.Unlock()
}

// shut says whether no request may go out just now.
func (w *window) shut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left <= 0 && time.Now().Before(w.until)
}

// hold lets no request out for a while.
func (w *window) hold(pause time.Duration) {
	w.mu.Lock()
	w.left, w.until = 0, time.Now().Add(pause)
	w.next()
	w.mu.Unlock()
}

// stand returns where a ticket stands, or puts it into the line. The caller holds
// the lock.
func (w *window) stand(t *ticket) *stand {
	s := &stand{ticket: t}
	if t != nil {
		s.question = t.question
		if i := slices.IndexFunc(w.line, func(o *stand) bool { return o.ticket == t && o.turn == nil }); i >= 0 {
			return w.line[i]
		}
		context.AfterFunc(t.over, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			s.ticket = nil
			w.pass(s)
			w.next()
		})
	}
	first := 0
	if len(w.line) > 0 && w.line[0].begun {
		first = 1
	}
	i, _ := slices.BinarySearchFunc(w.line[first:], s, func(o, s *stand) int {
		if object.Newer(o.question, s.question) {
			return 1
		}
		return -1 // of two that are alike, the one that came first
	})
	w.line = slices.Insert(w.line, first+i, s)
	return s
}

// pass takes a stand out of the line when no request waits there, and no ticket
// keeps it. The caller holds the lock.
func (w *window) pass(s *stand) {
	if s.turn == nil && s.ticket == nil {
		w.line = slices.DeleteFunc(w.line, func(o *stand) bool { return o == s })
	}
}
