package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"

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

// A dispatch is an event of the gateway's.
type dispatch struct {
	kind     string
	sequence int64
	data     json.RawMessage
}

// A connecting is what it takes to open a connection to the gateway.
type connecting struct {
	token   string
	network rest.Network
	timing  timing
	intents discordgo.Intent

	url          string // of the gateway
	shard, count int
	session      bot.GatewaySession // to resume; without an ID a new one is begun
	// turn waits until this shard may IDENTIFY.
	turn  func(context.Context) error
	lease *lease
	// receive takes every dispatch, in order. It must neither block nor call
	// the session.
	receive func(dispatch)
}

// A link is one connection to the gateway, with the discordgo session above
// it. When the connection is lost, the link is thrown away.
type link struct {
	connecting
	discord *discordgo.Session

	handing sync.Mutex // held while a dispatch is handed on
	shut    bool       // no more are; guarded by handing

	mu      sync.Mutex
	join    func(context.Context) (context.Context, context.CancelFunc) // see joined; set by connect
	priming net.Conn                                                    // in place of the next connection
	primed  bool                                                        // discordgo has taken the session
	conn    *gatewayConn
	opened  bool          // discordgo has goroutines, and tells of their end
	up      chan struct{} // closed at READY or RESUMED
	down    chan struct{} // closed when discordgo has let go of the connection
}

var (
	// errLate ends an attempt to connect that takes too long.
	errLate = errors.New("the gateway was not ready in time")
	// errLeft ends a connection whose session somebody will resume.
	errLeft = errors.New("the connection is given up")
)

// newLink returns a link that is not connected yet.
func newLink(c connecting) (*link, error) {
	l := &link{connecting: c, up: make(chan struct{}), down: make(chan struct{})}
	s, err := rest.NewSession(c.token, rest.RoundTripFunc(l.gatewayAddress))
	if err != nil {
		return nil, err
	}
	l.discord = s
	s.SyncEvents = true
	s.ShouldReconnectOnError = false
	s.Compress = false
	s.Identify.Compress = false
	s.Identify.Intents = c.intents
	s.Identify.Properties.Browser = "summitbot"
	s.Identify.Properties.Device = "summitbot"
	s.Identify.Properties.OS = runtime.GOOS
	s.ShardID, s.ShardCount = c.shard, c.count
	s.Dialer = &websocket.Dialer{
		HandshakeTimeout:  10 * time.Second,
		NetDialContext:    l.dial(c.network.Plain),
		NetDialTLSContext: l.dial(c.network.Encrypted),
	}
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		l.hand(dispatch{strings.TrimPrefix(e.Type, kindMark), e.Sequence, e.RawData})
	})
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		l.mu.Lock()
		defer l.mu.Unlock()
		closeOnce(l.down)
	})
	return l, nil
}

// gatewayAddress answers the one request that the session makes, which asks
// for the gateway's address. It is known already.
func (l *link) gatewayAddress(*http.Request) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{"url": l.url})
	if err != nil {
		return nil, fmt.Errorf("telling the gateway's address: %w", err)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
}

// dial opens connections that the link watches.
func (l *link) dial(open func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, kind, address string) (net.Conn, error) {
		l.mu.Lock()
		join, priming := l.join, l.priming
		l.mu.Unlock()
		if priming != nil {
			return priming, nil
		}
		ctx, cancel := join(ctx)
		defer cancel()
		c, err := open(ctx, kind, address)
		if err != nil {
			return nil, err
		}
		var turn func() error
		if l.session.ID == "" {
			turn = func() error {
				ctx, cancel := join(context.Background())
				defer cancel()
				return l.turn(ctx)
			}
		}
		w := watch(c, l.timing.hello, l.lease, turn, l.session.Sequence)
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

// hand hands a dispatch on, as long as it is this link's to take.
func (l *link) hand(d dispatch) {
	l.mu.Lock()
	if l.priming != nil {
		l.primed = d.kind == "READY"
		l.mu.Unlock()
		return
	}
	l.mu.Unlock()
	l.handing.Lock()
	defer l.handing.Unlock()
	if l.shut {
		return
	}
	why := error(nil)
	if l.lease.over() {
		why = errLease
	} else if d.kind == "READY" {
		_, why = readReady(d.data)
	}
	if why != nil {
		l.shut = true
		l.abandon(why)
		return
	}
	l.receive(d)
	if d.kind == "READY" || d.kind == "RESUMED" {
		l.mu.Lock()
		closeOnce(l.up)
		l.mu.Unlock()
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

// connection is the connection, nil when there has been none.
func (l *link) connection() *gatewayConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// connect opens the connection and waits until it is up: identified, or
// resumed when there is something to resume. When it fails, the connection is
// lost, and release remains to be called.
func (l *link) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, l.timing.open, errLate)
	defer cancel()
	l.mu.Lock()
	l.join = joined(ctx)
	l.mu.Unlock()
	if l.session.ID != "" {
		if err := l.prime(); err != nil {
			return err
		}
	}
	opened := make(chan error, 1)
	go func() { opened <- l.open() }()

	var err error
	select {
	case err = <-opened:
	case <-ctx.Done():
		l.abandon(context.Cause(ctx))
		err = <-opened // Open reads from a closed connection now
	}
	if err != nil {
		return l.cause(err)
	}
	conn := l.connection()
	l.mu.Lock()
	l.opened = true
	l.mu.Unlock()
	select {
	case <-l.up:
		return nil
	case <-conn.lost:
	case <-ctx.Done():
		l.abandon(context.Cause(ctx))
	}
	l.drain(conn)
	return l.cause(conn.why)
}

// drain waits until discordgo has handed on what had come before the
// connection was lost: a session that has ended does not send it again.
func (l *link) drain(c *gatewayConn) {
	<-c.lost
	select {
	case <-c.empty:
	case <-l.down:
	}
}

// open calls discordgo's Open and survives it.
func (l *link) open() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("opening the gateway: panic: %v", p)
		}
	}()
	return l.discord.Open()
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
			if closed, ok := errors.AsType[*websocket.CloseError](c.why); ok {
				return rest.RedactClose(closed, l.token)
			}
			if !errors.Is(c.why, net.ErrClosed) {
				return c.why
			}
		default:
		}
	}
	return err
}

// wait waits until the connection is lost, and says why, or until the context
// ends.
func (l *link) wait(ctx context.Context) error {
	conn := l.connection()
	select {
	case <-conn.lost:
		l.drain(conn)
		return l.cause(conn.why)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop ends the handing on of dispatches, at once: when it returns, none is
// being handed on, and none will be.
func (l *link) stop() {
	l.handing.Lock()
	defer l.handing.Unlock()
	l.shut = true
}

// release gives the connection up, and returns when discordgo has let go of
// it, which takes it a second. The session can be resumed by whoever knows it,
// unless the bot takes leave of Discord (close code 1000).
func (l *link) release(leave bool) {
	l.stop()
	l.mu.Lock()
	opened := l.opened
	l.mu.Unlock()
	if leave && opened {
		// Its error is that of a connection lost at the same moment.
		_ = l.discord.CloseWithCode(websocket.CloseNormalClosure)
	}
	l.abandon(errLeft)
	if opened {
		<-l.down
	}
}
