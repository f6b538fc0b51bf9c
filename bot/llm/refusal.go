package llm

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A refusal is what a server says in the place of a reply. Servers put it into
// JSON of many forms, which are all read alike: by the names of members.
type refusal struct {
	status int      // of HTTP, or what the body gives as one
	codes  []string // codes, types and reasons, in small letters
	params []string // members of the request, as "body.temperature"
	words  []string
	wait   time.Duration // what it asks to wait
	// room is how many tokens a context has, prompt how many of them the
	// prompt takes, and wanted how many were wanted; 0 for what is not said.
	room, prompt, wanted int
}

// readRefusal reads the body of an error.
func readRefusal(status int, header http.Header, body []byte) refusal {
	r := refusal{status: status}
	r.read(body)
	if len(r.words) == 0 {
		r.say(plainText(string(body)))
	}
	if r.status == http.StatusOK {
		r.status = 0 // the status of the stream, and not of the error
	}
	r.wait = cmp.Or(retryAfter(header), r.wait)
	r.count()
	return r
}

// read reads JSON, and reports whether it was some.
func (r *refusal) read(data []byte) bool {
	var value any
	if json.Unmarshal(data, &value) != nil {
		return false
	}
	switch value.(type) {
	case map[string]any, []any:
		r.walk(value)
		return true
	}
	return false
}

// told are the members of an error that hold words, or more members. What
// repeats the request ("input", "messages") is not among them.
var told = []string{"error", "message", "msg", "detail", "errors", "description", "error_description", "title", "reason", "details", "fieldViolations", "innererror", "metadata", "raw"}

// walk reads a JSON value.
func (r *refusal) walk(value any) {
	switch v := value.(type) {
	case []any:
		for _, each := range v {
			r.walk(each)
		}
	case string:
		r.say(v)
	case map[string]any:
		for _, name := range []string{"code", "type", "status", "reason", "error_code"} {
			r.code(v[name])
		}
		for _, name := range []string{"param", "loc", "field", "parameter"} {
			r.param(v[name])
		}
		r.room, r.prompt = cmp.Or(r.room, number(v["n_ctx"])), cmp.Or(r.prompt, number(v["n_prompt_tokens"]))
		if s, ok := v["retryDelay"].(string); ok {
			r.wait, _ = time.ParseDuration(s)
		}
		for _, name := range told {
			r.walk(v[name])
		}
	}
}

func (r *refusal) code(value any) {
	if n := number(value); n >= 400 && n < 600 && r.status == http.StatusOK {
		r.status = n
	}
	if s, ok := value.(string); ok && s != "" {
		r.codes = append(r.codes, strings.ToLower(s))
	}
}

// param reads the name of a member of the request.
func (r *refusal) param(value any) {
	switch v := value.(type) {
	case string:
		if v != "" {
			r.params = append(r.params, v)
		}
	case []any:
		var path []string
		for _, each := range v {
			if n, ok := each.(float64); ok {
				each = strconv.Itoa(int(n))
			}
			if s, ok := each.(string); ok {
				path = append(path, s)
			}
		}
		r.params = append(r.params, strings.Join(path, "."))
	}
}

// say takes words down, or what is in them where they are JSON again: proxies
// pass on the errors of others so.
func (r *refusal) say(words string) {
	if words = strings.TrimSpace(words); words == "" || r.read([]byte(words)) || slices.Contains(r.words, words) {
		return
	}
	r.words = append(r.words, words)
}

// text is all that a refusal says.
func (r refusal) text() string {
	text := strings.Join(r.words, "; ")
	for _, p := range slices.Compact(slices.Clone(r.params)) {
		if last := p[strings.LastIndexByte(p, '.')+1:]; !strings.Contains(text, last) {
			text += " (" + p + ")"
		}
	}
	return text
}

func number(value any) int {
	switch v := value.(type) {
	case float64:
		return int(v)
	case string:
		n, err := strconv.Atoi(v)
		if err == nil {
			return n
		}
	}
	return 0
}

