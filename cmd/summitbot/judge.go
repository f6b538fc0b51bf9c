package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"summitbot/bot"
	"summitbot/bot/proof"
)

// A folderStore keeps the outcomes of judges' trials in files of a folder, so
// that a judge is tried once for all commands of the terminal. Of answers it
// keeps none: nobody deletes them there.
type folderStore string

// userStore is the store in the user's cache folder, nil where there is none.
func userStore() bot.AnswerStore {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return folderStore(filepath.Join(cache, "summitbot"))
}

// file is the file of a key, empty for what is not kept.
func (f folderStore) file(key string) string {
	if !bot.IsTrial(key) {
		return ""
	}
	return filepath.Join(string(f), key+".json")
}

// Recall returns what was kept under a key within the last month.
func (f folderStore) Recall(_ context.Context, key string) ([]byte, error) {
	name := f.file(key)
	if name == "" {
		return nil, nil
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && time.Since(info.ModTime()) > bot.TrialKept {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// Shelve keeps the outcome of a trial.
func (f folderStore) Shelve(_ context.Context, key string, body []byte, _ time.Duration) error {
	name := f.file(key)
	if name == "" {
		return nil
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, body, 0o600)
}

// tryOnce tries the judge before a command of the terminal asks it anything. A
// judge that cannot be tried, or does not pass, is told of; answers are then
// quotations.
func tryOnce(ctx context.Context, env environment, answerer *bot.Answerer) error {
	state, err := answerer.TryJudge(ctx, everyNowAndThen(progress(env, "pairs are judged, to try the judge")))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		fmt.Fprintf(env.stderr, "summitbot: the judge could not be tried, so that answers are quotations: %v\n", oneLine(err))
	case !state.Off && !state.Trusted:
		fmt.Fprintf(env.stderr, "summitbot: the judge %s\n", state)
	}
	return nil
}

// evaluateJudge measures the judge of the settings on a file of pairs.
func evaluateJudge(ctx context.Context, env environment, name string) error {
	cfg, err := readConfig(env)
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading the pairs: %w", err)
	}
	defer f.Close()
	pairs, err := proof.ReadPairs(f)
	if err != nil {
		return fmt.Errorf("reading the pairs: %s: %w", name, err)
	}
	index, err := loadIndex(cfg)
	if err != nil {
		return err
	}
	answerer, client, err := newAnswerer(cfg, index, terminalLogger(env, cfg), bot.Options{})
	if err != nil {
		return err
	}
	if !answerer.HasModel() || answerer.JudgeState().Off {
		return usagef("eval -judge needs a judge: set OPENAI_API_KEY or OPENAI_BASE_URL, and leave OPENAI_JUDGE on")
	}
	defer client.Close()
	trial, err := answerer.Measure(ctx, pairs, progress(env, "pairs are judged"))
	if err != nil {
		return err
	}
	share := func(n, of int) float64 { return float64(n) / float64(max(1, of)) }
	fmt.Fprintf(env.stdout, "| twist | n | refused |\n|---|--:|--:|\n")
	for _, twist := range slices.Sorted(maps.Keys(trial.ByTwist)) {
		n := trial.ByTwist[twist]
		fmt.Fprintf(env.stdout, "| %s | %d | %.3f |\n", twist, n[1], share(n[0], n[1]))
	}
	fmt.Fprintf(env.stdout, "\nwrong statements refused (sensitivity): %.3f (%d of %d)\nhonest statements upheld (specificity): %.3f (%d of %d)\nunjudged: %d\n",
		share(trial.Wrong-trial.WrongUpheld, trial.Wrong), trial.Wrong-trial.WrongUpheld, trial.Wrong,
		share(trial.Honest-trial.HonestLost, trial.Honest), trial.Honest-trial.HonestLost, trial.Honest, trial.Unjudged)
	return nil
}
