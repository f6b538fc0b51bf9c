package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"summitbot/bot"
	"summitbot/bot/eval"
	"summitbot/retrieval"
)

const evalUsage = `usage: summitbot eval [-misses] [-model] [-answers FILE] [-json] SET
       summitbot eval -rescore FILE [-json] SET

Measures how well the questions of a set are answered. The set is a file with one
{"id", "kind", "question", "history", "answerable", "gold_any", …} a line.
With -model the model of the settings writes the answers; -answers keeps them
in a file, and -rescore scores such a file again, without the model. With
-misses the questions that fell short are told as well.

`

// runEval runs an evaluation and prints its figures.
func runEval(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("eval", flag.ContinueOnError)
	var how evaluation
	fs.BoolVar(&how.model, "model", false, "answer with the model that the settings name")
	fs.StringVar(&how.answers, "answers", "", "write the answers to this `file`, a line of JSON each")
	fs.StringVar(&how.rescore, "rescore", "", "score the answers of this `file` again")
	misses := fs.Bool("misses", false, "tell the questions that fell short")
	asJSON := fs.Bool("json", false, "print the figures as JSON")
	if err := parseFlags(env, fs, args, evalUsage, true); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return usagef("eval needs one set of questions: summitbot eval questions.jsonl")
	}
	if how.rescore != "" && (how.model || how.answers != "") {
		return usagef("eval -rescore asks nobody: leave -model and -answers out")
	}
	data, err := os.ReadFile(fs.Arg(0))
	if err != nil {
		return fmt.Errorf("reading the evaluation set: %w", err)
	}
	cases, err := eval.ReadCases(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("reading the evaluation set: %s: %w", fs.Arg(0), err)
	}
	figures, err := evaluate(ctx, env, how, cases)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(env.stdout).Encode(figures)
	}
	if err := figures.Write(env.stdout); err != nil || !*misses {
		return err
	}
	return figures.WriteMisses(env.stdout)
}

// An evaluation says how it is answered.
type evaluation struct {
	model   bool
	answers string // the file to write the answers to; empty for none
	rescore string // the file to read them from; empty to answer anew
}

// evaluate answers the questions of an evaluation set.
func evaluate(ctx context.Context, env environment, how evaluation, cases []eval.Case) (eval.Report, error) {
	cfg, err := readConfig(env)
	if err != nil {
		return eval.Report{}, err
	}
	index, err := loadIndex(cfg)
	if err != nil {
		return eval.Report{}, err
	}
	if err := prepare(ctx, cfg, index, progress(env, "sentences and questions are encoded")); err != nil {
		return eval.Report{}, err
	}
	answerer, done, err := evalAnswerer(cfg, env, index, how)
	if err != nil {
		return eval.Report{}, err
	}
	defer done()
	last, told := time.Now(), progress(env, "questions are answered")
	outcomes, err := eval.Run(ctx, answerer, index.Articles(), cases, func(done, of int) {
		if time.Since(last) > tellEvery {
			last = time.Now()
			told(done, of)
		}
	})
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

// progress tells on the terminal how far long work is.
func progress(env environment, what string) func(done, of int) {
	return func(done, of int) { fmt.Fprintf(env.stderr, "summitbot: %d of %d %s\n", done, of, what) }
}

// evalAnswerer is who answers in an evaluation, and what to call in the end.
func evalAnswerer(cfg config, env environment, index *retrieval.Index, how evaluation) (eval.Answerer, func(), error) {
	switch {
	case how.rescore != "":
		f, err := os.Open(how.rescore)
		if err != nil {
			return nil, nil, fmt.Errorf("reading -rescore: %w", err)
		}
		defer f.Close()
		answers, err := eval.ReadAnswers(f, index.Articles())
		if err != nil {
			return nil, nil, fmt.Errorf("reading -rescore: %s, %w", how.rescore, err)
		}
		return answers, func() {}, nil
	case !how.model:
		return bot.NewAnswerer(index, bot.Options{}), func() {}, nil
	}
	answerer, client, err := newAnswerer(cfg, index, terminalLogger(env, cfg), bot.Options{})
	if err == nil && !answerer.HasModel() {
		return nil, nil, usagef("eval -model needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL")
	}
	return answerer, client.Close, err
}
