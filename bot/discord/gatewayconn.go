package discord

import (
	"errors"
	"net"
	"sync"
	"time"
)

// errSilent ends a connection on which Discord said nothing for longer than
// a heartbeat and its acknowledgement can take.
var errSilent = errors.New("the gateway fell silent")

// A gatewayConn is the connection under the gateway's web socket. discordgo
// sits above it and reads through it; the gatewayConn reads along, so that
// the supervisor learns what discordgo hides, and ends the connection before
// discordgo sees what it mishandles.
type gatewayConn struct {
	net.Conn
	frames frames
	hello  time.Duration // how long a read may take before Hello

	once sync.Once
	lost chan struct{} // closed when the connection is of no more use
	why  error         // set before lost is closed
}

// watch wraps a fresh connection. A read may take hello until the server has
// told its heartbeat interval, and one and a half intervals from then on.
func watch(c net.Conn, hello time.Duration) *gatewayConn {
	return &gatewayConn{Conn: c, hello: hello, lost: make(chan struct{})}
}

// Read reads from the connection, and ends it at a frame that the supervisor
// has to act on.
func (c *gatewayConn) Read(p []byte) (int, error) {
	select {
	case <-c.lost:
		return 0, c.why
	default:
	}
	idle := c.hello
	if c.frames.interval > 0 {
		idle = c.frames.interval * 3 / 2
	}
	if err := c.SetReadDeadline(time.Now().Add(idle)); err != nil {
		c.end(err)
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if at, stop := c.frames.scan(p[:n]); stop != nil {
		c.end(stop)
		if at == 0 {
			return 0, stop
		}
		return at, nil // the next Read tells
	}
	if err != nil {
		if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
			err = errSilent
		}
		c.end(err)
		return n, c.why
	}
	return n, nil
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
