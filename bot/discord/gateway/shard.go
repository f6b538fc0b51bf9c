package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"summitbot/bot"

	"github.com/gorilla/websocket"
)

// MostWhenUp is how many failures in a row count where connections come up and
// are lost again: members wait, and a resumed session costs Discord little.
const MostWhenUp = 3

// MostAsked is how often in a row that holds, too, for connections that come
// up to nothing because the gateway itself ends them before: it is there, and
// wants another one.
const MostAsked = 8

// maxResumes is how often a session is resumed in vain before it is given up.
const maxResumes = 3

// A shard is one that this process holds, with the session that it has or is
// to resume.
type shard struct {
	gateway *Gateway
	id      int
	count   int // of all shards
	fence   int64
	cancel  context.CancelFunc
	done    chan struct{} // closed when run has returned

	mu      sync.Mutex
	up      bool
	session bot.GatewaySession // with the sequence of the last dispatch that was handed on
	settled int64              // that of an earlier one: what it has led to is in the store
	marked  int64              // that of one in between, whose questions may still be being accepted
	mark    Barrier            // those questions
	before  Barrier            // the reading of what came before the session
	whole   bool               // what the session tells comes without a gap
	heard   time.Time          // when the last dispatch came before which none is missing, by Discord's clock
	kept    bot.GatewaySession // what the store has
}

// run keeps the shard connected, until the context ends, or the lease is over,
// and then returns nil; or until Discord refuses the bot for good, and then
// returns that *FatalError. Whatever else goes wrong is tried again: after a
// pause drawn from nothing up to a bound that doubles each time, so that many
// bots do not come back all at once.
func (s *shard) run(ctx context.Context) error {
	g := s.gateway
	var failures, vain int
	for {
		resuming := s.resumes().ID != ""
		lasted, met, err := s.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ErrLease) {
			g.Log.Error("gave up a shard", "shard", s.id, "cause", err)
			return nil
		}
		if f := Fatal(err); f != nil {
			return f
		}
		if lasted >= g.Timing.Settled {
			failures = 0
		}
		failures++
		switch {
		case lasted > 0: // the gateway is there, and what happens meanwhile waits to be told
			vain, failures = 0, min(failures, MostWhenUp)
		case resuming && errors.Is(err, ErrInvalid): // it is there too, and wants a new session
			vain, failures = 0, min(failures, MostWhenUp)
		case met:
			if vain++; vain <= MostAsked && (errors.Is(err, ErrInvalid) || errors.Is(err, ErrReconnect)) {
				failures = min(failures, MostWhenUp)
			}
		default: // nobody was there: look elsewhere
			s.lookElsewhere(ctx)
		}
		if ended(err) || vain > maxResumes {
			s.forget()
		}
		pause := g.Timing.Pause(failures)
		g.lost(err)
		g.Log.Warn("lost the gateway", "shard", s.id, "cause", err, "resume", s.resumes().ID != "", "pause", pause)
		if bot.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// connect makes one connection and keeps it for as long as it lasts, which is
// how long it was up. It tells also whether there was a gateway at all.
func (s *shard) connect(ctx context.Context) (lasted time.Duration, met bool, err error) {
	g := s.gateway
	c := g.connecting(s.id, s.count)
	c.session, c.receive = s.resumes(), s.take
	s.begins()
	if resumeAt(g.Network, c.session.URL) {
		c.url = c.session.URL
	}
	left := func() {}
	if c.session.ID == "" {
		seat, err := g.identify.enter(ctx, s.id)
		if err != nil {
			return 0, true, err
		}
		c.turn, left = seat.turn, seat.leave
	}
	l, err := newConnection(c)
	if err != nil {
		left()
		return 0, true, &FatalError{Reason: err.Error()}
	}
	err = l.connect(ctx)
	left()
	if err == nil {
		g.Log.Info("connected to the gateway", "shard", s.id, "resumed", c.session.ID != "")
		start := time.Now()
		s.isUp(true)
		err = l.wait(ctx)
		s.isUp(false)
		lasted = max(1, time.Since(start))
	}
	met = l.watched() != nil
	l.stop()
	leave := ctx.Err() != nil && !g.lasting
	g.wg.Go(func() { l.release(leave) })
	return lasted, met, err
}

// take hands a dispatch on, and then counts it as taken.
func (s *shard) take(d dispatch) {
	s.mu.Lock()
	last := s.heard
	s.mu.Unlock()
	before := s.gateway.Receive(d.kind, d.data, last)
	s.mu.Lock()
	defer s.mu.Unlock()
	// A session that is resumed tells first what came meanwhile.
	if s.whole = s.whole || d.kind == "READY" || d.kind == "RESUMED"; s.whole {
		s.heard = s.gateway.Clock.Now()
	}
	if d.kind != "READY" {
		s.session.Sequence = d.sequence
		return
	}
	var r Ready
	if err := json.Unmarshal(d.data, &r); err != nil {
		s.gateway.Log.Warn("a session cannot be resumed", "shard", s.id, "cause", err)
	}
	s.session = bot.GatewaySession{ID: r.Session, Sequence: d.sequence, URL: r.URL}
	s.settled, s.marked, s.mark, s.before = d.sequence, d.sequence, nil, before
	s.gateway.poke()
}

// resumes is the session to resume.
func (s *shard) resumes() bot.GatewaySession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session
}

