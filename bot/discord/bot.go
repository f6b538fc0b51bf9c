package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/retrieval"
)

// An Answerer answers questions. Answer is called from several goroutines at
// a time, and should return soon after its context has ended. Its error is
// for the operator; the member is told that something went wrong.
type Answerer interface {
	// Stream answers a question. While the answer is being written, show gets
	// what is written so far; it is not called after Stream has returned.
	Stream(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error)
	// Check says what the articles say of a claim.
	Check(ctx context.Context, claim string) (bot.Checked, error)
	// Recite answers with sentences of an article, Retell in another style.
	Recite(q bot.Question, article string, sentences []string) (bot.Answer, error)
	Retell(ctx context.Context, a bot.Answer, style bot.Style) bot.Answer
	// Complete goes on from what is typed so far.
	Complete(typed string, limit, most int) []string
	// Articles are what is answered from, at least one.
	Articles() []*retrieval.Article
}

// A Ledger keeps questions from when they are accepted until they are
// finished, and hands them out to one process at a time. Its claims end by
// themselves after bot.ClaimLife when they are not renewed.
type Ledger interface {
	// Accept keeps a question, with what it takes of its member's quota.
	Accept(ctx context.Context, p bot.Pending, t bot.Terms) (bot.Acceptance, error)
	// Claim takes up to most open questions that nobody answers, but none of
	// those in hand.
	Claim(ctx context.Context, most int, inHand []string) ([]bot.Pending, error)
	// Renew renews the claims of what is in hand, and counts the open questions.
	Renew(ctx context.Context, inHand []string) (open int, err error)
	// Drop gives up one claim; after a pause anybody may claim the question.
	// Release gives up all of this process's at once.
	Drop(ctx context.Context, p bot.Pending, pause time.Duration) error
	Release(ctx context.Context) error
	// Holds renews one claim, Answered keeps the answer before it is posted,
	// and Finish closes the question. They return bot.ErrTaken when the claim
	// is over.
	Holds(ctx context.Context, p bot.Pending) error
	Answered(ctx context.Context, p bot.Pending, answer string) error
	Finish(ctx context.Context, f bot.Finished) error
	// Cancel closes a question that is not to be answered any more, whoever
	// has claimed it.
	Cancel(ctx context.Context, id string) error
	// Amend changes what is needed to answer a question that nobody has
	// claimed yet; it is false for others.
	Amend(ctx context.Context, id, event string) (bool, error)
	// Ahead counts the questions before one that nobody has claimed; it is
	// negative for one that is claimed.
	Ahead(ctx context.Context, id string) (int, error)
	// Nudges tells that there may be something to claim.
	Nudges() <-chan struct{}
	// Durable tells whether questions outlive the process, and Shared whether
	// other processes may claim them.
	Durable() bool
	Shared() bool
}

// Records know what was asked before, and what members think of it.
type Records interface {
	// Take lets a member do what costs as much as a question, or tells how
	// long they have to wait.
	Take(ctx context.Context, member string, perMinute int) (wait time.Duration, err error)
	// History is what a member asked last in a place, the oldest first, and
	// Move takes it to another place.
	History(ctx context.Context, place, member string) ([]string, error)
	Move(ctx context.Context, from, to, member string) error
	// AskedFor is the question that a message answers, empty if not known.
	AskedFor(ctx context.Context, message string) (string, error)
	// Places are where questions were asked since a moment, with the id of
	// the newest in each.
	Places(ctx context.Context, since time.Time) ([]bot.Pending, error)
	// Vote keeps a vote in place of the member's earlier one on the answer.
	Vote(ctx context.Context, v bot.Vote) error
	// Forget deletes what is kept of a member.
	Forget(ctx context.Context, member string) error
}

// A Reporter tells what was asked in a server.
type Reporter interface {
	// Report is what was asked since a moment, in plain text of less than
	// 2,000 characters, and a picture of the article, a PNG.
	Report(ctx context.Context, server string, since time.Time) (text string, picture []byte, err error)
}

// A Role says which part of the work a process does.
type Role string

// The roles.
const (
	Everything Role = "all"     // hears questions and answers them
	Gateway    Role = "gateway" // hears questions, and leaves them to workers
	Worker     Role = "worker"  // answers what others have heard
)

