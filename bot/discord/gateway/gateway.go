package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"

	"github.com/bwmarrin/discordgo"
)

// Options say what a gateway connects, and who is told.
type Options struct {
	Token   string
	Network rest.Network
	Intents discordgo.Intent
	Shards  int    // how many there are; 0 is as many as Discord recommends
	Share   Shards // shares them among processes; nil: this one has all
	Timing  Timing
	Clock   *bot.Clock // Discord's
	Meter   Meter      // nil: nobody counts
	Log     *slog.Logger
	// Ask asks Discord for the gateway's address, and what it allows.
	Ask func(context.Context) (rest.GatewayInfo, error)
	// Self is who the bot is; nil in it while that is not known. It is set where
	// another process has known.
	Self *atomic.Pointer[rest.Self]

	// Receive takes a dispatch, in the order of its shard, and is told when the
	// last one came after which none is missing; zero for never. A session that
	// begins is not one to go on from before the barrier that is returned is passed.
	Receive func(kind string, data json.RawMessage, last time.Time) Barrier
	// Pending is passed when what was received until now is in the store.
	Pending func() Barrier
	// Away says that what was received lately would not outlive the process.
	Away func() bool
	// Caught tells, with room for one, that such a barrier may be passed.
	Caught <-chan struct{}
	// Up is called, once, when all shards are connected that are to be.
	Up func()
	// Tell is told how many shards there are when that changes.
	Tell func(State)
}

// A Gateway is this process's part of the bot's gateway: the shards that it
// holds, each with a goroutine that keeps it connected.
type Gateway struct {
	Options
	lasting  bool // sessions outlive the process
	identify *identifyLimiter
	lease    lease
	poked    chan struct{}
	failed   chan error     // what ended a shard for good
	wg       sync.WaitGroup // of the shards, and of connections that are being let go

	// What follows is for the one goroutine that runs the gateway.
	count    int // of shards: wanted, then agreed
	shards   map[int]*shard
	held     bot.GatewayShare
	troubled bool // the store failed last time
	ticked   time.Time
	up       bool  // Up was called
	told     State // what Tell was told
}

// New returns a gateway that is not connected yet. Run it once.
func New(o Options) *Gateway {
	g := &Gateway{
		Options: o, lasting: o.Share != nil, count: o.Shards,
		poked: make(chan struct{}, 1), failed: make(chan error, 1), shards: map[int]*shard{},
	}
	if g.Share == nil {
		g.Share = &solo{}
	}
	g.identify = &identifyLimiter{
		ask: o.Ask, share: g.Share, alone: func() bool { _, ends := g.lease.until(); return !ends },
		every: o.Timing.Identify, log: o.Log, seats: map[int]chan struct{}{}, last: map[int]time.Time{},
	}
	return g
}

// Run connects the shards that this process is to hold, until ctx or life ends.
// Then it gives them up at once, calls quiet when no dispatch comes any more,
// and returns nil when life has ended. It returns earlier if Discord refuses
// the bot for good, with that *FatalError.
func (g *Gateway) Run(ctx, life context.Context, quiet func()) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(life, stop)()
	err := g.run(running)
	g.end(life, quiet)
	if err == nil {
		<-life.Done()
	}
	return err
}

// poke has the gateway look at its shards now.
func (g *Gateway) poke() {
	select {
	case g.poked <- struct{}{}:
	default:
	}
}

// run holds shards until the context ends, or until Discord refuses the bot.
func (g *Gateway) run(ctx context.Context) error {
	if err := g.ask(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-g.failed:
			return err
		case <-g.poked:
		case <-g.Caught: // a session may be kept by now
		case <-t.C:
		}
		tick := time.Since(g.ticked) >= g.Timing.Poll
		if tick {
			g.ticked = time.Now()
			g.hold(ctx)
		}
		g.keep(ctx, tick)
		g.check()
		g.tell()
		t.Reset(max(0, time.Until(g.ticked.Add(g.Timing.Poll))))
	}
}

