package discord

import (
	"context"
	"errors"
	"fmt"
)

// prepare registers the commands once the bot is connected, and says that it
// is ready. It returns an error only when retrying is useless, and otherwise
// waits for the context's end.
func (b *Bot) prepare(ctx context.Context) error {
	select {
	case <-b.isReady:
	case <-ctx.Done():
		return nil
	}
	me := b.self.Load()
	for try := 1; ; try++ {
		changed, err := b.api.register(ctx, me.application, b.server, b.styles)
		if err == nil {
			b.log.Info("the commands are registered", "changed", changed)
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		if f := fatal(err); f != nil {
			return f
		}
		if r, ok := errors.AsType[*refusal](err); ok {
			return &FatalError{r.Status, commandsRefused(r, b.server)}
		}
		pause := b.timing.pause(try)
		b.log.Warn("the commands are not registered yet", "cause", err, "pause", pause)
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
	if b.ready != nil {
		b.ready(me.name)
	}
	<-ctx.Done()
	return nil
}

// introduce finds out who the bot is where no gateway tells, and says that it
// is ready. It returns an error only when retrying is useless, and otherwise
// waits for the context's end.
func (b *Bot) introduce(ctx context.Context) error {
	for try := 1; ; try++ {
		me, err := b.api.me(ctx)
		if err == nil {
			b.self.Store(&me)
			break
		}
		if f := fatal(err); f != nil {
			return f
		}
		if ctx.Err() != nil {
			return nil
		}
		pause := b.timing.pause(try)
		b.log.Warn("Discord has not said yet who the bot is", "cause", err, "pause", pause)
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
	b.first.Do(func() { close(b.isReady) })
	if b.ready != nil {
		b.ready(b.self.Load().name)
	}
	<-ctx.Done()
	return nil
}

// commandsRefused says what to do when Discord does not take the commands.
func commandsRefused(r *refusal, server string) string {
	if server != "" {
		return fmt.Sprintf("Discord refused the commands for server %s (%s): check DISCORD_GUILD_ID, and invite the bot there with the scope applications.commands", server, r.Message)
	}
	return fmt.Sprintf("Discord refused the commands (%s, HTTP %d, code %d): install a newer release", r.Message, r.Status, r.Code)
}
