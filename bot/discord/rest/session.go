package rest

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
)

// NewSession returns a discordgo session with everything off that it does
// behind the bot's back.
func NewSession(token string, limits http.RoundTripper) (*discordgo.Session, error) {
	s, err := discordgo.New("Bot " + token)
	if err != nil {
		return nil, errors.New("discordgo did not take the token")
	}
	s.StateEnabled = false
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	s.LogLevel = discordgo.LogError
	s.Client = &http.Client{Transport: limits, Timeout: requestTimeout}
	s.UserAgent = "DiscordBot (summitbot, 1) " + s.UserAgent
	return s, nil
}

// RoundTripFunc is a function as a transport.
type RoundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f RoundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// discordgo logs through one function for the whole process. What it says
// goes to the log of the Bot made last, at debug level, without that Bot's
// token. Sessions log errors alone: one level further down, discordgo writes
// out the packet that the token is in.
var discordgoLog atomic.Pointer[sink]

type sink struct {
	log   *slog.Logger
	token string
}

func init() {
	discordgo.Logger = func(_, _ int, format string, a ...any) {
		s := discordgoLog.Load()
		if s == nil {
			return
		}
		s.log.Debug("discordgo", "says", Redact(fmt.Sprintf(format, a...), s.token))
	}
}

// requestTimeout bounds one try of one request, its waits for Discord's
// limits included.
const requestTimeout = 20 * time.Second
