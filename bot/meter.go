package bot

import (
	"context"
	"errors"
	"time"

	"summitbot/bot/proof"
	"summitbot/prompts"
)

// A Meter counts what answers take. Its methods return at once, and are called
// from several goroutines at a time.
type Meter interface {
	// Replied tells of a reply that a model was asked for: what it cost, how
	// long it took with all attempts, and why it is not whole.
	Replied(u Usage, took time.Duration, err error)
	// Dropped tells of a statement of the model's that was not upheld.
	Dropped(f proof.Flaw)
	// Looked tells whether an answer was found among those that are kept.
	Looked(at Keeping, found bool)
}

// A Keeping is where answers of a model are kept.
type Keeping string

// Where answers are kept.
const (
	InMemory Keeping = "memory" // this process's
	OnShelf  Keeping = "shelf"  // all processes', after a restart too
)

// unmetered counts nothing.
type unmetered struct{}

func (unmetered) Replied(Usage, time.Duration, error) {}
func (unmetered) Dropped(proof.Flaw)                  {}
func (unmetered) Looked(Keeping, bool)                {}

// unproven hands on why a statement is not said of the model's.
func (w *writer) unproven(err error) {
	if u, ok := errors.AsType[*proof.Unproven](err); ok {
		w.meter.Dropped(u.Flaw)
	}
}

// ask puts a prompt to the model.
func (w *writer) ask(ctx context.Context, p prompts.Prompt, text func(string) error) (Usage, error) {
	began := time.Now()
	u, err := w.model.Write(ctx, p, text)
	w.meter.Replied(u, time.Since(began), err)
	return u, err
}