// ask asks Discord how many shards there should be, until it answers.
func (g *Gateway) ask(ctx context.Context) error {
	for try := 1; ; try++ {
		info, err := g.identify.refresh(ctx)
		if err == nil {
			if g.count == 0 {
				g.count = info.Shards
			}
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if f := Fatal(err); f != nil {
			return f
		}
		pause := g.Timing.Pause(try)
		g.Log.Warn("the gateway is not known yet", "cause", err, "pause", pause)
		if bot.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// connecting is how the gateway's shards connect.
func (g *Gateway) connecting(shard, count int) connectOptions {
	return connectOptions{
		token: g.Token, network: g.Network, timing: g.Timing, intents: g.Intents,
		url: g.identify.info().URL, shard: shard, count: count, lease: &g.lease,
	}
}

// asking bounds one request to the store.
func (g *Gateway) asking(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, g.Timing.Lease/4)
}

// hold claims this process's share of the shards, and connects or gives up
// what has changed. When the store does not answer, the shards stay connected
// until the lease is over.
func (g *Gateway) hold(ctx context.Context) {
	asking, cancel := g.asking(ctx)
	held, err := g.Share.Hold(asking, bot.GatewayClaim{Bot: TokenUser(g.Token), Shards: g.count, Lease: g.Timing.Lease})
	cancel()
	if g.trouble(ctx, err) {
		return
	}
	if held.Count != g.count {
		g.Log.Warn("the number of shards is the one that the running processes have agreed on; to change it, stop all of them, and then start them again",
			"shards", held.Count, "wanted", g.count)
		g.count = held.Count
	}
	if !held.Until.IsZero() {
		held.Until = held.Until.Add(-g.Timing.Lease / 5) // to be gone in time
	}
	if g.lease.over() && len(g.shards) > 0 { // no connection of before lives on under the new one
		g.Log.Error("gave up all shards", "cause", ErrLease)
		g.stop(slices.Collect(maps.Values(g.shards))...)
	}
	g.lease.last(held.Until)
	if s := held.Self; s.User != "" {
		g.Self.CompareAndSwap(nil, &rest.Self{User: s.User, Name: s.Name, Application: s.Application})
	}
	g.held = held
	g.apply(ctx)
}

// apply connects the shards that are held, and gives up the others.
func (g *Gateway) apply(ctx context.Context) {
	var gone []*shard
	var back []bot.Shard
	mine := map[int]bool{}
	for _, h := range g.held.Shards {
		s := g.shards[h.ID]
		switch {
		case h.Leave && s != nil:
			gone = append(gone, s)
		case h.Leave:
			back = append(back, h)
		case s == nil:
			g.start(ctx, h)
		case s.fence != h.Fence || s.count != g.count:
			g.stop(s)
			g.start(ctx, h)
		case s.ended(): // its lease was over, and is not any more
			s.cancel()
			g.connect(ctx, s)
		}
		mine[h.ID] = true
	}
	for id, s := range g.shards {
		if !mine[id] {
			g.Log.Error("a shard is another process's by now", "shard", id)
			g.stop(s)
			delete(g.shards, id)
		}
	}
	g.stop(gone...)
	if len(gone) > 0 {
		back = append(back, g.last(ctx, gone)...)
	}
	if len(back) == 0 {
		return
	}
	asking, cancel := g.asking(ctx)
	defer cancel()
	if g.trouble(ctx, g.Share.Release(asking, g.self(), back, false)) {
		return // what is stopped stays so, and is released next time
	}
	for _, r := range back {
		delete(g.shards, r.ID)
		g.Log.Info("gave a shard to another process", "shard", r.ID)
	}
}

// start begins to keep a shard connected, and goes on with its session.
func (g *Gateway) start(ctx context.Context, h bot.Shard) {
	session := h.Session
	if g.Self.Load() == nil {
		session = bot.GatewaySession{} // only READY tells who the bot is
	}
	g.connect(ctx, &shard{
		gateway: g, id: h.ID, count: g.count, fence: h.Fence,
		session: session, settled: session.Sequence, kept: h.Session,
	})
}

// connect begins to keep a shard connected, from where it is.
func (g *Gateway) connect(ctx context.Context, s *shard) {
	ctx, s.cancel = context.WithCancel(ctx)
	s.done = make(chan struct{})
	g.shards[s.id] = s
	g.wg.Go(func() {
		defer close(s.done)
		if err := s.run(ctx); err != nil {
			select {
			case g.failed <- err:
			default: // another shard has failed already
			}
		}
	})
}

// stop gives up shards. When it returns, no dispatch of theirs is handed on.
func (*Gateway) stop(shards ...*shard) {
	for _, s := range shards {
		s.cancel()
	}
	for _, s := range shards {
		<-s.done
	}
}

// ended says whether run has returned.
func (s *shard) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// keep writes down how far the sessions have come.
func (g *Gateway) keep(ctx context.Context, tick bool) {
	var changed []bot.Shard
	for _, s := range g.shards {
		if r, ok := s.record(tick, false); ok {
			changed = append(changed, r)
		}
	}
	if len(changed) == 0 {
		return
	}
	asking, cancel := g.asking(ctx)
	defer cancel()
	if g.trouble(ctx, g.Share.Keep(asking, g.self(), changed)) {
		return
	}
	for _, r := range changed {
		g.shards[r.ID].isKept(r)
	}
}

// trouble says whether the store has failed, and logs when that begins and
// ends.
func (g *Gateway) trouble(ctx context.Context, err error) bool {
	switch {
	case err != nil && ctx.Err() == nil && !g.troubled:
		g.Log.Error("the store could not do what it should for the gateway: sessions are not kept, and what other processes may take is given up when its lease is over", "cause", err)
		g.troubled = true
	case err == nil && g.troubled:
		g.Log.Info("the store does again what it should for the gateway")
		g.troubled = false
	}
	return err != nil
}

// self is who the bot is, empty if that is not known yet.
func (g *Gateway) self() bot.Self {
	me := g.Self.Load()
	if me == nil {
		return bot.Self{}
	}
	return bot.Self{User: me.User, Name: me.Name, Application: me.Application}
}

// check calls Up when all shards are connected that are to be.
func (g *Gateway) check() {
	if g.Self.Load() == nil || g.ticked.IsZero() || g.held.Count == 0 || len(g.shards) != g.held.Fair {
		return
	}
	for _, s := range g.shards {
		if !s.connected() {
			return
		}
	}
	if !g.up {
		g.up = true
		g.Log.Info("all shards are connected", "held", len(g.shards), "of", g.count)
		g.Up()
	}
}

// tell tells how the shards are, if that has changed.
func (g *Gateway) tell() {
	now := State{Held: len(g.shards), Fair: g.held.Fair}
	for _, s := range g.shards {
		if s.connected() {
			now.Connected++
		}
	}
	if now != g.told {
		g.told = now
		g.Tell(now)
	}
}

// end gives up all shards at once, and lets other processes have them.
func (g *Gateway) end(life context.Context, quiet func()) {
	all := slices.Collect(maps.Values(g.shards))
	g.stop(all...)
	clear(g.shards)
	g.tell()
	quiet()
	asking, cancel := g.asking(context.WithoutCancel(life))
	defer cancel()
	last := g.last(asking, all)
	if err := g.Share.Release(asking, g.self(), last, true); err != nil {
		g.Log.Error("the shards are not let go: other processes get them when their lease is over", "cause", err)
	}
	g.wg.Wait()
}

// last are shards that are stopped, as they are to be kept: up to their last
// dispatch, if what it led to is accepted in time.
func (g *Gateway) last(ctx context.Context, stopped []*shard) (all []bot.Shard) {
	if len(stopped) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timing.Lease/5)
	defer cancel()
	settled := g.Pending().Wait(ctx) == nil
	for _, s := range stopped {
		r, _ := s.record(false, settled)
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b bot.Shard) int { return a.ID - b.ID })
	return all
}

// TokenUser is the user id that a bot's token begins with, empty if it does
// not look like one.
func TokenUser(token string) string {
	head, _, _ := strings.Cut(token, ".")
	id, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(head, "="))
	if err != nil || len(id) == 0 || len(id) > 20 || strings.Trim(string(id), "0123456789") != "" {
		return ""
	}
	return string(id)
}

// State is how many shards a gateway has, and how many of them are connected.
type State struct {
	Held, Connected int
	Fair            int // how many it is to have
}

// lost counts a connection that ended with an error.
func (g *Gateway) lost(err error) {
	if g.Meter != nil {
		g.Meter.Lost(lossOf(err))
	}
}
