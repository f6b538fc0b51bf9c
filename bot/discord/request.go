package discord

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
	"summitbot/bot"
	"summitbot/bot/discord/object"
	"time"

	"github.com/bwmarrin/discordgo"
)

// A request is one call of Discord's REST API.
type request struct {
	name   string // what it does, for errors: "post a message"
	method string
	url    string        // discordgo's address for it
	body   any           // sent as JSON; nil for none
	files  []object.File // sent along
	into   any           // a pointer to what the answer's body is read into; nil where it says nothing
	// repeatable says that carrying it out twice is the same as once. Only
	// then is it repeated when nobody knows whether it was carried out.
	repeatable bool
}

// encode is the request's body, and its content type.
// https://docs.discord.com/developers/reference#uploading-files
func (r request) encode() (kind string, body []byte, err error) {
	const plain = "application/json"
	if r.body == nil {
		return plain, nil, nil
	}
	if body, err = json.Marshal(r.body); err != nil || len(r.files) == 0 {
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
	maxTries     = 6
	shortestWait = 250 * time.Millisecond
	longestWait  = 8 * time.Second
)

// do sends the request and reads the answer's body. It is the one place
// that repeats requests: after a 429 when Discord says so, and after a lost
// connection or a server's error only what is repeatable. It gives up when
// the context ends, or would end before the wait is over.
func (a *api) do(ctx context.Context, r request) error {
	kind, body, err := r.encode()
	if err != nil {
		return fmt.Errorf("encoding the request to %s: %w", r.name, err)
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
		a.log.DebugContext(ctx, "repeating a request", "to", r.name, "try", try, "pause", pause, "cause", err)
		if bot.Sleep(ctx, pause) != nil {
			return err
		}
	}
}

// read reads an answer's body. One that is not what was asked for comes from
// something between the bot and Discord, and then nobody knows whether the
// request was carried out.
func (r request) read(body []byte) error {
	if r.into == nil {
		return nil
	}
	if err := json.Unmarshal(body, r.into); err != nil {
		return fmt.Errorf("the answer is none of Discord's: %w", err)
	}
	if w, ok := r.into.(interface{ Whole() bool }); string(bytes.TrimSpace(body)) == "null" || ok && !w.Whole() {
		return errors.New("the answer is none of Discord's: it says nothing")
	}
	return nil
}

// again says whether to repeat a request that failed, and after which pause.
func (a *api) again(err error, r request, try int) (pause time.Duration, again bool) {
	if try >= maxTries {
		return 0, false
	}
	if l, ok := errors.AsType[*limited](err); ok {
		return l.after, true
	}
	if h, ok := errors.AsType[*heldBack](err); ok && h.route {
		return 0, true // it has paused, and others may stand in line behind it
	}
	if u, ok := errors.AsType[*unanswered](err); ok && (r.repeatable || u.unsent) {
		ceiling := min(longestWait, shortestWait<<(try-1))
		return time.Duration(float64(ceiling) * a.Pace * (0.5 + rand.Float64()/2)), true
	}
	return 0, false
}

// limited is a 429.
type limited struct {
	route string
	after time.Duration
	until time.Time
}

// Error says how long Discord asks to wait.
func (l *limited) Error() string {
	if l.after > longWait {
		return fmt.Sprintf("Discord limits requests to %s until %s", l.route, clockTime(l.until))
	}
	return fmt.Sprintf("Discord limits requests to %s for %v", l.route, l.after)
}

// unanswered is a request of which nobody knows whether it was carried out.
type unanswered struct {
	route  string
	unsent bool // it was not even sent
	cause  error
	told   string // the cause's words
}

// Error says what went wrong.
func (u *unanswered) Error() string { return "asking Discord to " + u.route + ": " + u.told }

// Unwrap returns the cause.
func (u *unanswered) Unwrap() error { return u.cause }

// once sends the request a single time. Its errors hold no token, and not much
// of what Discord says: discordgo would hand out the whole request, and
// net/http the address.
func (a *api) once(ctx context.Context, r request, kind string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ctx = context.WithValue(ctx, requestKey{}, r.name)
	if a.metered {
		ctx = beginning(ctx)
	}
	// A limiter of its own for every request: discordgo's would sleep outside
	// the context, and share one bucket among all interactions.
	bucket := discordgo.NewRatelimiter().LockBucket("")
	answer, err := a.session.RequestWithLockedBucket(r.method, r.url, kind, body, bucket, 0,
		discordgo.WithContext(ctx), discordgo.WithRetryOnRatelimit(false), discordgo.WithRestRetries(0))
	if err == nil {
		if err := r.read(answer); err != nil {
			return &unanswered{r.name, false, err, told(err.Error(), a.secrets(r)...)}
		}
		return nil
	}
	if l, ok := errors.AsType[*discordgo.RateLimitError](err); ok {
		after := max(l.RetryAfter, time.Millisecond)
		return &limited{r.name, after, time.Now().Add(after)}
	}
	if e, ok := errors.AsType[*discordgo.RESTError](err); ok {
		out := &refusal{Route: r.name, Status: e.Response.StatusCode, Message: http.StatusText(e.Response.StatusCode)}
		if e.Message != nil {
			out.Code, out.Message = e.Message.Code, told(e.Message.Message, a.secrets(r)...)
		}
		return out
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	dial, ok := errors.AsType[*net.OpError](err)
	unsent := ok && dial.Op == "dial" || errors.As(err, new(*heldBack)) || errors.As(err, new(*ProxyError))
	return &unanswered{r.name, unsent, err, told(err.Error(), a.secrets(r)...)}
}

// requestTimeout bounds one try of one request, its waits for Discord's
// limits included.
const requestTimeout = 20 * time.Second
