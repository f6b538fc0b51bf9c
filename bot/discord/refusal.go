package discord

import (
	"errors"
	"fmt"
	"slices"
)

// A refusal is Discord's answer that a request is wrong or not allowed. It
// holds neither the token nor the request's address, which may hold one.
type refusal struct {
	Route  string // what was asked for, such as "post a message"
	Status int    // the HTTP status
	// Code is Discord's own number, 0 if it gave none.
	// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
	Code    int
	Message string
}

// Error says what was refused, with Discord's numbers.
func (r *refusal) Error() string {
	return fmt.Sprintf("Discord refused to %s: %s (HTTP %d, code %d)", r.Route, r.Message, r.Status, r.Code)
}

// Discord's own error numbers that the bot acts on.
const (
	codeUnknownMessage      = 10008
	codeUnknownWebhook      = 10015
	codeUnknownInteraction  = 10062
	codeThreadExists        = 160004
	codeDailyCommands       = 30034
	codeThreadArchived      = 50083
	codeThreadLocked        = 160005
	codeNoHistory           = 160002 // what is replied to cannot be read
	codeInvalidWebhookToken = 50027  // an interaction's token is over, not the bot's
	codeMissingAccess       = 50001
	codeMissingPermission   = 50013
	codeAcknowledged        = 40060
	codeInvalidForm         = 50035 // also for a reply to a message that is gone
)

// refusedWith says whether Discord refused with one of the given codes.
func refusedWith(err error, codes ...int) bool {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return false
	}
	return slices.Contains(codes, r.Code)
}
