package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// attempt asks for a reply once; by as many requests as it takes to find a
// form that the server knows.
func (c *Client) attempt(ctx context.Context, req Request, text func(string) error) (Reply, error) {
	for {
		c.mu.Lock()
		mode := c.mode
		c.mu.Unlock()
		reply, err := c.once(ctx, req, mode, text)
		if err == nil {
			return reply, nil
		}
		var own abort
		if errors.As(err, &own) {
			return reply, err
		}
		e := c.classify(err)
		if req.Schema == nil || reply.begun || e.Kind != BadRequest || !formRefused.MatchString(e.Detail) || !c.stepDown(ctx, mode) {
			return reply, e
		}
	}
}

// formRefused matches what servers say of a response_format that they do not
// know.
var formRefused = regexp.MustCompile(`(?i)response_format|json_schema|json_object|json schema|structured output|grammar`)

// stepDown makes the client ask for less than the given mode from now on. It
// reports whether there is less to ask for.
func (c *Client) stepDown(ctx context.Context, from JSONMode) bool {
	next, ok := from.stepDown()
	if !ok || c.cfg.JSON != "" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mode == from {
		c.mode = next
		c.cfg.Log.InfoContext(ctx, "the model's server does not know a form of reply, and is asked for a simpler one", "refused", from, "now", next)
	}
	return true
}

// longestReply bounds a reply, in bytes.
const longestReply = 256 << 10

// errIdle is the cause of a context that ends because nothing came.
var errIdle = errors.New("the server said nothing for too long")

// once makes one request and reads its stream to the end.
func (c *Client) once(ctx context.Context, req Request, mode JSONMode, text func(string) error) (Reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(c.cfg.Timeout/2, func() { cancel(errIdle) })
	defer idle.Stop()
	var notes notes
	ctx = context.WithValue(ctx, notesKey{}, &notes)

	var reply Reply
	stream, err := c.api.CreateChatCompletionStream(ctx, c.request(req, mode))
	if err != nil {
		reply.wait = notes.retryAfter
		e := c.why(ctx, err)
		if deadline, ok := ctx.Deadline(); ok {
			e.final = time.Until(deadline) < reply.wait
		}
		return reply, e
	}
	defer stream.Close()
	var b strings.Builder
	var thought thoughts
	finish := openai.FinishReason("")
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if ctx.Err() == nil && reply.begun {
				err = &Error{Kind: CutShort, Detail: c.clean(err.Error()), said: true}
			}
			return reply, c.why(ctx, err)
		}
		idle.Reset(c.cfg.Timeout / 2)
		reply.read(chunk)
		for _, choice := range chunk.Choices {
			if choice.Index != 0 {
				continue
			}
			if choice.Delta.Refusal != "" {
				return reply, &Error{Kind: Refused, Detail: c.clean(choice.Delta.Refusal), said: true}
			}
			if piece := thought.cut(choice.Delta.Content); piece != "" {
				if b.Len()+len(piece) > longestReply {
					return reply, &Error{Kind: TooLong, Detail: fmt.Sprintf("more than %d bytes", longestReply)}
				}
				b.WriteString(piece)
				reply.begun = true
				if err := text(piece); err != nil {
					return reply, abort{err}
				}
			}
			if choice.FinishReason != "" && choice.FinishReason != openai.FinishReasonNull {
				finish = choice.FinishReason
			}
		}
	}
	reply.Text = b.String()
	switch finish {
	case openai.FinishReasonStop:
		return reply, nil
	case openai.FinishReasonLength:
		return reply, &Error{Kind: TooLong, Detail: "it came to the limit of tokens"}
	case openai.FinishReasonContentFilter:
		return reply, &Error{Kind: Refused, Detail: "a content filter cut it off"}
	case "":
		return reply, &Error{Kind: CutShort, Detail: "the stream ended without a finish_reason"}
	}
	return reply, &Error{Kind: Garbled, Detail: c.clean(fmt.Sprintf("its finish_reason is %q", finish)), said: true}
}

// why is the reason for which a request failed: the context's, when that
// ended it.
func (c *Client) why(ctx context.Context, err error) *Error {
	if errors.Is(context.Cause(ctx), errIdle) {
		return &Error{Kind: TimedOut, Detail: errIdle.Error()}
	}
	return c.classify(err)
}

// read takes over what a chunk says of the reply as a whole.
func (r *Reply) read(chunk openai.ChatCompletionStreamResponse) {
	if chunk.Model != "" {
		r.Model = chunk.Model
	}
	if u := chunk.Usage; u != nil { // in a chunk of its own, as a rule
		r.PromptTokens, r.CompletionTokens = u.PromptTokens, u.CompletionTokens
		if u.PromptTokensDetails != nil {
			r.CachedTokens = u.PromptTokensDetails.CachedTokens
		}
	}
}

// Where some servers leave what a model thinks in its reply, these begin and
// end it.
const (
	thinkBegin = "<think>"
	thinkEnd   = "</think>"
)

// thoughts cuts off what a reply begins with that the model only thought.
type thoughts struct {
	held string // what was not yet handed on
	past bool   // the reply itself has begun
}

// cut takes the next piece of a reply and returns what of it is to be handed
// on.
func (t *thoughts) cut(piece string) string {
	if t.past {
		return piece
	}
	t.held += piece
	start := strings.TrimLeft(t.held, " \t\r\n")
	if len(start) < len(thinkBegin) && strings.HasPrefix(thinkBegin, start) {
		return ""
	}
	if !strings.HasPrefix(start, thinkBegin) {
		t.past = true
		return t.held
	}
	_, rest, ended := strings.Cut(start, thinkEnd)
	if !ended {
		// All but what may be the beginning of the end can go.
		t.held = thinkBegin + start[max(len(thinkBegin), len(start)-len(thinkEnd)):]
		return ""
	}
	t.past = true
	return strings.TrimLeft(rest, "\r\n")
}
