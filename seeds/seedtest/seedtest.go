// Package seedtest gives tests the built-in article as the program knows it.
package seedtest

import (
	"context"
	"sync"

	"summitbot/retrieval"
	"summitbot/retrieval/encoder"
	"summitbot/seeds"
)

// index is read once for all tests of a package.
var index = sync.OnceValues(func() (*retrieval.Index, error) {
	model, err := encoder.Load()
	if err != nil {
		return nil, err
	}
	ix, err := retrieval.Load(seeds.Files, seeds.Files, model)
	if err != nil {
		return nil, err
	}
	return ix, ix.Prepare(context.Background(), nil)
})

// TB is what a test is used for here.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// Index is the index of the built-in article, prepared.
func Index(t TB) *retrieval.Index {
	t.Helper()
	ix, err := index()
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// ByWords is an index of articles about which nothing is known but their words.
func ByWords(t TB, articles ...*retrieval.Article) *retrieval.Index {
	t.Helper()
	ix, err := retrieval.ByWords(articles...)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}
