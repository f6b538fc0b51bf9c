package retrieval_test

import (
	"math"
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds"
)

// Whatever is asked, a search ends, ranks in order and gives shares from 0 to 1.
func FuzzSearch(f *testing.F) {
	ix, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{"why Alaska?", "why \u0301 Alaska", "\u0e31", "", "…", "U.S. 3.5 1,000", "the the the", "sanctoins", "\xff\xfe", "аляска", "a-b-c's"} {
		f.Add(q, "what about sanctions?")
	}
	f.Fuzz(func(t *testing.T, question, context string) {
		r := ix.Search(retrieval.Request{Text: question, Context: context}, 5)
		if again := ix.Search(retrieval.Request{Text: question, Context: context}, 5); len(again.Hits) != len(r.Hits) {
			t.Fatalf("%q finds %d sentences, then %d", question, len(r.Hits), len(again.Hits))
		}
		if len(r.Hits) > 5 || r.Coverage < 0 || r.Coverage > 1.0001 {
			t.Errorf("%q: %d hits, coverage %v", question, len(r.Hits), r.Coverage)
		}
		for i, h := range r.Hits {
			if math.IsNaN(h.Score) || i > 0 && h.Score > r.Hits[i-1].Score {
				t.Errorf("%q: hit %d scores %v", question, i, h.Score)
			}
		}
		ix.Correct(question)
		ix.Suggest(question, 3, nil)
	})
}
