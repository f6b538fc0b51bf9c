package discord

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/queue"
	"summitbot/bot/store"
	"summitbot/retrieval"
	"summitbot/seeds"
)

// The bot as a process that kills itself: with a store that outlives it, and told
// on its standard input where it is to die.

// What such a process is told in its surroundings.
const (
	envKillRole   = "SUMMITBOT_TEST_KILL_ROLE"
	envKillFolder = "SUMMITBOT_TEST_KILL_FOLDER" // of SQLite's file, or of who is alive
	envKillURL    = "SUMMITBOT_TEST_KILL_URL"    // of PostgreSQL
	envKillAt     = "SUMMITBOT_TEST_KILL_AT"
)

// Where a process is killed that is no transition of a row.
const (
	making   queue.Transition = "make"     // the answer
	calling  queue.Transition = "call"     // Discord, to acknowledge an interaction
	posting  queue.Transition = "post"     // an answer's first message below a question
	further  queue.Transition = "further"  // a further message of an answer
	editing  queue.Transition = "edit"     // a message
	removing queue.Transition = "takeback" // a message
)

// A death is where a process ends: before something is done, or when it was.
type death struct {
	At    queue.Transition
	After bool
}

func (d death) String() string {
	if d.After {
		return "after " + string(d.At)
	}
	return "before " + string(d.At)
}

// deaths are some as one line.
func deaths(all []death) string {
	data, err := json.Marshal(all)
	if err != nil {
		panic(err) // texts and truths
	}
	return string(data)
}

// died begins the last line of a process that was killed.
const died = "killed: "

// A doom is where a process is to die, whichever of it comes first.
type doom struct {
	mu sync.Mutex
	at []death
}

// foretell reads where that is.
func (d *doom) foretell(line string) {
	var at []death
	if err := json.Unmarshal([]byte(line), &at); err != nil {
		fmt.Fprintln(os.Stderr, "not a list of deaths:", line)
		os.Exit(1)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = at
}

func (d *doom) is(at queue.Transition) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.at, func(x death) bool { return x.At == at })
}

// strike kills the process, if that is to be here.
func (d *doom) strike(at queue.Transition, after bool) {
	d.mu.Lock()
	if !slices.Contains(d.at, death{at, after}) {
		d.mu.Unlock()
		return
	}
	fmt.Fprintf(os.Stderr, "\n%s%s\n", died, deaths([]death{{at, after}}))
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // with the lock, so that it dies once
}

// killing is a ledger in whose calls the process is killed, where they change
// something.
type killing struct {
	*store.Standby
	doom *doom
	// unposted are questions that ask for it and are claimed for the first time:
	// Discord takes no answer to them.
	unposted *sync.Map
	// away says that something was accepted while the store was.
	away *atomic.Bool
}

// struck is a call within which the process may die: after it, only if it did
// something.
func struck[T any](k killing, at queue.Transition, did func(T) bool, call func() (T, error)) (T, error) {
	k.doom.strike(at, false)
	v, err := call()
	if err == nil && did(v) {
		k.doom.strike(at, true)
	}
	return v, err
}

func (k killing) simply(at queue.Transition, call func() error) error {
	_, err := struck(k, at, yes, func() (bool, error) { return true, call() })
	return err
}

func yes(is bool) bool { return is }

func (k killing) first(r queue.Row, tries int) {
	if tries == 1 && strings.Contains(r.Text, "unposted") {
		k.unposted.Store(r.ID, true)
	} else {
		k.unposted.Delete(r.ID)
	}
}

func (k killing) Accept(ctx context.Context, r queue.Row, t queue.Terms) (queue.Acceptance, error) {
	return struck(k, queue.Accept, func(a queue.Acceptance) bool { return a.Fresh }, func() (queue.Acceptance, error) {
		a, err := k.Standby.Accept(ctx, r, t)
		if a.Claimed {
			k.first(r, 1)
		}
		if err == nil && a.Fresh && k.Away() {
			k.away.Store(true)
		}
		return a, err
	})
}

