package discord

import (
	"summitbot/bot/discord/gateway"
	"time"
)

// timing holds the bot's patience. Its values are Discord's, except in tests.
type timing struct {
	gateway.Timing
	quick       time.Duration // an answer within it is posted without a placeholder
	waiting     time.Duration // for somebody to claim a question, before its asker is told
	edit        time.Duration // between two edits of a message; faster ones Discord slows down
	retype      time.Duration // typing is shown again after it; Discord shows it for 10 s
	acknowledge time.Duration // for the acknowledgement of an interaction; Discord allows 3 s
	overlap     time.Duration // what is read again of what an earlier session has told of
	register    time.Duration // between two tries to register commands that Discord refuses, at most
	nonce       time.Duration // for which Discord surely makes no second message with the same nonce; it speaks of "the past few minutes"
}

var defaultTiming = timing{
	Timing:      gateway.DefaultTiming,
	quick:       300 * time.Millisecond,
	waiting:     3 * time.Second,
	edit:        1200 * time.Millisecond,
	retype:      8 * time.Second,
	acknowledge: 2800 * time.Millisecond,
	overlap:     time.Minute,
	register:    time.Hour,
	nonce:       2 * time.Minute,
}