// Options says how a Bot works.
type Options struct {
	// Token is the bot's token, without "Bot " in front. It is never logged,
	// and no error holds it.
	Token string
	// APIURL is empty for Discord itself, or the address of a test server on
	// loopback, such as http://127.0.0.1:8080; /api, /api/v9 or /api/v10 may
	// stand behind it.
	APIURL string
	// GuildID is the server whose members get the slash commands, at once.
	// Empty registers them globally.
	GuildID  string
	Answerer Answerer
	// Styles says that the Answerer can tell lists in other words than the
	// article's, so that the commands offer it.
	Styles bool
	// Role is Everything when it is empty.
	Role    Role
	Ledger  Ledger
	Records Records
	// Reports may be nil: then /report is answered with that it is not known.
	Reports Reporter
	Log     *slog.Logger
	// Channels are the ids of those in servers where mentions are answered;
	// none means all. Slash commands are the servers' own business.
	Channels []string
	// PerMinute is how many questions a member may ask in a minute; 0 is any
	// number.
	PerMinute int
	// MessageContent says that the bot has that privileged intent, and reads
	// in its own threads what does not mention it.
	MessageContent bool
	// KeptDays is for how many days the Records keep words; 0 is half an hour.
	KeptDays int
	// Workers is how many questions are answered at a time, at least 1: asked
	// for, thought about, or waiting to be posted.
	Workers int
	// Shards is how many connections the bot's servers are dealt out among; 0
	// is as many as Discord recommends.
	Shards int
	// Share shares the shards with the bot's other processes, and keeps their
	// sessions for the next run. Nil is neither: this process holds all.
	Share Shards
	// RequestsPerSecond is how many requests are sent in any second; 0 is what
	// Discord allows, and nothing else will do there. A test server may take
	// more.
	RequestsPerSecond int
	// Slots share that limit among all processes of one token; nil when there
	// is no other process.
	Slots Slots
	// Meter counts what the bot does; nil means nobody does.
	Meter Meter
	// Drain is how long Run goes on answering the questions that it has
	// after its context has ended. 0 drops them.
	Drain time.Duration
	// Ready is called once, with the bot's user name, when it is connected
	// and its commands are registered. It may be nil.
	Ready func(name string)
}

// A Bot answers questions on Discord. Run it once.
type Bot struct {
	token    string
	server   string
	role     Role
	answerer Answerer
	ledger   Ledger
	records  Records
	reports  Reporter
	styles   bool
	content  bool
	keptDays int
	channels []string
	log      *slog.Logger
	meter    Meter
	drain    time.Duration
	ready    func(string)
	shards   int // 0: as many as Discord recommends
	share    Shards

	network network
	gate    *gate
	api     *api
	timing  timing
	intake  *queue                    // of questions that are being accepted
	queue   *queue                    // of what is being answered
	hand    *hand                     // the questions that this process has claimed
	leases  leases                    // until when it has them
	away    atomic.Bool               // the store was, when it was asked last
	waiters chan waiter               // the questions that nobody has claimed yet
	heard   *recent[string, string]   // ids of messages and interactions, with who wrote them
	denied  *recent[string, struct{}] // channels known to lack a permission
	asked   *recent[string, question] // by the id of an answer
	given   *recent[string, given]    // by the id of a question, its answer
	threads *recent[string, bool]     // by their ids, whether they are the bot's own
	pace    *pace
	// shardsNow is what State tells of the shards; nil before there are any.
	shardsNow atomic.Pointer[shardState]

	self    atomic.Pointer[self]
	first   sync.Once
	isReady chan struct{}           // closed when all shards are up
	fail    context.CancelCauseFunc // ends Run; set by it
}

// self is who the bot is, copied at READY.
type self struct{ user, name, application string }

