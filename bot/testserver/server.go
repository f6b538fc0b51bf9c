package testserver

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

//go:embed page
var pageFiles embed.FS

// Bot is an application that the server knows before it connects.
type Bot struct {
	Name  string // its user name, 1-32 letters, digits, _ - or .
	Token string // without the "Bot " prefix
	Portal
	// Uninvited keeps it out of every guild, as an application is before
	// somebody has followed its invite link.
	Uninvited bool
}

// Portal is what the owner of an application has set in the Developer Portal.
// The zero value grants all intents.
type Portal struct {
	// Withheld are the privileged intents that are not switched on, as bits of
	// an Identify's intents: an Identify with one of them is closed with 4014.
	Withheld int
	// InteractionsEndpoint is where interactions go instead of the gateway.
	// The server sends nothing there: they fail after 3 s.
	InteractionsEndpoint string
	// CodeGrant says that the invite link needs a full OAuth2 code grant.
	CodeGrant bool
	// Activity says that Activities are switched on: Discord has made the
	// Entry Point command by which they are opened, named "launch".
	Activity bool
}

// Options shapes a Server. The zero value is a server that accepts any token.
type Options struct {
	Log        *slog.Logger // nil: nothing is logged
	Bots       []Bot        // bots that exist from the start
	DefaultBot string       // name of the first unknown token's bot, empty: "bot"; later ones get -2, -3, ...
	Guild      string       // the one guild's name, empty: "Test server"
	Faults     Faults

	// HeartbeatInterval is what Hello announces; a client that lets one and a
	// half of it pass without a heartbeat is closed with 4009. 0: 41.25 s.
	HeartbeatInterval time.Duration
	// IdentifyInterval is the least time between two Identifies of one bot in
	// one max_concurrency bucket; a quicker one is answered with op 9. Discord
	// enforces 5 s. 0: not enforced, for tests that reconnect quickly.
	IdentifyInterval time.Duration
	// GlobalPerSecond is how many REST requests a second one bot may make
	// before the global 429. Interaction and webhook-token routes are exempt.
	// 0: Discord's 50; negative: no limit.
	GlobalPerSecond int
	// RouteLimits enforces limits like Discord's for each route and channel,
	// such as 5 messages in 5 s, and tells them in the headers.
	RouteLimits bool
	// Shards is how many shards GET /gateway/bot recommends, 0: 1.
	Shards int
	// MaxConcurrency is how many Identifies may come in one IdentifyInterval,
	// 0: 1.
	MaxConcurrency int
	// SessionStarts is how many Identifies a bot may send in a day, 0:
	// Discord's 1000. One more resets the bot's token, as on Discord: it is
	// closed with 4004, and the token answered with 401 from then on.
	SessionStarts int
	// CommandCreates is how many commands an application may create in a day,
	// globally and in each guild, 0: Discord's 200.
	CommandCreates int
	// SessionReset is how long that day is, 0: 24 h.
	SessionReset time.Duration
	// ClockSkew is how far the server's clock is ahead of this machine's, until
	// [Server.SetClock] says otherwise.
	ClockSkew time.Duration
	// TokenLife is for how long answers to an interaction are taken. 0:
	// Discord's 15 minutes.
	TokenLife time.Duration
	// Messages is how many are kept of each channel, the oldest go first. 0:
	// 1000.
	Messages int
	// Watch is told of all that happens, one event at a time and in order. It
	// must neither block nor call the server. It may be nil.
	Watch func(Event)
}

// Bounds of what clients can make the server keep.
const (
	defaultMessages  = 1000     // kept per channel, the oldest go first
	maxChannels      = 500      // text channels, DMs and threads
	maxUsers         = 5000     // people and bots
	maxBots          = 100      //
	maxGuilds        = 100      //
	maxWindows       = 10000    // of rate limits
	maxSessions      = 200      // gateway sessions, connected or resumable
	maxInteractions  = 10000    // the oldest go first
	maxReplay        = 5000     // events kept for a Resume, at most twice as many
	maxQueued        = 16384    // frames waiting for one slow client
	maxWire          = 2000     // records of traffic
	maxStoredFiles   = 64 << 20 // bytes of attachments
	maxJSONBody      = 1 << 20
	maxMultipartBody = 8 << 20
)

// Server is a Discord on one machine: REST, gateway, page and scripting
// interface behind one http.Handler. Its methods may be called from any
// goroutine.
type Server struct {
	opts  Options
	log   *slog.Logger
	clock clock
	rest  *http.ServeMux
	test  http.Handler
	page  http.Handler
	md    *markdown
	wire  wireLog
	done  chan struct{} // closed by Close
	wg    sync.WaitGroup

	mu     sync.Mutex // guards everything below
	closed bool
	faults Faults
	rates  map[*int]float64 // by a count of faults
	dice   *rand.Rand       // decides on faults at a rate
	state
}

