package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
)

// stored opens a store that ends with the test.
func stored(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A sharedLedger is that of one of several bots that share a store, and with it what
// is a process's own: what one gives up would be the others' too.
type sharedLedger struct{ *store.Standby }

func (sharedLedger) ReleaseAll(context.Context) error { return nil }

// sharing has a bot share the shards, and lets it be changed further.
func sharing(s gateway.Shards, change func(*Options, *Bot)) func(*Options, *Bot) {
	return func(o *Options, b *Bot) {
		o.Share = s
		if kept, ok := o.Ledger.(*store.Standby); ok {
			o.Ledger = sharedLedger{kept}
		}
		if b != nil {
			b.Timing.Lease = 2 * time.Second
		}
		if change != nil {
			change(o, b)
		}
	}
}

// beside runs another process of the same bot, with the same register of
// questions.
func (w *world) beside(change func(*Options, *Bot)) *world {
	w.Helper()
	other := &world{T: w.T, server: w.server, store: w.store, log: &safeBuffer{}, ready: make(chan string, 1)}
	w.Cleanup(func() {
		other.stop()
		if err := <-other.ended; err != nil {
			w.Errorf("Run: %v", err)
		}
		if w.Failed() {
			w.Logf("log of another process:\n%s", other.log.String())
		}
	})
	other.run(alaska(w), func(o *Options, b *Bot) {
		o.Ledger, o.Records = w.store, w.store
		if change != nil {
			change(o, b)
		}
	})
	return other
}

// leave ends the process, as SIGTERM does.
func (w *world) leave() {
	w.Helper()
	w.stop()
	if err := <-w.ended; err != nil {
		w.Error(err)
	}
	w.ended <- nil
}

// channels are some in guilds of all shards, by shard.
func (w *world) channels(shards int) []string {
	w.Helper()
	found, left := make([]string, shards), shards
	for i := 0; left > 0; i++ {
		if i == 90 {
			w.Fatal("the guilds are all on the same shards")
		}
		name := fmt.Sprintf("guild%d/general", i)
		id, err := strconv.ParseUint(w.guildOf(w.say("ana", name, "hello").ChannelID), 10, 64)
		if err != nil {
			w.Fatal(err)
		}
		if at := int(id >> 22 % uint64(shards)); found[at] == "" {
			found[at] = name
			left--
		}
	}
	return found
}

// guildOf is the guild of a channel, as Discord tells the bot; it waits where that
// has been asked too often.
func (w *world) guildOf(id string) string {
	w.Helper()
	for {
		r, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.server.URL+"/api/v10/channels/"+id, nil)
		if err != nil {
			w.Fatal(err)
		}
		r.Header.Set("Authorization", "Bot "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			w.Fatal(err)
		}
		var c struct {
			object.Channel
			RetryAfter float64 `json:"retry_after"`
		}
		err = json.NewDecoder(resp.Body).Decode(&c)
		resp.Body.Close()
		switch {
		case err == nil && resp.StatusCode == http.StatusTooManyRequests:
			time.Sleep(time.Duration(c.RetryAfter * float64(time.Second)))
		case err != nil || c.GuildID == "":
			w.Fatalf("channel %s has no guild: %v", id, err)
		default:
			return c.GuildID
		}
	}
}

// standing are the shards that are connected, in order.
func (w *world) standing() (shards []int) {
	for _, c := range w.server.Connections("summitbot") {
		if c.Until.IsZero() {
			shards = append(shards, c.Shard)
		}
	}
	slices.Sort(shards)
	return shards
}

// once fails if a shard ever had two sessions, and returns how many were begun and
// resumed. One that goes on elsewhere ends where it was, though the server may hear
// of its new connection before the end of the old one.
func (w *world) once() (begun, resumed int) {
	w.Helper()
	for _, c := range w.server.Connections("summitbot") {
		if c.Doubled && !c.Resumed {
			w.Errorf("shard %d was held twice at %v", c.Shard, c.Since)
		}
		if c.Resumed {
			resumed++
		} else {
			begun++
		}
	}
	return begun, resumed
}

// holding are the shards that a process has connected.
func (w *world) holding() int {
	return strings.Count(w.log.String(), "connected to the gateway") - strings.Count(w.log.String(), "gave a shard") - strings.Count(w.log.String(), "gave up a shard")
}

