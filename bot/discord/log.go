package discord

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/bwmarrin/discordgo"
)

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
		s.log.Debug("discordgo", "says", told(fmt.Sprintf(format, a...), s.token))
	}
}
