package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// The bot as a process of its own, which can be killed and stood still. Its
// part in the gateway is in the store of the test, which it asks over HTTP.

// Where a process finds Discord and the store; set, the test program is one.
const (
	envDiscord = "SUMMITBOT_TEST_DISCORD"
	envStore   = "SUMMITBOT_TEST_STORE"
)

// ending ends a process that cannot begin, where a test would fail.
type ending struct{}

func (ending) Helper() {}

func (ending) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

// asProcess runs the bot if this is one of those processes.
func asProcess() bool {
	if os.Getenv(envDiscord) == "" {
		return false
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(bot.LogHandler{Handler: slog.NewTextHandler(os.Stderr, nil)})
	s, err := store.OpenStandby(ctx, store.Options{Folder: store.Memory, Serving: true})
	if err != nil {
		log.Error("the process failed", "cause", err)
		os.Exit(1)
	}
	b, err := New(Options{
		Token: token, APIURL: os.Getenv(envDiscord), Answerer: alaska(ending{}), Ledger: s, Records: s, Workers: 4, Drain: 5 * time.Second, Log: log,
		Share: remote(os.Getenv(envStore)), Ready: func(string) { log.Info("ready") },
	})
	if err == nil {
		b.Timing, b.API.Pace = quickTiming, 0.01
		b.Timing.Lease = 2 * time.Second
		err = b.Run(ctx)
	}
	if err != nil {
		log.Error("the process failed", "cause", err)
		os.Exit(1)
	}
	return true
}

// sharedCall is a call of Shards, with its answer.
type sharedCall struct {
	Method string
	Claim  bot.GatewayClaim
	Self   bot.Self
	Shards []bot.Shard
	All    bool
	Bucket int
	Every  time.Duration
	Held   bot.GatewayShare
	For    time.Duration // from now until the lease ends
	Wait   time.Duration
	Failed string
}

// remote is a store at an address.
type remote string

func (r remote) call(ctx context.Context, c sharedCall) (sharedCall, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return c, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, string(r), bytes.NewReader(body))
	if err != nil {
		return c, err
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return c, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&c); err != nil {
		return c, err
	}
	if c.Failed != "" {
		return c, errors.New(c.Failed)
	}
	return c, nil
}

func (r remote) Hold(ctx context.Context, claim bot.GatewayClaim) (bot.GatewayShare, error) {
	start := time.Now()
	c, err := r.call(ctx, sharedCall{Method: "hold", Claim: claim})
	c.Held.Until = start.Add(c.For)
	return c.Held, err
}

func (r remote) Keep(ctx context.Context, self bot.Self, shards []bot.Shard) error {
	_, err := r.call(ctx, sharedCall{Method: "keep", Self: self, Shards: shards})
	return err
}

func (r remote) Release(ctx context.Context, self bot.Self, shards []bot.Shard, all bool) error {
	_, err := r.call(ctx, sharedCall{Method: "release", Self: self, Shards: shards, All: all})
	return err
}

func (r remote) Identify(ctx context.Context, bucket int, every time.Duration) (time.Duration, error) {
	c, err := r.call(ctx, sharedCall{Method: "identify", Bucket: bucket, Every: every})
	return c.Wait, err
}

// A process is the bot as one.
type process struct {
	*testing.T
	cmd     *exec.Cmd
	log     *safeBuffer
	forget  atomic.Bool // the sessions of what it takes are lost
	waiting sync.Once
	failed  error
}

// processes runs the bot so many times, and waits until all are ready.
func processes(t *testing.T, server string, s *store.Store, n int) (all []*process) {
	t.Helper()
	for range n {
		p := &process{T: t, log: &safeBuffer{}}
		serving := httptest.NewServer(p.serve(s.Gateway(true)))
		p.cmd = exec.Command(os.Args[0])
		p.cmd.Env = append(os.Environ(), envDiscord+"="+server, envStore+"="+serving.URL)
		p.cmd.Stderr = p.log
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			p.signal(syscall.SIGKILL)
			_ = p.wait() // it was killed
			serving.Close()
			if t.Failed() {
				t.Logf("log of process %d:\n%s", p.cmd.Process.Pid, p.log.String())
			}
		})
		p.eventually("ready", 1)
		all = append(all, p)
	}
	return all
}