// balanced waits until every process holds so many shards.
func (w *world) balanced(want map[*world]int) {
	w.Helper()
	w.eventually("the shards are dealt out fairly", func() bool {
		all := 0
		for p, n := range want {
			if p.holding() != n {
				return false
			}
			all += n
		}
		return len(w.standing()) == all
	})
}

// One process holds all shards, keeps to Discord's pace, and is ready when
// they are all up.
func TestShardsInOneProcess(t *testing.T) {
	t.Parallel()
	w := startOn(t, testserver.Options{Shards: 4, MaxConcurrency: 2, IdentifyInterval: 400 * time.Millisecond}, alaska(t), func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Identify = 600 * time.Millisecond
		}
	})
	w.awaitReady()
	if got := w.standing(); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("when it was ready, the shards %v were connected", got)
	}
	for _, c := range w.channels(4) {
		w.answersOnce(c)
	}
	w.answerTo(w.say("ana", "@summitbot", "why was Alaska chosen?"))
	if begun, resumed := w.once(); begun != 4 || resumed != 0 {
		t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
	}
	if strings.Contains(w.log.String(), gateway.ErrInvalid.Error()) {
		t.Error("it identified too quickly")
	}
}

// The number of shards may be set.
func TestNumberOfShards(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), func(o *Options, _ *Bot) { o.Shards = 3 })
	if got := w.standing(); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("the shards %v are connected", got)
	}
	o := Options{Token: token, Answerer: alaska(t), Ledger: w.store, Records: w.store, Log: w.bot.Log, Workers: 1, Shards: -1}
	if _, err := New(o); err == nil {
		t.Error("-1 shards were taken")
	}
}

// Without a place to keep sessions the bot takes leave of Discord; with one,
// the next run goes on where this one ended.
func TestSessionsOutliveTheProcess(t *testing.T) { // Discord's 3 s, and leases, count: nothing runs beside it
	s := stored(t)
	shared := func(o *Options, _ *Bot) { o.Share = s.Gateway(false) }
	w := running(t, testserver.Faults{}, alaska(t), shared)
	w.answersOnce("general")
	w.stop()
	if err := <-w.ended; err != nil {
		t.Fatal(err)
	}
	meanwhile := w.say("ana", "meanwhile", "@summitbot why was Alaska chosen?")
	command, err := w.server.Command("ana", "commands", "ask", map[string]any{"question": "Why was Alaska chosen?"})
	if err != nil {
		t.Fatal(err)
	}
	w.run(alaska(t), shared)
	w.awaitReady()
	holds(t, w.answerTo(meanwhile), "far from arbitrary")
	w.answered(command)
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things before, not 1", n)
	}
	if begun, resumed := w.once(); begun != 1 || resumed != 1 {
		t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
	}
}

// answered waits until an interaction is answered.
func (w *world) answered(i testserver.Interaction) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), willCome)
	defer cancel()
	i, err := w.server.AwaitInteraction(ctx, i.ID)
	if err != nil {
		w.Fatal(err)
	}
	if i.State != testserver.StateAnswered {
		w.Errorf("the command is %s: %s", i.State, i.Error)
	}
}

func TestLeaveWithoutAStore(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	left := w.server.Connections("summitbot")[0].Session
	s := stored(t)
	w.restart(alaska(t), func(o *Options, _ *Bot) { o.Share = before(t, s, 1, left, 1, "") })
	w.logged(gateway.ErrInvalid.Error()) // it was ended
	w.answersOnce("general")
	if begun, resumed := w.once(); begun != 2 || resumed != 0 {
		t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
	}
}

