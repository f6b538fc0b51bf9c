package gateway

import (
	"errors"
	"net/http"

	"summitbot/bot/discord/rest"

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

// Fatal returns the error as a *FatalError if it is one that no retry mends,
// and nil otherwise.
func Fatal(err error) *FatalError {
	if f, ok := errors.AsType[*FatalError](err); ok {
		return f
	}
	if c, ok := errors.AsType[*websocket.CloseError](err); ok {
		if reason, ok := fatalCodes[c.Code]; ok {
			return &FatalError{c.Code, reason}
		}
	}
	if r, ok := errors.AsType[*rest.Refusal](err); ok && r.Status == http.StatusUnauthorized && r.Code != rest.CodeInvalidWebhookToken {
		return &FatalError{r.Status, "Discord refused the token (401): set DISCORD_TOKEN to the bot token from the Developer Portal, Bot page"}
	}
	return nil
}
