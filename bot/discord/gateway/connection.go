package gateway

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
	Intents        = discordgo.IntentGuildMessages | discordgo.IntentDirectMessages
	ContentIntents = Intents | discordgo.IntentGuilds | discordgo.IntentMessageContent
)

// A dispatch is an event of the gateway's.
type dispatch struct {
	kind     string
	sequence int64
	data     json.RawMessage
}

// A connecting is what it takes to open a connection to the gateway.
type connectOptions struct {
	token   string
	network rest.Network
	timing  Timing
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

// A connection is one connection to the gateway, with the discordgo session above
// it. When it is lost, it is thrown away.
type connection struct {
	connectOptions
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

// newConnection returns a connection that is not connected yet.
func newConnection(c connectOptions) (*connection, error) {
	cn := &connection{connectOptions: c, up: make(chan struct{}), down: make(chan struct{})}
	s, err := rest.NewSession(c.token, rest.RoundTripFunc(cn.gatewayAddress))
	if err != nil {
		return nil, err
	}
	cn.discord = s
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
		NetDialContext:    cn.dial(c.network.Plain),
		NetDialTLSContext: cn.dial(c.network.Encrypted),
	}
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		cn.hand(dispatch{strings.TrimPrefix(e.Type, kindMark), e.Sequence, e.RawData})
	})
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		cn.mu.Lock()
		defer cn.mu.Unlock()
		closeOnce(cn.down)
	})
	return cn, nil
}

// gatewayAddress answers the one request that the session makes, which asks
// for the gateway's address. It is known already.
func (cn *connection) gatewayAddress(*http.Request) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{"url": cn.url})
	if err != nil {
		return nil, fmt.Errorf("telling the gateway's address: %w", err)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
}

// dial opens connections that the connection watches.
func (cn *connection) dial(open func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, kind, address string) (net.Conn, error) {
		cn.mu.Lock()
		join, priming := cn.join, cn.priming
		cn.mu.Unlock()
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
		if cn.session.ID == "" {
			turn = func() error {
				ctx, cancel := join(context.Background())
				defer cancel()
				return cn.turn(ctx)
			}
		}
		w := watch(c, cn.timing.Hello, cn.lease, turn, cn.session.Sequence)
		cn.mu.Lock()
		cn.conn = w
		cn.mu.Unlock()
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

// hand hands a dispatch on, as long as it is this connection's to take.
func (cn *connection) hand(d dispatch) {
	cn.mu.Lock()
	if cn.priming != nil {
		cn.primed = d.kind == "READY"
		cn.mu.Unlock()
		return
	}
	cn.mu.Unlock()
	cn.handing.Lock()
	defer cn.handing.Unlock()
	if cn.shut {
		return
	}
	why := error(nil)
	if cn.lease.over() {
		why = ErrLease
	} else if d.kind == "READY" {
		_, why = ReadReady(d.data)
	}
	if why != nil {
		cn.shut = true
		cn.abandon(why)
		return
	}
	cn.receive(d)
	if d.kind == "READY" || d.kind == "RESUMED" {
		cn.mu.Lock()
		closeOnce(cn.up)
		cn.mu.Unlock()
	}
}

// closeOnce closes c if it is still open. Its callers hold the connection's lock.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// connection is the connection, nil when there has been none.
func (cn *connection) watched() *gatewayConn {
	cn.mu.Lock()
	defer cn.mu.Unlock()
	return cn.conn
}

// connect opens the connection and waits until it is up: identified, or
// resumed when there is something to resume. When it fails, the connection is
// lost, and release remains to be called.
func (cn *connection) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, cn.timing.Open, errLate)
	defer cancel()
	cn.mu.Lock()
	cn.join = joined(ctx)
	cn.mu.Unlock()
	if cn.session.ID != "" {
		if err := cn.prime(); err != nil {
			return err
		}
	}
	opened := make(chan error, 1)
	go func() { opened <- cn.open() }()

	var err error
	select {
	case err = <-opened:
	case <-ctx.Done():
		cn.abandon(context.Cause(ctx))
		err = <-opened // Open reads from a closed connection now
	}
	if err != nil {
		return cn.cause(err)
	}
	conn := cn.watched()
	cn.mu.Lock()
	cn.opened = true
	cn.mu.Unlock()
	select {
	case <-cn.up:
		return nil
	case <-conn.lost:
	case <-ctx.Done():
		cn.abandon(context.Cause(ctx))
	}
	cn.drain(conn)
	return cn.cause(conn.why)
}

// drain waits until discordgo has handed on what had come before the
// connection was lost: a session that has ended does not send it again.
func (cn *connection) drain(c *gatewayConn) {
	<-c.lost
	select {
	case <-c.empty:
	case <-cn.down:
	}
}

// open calls discordgo's Open and survives it.
func (cn *connection) open() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("opening the gateway: panic: %v", p)
		}
	}()
	return cn.discord.Open()
}

// abandon ends the connection, if there is one.
func (cn *connection) abandon(why error) {
	if c := cn.watched(); c != nil {
		c.end(why)
	}
}

// cause is why the connection ended, as its frames told it, or else err.
func (cn *connection) cause(err error) error {
	if c := cn.watched(); c != nil {
		select {
		case <-c.lost:
			if closed, ok := errors.AsType[*websocket.CloseError](c.why); ok {
				return rest.RedactClose(closed, cn.token)
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
func (cn *connection) wait(ctx context.Context) error {
	conn := cn.watched()
	select {
	case <-conn.lost:
		cn.drain(conn)
		return cn.cause(conn.why)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop ends the handing on of dispatches, at once: when it returns, none is
// being handed on, and none will be.
func (cn *connection) stop() {
	cn.handing.Lock()
	defer cn.handing.Unlock()
	cn.shut = true
}

// release gives the connection up, and returns when discordgo has let go of
// it, which takes it a second. The session can be resumed by whoever knows it,
// unless the bot takes leave of Discord (close code 1000).
func (cn *connection) release(leave bool) {
	cn.stop()
	cn.mu.Lock()
	opened := cn.opened
	cn.mu.Unlock()
	if leave && opened {
		// Its error is that of a connection lost at the same moment.
		_ = cn.discord.CloseWithCode(websocket.CloseNormalClosure)
	}
	cn.abandon(errLeft)
	if opened {
		<-cn.down
	}
}

// prime gives the discordgo session a gateway session to go on with.
func (cn *connection) prime() error {
	ours, theirs := net.Pipe()
	cn.mu.Lock()
	cn.priming = theirs
	cn.mu.Unlock()
	served := make(chan error, 1)
	go func() {
		err := sayReady(ours, cn.session.ID, cn.session.Sequence)
		served <- errors.Join(err, ours.Close())
	}()
	opened := cn.open()
	_ = theirs.Close() // whether or not it was used
	err := <-served
	cn.mu.Lock()
	defer cn.mu.Unlock()
	cn.priming = nil
	if !cn.primed || opened == nil {
		return fmt.Errorf("%w: %w", errPrime, errors.Join(err, opened))
	}
	return nil
}