// New returns a bot. Its errors say which option is wrong.
func New(o Options) (*Bot, error) {
	base, err := parseAPIURL(o.APIURL)
	if err == nil {
		err = CheckToken(o.Token)
	}
	switch {
	case err != nil:
		return nil, err
	case o.Answerer == nil:
		return nil, errors.New("there is no answerer")
	case len(o.Answerer.Articles()) == 0:
		return nil, errors.New("there is no article")
	case o.Ledger == nil || o.Records == nil:
		return nil, errors.New("there is no place for questions")
	case !slices.Contains([]Role{"", Everything, Gateway, Worker}, o.Role):
		return nil, fmt.Errorf("there is no role %q: say %s, %s or %s", o.Role, Everything, Gateway, Worker)
	case o.Role != "" && o.Role != Everything && !o.Ledger.Shared():
		return nil, fmt.Errorf("the role %s needs a database that processes share (DATABASE_URL)", o.Role)
	case o.PerMinute < 0:
		return nil, fmt.Errorf("%d questions a minute are no limit", o.PerMinute)
	case o.Log == nil:
		return nil, errors.New("there is no log")
	case o.Workers < 1:
		return nil, fmt.Errorf("%d workers answer nothing", o.Workers)
	case o.RequestsPerSecond < 0 || o.RequestsPerSecond > 0 && base == nil:
		return nil, errors.New("only for a test server can the number of requests per second be set")
	case o.Drain < 0:
		return nil, fmt.Errorf("the time to drain is %v", o.Drain)
	case o.Shards < 0:
		return nil, fmt.Errorf("%d shards connect nothing", o.Shards)
	}
	b := &Bot{
		token: o.Token, server: o.GuildID, answerer: o.Answerer, role: cmp.Or(o.Role, Everything), ledger: o.Ledger, records: o.Records, reports: o.Reports, styles: o.Styles, content: o.MessageContent, keptDays: o.KeptDays, channels: o.Channels, log: o.Log, drain: o.Drain, ready: o.Ready, shards: o.Shards, share: o.Share,
		network: network{loopback: base != nil},
		timing:  defaultTiming,
		intake:  newQueue(intakeRoom),
		queue:   newQueue(queueRoom),
		hand:    newHand(o.Workers),
		waiters: make(chan waiter, waitersRoom),
		heard:   newRecent[string, string](8192),
		denied:  newRecent[string, struct{}](1024),
		asked:   newRecent[string, question](4096),
		given:   newRecent[string, given](4096),
		threads: newRecent[string, bool](4096),
		pace:    newPace(o.PerMinute),
		isReady: make(chan struct{}),
	}
	var transport http.RoundTripper = b.network.transport()
	if b.meter = o.Meter; b.meter == nil {
		b.meter = unmetered{}
	} else {
		transport = metered{b.network.transport(), b.meter}
	}
	perSecond := cmp.Or(o.RequestsPerSecond, RequestsPerSecond)
	var slots *slotQueue
	if o.Slots != nil {
		slots = newSlotQueue(o.Slots, perSecond, o.Log)
	}
	b.gate = newGate(base, transport, perSecond, slots)
	session, err := newSession(o.Token, b.gate)
	if err != nil {
		return nil, err
	}
	b.api = &api{session: session, log: o.Log, pace: 1, metered: o.Meter != nil}
	discordgoLog.Store(&sink{o.Log, o.Token})
	return b, nil
}

// CheckToken says what is wrong with a token that cannot be one.
func CheckToken(token string) error {
	switch {
	case strings.TrimSpace(token) == "":
		return errors.New("the bot's token is empty")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the bot's token holds a character that no token has")
	}
	return nil
}

