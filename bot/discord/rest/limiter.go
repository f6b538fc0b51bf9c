package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"summitbot/bot"

	lru "github.com/hashicorp/golang-lru/v2"
)

// A limiter is the transport of every request. It keeps the bot under Discord's
// rate limits: 50 requests in any second in all, each route's own limit as the
// headers tell it, and the wait that a global 429 asks of everything. All
// waiting ends with the request's context. It also turns the answers of a
// server in trouble into errors, so that discordgo repeats none of them by
// itself.
//
// https://docs.discord.com/developers/topics/rate-limits
type limiter struct {
	base    *url.URL // the test server; nil for Discord itself
	next    http.RoundTripper
	all     budget     // of the only process that there is
	slots   *slotQueue // in its place, what several processes share; or nil
	paths   *lru.Cache[string, *window]
	held    *window  // what a global 429 holds
	waitLog *waitLog // who is told of long waits; nil is nobody
	clock   *bot.Clock
}

// newLimiter returns a limiter that sends so many requests in any second; or, when
// slots is not nil, what they allow.
func newLimiter(base *url.URL, next http.RoundTripper, perSecond int, slots *slotQueue) *limiter {
	return &limiter{
		base:  base,
		next:  next,
		all:   newBudget(perSecond),
		slots: slots,
		paths: newWindows(),
		held:  &window{},
		clock: bot.NewClock(),
	}
}

// bounded is a body that is read up to a number of bytes.
type bounded struct {
	io.Reader
	io.Closer
}

// A ServerError is an answer that says nothing about whether the request was
// carried out: 500 and above.
type ServerError struct{ Status int }

// Error gives the status.
func (e *ServerError) Error() string { return fmt.Sprintf("Discord answered HTTP %d", e.Status) }

// A RedirectError is an answer that sends the bot elsewhere, which Discord's
// API never does. Nothing is followed: a request carries the bot's token or a
// member's words, and those are for Discord alone.
type RedirectError struct {
	Status int
	To     string // the scheme and the host; empty if it names none
}

// Error says where to.
func (e *RedirectError) Error() string {
	if e.To == "" {
		return fmt.Sprintf("something in Discord's place redirects (HTTP %d), which is not followed", e.Status)
	}
	return fmt.Sprintf("something in Discord's place redirects to %s (HTTP %d), which is not followed", e.To, e.Status)
}

// redirected is the error that a redirect is. What else its address holds may
// be a token.
func redirected(resp *http.Response) error {
	e := &RedirectError{Status: resp.StatusCode}
	if to, err := resp.Location(); err == nil {
		e.To = Redact((&url.URL{Scheme: to.Scheme, Host: to.Host}).String())
	}
	return e
}

// discard reads an answer to its end, if that is near, so that its connection
// can be used again.
func discard(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, longestRefusal))
	_ = resp.Body.Close()
}

// heldBack is a request that was not sent: its context ended while it waited
// for the limits.
type heldBack struct {
	cause error
	route bool // by its own route's limit
}

// Error says why the request was not sent.
func (h *heldBack) Error() string { return "waiting for Discord's limits: " + h.cause.Error() }

// Unwrap returns the context's error.
func (h *heldBack) Unwrap() error { return h.cause }

// RoundTrip sends the request when the limits allow it.
func (g *limiter) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	route := g.window(pathLimit(r.Method, r.URL.Path))
	limited := !outsideLimits(r.URL.Path)
	r, err := rewritten(r, g.base)
	if err != nil {
		return nil, err
	}
	ticket, leave := ticketFor(r)
	defer leave()
	if err := route.wait(ctx, ticket); err != nil {
		return nil, &heldBack{err, true}
	}
	var spent *pass
	if limited {
		if spent, err = g.admit(ctx); err != nil {
			route.unanswered() // a little less is left than could be
			return nil, &heldBack{err, false}
		}
	}
	sent := time.Now()
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		route.unanswered()
		return nil, err
	}
	spent.answer()
	switch {
	case resp.StatusCode >= http.StatusInternalServerError:
		route.unanswered()
		discard(resp)
		return nil, &ServerError{resp.StatusCode}
	case resp.StatusCode >= http.StatusMultipleChoices && resp.StatusCode < http.StatusBadRequest:
		route.unanswered()
		discard(resp)
		return nil, redirected(resp)
	}
	g.setClock(resp.Header, sent)
	g.learn(ctx, route, resp.Header)
	if resp.StatusCode == http.StatusTooManyRequests {
		return g.limited(ctx, resp)
	}
	most := int64(LongestAnswer)
	if resp.StatusCode >= http.StatusBadRequest {
		most = longestRefusal
	}
	resp.Body = bounded{io.LimitReader(resp.Body, most), resp.Body}
	return resp, nil
}

