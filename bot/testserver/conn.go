package testserver

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
)

// Gateway opcodes.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-opcodes
const (
	opDispatch            = 0
	opHeartbeat           = 1
	opIdentify            = 2
	opPresenceUpdate      = 3
	opVoiceStateUpdate    = 4
	opResume              = 6
	opReconnect           = 7
	opRequestGuildMembers = 8
	opInvalidSession      = 9
	opHello               = 10
	opHeartbeatACK        = 11
	opSoundboardSounds    = 31
)

const (
	maxClientPayload = 4096 // bytes of one message from a client
	clientEvents     = 120  // messages a client may send ...
	clientWindow     = time.Minute
	writeTimeout     = 5 * time.Second
	closeWait        = time.Second // for the client's answer to a close frame
)

// frame is one message to a client, or the close that ends the connection.
type frame struct {
	event *event // nil: data is the whole message
	data  []byte
	raw   bool // data is no message, but what is written as it is
	code  int  // not 0: a close frame
	label string
}

// bytes is the message as it is sent.
func (f frame) bytes() []byte {
	if f.event != nil {
		return f.event.bytes()
	}
	return f.data
}

// conn is one gateway connection. The handler's goroutine reads from it, a
// second one writes what is queued. Server.mu guards the fields below ws.
type conn struct {
	s  *Server
	ws *websocket.Conn

	queue    []frame
	wake     chan struct{} // one signal: the queue or ended has changed
	ended    bool          // nothing more is queued
	readDone bool          // the reader has returned
	muted    bool
	session  *session
	record   *Connection // nil before it has a session
	gateway  string      // the address for resuming
	zip      *zipper     // nil: messages go as text
	zipLarge bool        // Identify asked for large messages to be compressed
}

var upgrader = websocket.Upgrader{
	CheckOrigin: func(r *http.Request) bool {
		origin := r.Header.Get("Origin")
		if origin == "" {
			return true
		}
		u, err := url.Parse(origin)
		return err == nil && loopbackHost(u.Host)
	},
	Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
		http.Error(w, reason.Error(), status)
	},
}

// serveGateway is one gateway connection from handshake to end.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "The server is closed.", http.StatusServiceUnavailable)
		return
	}
	defer s.wg.Done()
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.log.Warn("gateway handshake failed", "err", err)
		return
	}
	defer func() {
		if err := ws.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Debug("closing a gateway connection", "err", err)
		}
	}()
	ws.SetReadLimit(16 * maxClientPayload)
	c := &conn{s: s, ws: ws, wake: make(chan struct{}, 1), gateway: "ws://" + ownHost(r) + "/gateway"}
	if r.URL.Query().Get("compress") == "zlib-stream" {
		c.zip = newZipper()
	}
	s.hello(c, r.URL.Query())
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	s.leave(c, c.read())
	<-written
}

// hello registers a connection and greets it, or refuses its parameters.
func (s *Server) hello(c *conn, query url.Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	switch v := query.Get("v"); {
	case s.closed:
		c.close(1001, "The server is going away.")
	case v != "" && v != "9" && v != "10":
		c.close(4012, closeReason(4012))
	case query.Get("encoding") != "" && query.Get("encoding") != "json":
		c.close(4002, "Only JSON encoding is supported.")
	case query.Get("compress") != "" && c.zip == nil:
		c.close(4002, "Only zlib-stream is supported as transport compression.")
	case s.take(&s.faults.NoHello):
		s.log.Info("fault: no Hello")
	default:
		c.sendOp(opHello, map[string]any{"heartbeat_interval": s.opts.HeartbeatInterval.Milliseconds()})
	}
}

// leave forgets a connection whose reader has ended with err; its session
// stays resumable unless it was the client that closed it with 1000 or 1001: a
// close of the server's is sent back by the client, with the same code.
func (s *Server) leave(c *conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	byClient := !c.ended
	c.readDone, c.ended = true, true
	c.disconnected()
	c.signal()
	if c.session == nil {
		return
	}
	s.detach(c.session, c)
	if byClient && websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
		s.forget(c.session)
	}
}

