package rest

import (
	"regexp"
	"strings"
	"unicode"

	"summitbot/bot/discord/markdown"

	"github.com/gorilla/websocket"
)

// longestRedacted is how many bytes of Discord's words an error repeats.
const longestRedacted = 300

// pathToken matches the token of an interaction in a request's address.
var pathToken = regexp.MustCompile(`/(?:interactions|webhooks)/[0-9]+/([^/?]+)`)

// Redact makes Discord's words, or those of whoever answers in its place, fit
// for an error: one line, not long, without what a terminal acts on, and
// without the secrets.
func Redact(words string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			words = strings.ReplaceAll(words, s, "[token]")
		}
	}
	words = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, ""))
	words = markdown.Flat(words)
	if len(words) > longestRedacted {
		words = strings.ToValidUTF8(words[:longestRedacted], "") + "…"
	}
	return words
}

// RedactClose is a close code without the secrets that its words may hold.
func RedactClose(c *websocket.CloseError, secrets ...string) *websocket.CloseError {
	return &websocket.CloseError{Code: c.Code, Text: Redact(c.Text, secrets...)}
}
