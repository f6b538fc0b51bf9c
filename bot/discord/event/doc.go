// Package event reads questions out of Discord's events: whether a message is meant
// for the bot, and what it or an interaction asks (hear.go), and what is kept of that
// in order to answer it in another process, or after a restart (envelope.go).
package event
