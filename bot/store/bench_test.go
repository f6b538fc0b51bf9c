package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/store/storetest"
)

// benchBoth runs a benchmark with SQLite on disk and with PostgreSQL; "fresh"
// opens a store of its own.
func benchBoth(b *testing.B, run func(b *testing.B, fresh func() *Store)) {
	b.Run("SQLite", func(b *testing.B) {
		run(b, func() *Store { return open(b, Options{Folder: filepath.Join(b.TempDir(), "data"), Serving: true}) })
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		run(b, func() *Store { return open(b, Options{URL: postgrestest.New(b).URL(), Serving: true}) })
	})
}

// asking is the i-th question of a benchmark, of a member who waits for
// nothing else.
func asking(i int) queue.Row {
	return queue.Row{
		ID: fmt.Sprint(1_600_000_000_000_000_000 + i), Place: fmt.Sprint(1_300_000_000_000_000_000 + i%5000), Server: fmt.Sprint(1_200_000_000_000_000_000 + i%storetest.Servers),
		Member: fmt.Sprint(1_100_000_000_000_000_000 + i), Event: `{"question":{"text":"why was Alaska chosen?"},"message":{"content":"<@1> why was Alaska chosen?"}}`,
	}
}

// accepts accepts the i-th question, and claims it.
func accepts(b *testing.B, s *Store, i int) queue.Row {
	p := asking(i)
	a, err := s.Accept(b.Context(), p, queue.Terms{PerMinute: 30, Claim: true})
	if err != nil || !a.Claimed {
		b.Errorf("question %d: %+v, %v", i, a, err)
	}
	p.Fence, p.Accepted = 1, s.now()
	return p
}

// finishes keeps the answer to a claimed question, and closes it.
func finishes(b *testing.B, s *Store, p queue.Row) {
	r := inWords("why was Alaska chosen?", "It is far from arbitrary. [1]")
	r.Body = `[[{"type":10,"content":"It is far from arbitrary. [1]"}]]`
	if err := s.Answer(b.Context(), p, r); err != nil {
		b.Error(err)
	}
	p.Posts = []queue.Post{{Message: p.ID + "1"}}
	if err := s.Settle(b.Context(), p); err != nil {
		b.Error(err)
	}
}