// Run connects and answers until the context ends. Then it hears no more
// questions, goes on for Options.Drain at most with those it has, leaves the
// others to the next run or to other processes, and returns nil. Before that
// it returns only for what no retry mends, a *FatalError.
func (b *Bot) Run(ctx context.Context) error {
	life := context.WithoutCancel(ctx)
	gateway, leave := context.WithCancelCause(life)
	work, stopWork := context.WithCancel(life)
	post, stopPost := context.WithCancel(life)
	claiming, stopClaiming := context.WithCancel(life)
	defer leave(nil)
	defer stopWork()
	defer stopPost()
	defer stopClaiming()
	b.fail = leave
	receive := func(kind string, data json.RawMessage) barrier {
		return b.receive(claiming, work, post, kind, data)
	}
	begun := time.Now()
	b.leases.unbroken.Store(&begun)

	var hearing, claims, others sync.WaitGroup
	quiet := make(chan struct{})
	if b.role == Worker {
		close(quiet)
		hearing.Go(func() { leave(b.introduce(gateway)) })
	} else {
		hearing.Go(func() { leave(b.supervise(ctx, gateway, receive, func() { close(quiet) })) })
		hearing.Go(func() { leave(b.prepare(gateway)) })
	}
	others.Go(func() { b.keepClaims(post) })
	others.Go(func() { b.tellWaiters(claiming, post) })
	if b.role != Gateway {
		claims.Go(func() { b.claim(claiming, work, post) })
	}

	select {
	case <-ctx.Done():
	case <-gateway.Done():
	}
	refused := gateway.Err() != nil
	stopClaiming()
	<-quiet // what was handed on is being accepted, and what comes now is for whoever connects next
	claims.Wait()
	b.finish(refused, stopWork, stopPost)
	others.Wait()
	b.letGo(life)
	leave(nil)
	hearing.Wait()
	if t, ok := b.gate.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	if f := fatal(context.Cause(gateway)); f != nil {
		return f
	}
	if err := context.Cause(gateway); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// finish waits for the questions that are in hand, unless Discord has refused
// the bot. Answering ends a little before posting does, so that there is time
// to tell the askers.
func (b *Bot) finish(refused bool, stopWork, stopPost func()) {
	drain := b.drain
	if refused {
		drain = 0
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		b.intake.close() // what is heard is accepted first
		<-b.intake.drained()
		b.queue.close()
		<-b.queue.drained()
	}()
	for _, step := range []struct {
		after time.Duration
		stop  func()
	}{{drain * 9 / 10, stopWork}, {drain / 10, stopPost}} {
		t := time.NewTimer(step.after)
		select {
		case <-drained:
		case <-t.C:
		}
		t.Stop()
		step.stop()
	}
	<-drained
}

// prepare registers the commands once the bot is connected, and says that it
// is ready. It returns an error only when retrying is useless, and otherwise
// waits for the context's end.
func (b *Bot) prepare(ctx context.Context) error {
	select {
	case <-b.isReady:
	case <-ctx.Done():
		return nil
	}
	me := b.self.Load()
	for try := 1; ; try++ {
		changed, err := b.api.register(ctx, me.application, b.server, b.styles)
		if err == nil {
			b.log.Info("the commands are registered", "changed", changed)
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		if f := fatal(err); f != nil {
			return f
		}
		if r, ok := errors.AsType[*refusal](err); ok {
			return &FatalError{r.Status, commandsRefused(r, b.server)}
		}
		pause := b.timing.pause(try)
		b.log.Warn("the commands are not registered yet", "cause", err, "pause", pause)
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
	if b.ready != nil {
		b.ready(me.name)
	}
	<-ctx.Done()
	return nil
}

// introduce finds out who the bot is where no gateway tells, and says that it
// is ready. It returns an error only when retrying is useless, and otherwise
// waits for the context's end.
func (b *Bot) introduce(ctx context.Context) error {
	for try := 1; ; try++ {
		me, err := b.api.me(ctx)
		if err == nil {
			b.self.Store(&me)
			break
		}
		if f := fatal(err); f != nil {
			return f
		}
		if ctx.Err() != nil {
			return nil
		}
		pause := b.timing.pause(try)
		b.log.Warn("Discord has not said yet who the bot is", "cause", err, "pause", pause)
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
	b.first.Do(func() { close(b.isReady) })
	if b.ready != nil {
		b.ready(b.self.Load().name)
	}
	<-ctx.Done()
	return nil
}

// commandsRefused says what to do when Discord does not take the commands.
func commandsRefused(r *refusal, server string) string {
	if server != "" {
		return fmt.Sprintf("Discord refused the commands for server %s (%s): check DISCORD_GUILD_ID, and invite the bot there with the scope applications.commands", server, r.Message)
	}
	return fmt.Sprintf("Discord refused the commands (%s, HTTP %d, code %d): install a newer release", r.Message, r.Status, r.Code)
}

// receive takes one dispatch. It is called in the gateway's order, on the
// goroutine that reads it, and so does nothing that waits. What comes of the
// dispatch is worked out under work, and posted under post. For a new session,
// which is not told what came before it, that is read under hearing; until the
// barrier that is returned is passed, the session is not one to go on from.
func (b *Bot) receive(hearing, work, post context.Context, kind string, data json.RawMessage) (before barrier) {
	defer b.survive("reading a dispatch")
	var err error
	switch kind {
	case "READY":
		var r ready
		if err = json.Unmarshal(data, &r); err == nil {
			b.self.Store(&self{r.User.ID, r.User.Username, r.Application.ID})
			read := make(chan struct{})
			before = barrier{read}
			b.intake.add(fmt.Sprint("missed by shard ", r.Shard[0]), true, func(turn <-chan struct{}) {
				defer b.survive("reading what was missed")
				<-turn
				if b.catchUp(hearing, work, post, r.Shard) {
					close(read)
				}
			})
		}
	case "MESSAGE_CREATE":
		var m message
		if err = json.Unmarshal(data, &m); err == nil {
			b.onMessage(work, post, m, false)
		}
	case "MESSAGE_UPDATE":
		var m message
		if err = json.Unmarshal(data, &m); err == nil {
			b.onEdit(work, post, m)
		}
	case "MESSAGE_DELETE":
		var m message
		if err = json.Unmarshal(data, &m); err == nil {
			b.onDelete(post, m)
		}
	case "GUILD_CREATE":
		var g struct {
			Threads []channel `json:"threads"`
		}
		if err = json.Unmarshal(data, &g); err == nil {
			b.onThreads(g.Threads...)
		}
	case "THREAD_CREATE":
		var t channel
		if err = json.Unmarshal(data, &t); err == nil {
			b.onThreads(t)
		}
	case "INTERACTION_CREATE":
		var i interaction
		if err = json.Unmarshal(data, &i); err == nil {
			b.onInteraction(work, post, i)
		}
	}
	if err != nil {
		b.log.Warn("a dispatch could not be read", "kind", kind, "cause", err)
	}
	return before
}

// survive keeps a panic from ending the process. Defer it.
func (b *Bot) survive(doing string) {
	if p := recover(); p != nil {
		b.log.Error("panic", "while", doing, "value", panicked(p))
		b.log.Debug("panic", "value", fmt.Sprint(p))
	}
}

// panicked is what the log tells of a panic's value. What Go itself says holds
// no member's words; other values may, and are told at debug level.
func panicked(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("a %T", p)
}
