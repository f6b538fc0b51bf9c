package testserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// maxWireBody is how much of one body is recorded; a longer one is recorded
// as a string cut there.
const maxWireBody = 8 << 10

// record is one line of GET /test/wire: a REST call with its answer, or one
// gateway message. Its bodies are kept as they were sent; lines replaces the
// tokens in them.
type record struct {
	Number    int64  `json:"n"` // counts from 1; a gap means that records were dropped
	Time      string `json:"time"`
	Kind      string `json:"kind"`          // rest or gateway
	Direction string `json:"dir,omitempty"` // gateway: in (from the bot) or out
	Bot       string `json:"bot,omitempty"`
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"`
	Status    int    `json:"status,omitempty"`
	Close     int    `json:"close,omitempty"` // gateway close code
	Request   any    `json:"request,omitempty"`
	Response  any    `json:"response,omitempty"`
	Payload   any    `json:"payload,omitempty"`
	TookUS    int64  `json:"took_us,omitempty"` // microseconds
	// Violations are what Discord's rules say against the call.
	Violations []violation `json:"violations,omitempty"`

	request, response, payload []byte
}

// wireLog is a ring of the newest records.
type wireLog struct {
	mu      sync.Mutex
	records []record
	next    int
	count   int64
	secrets [][]byte
}

// hide makes a bot's token unreadable in what is recorded from now on.
func (l *wireLog) hide(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if token != "" {
		l.secrets = append(l.secrets, []byte(token))
	}
}

func (l *wireLog) add(r record) {
	r.Time = timestamp(time.Now())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	r.Number = l.count
	if len(l.records) < maxWire {
		l.records = append(l.records, r)
		return
	}
	l.records[l.next] = r
	l.next = (l.next + 1) % maxWire
}

var (
	tokenField    = regexp.MustCompile(`"token"\s*:\s*"[^"]*"`)
	pathToken     = regexp.MustCompile(`(/(?:webhooks|interactions)/\d+/)[^/?]+`)
	hiddenToken   = []byte("[token]")
	hiddenInField = []byte(`"token":"[token]"`)
)

// kept is the part of a body that is recorded.
func kept(data []byte) []byte {
	if len(data) <= maxWireBody {
		return data
	}
	return bytes.Clone(data[:maxWireBody])
}

// shown is a recorded body as it may be read.
func shown(data []byte, secrets [][]byte) any {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	data = tokenField.ReplaceAll(data, hiddenInField)
	for _, secret := range secrets {
		data = bytes.ReplaceAll(data, secret, hiddenToken)
	}
	if !json.Valid(data) {
		return string(bytes.ToValidUTF8(data, []byte("?")))
	}
	return json.RawMessage(data)
}

// gateway records one gateway message, or a close code.
func (l *wireLog) gateway(direction, bot string, data []byte, code int) {
	l.add(record{Kind: "gateway", Direction: direction, Bot: bot, Close: code, payload: kept(data)})
}

// request records a REST call and its answer.
func (l *wireLog) request(c *call, status int, answer []byte, took time.Duration) {
	r := record{
		Kind: "rest", Method: c.r.Method, Path: pathToken.ReplaceAllString(c.r.URL.RequestURI(), "${1}[token]"),
		Status: status, request: kept(c.body), response: kept(answer), TookUS: took.Microseconds(),
		Violations: c.violations,
	}
	if c.bot != nil {
		r.Bot = c.bot.user.Username
	}
	l.add(r)
}

// lines writes the records after the given number as JSON lines, oldest first.
func (l *wireLog) lines(w io.Writer, after int64) error {
	l.mu.Lock()
	records := append(append([]record(nil), l.records[l.next:]...), l.records[:l.next]...)
	secrets := slices.Clone(l.secrets)
	l.mu.Unlock()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range records {
		if r.Number <= after {
			continue
		}
		r.Request, r.Response, r.Payload = shown(r.request, secrets), shown(r.response, secrets), shown(r.payload, secrets)
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// botName is the name of the bot at the other end, empty before it identifies.
// The caller holds s.mu.
func (c *conn) botName() string {
	if c.session == nil {
		return ""
	}
	return c.session.bot.user.Username
}

// serveWire answers GET /test/wire.
func (s *Server) serveWire(w http.ResponseWriter, r *http.Request) {
	after := int64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil {
			s.refuse(w, complaint("after=%s is no number: give the n of a record", text))
			return
		}
	}
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	if err := s.wire.lines(w, after); err != nil {
		s.log.Debug("writing the wire log", "err", err)
	}
}
