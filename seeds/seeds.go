// Package seeds holds the texts that the program is built with: the seed
// article, the questions that it answers, synonyms, and the evaluation set.
package seeds

import "embed"

// Files holds every seed file under its own name: "alaska-summit.txt" (the
// article, UTF-8), "alaska-summit.questions.jsonl" (questions written ahead,
// one a line with the sentence that answers it), "synonyms.csv" (groups of
// words that mean the same in questions) and "gold-dev.jsonl" (the evaluation
// set for development, one question a line).
//
//go:embed *.txt *.jsonl *.csv
var Files embed.FS
