package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"
)

// What is read at most, in bytes.
const (
	longestReply = 256 << 10
	longestError = 64 << 10
)

// lastWords is how long a server has after the end of a reply to say what it
// cost, and to end the stream.
const lastWords = 2 * time.Second

// once makes one request and reads its answer to the end.
func (c *Client) once(ctx context.Context, req Request, how asking, text func(string) error) (reply Reply, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := time.AfterFunc(c.cfg.Timeout+lastWords, cancel) // the deadline comes first
	defer end.Stop()
	resp, err := c.post(ctx, how.request(c.cfg.Model, req))
	if err != nil {
		return reply, c.classify(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refusal(ctx, resp, how)
	}
	return c.read(resp.Body, req, how, func() { end.Reset(lastWords) }, text)
}

// read reads a reply to its end. The end is called with whatever comes after the
// server has said that it has come.
func (c *Client) read(body io.Reader, req Request, how asking, end func(), text func(string) error) (reply Reply, err error) {
	a := newAnswer(req.Schema, text)
	a.drafts = how.drafts
	r := reading{client: c, how: how, reply: &reply, answer: a, end: end}
	done, other, err := events(body, r.take)
	reply.begun, reply.wait = a.begun(), r.wait
	if reply.worked {
		reply.guess(req, a.received)
	}
	if errors.As(err, new(abort)) {
		return reply, err
	}
	if other != "" {
		return reply, &Error{Kind: Garbled, Detail: c.clean("it answers with " + other), said: true}
	}
	var ended error
	if err != nil {
		ended = c.ended(err, r.sound, a.begun())
	}
	a.whole = a.whole || done
	a.refusal = c.clean(a.refusal)
	reply.Text, err = a.close(ended)
	reply.begun = a.begun()
	return reply, err
}

// ended is why a stream ended. Where some of it was understood, nonsense and a
// lost connection are a stream that was cut short; so is every failure of the
// server's when some of the reply was handed on.
func (c *Client) ended(err error, sound, begun bool) *Error {
	e := c.classify(err)
	nonsense, failure, told := e.Kind == Garbled, e.Kind == Unavailable, e.said
	if begun && (nonsense || failure) || sound && (nonsense || failure && !told) {
		e = &Error{Kind: CutShort, Detail: e.Detail, said: told}
	}
	return e
}

// post sends a request for a reply.
func (c *Client) post(ctx context.Context, request any) (*http.Response, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.completions, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream, application/json")
	if c.cfg.Key != "" {
		r.Header.Set("Authorization", "Bearer "+string(c.cfg.Key))
	}
	return c.doer.Do(r)
}

// refusal reads the answer of a server that gives no reply.
func (c *Client) refusal(ctx context.Context, resp *http.Response, how asking) (reply Reply, err error) {
	if resp.StatusCode < 400 {
		return reply, &Error{Kind: Garbled, Status: resp.StatusCode, Detail: "that is no status of an answer"}
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, longestError)) // half of it is better than nothing
	r := readRefusal(resp.StatusCode, resp.Header, body)
	e := c.refusedBy(r, how)
	reply.wait = r.wait
	e.final = late(ctx, r.wait)
	return reply, e
}

// late says whether a wait takes longer than there is time.
func late(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < wait
}

// A reading is a reply that is being read.
type reading struct {
	client *Client
	how    asking
	reply  *Reply
	answer *answer
	end    func() // called with what comes after the end of the reply
	sound  bool   // some of it was understood
	wait   time.Duration
}

// take takes one JSON value of the server's.
func (r *reading) take(raw json.RawMessage) error {
	var c chunk
	if err := json.Unmarshal(raw, &c); err != nil {
		if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
			return nil // a number, a string: no part of a reply
		}
		return err
	}
	if c.refuses() {
		e := readRefusal(http.StatusOK, nil, raw)
		r.wait = e.wait
		return r.client.refusedBy(e, r.how)
	}
	var choices []choice
	_ = json.Unmarshal(c.Choices, &choices) // what is no list of choices is none
	r.reply.worked = r.reply.worked || len(choices) > 0
	r.sound = r.sound || len(choices) > 0
	r.reply.read(c)
	for _, ch := range choices {
		if i := strings.Trim(string(ch.Index), `"`); i != "" && i != "0" && i != "null" {
			continue
		}
		if err := r.choice(ch); err != nil {
			return err
		}
	}
	return nil
}

// choice takes the part of a reply that stands in a choice. Some servers send
// the whole message once more when its parts have come.
func (r *reading) choice(ch choice) error {
	if finish := str(ch.FinishReason); finish != "" && finish != "null" {
		r.answer.finish = finish
	}
	if r.answer.finish != "" {
		r.end()
	}
	m := ch.Delta
	if m == nil && !null(ch.Text) {
		m = &message{Content: ch.Text}
	}
	if m == nil {
		if m = ch.Message; m == nil {
			return nil
		}
		r.answer.whole = true
		if r.answer.received > 0 {
			return nil
		}
	}
	r.answer.refusal += content(m.Refusal)
	r.answer.received += len(content(m.Reasoning)) + len(content(m.ReasoningContent))
	r.answer.tools = r.answer.tools || !null(m.ToolCalls)
	if piece := content(m.Content); piece != "" {
		return r.answer.write(piece)
	}
	return nil
}

// read takes over what a chunk says of the reply as a whole.
func (r *Reply) read(c chunk) {
	if model := str(c.Model); model != "" {
		r.Model = model
	}
	var u struct {
		Prompt     float64 `json:"prompt_tokens"`
		Completion float64 `json:"completion_tokens"`
		Details    struct {
			Cached float64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	if null(c.Usage) || json.Unmarshal(c.Usage, &u) != nil {
		return
	}
	if prompt, reply := tokens(u.Prompt), tokens(u.Completion); prompt+reply > 0 {
		r.PromptTokens, r.CompletionTokens, r.CachedTokens = prompt, reply, min(prompt, tokens(u.Details.Cached))
		r.counted, r.worked = true, true
	}
}

// tokens is a number of tokens, 0 where it cannot be one.
func tokens(n float64) int {
	const most = 10_000_000 // of one reply
	if math.IsNaN(n) || n < 0 || n > most {
		return 0
	}
	return int(n)
}

// bytesPerToken is how many bytes a token has, about.
const bytesPerToken = 4

// guess fills in what the reply cost where the server does not say: no more
// than it was allowed to cost.
func (r *Reply) guess(req Request, received int) {
	if !r.counted {
		r.PromptTokens, r.CompletionTokens = promptBytes(req)/bytesPerToken+1, min(received/bytesPerToken+1, max(req.MaxTokens, 1))
	}
}
