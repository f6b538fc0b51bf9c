package rest

import (
	"errors"
	"fmt"
	"slices"
)

// A Refusal is Discord's answer that a request is wrong or not allowed. It
// holds neither the token nor the request's address, which may hold one.
type Refusal struct {
	Route  string // what was asked for, such as "post a message"
	Status int    // the HTTP status
	// Code is Discord's own number, 0 if it gave none.
	// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
	Code    int
	Message string
}

// Error says what was refused, with Discord's numbers.
func (r *Refusal) Error() string {
	return fmt.Sprintf("Discord refused to %s: %s (HTTP %d, code %d)", r.Route, r.Message, r.Status, r.Code)
}

// Discord's own error numbers that the bot acts on.
const (
	CodeUnknownMessage      = 10008
	CodeUnknownWebhook      = 10015
	CodeUnknownInteraction  = 10062
	CodeThreadExists        = 160004
	CodeDailyCommands       = 30034
	CodeThreadArchived      = 50083
	CodeThreadLocked        = 160005
	CodeNoHistory           = 160002 // what is replied to cannot be read
	CodeInvalidWebhookToken = 50027  // an interaction's token is over, not the bot's
	CodeMissingAccess       = 50001
	CodeMissingPermission   = 50013
	codeAcknowledged        = 40060
	CodeInvalidForm         = 50035 // also for a reply to a message that is gone
)

// RefusedWith says whether Discord refused with one of the given codes.
func RefusedWith(err error, codes ...int) bool {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		return false
	}
	return slices.Contains(codes, r.Code)
}