// before is a gateway in which an earlier process has left a session.
func before(t *testing.T, s *store.Store, shards int, session string, sequence int64, url string) *store.Gateway {
	t.Helper()
	g := s.Gateway(false)
	held, err := g.Hold(t.Context(), bot.GatewayClaim{Bot: gateway.TokenUser(token), Shards: shards, Lease: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for i := range held.Shards {
		held.Shards[i].Session = bot.GatewaySession{ID: session, Sequence: sequence, URL: url}
	}
	me := bot.Self{User: gateway.TokenUser(token), Name: "summitbot", Application: gateway.TokenUser(token)}
	if err := g.Release(t.Context(), me, held.Shards, true); err != nil {
		t.Fatal(err)
	}
	return s.Gateway(false)
}

// Whatever comes while a process ends, it either takes and answers, or leaves
// to the next one.
func TestNothingIsLostBetweenTwoRuns(t *testing.T) {
	t.Parallel()
	s := stored(t)
	shared := func(o *Options, _ *Bot) { o.Share = s.Gateway(false) }
	w := running(t, testserver.Faults{}, alaska(t), shared)
	w.eventually("what came before the first session is read, and it is one to go on from", func() bool {
		read := false
		w.bot.catching.Range(func(_, reading any) bool {
			c := reading.(*catchUp)
			c.mu.Lock()
			defer c.mu.Unlock()
			select {
			case <-c.done:
				read = true
			default:
			}
			return true
		})
		return read
	})
	var asked []testserver.Message
	for round := range 4 {
		var asking sync.WaitGroup
		asking.Go(func() {
			for i := range 30 {
				m, err := w.server.Post("ana", fmt.Sprintf("channel%d-%d", round, i), "@summitbot why was Alaska chosen?")
				if err != nil {
					t.Error(err)
					return
				}
				asked = append(asked, m)
				time.Sleep(time.Millisecond)
			}
		})
		time.Sleep(15 * time.Millisecond)
		w.restart(alaska(t), shared)
		asking.Wait()
	}
	for _, m := range asked {
		w.answerTo(m)
	}
	w.settle()
	for _, m := range asked {
		if n := len(w.said(m.ChannelID)); n != 1 {
			t.Errorf("%d answers to one question", n)
		}
	}
}

// When the gateway says that it is quiet, nothing is handed on any more, and
// what was is counted: the next run gets the rest.
func TestQuiet(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	b := Bot{Worker: &worker.Worker{}}
	b.token, b.network, b.Timing, b.API, b.Log, b.share, b.shards = w.bot.token, w.bot.network, w.bot.Timing, w.bot.API, w.bot.Log, stored(t).Gateway(false), 1
	var handed, after, silent atomic.Int64
	living, stop := context.WithCancel(t.Context())
	life, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	b.IsReady, b.intake, b.Clock, b.Ledger = make(chan struct{}), newIntake(), w.bot.Clock, w.bot.Ledger
	go func() {
		shards := gateway.New(b.gatewayOptions(func(kind string, data json.RawMessage, _ time.Time) gateway.Barrier {
			var r gateway.Ready
			if kind == "READY" && json.Unmarshal(data, &r) == nil {
				b.Self.Store(&rest.Self{User: r.User.ID, Name: r.User.Username, Application: r.Application.ID})
			}
			time.Sleep(time.Millisecond) // so that one is under way
			handed.Add(1)
			after.Add(silent.Load())
			return nil
		}))
		ended <- shards.Run(living, life, func() { silent.Store(1) })
	}()
	<-b.IsReady
	for range 50 {
		w.say("ana", "general", "hello")
	}
	w.eventually("some are handed on", func() bool { return handed.Load() >= 5 })
	stop()
	w.eventually("the gateway is quiet", func() bool { return silent.Load() == 1 })
	end()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	held, err := b.share.Hold(t.Context(), bot.GatewayClaim{Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := held.Shards[0].Session.Sequence; n != handed.Load() || after.Load() > 0 {
		t.Errorf("%d dispatches were handed on, %d of them when it was quiet, and %d were counted", handed.Load(), after.Load(), n)
	}
}

// A session that Discord does not know, or knows to have come less far, is
// given up for a new one; an address at which nobody is, for Discord's own.
func TestSavedSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		session, url string
		sequence     int64
		begun        int
		log          string
	}{
		"unknown":              {session: "never", sequence: 5, begun: 2, log: gateway.ErrInvalid.Error()},
		"ahead":                {sequence: 5000, begun: 2, log: "4007"},
		"nobody there":         {sequence: 1, url: "ws://127.0.0.1:1", begun: 1, log: "refused"},
		"somebody else's host": {sequence: 1, url: "wss://example.com", begun: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stored(t)
			w := running(t, testserver.Faults{}, alaska(t), func(o *Options, _ *Bot) { o.Share = s.Gateway(false) })
			session := w.server.Connections("summitbot")[0].Session
			if c.session != "" {
				session = c.session
			}
			w.restart(alaska(t), func(o *Options, b *Bot) {
				if b == nil {
					o.Share = before(t, s, 1, session, c.sequence, c.url)
				}
			})
			w.logged(c.log)
			w.answersOnce("general")
			if begun, resumed := w.once(); begun != c.begun || begun+resumed != 2 {
				t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
			}
		})
	}
}

// A process that is killed lets go of nothing. The next one resumes a little
// before the end, and what is known by then is not answered again.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	s := stored(t)
	killed := &cutOff{Shards: s.Gateway(false)}
	w := running(t, testserver.Faults{}, alaska(t), func(o *Options, _ *Bot) { o.Share = killed })
	w.answersOnce("general")
	w.eventually("the session is kept", func() bool { return killed.last.Load() > 1 })
	killed.cut.Store(true)
	w.answersOnce("later")
	w.stop()
	if err := <-w.ended; err != nil {
		t.Fatal(err)
	}
	m := w.say("ana", "meanwhile", "@summitbot why was Alaska chosen?")
	w.run(alaska(t), func(o *Options, _ *Bot) { o.Share = s.Gateway(false) })
	w.awaitReady()
	holds(t, w.answerTo(m), "far from arbitrary")
	w.settle()
	for _, c := range []string{"general", "later", "meanwhile"} {
		if n := len(w.said(c)); n != 1 {
			t.Errorf("the bot said %d things in %s, not 1", n, c)
		}
	}
	if begun, resumed := w.once(); begun != 1 || resumed != 1 {
		t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
	}
}

