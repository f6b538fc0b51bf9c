package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/soak"
	"summitbot/bot/wording"
)

const soakUsage = `usage: summitbot soak [-for 30m] [-rate 20] [-nasty] [-seed N] [-model off|scripted] [-log FILE] [-json]

Runs a test server here and "summitbot serve" against it as a process of its
own. Members of several servers, in six languages, mention it, reply, write to
it directly, use commands, buttons and menus, edit and delete what they have
asked; every question has to be answered once. In the end it prints what has
become of the questions, and how the bot's memory, goroutines and file handles
have gone. The exit code is 1 when a question was lost, answered twice, late or
wrongly.

`

const (
	// soakLimit is how long an answer may take.
	soakLimit = 30 * time.Second
	// soakSamples is how many samples of a process are taken, at most.
	soakSamples = 400
	// soakWarmThreads is how many threads there are from the start.
	soakWarmThreads = 5
)

// A soaking is one run of a soak.
type soaking struct {
	length  time.Duration
	rate    float64 // acts of members a second
	nasty   bool
	seed    uint64
	model   string
	logFile string // empty: the log is counted, and not kept
	server  *testserver.Server
	checker *soak.Checker
	members *soakMembers
	bot     *soakBot
	samples struct{ bot, self *soak.Samples }
	stderr  io.Writer
}

// runSoak runs a soak.
func runSoak(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("soak", flag.ContinueOnError)
	s := &soaking{stderr: env.stderr}
	fs.DurationVar(&s.length, "for", 30*time.Minute, "ask for so long")
	fs.Float64Var(&s.rate, "rate", 20, "do so many things a `second`")
	fs.BoolVar(&s.nasty, "nasty", false, "have the test server fail in the ways Discord fails")
	fs.Uint64Var(&s.seed, "seed", 0, "the `seed` of what members do and of -nasty; 0 takes a random one")
	fs.StringVar(&s.model, "model", "off", "`off` answers in the article's words, \"scripted\" with a model that writes quotations")
	fs.StringVar(&s.logFile, "log", "", "keep all of the bot's log in a `file`")
	asJSON := fs.Bool("json", false, "print JSON")
	if err := parseFlags(env, fs, args, soakUsage, false); err != nil {
		return err
	}
	if s.length < time.Second || !(s.rate > 0 && s.rate <= 100) {
		return usagef("soak: -for is a second or more, -rate over 0 and at most 100")
	}
	for s.seed == 0 {
		s.seed = mathrand.Uint64() >> 11 // exact in JSON's numbers
	}
	result, err := s.run(ctx, env)
	if result.Total.Asked == 0 && err != nil {
		return err
	}
	if *asJSON {
		encoder := json.NewEncoder(env.stdout)
		encoder.SetIndent("", "  ")
		err = errors.Join(err, encoder.Encode(result))
	} else {
		err = errors.Join(err, result.print(env.stdout))
	}
	if result.Panics > 0 {
		err = errors.Join(err, fmt.Errorf("the bot's log tells of %d panics", result.Panics))
	}
	return errors.Join(err, result.Err())
}

// soakModel is a scripted model that is quick enough for the questions of a
// soak. Every tenth of its replies is slow, so that it is shown while it is
// being written.
func soakModel() func(llmtest.Request) llmtest.Reply {
	var replies atomic.Int64
	quick, slow := llmtest.Quoting(time.Millisecond), llmtest.Quoting(20*time.Millisecond)
	return func(r llmtest.Request) llmtest.Reply {
		answer := quick
		if replies.Add(1)%10 == 0 {
			answer = slow
		}
		reply := answer(r)
		reply.Piece = 24 // bytes
		return reply
	}
}

