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

	final bool // no attempt may be made again in time
	said  bool // Detail is the server's words, which may repeat the prompt's
}

// Kind is the kind of an Error.
type Kind string

// The kinds of errors.
const (
	Unavailable  Kind = "unavailable"  // no connection, overload, a fault of the server's, or it is left alone for a while
	TimedOut     Kind = "timed_out"    // it took too long
	CutShort     Kind = "cut_short"    // the stream ended before the reply did
	TooLong      Kind = "too_long"     // the reply came to the limit of its length
	Refused      Kind = "refused"      // the model or a content filter would not answer
	OutOfQuota   Kind = "out_of_quota" // the account is spent
	Unauthorised Kind = "unauthorised" // the key is wrong, or may not use the model
	NoModel      Kind = "no_model"     // the server has no such model or path
	BadRequest   Kind = "bad_request"  // the server would not take the request
	Garbled      Kind = "garbled"      // it does not speak the protocol
)

// mends say what an operator can do.
var mends = map[Kind]string{
	Unavailable:  "see whether the server runs, and is not overloaded or still loading",
	TimedOut:     "raise OPENAI_TIMEOUT, or take a faster model",
	CutShort:     "see the server's log; a proxy in between may cut streams",
	TooLong:      "raise the server's limit of tokens, or lower CONTEXT_TOKENS",
	Refused:      "another model may answer",
	OutOfQuota:   "see the account's billing and limits",
	Unauthorised: "see OPENAI_API_KEY",
	NoModel:      "see OPENAI_MODEL and OPENAI_BASE_URL",
	BadRequest:   "see whether the model takes chat completions and the context is long enough",
	Garbled:      "see whether OPENAI_BASE_URL is an OpenAI-compatible server",
}

// Error says what happened and what to do about it.
func (e *Error) Error() string {
	text := "the model gave no whole reply (" + string(e.Kind)
	if e.Status != 0 {
		text += fmt.Sprintf(", status %d", e.Status)
	}
	text += ")"
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
func (e *Error) Mend() string { return mends[e.Kind] }

// passing says whether another attempt may do better.
func (e *Error) passing() bool {
	return !e.final && (e.Kind == Unavailable || e.Kind == Garbled || e.Kind == CutShort)
}

// failing says whether the server, and not this one reply, is at fault.
func (e *Error) failing() bool {
	switch e.Kind {
	case Unavailable, TimedOut, OutOfQuota, Unauthorised, NoModel, Garbled, CutShort:
		return true
	}
	return false
}

// classify makes an *Error of any error but the caller's own.
func (c *Client) classify(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	detail := c.clean(err.Error())
	var request *openai.RequestError
	if errors.As(err, &request) { // it may hold an empty APIError
		if body := errorText(request.Body); body != "" {
			detail = c.clean(body)
		}
		return &Error{Kind: kindOf(request.HTTPStatusCode, detail), Status: request.HTTPStatusCode, Detail: detail, said: true}
	}
	var api *openai.APIError
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &api):
		code, _ := api.Code.(string)
		detail = c.clean(api.Message)
		return &Error{Kind: kindOf(api.HTTPStatusCode, code+" "+api.Type+" "+api.Message), Status: api.HTTPStatusCode, Detail: detail, said: true}
	case errors.Is(err, circuitbreaker.ErrOpen):
		return &Error{Kind: Unavailable, Detail: "it failed time and again, and is left alone for a while"}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: TimedOut, Detail: detail}
	case errors.As(err, &syntax), errors.As(err, &wrong):
		return &Error{Kind: Garbled, Detail: detail, said: true}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: CutShort, Detail: detail}
	}
	return &Error{Kind: Unavailable, Detail: detail}
}

// errorText is what an error body says whose error is a plain text.
func errorText(body []byte) string {
	var e struct{ Error json.RawMessage }
	var text string
	if json.Unmarshal(body, &e) == nil && json.Unmarshal(e.Error, &text) == nil {
		return text
	}
	return string(body)
}

// kindOf is the kind of an error by its status, and by its words where the
// status does not tell.
func kindOf(status int, words string) Kind {
	switch {
	case strings.Contains(words, "insufficient_quota"), strings.Contains(words, "billing"):
		return OutOfQuota
	case strings.Contains(words, "content_filter"), strings.Contains(words, "content_policy"):
		return Refused
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return Unauthorised
	case http.StatusNotFound:
		return NoModel
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return BadRequest
	}
	return Unavailable
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
