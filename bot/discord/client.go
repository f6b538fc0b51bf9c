package discord

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"summitbot/bot"

	"github.com/bwmarrin/discordgo"
)

// An api makes the requests that the bot needs. Every message that it posts
// or edits is barred from pinging anybody.
type api struct {
	Pace    float64            // scales the pauses between tries; 1 outside tests
	session *discordgo.Session // never opened; it carries the token
	limiter *gate
	log     *slog.Logger
	metered bool // somebody counts how long requests wait for the limits
}

// clientOptions say how an api reaches Discord. All but Token and Log may be left
// out.
type clientOptions struct {
	Token     string
	Base      *url.URL          // the test server; nil is Discord itself
	Transport http.RoundTripper // by which requests go out; nil is a new one
	Meter     requestMeter      // nil: nobody counts
	PerSecond int               // how many requests may be sent in any second; 0 is what Discord allows
	Slots     Slots             // in place of that, what several processes share
	Clock     *bot.Clock        // is told what time it is at Discord's; nil is a new one
	Log       *slog.Logger
}

// newAPI returns an api. It fails when the token cannot be one.
func newAPI(o clientOptions) (*api, error) {
	if o.Transport == nil {
		o.Transport = network{loopback: o.Base != nil}.transport()
	}
	if o.Meter != nil {
		o.Transport = metered{o.Transport, o.Meter}
	}
	perSecond := cmp.Or(o.PerSecond, RequestsPerSecond)
	var slots *slotQueue
	if o.Slots != nil {
		slots = newSlotQueue(o.Slots, perSecond, o.Log)
	}
	limiter := newGate(o.Base, o.Transport, perSecond, slots)
	limiter.waits = newWaits(o.Log)
	if o.Clock != nil {
		limiter.clock = o.Clock
	}
	session, err := newSession(o.Token, limiter)
	if err != nil {
		return nil, err
	}
	discordgoLog.Store(&sink{o.Log, o.Token})
	return &api{Pace: 1, session: session, limiter: limiter, log: o.Log, metered: o.Meter != nil}, nil
}

// Clock shows the time at Discord's.
func (a *api) Clock() *bot.Clock { return a.limiter.clock }

// Wrap puts a transport around the one by which requests go out. Call it before
// the first one.
func (a *api) Wrap(around func(http.RoundTripper) http.RoundTripper) {
	a.limiter.next = around(a.limiter.next)
}

// Close lets go of the connections.
func (a *api) Close() {
	if t, ok := a.limiter.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
