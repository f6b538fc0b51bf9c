// Package discord is the bot's way into Discord: it hears questions in
// channels, threads, direct messages and slash commands, hands them to an
// Answerer, and posts what comes back.
//
// A [Bot] is made of packages, each of which can be read by itself: gateway keeps it
// connected, rest makes its requests, object has what both read and write, event
// reads questions out of that, command has what Discord registers, worker has the
// questions answered, render shows the answers, with customid in their buttons, and
// markdown writes their text. What an operator asks Discord about a bot is package
// inspect. They are the only importers of discordgo, whose known faults end in
// gateway and rest.
//
// What is left here joins them (bot.go): a dispatch that is meant for the bot
// (messages.go), or was missed (missed.go), becomes a row before anything is said
// (accept.go), in the order of its place (intake.go), and callbacks within an interaction are responses, made from the event
// alone (interact.go, suggest.go).
package discord
