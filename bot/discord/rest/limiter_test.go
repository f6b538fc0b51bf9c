package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"summitbot/bot/testserver"
)

// A counter is a Discord that notes when requests reach it.
type counter struct {
	mu   sync.Mutex
	came []time.Time
	way  func() time.Duration // how long requests and answers are on their way; nil: not at all
	says func() *http.Response
}

func (c *counter) RoundTrip(*http.Request) (*http.Response, error) {
	travel := func() {
		if c.way != nil {
			time.Sleep(c.way())
		}
	}
	travel()
	c.mu.Lock()
	c.came = append(c.came, time.Now())
	c.mu.Unlock()
	travel()
	if c.says != nil {
		if resp := c.says(); resp != nil {
			return resp, nil
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
}

// most is how many requests came in the busiest second.
func (c *counter) most() (most int) {
	slices.SortFunc(c.came, time.Time.Compare)
	for first, last := 0, 0; last < len(c.came); last++ {
		for c.came[last].Sub(c.came[first]) >= time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// saying is an answer of a status, with headers in pairs.
func saying(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// call sends one request through the limiter.
func call(ctx context.Context, g http.RoundTripper, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://discord.com/api/v9/"+path, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bot "+token)
	resp, err := g.RoundTrip(r)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return err
}

// atOnce sends n requests, each of a route of its own, and waits for them.
func atOnce(t *testing.T, g http.RoundTripper, n int) (took time.Duration) {
	t.Helper()
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := call(t.Context(), g, fmt.Sprintf("users/@me?%d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return time.Since(begin)
}

// A burst takes as long as 50 requests a second make of it, and the test
// server, which counts as Discord does, refuses none.
func TestGateBurst(t *testing.T) {
	t.Parallel()
	for _, n := range []int{50, 100, 200, 300} {
		synctest.Test(t, func(t *testing.T) {
			server := testserver.New(testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token}}})
			defer server.Close()
			g := newLimiter(nil, RoundTripFunc(func(r *http.Request) (*http.Response, error) {
				time.Sleep(5 * time.Millisecond)
				w := httptest.NewRecorder()
				server.ServeHTTP(w, r)
				time.Sleep(5 * time.Millisecond)
				return w.Result(), nil
			}), RequestsPerSecond, nil)
			took := atOnce(t, g, n).Seconds()
			if ideal := float64(n-50) / 50; took < ideal || took > ideal*1.1+0.05 {
				t.Errorf("%d requests took %.2f s, not %.0f", n, took, ideal)
			}
		})
	}
}

// Whenever requests come, however long they are on their way, and whichever
// are given up: Discord never counts more than 50 of them in one second, and
// those that are given up cost the others nothing.
func TestGateNeverExceeds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 7))
			var mu sync.Mutex
			upTo := func(d time.Duration) time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return time.Duration(dice.Int64N(int64(d)))
			}
			c := &counter{way: func() time.Duration { return upTo(longestWay / 2) }}
			g := newLimiter(nil, c, RequestsPerSecond, nil)
			var wg sync.WaitGroup
			sent := 0
			for i := range 400 {
				wg.Go(func() {
					time.Sleep(upTo(time.Duration(seed+1) * 300 * time.Millisecond))
					ctx := t.Context()
					if i%4 == 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithCancel(ctx)
						time.AfterFunc(upTo(2*time.Second), cancel)
					}
					err := call(ctx, g, fmt.Sprintf("users/@me?%d", i))
					if _, held := errors.AsType[*heldBack](err); err != nil && (!held || ctx.Err() == nil) {
						t.Error(err)
					}
					if err == nil {
						mu.Lock()
						sent++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if n := c.most(); n > RequestsPerSecond {
				t.Errorf("seed %d: %d requests came in one second", seed, n)
			}
			if sent < 300 || len(g.all.passes) != RequestsPerSecond {
				t.Errorf("seed %d: %d requests were sent, and %d passes are left", seed, sent, len(g.all.passes))
			}
		})
	}
}

// A request that is given up while it waits leaves its place to another.
func TestGateGivenUp(t *testing.T) {
	t.Parallel()
	for name, slots := range map[string]bool{"alone": false, "shared": true} {
		synctest.Test(t, func(t *testing.T) {
			g := newLimiter(nil, &counter{}, RequestsPerSecond, nil)
			if slots {
				g.slots = newSlotQueue(&ring{}, RequestsPerSecond, slog.New(slog.DiscardHandler))
			}
			atOnce(t, g, 50)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() {
					if err := call(ctx, g, fmt.Sprint(i)); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s: a wait outlived its context: %v", name, err)
					}
				})
			}
			wg.Wait()
			if took := atOnce(t, g, 50); took > 1100*time.Millisecond {
				t.Errorf("%s: the next ones took %v", name, took)
			}
		})
	}
}

