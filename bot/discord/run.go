package discord

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/rest"
)

// Run connects and answers until the context ends. Then it hears no more
// questions, goes on for Options.Drain at most with those it has, leaves the
// others to the next run or to other processes, and returns nil. Before that
// it returns only for what no retry mends, a *FatalError.
func (b *Bot) Run(ctx context.Context) error {
	life := context.WithoutCancel(ctx)
	connected, leave := context.WithCancelCause(life)
	work, stopWork := context.WithCancel(life)
	post, stopPost := context.WithCancel(life)
	claiming, stopClaiming := context.WithCancel(life)
	defer leave(nil)
	defer stopWork()
	defer stopPost()
	defer stopClaiming()
	b.Fail = leave
	receive := func(kind string, data json.RawMessage, last time.Time) gateway.Barrier {
		return b.receive(claiming, work, post, kind, data, last)
	}
	begun := time.Now()
	b.Claims.Unbroken.Store(&begun)

	var hearing, claims, others sync.WaitGroup
	quiet := make(chan struct{})
	role := b.role // once: a test changes what the bot does while it runs
	if role == Worker {
		close(quiet)
		hearing.Go(func() { leave(b.introduce(connected)) })
	} else {
		shards := gateway.New(b.gatewayOptions(receive))
		hearing.Go(func() { leave(shards.Run(ctx, connected, func() { close(quiet) })) })
		hearing.Go(func() { leave(b.prepare(connected)) })
	}
	others.Go(func() { b.KeepClaims(post) })
	if role != Gateway {
		claims.Go(func() { b.Claim(claiming, work, post) })
	}

	select {
	case <-ctx.Done():
	case <-connected.Done():
	}
	refused := connected.Err() != nil
	stopClaiming()
	close(b.leaving)
	<-quiet // what was handed on is being accepted, and what comes now is for whoever connects next
	claims.Wait()
	b.finish(refused, stopWork, stopPost)
	others.Wait()
	b.LetGo(life)
	leave(nil)
	hearing.Wait()
	b.API.Close()
	if f := gateway.Fatal(context.Cause(connected)); f != nil {
		return f
	}
	if err := context.Cause(connected); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// gatewayOptions are how the bot is connected, and its dispatches received.
func (b *Bot) gatewayOptions(receive func(kind string, data json.RawMessage, last time.Time) gateway.Barrier) gateway.Options {
	return gateway.Options{
		Token: b.token, Network: b.network, Intents: b.intents(), Shards: b.shards, Share: b.share,
		Timing: b.Timing.Timing, Clock: b.Clock, Meter: b.meter, Log: b.Log, Ask: b.API.Gateway, Self: &b.Self,
		Receive: receive, Pending: b.intake.barrier, Away: b.Ledger.Away, Caught: b.caughtUp,
		Up:   func() { close(b.IsReady) },
		Tell: func(s gateway.State) { b.shardsNow.Store(&s) },
	}
}

// finish waits for the questions that are in hand, unless Discord has refused
// the bot. Answering ends a little before posting does, so that there is time
// to tell the askers.
func (b *Bot) finish(refused bool, stopWork, stopPost func()) {
	drain := b.drain
	if refused {
		drain = 0
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		<-b.intake.close() // what is heard is accepted first
		b.Tasks.Wait()
		b.Asides.Wait()
	}()
	for _, step := range []struct {
		after time.Duration
		stop  func()
	}{{drain * 9 / 10, stopWork}, {drain / 10, stopPost}} {
		t := time.NewTimer(step.after)
		select {
		case <-drained:
		case <-t.C:
		}
		t.Stop()
		step.stop()
	}
	<-drained
}

// receive takes one dispatch. It is called in the gateway's order, on the
// goroutine that reads it, and so does nothing that waits. What comes of the
// dispatch is worked out under work, and posted under post. For a new session,
// which is not told what came after the last dispatch of the one before, that
// is read under hearing; until the barrier that is returned is passed, the
// session is not one to go on from.
func (b *Bot) receive(hearing, work, post context.Context, kind string, data json.RawMessage, last time.Time) (before gateway.Barrier) {
	defer b.Survive("reading a dispatch")
	var err error
	switch kind {
	case "READY":
		var r gateway.Ready
		if r, err = gateway.ReadReady(data); err == nil {
			b.Self.Store(&rest.Self{User: r.User.ID, Name: r.User.Username, Application: r.Application.ID})
			before = b.catchUp(hearing, work, post, r.Shard, last)
		}
	case "MESSAGE_CREATE":
		var m object.Message
		if err = json.Unmarshal(data, &m); err == nil {
			b.onMessage(work, post, m, false)
		}
	case "MESSAGE_UPDATE":
		var m object.Message
		if err = json.Unmarshal(data, &m); err == nil {
			b.onEdit(work, post, m)
		}
	case "MESSAGE_DELETE":
		var m object.Message
		if err = json.Unmarshal(data, &m); err == nil {
			b.onDelete(post, m)
		}
	case "MESSAGE_DELETE_BULK":
		var gone struct {
			IDs     []string `json:"ids"`
			Channel string   `json:"channel_id"`
		}
		if err = json.Unmarshal(data, &gone); err == nil {
			for _, id := range gone.IDs {
				b.onDelete(post, object.Message{ID: id, ChannelID: gone.Channel})
			}
		}
	case "GUILD_CREATE":
		var g struct {
			Threads []object.Channel `json:"threads"`
		}
		if err = json.Unmarshal(data, &g); err == nil {
			b.onPlaces(g.Threads...)
		}
	case "THREAD_CREATE":
		var t object.Channel
		if err = json.Unmarshal(data, &t); err == nil {
			b.onPlaces(t)
		}
	case "INTERACTION_CREATE":
		var i object.Interaction
		if err = json.Unmarshal(data, &i); err == nil {
			b.onInteraction(work, post, i)
		}
	}
	if err != nil {
		b.Log.Warn("a dispatch could not be read", "kind", kind, "cause", err)
	}
	return before
}
