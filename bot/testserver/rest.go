package testserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// call is one REST request on its way to a route's handler.
type call struct {
	r     *http.Request
	bot   *bot   // nil on routes that need no bot token
	body  []byte // the JSON body, also out of a multipart form; may be empty
	files []upload
	host  string // under which the client reaches the server

	violations []violation
}

// param is a part of the path that the route's pattern names.
func (c *call) param(name string) string { return c.r.PathValue(name) }

// reply is what a handler answers: a body (nil: none) and a status (0: 200,
// or 204 without a body).
type reply struct {
	status  int
	body    any
	instead *Answer // what is answered in place of it
}

// route is one row of the REST table.
type route struct {
	pattern string // method and path below /api/v10
	open    bool   // no bot token needed
	handle  func(*call) (reply, error)
	body    *shape // the keys its body may have, nil: any
}

// routes are all the REST routes there are. Handlers run with s.mu held.
func (s *Server) routes() []route {
	return []route{
		{"GET /gateway", true, s.gatewayURL, nil},
		{"GET /gateway/bot", false, s.gatewayBot, nil},

		{"GET /users/@me", false, s.currentUser, nil},
		{"GET /users/@me/guilds", false, s.currentGuilds, nil},
		{"POST /users/@me/channels", false, s.createDM, directShape},
		{"GET /users/{user}", false, s.user, nil},
		{"GET /applications/@me", false, s.application, nil},
		{"GET /oauth2/applications/@me", false, s.application, nil},

		{"GET /guilds/{guild}", false, s.readGuild, nil},
		{"GET /guilds/{guild}/channels", false, s.guildChannels, nil},
		{"GET /guilds/{guild}/roles", false, s.guildRoles, nil},
		{"GET /guilds/{guild}/members/{user}", false, s.guildMember, nil},
		{"GET /channels/{channel}", false, s.readChannel, nil},
		{"PATCH /channels/{channel}", false, s.modifyThread, modifyShape},

		{"GET /applications/{app}/commands", false, s.listCommands, nil},
		{"POST /applications/{app}/commands", false, s.upsertCommand, commandShape},
		{"PUT /applications/{app}/commands", false, s.replaceCommands, commandShape},
		{"GET /applications/{app}/commands/{command}", false, s.readCommand, nil},
		{"PATCH /applications/{app}/commands/{command}", false, s.editCommand, commandShape},
		{"DELETE /applications/{app}/commands/{command}", false, s.deleteCommand, nil},
		{"GET /applications/{app}/guilds/{guild}/commands", false, s.listCommands, nil},
		{"POST /applications/{app}/guilds/{guild}/commands", false, s.upsertCommand, commandShape},
		{"PUT /applications/{app}/guilds/{guild}/commands", false, s.replaceCommands, commandShape},
		{"GET /applications/{app}/guilds/{guild}/commands/{command}", false, s.readCommand, nil},
		{"PATCH /applications/{app}/guilds/{guild}/commands/{command}", false, s.editCommand, commandShape},
		{"DELETE /applications/{app}/guilds/{guild}/commands/{command}", false, s.deleteCommand, nil},

		{"GET /channels/{channel}/messages", false, s.listMessages, nil},
		{"POST /channels/{channel}/messages", false, s.createMessage, messageShape},
		{"GET /channels/{channel}/messages/{message}", false, s.readMessage, nil},
		{"PATCH /channels/{channel}/messages/{message}", false, s.editMessage, messageShape},
		{"DELETE /channels/{channel}/messages/{message}", false, s.deleteMessage, nil},
		{"POST /channels/{channel}/messages/bulk-delete", false, s.bulkDelete, bulkShape},
		{"POST /channels/{channel}/typing", false, s.typing, nil},
		{"POST /channels/{channel}/messages/{message}/threads", false, s.startThread, threadShape},
		{"PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me", false, s.addReaction, nil},
		{"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me", false, s.removeReaction, nil},

		{"POST /interactions/{interaction}/{token}/callback", true, s.callback, callbackShape},
		{"POST /webhooks/{app}/{token}", true, s.followUp, followUpShape},
		{"GET /webhooks/{app}/{token}/messages/{message}", true, s.readResponse, nil},
		{"PATCH /webhooks/{app}/{token}/messages/{message}", true, s.editResponse, followUpShape},
		{"DELETE /webhooks/{app}/{token}/messages/{message}", true, s.deleteResponse, nil},
	}
}

