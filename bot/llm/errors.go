package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	openai "github.com/sashabaranov/go-openai"
)

// An Error says why there is no whole reply. Its text is for operators.
type Error struct {
	Kind   Kind
	Status int    // the HTTP status, 0 for none
	Detail string // what the server or the network said, without the key
	// Refuses is the part of the request that the server would not take, by
	// its name there; empty where it named none.
	Refuses string
	// Limit is how many tokens there is room for and Wanted how many were
	// wanted, where the server told; 0 where it did not.
	Limit, Wanted int

	prompt  int   // how many tokens the prompt has, where the server told
	lengths []int // the numbers of tokens that it named of a reply that is too long
	final   bool  // no attempt may be made again in time
	said    bool  // Detail is the server's words, which may repeat the prompt's
	// ended says that the reply came to an end by itself: another attempt
	// would come to the same one.
	ended bool
	empty bool // the reply came to an end and held nothing
	twice bool // what was handed on was a draft
}

// Kind is the kind of an Error.
type Kind string

// The kinds of errors.
const (
	Unavailable  Kind = "unavailable"  // no connection, overload, a fault of the server's, or it is left alone for a while
	TimedOut     Kind = "timed_out"    // it took too long
	CutShort     Kind = "cut_short"    // the reply ended before it was whole
	TooLong      Kind = "too_long"     // the reply came to the limit of its length
	NoRoom       Kind = "no_room"      // the context is too small for the prompt and its reply
	Refused      Kind = "refused"      // the model or a content filter would not answer
	OutOfQuota   Kind = "out_of_quota" // the account is spent
	Unauthorised Kind = "unauthorised" // the key is wrong, or may not use the model
	NoModel      Kind = "no_model"     // the server has no such model or path
	BadRequest   Kind = "bad_request"  // the server would not take the request
	Garbled      Kind = "garbled"      // it does not speak the protocol
)

// Kinds are all kinds of errors.
var Kinds = []Kind{Unavailable, TimedOut, CutShort, TooLong, NoRoom, Refused, OutOfQuota, Unauthorised, NoModel, BadRequest, Garbled}

// mends say what an operator can do.
var mends = map[Kind]string{
	Unavailable:  "see whether the server runs, and is not overloaded or still loading",
	TimedOut:     "raise OPENAI_TIMEOUT, or take a faster model",
	CutShort:     "see the server's log; a proxy in between may cut streams, or another model (OPENAI_MODEL) may keep to the form",
	TooLong:      "raise the server's limit of tokens, or lower CONTEXT_TOKENS",
	NoRoom:       "give the server a longer context, or lower CONTEXT_TOKENS",
	Refused:      "another model (OPENAI_MODEL) may answer",
	OutOfQuota:   "see the account's billing and limits, or set OPENAI_API_KEY to the key of another one",
	Unauthorised: "see OPENAI_API_KEY",
	NoModel:      "see OPENAI_MODEL and OPENAI_BASE_URL",
	BadRequest:   "see whether the model of OPENAI_MODEL takes chat completions, and whether OPENAI_BASE_URL is where its API begins",
	Garbled:      "see whether OPENAI_BASE_URL is an OpenAI-compatible server",
}

// Error says what happened and what to do about it.
func (e *Error) Error() string {
	text := "the model gave no whole reply (" + string(e.Kind)
	if e.Status != 0 {
		text += fmt.Sprintf(", status %d", e.Status)
	}
	text += ")"
	if e.Limit > 0 && e.Wanted > 0 {
		text += fmt.Sprintf(", it has room for %d tokens, and %d were wanted", e.Limit, e.Wanted)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text + "; " + e.Mend()
}

// LogValue is what the log tells: Error, but without what the server said, for
// that may repeat what a member has asked.
func (e *Error) LogValue() slog.Value {
	if !e.said || e.Detail == "" {
		return slog.StringValue(e.Error())
	}
	brief := *e
	brief.Detail = "LOG_LEVEL=debug tells what the server said"
	return slog.StringValue(brief.Error())
}

// Mend is what an operator can do about it.
func (e *Error) Mend() string {
	if e.Refuses == string(jsonSchema) || e.Refuses == string(jsonObject) {
		return "set OPENAI_JSON= (empty), which asks for what the server knows; or take another model (OPENAI_MODEL)"
	}
	return mends[e.Kind]
}

// passing says whether another attempt may do better.
func (e *Error) passing() bool {
	return !e.final && !e.ended && (e.Kind == Unavailable || e.Kind == Garbled || e.Kind == CutShort)
}

// failing says whether the server, and not this one reply, is at fault.
func (e *Error) failing() bool {
	switch e.Kind {
	case Unavailable, TimedOut, OutOfQuota, Unauthorised, NoModel, Garbled, CutShort:
		return !e.ended
	}
	return false
}

// refusedBy makes an error of a refusal, of what was asked for as given.
func (c *Client) refusedBy(r refusal, how asking) *Error {
	kind, refuses := r.kind(how)
	e := &Error{Kind: kind, Status: r.status, Detail: c.clean(r.text()), Refuses: string(refuses), said: true}
	switch kind {
	case NoRoom:
		e.Limit, e.Wanted, e.prompt = r.room, r.wanted, r.prompt
	case BadRequest:
		if refuses == maxTokens || refuses == maxCompletionTokens {
			e.lengths = r.lengths()
		}
	}
	return e
}

// classify makes an *Error of any error but the caller's own.
func (c *Client) classify(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	detail := c.clean(err.Error())
	// What go-openai makes of the answers to other requests than those for
	// completions: a RequestError may hold an empty APIError.
	if request, ok := errors.AsType[*openai.RequestError](err); ok {
		return c.refusedBy(readRefusal(request.HTTPStatusCode, nil, request.Body), asking{})
	}
	if api, ok := errors.AsType[*openai.APIError](err); ok {
		code, _ := api.Code.(string)
		r := refusal{status: api.HTTPStatusCode, codes: []string{strings.ToLower(code), strings.ToLower(api.Type)}, words: []string{api.Message}}
		r.count()
		return c.refusedBy(r, asking{})
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, wrong := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case errors.Is(err, circuitbreaker.ErrOpen):
		return &Error{Kind: Unavailable, Detail: "it failed time and again, and is left alone for a while"}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: TimedOut, Detail: detail}
	case syntax, wrong:
		return &Error{Kind: Garbled, Detail: detail, said: true}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: CutShort, Detail: detail}
	}
	return &Error{Kind: Unavailable, Detail: detail}
}

// moved is the error of a server that leads elsewhere.
func (c *Client) moved(resp *http.Response) *Error {
	to := "elsewhere"
	if at, err := resp.Location(); err == nil {
		at.User, at.RawQuery, at.Fragment = nil, "", ""
		to = "to " + at.String()
	}
	return &Error{Kind: NoModel, Status: resp.StatusCode, Detail: c.clean("it leads " + to + ", where neither key nor prompt is sent; if that is the server, name it in OPENAI_BASE_URL")}
}

// longestDetail is how many bytes of a server's words an error repeats.
const longestDetail = 300

// clean makes a server's words fit for an error: one line, not long, without
// the key.
func (c *Client) clean(s string) string {
	for _, secret := range c.cfg.secrets() {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	if len(s) > longestDetail {
		s = strings.ToValidUTF8(s[:longestDetail], "") + "…"
	}
	return s
}
