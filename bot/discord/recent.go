package discord

import (
	"container/list"
	"sync"
)

// recent remembers the values of the keys used last, and forgets the others.
// It is safe for concurrent use.
type recent[K comparable, V any] struct {
	mu    sync.Mutex
	room  int
	order *list.List // of pair[K, V], the one used last in front
	at    map[K]*list.Element
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

// newRecent returns a memory with room for that many keys, at least one.
func newRecent[K comparable, V any](room int) *recent[K, V] {
	return &recent[K, V]{room: room, order: list.New(), at: map[K]*list.Element{}}
}

// use returns the key's value, made by fresh when the key is not remembered,
// and whether it was remembered.
func (r *recent[K, V]) use(key K, fresh func() V) (value V, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.at[key]; ok {
		r.order.MoveToFront(e)
		return e.Value.(pair[K, V]).value, true
	}
	value = fresh()
	r.at[key] = r.order.PushFront(pair[K, V]{key, value})
	if r.order.Len() > r.room {
		oldest := r.order.Remove(r.order.Back()).(pair[K, V])
		delete(r.at, oldest.key)
	}
	return value, false
}

// seen says whether the key was used before, and uses it.
func (r *recent[K, V]) seen(key K) bool {
	_, known := r.use(key, func() (none V) { return none })
	return known
}

// get returns the key's value, and whether it is remembered.
func (r *recent[K, V]) get(key K) (value V, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.at[key]; ok {
		return e.Value.(pair[K, V]).value, true
	}
	return value, false
}

// has tells whether the key is remembered, and does not use it.
func (r *recent[K, V]) has(key K) bool {
	_, known := r.get(key)
	return known
}

// put remembers a value for the key, in place of the one before.
func (r *recent[K, V]) put(key K, value V) {
	r.drop(key)
	r.use(key, func() V { return value })
}

// drop forgets the key.
func (r *recent[K, V]) drop(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.at[key]; ok {
		r.order.Remove(e)
		delete(r.at, key)
	}
}