// restMux builds the table; every pattern is answered below /api, /api/v9 and
// /api/v10, whose prefix serveREST has taken off.
func (s *Server) restMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { s.serveRoute(w, r, rt) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.log.Warn("unknown route", "method", r.Method, "path", pathToken.ReplaceAllString(r.URL.Path, "${1}[token]"))
		s.serveRoute(w, r, route{open: true, handle: func(*call) (reply, error) { return reply{}, errNotFound() }})
	})
	return mux
}

var versionPrefix = regexp.MustCompile(`^/api(/v(9|10))?/`)

func (s *Server) serveREST(w http.ResponseWriter, r *http.Request) {
	prefix := versionPrefix.FindString(r.URL.EscapedPath())
	if prefix == "" {
		prefix = "/api/"
	}
	http.StripPrefix(strings.TrimSuffix(prefix, "/"), s.rest).ServeHTTP(w, r)
}

// serveRoute answers one call: token, faults, limits, then the handler.
func (s *Server) serveRoute(w http.ResponseWriter, r *http.Request, rt route) {
	began := time.Now()
	c := &call{r: r, host: ownHost(r)}
	out, err := s.answer(w, c, rt)
	var body []byte
	var limited *limitError
	code := 0
	switch {
	case errors.As(err, &limited):
		out.status, out.body = http.StatusTooManyRequests, limited
		c.violations = append(c.violations, limited.violations...)
	case err != nil:
		e := asAPIError(err)
		out.status, out.body, code = e.Status, e, e.Code
		c.violations = append(c.violations, violationsOf(e)...)
	case out.status == 0 && out.body == nil:
		out.status = http.StatusNoContent
	case out.status == 0:
		out.status = http.StatusOK
	}
	if out.body != nil {
		body = s.encode(out.body)
		w.Header().Set("Content-Type", "application/json")
	}
	if a := out.instead; a != nil {
		out.status, body = a.Status, []byte(a.Body)
		for name, value := range a.Header {
			w.Header().Set(name, value)
		}
	}
	limitHeaders(w.Header(), rt.pattern, s.clock.now())
	w.Header().Set("Date", s.clock.now().UTC().Format(http.TimeFormat))
	w.WriteHeader(out.status)
	if _, err := w.Write(body); err != nil && out.status != http.StatusNoContent {
		s.log.Debug("answering a REST call", "err", err)
	}
	for _, v := range c.violations {
		s.log.Warn("against Discord's rules", "call", r.Method+" "+pathToken.ReplaceAllString(r.URL.Path, "${1}[token]"), "status", out.status, "at", v.At, "what", v.Message, "section", v.Section)
	}
	s.wire.request(c, out.status, body, time.Since(began))
	s.watchCall(r, out.status, code, c.violations)
}

// answer performs a call.
func (s *Server) answer(w http.ResponseWriter, c *call, rt route) (reply, error) {
	if err := s.readBody(w, c); err != nil {
		return reply{}, err
	}
	c.violations = rt.body.unknown("", c.body)
	delayed, err := s.delay(c.r)
	if err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hinder(c, delayed)
	if err := s.authorize(c, rt); err != nil {
		return reply{}, err
	}
	if err := s.limit(w.Header(), c, rt); err != nil {
		return reply{}, err
	}
	badGateway := &apiError{Status: http.StatusBadGateway, Message: "502: Bad Gateway"}
	if s.take(&s.faults.Internal500) {
		s.hinder(c, repeatAfter)
		return reply{}, &apiError{Status: http.StatusInternalServerError, Message: "500: Internal Server Error"}
	}
	if s.take(&s.faults.BadGateway502) {
		s.hinder(c, repeatAfter)
		return reply{}, badGateway
	}
	instead := s.faults.answering(c.r.Method, c.r.URL.Path)
	if instead != nil && !instead.Performed {
		return reply{instead: instead}, nil
	}
	out, err := rt.handle(c)
	if s.take(&s.faults.BadGatewayAfter) {
		return reply{}, badGateway
	}
	if instead != nil {
		return reply{instead: instead}, nil
	}
	return out, err
}

