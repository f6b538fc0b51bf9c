package bot

import (
	"context"
	"errors"
	"sync/atomic"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// A NoRoom is the error of a Model that has not the room for a prompt. Fits is
// the share of the prompt, from 0 to 1, that it has room for.
type NoRoom struct {
	Fits float64
	Err  error
}

// Error is that of what the Model says.
func (n *NoRoom) Error() string { return n.Err.Error() }

// Unwrap is what the Model says.
func (n *NoRoom) Unwrap() error { return n.Err }

// A room is how many tokens of passages a model was found to have room for; 0
// while it takes as many as the Options say.
type room struct{ tokens atomic.Int64 }

// leastPassages is how many tokens of passages are worth asking with.
const leastPassages = 200

// passages is how many tokens of passages a prompt shows.
func (w *writer) passages() int {
	if n := int(w.room.tokens.Load()); n > 0 {
		return min(n, w.tokens)
	}
	return w.tokens
}

// narrow shows fewer passages from now on where an error says that there is no
// room for those that a prompt showed. It reports whether another one may fit.
func (w *writer) narrow(err error, asked prompts.Prompt, shown prompts.Passages) bool {
	n, ok := errors.AsType[*NoRoom](err)
	if !ok {
		return false
	}
	whole := prompts.Tokens(len(asked.System) + len(asked.User))
	had := min(prompts.Tokens(len(shown.String())), w.passages())
	left := had - int(float64(whole)*(1-n.Fits))
	if left < leastPassages || left >= had {
		return false
	}
	w.room.tokens.Store(int64(left))
	return true
}

// fit asks with as many passages as there is room for, and once more with fewer
// when that is found to be less than it was thought to be.
func (c *composing) fit(ctx context.Context, hits []retrieval.Hit, prompt func(prompts.Passages) prompts.Prompt) (*draft, error) {
	shown := prompts.Pack(c.articles, hits, c.writer.passages())
	asked := prompt(shown)
	d, err := c.draft(ctx, asked, shown)
	if c.writer.narrow(err, asked, shown) {
		shown = prompts.Pack(c.articles, hits, c.writer.passages())
		d, err = c.draft(ctx, prompt(shown), shown)
	}
	return d, err
}
