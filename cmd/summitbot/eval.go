package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"summitbot/bot"
	"summitbot/bot/eval"
	"summitbot/retrieval"
	"summitbot/retrieval/encoder"
	"summitbot/retrieval/folds"
)

const evalUsage = `usage: summitbot eval [-misses] [-model] [-answers FILE] [-json] SET
       summitbot eval -rescore FILE [-json] SET
       summitbot eval -folds SEEDS [-misses] [-json]
       summitbot eval -judge PAIRS

Measures how well the questions of a set are answered. The set is a file with one
{"id", "kind", "question", "history", "answerable", "gold_any", …} a line.
With -model the model of the settings writes the answers; -answers keeps them
in a file, and -rescore scores such a file again, without the model. With
-misses the questions that fell short are told as well. With -folds it takes the
questions of the bank in a clone's folder seeds, each answered by what was
learned without its author. With -judge it measures the judge of the settings on
a file of {"kind", "question", "statement", "evidence", "truth", "twist"}, a line each.

`

// runEval runs an evaluation and prints its figures.
func runEval(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("eval", flag.ContinueOnError)
	var how evaluation
	fs.BoolVar(&how.model, "model", false, "answer with the model that the settings name")
	fs.StringVar(&how.answers, "answers", "", "write the answers to this `file`, a line of JSON each")
	fs.StringVar(&how.rescore, "rescore", "", "score the answers of this `file` again")
	seeds := fs.String("folds", "", "ask the questions of the bank in this `folder`, by folds")
	judge := fs.String("judge", "", "measure the judge on the pairs of this `file`")
	misses := fs.Bool("misses", false, "tell the questions that fell short")
	asJSON := fs.Bool("json", false, "print the figures as JSON")
	if err := parseFlags(env, fs, args, evalUsage, true); err != nil {
		return err
	}
	if *judge != "" {
		if *seeds != "" || *misses || *asJSON || how != (evaluation{}) || fs.NArg() > 0 {
			return usagef("eval -judge takes a file of pairs and nothing else")
		}
		return evaluateJudge(ctx, env, *judge)
	}
	if *seeds != "" && (how != evaluation{} || fs.NArg() > 0) {
		return usagef("eval -folds takes the bank's questions and no model: leave the set, -model, -answers and -rescore out")
	}
	if *seeds == "" && fs.NArg() != 1 {
		return usagef("eval needs one set of questions: summitbot eval questions.jsonl")
	}
	if how.rescore != "" && (how.model || how.answers != "") {
		return usagef("eval -rescore asks nobody: leave -model and -answers out")
	}
	var figures eval.Report
	var err error
	if *seeds != "" {
		figures, err = evaluateFolds(ctx, env, *seeds)
	} else {
		figures, err = evaluateSet(ctx, env, how, fs.Arg(0))
	}
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

// evaluateFolds asks the bank's own questions, by folds.
func evaluateFolds(ctx context.Context, env environment, folder string) (eval.Report, error) {
	seeds, err := folds.Open(folder)
	if err != nil {
		return eval.Report{}, err
	}
	learned, err := retrieval.ReadLearned()
	if err != nil {
		return eval.Report{}, err
	}
	model, err := encoder.Load()
	if err != nil {
		return eval.Report{}, err
	}
	var answerers []*bot.Answerer
	for k := range folds.Count {
		index, err := seeds.Index(learned, k, true, model)
		if err != nil {
			return eval.Report{}, err
		}
		answerers = append(answerers, bot.NewAnswerer(index, bot.Options{}))
	}
	bank := eval.NewBank(seeds, answerers)
	outcomes, err := eval.Run(ctx, bank, []*retrieval.Article{seeds.Article}, bank.Cases, everyNowAndThen(progress(env, "questions are answered")))
	return eval.Summarise(outcomes), err
}

// evaluateSet asks the questions of a file.
func evaluateSet(ctx context.Context, env environment, how evaluation, name string) (eval.Report, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return eval.Report{}, fmt.Errorf("reading the evaluation set: %w", err)
	}
	cases, err := eval.ReadCases(bytes.NewReader(data))
	if err != nil {
		return eval.Report{}, fmt.Errorf("reading the evaluation set: %s: %w", name, err)
	}
	return evaluate(ctx, env, how, cases)
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
	answerer, done, err := evalAnswerer(ctx, cfg, env, index, how)
	if err != nil {
		return eval.Report{}, err
	}
	defer done()
	outcomes, err := eval.Run(ctx, answerer, index.Articles(), cases, everyNowAndThen(progress(env, "questions are answered")))
	if err != nil {
		return eval.Report{}, err
	}
	if how.answers != "" {
		var out bytes.Buffer
		if err := eval.WriteAnswers(&out, outcomes); err != nil {
			return eval.Report{}, err
		}
		if err := os.WriteFile(how.answers, out.Bytes(), 0o600); err != nil {
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
		answers, err := eval.ReadAnswers(f, index)
		if err != nil {
			return nil, nil, fmt.Errorf("reading -rescore: %s, %w", how.rescore, err)
		}
		return answers, func() {}, nil
	case !how.model:
		return bot.NewAnswerer(index, bot.Options{}), func() {}, nil
	}
	answerer, client, err := newAnswerer(cfg, index, terminalLogger(env, cfg), bot.Options{Store: userStore()})
	if err == nil && !answerer.HasModel() {
		return nil, nil, usagef("eval -model needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL")
	}
	if err == nil {
		err = tryOnce(ctx, env, answerer)
	}
	return answerer, client.Close, err
}
