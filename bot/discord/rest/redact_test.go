package rest

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"summitbot/bot/discord/object"
)

// Whatever Discord, or who answers in its place, says with a refusal: its error
// is one short line that holds no token.
func TestErrorsOfDiscordAreShort(t *testing.T) {
	t.Parallel()
	const interaction = "aW50ZXJhY3Rpb246canary"
	i := discordInteraction(interaction)
	long := strings.Repeat("very long words, ", 1<<12)
	for name, says := range map[string]func() (*http.Response, error){
		"long words": func() (*http.Response, error) {
			return saying(403, fmt.Sprintf(`{"code": 50013, "message": %q}`, long)), nil
		},
		"the bot's token": func() (*http.Response, error) { return saying(400, `{"code": 1, "message": "no `+token+`"}`), nil },
		"the other token": func() (*http.Response, error) {
			return saying(404, `{"code": 10015, "message": "no `+interaction+`"}`), nil
		},
		"at the cut": func() (*http.Response, error) {
			return saying(400, `{"code": 1, "message": "`+long[:longestRedacted-20]+token+`"}`), nil
		},
		"controls": func() (*http.Response, error) {
			return saying(400, `{"code": 1, "message": "a\u001b[2J\u0000\n\u202eb\u2028c"}`), nil
		},
		"a page":         func() (*http.Response, error) { return saying(403, "<html>"+token+long), nil },
		"an odd success": func() (*http.Response, error) { return saying(202, token+long), nil },
		"a redirect": func() (*http.Response, error) {
			return saying(302, "", "Location", "https://"+strings.Repeat("x", 1000)+"/"+token), nil
		},
		"words of net/http": func() (*http.Response, error) { return nil, errors.New("malformed HTTP response " + token + long) },
	} {
		g := newLimiter(nil, RoundTripFunc(func(*http.Request) (*http.Response, error) { return says() }), RequestsPerSecond, nil)
		session, err := NewSession(token, g)
		if err != nil {
			t.Fatal(err)
		}
		a := &Client{session: session, log: slog.New(slog.DiscardHandler), Pace: 0.001}
		err = a.Respond(t.Context(), i, Response{RespondMessage, BodyOf(object.View{Components: []object.Component{{Type: object.TypeText, Content: "words"}}})})
		if err == nil {
			t.Errorf("%s: there is no error", name)
			continue
		}
		text := err.Error()
		if len(text) > longestRedacted+100 || strings.Contains(text, "secretsecret") || strings.Contains(text, "canary") || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// discordInteraction is an interaction with a token.
func discordInteraction(token string) object.Interaction {
	return object.Interaction{ID: "1", ApplicationID: "2", Token: token}
}

// A body without an end is read up to a bound.
func TestAnswersWithoutEnd(t *testing.T) {
	t.Parallel()
	for status, most := range map[int]int{200: LongestAnswer, 403: longestRefusal} {
		read, largest := 0, 0
		g := newLimiter(nil, RoundTripFunc(func(*http.Request) (*http.Response, error) {
			largest, read = max(largest, read), 0
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: endless{&read}}, nil
		}), RequestsPerSecond, nil)
		session, err := NewSession(token, g)
		if err != nil {
			t.Fatal(err)
		}
		a := &Client{session: session, log: slog.New(slog.DiscardHandler), Pace: 0.001}
		if _, err := a.Gateway(t.Context()); err == nil || max(largest, read) > most {
			t.Errorf("%d: %d bytes were read, %.300v", status, max(largest, read), err)
		}
	}
}

// endless is a body that counts what is read of it.
type endless struct{ read *int }

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	*e.read += len(p)
	return len(p), nil
}

func (endless) Close() error { return nil }
