package testserver

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Faults are failures to play on the clients. A count is how many of the next
// occasions fail; it goes down by one each time, and a negative count never
// ends. Rate makes any of them fail at random as well. The zero value is a
// server without faults.
type Faults struct {
	// Gateway.
	NoHello                 int `json:"no_hello,omitempty"`                   // connections that never get Hello
	ReconnectInsteadOfReady int `json:"reconnect_instead_of_ready,omitempty"` // Identifies answered with op 7
	InvalidSession          int `json:"invalid_session,omitempty"`            // Identifies and Resumes answered with op 9, d false
	DropSocket              int `json:"drop_socket,omitempty"`                // events at which the TCP connection ends without a close frame
	ReconnectAtEvent        int `json:"reconnect_at_event,omitempty"`         // events behind which op 7 is sent
	Silent                  int `json:"silent,omitempty"`                     // connections that go mute after READY: no events, no ACKs
	NoACK                   int `json:"no_ack,omitempty"`                     // heartbeats that are not acknowledged
	CloseCode               int `json:"close_code,omitempty"`                 // the next Identify is closed with this code, such as 4013 or 4014; then it is 0 again, unless it has a rate
	UnknownComponent        int `json:"unknown_component,omitempty"`          // message events that carry a component of type 9999
	UnknownEvent            int `json:"unknown_event,omitempty"`              // events that an event of an unknown name goes before
	DuplicateEvents         int `json:"duplicate_events,omitempty"`           // events sent twice, each with its own sequence number

	// Gateway and REST.
	RejectToken int `json:"reject_token,omitempty"` // Identifies closed with 4004, REST calls answered 401

	// REST.
	RateLimit429    int           `json:"rate_limit_429,omitempty"`    // calls answered 429, scope user
	RateLimitShared int           `json:"rate_limit_shared,omitempty"` // calls answered 429, scope shared
	RateLimitGlobal int           `json:"rate_limit_global,omitempty"` // calls answered 429, scope global
	RetryAfter      time.Duration `json:"-"`                           // what those 429s tell, 0: 50 ms; JSON: "retry_after": "50ms"
	Internal500     int           `json:"internal_500,omitempty"`      // calls answered 500 and not performed
	BadGateway502   int           `json:"bad_gateway_502,omitempty"`   // calls answered 502 and not performed
	BadGatewayAfter int           `json:"bad_gateway_after,omitempty"` // calls performed and yet answered 502
	SlowREST        time.Duration `json:"-"`                           // delay of every call, or of those its rate picks; JSON: "slow_rest": "200ms"
	Answers         []Answer      `json:"answers,omitempty"`           // what calls are answered in place of what they should be

	// Rate gives the share of occasions that fail, 0 to 1, by a fault's name
	// in JSON: {"bad_gateway_502": 0.02}. The same Seed picks the same
	// occasions as long as they come in the same order; 0 takes a random one,
	// which the log and [Server.PendingFaults] tell.
	Rate map[string]float64 `json:"rate,omitempty"`
	Seed uint64             `json:"seed,omitempty"`
}

// An Answer is what calls are answered in place of what they should be: by a
// Discord that refuses or fails, or by something that stands before it. The
// first of several that fits is given.
type Answer struct {
	Method string            `json:"method"` // empty: any
	Path   string            `json:"path"`   // a regular expression of what follows /api/v10
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"`
	Body   string            `json:"body"`
	// Times is how many calls are answered so, 0 or less: all.
	Times int `json:"times,omitempty"`
	// Performed says that the call is carried out nevertheless.
	Performed bool `json:"performed,omitempty"`
}

// answering finds the answer that a call is given, and uses it up.
func (f *Faults) answering(method, path string) *Answer {
	for i := range f.Answers {
		a := f.Answers[i]
		if fits, err := regexp.MatchString(a.Path, path); err != nil || !fits || a.Method != "" && a.Method != method {
			continue
		}
		if a.Times == 1 {
			f.Answers = slices.Delete(slices.Clone(f.Answers), i, i+1)
		} else if a.Times > 1 {
			f.Answers = slices.Clone(f.Answers)
			f.Answers[i].Times--
		}
		return &a
	}
	return nil
}

// Nasty is a fair mix of what happens to a bot in a bad week on Discord.
func Nasty() Faults {
	return Faults{
		RetryAfter: 300 * time.Millisecond, SlowREST: 800 * time.Millisecond,
		Rate: map[string]float64{
			"rate_limit_429": .03, "rate_limit_shared": .01, "rate_limit_global": .005,
			"internal_500": .01, "bad_gateway_502": .02, "bad_gateway_after": .02, "slow_rest": .05,
			"drop_socket": .01, "reconnect_at_event": .005, "invalid_session": .05, "reconnect_instead_of_ready": .05,
			"no_ack": .02, "duplicate_events": .05, "unknown_event": .03, "unknown_component": .02,
		},
	}
}

