package gateway

import (
	"errors"
	"net"

	"github.com/gorilla/websocket"
)

// A Loss is why a connection to the gateway was lost.
type Loss string

// The reasons.
const (
	Asked       Loss = "asked"       // Discord asked for it (op 7)
	SessionOver Loss = "session"     // Discord had no such session any more
	CloseCode   Loss = "closed"      // Discord closed it with a code
	Silent      Loss = "silent"      // no heartbeat was answered
	Late        Loss = "late"        // it was not ready in time
	Unreachable Loss = "unreachable" // no connection came about
	Broken      Loss = "broken"      // anything else: it was cut, or said what it should not
)

// A Meter counts lost connections.
type Meter interface {
	// Lost tells of a connection to the gateway that was lost.
	Lost(why Loss)
}

// lossOf is why a connection ended with an error.
func lossOf(err error) Loss {
	var dial *net.OpError
	switch {
	case errors.Is(err, ErrReconnect):
		return Asked
	case errors.Is(err, ErrInvalid), errors.Is(err, errInvalidResume), errors.Is(err, errPrime):
		return SessionOver
	case errors.Is(err, ErrSilent):
		return Silent
	case errors.Is(err, errLate):
		return Late
	case errors.As(err, new(*websocket.CloseError)):
		return CloseCode
	case errors.As(err, &dial) && dial.Op == "dial":
		return Unreachable
	}
	return Broken
}
