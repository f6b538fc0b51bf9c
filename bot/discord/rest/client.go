package rest

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"summitbot/bot"

	"github.com/bwmarrin/discordgo"
)

// A Client makes the requests that the bot needs. Every message that it posts
// or edits is barred from pinging anybody.
type Client struct {
	Pace    float64            // scales the pauses between tries; 1 outside tests
	session *discordgo.Session // never opened; it carries the token
	limiter *limiter
	log     *slog.Logger
	metered bool // somebody counts how long requests wait for the limits
}

// Options say how a Client reaches Discord. All but Token and Log may be left
// out.
type Options struct {
	Token     string
	Base      *url.URL          // the test server; nil is Discord itself
	Transport http.RoundTripper // by which requests go out; nil is a new one
	Meter     Meter             // nil: nobody counts
	PerSecond int               // how many requests may be sent in any second; 0 is what Discord allows
	Slots     Slots             // in place of that, what several processes share
	Clock     *bot.Clock        // is told what time it is at Discord's; nil is a new one
	Log       *slog.Logger
	Quiet     bool // the log is not told of long waits: whoever asks is, by errors
}

// New returns a client. It fails when the token cannot be one.
func New(o Options) (*Client, error) {
	if o.Transport == nil {
		o.Transport = Network{Loopback: o.Base != nil}.Transport()
	}
	if o.Meter != nil {
		o.Transport = metered{o.Transport, o.Meter}
	}
	perSecond := cmp.Or(o.PerSecond, RequestsPerSecond)
	var slots *slotQueue
	if o.Slots != nil {
		slots = newSlotQueue(o.Slots, perSecond, o.Log)
	}
	limiter := newLimiter(o.Base, o.Transport, perSecond, slots)
	if !o.Quiet {
		limiter.waitLog = newWaitLog(o.Log)
	}
	if o.Clock != nil {
		limiter.clock = o.Clock
	}
	session, err := NewSession(o.Token, limiter)
	if err != nil {
		return nil, err
	}
	discordgoLog.Store(&sink{o.Log, o.Token})
	return &Client{Pace: 1, session: session, limiter: limiter, log: o.Log, metered: o.Meter != nil}, nil
}

// Clock shows the time at Discord's.
func (a *Client) Clock() *bot.Clock { return a.limiter.clock }

// Wrap puts a transport around the one by which requests go out. Call it before
// the first one.
func (a *Client) Wrap(around func(http.RoundTripper) http.RoundTripper) {
	a.limiter.next = around(a.limiter.next)
}

// Close lets go of the connections.
func (a *Client) Close() {
	if t, ok := a.limiter.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// CheckToken says what is wrong with a token that cannot be one.
func CheckToken(token string) error {
	switch {
	case strings.TrimSpace(token) == "":
		return errors.New("the bot's token is empty")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' }):
		return errors.New("the bot's token holds a character that no token has")
	}
	return nil
}
