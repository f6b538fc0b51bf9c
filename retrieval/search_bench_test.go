package retrieval_test

import (
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds"
)

// asked are questions as members put them.
var asked = []string{
	"Why was Alaska chosen?", "what does putin want from trump", "When did Russia annex Crimea?",
	"how would a ceasefire change the front lines", "are the sanctoins going to be lifted", "who could exploit a perception of weakness",
}

func BenchmarkSearch(b *testing.B) {
	ix, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ix.Search(retrieval.Request{Text: asked[i%len(asked)]}, 10)
	}
}

func BenchmarkSearchPlain(b *testing.B) {
	text, err := seeds.Files.ReadFile("alaska-summit.txt")
	if err != nil {
		b.Fatal(err)
	}
	a, err := retrieval.Parse("alaska-summit", string(text))
	if err != nil {
		b.Fatal(err)
	}
	ix := retrieval.NewIndex([]*retrieval.Article{a}, retrieval.Options{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ix.Search(retrieval.Request{Text: asked[i%len(asked)]}, 10)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := retrieval.Load(seeds.Files, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewIndex(b *testing.B) {
	text, err := seeds.Files.ReadFile("alaska-summit.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a, err := retrieval.Parse("alaska-summit", string(text))
		if err != nil {
			b.Fatal(err)
		}
		retrieval.NewIndex([]*retrieval.Article{a}, retrieval.Options{})
	}
}
