package discord

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gorilla/websocket"
)

// A FatalError ends [Bot.Run]: trying again would meet the same refusal. Its
// text tells the operator what to change.
type FatalError struct {
	// Code is the gateway's close code (4004, 4010 to 4014), or the HTTP
	// status of a refused request (401, 403, …).
	// https://docs.discord.com/developers/topics/opcodes-and-status-codes
	Code int
	// Reason is one sentence that says what was refused and how to mend it.
	Reason string
}

// Error returns the reason.
func (e *FatalError) Error() string { return e.Reason }

// fatalCodes are the close codes after which Discord wants no reconnecting.
var fatalCodes = map[int]string{
	4004: "Discord refused the token (4004): set DISCORD_TOKEN to the bot token from the Developer Portal, Bot page",
	4010: "Discord refused the shard (4010): set SHARDS=auto, stop all processes of this bot, and then start them again",
	4011: "Discord wants more shards for this bot (4011): set SHARDS=auto or a larger number, stop all processes of this bot, and then start them again",
	4012: "Discord no longer speaks the gateway version of this program (4012): install a newer release",
	4013: "Discord refused the intents as invalid (4013): install a newer release",
	4014: "Discord refused a privileged intent (4014): switch it on in the Developer Portal, Bot page, Privileged Gateway Intents",
}

// fatal returns the error as a *FatalError if it is one that no retry mends,
// and nil otherwise.
func fatal(err error) *FatalError {
	if f, ok := errors.AsType[*FatalError](err); ok {
		return f
	}
	if c, ok := errors.AsType[*websocket.CloseError](err); ok {
		if reason, ok := fatalCodes[c.Code]; ok {
			return &FatalError{c.Code, reason}
		}
	}
	if r, ok := errors.AsType[*refusal](err); ok && r.Status == http.StatusUnauthorized && r.Code != codeInvalidWebhookToken {
		return &FatalError{r.Status, "Discord refused the token (401): set DISCORD_TOKEN to the bot token from the Developer Portal, Bot page"}
	}
	return nil
}

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
