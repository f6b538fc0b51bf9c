package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/store"
	"summitbot/bot/store/storetest"
	"summitbot/bot/testserver"
)

// built puts the program itself into the search path, in place of this test's
// binary under its name: without the tests and what they link.
func built(b *testing.B) {
	b.Helper()
	dir := b.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "summitbot"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	b.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// A race is a test server for benchmarks, with the program running against it.
type race struct {
	*process
	server *testserver.Server
	vars   []string      // settings of the program
	calls  atomic.Int64  // requests that were answered
	last   atomic.Int64  // when the last one was, in nanoseconds since 1970
	news   chan struct{} // has one when there was a call

	mu      sync.Mutex
	replied map[string]time.Time // by question: when its answer was posted or changed last
}

// newRace starts a server that takes so many requests a second as Discord
// does, or, raised, any number. The program is to run with the settings.
func newRace(b *testing.B, raised bool, settings ...string) *race {
	b.Helper()
	options := testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: botToken}}}
	r := &race{process: &process{TB: b}, news: make(chan struct{}, 1), replied: map[string]time.Time{}}
	r.vars = []string{"DISCORD_TOKEN=" + botToken, "QUESTIONS_PER_MINUTE=0"}
	if raised {
		options.GlobalPerSecond = -1
		r.vars = append(r.vars, "REQUESTS_PER_SECOND=10000")
	}
	r.server = testserver.New(options)
	listener := httptest.NewServer(http.HandlerFunc(r.serve))
	b.Cleanup(func() {
		r.server.Close()
		listener.Close()
	})
	r.vars = append(append(r.vars, "DISCORD_API_URL="+listener.URL), settings...)
	return r
}

