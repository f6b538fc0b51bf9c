package worker

import (
	"time"

	"summitbot/bot/discord/gateway"
)

// Timing holds the bot's patience. Its values are Discord's, except in tests.
type Timing struct {
	gateway.Timing
	Quick       time.Duration // an answer within it is posted without a placeholder
	Waiting     time.Duration // for somebody to claim a question, before its asker is told
	Edit        time.Duration // between two edits of a message; faster ones Discord slows down
	Retype      time.Duration // typing is shown again after it; Discord shows it for 10 s
	Acknowledge time.Duration // for the acknowledgement of an interaction; Discord allows 3 s
	Overlap     time.Duration // what is read again of what an earlier session has told of
	Register    time.Duration // between two tries to register commands that Discord refuses, at most
	Nonce       time.Duration // for which Discord surely makes no second message with the same nonce; it speaks of "the past few minutes"
}

var DefaultTiming = Timing{
	Timing:      gateway.DefaultTiming,
	Quick:       300 * time.Millisecond,
	Waiting:     3 * time.Second,
	Edit:        1200 * time.Millisecond,
	Retype:      8 * time.Second,
	Acknowledge: 2800 * time.Millisecond,
	Overlap:     time.Minute,
	Register:    time.Hour,
	Nonce:       2 * time.Minute,
}
