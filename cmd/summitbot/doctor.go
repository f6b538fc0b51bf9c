package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"summitbot/bot"
	"summitbot/bot/doctor"
	"summitbot/bot/llm"
	"summitbot/retrieval"
)

const doctorUsage = `usage: summitbot doctor [-json]

Checks everything that "serve" needs: the settings, the articles, the folder
for what is kept, Discord and the bot's standing there, and the model. Each
line says ok, warning, fault or skipped, and below it how to mend what is
wrong. It changes nothing, and may run while "serve" does. A model is asked
two questions, the longer one with as much text as it may ever be shown. The
exit code is 1 when there is a fault.

`

// errFaults ends the program with the exit code for failure.
var errFaults = errors.New("there are faults")

// runDoctor checks what the program needs.
func runDoctor(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("doctor", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "print one JSON array of {check, status, found, mend}")
	if err := parseFlags(env, fs, args, doctorUsage, false); err != nil {
		return err
	}
	sheet := doctor.Sheet{W: env.stdout, Colour: colourful(env)}
	all := []doctor.Finding{}
	err := doctor.Run(ctx, doctorOptions(env), func(f doctor.Finding) {
		if !*asJSON {
			sheet.Line(f)
		}
		f.Mend = strings.TrimSpace(f.Mend + " " + f.Command)
		all = append(all, f)
	})
	if err != nil {
		return fmt.Errorf("the checks are not all done: %w", err)
	}
	if *asJSON {
		e := json.NewEncoder(env.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(all)
	} else {
		sheet.Sum()
		err = sheet.Err
	}
	if err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if slices.ContainsFunc(all, func(f doctor.Finding) bool { return f.Status == doctor.Fault }) {
		return errFaults
	}
	return nil
}

// doctorOptions are the settings as the doctor is told them.
func doctorOptions(env environment) doctor.Options {
	vars, from, err := readVars(env)
	var cfg config
	var faults []error
	if err == nil {
		cfg, faults, err = parseConfig(vars, from)
	}
	name := cmp.Or(cfg.OpenAIModel, openAIModel)
	authorities, _ := env.getenv("SSL_CERT_FILE")
	return doctor.Options{
		Settings: doctor.Settings{
			Unread: err, Faults: faults, Known: settingNames(), Misspelt: misspellings(vars),
			Set: slices.DeleteFunc(settingNames(), func(name string) bool { return vars[name] == "" }),
		},
		Discord: doctor.Discord{
			Token: cfg.DiscordToken.reveal(), APIURL: cfg.DiscordAPIURL, Server: cfg.DiscordGuildID, Channels: cfg.Channels,
			MessageContent: bool(cfg.MessageContent), Shards: int(cfg.Shards), Authorities: authorities,
		},
		Model: doctor.Model{
			Named: cfg.OpenAIKey != "" || cfg.OpenAIBaseURL != "", Name: name, Server: cfg.modelServer(),
			BaseURL: cfg.OpenAIBaseURL, JSON: cfg.OpenAIJSON, Timeout: cfg.OpenAITimeout,
			ContextTokens: cfg.ContextTokens, ReplyTokens: longestReply, DailyTokens: cfg.DailyTokenBudget,
			New: func() (*llm.Client, error) {
				client, _, err := newClient(cfg, slog.New(slog.DiscardHandler))
				return client, ofModel(err)
			},
		},
		Judge: doctor.Judge{
			On: bool(cfg.OpenAIJudge), Apart: cfg.OpenAIJudgeModel != "" || cfg.OpenAIJudgeBaseURL != "",
			Name: cmp.Or(cfg.OpenAIJudgeModel, name), Server: cfg.judgeServer(),
			New: func(index *retrieval.Index) (func(context.Context) (bot.JudgeState, error), error) {
				answerer, client, err := newAnswerer(cfg, index, slog.New(slog.DiscardHandler), bot.Options{Store: userStore()})
				return func(ctx context.Context) (bot.JudgeState, error) {
					defer client.Close()
					return answerer.TryJudge(ctx, everyNowAndThen(progress(env, "pairs are judged, to try the judge")))
				}, ofModel(err)
			},
		},
		Articles: cfg.Articles,
		Index:    func() (*retrieval.Index, error) { return loadIndex(cfg) },
		Store:    cfg.store(cfg.DataDir),
		Free:     freeSpace,
		Ready: func(ctx context.Context) (string, error) {
			addr, err := metricsAddr(env)
			if err != nil {
				return "", err
			}
			_, says, err := askReady(ctx, "http://"+addr+"/readyz")
			return says, err
		},
		Waiting: env.stderr,
		Log:     newLogger(env.stderr, cfg.LogLevel, cfg.LogFormat),
	}
}

// ofModel is what is wrong with the model's settings, without saying that it is
// they.
func ofModel(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), modelSettings))
}

// colourful says whether standard output is a terminal that shows colours.
func colourful(env environment) bool {
	f, ok := env.stdout.(*os.File)
	if !ok {
		return false
	}
	if v, _ := env.getenv("NO_COLOR"); v != "" {
		return false
	}
	if v, _ := env.getenv("TERM"); v == "" || v == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}
