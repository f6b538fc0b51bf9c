package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

const usage = `usage: soak [-for 30m] [-rate 20] [-nasty] [-seed N] [-model off|scripted] [-bot FILE] [-log FILE] [-json]

Runs a test server here and "summitbot serve" against it as a process of its
own. Members of several servers, in six languages, mention it, reply, write to
it directly, use commands, buttons and menus, edit and delete what they have
asked; every question has to be answered once. In the end it prints what has
become of the questions, and how the bot's memory, goroutines and file handles
have gone. The exit code is 1 when a question was lost, answered twice, late or
wrongly.

`

const (
	// answerLimit is how long an answer may take.
	answerLimit = 30 * time.Second
	// mostSamples is how many samples of a process are taken, at most.
	mostSamples = 400
	// warmThreads is how many threads there are from the start.
	warmThreads = 5
)

func main() {
	s, err := readFlags(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err = s.run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// A soaking is one run of a soak.
type soaking struct {
	length  time.Duration
	rate    float64 // acts of members a second
	nasty   bool
	seed    uint64
	model   string
	program string // of the bot; empty: it is built
	logFile string // empty: the log is counted, and not kept
	json    bool
	server  *testserver.Server
	checker *checker
	members *members
	bot     *runningBot
	samples struct{ bot, self *samples }
}

// readFlags reads what is to be done. It ends the program where the flags ask
// for help or are unknown.
func readFlags(args []string) (*soaking, error) {
	fs := flag.NewFlagSet("soak", flag.ExitOnError)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), usage)
		fs.PrintDefaults()
	}
	s := &soaking{}
	fs.DurationVar(&s.length, "for", 30*time.Minute, "ask for so long")
	fs.Float64Var(&s.rate, "rate", 20, "do so many things a `second`")
	fs.BoolVar(&s.nasty, "nasty", false, "have the test server fail in the ways Discord fails")
	fs.Uint64Var(&s.seed, "seed", 0, "the `seed` of what members do and of -nasty; 0 takes a random one")
	fs.StringVar(&s.model, "model", "off", "`off` answers in the article's words, \"scripted\" with a model that writes quotations")
	fs.StringVar(&s.program, "bot", "", "run the summitbot of this `file`; without it, the one of this module is built")
	fs.StringVar(&s.logFile, "log", "", "keep all of the bot's log in a `file`")
	fs.BoolVar(&s.json, "json", false, "print JSON")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case fs.NArg() > 0:
		return nil, fmt.Errorf("it takes no argument %q (-help tells more)", fs.Arg(0))
	case s.length < time.Second || !(s.rate > 0 && s.rate <= 100):
		return nil, errors.New("-for is a second or more, -rate over 0 and at most 100")
	case s.model != "off" && s.model != "scripted":
		return nil, fmt.Errorf("there is no model %q: say off or scripted", s.model)
	}
	for s.seed == 0 {
		s.seed = mathrand.Uint64() >> 11 // exact in JSON's numbers
	}
	return s, nil
}

// run soaks, and prints what has come of it.
func (s *soaking) run(ctx context.Context, stdout io.Writer) error {
	result, err := s.judge(ctx)
	if result.Total.Asked == 0 && err != nil {
		return err
	}
	if s.json {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		err = errors.Join(err, encoder.Encode(result))
	} else {
		err = errors.Join(err, result.print(stdout))
	}
	if result.Panics > 0 {
		err = errors.Join(err, fmt.Errorf("the bot's log tells of %d panics", result.Panics))
	}
	return errors.Join(err, result.fault())
}

