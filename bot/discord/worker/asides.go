package worker

import (
	"sync"
)

// asides are short pieces of work beside the questions, each on a goroutine of its
// own, and not more than there is room for.
type asides struct {
	sync.WaitGroup
	Mu   sync.Mutex
	N    int
	said map[string]int // by the place where something is said
}

// asideRoom is how many asides there are at a time.
const asideRoom = 512

// enter takes one of the places, or tells that there is none. What is said in a
// place has to share half of them, for it may have to wait; what is urgent, such as
// a click that has to be answered within seconds, names no place.
func (a *asides) Enter(place string) (leave func(), ok bool) {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	if a.N >= asideRoom || place != "" && (a.N >= asideRoom/2 || a.said[place] >= asideRoom/16) {
		return nil, false
	}
	a.N++
	a.said[place]++
	return func() {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		a.N--
		if a.said[place]--; a.said[place] == 0 {
			delete(a.said, place)
		}
	}, true
}
