package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/store"
	"summitbot/retrieval"
)

const serveUsage = `usage: summitbot serve [-role all|gateway|worker]

Answers on Discord until it is interrupted; then it hears no more questions,
finishes what it has within 20 s, leaves the rest to the next run or to other
processes, and ends. It needs DISCORD_TOKEN; with DISCORD_API_URL it answers on
a test server of this machine instead. Several processes share the work through
a PostgreSQL database (DATABASE_URL).

`

const (
	// offlineWorkers is how many questions are in hand at once where the answer
	// takes no time: as many as Discord lets a bot post in a second, and some.
	offlineWorkers = 64
	// besideModel is how many more there are than replies of a model are asked
	// for: those that are being posted, edited or answered without it, which
	// takes about as long as Discord wants between two edits.
	besideModel = 8
	// drain is how long an interrupted bot goes on with what it has.
	drain = 20 * time.Second
	// purgeEvery is how often what is too old is deleted.
	purgeEvery = 10 * time.Minute
)

// runServe runs the bot.
func runServe(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	role := fs.String("role", string(discord.Everything), "the `part` of the work that this process does: \"gateway\" hears questions,\n\"worker\" answers them, \"all\" does both")
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
	if err := rest.CheckToken(cfg.DiscordToken.reveal()); err != nil {
		return usagef("%s is not understood: %v; copy it once more, without blanks, quotation marks or \"Bot \" before it", cfg.from.at("DISCORD_TOKEN"), err)
	}
	log := newLogger(env.stderr, cfg.LogLevel, cfg.LogFormat)
	if err := warnOfNames(env, log); err != nil {
		return err
	}
	settle := startFast(log)
	s := service{cfg: cfg, folder: cfg.DataDir, role: discord.Role(*role), log: log}
	return s.run(ctx, func(name string) {
		defer settle()
		if s.role == discord.Worker {
			fmt.Fprintf(env.stdout, "ready: %s answers what others hear\n", name)
			return
		}
		fmt.Fprintf(env.stdout, "ready: %s is connected and answers\n", name)
	})
}

// warnOfNames logs which names in .env are no settings, and yet like one.
func warnOfNames(env environment, log *slog.Logger) error {
	vars, _, err := readVars(env)
	if err != nil {
		return err
	}
	misspelt := misspellings(vars)
	for _, name := range slices.Sorted(maps.Keys(misspelt)) {
		log.Warn("a name in .env is no setting, and is not read", "name", name, "perhaps", misspelt[name])
	}
	return nil
}

// startFast puts off the collection of garbage until settle: what a start
// leaves is little, and is collected and given back to the system at once when
// it is over, with what else only a start needs.
func startFast(log *slog.Logger) (settle func()) {
	percent := debug.SetGCPercent(400) // of the runtime's least heap, 4 MB
	return func() {
		debug.SetGCPercent(percent)
		debug.FreeOSMemory()
		if err := letGo(); err != nil {
			log.Debug("the program's file stays in memory", "cause", err)
		}
	}
}

// A service is what a bot is run with.
type service struct {
	cfg    config
	folder string // for SQLite
	role   discord.Role
	log    *slog.Logger
}

// run runs the bot until ctx ends. It calls ready once the bot answers.
func (s service) run(ctx context.Context, ready func(name string)) (err error) {
	cfg := s.cfg
	counts, stop, err := s.measure()
	if err != nil {
		return err
	}
	defer stop()
	clock := bot.NewClock()
	index, kept, err := s.open(ctx, counts, clock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	defer prepareBehind(ctx, cfg, index, s.log)()
	answerer, client, err := newAnswerer(cfg, index, s.log, bot.Options{Spending: kept, Store: kept, Meter: counts.ofAnswers})
	if err != nil {
		return err
	}
	defer client.Close()
	defer tryJudge(ctx, answerer, s.log)()
	inHand := offlineWorkers
	if answerer.HasModel() {
		inHand = cfg.OpenAIParallel + besideModel
	}
	var share gateway.Shards
	if kept.Durable() {
		share = kept.Gateway(kept.Shared())
	}
	var slots rest.Slots
	if kept.Shared() {
		if slots, err = kept.Slots(ctx, "summitbot", cmp.Or(cfg.RequestsPerSecond, rest.RequestsPerSecond), rest.RequestsWindow); err != nil {
			return err
		}
	}
	up := make(chan struct{})
	b, err := discord.New(discord.Options{
		Token:             cfg.DiscordToken.reveal(),
		APIURL:            cfg.DiscordAPIURL,
		GuildID:           cfg.DiscordGuildID,
		Role:              s.role,
		Answerer:          answerer,
		Model:             answerer.HasModel(),
		JudgeElsewhere:    answerer.HasModel() && !answerer.JudgeState().Off && cfg.judgeServer() != cfg.modelServer(),
		Styles:            answerer.HasModel() && !answerer.JudgeState().Off,
		Ledger:            kept,
		Records:           kept,
		Clock:             clock,
		Reports:           reporter{kept.Store, index.Articles()},
		KeptDays:          cfg.RetentionDays,
		Log:               s.log,
		Channels:          cfg.Channels,
		PerMinute:         cfg.QuestionsPerMinute,
		MessageContent:    bool(cfg.MessageContent),
		Workers:           inHand,
		Shards:            int(cfg.Shards),
		Share:             share,
		RequestsPerSecond: cfg.RequestsPerSecond,
		Slots:             slots,
		Meter:             counts.ofBot,
		Drain:             drain,
		Ready: func(name string) {
			close(up)
			ready(name)
		},
	})
	if err != nil {
		return fmt.Errorf("%w%w", silent{errUsage}, err)
	}
	s.watch(counts, b, kept.Store, answerer, client.writer)
	purging, end := context.WithCancel(ctx)
	purged := make(chan struct{})
	go func() {
		defer close(purged)
		select {
		case <-up: // the time is known
		case <-time.After(purgeEvery): // no better one than this machine's
		case <-purging.Done():
			return
		}
		purge(purging, kept, s.log)
	}()
	defer func() {
		end()
		<-purged
	}()
	return b.Run(ctx)
}

// store says where the store is, in a folder where it is SQLite's.
func (c config) store(folder string) store.Options {
	return store.Options{Folder: folder, URL: c.DatabaseURL.reveal(), Retention: time.Duration(c.RetentionDays) * 24 * time.Hour}
}

// purge deletes what is too old, from time to time, until ctx ends.
func purge(ctx context.Context, kept *store.Standby, log *slog.Logger) {
	for {
		if err := kept.Purge(ctx); err != nil && ctx.Err() == nil {
			log.Warn("what is too old is not deleted yet", "cause", err)
		}
		select {
		case <-time.After(purgeEvery):
		case <-ctx.Done():
			return
		}
	}
}

// open reads the articles while the store, which waits for the disk, is opened
// in a folder, to go by a clock.
func (s service) open(ctx context.Context, counts counts, clock *bot.Clock) (index *retrieval.Index, kept *store.Standby, err error) {
	var reading sync.WaitGroup
	var unread error
	reading.Go(func() { index, unread = loadIndex(s.cfg) })
	options := s.cfg.store(s.folder)
	options.Serving, options.Clock, options.Log, options.Failed = true, clock, s.log, counts.storeFailed
	kept, err = store.OpenStandby(ctx, options)
	reading.Wait()
	if err = errors.Join(unread, err); err != nil && kept != nil {
		err = errors.Join(err, kept.Close())
	}
	return index, kept, err
}
