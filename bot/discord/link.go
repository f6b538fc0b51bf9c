package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// The events that the bot asks for: messages in servers and direct messages.
// Neither is privileged; interactions need none. Messages in threads come with
// those of servers. To read what does not mention it in its own threads, it
// asks for the privileged content of messages, and to be told of threads.
const (
	intents        = discordgo.IntentGuildMessages | discordgo.IntentDirectMessages
	contentIntents = intents | discordgo.IntentGuilds | discordgo.IntentMessageContent
)

// A link is one discordgo session and the connections that it has had. It is
// opened again to resume; a link whose session Discord has ended is thrown
// away. Only one connection exists at a time.
type link struct {
	session *discordgo.Session
	timing  timing

	mu      sync.Mutex
	join    func(context.Context) (context.Context, context.CancelFunc) // see joined; of the current connect
	conn    *gatewayConn
	up      chan struct{} // closed at READY or RESUMED
	down    chan struct{} // closed when discordgo has let go of the connection
	had     bool          // READY was had, so that there is a session to resume
	readied time.Time
}

// errLate ends an attempt to connect that takes too long.
var errLate = errors.New("the gateway was not ready in time")

// newLink returns a link that hands every dispatch to receive, in order. What
// receive does must neither block nor call the session.
func newLink(token string, gate http.RoundTripper, net network, t timing, wanted discordgo.Intent, receive func(kind string, data json.RawMessage)) (*link, error) {
	l := &link{timing: t}
	s, err := newSession(token, roundTrip(func(r *http.Request) (*http.Response, error) { return l.roundTrip(gate, r) }))
	if err != nil {
		return nil, err
	}
	l.session = s
	s.SyncEvents = true
	s.ShouldReconnectOnError = false
	s.Compress = false
	s.Identify.Compress = false
	s.Identify.Intents = wanted
	s.Identify.Properties.Browser = "summitbot"
	s.Identify.Properties.Device = "summitbot"
	s.Identify.Properties.OS = runtime.GOOS
	s.Dialer = &websocket.Dialer{
		HandshakeTimeout:  10 * time.Second,
		NetDialContext:    l.dial(net.plain),
		NetDialTLSContext: l.dial(net.encrypted),
	}
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		if e.Type == "READY" || e.Type == "RESUMED" {
			l.isUp()
		}
		receive(e.Type, e.RawData)
	})
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) { l.isDown() })
	return l, nil
}

// newSession returns a discordgo session with everything off that it does
// behind the bot's back.
func newSession(token string, gate http.RoundTripper) (*discordgo.Session, error) {
	s, err := discordgo.New("Bot " + token)
	if err != nil {
		return nil, errors.New("discordgo did not take the token")
	}
	s.StateEnabled = false
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	s.LogLevel = discordgo.LogError
	s.Client = &http.Client{Transport: gate, Timeout: requestTimeout}
	s.UserAgent = "DiscordBot (summitbot, 1) " + s.UserAgent
	return s, nil
}

// dial opens connections that the link watches.
func (l *link) dial(open func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, kind, address string) (net.Conn, error) {
		ctx, cancel := l.attempt(ctx)
		defer cancel()
		c, err := open(ctx, kind, address)
		if err != nil {
			return nil, err
		}
		w := watch(c, l.timing.hello)
		l.mu.Lock()
		l.conn = w
		l.mu.Unlock()
		if ctx.Err() != nil { // abandon may have come too early to see it
			w.end(context.Cause(ctx))
		}
		return w, nil
	}
}

// joined returns a function that makes contexts end with ctx, if they do not
// end earlier by themselves. discordgo passes no contexts down, and so this
// one is handed over beside it.
func joined(ctx context.Context) func(context.Context) (context.Context, context.CancelFunc) {
	return func(own context.Context) (context.Context, context.CancelFunc) {
		own, cancel := context.WithCancelCause(own)
		stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
		return own, func() {
			stop()
			cancel(nil)
		}
	}
}

// attempt is the context of a call that discordgo makes within the current
// attempt to connect.
func (l *link) attempt(own context.Context) (context.Context, context.CancelFunc) {
	l.mu.Lock()
	join := l.join
	l.mu.Unlock()
	return join(own)
}

// roundTrip is a function as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// roundTrip sends the session's one kind of request, for the gateway's
// address, which discordgo makes without a context.
func (l *link) roundTrip(gate http.RoundTripper, r *http.Request) (*http.Response, error) {
	ctx, cancel := l.attempt(r.Context())
	defer cancel()
	resp, err := gate.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("reading the gateway's address: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// resumable says whether there is a session to resume.
func (l *link) resumable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.had
}

// lasted is how long ago the session was ready last; 0 if it never was.
func (l *link) lasted() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.had {
		return 0
	}
	return time.Since(l.readied)
}

func (l *link) isUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.had, l.readied = true, time.Now()
	closeOnce(l.up)
}

// isDown ignores a Disconnect that discordgo tells twice, when a new
// connection has been made in between.
func (l *link) isDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return
	}
	select {
	case <-l.conn.lost:
		closeOnce(l.down)
	default:
	}
}

// closeOnce closes c if it is still open. Its callers hold the link's lock.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// connection is the current connection, nil when there has been none.
func (l *link) connection() *gatewayConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// connect opens the session and waits until it is up: identified, or resumed
// when there is something to resume. When it fails, nothing is left behind.
func (l *link) connect(ctx context.Context) error {
	up, down := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithTimeoutCause(ctx, l.timing.open, errLate)
	defer cancel()
	l.mu.Lock()
	l.join, l.conn, l.up, l.down = joined(ctx), nil, up, down
	l.mu.Unlock()

	opened := make(chan error, 1)
	go func() { opened <- l.open() }()

	var err error
	select {
	case err = <-opened:
	case <-ctx.Done():
		l.abandon(context.Cause(ctx))
		err = <-opened // Open reads from a closed connection now, or its request times out
	}
	conn := l.connection()
	if err != nil {
		return l.cause(err)
	}
	select {
	case <-up:
		return nil
	case <-conn.lost:
	case <-ctx.Done():
		l.abandon(context.Cause(ctx))
	}
	<-down
	return l.cause(conn.why)
}

// open calls discordgo's Open and survives it.
func (l *link) open() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("opening the gateway: panic: %v", p)
		}
	}()
	return l.session.Open()
}

// abandon ends the connection, if there is one.
func (l *link) abandon(why error) {
	if c := l.connection(); c != nil {
		c.end(why)
	}
}

// cause is why the connection ended, as its frames told it, or else err.
func (l *link) cause(err error) error {
	if c := l.connection(); c != nil {
		select {
		case <-c.lost:
			if !errors.Is(c.why, net.ErrClosed) {
				return c.why
			}
		default:
		}
	}
	if e, ok := errors.AsType[*discordgo.RESTError](err); ok {
		return &refusal{Route: "find the gateway", Status: e.Response.StatusCode, Message: http.StatusText(e.Response.StatusCode)}
	}
	return err
}

// wait waits until the connection is lost, and says why. When the context
// ends, it takes leave of Discord (close code 1000) and returns nil.
func (l *link) wait(ctx context.Context) error {
	conn := l.connection()
	select {
	case <-conn.lost:
		<-l.down
		return l.cause(conn.why)
	case <-ctx.Done():
		// Its error is that of a connection lost at the same moment.
		_ = l.session.CloseWithCode(websocket.CloseNormalClosure)
		<-l.down
		return nil
	}
}
