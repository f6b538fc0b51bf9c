package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
	"summitbot/retrieval"
	"summitbot/seeds"
)

// An offer is what came of mentions that were made at a steady pace.
type offer struct {
	took                []float64     // from mention to answer, in milliseconds, in order
	span                time.Duration // from the first mention to the last answer
	unanswered, doubled int
}

// offer mentions the bot n times, evenly, so many times a second (0: at once),
// and waits for all answers. The time until an answer stands counts from when
// its mention was due, so that who is late to ask hides nothing.
func (r *race) offer(n, perSecond int, ask func(i int) testserver.Message) offer {
	r.Helper()
	begin := time.Now()
	due := map[string]time.Time{}
	var asked []testserver.Message
	for i := range n {
		at := begin
		if perSecond > 0 {
			at = begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		}
		time.Sleep(time.Until(at))
		m := ask(i)
		due[m.ID] = at
		asked = append(asked, m)
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	for r.waits(due) && ctx.Err() == nil {
		select {
		case <-r.news:
		case <-ctx.Done():
		}
	}
	o := offer{unanswered: r.settles(ctx, 0, asked...)}
	_, o.doubled = r.answers(asked...)
	if o.unanswered > 0 || o.doubled > 0 {
		r.Errorf("of %d mentions, %d are unanswered and %d answered twice", n, o.unanswered, o.doubled)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range due {
		o.took = append(o.took, r.replied[id].Sub(at).Seconds()*1000)
		o.span = max(o.span, r.replied[id].Sub(begin))
	}
	slices.Sort(o.took)
	return o
}

// waits says whether there are questions whose answer does not stand.
func (r *race) waits(due map[string]time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range due {
		if r.replied[id].IsZero() {
			return true
		}
	}
	return false
}

// onPostgres are the settings for a database of its own. The processes share
// their requests there, a row for each that a second may have: no more of them
// than are needed.
func onPostgres(b *testing.B) []string {
	return []string{"DATABASE_URL=" + postgrestest.New(b).URL(), "REQUESTS_PER_SECOND=600"}
}

// Members ask so many questions a second, for five seconds: how long until an
// answer stands, with one process that does everything.
func BenchmarkOffered(b *testing.B) {
	const seconds = 5
	built(b)
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		for _, perSecond := range []int{10, 100, 500} {
			b.Run(fmt.Sprintf("%s/offered=%d", kind, perSecond), func(b *testing.B) {
				var settings []string
				if kind == "PostgreSQL" {
					settings = onPostgres(b)
				}
				r := racing(b, true, settings...)
				r.burst(20, 0) // until connections stand
				var took []float64
				answered, span, unanswered := 0, time.Duration(0), 0
				for b.Loop() {
					o := r.offer(seconds*perSecond, perSecond, r.ask)
					took = append(took, o.took...)
					answered += len(o.took) - o.unanswered
					unanswered += o.unanswered
					span += o.span
				}
				slices.Sort(took)
				b.ReportMetric(took[len(took)/2], "p50-ms")
				b.ReportMetric(took[len(took)*99/100], "p99-ms")
				b.ReportMetric(float64(answered)/span.Seconds(), "answers/s")
				b.ReportMetric(float64(unanswered), "unanswered")
				b.ReportMetric(0, "ns/op")
				r.ends()
			})
		}
	}
}

// How many answers a second a model that takes a second gives through one
// gateway and so many workers, each of which asks it for four at a time.
func BenchmarkWorkers(b *testing.B) {
	const each, least = 48, 3
	built(b)
	perSecond := map[int]float64{}
	for _, workers := range []int{1, 4} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			quoting := llmtest.Quoting(0)
			model := httptest.NewServer(&llmtest.Server{Forget: true, Answer: func(r llmtest.Request) llmtest.Reply {
				time.Sleep(time.Second)
				return quoting(r)
			}})
			defer model.Close()
			r := newRace(b, true, append(onPostgres(b), "OPENAI_BASE_URL="+model.URL+"/v1", "OPENAI_MODEL=slow", "OPENAI_PARALLEL=4")...)
			var all []*process
			for i := range 1 + workers {
				role := "worker"
				if i == 0 {
					role = "gateway"
				}
				all = append(all, launch(b, r.vars, "serve", "-role", role))
			}
			for _, p := range all {
				p.await(p.stdout, "ready: ", 1)
			}
			answered, span := 0, time.Duration(0)
			for b.Loop() {
				first := answered
				o := r.offer(each*workers, 0, func(i int) testserver.Message { // no two alike, which would be one call
					m, err := r.server.Post(fmt.Sprintf("member-%d", first+i), fmt.Sprintf("channel-%d", i%20), fmt.Sprintf("@summitbot Why was Alaska chosen? #%d", first+i))
					if err != nil {
						b.Fatal(err)
					}
					return m
				})
				answered += len(o.took)
				span += o.span
			}
			perSecond[workers] = float64(answered) / span.Seconds()
			b.ReportMetric(perSecond[workers], "answers/s")
			if workers > 1 && perSecond[1] > 0 {
				ratio := perSecond[workers] / perSecond[1]
				b.ReportMetric(ratio, "times-one-worker")
				if ratio < least {
					b.Errorf("%d workers answer %.1f times as many questions as one, not %d times", workers, ratio, least)
				}
			}
			b.ReportMetric(0, "ns/op")
			for _, p := range all {
				p.signal(syscall.SIGTERM)
				p.exits(exitOK)
			}
		})
	}
}

