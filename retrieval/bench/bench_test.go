package bench

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/retrieval"
	"summitbot/seeds"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
)

// questions are as members put them.
var questions = []string{
	"Why was Alaska chosen?", "what does putin want from trump", "When did Russia annex Crimea?",
	"how would a ceasefire change the front lines", "will the sanctions be lifted", "who could exploit a perception of weakness",
	"what does the summit mean for NATO", "how does the article end",
}

// limit is how many hits are asked for.
const limit = 10

// compare runs both searches in turn, n times each, and reports the medians
// and their ratio.
func compare(b *testing.B, ours, theirs func(question string)) {
	const n = 400
	var x, y []time.Duration
	for i := range n {
		q := questions[i%len(questions)]
		begin := time.Now()
		ours(q)
		x = append(x, time.Since(begin))
		begin = time.Now()
		theirs(q)
		y = append(y, time.Since(begin))
	}
	slices.Sort(x)
	slices.Sort(y)
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	b.ReportMetric(us(x[n/2]), "p50-µs")
	b.ReportMetric(us(y[n/2]), "bleve-p50-µs")
	b.ReportMetric(us(x[n/2])/us(y[n/2]), "ratio")
	b.ReportMetric(0, "ns/op")
}

// english is bleve's mapping for English texts, scored by BM25.
func english() *mapping.IndexMappingImpl {
	m := bleve.NewIndexMapping()
	m.DefaultAnalyzer = "en"
	m.ScoringModel = "bm25"
	return m
}

// bleveOver indexes passages with bleve, in memory, on its scorch index.
func bleveOver(b *testing.B, passages []string) bleve.Index {
	b.Helper()
	ix, err := bleve.NewUsing("", english(), "scorch", "scorch", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ix.Close() })
	batch := ix.NewBatch()
	for i, p := range passages {
		if err := batch.Index(fmt.Sprint(i), map[string]string{"text": p}); err != nil {
			b.Fatal(err)
		}
		if batch.Size() == 1000 || i == len(passages)-1 {
			if err := ix.Batch(batch); err != nil {
				b.Fatal(err)
			}
			batch = ix.NewBatch()
		}
	}
	return ix
}

// match is bleve's plain match query.
func match(b *testing.B, ix bleve.Index) func(string) {
	return func(question string) {
		q := bleve.NewMatchQuery(question)
		q.SetField("text")
		if _, err := ix.Search(bleve.NewSearchRequestOptions(q, limit, 0, false)); err != nil {
			b.Fatal(err)
		}
	}
}

// seedPassages are the seed article's paragraphs and bullets.
func seedPassages(b *testing.B) []string {
	b.Helper()
	ix, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		b.Fatal(err)
	}
	a := ix.Articles()[0]
	var out []string
	for _, s := range a.Sections {
		for _, p := range s.Passages {
			out = append(out, a.Slice(p.Span))
		}
	}
	return out
}

// The whole search of the seed article, with all that is written ahead,
// beside bleve's plain match query.
func BenchmarkSeed(b *testing.B) {
	ours, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		b.Fatal(err)
	}
	theirs := match(b, bleveOver(b, seedPassages(b)))
	for b.Loop() {
		compare(b, func(q string) { ours.Search(retrieval.Request{Text: q}, limit) }, theirs)
	}
}

// The search of the seed article's own words alone.
func BenchmarkSeedWords(b *testing.B) {
	passages := seedPassages(b)
	ours := words(b, "Title\n"+strings.Join(passages, "\n"))
	theirs := match(b, bleveOver(b, passages))
	for b.Loop() {
		compare(b, func(q string) { ours.Search(retrieval.Request{Text: q}, limit) }, theirs)
	}
}

// words is an index of the texts' own words, each an article.
func words(b *testing.B, texts ...string) *retrieval.Index {
	b.Helper()
	var articles []*retrieval.Article
	for i, text := range texts {
		a, err := retrieval.Parse(fmt.Sprintf("article-%d", i), text)
		if err != nil {
			b.Fatal(err)
		}
		articles = append(articles, a)
	}
	return retrieval.NewIndex(articles, retrieval.Options{})
}

// 100,000 passages of two sentences, of the seed's words and made-up ones in
// the frequencies that words have (Zipf's law).
func BenchmarkManyPassages(b *testing.B) {
	const n = 100_000
	var vocabulary []string
	for _, p := range seedPassages(b) {
		vocabulary = append(vocabulary, strings.Fields(strings.ToLower(p))...)
	}
	for i := range 60_000 {
		vocabulary = append(vocabulary, fmt.Sprintf("word%d", i))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(vocabulary), func(i, j int) { vocabulary[i], vocabulary[j] = vocabulary[j], vocabulary[i] })
	zipf := rand.NewZipf(rng, 1.1, 30, uint64(len(vocabulary)-1))
	passages := make([]string, n)
	for i := range passages {
		var s strings.Builder
		for range 2 {
			for w := range 18 {
				word := vocabulary[zipf.Uint64()]
				if w == 0 {
					word = strings.ToUpper(word[:1]) + word[1:]
				} else {
					s.WriteByte(' ')
				}
				s.WriteString(word)
			}
			s.WriteString(". ")
		}
		passages[i] = strings.TrimSpace(s.String())
	}
	before := heap()
	var texts []string
	for part := range slices.Chunk(passages, n/4) {
		texts = append(texts, "Title\n"+strings.Join(part, "\n"))
	}
	ours := words(b, texts...)
	texts = nil
	held := heap() - before
	theirs := match(b, bleveOver(b, passages))
	for b.Loop() {
		compare(b, func(q string) { ours.Search(retrieval.Request{Text: q}, limit) }, theirs)
	}
	b.ReportMetric(float64(held)/1e6, "heap-MB")
	runtime.KeepAlive(ours)
}

// heap is the number of bytes that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The time it takes to build the index of the seed article.
func BenchmarkBuild(b *testing.B) {
	text, err := seeds.Files.ReadFile("alaska-summit.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		words(b, string(text))
	}
}
