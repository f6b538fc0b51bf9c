package bot

import (
	"encoding/json"
	"sort"
	"strings"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
	"summitbot/prompts"
	"summitbot/seeds/seedtest"
)

// What the bot adds to the time that the wire needs, to the first quotation
//
//	and in all, with a model that writes 50 tokens a second. Both are
//
// measured in turn against the same server, and compared by their medians.
func BenchmarkFirstQuotation(b *testing.B) {
	var replies []json.RawMessage
	for _, d := range []drafted{choice, nexus} {
		body, err := json.Marshal(map[string]any{"sentences": []string{d.Sentence}, "text": d.Text})
		if err != nil {
			b.Fatal(err)
		}
		replies = append(replies, body)
	}
	first := `{"verdict":"answered","direct":"none","statements":[` + string(replies[0])
	text := first + "," + string(replies[1]) + `],"missing":""}`
	srv := llmtest.New(b, llmtest.Reply{Text: text, Pace: 20 * time.Millisecond})
	client, err := llm.New(llm.Config{BaseURL: srv.URL + "/v1", Model: "scripted"})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	ix := seedtest.Index(b)
	a := NewAnswerer(ix, Options{Model: wired{client}})
	a.writer.kept = newCache(0, time.Now)
	var wireFirst, wireAll, first1, all []float64
	since := func(t time.Time) float64 { return float64(time.Since(t).Microseconds()) / 1000 }
	for b.Loop() {
		start, read := time.Now(), ""
		_, err := client.Stream(b.Context(), llm.Request{System: "s", User: "u", Schema: prompts.Schema, SchemaName: "answer"}, func(piece string) error {
			if !strings.HasPrefix(read, first) && strings.HasPrefix(read+piece, first) {
				wireFirst = append(wireFirst, since(start))
			}
			read += piece
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		wireAll = append(wireAll, since(start))

		start = time.Now()
		shown := false
		ans, err := a.Stream(b.Context(), Question{Kind: Ask, Text: "why Alaska?"}, func(Answer) {
			if !shown {
				shown = true
				first1 = append(first1, since(start))
			}
		})
		if err != nil || ans.Mode != Quotes || len(ans.Claims) != 2 {
			b.Fatalf("%s with %d claims, %v", ans.Mode, len(ans.Claims), err)
		}
		all = append(all, since(start))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(wireFirst), "wire-first-ms")
	b.ReportMetric(median(first1), "first-ms")
	b.ReportMetric(median(wireAll), "wire-all-ms")
	b.ReportMetric(median(all), "all-ms")
}

func median(all []float64) float64 {
	sort.Float64s(all)
	return all[len(all)/2]
}