// signal wakes the writer. The caller holds s.mu.
func (c *conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// enqueue hands a frame to the writer; a client that reads too slowly is cut
// off. The caller holds s.mu.
func (c *conn) enqueue(f frame) {
	if c.ended {
		return
	}
	if len(c.queue) >= maxQueued {
		c.s.log.Warn("gateway client too slow, connection dropped")
		c.drop()
		return
	}
	c.queue = append(c.queue, f)
	c.signal()
}

// sendOp sends a message that is not an event. The caller holds s.mu.
func (c *conn) sendOp(op int, data any) {
	body, err := json.Marshal(map[string]any{"op": op, "d": data, "s": nil, "t": nil})
	if err != nil {
		c.s.log.Error("encoding a gateway message", "op", op, "err", err)
		return
	}
	c.enqueue(frame{data: body})
}

// close ends the connection with a close frame behind what is queued. The
// caller holds s.mu.
func (c *conn) close(code int, reason string) {
	c.enqueue(frame{code: code, label: reason})
	c.ended = true
}

// drop ends the TCP connection without a close frame. The caller holds s.mu.
func (c *conn) drop() {
	c.ended = true
	c.queue = nil
	c.signal()
	if err := c.ws.NetConn().Close(); err != nil {
		c.s.log.Debug("dropping a gateway connection", "err", err)
	}
}

// write sends queued frames until the connection has ended.
func (c *conn) write() {
	for range c.wake {
		c.s.mu.Lock()
		frames, readDone, bot, zipLarge := c.queue, c.readDone, c.botName(), c.zipLarge
		c.queue = nil
		c.s.mu.Unlock()
		var told []*event
		for _, f := range frames {
			if err := c.writeFrame(f, bot, zipLarge); err != nil {
				c.s.log.Debug("writing to a gateway client", "err", err)
				c.abort()
				break
			}
			if f.event != nil && f.event.about != "" {
				told = append(told, f.event)
			}
		}
		c.s.written(told)
		if readDone {
			return
		}
	}
}

func (c *conn) writeFrame(f frame, bot string, zipLarge bool) error {
	deadline := time.Now().Add(writeTimeout)
	if f.code != 0 {
		c.s.wire.gateway("out", bot, nil, f.code)
		if err := c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(f.code, f.label), deadline); err != nil {
			return err
		}
		return c.ws.SetReadDeadline(time.Now().Add(closeWait))
	}
	if err := c.ws.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if f.raw {
		_, err := c.ws.NetConn().Write(f.data)
		return err
	}
	data := f.bytes()
	c.s.wire.gateway("out", bot, data, 0)
	switch {
	case c.zip != nil:
		packed, err := c.zip.next(data)
		if err != nil {
			return err
		}
		return c.ws.WriteMessage(websocket.BinaryMessage, packed)
	case zipLarge && len(data) > largePayload:
		packed, err := zipped(data)
		if err != nil {
			return err
		}
		return c.ws.WriteMessage(websocket.BinaryMessage, packed)
	}
	return c.ws.WriteMessage(websocket.TextMessage, data)
}

// abort drops the connection from the writer's side.
func (c *conn) abort() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.drop()
}

// read handles the client's messages until the connection ends, and returns
// what ended it.
func (c *conn) read() error {
	c.extendDeadline()
	var window time.Time
	count := 0
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return c.readFailed(err)
		}
		if now := time.Now(); now.Sub(window) > clientWindow {
			window, count = now, 0
		}
		count++
		c.s.mu.Lock()
		c.s.wire.gateway("in", c.botName(), data, 0)
		switch {
		case c.ended:
		case count > clientEvents:
			c.close(4008, closeReason(4008))
		case len(data) > maxClientPayload:
			c.close(4002, closeReason(4002))
		default:
			c.s.handle(c, data)
		}
		c.s.mu.Unlock()
	}
}

// readFailed closes a connection that missed its heartbeat, and waits a
// moment for the client's own close.
func (c *conn) readFailed(err error) error {
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !c.ended {
		c.s.log.Info("gateway client missed its heartbeat")
		c.close(4009, closeReason(4009))
	}
	return err
}

// extendDeadline lets the client live until one and a half heartbeat
// intervals from now.
func (c *conn) extendDeadline() {
	interval := c.s.opts.HeartbeatInterval
	if err := c.ws.SetReadDeadline(time.Now().Add(interval + interval/2)); err != nil {
		c.s.log.Debug("setting a gateway deadline", "err", err)
	}
}

// closeReason words a gateway close code.
func closeReason(code int) string {
	switch code {
	case 4000:
		return "Unknown error."
	case 4001:
		return "Unknown opcode."
	case 4002:
		return "Error while decoding payload."
	case 4003:
		return "Not authenticated."
	case 4004:
		return "Authentication failed."
	case 4005:
		return "Already authenticated."
	case 4007:
		return "Invalid `seq`."
	case 4008:
		return "Rate limited."
	case 4009:
		return "Session timed out."
	case 4010:
		return "Invalid shard."
	case 4011:
		return "Sharding required."
	case 4012:
		return "Invalid API version."
	case 4013:
		return "Invalid intent(s)."
	case 4014:
		return "Disallowed intent(s)."
	}
	return ""
}