// What an interaction's token opens is not counted, and does not wait.
func TestGateOutsideLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newLimiter(nil, &counter{}, RequestsPerSecond, nil)
		atOnce(t, g, 50)
		begin := time.Now()
		for i := range 100 {
			for _, path := range []string{"interactions/%d/token/callback", "webhooks/%d/token/messages/@original"} {
				if err := call(t.Context(), g, fmt.Sprintf(path, i)); err != nil {
					t.Error(err)
				}
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("they waited %v", took)
		}
	})
}

// After a global 429 those that it held do not come all at once.
func TestGateAfterGlobal429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, struck := &counter{way: func() time.Duration { return time.Millisecond }}, false
		c.says = func() *http.Response {
			c.mu.Lock()
			defer c.mu.Unlock()
			if struck {
				return nil
			}
			struck = true
			rec := httptest.NewRecorder()
			rec.WriteHeader(http.StatusTooManyRequests)
			rec.WriteString(`{"message": "slow", "retry_after": 3, "global": true}`)
			return rec.Result()
		}
		g := newLimiter(nil, c, RequestsPerSecond, nil)
		if err := call(t.Context(), g, "first"); err == nil {
			t.Fatal("there was no 429")
		}
		begin := time.Now()
		if took := atOnce(t, g, 150); took < 5*time.Second || took > 5500*time.Millisecond {
			t.Errorf("they took %v", took)
		}
		if n := c.most(); n > RequestsPerSecond || c.came[1].Sub(begin) < 2990*time.Millisecond {
			t.Errorf("%d came in one second, the first after %v", n, c.came[1].Sub(begin))
		}
	})
}

// A ring hands out slots as processes would share them: 50 in any second.
type ring struct {
	mu    sync.Mutex
	last  [RequestsPerSecond]time.Time
	next  int
	calls int
	err   error
}

func (r *ring) Take(_ context.Context, n int) ([]time.Time, error) {
	time.Sleep(3 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.err != nil {
		return nil, r.err
	}
	var all []time.Time
	for range n {
		at := time.Now()
		if free := r.last[r.next].Add(1020 * time.Millisecond); free.After(at) {
			at = free
		}
		r.last[r.next] = at
		r.next = (r.next + 1) % len(r.last)
		all = append(all, at)
	}
	return all, nil
}

// Processes that share slots keep to the limit together, and ask for many at
// a time.
func TestGatesShareSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, r := &counter{}, &ring{}
		var wg sync.WaitGroup
		begin := time.Now()
		for range 3 {
			g := newLimiter(nil, c, RequestsPerSecond, newSlotQueue(r, RequestsPerSecond, slog.New(slog.DiscardHandler)))
			wg.Go(func() { atOnce(t, g, 100) })
		}
		wg.Wait()
		if took := time.Since(begin).Seconds(); took < 5 || took > 5.5 {
			t.Errorf("300 requests took %.2f s", took)
		}
		if n := c.most(); n > RequestsPerSecond {
			t.Errorf("%d requests came in one second", n)
		}
		if r.calls > 9 {
			t.Errorf("the slots of 300 requests were asked for %d times", r.calls)
		}
	})
}

// While slots fail, a process sends a fifth of what is allowed, and says so
// once; when they work again, all.
func TestGateWithoutSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := &ring{err: errors.New("broken on purpose")}
		g := newLimiter(nil, &counter{}, RequestsPerSecond, newSlotQueue(r, RequestsPerSecond, slog.New(slog.NewTextHandler(&log, nil))))
		for range 2 {
			if took := atOnce(t, g, 30).Seconds(); took < 2 || took > 3.3 {
				t.Errorf("without slots 30 requests took %.2f s", took)
			}
		}
		if n := strings.Count(log.String(), "WARN"); n != 1 || r.calls > 6 {
			t.Errorf("after %d calls the log says %d times:\n%s", r.calls, n, log.String())
		}
		r.mu.Lock()
		r.err = nil
		r.mu.Unlock()
		time.Sleep(slotsRetry)
		if took := atOnce(t, g, 50).Seconds(); took > 0.1 || !strings.Contains(log.String(), "again") {
			t.Errorf("with slots again 50 requests took %.2f s; the log says:\n%s", took, log.String())
		}
	})
}