// How many questions a store accepts in a second, and how many it takes from
// acceptance to their end, with so many callers at a time: each waits until
// what it asked for would outlive a crash.
func BenchmarkLedger(b *testing.B) {
	const each = 25
	benchBoth(b, func(b *testing.B, fresh func() *Store) {
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
				s := fresh()
				rounds, accepting, answering := 0, time.Duration(0), time.Duration(0)
				together := func(do func(i int)) time.Duration {
					begin := time.Now()
					var wg sync.WaitGroup
					for c := range callers {
						wg.Go(func() {
							for i := range each {
								do(rounds*callers*each + c*each + i)
							}
						})
					}
					wg.Wait()
					rounds++
					return time.Since(begin)
				}
				together(func(i int) { finishes(b, s, accepts(b, s, i)) }) // until connections stand
				n := 0
				for b.Loop() {
					n += callers * each
					var mu sync.Mutex
					var taken []queue.Row
					accepting += together(func(i int) {
						p := accepts(b, s, i)
						mu.Lock()
						defer mu.Unlock()
						taken = append(taken, p)
					})
					for _, p := range taken {
						finishes(b, s, p)
					}
					answering += together(func(i int) { finishes(b, s, accepts(b, s, i)) })
				}
				b.ReportMetric(float64(n)/accepting.Seconds(), "accepted/s")
				b.ReportMetric(float64(n)/answering.Seconds(), "answered/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	})
}

// times are how long something took, many times.
type times []time.Duration

func (t *times) add(do func()) {
	begin := time.Now()
	do()
	*t = append(*t, time.Since(begin))
}

// ms is the time in milliseconds that so many of a hundred did not exceed.
func (t times) ms(percent int) float64 {
	slices.Sort(t)
	return float64(t[len(t)*percent/100].Microseconds()) / 1000
}

// rising reports a time beside a million questions, and fails when it is more
// than twice what it is beside none.
func rising(b *testing.B, name string, none, million times) {
	for _, percent := range []int{50, 99} {
		few, many := none.ms(percent), million.ms(percent)
		b.ReportMetric(few, fmt.Sprintf("%s-p%d-ms", name, percent))
		b.ReportMetric(many, fmt.Sprintf("%s-p%d-ms-of-1M", name, percent))
		if many > 2*few {
			b.Errorf("of a hundred, %d take %.2f ms at most to %s beside a million questions, and %.2f ms beside none", percent, many, name, few)
		}
	}
}

// What a million finished questions add to the time that the next ones take.
// One store has them and another has none, and they are asked in turn, so that
// what else the machine does meanwhile befalls both.
func BenchmarkMillion(b *testing.B) {
	const million, most = 1_000_000, 1000
	benchBoth(b, func(b *testing.B, fresh func() *Store) {
		type measured struct {
			*Store
			accept, claim, finish, history, page times
		}
		none, many := &measured{Store: fresh()}, &measured{Store: fresh()}
		storetest.Finished(b, many.db, million)
		if many.postgres { // which does that by itself, in time
			if _, err := many.db.ExecContext(b.Context(), `ANALYZE`); err != nil {
				b.Fatal(err)
			}
		}
		week := time.Now().Add(-7 * 24 * time.Hour)
		b.ResetTimer()
		for first := 0; b.Loop(); first += most {
			for i := range most {
				for _, s := range []*measured{none, many} {
					p := asking(first + i)
					s.accept.add(func() {
						if a, err := s.Accept(b.Context(), p, queue.Terms{PerMinute: 30}); err != nil || !a.Fresh {
							b.Fatalf("%+v, %v", a, err)
						}
					})
					var claimed []queue.Row
					s.claim.add(func() {
						var err error
						if claimed, err = s.Claim(b.Context(), 8, nil, nil); err != nil || len(claimed) != 1 {
							b.Fatalf("%d claimed, %v", len(claimed), err)
						}
					})
					s.history.add(func() {
						if _, err := s.History(b.Context(), p.Place, p.Member); err != nil {
							b.Fatal(err)
						}
					})
					s.finish.add(func() { finishes(b, s.Store, claimed[0]) })
				}
				if i%20 == 0 {
					many.page.add(func() {
						n := 0
						if err := many.Records(b.Context(), asking(i).Server, week, func(bot.Record) error { n++; return nil }); err != nil || n < 200 {
							b.Fatalf("%d records, %v", n, err)
						}
					})
				}
			}
		}
		rising(b, "accept", none.accept, many.accept)
		rising(b, "claim", none.claim, many.claim)
		b.ReportMetric(none.finish.ms(50), "finish-p50-ms")
		b.ReportMetric(many.finish.ms(50), "finish-p50-ms-of-1M")
		b.ReportMetric(many.history.ms(50), "history-p50-ms-of-1M")
		b.ReportMetric(many.page.ms(50), "server-week-p50-ms-of-1M")
		b.ReportMetric(float64(many.size(b))/(1<<20), "MiB-of-1M")
		b.ReportMetric(0, "ns/op")
	})
}

// size is how much of the disk a store takes, in bytes.
func (s *Store) size(b *testing.B) (n int64) {
	query := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if s.postgres {
		query = `SELECT pg_database_size(current_database())`
	}
	if err := s.db.QueryRowContext(b.Context(), query).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// claims claims 8 questions, and closes them.
func claims(b *testing.B, s *Store, claim *times) {
	var claimed []queue.Row
	claim.add(func() {
		var err error
		if claimed, err = s.Claim(b.Context(), 8, nil, nil); err != nil || len(claimed) != 8 {
			b.Fatalf("%d claimed, %v", len(claimed), err)
		}
	})
	for _, p := range claimed {
		finishes(b, s, p)
	}
}

// How long it takes to claim 8 questions out of 10,000 that wait, which are
// one server's, or come from many; next to claiming the only 8 that wait.
func BenchmarkBacklog(b *testing.B) {
	const waiting, few, most = 10_000, 50, 5
	benchBoth(b, func(b *testing.B, fresh func() *Store) {
		for _, servers := range []int{1, 100, waiting} {
			b.Run(fmt.Sprintf("servers=%d", servers), func(b *testing.B) {
				s := fresh()
				var only, claim times
				for i := range few {
					for j := range 8 {
						if a, err := s.Accept(b.Context(), asking(8*i+j), queue.Terms{}); err != nil || !a.Fresh {
							b.Fatalf("%+v, %v", a, err)
						}
					}
					claims(b, s, &only)
				}
				storetest.Waiting(b, s.db, waiting, servers)
				for b.Loop() {
					claims(b, s, &claim)
				}
				if claim.ms(50) > most*only.ms(50) {
					b.Errorf("claiming takes %.2f ms with %d waiting, and %.2f ms with 8", claim.ms(50), waiting, only.ms(50))
				}
				b.ReportMetric(only.ms(50), "claim-p50-ms-of-8")
				b.ReportMetric(claim.ms(50), "claim-p50-ms")
				b.ReportMetric(claim.ms(99), "claim-p99-ms")
				b.ReportMetric(0, "ns/op")
			})
		}
	})
}
