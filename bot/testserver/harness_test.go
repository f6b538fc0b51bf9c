package testserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y" // base64 of 123456789012345678
const allIntents = 1<<16 - 1

// world is a server on a loopback port.
type world struct {
	t   *testing.T
	s   *Server
	url string // http://127.0.0.1:port
}

func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	s := New(o)
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		srv.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &world{t, s, srv.URL}
}

// answer is a REST answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do makes a call; body is JSON text, "" for none. A path below / that does
// not name /api or /test goes to /api/v10.
func (w *world) do(method, path, body string) answer {
	w.t.Helper()
	return w.as(testToken, method, path, body)
}

// as is what the server answers to whom a token belongs, as Discord would.
func (w *world) as(token, method, path, body string) answer {
	w.t.Helper()
	a := w.call(token, method, path, body)
	compare(w.t, method, whole(path), a)
	return a
}

// call is as, and anything may be answered.
func (w *world) call(token, method, path, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+whole(path), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bot "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, data}
}

// whole is a path from the server's root.
func whole(path string) string {
	if strings.HasPrefix(path, "/api") || strings.HasPrefix(path, "/test") {
		return path
	}
	return "/api/v10" + path
}

// decoded is the answer's body as a value.
func decoded[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("decoding %q: %v", a.body, err)
	}
	return v
}

// expect fails unless the answer has a status and a body with every word.
func (a answer) expect(t *testing.T, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d; body %s", a.status, status, a.body)
	}
	for _, word := range words {
		if !bytes.Contains(a.body, []byte(word)) {
			t.Fatalf("body %s\nlacks %s", a.body, word)
		}
	}
	return a
}

// gatewayMessage is what a client receives.
type gatewayMessage struct {
	Op int             `json:"op"`
	T  string          `json:"t"`
	S  int             `json:"s"`
	D  json.RawMessage `json:"d"`
}

// client is a gateway client without a library.
type client struct {
	t       *testing.T
	ws      *websocket.Conn
	session string
	seq     int
}

func (w *world) dial() *client {
	w.t.Helper()
	return w.dialAt("/gateway?v=10&encoding=json")
}

func (w *world) dialAt(path string) *client {
	w.t.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if res.Body != nil {
		res.Body.Close()
	}
	w.t.Cleanup(func() { ws.Close() })
	return &client{t: w.t, ws: ws}
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// read returns the next message, or the error that ended the connection.
func (c *client) read() (gatewayMessage, error) {
	c.t.Helper()
	if err := c.ws.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	var m gatewayMessage
	err := c.ws.ReadJSON(&m)
	if m.S > 0 {
		c.seq = m.S
		if m.T != "NEW_FEATURE_UPDATE" && !bytes.Contains(m.D, []byte(`"type":9999`)) {
			compareEvent(c.t, m.T, m.D)
		}
	}
	return m, err
}

// op reads messages until one of an opcode.
func (c *client) op(op int) gatewayMessage {
	c.t.Helper()
	for {
		m, err := c.read()
		if err != nil {
			c.t.Fatalf("awaiting op %d: %v", op, err)
		}
		if m.Op == op {
			return m
		}
	}
}

// event reads messages until an event of a name.
func (c *client) event(name string) gatewayMessage {
	c.t.Helper()
	for {
		m, err := c.read()
		if err != nil {
			c.t.Fatalf("awaiting %s: %v", name, err)
		}
		if m.Op == opDispatch && m.T == name {
			return m
		}
	}
}

// closed reads until the server closes, and returns the code; 1006 is a
// connection that ended without a close frame.
func (c *client) closed() int {
	c.t.Helper()
	for {
		if _, err := c.read(); err != nil {
			if ce, ok := err.(*websocket.CloseError); ok {
				return ce.Code
			}
			return 1006
		}
	}
}

func identifyText(token string, intents int) string {
	data, err := json.Marshal(map[string]any{"op": 2, "d": map[string]any{
		"token": token, "intents": intents, "properties": map[string]string{"os": "linux"},
	}})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// connect dials and identifies until the guild has come.
func (w *world) connect(intents int) *client {
	w.t.Helper()
	c := w.dial()
	c.op(opHello)
	c.send(identifyText(testToken, intents))
	var ready struct {
		SessionID string `json:"session_id"`
	}
	if err := json.Unmarshal(c.event("READY").D, &ready); err != nil {
		w.t.Fatal(err)
	}
	c.session = ready.SessionID
	if intents&intentGuilds != 0 {
		c.event("GUILD_CREATE")
	}
	return c
}

// in decodes an event's data.
func in[T any](t *testing.T, m gatewayMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(m.D, &v); err != nil {
		t.Fatalf("decoding %s: %v", m.D, err)
	}
	return v
}

// channel is the id of a text channel.
func (w *world) channel(name string) string {
	w.t.Helper()
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	ch, err := w.s.findChannel(nil, name)
	if err != nil || ch == nil {
		w.t.Fatalf("channel %s: %v", name, err)
	}
	return ch.ID
}
