// Package discord is the bot's way into Discord: it hears questions in
// channels, threads, direct messages and slash commands, hands them to an
// Answerer, and posts what comes back.
//
// It is the only importer of discordgo, whose known faults end here. A
// supervisor owns the gateway connection ([Bot.Run]): it opens it under a
// timer, reads the socket's frames itself, acts on what discordgo mishandles
// (op 7, op 9, close codes, a dead peer), ends the connection at what is no
// message of a gateway's and hands discordgo the rest in frames that it cannot
// trip over, resumes where Discord allows it, and ends the program where a
// close code says that retrying is useless.
// Requests go through one retry policy and one gate for Discord's limits.
//
// From event to answer: a dispatch is decoded by this package's own small
// types (a message with parts that discordgo does not know is still heard), and
// what it asks becomes a row (package queue) before anything is said. One loop
// claims rows and works on them; one function, reconcile, brings Discord in line
// with what should stand for a row, and is the only one that posts, edits or
// deletes answers. Callbacks within an interaction are responses, made from the
// event alone. [Render] turns an Answer into messages and knows Discord's limits;
// nothing that is posted can ping anybody.
package discord
