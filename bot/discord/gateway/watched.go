package gateway

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// ErrSilent ends a connection on which Discord said nothing for longer than
// a heartbeat and its acknowledgement can take.
var ErrSilent = errors.New("the gateway fell silent")

// A gatewayConn is the connection under the gateway's web socket. discordgo
// sits above it and reads through it; the gatewayConn reads along, so that
// a shard learns what discordgo hides, and ends the connection before
// discordgo sees what it mishandles. Neither a read nor a write gets through
// when the lease is over.
type gatewayConn struct {
	net.Conn
	frames frames
	clean  []byte        // what discordgo is still to see of it
	room   []byte        // for that
	hello  time.Duration // how long a read may take before Hello
	lease  *lease
	turn   func() error // waits for the turn to IDENTIFY; nil when there is none to wait for

	greeted atomic.Bool // Hello has come
	began   atomic.Bool // what follows Hello was sent

	once    sync.Once
	lost    chan struct{} // closed when the connection is of no more use
	why     error         // set before lost is closed
	emptied sync.Once
	empty   chan struct{} // closed when all that came before is taken
}

// watch wraps a fresh connection. A read may take hello until the server has
// told its heartbeat interval, and one and a half intervals from then on. The
// first thing that is sent after Hello, which is IDENTIFY or RESUME, waits for
// turn. Its session, if it goes on with one, has come to a sequence.
func watch(c net.Conn, hello time.Duration, l *lease, turn func() error, sequence int64) *gatewayConn {
	return &gatewayConn{Conn: c, frames: frames{sequence: sequence}, hello: hello, lease: l, turn: turn, lost: make(chan struct{}), empty: make(chan struct{})}
}

// Read reads from the connection what discordgo is to see, and ends it at a
// frame that a shard has to act on.
func (c *gatewayConn) Read(p []byte) (n int, err error) {
	defer func() {
		if err != nil {
			c.emptied.Do(func() { close(c.empty) })
		}
	}()
	for {
		if c.lease.over() { // what has come is for the next holder
			c.end(ErrLease)
			return 0, c.why
		}
		if len(c.clean) > 0 {
			n := copy(p, c.clean)
			c.clean = c.clean[n:]
			return n, nil
		}
		select {
		case <-c.lost:
			return 0, c.why
		default:
		}
		n, err := c.read(p)
		if err == nil || n > 0 {
			room := c.room[:0]
			if cap(room) > keptRoom {
				room = nil
			}
			c.room, err = c.frames.scan(p[:n], room)
			c.clean = c.room
			if c.frames.interval > 0 {
				c.greeted.Store(true)
			}
		}
		if err != nil {
			c.end(err)
		}
	}
}

// read reads until something comes, the server has been silent for too long,
// or the lease is over. A lease that is renewed meanwhile lets it go on.
func (c *gatewayConn) read(p []byte) (int, error) {
	idle := c.hello
	if c.frames.interval > 0 {
		idle = c.frames.interval * 3 / 2
	}
	silent := time.Now().Add(idle)
	for {
		deadline := silent
		if end, ok := c.lease.until(); ok && end.Before(silent) {
			deadline = end
		}
		if err := c.SetReadDeadline(deadline); err != nil {
			return 0, err
		}
		n, err := c.Conn.Read(p)
		t, ok := errors.AsType[net.Error](err)
		switch {
		case !ok || !t.Timeout():
			return n, err
		case n > 0:
			return n, nil
		case !time.Now().Before(silent):
			return 0, ErrSilent
		case c.lease.over():
			return 0, ErrLease
		}
	}
}

// Write writes to the connection.
func (c *gatewayConn) Write(p []byte) (int, error) {
	if c.greeted.Load() && !c.began.Swap(true) && c.turn != nil {
		if err := c.turn(); err != nil {
			c.end(err)
			return 0, c.why
		}
	}
	if c.lease.over() {
		c.end(ErrLease)
		return 0, c.why
	}
	return c.Conn.Write(p)
}

// Close closes the connection.
func (c *gatewayConn) Close() error {
	c.end(net.ErrClosed)
	return nil
}

// end closes the connection for the given reason, unless it has ended
// before. Nothing can be written any more, and so the close frame that
// discordgo would send, which ends the session, never goes out.
func (c *gatewayConn) end(why error) {
	c.once.Do(func() {
		c.why = why
		_ = c.Conn.Close() // whatever it says, the connection is given up
		close(c.lost)
	})
}
