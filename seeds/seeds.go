// Package seeds holds what the program is built with: the seed article, and
// what was written ahead about it and about any article. README.md describes
// the files; those that the program does not read when it runs (the bank's lines, their
// vectors) are not in it, but in the indexes that are made of them.
package seeds

import "embed"

//go:generate go run ../retrieval/learn .

// Files holds the article, the notes, gaps and curated questions about it, and
// the indexes of the bank.
//
//go:embed *.txt *.index *.gaps.jsonl *.curated.jsonl *.sentences.jsonl
var Files embed.FS
