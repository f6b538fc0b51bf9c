package bot

import (
	"context"
	"log/slog"
)

// aboutKey is the context key of the id of the question at hand.
type aboutKey struct{}

// About is a context in which the question with an id is at hand, so that what
// is logged under it tells the id.
func About(ctx context.Context, question string) context.Context {
	return context.WithValue(ctx, aboutKey{}, question)
}

// A LogHandler adds to each line the id of the question that is at hand in its
// context, as "question".
type LogHandler struct{ slog.Handler }

// Handle hands a line on.
func (h LogHandler) Handle(ctx context.Context, r slog.Record) error {
	id, ok := ctx.Value(aboutKey{}).(string)
	if !ok {
		return h.Handler.Handle(ctx, r)
	}
	line := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	line.AddAttrs(slog.String("question", id))
	r.Attrs(func(a slog.Attr) bool {
		line.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, line)
}

// WithAttrs is what slog.Logger.With calls.
func (h LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return LogHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup is what slog.Logger.WithGroup calls.
func (h LogHandler) WithGroup(name string) slog.Handler { return LogHandler{h.Handler.WithGroup(name)} }