// newWindows remembers the windows of the routes used last.
func newWindows() *lru.Cache[string, *window] {
	c, err := lru.New[string, *window](1024)
	if err != nil {
		panic(err) // for no room
	}
	return c
}

// window is that of a route.
func (g *limiter) window(route string) *window {
	if w, known := g.paths.Get(route); known {
		return w
	}
	fresh := newWindow()
	if w, known, _ := g.paths.PeekOrAdd(route, fresh); known {
		return w
	}
	return fresh
}

// admit waits until one more request may be sent, and returns the pass that is
// spent on it; none when slots are shared. What a global 429 has held waits
// anew: all at once it would be too much.
func (g *limiter) admit(ctx context.Context) (*pass, error) {
	for {
		if err := g.held.wait(ctx, nil); err != nil {
			return nil, err
		}
		if g.slots != nil {
			if err := g.slots.wait(ctx); err != nil || !g.held.shut() {
				return nil, err
			}
			continue
		}
		p, err := g.all.take(ctx)
		if err != nil {
			return nil, err
		}
		if !g.held.shut() {
			return g.all.spend(), nil
		}
		g.all.back(p)
	}
}

// setClock reads when Discord says that it has answered a request which was sent
// at a moment. It tells the second, and its machines may differ by another.
func (g *limiter) setClock(h http.Header, sent time.Time) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return // a proxy's answer, perhaps
	}
	g.clock.Tell(at.Add(-time.Second), at.Add(2*time.Second+time.Since(sent)))
}

// learn reads what the headers say about a route's limit.
func (g *limiter) learn(ctx context.Context, route *window, h http.Header) {
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil {
		left = 1 // no limit is told
	}
	pause := seconds(h.Get("X-RateLimit-Reset-After"))
	route.answered(left, pause)
	if left <= 0 {
		g.waitLog.tell(ctx, requestName(ctx), pause)
	}
}

// limited reads a 429. A global one holds everything. The answer's body is
// put into the form that discordgo reads, which a proxy's 429 is not in.
func (g *limiter) limited(ctx context.Context, resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestRefusal))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("reading a 429: %w", err)
	}
	var limit struct {
		Message string  `json:"message"`
		After   float64 `json:"retry_after"` // seconds
		Global  bool    `json:"global"`
	}
	if json.Unmarshal(body, &limit) != nil || limit.After <= 0 {
		limit.Message = "rate limited"
		limit.After = max(1, retryAfter(resp.Header).Seconds())
	}
	limit.After = min(limit.After, longestHold.Seconds())
	pause, what := time.Duration(limit.After*float64(time.Second)), requestName(ctx)
	if limit.Global || resp.Header.Get("X-RateLimit-Global") != "" {
		g.held.hold(pause)
		what = "every request"
	}
	g.waitLog.tell(ctx, what, pause)
	if body, err = json.Marshal(limit); err != nil {
		return nil, fmt.Errorf("writing a 429: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

// seconds reads a header's number of seconds; what is none is 0.
func seconds(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) {
		return 0
	}
	return time.Duration(min(f, longestHold.Seconds()) * float64(time.Second))
}

// retryAfter reads the header of that name: seconds, or a date, by the clock that
// the header Date shows.
func retryAfter(h http.Header) time.Duration {
	after := h.Get("Retry-After")
	at, err := http.ParseTime(after)
	if err != nil {
		return seconds(after)
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, at.Sub(now))
}

// outsideLimits says whether a route is free of the limit on all requests:
// those that carry an interaction's token are.
func outsideLimits(path string) bool {
	return strings.Contains(path, "/interactions/") || strings.Contains(path, "/webhooks/")
}

// pathLimit names the limit that a request falls under: its method and path,
// where all messages of one channel are alike.
func pathLimit(method, path string) string {
	if before, after, ok := strings.Cut(path, "/messages/"); ok {
		path = before + "/messages/" + strings.TrimLeft(after, "0123456789")
	}
	return method + " " + path
}