// serve answers a process's calls.
func (p *process) serve(g *store.Gateway) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c sharedCall
		err := json.NewDecoder(r.Body).Decode(&c)
		start := time.Now()
		switch c.Method {
		case "hold":
			c.Held, err = g.Hold(r.Context(), c.Claim)
			c.For = c.Held.Until.Sub(start)
			for i := range c.Held.Shards {
				if p.forget.Load() {
					c.Held.Shards[i].Session = bot.GatewaySession{}
				}
			}
		case "keep":
			err = g.Keep(r.Context(), c.Self, c.Shards)
		case "release":
			err = g.Release(r.Context(), c.Self, c.Shards, c.All)
		case "identify":
			c.Wait, err = g.Identify(r.Context(), c.Bucket, c.Every)
		}
		if err != nil {
			c.Failed = err.Error()
		}
		if err := json.NewEncoder(w).Encode(c); err != nil && r.Context().Err() == nil {
			p.Errorf("answering a process: %v", err)
		}
	})
}

func (p *process) signal(s syscall.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.Error(err)
	}
}

// wait waits for the process's end.
func (p *process) wait() error {
	p.waiting.Do(func() { p.failed = p.cmd.Wait() })
	return p.failed
}

// eventually waits until a process has logged something so many times.
func (p *process) eventually(what string, times int) {
	p.Helper()
	for late := time.Now().Add(willCome); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if strings.Count(p.log.String(), what) >= times {
			return
		}
	}
	p.Fatalf("process %d did not log %q %d times", p.cmd.Process.Pid, what, times)
}

// A process that is stood still beyond its lease, and one that is killed, lose
// their shards to the others. When it wakes up, it hands on nothing that came
// on its old connections, sends nothing, and gets its share in turn.
func TestProcesses(t *testing.T) { // leases count: nothing runs beside it
	for name, forget := range map[string]bool{"sessions are resumed": false, "sessions are lost": true} {
		t.Run(name, func(t *testing.T) {
			w := &world{T: t, server: discordtest.New(t, testserver.Options{
				Shards: 4, MaxConcurrency: 4, Bots: []testserver.Bot{{Name: "summitbot", Token: token}},
			})}
			ps := processes(t, w.server.URL, stored(t), 2)
			still, other := ps[0], ps[1]
			w.eventually("both hold their share", func() bool { return len(w.standing()) == 4 && strings.Count(still.log.String(), "gave a shard") == 2 })
			channels := w.channels(4)
			other.forget.Store(forget)
			before := w.server.Connections("summitbot")

			still.signal(syscall.SIGSTOP)
			other.eventually("connected to the gateway", 4)
			var asked []testserver.Message
			for _, c := range channels {
				asked = append(asked, w.say("ana", c, "@summitbot why was Alaska chosen?"))
			}
			for _, q := range asked {
				w.answerTo(q)
				other.eventually("answered question="+q.ID, 1)
			}
			other.forget.Store(false)
			mark := w.records()
			still.signal(syscall.SIGCONT)
			still.eventually("the lease of the shards is over", 1)
			w.eventually("it has its share again", func() bool { return strings.Count(other.log.String(), "gave a shard") == 2 && len(w.standing()) == 4 })
			for _, q := range asked {
				if strings.Contains(still.log.String(), q.ID) {
					t.Errorf("the process that woke up answered %s", q.ID)
				}
			}
			for _, s := range w.sent(mark) {
				if s == "2" {
					t.Error("a session was begun after it woke up")
				}
			}
			for _, c := range w.server.Connections("summitbot")[len(before)+2:] {
				if c.Doubled && !c.Resumed { // as once says
					t.Errorf("shard %d was held twice", c.Shard)
				}
			}

			other.signal(syscall.SIGKILL)
			_ = other.wait() // it was killed
			w.eventually("the one that is left holds all", func() bool { return len(w.standing()) == 4 })
			for _, c := range channels {
				w.answerTo(w.say("ana", c, "@summitbot why was Alaska chosen?"))
			}
			for _, c := range channels {
				if n := len(w.said(c)); n != 2 {
					t.Errorf("%d answers to two questions in %s", n, c)
				}
			}
			still.signal(syscall.SIGTERM)
			if err := still.wait(); err != nil {
				t.Errorf("SIGTERM: %v", err)
			}
		})
	}
}

// records is how many records of traffic there are.
func (w *world) records() (n int64) {
	w.Helper()
	for line := range strings.Lines(w.wire()) {
		var r struct {
			N int64 `json:"n"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			w.Fatal(err)
		}
		n = r.N
	}
	return n
}

// sent are the opcodes that came from bots after a record.
func (w *world) sent(after int64) (ops []string) {
	w.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/test/wire?after=%d", w.server.URL, after))
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	lines, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		var r struct {
			Dir     string `json:"dir"`
			Payload struct {
				Op json.Number `json:"op"`
			} `json:"payload"`
		}
		if err := json.Unmarshal([]byte(line), &r); err == nil && r.Dir == "in" {
			ops = append(ops, r.Payload.Op.String())
		}
	}
	return ops
}
