package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"summitbot/bot/discord/rest"

	"github.com/gorilla/websocket"
)

// A GreetingError is a gateway that cannot be reached, or does not greet.
type GreetingError struct {
	Gateway string // its address
	cause   error
}

// Error says which gateway it is, and what is wrong.
func (e *GreetingError) Error() string {
	return "the gateway " + e.Gateway + " does not greet: " + rest.Redact(e.cause.Error())
}

// Unwrap returns the cause.
func (e *GreetingError) Unwrap() error { return e.cause }

// Greet opens a web socket to the gateway the way that the bot does, and waits
// for its Hello. It does not say who it is: that would count as one of the
// day's session starts.
func Greet(ctx context.Context, n rest.Network, address string) error {
	err := awaitHello(ctx, n, address)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return &GreetingError{rest.Redact(address), err}
	}
	return nil
}

// awaitHello is greet's way to the Hello.
func awaitHello(ctx context.Context, n rest.Network, address string) error {
	d := websocket.Dialer{NetDialContext: n.Plain, NetDialTLSContext: n.Encrypted}
	ws, resp, err := d.DialContext(ctx, strings.TrimSuffix(address, "/")+"/?v=9&encoding=json", nil)
	if errors.Is(err, websocket.ErrBadHandshake) {
		return fmt.Errorf("it answers %d %s, and opens no web socket", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	if err != nil {
		return err
	}
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { _ = ws.Close() })() // which ends the reading
	ws.SetReadLimit(64 << 10)
	var said struct {
		Op int `json:"op"`
	}
	if err := ws.ReadJSON(&said); err != nil {
		return err
	}
	if said.Op != opHello {
		return fmt.Errorf("it says op %d first, not Hello", said.Op)
	}
	return nil
}
