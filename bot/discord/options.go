package discord

import (
	"context"
	"log/slog"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
)

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
	Answerer worker.Answerer
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
	Ledger  worker.Ledger
	Records worker.Records
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
