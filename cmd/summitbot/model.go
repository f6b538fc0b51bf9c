package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"summitbot/bot"
	"summitbot/bot/llm"
	"summitbot/bot/proof"
	"summitbot/prompts"
	"summitbot/retrieval"
)

const (
	// openAIModel is the model that OpenAI itself is asked for when the
	// settings name none.
	openAIModel = "gpt-4.1-mini"
	// longestReply is how many tokens a reply may have.
	longestReply = 2500
	// afterModel is how much longer than a reply a question may take.
	afterModel = 2 * time.Second
)

// modelSettings begins what is said of the model's settings.
const modelSettings = "the model's settings: "

// A model is an llm.Client as the bot asks it.
type model struct{ *llm.Client }

// Write asks for a reply to a prompt.
func (m model) Write(ctx context.Context, p prompts.Prompt, text func(string) error) (bot.Usage, error) {
	bot.Hold(ctx, nil)
	r, err := m.Stream(ctx, llm.Request{
		System: p.System, User: p.User, Schema: p.Schema, SchemaName: p.SchemaName, Whole: p.Whole, MaxTokens: longestReply,
		Held: func(free func()) { bot.Hold(ctx, free) },
	}, text)
	if e, ok := errors.AsType[*llm.Error](err); ok {
		switch e.Kind {
		case llm.NoRoom:
			err = &bot.NoRoom{Fits: e.Fits(longestReply), Err: err}
		case llm.TooLong, llm.Refused:
			err = &bot.NoUse{Err: err}
		}
	}
	if !r.Worked() {
		return bot.Usage{}, err
	}
	return bot.Usage{Calls: 1, PromptTokens: r.PromptTokens, CachedTokens: r.CachedTokens, CompletionTokens: r.CompletionTokens}, err
}

// newAnswerer returns the answerer that the settings ask for, with what it
// keeps besides, and the client of its model, nil without one, which is to be
// closed when it is done with.
func newAnswerer(cfg config, index *retrieval.Index, log *slog.Logger, o bot.Options) (*bot.Answerer, clients, error) {
	client, name, err := newClient(cfg, log)
	switch {
	case err != nil:
		return nil, clients{}, err
	case client == nil:
		return bot.NewAnswerer(index, bot.Options{}), clients{}, nil
	}
	all := clients{client, client}
	if cfg.OpenAIJudge {
		judge := name
		if cfg.OpenAIJudgeModel != "" || cfg.OpenAIJudgeBaseURL != "" {
			if all.judge, judge, err = newJudge(cfg, name, log); err != nil {
				client.Close()
				return nil, clients{}, err
			}
		}
		o.Judge, o.JudgeName, o.JudgeParallel = model{all.judge}, cmp.Or(cfg.OpenAIJudgeBaseURL, cfg.OpenAIBaseURL)+" "+judge, cfg.OpenAIParallel
		o.JudgeForm = cmp.Or(proof.Form(cfg.OpenAIJudgeForm), proof.FormOf(judge))
	}
	log.Info("a model writes the answers", "model", name, "server", cfg.modelServer())
	o.Model, o.ModelName, o.ContextTokens, o.DailyTokens = model{client}, name, cfg.ContextTokens, cfg.DailyTokenBudget
	o.Patience = cfg.OpenAITimeout + afterModel
	return bot.NewAnswerer(index, o), all, nil
}

// clients are those of the model that writes and of the one that judges, which
// may be the same; nil without a model.
type clients struct{ writer, judge *llm.Client }

// Close ends what the clients have under way.
func (c clients) Close() {
	c.writer.Close()
	if c.judge != c.writer {
		c.judge.Close()
	}
}

// newJudge returns the client of a judge that is another model than the writer, or
// the same on another server.
func newJudge(cfg config, writer string, log *slog.Logger) (*llm.Client, string, error) {
	of := cfg
	of.OpenAIModel = cmp.Or(cfg.OpenAIJudgeModel, writer)
	if cfg.OpenAIJudgeBaseURL != "" {
		of.OpenAIBaseURL, of.OpenAIKey = cfg.OpenAIJudgeBaseURL, cfg.OpenAIJudgeKey
	}
	return newClient(of, log)
}

// tryJudge tries the judge in the background, until there is an outcome, and says
// what it is.
func tryJudge(ctx context.Context, answerer *bot.Answerer, log *slog.Logger) (stop func()) {
	if !answerer.HasModel() || answerer.JudgeState().Off {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var trying sync.WaitGroup
	trying.Go(func() {
		for pause := shortestRetry; ; pause = min(2*pause, longestRetry) {
			state, err := answerer.TryJudge(ctx, nil)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil && state.Trusted:
				log.Info("the judge passed its trial: what it upholds is said in the model's words", "wrong_upheld", state.Trial.WrongUpheld, "honest_refused", state.Trial.HonestLost)
				return
			case err == nil:
				log.Warn("the judge did not pass its trial, so that answers are quotations: take a better model, or set OPENAI_JUDGE_MODEL",
					"wrong_upheld", state.Trial.WrongUpheld, "honest_refused", state.Trial.HonestLost, "pairs", state.Trial.IDs())
				return
			}
			log.Warn("the judge could not be tried: until it is, answers are quotations", "cause", err, "again_in", pause)
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	})
	return func() { cancel(); trying.Wait() }
}

// How long it takes until a judge that could not be tried is tried again.
const (
	shortestRetry = 5 * time.Second
	longestRetry  = 5 * time.Minute
)

// modelServer is where the model is asked, as it may be told.
func (c config) modelServer() string {
	if c.OpenAIBaseURL == "" {
		return "OpenAI"
	}
	return llm.Server(c.OpenAIBaseURL)
}

// judgeServer is the server that judges, as it is told to people.
func (c config) judgeServer() string {
	if c.OpenAIJudgeBaseURL == "" {
		return c.modelServer()
	}
	return llm.Server(c.OpenAIJudgeBaseURL)
}

// modelLines tells where in .env the model's settings stand, if they do.
func (c config) modelLines() string {
	var all []string
	for _, name := range settingNames() {
		if c.from[name] > 0 && strings.HasPrefix(name, "OPENAI_") {
			all = append(all, c.from.at(name))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// newClient returns a client of the model that the settings name, and the
// model's name; no client when they name none.
func newClient(cfg config, log *slog.Logger) (*llm.Client, string, error) {
	if cfg.OpenAIKey == "" && cfg.OpenAIBaseURL == "" {
		return nil, "", nil
	}
	name := cfg.OpenAIModel
	if cfg.OpenAIBaseURL == "" {
		name = cmp.Or(name, openAIModel)
	}
	client, err := llm.New(llm.Config{
		BaseURL: cfg.OpenAIBaseURL, Key: llm.Key(cfg.OpenAIKey.reveal()), Model: name, JSON: llm.JSONMode(cfg.OpenAIJSON),
		Timeout: cfg.OpenAITimeout, Parallel: cfg.OpenAIParallel, Log: log,
	})
	if err != nil {
		return nil, "", usagef("%s%s%s", modelSettings, oneLine(err), cfg.modelLines())
	}
	return client, name, nil
}