// A session is kept as soon as what came before it is read: a process that is
// killed right after that leaves it to the next one.
func TestYoungSessions(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.answersOnce("general")
	kept := &cutOff{Shards: stored(t).Gateway(false)}
	w.restart(alaska(t), func(o *Options, b *Bot) {
		if o.Share = kept; b != nil {
			b.Timing.Poll = time.Hour
			readings(b, func(http.RoundTripper, *http.Request) (*http.Response, error) {
				time.Sleep(100 * time.Millisecond)
				return nil, nil
			})
		}
	})
	w.eventually("the session is kept", func() bool { return kept.last.Load() > 0 })
}

// cutOff is a store that can be out of reach.
type cutOff struct {
	gateway.Shards
	cut  atomic.Bool
	last atomic.Int64 // the sequence that was kept last
}

var errCut = errors.New("the store is out of reach")

func (c *cutOff) Hold(ctx context.Context, claim bot.GatewayClaim) (bot.GatewayShare, error) {
	if c.cut.Load() {
		<-ctx.Done() // as a network does that swallows everything
		return bot.GatewayShare{}, errCut
	}
	return c.Shards.Hold(ctx, claim)
}

func (c *cutOff) Keep(ctx context.Context, self bot.Self, shards []bot.Shard) error {
	if c.cut.Load() {
		return errCut
	}
	err := c.Shards.Keep(ctx, self, shards)
	if err == nil {
		c.last.Store(shards[len(shards)-1].Session.Sequence)
	}
	return err
}

func (c *cutOff) Release(ctx context.Context, self bot.Self, shards []bot.Shard, all bool) error {
	if c.cut.Load() {
		return errCut
	}
	return c.Shards.Release(ctx, self, shards, all)
}

