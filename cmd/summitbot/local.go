package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
)

const localUsage = `usage: summitbot local [-addr PORT|HOST:PORT] [-model off|scripted] [-nasty] [-no-bot]

Runs a Discord-compatible test server on this machine, a page to talk to it in
the browser, and the bot. It needs no token and no key. Nothing leaves the
machine, unless the settings name a model elsewhere.

`

// runLocal runs the test server, its page and the bot in one process.
func runLocal(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("local", flag.ContinueOnError)
	addr := fs.String("addr", "127.0.0.1:8080", "listen on this loopback `address`, or on this port of 127.0.0.1; port 0 takes a free one")
	model := fs.String("model", "", "`off` answers in the article's words whatever the settings say; \"scripted\" shows a model's\nanswers without one: quotations first, then a statement that is not upheld, one that is, and a yes that is refused")
	nasty := fs.Bool("nasty", false, "have the test server fail now and then in the ways Discord fails; the log tells the seed")
	seed := fs.Uint64("seed", 0, "the `seed` of -nasty; 0 takes a random one")
	noBot := fs.Bool("no-bot", false, "run the test server without the bot, for a bot of your own")
	if err := parseFlags(env, fs, args, localUsage, false); err != nil {
		return err
	}
	var at listenAddr
	if err := at.UnmarshalText([]byte(*addr)); err != nil {
		return usagef("local: -addr %s is not understood: %v", *addr, err)
	}
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	log := newLogger(env.stderr, cfg.LogLevel, cfg.LogFormat)
	if *model != "" {
		stop, err := useModel(&cfg, *model)
		if err != nil {
			return err
		}
		defer stop()
	}
	l, err := testserver.Listen(ctx, string(at))
	if _, tried := errors.AsType[*net.OpError](err); err != nil && !tried {
		return usagef("local: %v", err) // the address is not one to listen on
	} else if err != nil {
		return err
	}
	// The token opens this process's own test server and nothing else.
	cfg.DiscordToken = secret(rand.Text())
	options := testserver.Options{Log: log, DefaultBot: "summitbot", RouteLimits: true, IdentifyInterval: 5 * time.Second}
	if *nasty {
		options.Faults = testserver.Nasty()
		options.Faults.Seed = *seed
	}
	if !*noBot {
		options.Bots = []testserver.Bot{{Name: "summitbot", Token: cfg.DiscordToken.reveal()}}
	}
	server := testserver.New(options)
	defer server.Close()
	return serveLocal(ctx, env, l, server, func(ctx context.Context, address string) error {
		if *noBot {
			fmt.Fprintf(env.stdout, "ready: no bot is running; connect one with any token and DISCORD_API_URL=%s\n", address)
			<-ctx.Done()
			return nil
		}
		cfg.DiscordAPIURL, cfg.DiscordGuildID = address, ""
		cfg.DatabaseURL, cfg.MetricsAddr = "", ""
		return service{cfg: cfg, folder: store.Memory, log: log}.run(ctx, func(name string) {
			fmt.Fprintf(env.stdout, "ready: open %s and write \"@%s why Alaska?\" or /risks\n", address, name)
		})
	})
}

// serveLocal serves handler on l for as long as work runs, and then for as
// long as it takes to end the requests under way.
func serveLocal(ctx context.Context, env environment, l net.Listener, handler http.Handler, work func(ctx context.Context, address string) error) error {
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	address := "http://" + l.Addr().String()
	fmt.Fprintf(env.stdout, "page: %s\n", address)
	ctx, cancel := context.WithCancelCause(ctx)
	served := make(chan error, 1)
	go func() {
		err := srv.Serve(l)
		cancel(err)
		served <- err
	}()
	err := work(ctx, address)
	cancel(nil)
	ending, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if srv.Shutdown(ending) != nil {
		// Event streams stay open for as long as a page looks on.
		err = errors.Join(err, srv.Close())
	}
	if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("server %s: %w", address, serveErr))
	}
	return err
}

// useModel changes the settings to those of the -model flag. What it returns is
// to be called in the end.
func useModel(cfg *config, name string) (stop func(), err error) {
	cfg.OpenAIKey, cfg.OpenAIBaseURL = "", ""
	switch name {
	case "off":
		return func() {}, nil
	case "scripted":
	default:
		return nil, usagef("local: there is no model %q: say off or scripted", name)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the scripted model: %w", err)
	}
	srv := &http.Server{Handler: &llmtest.Server{Answer: llmtest.Rewording(20 * time.Millisecond), Forget: true}, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	cfg.OpenAIBaseURL, cfg.OpenAIModel, cfg.OpenAIJSON = "http://"+l.Addr().String()+"/v1", "scripted", ""
	return func() {
		srv.Close()
		<-done
	}, nil
}