// Of a page of a browser's, its title is what is told.
var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	pageTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// plainText is a text, or what a page in HTML says.
func plainText(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(text, byteOrderMark))
	if !strings.HasPrefix(text, "<") {
		return text
	}
	if title := pageTitle.FindStringSubmatch(text); title != nil {
		return "a web page, " + strings.TrimSpace(title[1])
	}
	return "a web page, " + strings.TrimSpace(pageTag.ReplaceAllString(text, " "))
}

// retryAfter is how long a server's headers ask to wait.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return bounded(ms / 1000)
	}
	after := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(after, 64); err == nil && s > 0 {
		return bounded(s)
	}
	if at, err := http.ParseTime(after); err == nil {
		now, err := http.ParseTime(h.Get("Date")) // by the same clock
		if err != nil {
			now = time.Now()
		}
		return bounded(max(0, at.Sub(now).Seconds()))
	}
	return 0
}

// bounded is a number of seconds, a day at most: longer than anybody waits.
func bounded(seconds float64) time.Duration {
	return time.Duration(min(seconds, 24*3600) * float64(time.Second))
}

// kinds are the kinds of errors by the codes, types and reasons of servers.
var kinds = map[string]Kind{
	"insufficient_quota": OutOfQuota, "billing_hard_limit_reached": OutOfQuota, "billing_not_active": OutOfQuota,
	"exceeded_current_quota_error": OutOfQuota, "insufficient_balance": OutOfQuota, "insufficient_credits": OutOfQuota,
	"insufficient_user_quota": OutOfQuota, "budget_exceeded": OutOfQuota, "payment_required": OutOfQuota,

	"content_filter": Refused, "content_policy_violation": Refused, "responsibleaipolicyviolation": Refused, "data_inspection_failed": Refused,

	"invalid_api_key": Unauthorised, "api_key_invalid": Unauthorised, "authentication_error": Unauthorised, "unauthenticated": Unauthorised,
	"invalid_authentication_error": Unauthorised, "incorrect_api_key_error": Unauthorised, "token_not_found_in_db": Unauthorised,

	"model_not_found": NoModel, "invalid_model": NoModel, "deploymentnotfound": NoModel, "unknown_model": NoModel, "model_not_exist": NoModel,

	"context_length_exceeded": NoRoom, "exceed_context_size_error": NoRoom, "contextwindowexceedederror": NoRoom, "request_too_large": NoRoom,
}

// passes are the codes of what passes. Where the status says more, that counts.
var passes = map[string]bool{
	"rate_limit_exceeded": true, "rate_limit_error": true, "rate_limit_reached": true, "too_many_requests": true, "resource_exhausted": true,
	"overloaded_error": true, "overloaded": true, "server_error": true, "internal_server_error": true, "service_unavailable": true, "unavailable": true,
}

// What is said where neither status nor code tell.
var (
	saysNoRoom = regexp.MustCompile(`(?i)context (length|window|size|limit|the overflows)|n_ctx|(prompt|input)s?\b.{0,40}(exceeds?|too (long|large)|longer than)|input length|request too large|` +
		`reduce (the|your) (length|messages?|prompt|input)|max_tokens must be at least|max_new_tokens\W must be <=|too many (input )?tokens`)
	saysOverflow = regexp.MustCompile(`(?i)context (length|window|size|limit|the overflows).{0,60}(exceed|overflow|not enough)|exceeds?.{0,60}context|greater than the context|when context the overflows`)
	saysTooLarge = regexp.MustCompile(`(?i)request too large`)
	saysKey      = regexp.MustCompile(`(?i)api[ _-]?key.{0,60}(invalid|not valid|incorrect|expired|missing|required|disabled|revoked|blocked|not found|suspended)|` +
		`(invalid|incorrect|expired|missing|wrong|malformed|valid|no)\b.{0,40}(api[ _-]?key|authorization|bearer|auth credentials|token passed|access token)|authentication (error|fails|failed|required)|unauthori[sz]ed`)
	saysSpent   = regexp.MustCompile(`(?i)credit balance|\bcredits\b|insufficient (balance|funds|quota|credit)|spending limit|billing|budget has been exceeded|quota`)
	saysRefused = regexp.MustCompile(`(?i)content (management )?(policy|filter)|content exists risk|moderation|flagged|inappropriate|safety`)
	saysNoModel = regexp.MustCompile(`(?i)\bmodels?\b.{0,80}(not found|does not exist|not exist|doesn't exist|not loaded|decommissioned|deprecated|no longer (available|exists|hosted))|` +
		`(invalid|unknown|unsupported|no such|not a valid|valid) models?\b|no models? loaded|not a chat model`)
	saysNo = regexp.MustCompile(`(?i)not (support|allow|permit|implement|enable|available)|unsupported|unknown|unrecogni[sz]ed|invalid|must (be|alternate)|\bonly\b|failed to (parse|convert|compile|initiali[sz]e)|raise_exception`)
	// saysParameters matches a proxy that has nobody who takes the request as
	// it is.
	saysParameters = regexp.MustCompile(`(?i)requested parameters|support .{0,40}parameters?|endpoints found that`)
)