// run sets everything up, has the members ask, and judges.
func (s *soaking) run(ctx context.Context, env environment) (result soakResult, err error) {
	cfg := config{DiscordToken: secret(rand.Text())} // it opens this process's own server and nothing else
	stopModel, err := useModel(&cfg, "soak", s.model, soakModel())
	if err != nil {
		return result, err
	}
	defer stopModel()
	words, err := readSoakWords()
	if err != nil {
		return result, err
	}
	folder, err := os.MkdirTemp("", "summitbot-soak-")
	if err != nil {
		return result, fmt.Errorf("making a folder for the bot: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	address, stopServer, err := s.serve(ctx, words, cfg.DiscordToken)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, stopServer()) }()
	cfg.DiscordAPIURL = address
	keep := io.Discard
	cfg.LogLevel = slog.LevelWarn
	if s.logFile != "" {
		file, err := os.Create(s.logFile)
		if err != nil {
			return result, fmt.Errorf("keeping the bot's log: %w", err)
		}
		defer file.Close()
		cfg.LogLevel, keep = slog.LevelDebug, file
	}
	if s.bot, err = startSoakBot(ctx, env, cfg, folder, keep); err != nil {
		return result, err
	}
	asked, err := s.soak(ctx)
	// What the members still wait for is judged before the bot takes its leave.
	result = soakResult{
		Seed: s.seed, Seconds: asked.Seconds(), Rate: s.rate, Nasty: s.nasty, Model: s.model, Report: s.checker.Report(),
	}
	if s.samples.bot != nil {
		result.Bot, result.Server = s.samples.bot.Trends(), s.samples.self.Trends()
	}
	s.server.SetFaults(testserver.Faults{})
	err = errors.Join(err, s.bot.stop())
	result.Log, result.Panics = s.bot.log.counted()
	return result, err
}

// serve starts the test server, with members and a checker, and returns its
// address. What else it returns is to be called in the end.
func (s *soaking) serve(ctx context.Context, words soakWords, token secret) (address string, stop func() error, err error) {
	s.members = newSoakMembers(words, s.seed, s.rate)
	s.checker = soak.New(soak.Options{
		Limit: soakLimit, Read: readSoaked, Faulty: s.nasty, Answered: s.members.answered, Opened: s.members.form,
	})
	s.server = testserver.New(testserver.Options{
		Bots: []testserver.Bot{{Name: soakName, Token: token.reveal()}},
		// A question that the server forgets before its answer would be one that was
		// deleted, whose answer goes.
		RouteLimits: true, IdentifyInterval: 5 * time.Second, Messages: 5000,
		Watch: func(e testserver.Event) {
			s.checker.Watch(e)
			s.members.watch(e)
		},
	})
	s.members.server, s.members.checker = s.server, s.checker
	l, err := testserver.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	web := &http.Server{Handler: s.server, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- web.Serve(l) }()
	return "http://" + l.Addr().String(), func() error {
		err := web.Close()
		s.server.Close()
		if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
		return err
	}, nil
}

// soak has the members act for as long as they should, and tells how long
// that was.
func (s *soaking) soak(ctx context.Context) (asked time.Duration, err error) {
	if err := s.wait(ctx, 2*time.Minute, "the bot to be ready", func() bool { return isClosed(s.bot.ready) }); err != nil {
		return 0, err
	}
	if err := s.warmUp(ctx); err != nil {
		return 0, fmt.Errorf("warming up: %w", err)
	}
	s.samples.bot, s.samples.self = soak.NewSamples(), soak.NewSamples()
	s.sample(ctx)
	if s.nasty {
		faults := testserver.Nasty()
		faults.Seed = s.seed
		s.server.SetFaults(faults)
	}
	looking, stopLooking := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		s.look(looking)
	}()
	began := time.Now()
	err = s.drive(ctx, began.Add(s.length))
	asked = time.Since(began)
	stopLooking()
	<-looked
	if err != nil {
		return asked, err
	}
	if err := s.settle(ctx); err != nil {
		return asked, err
	}
	s.sample(ctx)
	return asked, nil
}

// warmUp asks once in every place, so that the bot knows it: it can read what
// it has missed only where it was asked before.
func (s *soaking) warmUp(ctx context.Context) error {
	m := s.members
	for _, u := range m.users {
		if err := s.server.SetLocale(u.name, u.locale); err != nil {
			return err
		}
	}
	var places [][2]string
	for i, p := range m.places {
		places = append(places, [2]string{m.users[i].name, p})
	}
	for _, u := range m.users[:m.direct] {
		places = append(places, [2]string{u.name, "@" + soakName})
	}
	ask := func(list [][2]string) error {
		for _, p := range list {
			if _, err := m.post("warming up", soak.Answer, p[0], p[1], "@"+soakName+" why was Alaska chosen?"); err != nil {
				return err
			}
			if err := s.sleep(ctx, time.Second/30); err != nil {
				return err
			}
		}
		return s.settle(ctx)
	}
	if err := ask(places); err != nil {
		return err
	}
	for range soakWarmThreads {
		if err := m.click("button: thread", soak.Answer, func(w *wording.Words) []string { return []string{w.InThread} }); err != nil {
			return fmt.Errorf("opening threads: %w", err)
		}
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	var threads [][2]string
	for _, id := range m.threads {
		threads = append(threads, [2]string{m.users[0].name, id})
	}
	return ask(threads)
}

// drive has members act at the rate until a moment.
func (s *soaking) drive(ctx context.Context, until time.Time) error {
	dice := mathrand.New(mathrand.NewPCG(s.seed, 2))
	next := time.Now()
	for time.Now().Before(until) {
		now := time.Now()
		due, err := s.members.due(now)
		if err != nil {
			return err
		}
		if !next.After(now) {
			if err := s.members.act(); err != nil {
				return err
			}
			// As people come, at any time; a machine that is too slow for the
			// rate is not made to catch up by much.
			next = next.Add(time.Duration(dice.ExpFloat64() / s.rate * float64(time.Second)))
			if behind := now.Add(-time.Second / 4); next.Before(behind) {
				next = behind
			}
		}
		if due.IsZero() || next.Before(due) {
			due = next
		}
		if err := s.sleep(ctx, time.Until(due)); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until nothing is open: each has its answer, or has waited for
// one too long.
func (s *soaking) settle(ctx context.Context) error {
	return s.wait(ctx, 2*soakLimit, "the last answers", func() bool {
		_, err := s.members.due(time.Now())
		return err == nil && len(s.members.later) == 0 && s.checker.Open() == 0
	})
}

// wait waits for something, at most for so long.
func (s *soaking) wait(ctx context.Context, most time.Duration, what string, done func() bool) error {
	for deadline := time.Now().Add(most); !done(); {
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v in vain for %s", most, what)
		}
		if err := s.sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// sleep waits, and returns an error when the bot ends, or ctx.
func (s *soaking) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-s.bot.ended:
		return errors.New("the bot is gone")
	case <-ctx.Done():
		return fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
}

// look takes samples, and says now and then how it goes, until ctx ends.
func (s *soaking) look(ctx context.Context) {
	every := max(time.Second, s.length/soakSamples)
	samples, words := time.NewTicker(every), time.NewTicker(time.Minute)
	defer samples.Stop()
	defer words.Stop()
	for {
		select {
		case <-samples.C:
			s.sample(ctx)
			s.checker.Tidy()
		case <-words.C:
			last := s.samples.bot.List[len(s.samples.bot.List)-1]
			fmt.Fprintf(s.stderr, "soak: %.0f s, %d open, the bot holds %.1f MB\n", last.Seconds, s.checker.Open(), last.Figures[soak.Memory])
		case <-ctx.Done():
			return
		}
	}
}

// sample takes a sample of both processes.
func (s *soaking) sample(ctx context.Context) {
	s.samples.bot.Add(s.bot.figures(ctx))
	self := soak.Process(os.Getpid())
	self[soak.Goroutines] = float64(runtime.NumGoroutine())
	s.samples.self.Add(self)
}

// isClosed tells whether a channel is closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
