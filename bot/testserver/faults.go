package testserver

import (
	"encoding/json"
	"fmt"
	"time"
)

// Faults are failures to play on the clients. A count is how many of the next
// occasions fail; it goes down by one each time, and a negative count never
// ends. The zero value is a server without faults.
type Faults struct {
	// Gateway.
	NoHello                 int `json:"no_hello,omitempty"`                   // connections that never get Hello
	ReconnectInsteadOfReady int `json:"reconnect_instead_of_ready,omitempty"` // Identifies answered with op 7
	InvalidSession          int `json:"invalid_session,omitempty"`            // Identifies and Resumes answered with op 9, d false
	DropSocket              int `json:"drop_socket,omitempty"`                // events at which the TCP connection ends without a close frame
	Silent                  int `json:"silent,omitempty"`                     // connections that go mute after READY: no events, no ACKs
	NoACK                   int `json:"no_ack,omitempty"`                     // heartbeats that are not acknowledged
	CloseCode               int `json:"close_code,omitempty"`                 // the next Identify is closed with this code, such as 4013 or 4014; then it is 0 again
	UnknownComponent        int `json:"unknown_component,omitempty"`          // message events that carry a component of type 9999
	DuplicateEvents         int `json:"duplicate_events,omitempty"`           // events sent twice, each with its own sequence number

	// Gateway and REST.
	RejectToken int `json:"reject_token,omitempty"` // Identifies closed with 4004, REST calls answered 401

	// REST.
	RateLimit429    int           `json:"rate_limit_429,omitempty"`    // calls answered 429, scope user
	RateLimitGlobal int           `json:"rate_limit_global,omitempty"` // calls answered 429, scope global
	RetryAfter      time.Duration `json:"-"`                           // what those 429s tell, 0: 50 ms; JSON: "retry_after": "50ms"
	BadGateway502   int           `json:"bad_gateway_502,omitempty"`   // calls answered 502 and not performed
	BadGatewayAfter int           `json:"bad_gateway_after,omitempty"` // calls performed and yet answered 502
	SlowREST        time.Duration `json:"-"`                           // delay of every call; JSON: "slow_rest": "200ms"
}

type faultsJSON struct {
	*plainFaults
	RetryAfter string `json:"retry_after,omitempty"`
	SlowREST   string `json:"slow_rest,omitempty"`
}

type plainFaults Faults

// MarshalJSON writes the durations as Go writes them, "200ms".
func (f Faults) MarshalJSON() ([]byte, error) {
	out := faultsJSON{plainFaults: (*plainFaults)(&f)}
	if f.RetryAfter > 0 {
		out.RetryAfter = f.RetryAfter.String()
	}
	if f.SlowREST > 0 {
		out.SlowREST = f.SlowREST.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes; a duration that is negative or
// over a minute is an error.
func (f *Faults) UnmarshalJSON(data []byte) error {
	in := faultsJSON{plainFaults: (*plainFaults)(f)}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	for text, to := range map[*string]*time.Duration{&in.RetryAfter: &f.RetryAfter, &in.SlowREST: &f.SlowREST} {
		if *text == "" {
			continue
		}
		d, err := time.ParseDuration(*text)
		if err != nil || d < 0 || d > time.Minute {
			return fmt.Errorf("duration %q: want one from 0s to 1m, such as 200ms", *text)
		}
		*to = d
	}
	return nil
}

// SetFaults replaces the faults that are still to come.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// PendingFaults tells which faults are still to come.
func (s *Server) PendingFaults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

// take uses up one of a fault's count. The caller holds s.mu.
func take(count *int) bool {
	switch {
	case *count > 0:
		*count--
		return true
	default:
		return *count < 0
	}
}

// DropSockets ends every gateway connection now, without a close frame, as a
// cut cable does. The sessions can be resumed.
func (s *Server) DropSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.drop()
	}
}

// CloseSockets closes every gateway connection with a code: 4000 and 4009 can
// be resumed, for instance, 4004 ends a bot.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
func (s *Server) CloseSockets(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.close(code, closeReason(code))
	}
}

// Reconnect asks every connected client to reconnect and resume (op 7).
func (s *Server) Reconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.sendOp(opReconnect, nil)
	}
}
