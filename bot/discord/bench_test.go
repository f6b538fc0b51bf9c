package discord

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"

	"golang.org/x/time/rate"
)

// From the moment at which a member posts a mention to the moment at which
// the answer stands on the test server, with the real answerer and without
// the limits on requests, which would be all that is measured.
func BenchmarkMention(b *testing.B) {
	server := discordtest.New(b, testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token}}, GlobalPerSecond: -1})
	ready, done := make(chan string, 1), make(chan error, 1)
	d, err := New(Options{
		Token: token, APIURL: server.URL, Answerer: answerer(), Votes: &ballot{}, Workers: 2, Drain: time.Second,
		Log: slog.New(slog.DiscardHandler), Ready: func(name string) { ready <- name },
	})
	if err != nil {
		b.Fatal(err)
	}
	d.gate.all.SetLimit(rate.Inf)
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
