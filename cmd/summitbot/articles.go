package main

import (
	"fmt"
	"os"

	"summitbot/retrieval"
	"summitbot/seeds"
)

// loadIndex reads the articles that the program answers from: those of the
// folder that the settings name, or the built-in one.
func loadIndex(cfg config) (*retrieval.Index, error) {
	if cfg.Articles == "" {
		return retrieval.Load(seeds.Files, nil)
	}
	info, err := os.Stat(cfg.Articles)
	if err != nil {
		return nil, usagef("%s: %v", cfg.from.at("ARTICLES"), err)
	}
	if !info.IsDir() {
		return nil, usagef("%s: %s is a file: name the folder that it is in", cfg.from.at("ARTICLES"), cfg.Articles)
	}
	text, err := seeds.Files.ReadFile(retrieval.SynonymsFile)
	if err != nil {
		return nil, fmt.Errorf("reading synonyms: %w", err)
	}
	synonyms, err := retrieval.ParseSynonyms(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading synonyms: %w", err)
	}
	return retrieval.Load(os.DirFS(cfg.Articles), synonyms)
}