// Processes share the shards fairly, whoever comes and goes, and hand them
// over with their sessions: every command that is used meanwhile is answered
// in time.
func TestRollingRedeploy(t *testing.T) { // Discord's 3 s, and leases, count: nothing runs beside it
	s := stored(t)
	join := func() func(*Options, *Bot) { return sharing(s.Gateway(true), nil) }
	one := startOn(t, testserver.Options{Shards: 4, MaxConcurrency: 4}, alaska(t), join())
	one.awaitReady()
	channels := one.channels(4)

	var asking sync.WaitGroup
	var asked atomic.Int64
	enough := make(chan struct{})
	for _, at := range channels {
		asking.Go(func() {
			for {
				select {
				case <-enough:
					return
				case <-time.After(10 * time.Millisecond):
				}
				c, err := one.server.Command("ana", at, "ask", map[string]any{"question": "Why was Alaska chosen?"})
				if err == nil {
					c, err = one.server.AwaitInteraction(t.Context(), c.ID)
				}
				if err != nil || c.State != testserver.StateAnswered {
					t.Errorf("a command in %s is %s: %s, %v", at, c.State, c.Error, err)
					return
				}
				asked.Add(1)
			}
		})
	}

	two := one.beside(join())
	two.awaitReady()
	one.balanced(map[*world]int{one: 2, two: 2})
	three := one.beside(join())
	three.awaitReady()
	one.balanced(map[*world]int{one: 2, two: 1, three: 1})
	one.leave()
	one.balanced(map[*world]int{two: 2, three: 2})
	four := one.beside(join())
	four.awaitReady()
	two.leave()
	three.leave()
	one.balanced(map[*world]int{four: 4})
	close(enough)
	asking.Wait()

	four.settle()
	said := 0
	for _, c := range channels {
		list, err := one.server.Messages(c, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.Author.Bot {
				said++
			}
		}
	}
	if want := int(asked.Load()); said != want || want == 0 {
		t.Errorf("%d commands were used, and %d things said", want, said)
	}
	if begun, resumed := one.once(); begun != 4 || resumed < 8 {
		t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
	}
	t.Logf("%d commands", asked.Load())
}

// A process that cannot reach the store lets go of its shards before another
// one gets them, and gets its share again later.
func TestStoreOutOfReach(t *testing.T) { // Discord's 3 s, and leases, count: nothing runs beside it
	s := stored(t)
	cut := &cutOff{Shards: s.Gateway(true)}
	one := startOn(t, testserver.Options{Shards: 2, MaxConcurrency: 2}, alaska(t), sharing(cut, nil))
	one.awaitReady()
	channels := one.channels(2)
	two := one.beside(sharing(s.Gateway(true), nil))
	two.awaitReady()
	one.balanced(map[*world]int{one: 1, two: 1})
	cut.cut.Store(true)
	one.balanced(map[*world]int{one: 0, two: 2})
	one.logged(gateway.ErrLease.Error())
	for _, c := range channels {
		one.answersOnce(c)
	}
	cut.cut.Store(false)
	one.balanced(map[*world]int{one: 1, two: 1})
	two.leave()
	one.balanced(map[*world]int{one: 2})
	if begun, _ := one.once(); begun != 2 {
		t.Errorf("%d sessions were begun", begun)
	}
}

// A process for which there is no shard is ready all the same, and takes over.
func TestStandby(t *testing.T) {
	t.Parallel()
	s := stored(t)
	long := func(b *Bot) { // it is given back, and no lease ends
		if b != nil {
			b.Timing.Lease = 10 * time.Second
		}
	}
	one := startOn(t, testserver.Options{}, alaska(t), sharing(s.Gateway(true), func(_ *Options, b *Bot) { long(b) }))
	one.awaitReady()
	one.answersOnce("general")
	two := one.beside(sharing(s.Gateway(true), func(o *Options, b *Bot) {
		o.Shards = 2
		long(b)
	}))
	two.awaitReady()
	if n := two.holding(); n != 0 {
		t.Errorf("it holds %d shards", n)
	}
	two.logged("stop all of them")
	one.leave()
	one.answersOnce("after")
	if begun, resumed := one.once(); begun != 1 || resumed != 1 {
		t.Errorf("%d sessions were begun and %d resumed", begun, resumed)
	}
}

// When the day's sessions are used up, the bot waits until there are more.
func TestLimitOfSessions(t *testing.T) {
	t.Parallel()
	w := startOn(t, testserver.Options{Shards: 2, MaxConcurrency: 2, SessionStarts: 1, SessionReset: 2 * time.Second}, alaska(t), nil)
	w.awaitReady()
	w.logged("no more connections today")
	if got := w.standing(); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("the shards %v are connected", got)
	}
}

// What comes right before a session's end is not sent again, and so is taken.
func TestLastWordsOfASession(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	for i := range 10 {
		m := w.say("ana", "general", "@summitbot why was Alaska chosen?")
		w.server.CloseSockets(4009)
		holds(t, w.answerTo(m), "far from arbitrary")
		w.connections(i + 2)
	}
}