// begins notes that a connection begins.
func (s *shard) begins() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = false
}

// forget gives up the session.
func (s *shard) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.settled, s.marked, s.mark = bot.GatewaySession{}, 0, 0, nil
}

// lookElsewhere makes the next connection go to another address than one at
// which nobody was.
func (s *shard) lookElsewhere(ctx context.Context) {
	s.mu.Lock()
	had := s.session.URL
	s.session.URL = ""
	s.mu.Unlock()
	if had != "" {
		return
	}
	if _, err := s.gateway.identify.refresh(ctx); err != nil {
		s.gateway.Log.Debug("the gateway's address is not known anew", "cause", err)
	}
}

func (s *shard) isUp(up bool) {
	s.mu.Lock()
	s.up = up
	s.mu.Unlock()
	s.gateway.poke()
}

func (s *shard) connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up
}

// record is the shard as it is to be kept. While dispatches come in, the
// sequence is one that all questions up to are accepted, so that none is passed
// over if the process ends now; what comes again is known. At the end, when all
// are, it is that of the last dispatch. What is accepted in memory alone, while the
// store is away, would not outlive the process: until it is moved, the sequence
// stays.
func (s *shard) record(tick, last bool) (r bot.Shard, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	away := s.gateway.Away()
	if s.mark.Passed() && !away {
		s.settled = max(s.settled, s.marked)
		if tick {
			s.marked, s.mark = s.session.Sequence, s.gateway.Pending()
		}
	}
	r = bot.Shard{ID: s.id, Fence: s.fence, Session: s.session}
	if !last || away {
		r.Session.Sequence = s.settled
	}
	if !s.before.Passed() {
		// The next holder is to begin a session of its own, and to read it then.
		r.Session = bot.GatewaySession{}
	}
	return r, r.Session != s.kept
}

// isKept notes what the store has.
func (s *shard) isKept(r bot.Shard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = r.Session
}

// ended says whether Discord has forgotten the session, so that it cannot be
// resumed. One that Discord closes because it goes away (1001) goes on
// elsewhere: only what a client closes so is over.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
func ended(err error) bool {
	if errors.Is(err, ErrInvalid) || errors.Is(err, errPrime) {
		return true
	}
	c, ok := errors.AsType[*websocket.CloseError](err)
	if !ok {
		return false
	}
	switch c.Code {
	case websocket.CloseNormalClosure, 4003, 4007, 4009:
		return true
	}
	return false
}
