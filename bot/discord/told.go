package discord

import (
	"regexp"
	"strings"
	"unicode"

	"summitbot/bot/discord/markdown"

	"github.com/gorilla/websocket"
)

// longestTold is how many bytes of Discord's words an error repeats.
const longestTold = 300

// pathToken matches the token of an interaction in a request's address.
var pathToken = regexp.MustCompile(`/(?:interactions|webhooks)/[0-9]+/([^/?]+)`)

// told makes Discord's words, or those of whoever answers in its place, fit
// for an error: one line, not long, without what a terminal acts on, and
// without the secrets.
func told(words string, secrets ...string) string {
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
	if len(words) > longestTold {
		words = strings.ToValidUTF8(words[:longestTold], "") + "…"
	}
	return words
}

// secrets are those of a request: the bot's token, and an interaction's.
func (a *api) secrets(r request) []string {
	secrets := []string{strings.TrimPrefix(a.session.Token, "Bot ")}
	if m := pathToken.FindStringSubmatch(r.url); m != nil {
		secrets = append(secrets, m[1])
	}
	return secrets
}

// hushed is a close code without the secrets that its words may hold.
func hushed(c *websocket.CloseError, secrets ...string) *websocket.CloseError {
	return &websocket.CloseError{Code: c.Code, Text: told(c.Text, secrets...)}
}
