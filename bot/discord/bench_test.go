package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/worker"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// From the moment at which a member posts a mention to the moment at which
// the answer stands on the test server, with the real answerer and store, and
// without the limits on requests, which would be all that is measured.
func BenchmarkMention(b *testing.B) {
	server := discordtest.New(b, testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token}}, GlobalPerSecond: -1})
	kept, err := store.OpenStandby(b.Context(), store.Options{Folder: b.TempDir(), Serving: true, Retention: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close()
	ready, done := make(chan string, 1), make(chan error, 1)
	d, err := New(Options{
		Token: token, APIURL: server.URL, Answerer: answerer(b), Ledger: kept, Records: kept, Workers: 64, Drain: time.Second, RequestsPerSecond: unlimited,
		Log: slog.New(slog.DiscardHandler), Ready: func(name string) { ready <- name },
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithTimeout(b.Context(), time.Minute)
	defer stop()
	go func() { done <- d.Run(ctx) }()
	select {
	case <-ready:
	case err := <-done:
		b.Fatal(err)
	}

	questions := []string{"why Alaska?", "what does Putin want from NATO?", "how many soldiers have died?", "will sanctions be eased?"}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		begin := time.Now()
		q, err := server.Post("ana", fmt.Sprintf("channel-%d", i%20), "@summitbot "+questions[i%len(questions)])
		if err != nil {
			b.Fatal(err)
		}
		if _, err := server.AwaitMessage(ctx, func(m testserver.Message) bool {
			return m.MessageReference != nil && m.MessageReference.MessageID == q.ID && !strings.HasPrefix(m.Text(), en.Looking)
		}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

// What is suggested while a member types /ask, from the questions written
// ahead for the seed article.
func BenchmarkSuggestions(b *testing.B) {
	d := &Bot{Worker: &worker.Worker{Answerer: answerer(b)}}
	var typed []json.RawMessage
	for _, q := range answerer(b).Complete("", "en", 25, object.MaxOption) {
		for end := 1; end <= len(q); end += 3 {
			value, err := json.Marshal(strings.ToValidUTF8(q[:end], ""))
			if err != nil {
				b.Fatal(err)
			}
			typed = append(typed, value)
		}
	}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		in := object.Interaction{Data: &object.InteractionData{Name: command.Ask, Options: []object.OptionValue{{Name: command.OptQuestion, Value: typed[i%len(typed)], Focused: true}}}}
		began := time.Now()
		d.suggestions(in)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