// serve answers one request, and notes when that was done.
func (r *race) serve(w http.ResponseWriter, req *http.Request) {
	var said bytes.Buffer
	posts := strings.Contains(req.URL.Path, "/messages") && req.Method != http.MethodGet
	if posts {
		w = copying{w, &said}
	}
	r.server.ServeHTTP(w, req)
	now := time.Now()
	r.calls.Add(1)
	r.last.Store(now.UnixNano())
	var m testserver.Message
	if posts && json.Unmarshal(said.Bytes(), &m) == nil && m.MessageReference != nil && strings.Contains(m.Text(), "[1]") {
		r.mu.Lock()
		r.replied[m.MessageReference.MessageID] = now
		r.mu.Unlock()
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// copying keeps a copy of what is answered.
type copying struct {
	http.ResponseWriter
	to io.Writer
}

func (c copying) Write(p []byte) (int, error) {
	_, _ = c.to.Write(p) // a buffer takes all
	return c.ResponseWriter.Write(p)
}

// racing runs "serve" against a new race, with a store on disk.
func racing(b *testing.B, raised bool, settings ...string) *race {
	b.Helper()
	r := newRace(b, raised, settings...)
	r.process = launch(b, r.vars, "serve")
	r.await(r.stdout, "ready: ", 1)
	return r
}

// ends stops the program, and checks that it ends well.
func (r *race) ends() {
	r.signal(syscall.SIGTERM)
	r.exits(exitOK)
}

// askedInRaces are questions as members put them.
var askedInRaces = []string{"why Alaska?", "what does Putin want from NATO?", "how many soldiers have died?", "will sanctions be eased?"}

// ask mentions the bot in one of 20 channels.
func (r *race) ask(i int) testserver.Message {
	m, err := r.server.Post(fmt.Sprintf("member-%d", i%50), fmt.Sprintf("channel-%d", i%20), "@summitbot "+askedInRaces[i%len(askedInRaces)])
	if err != nil {
		r.Fatal(err)
	}
	return m
}

// answers counts the answers to questions, and how often one was answered
// more than once.
func (r *race) answers(asked ...testserver.Message) (answered, doubled int) {
	to := map[string]int{}
	for _, q := range asked {
		to[q.ID] = 0
	}
	channels := map[string]bool{}
	for _, q := range asked {
		if channels[q.ChannelID] {
			continue
		}
		channels[q.ChannelID] = true
		list, err := r.server.Messages(q.ChannelID, 4*len(asked))
		if err != nil {
			r.Fatal(err)
		}
		for _, m := range list {
			if m.Author.Bot && m.MessageReference != nil && strings.Contains(m.Text(), "[1]") {
				to[m.MessageReference.MessageID]++
			}
		}
	}
	for _, q := range asked {
		if n := to[q.ID]; n > 0 {
			answered++
			doubled += n - 1
		}
	}
	return answered, doubled
}

// settles waits until all questions are answered.
func (r *race) settles(ctx context.Context, calls int64, asked ...testserver.Message) (unanswered int) {
	for {
		if r.calls.Load() >= calls {
			if n, _ := r.answers(asked...); n == len(asked) {
				return 0
			}
		}
		select {
		case <-r.news:
		case <-ctx.Done():
			n, _ := r.answers(asked...)
			return len(asked) - n
		}
	}
}

// cpu is the processor time that the program has used, to the 10 ms.
func (r *race) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	if err != nil {
		r.Skip("processor time is read from /proc, which is not there: ", err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name may hold blanks
	fields := strings.Fields(after)
	var ticks int
	for _, f := range fields[11:13] { // of the program, and of the kernel for it
		n, err := strconv.Atoi(f)
		if err != nil {
			r.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memory is what the program holds of the machine's memory, in bytes.
func (r *race) memory() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		r.Skip("memory is read from /proc, which is not there: ", err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		r.Fatal(err)
	}
	return kb << 10
}

// One member after another mentions the bot: how long until the answer stands,
// and what it costs the program's process.
func BenchmarkServe(b *testing.B) {
	built(b)
	r := racing(b, true)
	r.burst(20, 0) // until connections stand
	var took []float64
	calls, spent := 0, r.cpu()
	for i := 0; b.Loop(); i++ {
		one := r.burst(1, i)
		took = append(took, one.seconds*1000)
		calls += one.calls
	}
	spent = r.cpu() - spent
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "p50-ms")
	b.ReportMetric(took[len(took)*99/100], "p99-ms")
	b.ReportMetric(spent.Seconds()*1000/float64(len(took)), "cpu-ms/mention")
	b.ReportMetric(float64(calls)/float64(len(took)), "calls/mention")
	b.ReportMetric(float64(r.memory())/(1<<20), "MiB")
	r.ends()
}

// From the program's start until it is connected and answers, and the memory
// that it holds when nobody asks: with nothing stored, and with a million
// finished questions.
func BenchmarkStart(b *testing.B) {
	built(b)
	for _, stored := range []int{0, 1_000_000} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			folder := b.TempDir()
			if stored > 0 {
				s, err := store.Open(b.Context(), store.Options{Folder: folder})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				storetest.FinishedIn(b, folder, stored)
			}
			var took, held []float64
			for b.Loop() {
				if stored == 0 {
					folder = b.TempDir() // a new one, whose tables are to be made
				}
				begin := time.Now()
				r := racing(b, true, "DATA_DIR="+folder)
				took = append(took, time.Since(begin).Seconds()*1000)
				time.Sleep(2 * time.Second)
				held = append(held, float64(r.memory())/(1<<20))
				r.ends()
			}
			slices.Sort(took)
			slices.Sort(held)
			b.ReportMetric(took[len(took)/2], "ready-ms")
			b.ReportMetric(held[len(held)/2], "idle-MiB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A burst is what came of mentions that were made at once.
type burst struct {
	mentions, calls, unanswered, doubled int
	seconds                              float64 // until the last answer stood
}

// burst mentions the bot so many times at once, in 20 channels, and waits for
// the answers.
func (r *race) burst(mentions, first int) burst {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	before, begin := r.calls.Load(), time.Now()
	var asked []testserver.Message
	for i := range mentions {
		asked = append(asked, r.ask(first+i))
	}
	b := burst{mentions: mentions, unanswered: r.settles(ctx, before+int64(mentions), asked...)}
	b.calls = int(r.calls.Load() - before)
	b.seconds = time.Unix(0, r.last.Load()).Sub(begin).Seconds()
	_, b.doubled = r.answers(asked...)
	if b.unanswered > 0 || b.doubled > 0 {
		r.Errorf("of %d mentions, %d are unanswered and %d answered twice", mentions, b.unanswered, b.doubled)
	}
	return b
}

// 200 members mention the bot at once. Each is answered by one call, and with
// the gate as shipped these take as long as its limit makes them:
// (calls - 50) / 50 seconds.
func BenchmarkBurst(b *testing.B) {
	const mentions = 200
	built(b)
	for name, raised := range map[string]bool{"raised": true, "as-shipped": false} {
		b.Run(name, func(b *testing.B) {
			r := racing(b, raised)
			r.burst(20, 0) // until connections stand
			var took []float64
			calls := 0
			for b.Loop() {
				time.Sleep(1100 * time.Millisecond) // so that the burst has the gate to itself
				all := r.burst(mentions, 0)
				took = append(took, all.seconds)
				calls += all.calls
				if all.calls != mentions {
					b.Errorf("%d mentions took %d calls", mentions, all.calls)
				}
				if ideal := float64(all.calls-RequestsPerSecond) / RequestsPerSecond; !raised && (all.seconds < ideal || all.seconds > ideal*1.1) {
					b.Errorf("%d calls took %.2f s, not %.2f", all.calls, all.seconds, ideal)
				}
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2], "s")
			b.ReportMetric(float64(calls)/float64(len(took)*mentions), "calls/mention")
			r.ends()
		})
	}
}

// RequestsPerSecond is how many requests Discord takes in a second.
const RequestsPerSecond = 50
