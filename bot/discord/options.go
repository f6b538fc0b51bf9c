package discord

import (
	"context"
	"log/slog"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/queue"
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
	// Retells says whether it can.
	Retell(ctx context.Context, a bot.Answer, style bot.Style) bot.Answer
	Retells(a bot.Answer, style bot.Style) bool
	// JudgeState is what is known of who judges a model's words.
	JudgeState() bot.JudgeState
	// Complete goes on from what is typed so far, in a language.
	Complete(typed, lang string, limit, most int) []string
	// Articles are what is answered from, at least one.
	Articles() []*retrieval.Article
}

// A Ledger keeps the rows of questions, and hands them out to one process at a
// time: package queue says what becomes of them. A claim ends by itself after
// queue.ClaimLife when it is not renewed. What changes a claimed row, and
// does not find it at its fence and its revision, returns queue.ErrTaken or
// queue.ErrRevised. While the store is away, a Ledger keeps in memory what it
// accepts, answers soon all the same, and has its other calls fail.
type Ledger interface {
	// Accept makes a row, with what it takes of its member's quota.
	Accept(ctx context.Context, r queue.Row, t queue.Terms) (queue.Acceptance, error)
	// Claim takes up to most open rows that are due and that nobody works on, but
	// none of those in hand, nor in the places that are full: those whose turn it
	// is first, and one at a time of what a member asked in one place.
	Claim(ctx context.Context, most int, inHand, full []string) ([]queue.Row, error)
	// Renew renews the claims of what is in hand, tells which of it is another's by
	// now, closed or revised, and counts the open rows.
	Renew(ctx context.Context, inHand []queue.Held) (open int, changed []string, err error)
	// Read reads a claimed row anew, and renews its claim.
	Read(ctx context.Context, id string, fence int) (queue.Row, error)
	// Record keeps what stands of a claimed row, and whether it is acknowledged.
	Record(ctx context.Context, r queue.Row) error
	// Answer keeps the answer to a claimed row before it is posted, with Posts.
	Answer(ctx context.Context, r queue.Row, a queue.Result) error
	// Settle closes a claimed row of which all stands that should, with Posts.
	Settle(ctx context.Context, r queue.Row) error
	// Abandon closes a claimed row for a reason, which operators read, with Posts.
	Abandon(ctx context.Context, r queue.Row, reason string) error
	// Release gives up one claim, with Posts; after a pause anybody may claim the
	// row. ReleaseAll gives up all of this process's at once.
	Release(ctx context.Context, r queue.Row, pause time.Duration) error
	ReleaseAll(ctx context.Context) error
	// Acknowledge notes that an interaction was acknowledged, whoever has it.
	Acknowledge(ctx context.Context, id string) error
	// Revise changes what is asked (Text, Edited, Event), unless that is no news:
	// the row is Accepted again.
	Revise(ctx context.Context, r queue.Row, t queue.Terms) (queue.Revision, error)
	// Withdraw has what stands of a question taken back, with what has to be known
	// for that (Event), and tells whether there is such a row. Where it must, it
	// makes one, so that what stands without one is taken back too.
	Withdraw(ctx context.Context, r queue.Row, must bool) (known bool, err error)
	// Stop stops answering a question, and tells whether there was something to
	// stop.
	Stop(ctx context.Context, id string) (stopped bool, err error)
	// Lose notes that a message was deleted, if it is a recorded post that stands.
	Lose(ctx context.Context, message string) error
	// Ahead counts the rows before one that nobody has claimed; it is negative for
	// one that is claimed, or waits for its member's own question alone.
	Ahead(ctx context.Context, id string) (int, error)
	// Nudges tells that there may be something to claim, and Revised the ids of
	// rows that were changed from outside, maybe by another process.
	Nudges() <-chan struct{}
	Revised() <-chan string
	// Away tells whether the store was, when it was asked last.
	Away() bool
	// Durable tells whether rows outlive the process, and Shared whether other
	// processes may claim them.
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
	// AskedFor is the question that a message answers, or the one with an id,
	// empty if not known.
	AskedFor(ctx context.Context, message, question string) (string, error)
	// Places are where questions were asked since a moment, the one where one
	// was asked last first.
	Places(ctx context.Context, since time.Time) ([]bot.Place, error)
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
	// Model says that the Answerer asks a model, and JudgeElsewhere that another
	// server receives the same, to judge what it writes.
	Model, JudgeElsewhere bool
	// Styles says that the Answerer can tell lists in other words than the
	// article's, so that the commands offer it.
	Styles bool
	// Clock shows Discord's time, which the bot tells it; nil is one of its own.
	Clock *bot.Clock
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
	// Workers is how many questions are answered at a time, at least 1. Those
	// that wait to be posted do not count.
	Workers int
	// Shards is how many connections the bot's servers are dealt out among; 0
	// is as many as Discord recommends.
	Shards int
	// Share shares the shards with the bot's other processes, and keeps their
	// sessions for the next run. Nil is neither: this process holds all.
	Share gateway.Shards
	// RequestsPerSecond is how many requests are sent in any second; 0 is what
	// Discord allows, and nothing else will do there. A test server may take
	// more.
	RequestsPerSecond int
	// Slots share that limit among all processes of one token; nil when there
	// is no other process.
	Slots rest.Slots
	// Meter counts what the bot does; nil means nobody does.
	Meter Meter
	// Drain is how long Run goes on answering the questions that it has
	// after its context has ended. 0 drops them.
	Drain time.Duration
	// Ready is called once, with the bot's user name, when it is connected
	// and its commands are registered. It may be nil.
	Ready func(name string)
}
