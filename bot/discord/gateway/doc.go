// Package gateway keeps the bot connected to Discord's gateway, and hands on what it
// is told there. It survives discordgo's faults, each in the file that says so.
//
// A [Gateway] holds this process's part of the bot's shards (gateway.go), shared with
// other processes under a lease (share.go says how, bot/store/shards.go does it, and
// lease.go knows when it ends), and keeps each of them connected
// (shard.go): with its session, which another process may go on with. New sessions
// are begun within Discord's limits (identify.go). A connection (connection.go) is
// opened with discordgo, under a timer, and is thrown away when it is lost; discordgo
// resumes only what it began itself, and is primed with other sessions (prime.go).
// What comes by the socket is read before discordgo sees it (watched.go, frames.go):
// what it mishandles (op 7, op 9, a dead peer) is acted on here, what is no message
// of a gateway's ends the connection, and the rest it gets in frames that it cannot
// trip over. What no retry mends is a [FatalError] (fatal.go); what was lost, and why,
// is counted (loss.go).
package gateway
