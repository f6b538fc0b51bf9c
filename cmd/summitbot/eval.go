package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"summitbot/bot"
	"summitbot/bot/eval"
	"summitbot/retrieval"
	"summitbot/seeds"
)

const evalUsage = `usage: summitbot eval [-gold FILE] [-model] [-answers FILE] [-json]
       summitbot eval [-gold FILE] -rescore FILE [-json]
       summitbot eval -squad FILE [-json]

Measures how well questions are answered. Without -gold it takes the built-in
evaluation set, one {"id", "kind", "question", "history", "gold", …} a line.
With -model the model of the settings writes the answers; -answers keeps them
in a file, and -rescore scores such a file again, without the model.
With -squad it searches the articles of a file in the format of SQuAD 2.0.

`

// runEval runs an evaluation and prints its figures.
func runEval(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("eval", flag.ContinueOnError)
	gold := fs.String("gold", "", "take the evaluation set from this `file`")
	squad := fs.String("squad", "", "search the articles of this `file` in SQuAD's format")
	var how evaluation
	fs.BoolVar(&how.model, "model", false, "answer with the model that the settings name")
	fs.StringVar(&how.answers, "answers", "", "write the answers to this `file`, a line of JSON each")
	fs.StringVar(&how.rescore, "rescore", "", "score the answers of this `file` again")
	asJSON := fs.Bool("json", false, "print the figures as JSON")
	if err := parseFlags(env, fs, args, evalUsage, false); err != nil {
		return err
	}
	if *gold != "" && *squad != "" {
		return usagef("eval takes -gold or -squad, not both")
	}
	if *squad != "" && how != (evaluation{}) {
		return usagef("eval -squad measures ranking alone: leave -model, -answers and -rescore out")
	}
	if how.rescore != "" && (how.model || how.answers != "") {
		return usagef("eval -rescore asks nobody: leave -model and -answers out")
	}
	how.gold = *gold
	var figures interface{ Write(io.Writer) error }
	var err error
	if *squad != "" {
		figures, err = evalSquad(*squad)
	} else {
		figures, err = evalGold(ctx, env, how)
	}
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(env.stdout).Encode(figures)
	}
	return figures.Write(env.stdout)
}

// evalSquad searches the articles of a file in SQuAD's format.
func evalSquad(name string) (eval.Squad, error) {
	f, err := os.Open(name)
	if err != nil {
		return eval.Squad{}, fmt.Errorf("reading -squad: %w", err)
	}
	defer f.Close()
	return eval.RunSquad(f)
}

// An evaluation says what is evaluated.
type evaluation struct {
	gold    string // a file; empty means the built-in set
	model   bool
	answers string // the file to write the answers to; empty for none
	rescore string // the file to read them from; empty to answer anew
}

// evalGold answers the questions of an evaluation set.
func evalGold(ctx context.Context, env environment, how evaluation) (eval.Report, error) {
	cfg, err := readConfig(env)
	if err != nil {
		return eval.Report{}, err
	}
	index, err := loadIndex(cfg)
	if err != nil {
		return eval.Report{}, err
	}
	data, err := seeds.Files.ReadFile("gold-dev.jsonl")
	if how.gold != "" {
		data, err = os.ReadFile(how.gold)
	}
	if err != nil {
		return eval.Report{}, fmt.Errorf("reading the evaluation set: %w", err)
	}
	cases, err := eval.ReadCases(bytes.NewReader(data))
	if err != nil {
		return eval.Report{}, fmt.Errorf("reading the evaluation set: %w", err)
	}
	answerer, done, err := evalAnswerer(ctx, cfg, env, index, how)
	if err != nil {
		return eval.Report{}, err
	}
	defer done()
	outcomes, err := eval.Run(ctx, answerer, cases)
	if err != nil {
		return eval.Report{}, err
	}
	if how.answers != "" {
		var out bytes.Buffer
		if err := eval.WriteAnswers(&out, outcomes); err != nil {
			return eval.Report{}, err
		}
		if err := os.WriteFile(how.answers, out.Bytes(), 0o644); err != nil {
			return eval.Report{}, fmt.Errorf("keeping the answers: %w", err)
		}
	}
	return eval.Summarise(outcomes), nil
}

// evalAnswerer is who answers in an evaluation, and what to call in the end.
func evalAnswerer(ctx context.Context, cfg config, env environment, index *retrieval.Index, how evaluation) (eval.Answerer, func(), error) {
	switch {
	case how.rescore != "":
		f, err := os.Open(how.rescore)
		if err != nil {
			return nil, nil, fmt.Errorf("reading -rescore: %w", err)
		}
		defer f.Close()
		answers, err := eval.ReadAnswers(f, bot.NewGate(index.Articles()...))
		if err != nil {
			return nil, nil, fmt.Errorf("reading -rescore: %s, %w", how.rescore, err)
		}
		return answers, func() {}, nil
	case !how.model:
		return bot.NewAnswerer(index, bot.Options{}), func() {}, nil
	}
	answerer, client, err := newAnswerer(ctx, cfg, index, newLogger(env.stderr, cfg.LogLevel, cfg.LogFormat), bot.Options{})
	if err == nil && !answerer.HasModel() {
		return nil, nil, usagef("eval -model needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL")
	}
	return answerer, client.Close, err
}
