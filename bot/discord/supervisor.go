package discord

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/gorilla/websocket"
)

// timing holds the supervisor's patience. Its values are Discord's, except
// in tests.
type timing struct {
	hello       time.Duration // for Hello to come
	open        time.Duration // for READY or RESUMED to come
	backoff     time.Duration // the first pause between two connections, at most; it doubles
	longest     time.Duration // the longest such pause
	identify    time.Duration // between two IDENTIFYs; Discord allows one in 5 s
	settled     time.Duration // how long a connection lasts that forgets the earlier pauses
	quick       time.Duration // an answer within it is posted without a placeholder
	waiting     time.Duration // for somebody to claim a question, before its asker is told
	edit        time.Duration // between two edits of a message; faster ones Discord slows down
	retype      time.Duration // typing is shown again after it; Discord shows it for 10 s
	acknowledge time.Duration // for the acknowledgement of an interaction; Discord allows 3 s
}

var defaultTiming = timing{
	hello:       15 * time.Second,
	open:        30 * time.Second,
	backoff:     time.Second,
	longest:     time.Minute,
	identify:    5 * time.Second,
	settled:     time.Minute,
	quick:       300 * time.Millisecond,
	waiting:     3 * time.Second,
	edit:        1200 * time.Millisecond,
	retype:      8 * time.Second,
	acknowledge: 2800 * time.Millisecond,
}

// maxResumes is how often a session is resumed in vain before it is given up.
const maxResumes = 3

// supervise keeps one connection to the gateway, whose dispatches it hands to
// receive, until the context ends, and then returns nil; or until Discord refuses the bot for good, and then
// returns that *FatalError. Everybody else is asked again: after a pause
// drawn from nothing up to a bound that doubles each time, so that many bots
// do not come back all at once.
func (b *Bot) supervise(ctx context.Context, receive func(kind string, data json.RawMessage)) error {
	var (
		l          *link
		failures   int
		identified time.Time
	)
	for {
		if l == nil {
			var err error
			if l, err = newLink(b.token, b.gate, b.network, b.timing, b.intents(), receive); err != nil {
				return err
			}
		}
		if !l.resumable() {
			if sleep(ctx, time.Until(identified.Add(b.timing.identify))) != nil {
				return nil
			}
			identified = time.Now()
		}
		err := l.connect(ctx)
		if err == nil {
			b.log.Info("connected to the gateway")
			err = l.wait(ctx)
			if l.lasted() >= b.timing.settled {
				failures = 0
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if f := fatal(err); f != nil {
			return f
		}
		failures++
		if ended(err) || !l.resumable() || failures > maxResumes {
			l = nil
		}
		pause := b.timing.pause(failures)
		b.log.Warn("lost the gateway", "cause", err, "resume", l != nil, "pause", pause)
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// ended says whether Discord has forgotten the session, so that it cannot be
// resumed.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
func ended(err error) bool {
	if errors.Is(err, errInvalid) {
		return true
	}
	c, ok := errors.AsType[*websocket.CloseError](err)
	if !ok {
		return false
	}
	switch c.Code {
	case websocket.CloseNormalClosure, websocket.CloseGoingAway, 4003, 4007, 4009:
		return true
	}
	return false
}

// pause draws the pause after so many failures in a row, at least one.
func (t timing) pause(failures int) time.Duration {
	ceiling := t.longest
	if failures < 16 {
		ceiling = min(ceiling, t.backoff<<(failures-1))
	}
	return time.Duration(rand.Int64N(int64(ceiling) + 1))
}
