package discord

import (
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
)

// A Meter counts what the bot does. Its methods return at once, and are called
// from several goroutines at a time.
type Meter interface {
	rest.Meter
	gateway.Meter
	workMeter
}

// unmetered counts nothing.
type unmetered struct{}

func (unmetered) Heard(Hearing)                                    {}
func (unmetered) Answered(bot.Answer, error, error)                {}
func (unmetered) Took(Stage, time.Duration)                        {}
func (unmetered) Requested(string, int, rest.Scope, time.Duration) {}
func (unmetered) Lost(gateway.Loss)                                {}
