package discord

import (
	"context"
	"log/slog"
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

// A Ledger keeps questions from when they are accepted until they are
// finished, and hands them out to one process at a time. Its claims end by
// themselves after bot.ClaimLife when they are not renewed.
type Ledger interface {
	// Accept keeps a question, with what it takes of its member's quota.
	Accept(ctx context.Context, p bot.Pending, t bot.Terms) (bot.Acceptance, error)
	// Claim takes up to most open questions that nobody answers, but none of
	// those in hand.
	Claim(ctx context.Context, most int, inHand []string) ([]bot.Pending, error)
	// Renew renews the claims of what is in hand, tells whose claims are over,
	// and counts the open questions.
	Renew(ctx context.Context, inHand []string) (open int, lost []string, err error)
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
	// Known tells whether a question was accepted, by whomever; it may have
	// been finished long ago.
	Known(ctx context.Context, id string) (bool, error)
	// Amend changes what is needed to answer a question, if it is waiting, and
	// tells at which stage it is.
	Amend(ctx context.Context, id, event string) (bot.Stage, error)
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