func (k killing) Claim(ctx context.Context, most int, inHand, full []string) ([]queue.Row, error) {
	if open, err := k.OpenQuestions(ctx); err == nil && open > len(inHand) {
		k.doom.strike(queue.Claim, false)
	}
	claimed, err := k.Standby.Claim(ctx, most, inHand, full)
	for _, r := range claimed {
		k.first(r, r.Tries)
	}
	if len(claimed) > 0 {
		k.doom.strike(queue.Claim, true)
	}
	return claimed, err
}

// Renew is also where what was accepted while the store was away is moved.
func (k killing) Renew(ctx context.Context, inHand []queue.Held) (int, []string, error) {
	if len(inHand) > 0 {
		k.doom.strike(queue.Renew, false)
	}
	if k.away.Load() && k.Away() && k.Ping(ctx) == nil {
		k.doom.strike(queue.Move, false)
	}
	open, changed, err := k.Standby.Renew(ctx, inHand)
	if k.away.Load() && err == nil && !k.Away() {
		k.away.Store(false)
		k.doom.strike(queue.Move, true)
	}
	if len(inHand) > 0 && err == nil {
		k.doom.strike(queue.Renew, true)
	}
	return open, changed, err
}

func (k killing) Record(ctx context.Context, r queue.Row) error {
	return k.simply(queue.Record, func() error { return k.Standby.Record(ctx, r) })
}

func (k killing) Answer(ctx context.Context, r queue.Row, a queue.Result) error {
	return k.simply(queue.Answer, func() error { return k.Standby.Answer(ctx, r, a) })
}

func (k killing) Settle(ctx context.Context, r queue.Row) error {
	return k.simply(queue.Settle, func() error { return k.Standby.Settle(ctx, r) })
}

func (k killing) Abandon(ctx context.Context, r queue.Row, reason string) error {
	return k.simply(queue.Abandon, func() error { return k.Standby.Abandon(ctx, r, reason) })
}

func (k killing) Release(ctx context.Context, r queue.Row, pause time.Duration) error {
	return k.simply(queue.Release, func() error { return k.Standby.Release(ctx, r, pause) })
}

func (k killing) Acknowledge(ctx context.Context, id string) error {
	return k.simply(queue.Acknowledge, func() error { return k.Standby.Acknowledge(ctx, id) })
}

func (k killing) Revise(ctx context.Context, r queue.Row, t queue.Terms) (queue.Revision, error) {
	return struck(k, queue.Revise, func(v queue.Revision) bool { return v.Revised }, func() (queue.Revision, error) { return k.Standby.Revise(ctx, r, t) })
}

func (k killing) Withdraw(ctx context.Context, r queue.Row, must bool) (bool, error) {
	if text, err := k.AskedFor(ctx, "", r.ID); err == nil && text != "" {
		return struck(k, queue.Withdraw, yes, func() (bool, error) { return k.Standby.Withdraw(ctx, r, must) })
	}
	return k.Standby.Withdraw(ctx, r, must)
}

func (k killing) Stop(ctx context.Context, id string) (bool, error) {
	return struck(k, queue.Stop, yes, func() (bool, error) { return k.Standby.Stop(ctx, id) })
}

func (k killing) Lose(ctx context.Context, message string) error {
	if text, err := k.AskedFor(ctx, message, ""); err == nil && text != "" {
		return k.simply(queue.Lose, func() error { return k.Standby.Lose(ctx, message) })
	}
	return k.Standby.Lose(ctx, message)
}

