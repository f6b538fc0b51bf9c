package discord

import (
	"fmt"
)

// A State is how a Bot is at the moment.
type State struct {
	Role    Role
	Started bool // it has been ready to answer
	// Held is how many shards this process has, Connected how many of them
	// are connected, and Fair how many it is to have.
	Held, Connected, Fair int
	// InHand is how many questions it is answering, and Room how many it can
	// have.
	InHand, Room int
	// Unregistered is why the commands are not registered; empty when they
	// are, or when that is other processes' work.
	Unregistered string
}

// State returns how the bot is.
func (b *Bot) State() State {
	s := State{Role: b.role, Room: b.Pool.Room, InHand: b.Pool.Answering()}
	select {
	case <-b.IsReady:
		s.Started = true
	default:
	}
	if why := b.unregistered.Load(); why != nil {
		s.Unregistered = *why
	} else if b.role != Worker {
		s.Unregistered = "not tried yet"
	}
	if at := b.shardsNow.Load(); at != nil {
		s.Held, s.Connected, s.Fair = at.Held, at.Connected, at.Fair
	}
	return s
}

// Unready says why the bot cannot do its part of the work now, empty if it can.
func (s State) Unready() string {
	switch {
	case !s.Started && s.Role == Worker:
		return "Discord has not said yet who the bot is"
	case s.Role == Worker:
		return ""
	case !s.Started && s.Held == 0:
		return "not connected yet"
	case s.Connected < s.Held || s.Held < s.Fair:
		return fmt.Sprintf("%d of %d shards are connected", s.Connected, max(s.Held, s.Fair))
	case !s.Started:
		return "not all shards have been connected yet"
	}
	return ""
}
