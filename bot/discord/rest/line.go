package rest

import (
	"context"
	"net/http"
	"strings"
)

// A ticket is a question's, for the line of those whose messages wait for their
// channel's limit.
type ticket struct {
	question string
	over     context.Context // its end gives the place up
}

// ticketKey is the context key of a *ticket.
type ticketKey struct{}

// InLine gives the messages that are posted with a context, one after another,
// a place in line, which is to be left when all of them are posted. The place of
// the question that was asked first is next; one whose first message has gone out
// is kept until it is left, also while a message is repeated. A context that has
// a place keeps it. What is posted without a question comes first.
func InLine(ctx context.Context, question string) (_ context.Context, leave context.CancelFunc) {
	if ticketOf(ctx) != nil {
		return ctx, func() {}
	}
	ctx, leave = context.WithCancel(ctx)
	return context.WithValue(ctx, ticketKey{}, &ticket{question, ctx}), leave
}

// ticketOf is the ticket that a context has; nil for none, or one that is over.
func ticketOf(ctx context.Context) *ticket {
	if t, ok := ctx.Value(ticketKey{}).(*ticket); ok && t.over.Err() == nil {
		return t
	}
	return nil
}

// ticketFor is the ticket of a request: of one that posts a message in a channel,
// for members see in which order that is done. One that has none gets it until
// it is answered, so that nothing overtakes it on its way.
func ticketFor(r *http.Request) (t *ticket, leave context.CancelFunc) {
	if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/channels/") || !strings.HasSuffix(r.URL.Path, "/messages") {
		return nil, func() {}
	}
	ctx, leave := InLine(r.Context(), "")
	return ticketOf(ctx), leave
}

// A stand is where a ticket, or a request without one, stands in a window's line.
type stand struct {
	question string        // empty for none
	ticket   *ticket       // which keeps the place; nil: it goes with its request
	turn     chan struct{} // closed when the request that waits may go out; nil: none waits
	begun    bool          // a request went out
}
