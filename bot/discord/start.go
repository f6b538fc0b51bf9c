package discord

import (
	"context"
	"errors"
	"fmt"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
)

// prepare registers the commands once the bot is connected, and says that it
// is ready as soon as that was tried: mentions are answered without commands.
// A refusal is tried again, ever more seldom, for an operator may mend it, or
// another day. It returns an error only when the token is refused, and
// otherwise waits for the context's end.
func (b *Bot) prepare(ctx context.Context) error {
	select {
	case <-b.IsReady:
	case <-ctx.Done():
		return nil
	}
	me := b.Self.Load()
	for try := 1; ; try++ {
		within, cancel := context.WithTimeout(ctx, registerWithin)
		changed, err := command.Register(within, b.API, me.Application, b.server, b.styles)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		if f := gateway.Fatal(err); f != nil {
			return f
		}
		why := ""
		if err != nil {
			why = commandsRefused(err, b.server)
		}
		b.unregistered.Store(&why)
		if try == 1 && b.ready != nil {
			b.ready(me.Name)
		}
		if err == nil {
			b.Log.Info("the commands are registered", "changed", changed)
			break
		}
		pause := b.registerPause(err, try)
		b.Log.Warn("the commands are not registered yet; mentions are answered", "cause", why, "pause", pause)
		if bot.Sleep(ctx, pause) != nil {
			return nil
		}
	}
	<-ctx.Done()
	return nil
}

// registerWithin bounds one try to register the commands. A longer wait that
// Discord asks for is kept to between two tries.
const registerWithin = time.Minute

// registerPause is how long to wait before the commands are registered again.
func (b *Bot) registerPause(err error, try int) time.Duration {
	if l, ok := errors.AsType[*rest.Limited](err); ok {
		return max(b.Timing.Pause(try), time.Until(l.Until))
	}
	switch {
	case rest.RefusedWith(err, rest.CodeDailyCommands):
		return b.Timing.Register
	case errors.As(err, new(*rest.Refusal)):
		return min(b.Timing.Register, b.Timing.Longest<<min(try-1, 6))
	}
	return b.Timing.Pause(try)
}

// introduce finds out who the bot is where no gateway tells, and says that it
// is ready. It returns an error only when retrying is useless, and otherwise
// waits for the context's end.
func (b *Bot) introduce(ctx context.Context) error {
	for try := 1; ; try++ {
		me, err := b.API.Me(ctx)
		if err == nil {
			b.Self.Store(&me)
			break
		}
		if f := gateway.Fatal(err); f != nil {
			return f
		}
		if ctx.Err() != nil {
			return nil
		}
		pause := b.Timing.Pause(try)
		b.Log.Warn("Discord has not said yet who the bot is", "cause", err, "pause", pause)
		if bot.Sleep(ctx, pause) != nil {
			return nil
		}
	}
	close(b.IsReady)
	if b.ready != nil {
		b.ready(b.Self.Load().Name)
	}
	<-ctx.Done()
	return nil
}

// commandsRefused says why the commands are not registered, and what to do.
func commandsRefused(err error, server string) string {
	r, ok := errors.AsType[*rest.Refusal](err)
	switch {
	case !ok:
		return err.Error()
	case r.Code == rest.CodeDailyCommands:
		return fmt.Sprintf("Discord takes no more new commands of this application today (%s, code %d): it is tried again every hour; if other programs register commands for the application, give this one an application of its own", r.Message, r.Code)
	case server != "":
		return fmt.Sprintf("Discord refused the commands for server %s (%s, HTTP %d, code %d): check DISCORD_GUILD_ID, and invite the bot there with the scope applications.commands", server, r.Message, r.Status, r.Code)
	}
	return fmt.Sprintf("Discord refused the commands (%s, HTTP %d, code %d): if that goes on, install a newer release", r.Message, r.Status, r.Code)
}