// judge sets everything up, has the members ask, and judges.
func (s *soaking) judge(ctx context.Context) (result outcome, err error) {
	words, err := readQuestions()
	if err != nil {
		return result, err
	}
	folder, err := os.MkdirTemp("", "summitbot-soak-")
	if err != nil {
		return result, fmt.Errorf("making a folder for the bot: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if s.program == "" {
		if s.program, err = build(ctx, folder); err != nil {
			return result, err
		}
	}
	token := rand.Text() // it opens this process's own server and nothing else
	discord, stopDiscord, err := serve(ctx, s.newServer(words, token))
	if err != nil {
		return result, err
	}
	defer func() {
		err = errors.Join(err, stopDiscord())
		s.server.Close()
	}()
	settings := []string{"DISCORD_TOKEN=" + token, "DISCORD_API_URL=" + discord}
	if s.model == "scripted" {
		model, stopModel, err := serve(ctx, &llmtest.Server{Answer: scriptedModel(), Forget: true})
		if err != nil {
			return result, err
		}
		defer stopModel()
		settings = append(settings, "OPENAI_BASE_URL="+model+"/v1", "OPENAI_MODEL=scripted")
	}
	keep, level := io.Discard, "warn"
	if s.logFile != "" {
		file, err := os.Create(s.logFile)
		if err != nil {
			return result, fmt.Errorf("keeping the bot's log: %w", err)
		}
		defer file.Close()
		keep, level = file, "debug"
	}
	if s.bot, err = startBot(ctx, s.program, folder, append(settings, "LOG_LEVEL="+level), keep); err != nil {
		return result, err
	}
	asked, err := s.soak(ctx)
	// What the members still wait for is judged before the bot takes its leave.
	result = outcome{
		Seed: s.seed, Seconds: asked.Seconds(), Rate: s.rate, Nasty: s.nasty, Model: s.model, report: s.checker.report(),
	}
	if s.samples.bot != nil {
		result.Bot, result.Server = s.samples.bot.trends(), s.samples.self.trends()
	}
	s.server.SetFaults(testserver.Faults{})
	err = errors.Join(err, s.bot.stop())
	result.Log, result.Panics = s.bot.log.counted()
	return result, err
}

// scriptedModel is a model that is quick enough for the questions of a soak.
// Every tenth of its replies is slow, so that it is shown while it is being
// written.
func scriptedModel() func(llmtest.Request) llmtest.Reply {
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

// newServer returns the test server, with members and a checker.
func (s *soaking) newServer(words questions, token string) *testserver.Server {
	s.members = newMembers(words, s.seed, s.rate)
	s.checker = newChecker(options{
		limit: answerLimit, read: readMessage, faulty: s.nasty, answered: s.members.answered, opened: s.members.form,
	})
	s.server = testserver.New(testserver.Options{
		Bots: []testserver.Bot{{Name: botName, Token: token}},
		// A question that the server forgets before its answer would be one that was
		// deleted, whose answer goes.
		RouteLimits: true, IdentifyInterval: 5 * time.Second, Messages: 5000,
		Watch: func(e testserver.Event) {
			s.checker.watch(e)
			s.members.watch(e)
		},
	})
	s.members.server, s.members.checker = s.server, s.checker
	return s.server
}

// serve serves on a free port of this machine, and returns its address. What
// else it returns is to be called in the end.
func serve(ctx context.Context, handler http.Handler) (address string, stop func() error, err error) {
	l, err := testserver.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- web.Serve(l) }()
	return "http://" + l.Addr().String(), func() error {
		err := web.Close()
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
	s.samples.bot, s.samples.self = newSamples(), newSamples()
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
		places = append(places, [2]string{u.name, "@" + botName})
	}
	ask := func(list [][2]string) error {
		for _, p := range list {
			if _, err := m.post("warming up", wantAnswer, p[0], p[1], "@"+botName+" why was Alaska chosen?"); err != nil {
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
	for range warmThreads {
		if err := m.click("button: thread", wantAnswer, func(w *wording.Words) []string { return []string{w.InThread} }); err != nil {
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
	return s.wait(ctx, 2*answerLimit, "the last answers", func() bool {
		_, err := s.members.due(time.Now())
		return err == nil && len(s.members.later) == 0 && s.checker.open() == 0
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
	every := max(time.Second, s.length/mostSamples)
	samples, words := time.NewTicker(every), time.NewTicker(time.Minute)
	defer samples.Stop()
	defer words.Stop()
	for {
		select {
		case <-samples.C:
			s.sample(ctx)
			s.checker.tidy()
		case <-words.C:
			last := s.samples.bot.list[len(s.samples.bot.list)-1]
			fmt.Fprintf(os.Stderr, "soak: %.0f s, %d open, the bot holds %.1f MB\n", last.seconds, s.checker.open(), last.figures[memory])
		case <-ctx.Done():
			return
		}
	}
}

// sample takes a sample of both processes.
func (s *soaking) sample(ctx context.Context) {
	s.samples.bot.add(s.bot.figures(ctx))
	self := figuresOf(os.Getpid())
	self[goroutines] = float64(runtime.NumGoroutine())
	s.samples.self.add(self)
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
