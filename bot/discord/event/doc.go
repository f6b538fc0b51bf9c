// Package event reads questions out of Discord's events: whether a message is meant
// for the bot, what it or an interaction asks, and what is kept of that in order to
// answer it in another process, or after a restart.
package event
