package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"summitbot/bot/discord"
	"summitbot/bot/store"
	"summitbot/retrieval"
)

const serveUsage = `usage: summitbot serve

Answers on Discord until it is interrupted; then it takes no more questions,
finishes what it has within 20 s, and ends. It needs DISCORD_TOKEN; with
DISCORD_API_URL it answers on a test server of this machine instead.
`

const (
	// workers is how many answers are worked on at once.
	workers = 8
	// drain is how long an interrupted bot goes on with what it has.
	drain = 20 * time.Second
)

// runServe runs the bot.
func runServe(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	if err := parseFlags(env, fs, args, serveUsage, false); err != nil {
		return err
	}
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	if cfg.DiscordToken == "" {
		return usagef("serve needs DISCORD_TOKEN, the bot's token from Discord's Developer Portal; " +
			"to try the bot without one: summitbot local")
	}
	log := newLogger(env.stderr, cfg.LogLevel)
	settle := startFast()
	return serve(ctx, cfg, cfg.DataDir, log, func(name string) {
		fmt.Fprintf(env.stdout, "ready: %s is connected and answers\n", name)
		settle()
	})
}

// startFast puts off the collection of garbage until settle: what a start
// leaves is little, and is collected and given back to the system at once when
// it is over.
func startFast() (settle func()) {
	percent := debug.SetGCPercent(400) // of the runtime's least heap, 4 MB
	return func() {
		debug.SetGCPercent(percent)
		debug.FreeOSMemory()
	}
}

// serve runs the bot with the given settings until ctx ends, and keeps what
// outlives it in a folder. It calls ready once the bot answers.
func serve(ctx context.Context, cfg config, folder string, log *slog.Logger, ready func(name string)) (err error) {
	index, kept, err := open(ctx, cfg, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	answerer, done, err := newAnswerer(ctx, cfg, index, log)
	if err != nil {
		return err
	}
	defer done()
	b, err := discord.New(discord.Options{
		Token:             cfg.DiscordToken.reveal(),
		APIURL:            cfg.DiscordAPIURL,
		GuildID:           cfg.DiscordGuildID,
		Answerer:          answerer,
		Styles:            answerer.HasModel(),
		Votes:             kept,
		Ledger:            kept,
		Log:               log,
		Channels:          cfg.Channels,
		PerMinute:         cfg.QuestionsPerMinute,
		MessageContent:    bool(cfg.MessageContent),
		Workers:           workers,
		RequestsPerSecond: cfg.RequestsPerSecond,
		Drain:             drain,
		Ready:             ready,
	})
	if err != nil {
		return fmt.Errorf("%w%w", silent{errUsage}, err)
	}
	return b.Run(ctx)
}

// open reads the articles while the store, which waits for the disk, is opened
// in a folder.
func open(ctx context.Context, cfg config, folder string) (index *retrieval.Index, kept *store.Store, err error) {
	var reading sync.WaitGroup
	var unread error
	reading.Go(func() { index, unread = loadIndex(cfg) })
	kept, err = store.Open(ctx, folder)
	reading.Wait()
	if err = errors.Join(unread, err); err != nil && kept != nil {
		err = errors.Join(err, kept.Close())
	}
	return index, kept, err
}