// repeatAfter is how long a careful client waits after a server's error.
const repeatAfter = 250 * time.Millisecond

// hinder notes what a fault costs the answer to an interaction, if the call is
// one.
func (s *Server) hinder(c *call, d time.Duration) {
	if in := s.interactions[c.param("interaction")]; in != nil {
		in.Hindered += d
	}
}

// delay plays the fault of a slow API, and tells for how long.
func (s *Server) delay(r *http.Request) (time.Duration, error) {
	s.mu.Lock()
	d := s.faults.SlowREST
	late := d > 0 && s.strikes("slow_rest", true)
	s.mu.Unlock()
	if !late {
		return 0, nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return d, nil
	case <-r.Context().Done():
		return 0, fmt.Errorf("client left: %w", r.Context().Err())
	case <-s.done:
		return 0, &apiError{Status: http.StatusServiceUnavailable, Message: "503: Service Unavailable"}
	}
}

// authorize finds the bot of the call's token.
func (s *Server) authorize(c *call, rt route) error {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	known := scheme == "Bot" && token != ""
	if !known && rt.open {
		return nil
	}
	if !known || s.take(&s.faults.RejectToken) {
		return errUnauthorized()
	}
	b, err := s.botFor(token)
	c.bot = b
	return err
}

// limitError is the body of a 429.
// https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
type limitError struct {
	Message    string  `json:"message"`
	RetryAfter float64 `json:"retry_after"` // seconds
	Global     bool    `json:"global"`
	Code       int     `json:"code"`

	violations []violation // none for one that a fault plays
}

func (e *limitError) Error() string { return e.Message }

const rateLimitSection = documentation + "topics/rate-limits"

// limit enforces the rate limits and plays the 429 faults.
func (s *Server) limit(h http.Header, c *call, rt route) error {
	after := s.faults.RetryAfter
	if after <= 0 {
		after = 50 * time.Millisecond
	}
	exempt := strings.Contains(rt.pattern, "/interactions/") || strings.Contains(rt.pattern, "/webhooks/")
	switch {
	case s.take(&s.faults.RateLimit429):
		s.hinder(c, after)
		return tooMany(h, after, "user")
	case s.take(&s.faults.RateLimitShared):
		s.hinder(c, after)
		return tooMany(h, after, "shared")
	case s.take(&s.faults.RateLimitGlobal):
		s.hinder(c, after)
		return tooMany(h, after, "global")
	case c.bot != nil && c.bot.limiter != nil && !exempt && !c.bot.limiter.Allow():
		err := tooMany(h, time.Second/time.Duration(s.opts.GlobalPerSecond), "global")
		err.violations = []violation{{"", fmt.Sprintf("More than %d calls a second.", s.opts.GlobalPerSecond), rateLimitSection + "#global-rate-limit"}}
		return err
	case s.opts.RouteLimits:
		return s.limitRoute(h, c, rt)
	}
	return nil
}

// quota counts the calls of one bucket since it began.
type quota struct {
	began time.Time
	calls int
}

// routeLimit is how many calls of a route Discord lets pass in what time, for
// each channel or webhook. It documents none and tells them in headers; these
// are what those told in 2025.
func routeLimit(pattern string) (calls int, per time.Duration) {
	switch {
	case strings.Contains(pattern, "/interactions/"):
		return 0, 0
	case strings.Contains(pattern, "/webhooks/"):
		return 5, 2 * time.Second
	case strings.HasSuffix(pattern, "/reactions/{emoji}/@me"):
		return 1, 250 * time.Millisecond
	case strings.HasPrefix(pattern, "POST /channels/"), strings.HasPrefix(pattern, "PATCH /channels/"):
		return 5, 5 * time.Second
	}
	return 50, time.Second
}

