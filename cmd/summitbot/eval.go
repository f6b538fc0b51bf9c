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
	"summitbot/seeds"
)

const evalUsage = `usage: summitbot eval [-gold FILE] [-json]
       summitbot eval -squad FILE [-json]

Measures how well questions are answered. Without -gold it takes the built-in
evaluation set, one {"id", "kind", "question", "history", "gold", …} a line.
With -squad it searches the articles of a file in the format of SQuAD 2.0.

`

// runEval runs an evaluation and prints its figures.
func runEval(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("eval", flag.ContinueOnError)
	gold := fs.String("gold", "", "take the evaluation set from this `file`")
	squad := fs.String("squad", "", "search the articles of this `file` in SQuAD's format")
	asJSON := fs.Bool("json", false, "print the figures as JSON")
	if err := parseFlags(env, fs, args, evalUsage, false); err != nil {
		return err
	}
	if *gold != "" && *squad != "" {
		return usagef("eval takes -gold or -squad, not both")
	}
	var figures interface{ Write(io.Writer) error }
	var err error
	if *squad != "" {
		figures, err = evalSquad(*squad)
	} else {
		figures, err = evalGold(ctx, env, *gold)
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

// evalGold answers the questions of an evaluation set, the built-in one when
// name is empty.
func evalGold(ctx context.Context, env environment, name string) (eval.Report, error) {
	cfg, err := readConfig(env)
	if err != nil {
		return eval.Report{}, err
	}
	index, err := loadIndex(cfg)
	if err != nil {
		return eval.Report{}, err
	}
	data, err := seeds.Files.ReadFile("gold-dev.jsonl")
	if name != "" {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return eval.Report{}, fmt.Errorf("reading the evaluation set: %w", err)
	}
	cases, err := eval.ReadCases(bytes.NewReader(data))
	if err != nil {
		return eval.Report{}, fmt.Errorf("reading the evaluation set: %w", err)
	}
	outcomes, err := eval.Run(ctx, bot.NewAnswerer(index, bot.Options{}), cases)
	if err != nil {
		return eval.Report{}, err
	}
	return eval.Summarise(outcomes), nil
}
