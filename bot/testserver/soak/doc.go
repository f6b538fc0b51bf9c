// Command soak watches over a bot on a test server for as long as it takes to
// see what no short test sees: a question lost or answered twice among many
// thousands, an answer that comes late, memory that grows.
//
//	go run ./bot/testserver/soak [-for 30m] [-rate 20] [-nasty] [-seed N] [-model off|scripted] [-bot FILE] [-log FILE] [-json]
//
// A checker is told all that happens on the server, by
// [testserver.Options.Watch]. The members put their questions through
// checker.ask and its like, which say what has to come of them. The
// checker follows each from then on, also when it seems to be done with: a
// second answer may come minutes later. It judges by what is to be seen on
// Discord alone, with the help of a reading of each of the bot's messages.
//
// What a bot cannot have known of is not held against it: a command that was
// not told to it in time, for its connection was cut, fails for the member as
// on Discord, and is counted as unreached. A message that was missed is not
// excused: it stands in its channel to be read.
//
// All that a checker keeps is bounded by how much is asked in 20 minutes.
// Samples are of a process's memory and its like, with their slope.
package main