// limitRoute counts a call against its route's limit.
func (s *Server) limitRoute(h http.Header, c *call, rt route) error {
	most, per := routeLimit(rt.pattern)
	if most == 0 {
		return nil
	}
	owner := c.param("token") // of one interaction, whoever calls
	if owner == "" && c.bot != nil {
		owner = c.bot.user.ID
	}
	key := strings.Join([]string{rt.pattern, owner, c.param("channel"), c.param("guild")}, " ")
	now := time.Now()
	w := s.windows[key]
	if w == nil || now.Sub(w.began) >= per {
		maps.DeleteFunc(s.windows, func(_ string, w *quota) bool { return len(s.windows) > maxWindows && now.Sub(w.began) > 5*time.Second })
		w = &quota{began: now}
		s.windows[key] = w
	}
	w.calls++
	left := per - now.Sub(w.began)
	if w.calls > most {
		err := tooMany(h, left, "user")
		err.violations = []violation{{"", fmt.Sprintf("More than %d calls in %v.", most, per), rateLimitSection + "#header-format"}}
		return err
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(most))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(most-w.calls))
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(left.Seconds(), 'f', 3, 64))
	return nil
}

func tooMany(h http.Header, after time.Duration, scope string) *limitError {
	seconds := math.Ceil(after.Seconds()*1000) / 1000
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(seconds))))
	h.Set("X-RateLimit-Scope", scope)
	if scope == "global" {
		h.Set("X-RateLimit-Global", "true")
	}
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(seconds, 'f', 3, 64))
	message := "You are being rate limited."
	if scope == "shared" {
		message = "The resource is being rate limited."
	}
	return &limitError{Message: message, RetryAfter: seconds, Global: scope == "global"}
}

// limitHeaders completes the headers that libraries count by. Where no route's
// limit is enforced they tell a wide one.
// https://docs.discord.com/developers/topics/rate-limits#header-format
func limitHeaders(h http.Header, pattern string, now time.Time) {
	if h.Get("X-RateLimit-Global") != "" || pattern == "" {
		return
	}
	h.Set("X-RateLimit-Bucket", bucket(pattern))
	switch {
	case h.Get("X-RateLimit-Scope") != "":
		h.Set("X-RateLimit-Limit", "5")
		h.Set("X-RateLimit-Remaining", "0")
	case h.Get("X-RateLimit-Remaining") == "":
		h.Set("X-RateLimit-Limit", "1000")
		h.Set("X-RateLimit-Remaining", "999")
		h.Set("X-RateLimit-Reset-After", "1.000")
	}
	after, err := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64)
	if err != nil {
		after = 1
	}
	reset := float64(now.UnixMilli())/1000 + after
	h.Set("X-RateLimit-Reset", strconv.FormatFloat(reset, 'f', 3, 64))
}

// bucket names the rate-limit bucket of a route, a stable hash of it.
func bucket(pattern string) string {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	for i := range len(pattern) {
		hash = (hash ^ uint64(pattern[i])) * prime
	}
	return fmt.Sprintf("%016x", hash)
}

// readBody reads a JSON or multipart body within its bounds.
func (s *Server) readBody(w http.ResponseWriter, c *call) error {
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err == nil && media == "multipart/form-data" {
		c.r.Body = http.MaxBytesReader(w, c.r.Body, maxMultipartBody)
		return c.readMultipart()
	}
	c.body, err = io.ReadAll(http.MaxBytesReader(w, c.r.Body, maxJSONBody))
	if err != nil {
		return bodyError(err)
	}
	if len(bytes.TrimSpace(c.body)) > 0 && !json.Valid(c.body) {
		return errInvalidJSON()
	}
	return nil
}

// bodyError words a body that could not be read.
func bodyError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &apiError{Status: http.StatusRequestEntityTooLarge, Code: 40005, Message: "Request entity too large"}
	}
	return errInvalidJSON()
}
