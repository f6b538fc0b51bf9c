package gateway

import "context"

// A Barrier is what an intake held at some moment.
type Barrier []<-chan struct{}

// Wait waits until all is done with, or returns the context's error.
func (b Barrier) Wait(ctx context.Context) error {
	for _, done := range b {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Passed says whether all is done with.
func (b Barrier) Passed() bool {
	for _, done := range b {
		select {
		case <-done:
		default:
			return false
		}
	}
	return true
}
