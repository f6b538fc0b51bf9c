package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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
	// Move takes a member's conversation to another place, Forget ends all.
	Move(from, to, member string)
	Forget(member string)
	// Articles are what is answered from, at least one.
	Articles() []*retrieval.Article
}

// Votes keeps what members think of answers.
type Votes interface {
	// Vote keeps a vote in place of the member's earlier one on the answer.
	Vote(ctx context.Context, v bot.Vote) error
	// Forget deletes a member's votes.
	Forget(ctx context.Context, member string) error
}

// A Ledger keeps questions from when they are accepted until they are finished.
type Ledger interface {
	// Accept keeps a question; it is false for one that was accepted before.
	Accept(ctx context.Context, p bot.Pending) (fresh bool, err error)
	// Answered keeps the answer to a question before it is posted.
	Answered(ctx context.Context, id, answer string) error
	// Attempt counts one attempt more to answer what an earlier run has left.
	Attempt(ctx context.Context, id string) (attempts int, err error)
	// Finish closes a question.
	Finish(ctx context.Context, id string) error
	// Resume returns the questions that an earlier run has left open.
	Resume(ctx context.Context) ([]bot.Pending, error)
	// Places are where questions were asked since a moment, with the id of
	// the newest in each.
	Places(ctx context.Context, since time.Time) (map[string]string, error)
	// Durable tells whether questions outlive the process.
	Durable() bool
}

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
	Votes  Votes
	Ledger Ledger
	Log    *slog.Logger
	// Channels are the ids of those in servers where mentions are answered;
	// none means all. Slash commands are the servers' own business.
	Channels []string
	// PerMinute is how many questions a member may ask in a minute; 0 is any
	// number.
	PerMinute int
	// MessageContent says that the bot has that privileged intent, and reads
	// in its own threads what does not mention it.
	MessageContent bool
	// Workers is how many questions are answered at a time, at least 1.
	Workers int
	// RequestsPerSecond is how many requests are sent in any second; 0 is what
	// Discord allows, and nothing else will do there. A test server may take
	// more.
	RequestsPerSecond int
	// Slots share that limit among all processes of one token; nil when there
	// is no other process.
	Slots Slots
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
	answerer Answerer
	votes    Votes
	ledger   Ledger
	styles   bool
	content  bool
	channels []string
	log      *slog.Logger
	drain    time.Duration
	ready    func(string)

	network network
	gate    *gate
	api     *api
	timing  timing
	queue   *queue
	heard   *recent[string, struct{}] // ids of messages and interactions
	denied  *recent[string, struct{}] // channels known to lack a permission
	asked   *recent[string, question] // by the id of an answer
	given   *recent[string, given]    // by the id of a question, its answer
	threads *recent[string, struct{}] // ids of the bot's own threads
	pace    *pace

	self    atomic.Pointer[self]
	first   sync.Once
	isReady chan struct{}           // closed at the first READY
	fail    context.CancelCauseFunc // ends Run; set by it
}

// self is who the bot is, copied at READY.
type self struct{ user, name, application string }

// New returns a bot. Its errors say which option is wrong.
func New(o Options) (*Bot, error) {
	base, err := parseAPIURL(o.APIURL)
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(o.Token) == "":
		return nil, errors.New("the bot's token is empty")
	case strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("the bot's token holds a character that no token has")
	case o.Answerer == nil:
		return nil, errors.New("there is no answerer")
	case len(o.Answerer.Articles()) == 0:
		return nil, errors.New("there is no article")
	case o.Votes == nil:
		return nil, errors.New("there is no place for votes")
	case o.Ledger == nil:
		return nil, errors.New("there is no place for questions")
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
	}
	b := &Bot{
		token: o.Token, server: o.GuildID, answerer: o.Answerer, votes: o.Votes, ledger: o.Ledger, styles: o.Styles, content: o.MessageContent, channels: o.Channels, log: o.Log, drain: o.Drain, ready: o.Ready,
		network: network{loopback: base != nil},
		timing:  defaultTiming,
		queue:   newQueue(o.Workers),
		heard:   newRecent[string, struct{}](8192),
		denied:  newRecent[string, struct{}](1024),
		asked:   newRecent[string, question](4096),
		given:   newRecent[string, given](4096),
		threads: newRecent[string, struct{}](4096),
		pace:    newPace(o.PerMinute),
		isReady: make(chan struct{}),
	}
	perSecond := cmp.Or(o.RequestsPerSecond, discordPerSecond)
	var slots *slotQueue
	if o.Slots != nil {
		slots = newSlotQueue(o.Slots, perSecond, o.Log)
	}
	b.gate = newGate(base, b.network.transport(), perSecond, slots)
	session, err := newSession(o.Token, b.gate)
	if err != nil {
		return nil, err
	}
	b.api = &api{session: session, log: o.Log, pace: 1}
	discordgoLog.Store(&sink{o.Log, o.Token})
	return b, nil
}

// Run connects and answers until the context ends. Then it takes no more
// questions, goes on for Options.Drain at most with those it has, takes leave
// of Discord and returns nil. Before that it returns only for what no retry
// mends, a *FatalError.
func (b *Bot) Run(ctx context.Context) error {
	life := context.WithoutCancel(ctx)
	gateway, leave := context.WithCancelCause(life)
	work, stopWork := context.WithCancel(life)
	post, stopPost := context.WithCancel(life)
	defer leave(nil)
	defer stopWork()
	defer stopPost()
	b.fail = leave
	receive := func(kind string, data json.RawMessage) { b.receive(work, post, kind, data) }

	var wg sync.WaitGroup
	wg.Go(func() { leave(b.supervise(gateway, receive)) })
	wg.Go(func() { leave(b.prepare(gateway, func() { b.resume(work, post) })) })

	select {
	case <-ctx.Done():
	case <-gateway.Done():
	}
	b.queue.close()
	b.finish(gateway, stopWork, stopPost)
	leave(nil)
	wg.Wait()
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

// finish waits for the questions that are in the queue. Answering ends a
// little before posting does, so that there is time to tell the askers.
func (b *Bot) finish(gateway context.Context, stopWork, stopPost func()) {
	drained := b.queue.drained()
	drain := b.drain
	if gateway.Err() != nil {
		drain = 0 // Discord has refused the bot
	}
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
// is ready; then it goes on with what an earlier run has left. It returns an
// error only when retrying is useless, and otherwise
// waits for the context's end.
func (b *Bot) prepare(ctx context.Context, resume func()) error {
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
	resume()
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
// dispatch is worked out under work, and posted under post.
func (b *Bot) receive(work, post context.Context, kind string, data json.RawMessage) {
	defer b.survive("reading a dispatch")
	var err error
	switch kind {
	case "READY":
		var r ready
		if err = json.Unmarshal(data, &r); err == nil {
			b.self.Store(&self{r.User.ID, r.User.Username, r.Application.ID})
			again := true
			b.first.Do(func() { close(b.isReady); again = false })
			if again { // a new session, which is not told what came before it
				b.queue.note(func() {
					defer b.survive("reading what was missed")
					b.catchUp(work, post)
				})
			}
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
}

// survive keeps a panic from ending the process. Defer it.
func (b *Bot) survive(doing string) {
	if p := recover(); p != nil {
		b.log.Error("panic", "while", doing, "value", fmt.Sprint(p))
	}
}
