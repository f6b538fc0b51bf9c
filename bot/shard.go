package bot

import "time"

// A Shard is one of the connections among which Discord deals out a bot's
// servers, with the session that it had last.
type Shard struct {
	ID int // from 0
	// Fence grows each time the shard changes hands. What an earlier holder
	// still wants to keep has a lower one, and is turned away.
	Fence   int64
	Session GatewaySession
	// Leave says that the process holds more than its share, and is to let go
	// of this one.
	Leave bool
}

// A GatewaySession is what it takes to go on where a connection was lost.
type GatewaySession struct {
	ID       string // empty: there is none
	Sequence int64  // of the last event that was taken from it
	URL      string // where Discord wants it to be resumed; may be empty
}

// Self is who the bot is on Discord.
type Self struct{ User, Name, Application string }

// A GatewayClaim is what a process wants of a gateway that is shared.
type GatewayClaim struct {
	Bot    string // the bot's user id, empty if it is not known yet
	Shards int    // how many shards there should be, at least 1
	// Lease is for how long what the process gets is its own without being
	// claimed again.
	Lease time.Duration
}

// A GatewayShare is what a process has of a gateway that is shared.
type GatewayShare struct {
	Count  int     // how many shards there are
	Fair   int     // how many of them the process is to hold
	Shards []Shard // those that it holds
	Self   Self    // who the bot was last time; empty if it was never there
	// Until is when the process has to have let go of all, unless it claims
	// them again. Zero is never: the process has the gateway to itself.
	Until time.Time
}
