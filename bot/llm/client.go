package llm

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	openai "github.com/sashabaranov/go-openai"
)

// A Client talks to one model of one server. It is safe for concurrent use.
type Client struct {
	cfg         Config
	api         *openai.Client
	http        *http.Client
	doer        doer   // what makes requests
	completions string // the address that completions are asked for at
	slots       chan struct{}
	breaker     circuitbreaker.CircuitBreaker[Reply]
	executor    failsafe.Executor[Reply]
	health      health

	mu        sync.Mutex
	asking    asking   // with what the server takes, as far as that is known
	refused   []string // what it does not take
	told      int      // the room of a context that the log was told of
	answered  bool     // a whole reply has come
	suspected bool     // it was tried to find out what a server refuses that does not say
}

const (
	attempts     = 3 // for one reply
	firstDelay   = 300 * time.Millisecond
	longestDelay = 5 * time.Second
	// failuresInARow is after how many failed attempts the server is left
	// alone, and restFor for how long.
	failuresInARow = 5
	restFor        = 15 * time.Second
	connectTimeout = 5 * time.Second
)

// New returns a client. The error tells all that is wrong with the
// configuration.
func New(cfg Config) (*Client, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, slots: make(chan struct{}, cfg.Parallel), asking: newAsking(cfg.Model, cfg.JSON), health: health{log: cfg.Log}}
	dialer := net.Dialer{Timeout: connectTimeout}
	c.http = &http.Client{CheckRedirect: c.stay, Transport: transport{&http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: connectTimeout, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: cfg.Parallel,
	}}}
	api := openai.DefaultConfig(string(cfg.Key))
	base, query := splitQuery(cfg.BaseURL)
	if base != "" {
		api.BaseURL = base
	}
	c.doer = doer{c.http, query}
	api.HTTPClient = c.doer
	c.api = openai.NewClientWithConfig(api)
	c.completions = strings.TrimRight(api.BaseURL, "/") + "/chat/completions"

	c.breaker = circuitbreaker.NewBuilder[Reply]().
		HandleIf(func(_ Reply, err error) bool {
			return err != nil && !errors.As(err, new(noTurn)) && c.classify(err).failing()
		}).
		WithFailureThreshold(failuresInARow).WithDelay(restFor).Build()
	retry := retrypolicy.NewBuilder[Reply]().
		HandleIf(func(r Reply, err error) bool { return retryable(r, err) }).
		WithMaxAttempts(attempts).WithBackoff(firstDelay, longestDelay).WithJitterFactor(.2).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[Reply]) time.Duration {
			if wait := e.LastResult().wait; wait > 0 {
				return wait
			}
			return -1 // back off as usual
		}).
		ReturnLastFailure().Build()
	c.executor = failsafe.With[Reply](retry, c.breaker)
	return c, nil
}

// Close lets go of the client's connections. No client has none.
func (c *Client) Close() {
	if c != nil {
		c.http.CloseIdleConnections()
	}
}

// Resting says whether the server failed so often that it is left alone.
func (c *Client) Resting() bool { return c.breaker.IsOpen() }

// A Breaker is what decides whether the server is asked at all.
type Breaker string

// The states of a breaker.
const (
	Closed   Breaker = "closed"    // the server is asked
	Open     Breaker = "open"      // it failed time and again, and is left alone for a while
	HalfOpen Breaker = "half_open" // that time is over: the next reply decides
)

// Breaker is the state that the client's breaker is in.
func (c *Client) Breaker() Breaker {
	switch c.breaker.State() {
	case circuitbreaker.OpenState:
		return Open
	case circuitbreaker.HalfOpenState:
		return HalfOpen
	}
	return Closed
}

// A Request asks for one reply.
type Request struct {
	System string
	User   string
	// Schema is the JSON schema of the reply and SchemaName its name, of
	// letters, digits, - and _; a reply without a schema is plain text.
	Schema     json.RawMessage
	SchemaName string
	// Whole says that the reply is wanted whole, and not as a stream.
	Whole bool
	// MaxTokens is how long the reply may be, reasoning included.
	MaxTokens int
	// Held is given what frees the place of a whole reply among those under
	// way (Config.Parallel), and has it called once; nil frees it at once.
	Held func(free func())
}

// A Reply is a model's whole reply.
type Reply struct {
	Text  string
	Model string // as the server names it
	// PromptTokens and CompletionTokens are what the reply cost, with all
	// attempts on which the server worked, and Cached those of the prompt's
	// that it had kept. Where it does not say, they are estimated; they are 0
	// where it has not worked at all.
	PromptTokens, CachedTokens, CompletionTokens int

	wait    time.Duration // what the server asked to wait before another attempt
	begun   bool          // some text was handed on
	worked  bool          // the server worked on it
	counted bool          // the tokens are the server's count
}

// Worked says whether the server worked on a reply, so that it has cost
// something.
func (r Reply) Worked() bool { return r.worked }

// Stream asks for a reply and hands its text on as it comes: of one with a
// schema, the object alone, each part of it when it is complete. An error of
// text's ends the reply and is returned as it is, as is the context's; any
// other error is an *Error, and what was handed on by then is no whole reply.
// Nothing is handed on twice.
func (c *Client) Stream(ctx context.Context, req Request, text func(string) error) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	waiting := false // for a place, when the time was over
	var last Reply   // with what all attempts have cost
	whole := false   // which counts even if the time is over by then
	_, err := c.executor.WithContext(ctx).Get(func() (Reply, error) {
		// The pause before another attempt is time for others' replies.
		waiting = true
		select {
		case c.slots <- struct{}{}:
			waiting = false
		case <-ctx.Done():
			return Reply{}, noTurn{context.Cause(ctx)}
		}
		free, held := func() { <-c.slots }, false
		defer func() {
			if !held {
				free()
			}
		}()
		reply, err := c.attempt(ctx, req, text)
		reply.add(last)
		last, whole = reply, err == nil
		if held = err == nil && req.Held != nil; held {
			req.Held(free)
		}
		return reply, err
	})
	if whole {
		err = nil
	}
	return last, c.settle(ctx, err, waiting)
}

// noTurn ends an attempt that was never made, for others took the time. The
// server is not to blame.
type noTurn struct{ error }

func (n noTurn) Unwrap() error { return n.error }

// An abort is an error of the caller's own.
type abort struct{ error }

func (a abort) Unwrap() error { return a.error }

// settle turns an error into what the caller gets, and notes how the model is.
// Who was waiting for others' replies has learnt nothing of it.
func (c *Client) settle(ctx context.Context, err error, waiting bool) error {
	var own abort
	switch {
	case errors.As(err, &own):
		return own.error
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	}
	if err == nil {
		c.health.well(ctx, c.cfg.Model)
		return nil
	}
	e := c.classify(err)
	if ctx.Err() != nil {
		e = &Error{Kind: TimedOut, Status: e.Status, Detail: e.Detail, said: e.said}
	}
	if !waiting {
		c.health.fails(ctx, c.cfg.Model, e)
	}
	return e
}

// retryable says whether an attempt may be made again.
func retryable(r Reply, err error) bool {
	var e *Error
	return !r.begun && errors.As(err, &e) && e.passing()
}

// add adds what an attempt before has cost.
func (r *Reply) add(before Reply) {
	r.PromptTokens += before.PromptTokens
	r.CachedTokens += before.CachedTokens
	r.CompletionTokens += before.CompletionTokens
	r.worked = r.worked || before.worked
}
