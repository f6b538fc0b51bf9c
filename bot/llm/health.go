package llm

import (
	"context"
	"log/slog"
	"sync"
)

// A health is how a server's models are, as the log knows it.
type health struct {
	log *slog.Logger

	mu sync.Mutex
	// ill are the kinds of errors that the log tells of, by the models that
	// have given no reply since.
	ill map[string]map[Kind]bool
}

// fails notes an error. The log tells of each kind once until the model is
// well again.
func (h *health) fails(ctx context.Context, model string, e *Error) {
	h.mu.Lock()
	told := h.ill[model][e.Kind]
	if h.ill == nil {
		h.ill = map[string]map[Kind]bool{}
	}
	if h.ill[model] == nil {
		h.ill[model] = map[Kind]bool{}
	}
	h.ill[model][e.Kind] = true
	h.mu.Unlock()
	if !told {
		h.log.WarnContext(ctx, "the model does not answer", "model", model, "cause", e)
	}
	if e.said && e.Detail != "" {
		h.log.DebugContext(ctx, "what the model's server said", "kind", e.Kind, "words", e.Detail)
	}
}

// well notes a whole reply. It is a warning where one was given: who reads
// warnings alone would wait for it.
func (h *health) well(ctx context.Context, model string) {
	h.mu.Lock()
	ill := len(h.ill[model]) > 0
	delete(h.ill, model)
	h.mu.Unlock()
	if ill {
		h.log.WarnContext(ctx, "the model answers again", "model", model)
	}
}
