package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/llm"
	"summitbot/prompts"
	"summitbot/retrieval"
)

const (
	// openAIModel is the model that OpenAI itself is asked for when the
	// settings name none.
	openAIModel = "gpt-4.1-mini"
	// longestReply is how many tokens a reply may have.
	longestReply = 2500
	// afterModel is how much longer than a reply a question may take: it may
	// have to be mended.
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
	if e, ok := errors.AsType[*llm.Error](err); ok && e.Kind == llm.NoRoom {
		err = &bot.NoRoom{Fits: e.Fits(longestReply), Err: err}
	}
	if !r.Worked() {
		return bot.Usage{}, err
	}
	return bot.Usage{Calls: 1, PromptTokens: r.PromptTokens, CachedTokens: r.CachedTokens, CompletionTokens: r.CompletionTokens}, err
}

// newAnswerer returns the answerer that the settings ask for, with what it
// keeps besides, and the client of its model, nil without one, which is to be
// closed when it is done with.
func newAnswerer(cfg config, index *retrieval.Index, log *slog.Logger, o bot.Options) (*bot.Answerer, *llm.Client, error) {
	client, name, err := newClient(cfg, log)
	switch {
	case err != nil:
		return nil, nil, err
	case client == nil:
		return bot.NewAnswerer(index, bot.Options{}), nil, nil
	}
	log.Info("a model writes the answers", "model", name, "server", cfg.modelServer())
	o.Model, o.ModelName, o.ContextTokens, o.DailyTokens = model{client}, name, cfg.ContextTokens, cfg.DailyTokenBudget
	o.Patience = cfg.OpenAITimeout + afterModel
	return bot.NewAnswerer(index, o), client, nil
}

// modelServer is where the model is asked, as it may be told.
func (c config) modelServer() string {
	if c.OpenAIBaseURL == "" {
		return "OpenAI"
	}
	return llm.Server(c.OpenAIBaseURL)
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