// calls is a transport in which the process is killed before and after what
// members see.
func (k killing) calls(next http.RoundTripper) http.RoundTripper {
	return rest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
		var body struct{ Nonce string }
		if r.Body != nil {
			data, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			_ = json.Unmarshal(data, &body) // or it has no nonce
			r.Body = io.NopCloser(bytes.NewReader(data))
		}
		if id, _, _ := strings.Cut(body.Nonce, "-"); id != "" {
			if _, is := k.unposted.Load(id); is {
				return nil, &rest.ServerError{Status: http.StatusBadGateway}
			}
		}
		at := queue.Transition("")
		switch path := r.URL.Path; {
		case r.Method == http.MethodPost && strings.HasSuffix(path, "/callback"):
			at = calling
		case r.Method == http.MethodPost && strings.Contains(path, "/webhooks/"), body.Nonce != "" && strings.Contains(body.Nonce, "-"):
			at = further
		case body.Nonce != "":
			at = posting
		case r.Method == http.MethodPatch && strings.Contains(path, "/messages/"):
			at = editing
		case r.Method == http.MethodDelete && strings.Contains(path, "/messages/"):
			at = removing
		default:
			return next.RoundTrip(r)
		}
		k.doom.strike(at, false)
		resp, err := next.RoundTrip(r)
		if err == nil && resp.StatusCode < http.StatusMultipleChoices {
			k.doom.strike(at, true)
		}
		return resp, err
	})
}

// answerer answers at once, or slowly, with as many messages as the question says.
func (k killing) answerer() (worker.Answerer, error) {
	text, err := fs.ReadFile(seeds.Files, "alaska-summit.txt")
	if err != nil {
		return nil, err
	}
	a, err := retrieval.Parse("alaska-summit", string(text))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range a.Sections {
		for _, p := range s.Passages {
			for _, sentence := range p.Sentences {
				ids = append(ids, sentence.ID)
			}
		}
	}
	words := answersFrom(ending{}, a)
	return scripted{words, func(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error) {
		k.doom.strike(making, false)
		answer, err := words.Recite(q, a.Slug, ids[:sentencesOf(strings.Count(q.Text, "part")+1)])
		if err != nil {
			return answer, err
		}
		pause := time.Duration(0)
		switch {
		case strings.Contains(q.Text, "held") && k.doom.is(queue.Renew):
			pause = queue.ClaimLife / 2
		case strings.Contains(q.Text, "slow"):
			pause = killSlow
		}
		if pause > 0 {
			show(answer)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return bot.Answer{}, ctx.Err()
			}
		}
		k.doom.strike(making, true)
		return answer, nil
	}}, nil
}

// killSlow is how long a slow answer takes.
const killSlow = 300 * time.Millisecond

// sentencesOf is how many sentences an answer has that is to have so many messages.
func sentencesOf(messages int) int { return []int{0, 1, 30, 50}[messages] }

// asKilled runs the bot if this is one of those processes.
func asKilled() bool {
	role := Role(os.Getenv(envKillRole))
	if role == "" {
		return false
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(bot.LogHandler{Handler: slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})})
	if err := killed(ctx, role, log); err != nil {
		log.Error("the process failed", "cause", err)
		os.Exit(1)
	}
	return true
}

func killed(ctx context.Context, role Role, log *slog.Logger) error {
	k := killing{doom: &doom{}, unposted: &sync.Map{}, away: &atomic.Bool{}}
	k.doom.foretell(os.Getenv(envKillAt))
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			k.doom.foretell(lines.Text())
		}
	}()
	url := os.Getenv(envKillURL)
	kept, err := store.OpenStandby(ctx, store.Options{Folder: os.Getenv(envKillFolder), URL: url, Serving: true, Retention: time.Hour, Log: log})
	if err != nil {
		return err
	}
	k.Standby = kept
	a, err := k.answerer()
	if err != nil {
		return err
	}
	o := Options{
		Token: token, APIURL: os.Getenv(envDiscord), Answerer: a, Model: true, Role: role, Ledger: k, Records: k, RequestsPerSecond: unlimited,
		Workers: 8, Drain: 5 * time.Second, Log: log, Ready: func(string) { log.Info("ready") },
	}
	if role != Worker {
		o.Share = kept.Gateway(url != "")
	}
	b, err := New(o)
	if err != nil {
		return err
	}
	b.Timing, b.API.Pace = quickTiming, 0.01
	b.Timing.Quick = 30 * time.Millisecond
	b.API.Wrap(k.calls)
	if err := b.Run(ctx); err != nil {
		return err
	}
	return k.Close()
}