// New returns a running server; it holds no goroutine until a client connects.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.DefaultBot == "" {
		o.DefaultBot = "bot"
	}
	if o.Guild == "" {
		o.Guild = "Test server"
	}
	if o.HeartbeatInterval <= 0 {
		o.HeartbeatInterval = 41250 * time.Millisecond
	}
	o.Shards, o.MaxConcurrency = max(o.Shards, 1), max(o.MaxConcurrency, 1)
	if o.SessionStarts <= 0 {
		o.SessionStarts = 1000
	}
	if o.CommandCreates <= 0 {
		o.CommandCreates = 200
	}
	if o.SessionReset <= 0 {
		o.SessionReset = 24 * time.Hour
	}
	if o.TokenLife <= 0 {
		o.TokenLife = tokenLife
	}
	if o.Messages <= 0 {
		o.Messages = defaultMessages
	}
	if o.GlobalPerSecond == 0 {
		o.GlobalPerSecond = 50
	}
	s := &Server{opts: o, log: o.Log, md: newMarkdown(), done: make(chan struct{})}
	s.clock.ahead = o.ClockSkew
	s.plan(o.Faults)
	s.state = newState(&s.clock, o.Guild)
	s.rest = s.restMux()
	s.test = s.testHandler()
	s.page = pageHandler()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addTextChannel(s.guilds[0], "general")
	for _, b := range o.Bots {
		s.addBot(b)
	}
	return s
}

// ServeHTTP answers REST below /api (also /api/v9 and /api/v10), the gateway
// at /gateway, attachments, scripting below /test/ and the page at /.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	gateway, rest := path == "/gateway" || path == "/gateway/", strings.HasPrefix(path, "/api/")
	switch {
	case !ownName(r) && !((gateway || rest) && discordHost(r.Host)):
		http.Error(w, "This server answers on loopback names only, not as "+strings.ToValidUTF8(r.Host, "?")+".", http.StatusForbidden)
	case gateway:
		s.serveGateway(w, r)
	case rest:
		s.serveREST(w, r)
	case strings.HasPrefix(path, "/attachments/"):
		s.serveAttachment(w, r)
	case strings.HasPrefix(path, "/test/"):
		s.test.ServeHTTP(w, r)
	default:
		s.page.ServeHTTP(w, r)
	}
}

// Close ends every gateway connection with 1001 and every event stream, and
// waits for their goroutines. It is safe to call it again.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
		for _, in := range s.interactions {
			in.stop()
		}
		for c := range s.conns {
			c.close(1001, "The server is going away.")
		}
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// enter counts the calling handler as one that Close waits for. It is false
// once the server is closed; else the caller calls s.wg.Done at its end.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Add(1)
	return true
}

// bot is one application and its user.
type bot struct {
	user     *User
	commands []*command
	limiter  *rate.Limiter // nil: unlimited
	portal   Portal
	outside  bool            // it is in no guild
	left     map[string]bool // ids of guilds that it was removed from
	starts   starts          // its Identifies
	content  bool            // its last Identify asked for MESSAGE_CONTENT
	ready    bool            // some session has had READY and GUILD_CREATE
	lastID   map[int]time.Time
	created  map[string]quota // commands, by the guild that they are for
}

// in tells whether the bot is in a guild.
func (b *bot) in(g *guild) bool { return !b.outside && !b.left[g.ID] }

// botFor returns the bot that a token belongs to, making it if it is new. The
// caller holds s.mu.
func (s *Server) botFor(token string) (*bot, error) {
	if b, ok := s.tokens[token]; ok {
		if b.starts.over {
			return nil, errUnauthorized()
		}
		return b, nil
	}
	if len(s.bots) >= maxBots || len(token) > 200 {
		return nil, errUnauthorized()
	}
	name := s.opts.DefaultBot
	for n := 2; s.userByName[name] != nil; n++ {
		name = fmt.Sprintf("%s-%d", s.opts.DefaultBot, n)
	}
	return s.addBot(Bot{Name: name, Token: token}), nil
}

// addBot makes the bot of a token. The caller holds s.mu.
func (s *Server) addBot(of Bot) *bot {
	id := tokenID(of.Token)
	if id == "" || s.users[id] != nil {
		id = s.clock.next()
	}
	u := &User{ID: id, Username: of.Name, Discriminator: "0000", Bot: true}
	b := &bot{user: u, lastID: map[int]time.Time{}, created: map[string]quota{}, portal: of.Portal, outside: of.Uninvited, left: map[string]bool{}}
	if n := s.opts.GlobalPerSecond; n > 0 {
		b.limiter = rate.NewLimiter(rate.Limit(n), n)
	}
	s.addUser(u)
	s.bots[id] = b
	s.botOrder = append(s.botOrder, b)
	s.tokens[of.Token] = b
	for _, g := range s.guilds {
		s.join(g, b)
	}
	if of.Activity {
		byDiscord := 2
		s.register(b, "", &command{Type: commandEntry, Name: "launch", Handler: &byDiscord, Contexts: []int{0, 1, 2}, IntegrationTypes: []int{0, 1}}, nil)
	}
	s.wire.hide(of.Token)
	return b
}

// pageHandler serves the embedded page under a policy that lets it load
// nothing from elsewhere.
func pageHandler() http.Handler {
	root, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return http.NotFoundHandler() // cannot happen: "page" is a valid path
	}
	files := http.FileServerFS(root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
}

// asAPIError turns any error into one that Discord could answer with.
func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return &apiError{Status: http.StatusInternalServerError, Message: "500: Internal Server Error"}
}
