package gateway

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/gorilla/websocket"
)

func TestLossOf(t *testing.T) {
	t.Parallel()
	for want, errs := range map[Loss][]error{
		Asked:       {ErrReconnect, fmt.Errorf("shard 1: %w", ErrReconnect)},
		SessionOver: {ErrInvalid, errInvalidResume, errPrime},
		Silent:      {ErrSilent},
		Late:        {errLate},
		CloseCode:   {&websocket.CloseError{Code: 4009}},
		Unreachable: {&net.OpError{Op: "dial", Err: errors.New("refused")}},
		Broken:      {&net.OpError{Op: "read", Err: errors.New("reset")}, errHello, errors.New("anything")},
	} {
		for _, err := range errs {
			if got := lossOf(err); got != want {
				t.Errorf("%v is %s, not %s", err, got, want)
			}
		}
	}
}
