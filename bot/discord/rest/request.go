package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/object"

	"github.com/bwmarrin/discordgo"
)

// A Request is one call of Discord's REST API.
type Request struct {
	Name   string // what it does, for errors: "post a message"
	Method string
	URL    string        // discordgo's address for it
	Body   any           // sent as JSON; nil for none
	files  []object.File // sent along
	Into   any           // a pointer to what the answer's body is read into; nil where it says nothing
	// Repeatable says that carrying it out twice is the same as once. Only
	// then is it repeated when nobody knows whether it was carried out.
	Repeatable bool
}

// encode is the request's body, and its content type.
// https://docs.discord.com/developers/reference#uploading-files
func (r Request) encode() (kind string, body []byte, err error) {
	const plain = "application/json"
	if r.Body == nil {
		return plain, nil, nil
	}
	if body, err = json.Marshal(r.Body); err != nil || len(r.files) == 0 {
		return plain, body, err
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="payload_json"`}, "Content-Type": {plain}}
	part, err := form.CreatePart(header)
	if err == nil {
		_, err = part.Write(body)
	}
	for i, f := range r.files {
		if err == nil {
			part, err = form.CreateFormFile(fmt.Sprintf("files[%d]", i), f.Name)
		}
		if err == nil {
			_, err = part.Write(f.Data)
		}
	}
	if err == nil {
		err = form.Close()
	}
	return form.FormDataContentType(), b.Bytes(), err
}

// How often a request is repeated, and how long it waits in between.
const (
	MaxTries     = 6
	shortestWait = 250 * time.Millisecond
	longestWait  = 8 * time.Second
)

// Do sends the request and reads the answer's body. It is the one place
// that repeats requests: after a 429 when Discord says so, and after a lost
// connection or a server's error only what is repeatable. It gives up when
// the context ends, or would end before the wait is over.
func (a *Client) Do(ctx context.Context, r Request) error {
	kind, body, err := r.encode()
	if err != nil {
		return fmt.Errorf("encoding the request to %s: %w", r.Name, err)
	}
	for try := 1; ; try++ {
		err := a.once(ctx, r, kind, body)
		if err == nil {
			return nil
		}
		pause, again := a.again(err, r, try)
		if !again || ctx.Err() != nil {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
			return err
		}
		a.log.DebugContext(ctx, "repeating a request", "to", r.Name, "try", try, "pause", pause, "cause", err)
		if bot.Sleep(ctx, pause) != nil {
			return err
		}
	}
}

// read reads an answer's body. One that is not what was asked for comes from
// something between the bot and Discord, and then nobody knows whether the
// request was carried out.
func (r Request) read(body []byte) error {
	if r.Into == nil {
		return nil
	}
	if err := json.Unmarshal(body, r.Into); err != nil {
		return fmt.Errorf("the answer is none of Discord's: %w", err)
	}
	if w, ok := r.Into.(interface{ Whole() bool }); string(bytes.TrimSpace(body)) == "null" || ok && !w.Whole() {
		return errors.New("the answer is none of Discord's: it says nothing")
	}
	return nil
}

// again says whether to repeat a request that failed, and after which pause.
func (a *Client) again(err error, r Request, try int) (pause time.Duration, again bool) {
	if try >= MaxTries {
		return 0, false
	}
	if l, ok := errors.AsType[*Limited](err); ok {
		return l.after, true
	}
	if h, ok := errors.AsType[*heldBack](err); ok && h.route {
		return 0, true // it has paused, and others may stand in line behind it
	}
	if u, ok := errors.AsType[*Unanswered](err); ok && (r.Repeatable || u.Unsent) {
		ceiling := min(longestWait, shortestWait<<(try-1))
		return time.Duration(float64(ceiling) * a.Pace * (0.5 + rand.Float64()/2)), true
	}
	return 0, false
}

// Limited is a 429.
type Limited struct {
	route string
	after time.Duration
	Until time.Time
}

// Error says how long Discord asks to wait.
func (l *Limited) Error() string {
	if l.after > longWait {
		return fmt.Sprintf("Discord limits requests to %s until %s", l.route, clockTime(l.Until))
	}
	return fmt.Sprintf("Discord limits requests to %s for %v", l.route, l.after)
}

// Unanswered is a request of which nobody knows whether it was carried out.
type Unanswered struct {
	route  string
	Unsent bool // it was not even sent
	cause  error
	told   string // the cause's words
}

// Error says what went wrong.
func (u *Unanswered) Error() string { return "asking Discord to " + u.route + ": " + u.told }

// Unwrap returns the cause.
func (u *Unanswered) Unwrap() error { return u.cause }

// once sends the request a single time. Its errors hold no token, and not much
// of what Discord says: discordgo would hand out the whole request, and
// net/http the address.
func (a *Client) once(ctx context.Context, r Request, kind string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ctx = context.WithValue(ctx, requestKey{}, r.Name)
	if a.metered {
		ctx = beginning(ctx)
	}
	// A limiter of its own for every request: discordgo's would sleep outside
	// the context, and share one bucket among all interactions.
	bucket := discordgo.NewRatelimiter().LockBucket("")
	answer, err := a.session.RequestWithLockedBucket(r.Method, r.URL, kind, body, bucket, 0,
		discordgo.WithContext(ctx), discordgo.WithRetryOnRatelimit(false), discordgo.WithRestRetries(0))
	if err == nil {
		if err := r.read(answer); err != nil {
			return &Unanswered{r.Name, false, err, Redact(err.Error(), a.secrets(r)...)}
		}
		return nil
	}
	if l, ok := errors.AsType[*discordgo.RateLimitError](err); ok {
		after := max(l.RetryAfter, time.Millisecond)
		return &Limited{r.Name, after, time.Now().Add(after)}
	}
	if e, ok := errors.AsType[*discordgo.RESTError](err); ok {
		out := &Refusal{Route: r.Name, Status: e.Response.StatusCode, Message: http.StatusText(e.Response.StatusCode)}
		if e.Message != nil {
			out.Code, out.Message = e.Message.Code, Redact(e.Message.Message, a.secrets(r)...)
		}
		return out
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	dial, ok := errors.AsType[*net.OpError](err)
	unsent := ok && dial.Op == "dial" || errors.As(err, new(*heldBack)) || errors.As(err, new(*ProxyError))
	return &Unanswered{r.Name, unsent, err, Redact(err.Error(), a.secrets(r)...)}
}

// secrets are those of a request: the bot's token, and an interaction's.
func (a *Client) secrets(r Request) []string {
	secrets := []string{strings.TrimPrefix(a.session.Token, "Bot ")}
	if m := pathToken.FindStringSubmatch(r.URL); m != nil {
		secrets = append(secrets, m[1])
	}
	return secrets
}

// LimitedUntil says whether an error means that Discord takes no such request
// before a time.
func LimitedUntil(err error) (until time.Time, ok bool) {
	l, ok := errors.AsType[*Limited](err)
	if !ok {
		return time.Time{}, false
	}
	return l.Until, true
}
