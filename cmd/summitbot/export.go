package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/eval"
	"summitbot/bot/store"
)

const backupUsage = `usage: summitbot backup FILE

Writes all that is kept into a new file, while the bot goes on. It is a database
of SQLite's also where the bot uses PostgreSQL. To go back to it, end the bot,
delete summitbot.db-wal and summitbot.db-shm in DATA_DIR if they are there, and
put the file in the place of summitbot.db.
`

// runBackup writes a backup of the store.
func runBackup(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("backup", flag.ContinueOnError)
	if err := parseFlags(env, fs, args, backupUsage, true); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return usagef("backup needs the name of the file to write: summitbot backup FILE")
	}
	return withStore(ctx, env, func(kept *store.Store, _ config) error {
		if err := kept.Backup(ctx, fs.Arg(0)); err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "all that is kept is in %s\n", fs.Arg(0))
		return nil
	})
}

const exportUsage = `usage: summitbot export [-since 7d] [-cases]

Prints the finished questions as JSON lines, the oldest first: question, answer,
verdict, quoted sentences, cost and votes, without who asked. With -cases it
prints the questions whose answers were voted down, as cases of an evaluation
set, which "summitbot eval" reads.

`

// runExport prints what is kept.
func runExport(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("export", flag.ContinueOnError)
	since := fs.String("since", "", "only what was asked since then: `7d`, 12h or 2026-11-24")
	cases := fs.Bool("cases", false, "print cases of an evaluation set")
	if err := parseFlags(env, fs, args, exportUsage, false); err != nil {
		return err
	}
	from, err := parseSince(*since, time.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, env, func(kept *store.Store, _ config) error {
		out := bufio.NewWriter(env.stdout)
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false)
		err := kept.Records(ctx, "", from, func(r bot.Record) error {
			if !*cases {
				return lines.Encode(r)
			}
			if c, ok := caseOf(r); ok {
				return lines.Encode(c)
			}
			return nil
		})
		return errors.Join(err, out.Flush())
	})
}

// caseOf makes a case of an evaluation set of a question whose answer was
// voted down. What answers it, its author has to fill in: until then the case
// says only whether there should be an answer.
func caseOf(r bot.Record) (eval.Case, bool) {
	down := slices.IndexFunc(r.Votes, func(v bot.Vote) bool { return !v.Up })
	if down < 0 || r.Question == "" || r.Kind != bot.Ask {
		return eval.Case{}, false
	}
	v := r.Votes[down]
	c := eval.Case{ID: "voted-down-" + r.ID, Kind: "voted_down", History: r.History, Question: r.Question, Gold: []string{}, Expect: "refuse"}
	if c.History == nil {
		c.History = []string{}
	}
	if refused := len(r.Sentences) == 0; refused || v.Reason == "missing" {
		c.Answerable, c.Expect = true, "answer"
	}
	return c, true
}

// databaseFile is the name of SQLite's file in DATA_DIR.
const databaseFile = "summitbot.db"

// parseSince reads where something begins that is told: so many days (7d) or hours (24h)
// before now, or a day. Empty is the zero time: all that is kept.
func parseSince(s string, now time.Time) (time.Time, error) {
	wrong := func() (time.Time, error) {
		return time.Time{}, usagef("-since: %q is neither a time back from now, such as 7d or 24h, nor a day that has begun, such as 2026-11-01", s)
	}
	if s == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		if day.After(now) {
			return wrong()
		}
		return day, nil
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.Atoi(n)
		if err != nil || days < 1 || days > mostDays {
			return wrong()
		}
		return now.AddDate(0, 0, -days), nil
	}
	back, err := time.ParseDuration(s)
	if err != nil || back <= 0 {
		return wrong()
	}
	return now.Add(-back), nil
}

// withStore opens the store that the settings name, beside a bot that may be
// at work with it, for use, and returns use's error. A folder without a
// database is refused: it is not the one that the bot keeps its own in.
func withStore(ctx context.Context, env environment, use func(*store.Store, config) error) error {
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	if cfg.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(cfg.DataDir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no %s in the folder %s: run this in the folder that serve was started in, or name serve's folder in DATA_DIR", databaseFile, cfg.DataDir)
		}
	}
	kept, err := store.Open(ctx, cfg.store(cfg.DataDir))
	if err != nil {
		return err
	}
	return errors.Join(use(kept, cfg), kept.Close())
}
