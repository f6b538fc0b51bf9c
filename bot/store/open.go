package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
)

// Open opens a store and brings its tables up to date. One that a newer
// release has written is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{me: rand.Text(), durable: true, retention: o.Retention, log: o.Log, failed: o.Failed, nudges: make(chan struct{}, 1), revised: make(chan string, revisions)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	open := s.openSQLite
	if o.URL != "" {
		open = s.openPostgres
	}
	err := open(ctx, o)
	if err == nil {
		err = s.migrate(ctx)
	}
	if err == nil && o.Serving && s.durable && !s.postgres {
		s.close = append(s.close, s.leave)
		err = s.noteFiles()
	}
	if err == nil && o.Serving {
		err = s.overwrite(ctx)
	}
	if err == nil && o.Serving {
		err = s.serving(ctx, o.Folder)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store in %s: %w", s.name, explained(err)), s.Close())
	}
	return s, nil
}
