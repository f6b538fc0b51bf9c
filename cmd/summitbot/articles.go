package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"summitbot/retrieval"
	"summitbot/retrieval/encoder"
	"summitbot/seeds"
)

// loadIndex reads the articles that the program answers from: those of the
// folder that the settings name, or the built-in one. They are ranked by words
// until they are prepared.
func loadIndex(cfg config) (*retrieval.Index, error) {
	var model *encoder.Model
	if cfg.Meaning {
		var err error
		if model, err = encoder.Load(); err != nil {
			return nil, err
		}
	}
	if cfg.Articles == "" {
		return retrieval.Load(seeds.Files, seeds.Files, model)
	}
	info, err := os.Stat(cfg.Articles)
	if err != nil {
		return nil, usagef("%s: %v", cfg.from.at("ARTICLES"), err)
	}
	if !info.IsDir() {
		return nil, usagef("%s: %s is a file: name the folder that it is in", cfg.from.at("ARTICLES"), cfg.Articles)
	}
	return retrieval.Load(os.DirFS(cfg.Articles), seeds.Files, model)
}

// vectorsFile is the name of the file in DATA_DIR that keeps what was encoded.
const vectorsFile = "vectors.bin"

// prepare gives an index meaning. What it has to encode for that is kept in
// DATA_DIR, so that each text is encoded once; told hears how far it is, every
// now and then.
func prepare(ctx context.Context, cfg config, index *retrieval.Index, told func(done, of int)) error {
	var model *encoder.Model
	var kept *retrieval.VectorFile
	return index.Prepare(ctx, func(ctx context.Context, prefix encoder.Prefix, texts []string) ([][]float32, error) {
		var err error
		if kept == nil {
			if model, err = encoder.Load(); err != nil {
				return nil, err
			}
			if kept, err = retrieval.OpenVectors(filepath.Join(cfg.DataDir, vectorsFile)); err != nil {
				return nil, err
			}
		}
		return kept.Encode(ctx, model, prefix, texts, everyNowAndThen(told))
	})
}

// prepareBehind prepares an index while the bot answers, by words until it is
// done, and returns what waits for the end of it.
func prepareBehind(ctx context.Context, cfg config, index *retrieval.Index, log *slog.Logger) (wait func()) {
	if index.Ahead() {
		if err := prepare(ctx, cfg, index, nil); err != nil {
			log.Error("questions are understood by words alone", "cause", err)
		}
		return func() {}
	}
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer close(done)
		begun := time.Now()
		log.Info("the articles are being encoded; until that is done, questions are understood by words alone")
		err := prepare(ctx, cfg, index, func(done, of int) {
			log.Info("the articles are being encoded", "done", fmt.Sprintf("%d of %d sentences and questions", done, of))
		})
		switch {
		case err == nil:
			log.Info("the articles are encoded", "took", time.Since(begun).Round(time.Second))
		case ctx.Err() == nil:
			log.Error("questions are understood by words alone", "cause", err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