// kind is the kind of an error: by its code, else by its status, and by its
// words where neither tells. The part is what of the request it refuses, where
// it names one.
func (r refusal) kind(how asking) (Kind, part) {
	words := strings.Join(r.words, " ")
	for _, code := range r.codes {
		if k, ok := kinds[code]; ok {
			return k, ""
		}
	}
	switch r.status {
	case http.StatusUnauthorized:
		return Unauthorised, ""
	case http.StatusPaymentRequired:
		return OutOfQuota, ""
	case http.StatusRequestEntityTooLarge:
		return NoRoom, ""
	case http.StatusTooManyRequests:
		if saysTooLarge.MatchString(words) && r.wanted > r.room && r.room > 0 {
			return NoRoom, "" // waiting would not help
		}
		return Unavailable, ""
	case http.StatusForbidden:
		return first(words, Unauthorised, saying{saysRefused, Refused}, saying{saysSpent, OutOfQuota}), ""
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		if saysParameters.MatchString(words) {
			return BadRequest, how.namedBy(words, partNames)
		}
		return NoModel, ""
	}
	switch {
	case r.status >= 500 || r.status == 0 || r.status == http.StatusRequestTimeout || r.status == http.StatusTooEarly || r.status == http.StatusConflict:
		return r.fault(how, words)
	case r.status >= 400:
		return r.objection(how, words)
	}
	return NoModel, "" // it leads elsewhere
}

// objection is the kind of an error that is the request's fault.
func (r refusal) objection(how asking, words string) (Kind, part) {
	switch {
	case saysNoRoom.MatchString(words):
		return NoRoom, ""
	case slices.ContainsFunc(r.codes, func(code string) bool { return passes[code] }):
		return Unavailable, ""
	}
	for _, p := range r.params {
		if p := how.namedBy(p, partParams); p != "" {
			return BadRequest, p
		}
	}
	k := first(words, BadRequest, saying{saysKey, Unauthorised}, saying{saysSpent, OutOfQuota}, saying{saysRefused, Refused}, saying{saysNoModel, NoModel})
	if k != BadRequest {
		return k, ""
	}
	return k, how.namedBy(words, partNames)
}

// fault is the kind of an error that is the server's fault by its status, or
// has none. Some servers report so what they do not take.
func (r refusal) fault(how asking, words string) (Kind, part) {
	if saysOverflow.MatchString(words) {
		return NoRoom, ""
	}
	if !saysNo.MatchString(words) {
		return Unavailable, ""
	}
	if p := how.namedBy(words, partNames); p == jsonSchema || p == jsonObject || p == systemRole || r.status == 0 && p != "" && p != streaming {
		return BadRequest, p
	}
	if r.status == 0 {
		return first(words, Unavailable, saying{saysKey, Unauthorised}, saying{saysNoModel, NoModel}), ""
	}
	return Unavailable, ""
}

// A saying is what a kind of error is known by.
type saying struct {
	words *regexp.Regexp
	kind  Kind
}

// first is the first kind that is said, or the given one.
func first(words string, otherwise Kind, all ...saying) Kind {
	for _, s := range all {
		if s.words.MatchString(words) {
			return s.kind
		}
	}
	return otherwise
}
