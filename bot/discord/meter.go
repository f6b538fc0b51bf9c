package discord

import (
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
)

// A Meter counts what the bot does. Its methods return at once, and are called
// from several goroutines at a time.
type Meter interface {
	rest.Meter
	gateway.Meter
	worker.Meter
}

// unmetered counts nothing.
type unmetered struct{}

func (unmetered) Heard(worker.Hearing)                             {}
func (unmetered) Answered(bot.Answer, error, error)                {}
func (unmetered) Took(worker.Stage, time.Duration)                 {}
func (unmetered) Requested(string, int, rest.Scope, time.Duration) {}
func (unmetered) Lost(gateway.Loss)                                {}