// None tells whether no fault is left to come.
func (f Faults) None() bool {
	for _, count := range f.counts() {
		if *count != 0 {
			return false
		}
	}
	return f.CloseCode == 0 && f.SlowREST == 0 && len(f.Rate) == 0 && len(f.Answers) == 0
}

// counts are the countable faults by their names in JSON.
func (f *Faults) counts() map[string]*int {
	return map[string]*int{
		"no_hello": &f.NoHello, "reconnect_instead_of_ready": &f.ReconnectInsteadOfReady, "invalid_session": &f.InvalidSession,
		"drop_socket": &f.DropSocket, "reconnect_at_event": &f.ReconnectAtEvent, "silent": &f.Silent, "no_ack": &f.NoACK,
		"unknown_component": &f.UnknownComponent, "unknown_event": &f.UnknownEvent, "duplicate_events": &f.DuplicateEvents,
		"reject_token": &f.RejectToken, "rate_limit_429": &f.RateLimit429, "rate_limit_shared": &f.RateLimitShared,
		"rate_limit_global": &f.RateLimitGlobal, "internal_500": &f.Internal500, "bad_gateway_502": &f.BadGateway502,
		"bad_gateway_after": &f.BadGatewayAfter,
	}
}

// faultNames are the names that Rate knows.
func faultNames() []string {
	return slices.Sorted(maps.Keys(new(Faults).counts()))
}

// check says what is wrong with rates that came from outside.
func (f *Faults) check() error {
	for _, a := range f.Answers {
		if _, err := regexp.Compile(a.Path); err != nil {
			return fmt.Errorf("answers: path: %w", err)
		}
		if a.Status < 200 || a.Status > 599 {
			return fmt.Errorf("answers: there is no status %d", a.Status)
		}
	}
	names := append(faultNames(), "close_code", "slow_rest")
	for name, rate := range f.Rate {
		if !slices.Contains(names, name) {
			return fmt.Errorf("rate: there is no fault %q; there are: %s", name, strings.Join(names, ", "))
		}
		if !(rate >= 0 && rate <= 1) {
			return fmt.Errorf("rate of %s: %v is not from 0 to 1", name, rate)
		}
	}
	return nil
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
	return f.check()
}

// SetFaults replaces the faults that are still to come. Rates of faults that
// there are not, or outside 0 to 1, are not played.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan(f)
}

// plan takes faults on, with a seed when they have rates.
func (s *Server) plan(f Faults) {
	f.Rate = maps.Clone(f.Rate)
	if len(f.Rate) > 0 {
		for f.Seed == 0 {
			var raw [8]byte
			rand.Read(raw[:])
			f.Seed = binary.LittleEndian.Uint64(raw[:]) >> 11 // exact in JSON's numbers
		}
		s.dice = mathrand.New(mathrand.NewPCG(f.Seed, 0))
		s.log.Info("faults at random", "seed", f.Seed, "rates", f.Rate)
	}
	s.faults = f
	s.rates = map[*int]float64{}
	for name, count := range s.faults.counts() {
		if rate := f.Rate[name]; rate > 0 {
			s.rates[count] = rate
		}
	}
}

// PendingFaults tells which faults are still to come.
func (s *Server) PendingFaults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults
	f.Rate = maps.Clone(f.Rate)
	return f
}

// take uses up one of a fault's count, or lets its rate decide. The caller
// holds s.mu.
func (s *Server) take(count *int) bool {
	switch {
	case *count > 0:
		*count--
		return true
	case *count < 0:
		return true
	}
	rate := s.rates[count]
	return rate > 0 && s.dice.Float64() < rate
}

// strikes lets the rate of a fault that has no count decide; without a rate
// it is otherwise.
func (s *Server) strikes(name string, otherwise bool) bool {
	rate, has := s.faults.Rate[name]
	if !has {
		return otherwise
	}
	return s.dice.Float64() < rate
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

// SendRaw writes bytes to every gateway connection as they are, behind what is
// queued: frames that no gateway should send.
func (s *Server) SendRaw(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.enqueue(frame{data: data, raw: true})
	}
}

// Dispatch sends an event of any name and with any data to every session.
func (s *Server) Dispatch(name string, data json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sess := range s.sessionOrder {
		s.send(sess, name, data)
	}
}
