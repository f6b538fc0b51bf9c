package testserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
}

// param is a part of the path that the route's pattern names.
func (c *call) param(name string) string { return c.r.PathValue(name) }

// reply is what a handler answers: a body (nil: none) and a status (0: 200,
// or 204 without a body).
type reply struct {
	status int
	body   any
}

// route is one row of the REST table.
type route struct {
	pattern string // method and path below /api/v10
	open    bool   // no bot token needed
	handle  func(*call) (reply, error)
}

// routes are all the REST routes there are. Handlers run with s.mu held.
func (s *Server) routes() []route {
	return []route{
		{"GET /gateway", true, s.gatewayURL},
		{"GET /gateway/bot", false, s.gatewayBot},

		{"GET /users/@me", false, s.currentUser},
		{"GET /users/@me/guilds", false, s.currentGuilds},
		{"POST /users/@me/channels", false, s.createDM},
		{"GET /users/{user}", false, s.user},
		{"GET /applications/@me", false, s.application},
		{"GET /oauth2/applications/@me", false, s.application},

		{"GET /guilds/{guild}", false, s.readGuild},
		{"GET /guilds/{guild}/channels", false, s.guildChannels},
		{"GET /guilds/{guild}/roles", false, s.guildRoles},
		{"GET /guilds/{guild}/members/{user}", false, s.guildMember},
		{"GET /channels/{channel}", false, s.readChannel},

		{"GET /applications/{app}/commands", false, s.listCommands},
		{"POST /applications/{app}/commands", false, s.upsertCommand},
		{"PUT /applications/{app}/commands", false, s.replaceCommands},
		{"GET /applications/{app}/commands/{command}", false, s.readCommand},
		{"PATCH /applications/{app}/commands/{command}", false, s.editCommand},
		{"DELETE /applications/{app}/commands/{command}", false, s.deleteCommand},
		{"GET /applications/{app}/guilds/{guild}/commands", false, s.listCommands},
		{"POST /applications/{app}/guilds/{guild}/commands", false, s.upsertCommand},
		{"PUT /applications/{app}/guilds/{guild}/commands", false, s.replaceCommands},
		{"GET /applications/{app}/guilds/{guild}/commands/{command}", false, s.readCommand},
		{"PATCH /applications/{app}/guilds/{guild}/commands/{command}", false, s.editCommand},
		{"DELETE /applications/{app}/guilds/{guild}/commands/{command}", false, s.deleteCommand},

		{"GET /channels/{channel}/messages", false, s.listMessages},
		{"POST /channels/{channel}/messages", false, s.createMessage},
		{"GET /channels/{channel}/messages/{message}", false, s.readMessage},
		{"PATCH /channels/{channel}/messages/{message}", false, s.editMessage},
		{"DELETE /channels/{channel}/messages/{message}", false, s.deleteMessage},
		{"POST /channels/{channel}/typing", false, s.typing},
		{"POST /channels/{channel}/messages/{message}/threads", false, s.startThread},
		{"PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me", false, s.addReaction},
		{"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me", false, s.removeReaction},

		{"POST /interactions/{interaction}/{token}/callback", true, s.callback},
		{"POST /webhooks/{app}/{token}", true, s.followUp},
		{"GET /webhooks/{app}/{token}/messages/{message}", true, s.readResponse},
		{"PATCH /webhooks/{app}/{token}/messages/{message}", true, s.editResponse},
		{"DELETE /webhooks/{app}/{token}/messages/{message}", true, s.deleteResponse},
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
	switch {
	case err != nil:
		e := asAPIError(err)
		out.status, out.body = e.Status, e
		var limited *limitError
		if errors.As(err, &limited) {
			out.status, out.body = http.StatusTooManyRequests, limited
		}
	case out.status == 0 && out.body == nil:
		out.status = http.StatusNoContent
	case out.status == 0:
		out.status = http.StatusOK
	}
	if out.body != nil {
		body = s.encode(out.body)
		w.Header().Set("Content-Type", "application/json")
	}
	limitHeaders(w.Header(), rt.pattern)
	w.WriteHeader(out.status)
	if _, err := w.Write(body); err != nil && out.status != http.StatusNoContent {
		s.log.Debug("answering a REST call", "err", err)
	}
	s.wire.request(c, out.status, body, time.Since(began))
}

// answer performs a call.
func (s *Server) answer(w http.ResponseWriter, c *call, rt route) (reply, error) {
	if err := s.readBody(w, c); err != nil {
		return reply{}, err
	}
	if err := s.delay(c.r); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.authorize(c, rt); err != nil {
		return reply{}, err
	}
	if err := s.limit(w.Header(), c, rt); err != nil {
		return reply{}, err
	}
	badGateway := &apiError{Status: http.StatusBadGateway, Message: "502: Bad Gateway"}
	if take(&s.faults.BadGateway502) {
		return reply{}, badGateway
	}
	out, err := rt.handle(c)
	if take(&s.faults.BadGatewayAfter) {
		return reply{}, badGateway
	}
	return out, err
}

// delay plays the fault of a slow API.
func (s *Server) delay(r *http.Request) error {
	s.mu.Lock()
	d := s.faults.SlowREST
	s.mu.Unlock()
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.Context().Done():
		return fmt.Errorf("client left: %w", r.Context().Err())
	case <-s.done:
		return &apiError{Status: http.StatusServiceUnavailable, Message: "503: Service Unavailable"}
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
	if !known || take(&s.faults.RejectToken) {
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
}

func (e *limitError) Error() string { return e.Message }

// limit enforces the global rate limit and plays the 429 faults.
func (s *Server) limit(h http.Header, c *call, rt route) error {
	after := s.faults.RetryAfter
	if after <= 0 {
		after = 50 * time.Millisecond
	}
	exempt := strings.Contains(rt.pattern, "/interactions/") || strings.Contains(rt.pattern, "/webhooks/")
	switch {
	case take(&s.faults.RateLimit429):
		return tooMany(h, after, "user")
	case take(&s.faults.RateLimitGlobal):
		return tooMany(h, after, "global")
	case c.bot != nil && c.bot.limiter != nil && !exempt && !c.bot.limiter.Allow():
		return tooMany(h, time.Second/time.Duration(s.opts.GlobalPerSecond), "global")
	}
	return nil
}

func tooMany(h http.Header, after time.Duration, scope string) error {
	seconds := math.Ceil(after.Seconds()*1000) / 1000
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(seconds))))
	h.Set("X-RateLimit-Scope", scope)
	if scope == "global" {
		h.Set("X-RateLimit-Global", "true")
	}
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(seconds, 'f', 3, 64))
	return &limitError{Message: "You are being rate limited.", RetryAfter: seconds, Global: scope == "global"}
}

// limitHeaders sets the headers that libraries count by. The limits they tell
// are wide; only the global one is enforced.
// https://docs.discord.com/developers/topics/rate-limits#header-format
func limitHeaders(h http.Header, pattern string) {
	if h.Get("X-RateLimit-Global") != "" || pattern == "" {
		return
	}
	h.Set("X-RateLimit-Bucket", bucket(pattern))
	h.Set("X-RateLimit-Limit", "1000")
	if h.Get("X-RateLimit-Scope") != "" {
		h.Set("X-RateLimit-Remaining", "0")
	} else {
		h.Set("X-RateLimit-Remaining", "999")
		h.Set("X-RateLimit-Reset-After", "1.000")
	}
	after, err := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64)
	if err != nil {
		after = 1
	}
	reset := float64(time.Now().UnixMilli())/1000 + after
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