// 200 members ask something of their own at once, each in a channel of their
// own, that nobody has asked before, while another one types and clicks: how long
// until the last answer stands, and how long what is typed and clicked waits at most.
func BenchmarkNewQuestions(b *testing.B) {
	const members = 200
	built(b)
	index, err := retrieval.Load(seeds.Files, seeds.Files, nil)
	if err != nil {
		b.Fatal(err)
	}
	bank, err := retrieval.ReadBank(seeds.Files, "alaska-summit", index.Articles()[0])
	if err != nil {
		b.Fatal(err)
	}
	var asked []string // curated questions in all languages, which the article answers
	for _, language := range wording.Languages {
		for _, c := range bank.Curated[:members/4] {
			asked = append(asked, c.Text[language])
		}
	}
	r := racing(b, false)
	r.burst(20, 0) // until connections stand
	var took, typed, clicked float64
	round, calls, spent := 0, r.calls.Load(), r.cpu()
	for b.Loop() {
		round++
		over := make(chan struct{})
		var watching sync.WaitGroup
		watching.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(50 * time.Millisecond):
				}
				begin := time.Now()
				if _, err := r.server.Autocomplete(b.Context(), "ana", "general", "ask", map[string]any{"question": "why"}, "question"); err != nil {
					b.Error(err)
				}
				typed = max(typed, time.Since(begin).Seconds()*1000)
				begin = time.Now()
				i, err := r.server.Command("ana", "general", "help", nil)
				if err == nil {
					i, err = r.server.AwaitInteraction(b.Context(), i.ID)
				}
				if err != nil || i.State != testserver.StateAnswered {
					b.Errorf("/help is %s, %v", i.State, err)
				}
				clicked = max(clicked, time.Since(begin).Seconds()*1000)
			}
		})
		o := r.offer(members, 0, func(i int) testserver.Message {
			m, err := r.server.Post(fmt.Sprintf("member-%d", i), fmt.Sprintf("channel-%d", i), fmt.Sprintf("@summitbot %s %d", strings.TrimRight(asked[i], " ?"), 1000*round+i))
			if err != nil {
				b.Fatal(err)
			}
			return m
		})
		close(over)
		watching.Wait()
		took = max(took, o.span.Seconds())
	}
	b.ReportMetric(took, "s")
	b.ReportMetric(float64(r.calls.Load()-calls)/float64(round*members), "calls/mention")
	b.ReportMetric((r.cpu()-spent).Seconds()*1000/float64(round*members), "cpu-ms/mention")
	b.ReportMetric(typed, "autocomplete-ms")
	b.ReportMetric(clicked, "acknowledged-ms")
	b.ReportMetric(0, "ns/op")
	r.ends()
}
