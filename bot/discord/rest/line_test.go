package rest

import (
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

	"summitbot/bot/discord/object"
	"summitbot/bot/testserver"
)

// postThrough posts a message that is a question's through a limiter.
func postThrough(ctx context.Context, g http.RoundTripper, channel, says string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://discord.com/api/v9/channels/"+channel+"/messages", strings.NewReader(`{"content": "`+says+`"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bot "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := g.RoundTrip(r)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return err
}

// nobodyWaits fails if somebody still stands in a limiter's lines, or is taken to
// be on the way.
func nobodyWaits(t *testing.T, g *limiter) {
	t.Helper()
	synctest.Wait()
	for _, route := range g.paths.Keys() {
		w, _ := g.paths.Peek(route)
		w.mu.Lock()
		if len(w.line) > 0 || w.out != 0 {
			t.Errorf("%s: %d stand in line, and %d are on the way", route, len(w.line), w.out)
		}
		w.mu.Unlock()
	}
}

// Whenever the answers to the questions of a channel are ready, however many
// messages they have, and whichever are given up: each time the earliest
// question that waits is next, its messages stand together, and Discord refuses
// none.
func TestPostsInOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			const way = 4 * time.Millisecond
			dice := rand.New(rand.NewPCG(seed, 11))
			server := testserver.New(testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token}}, RouteLimits: true})
			defer server.Close()
			start, err := server.Post("ana", "general", "hello")
			if err != nil {
				t.Fatal(err)
			}
			type sent struct {
				question, part int
				chosen         time.Time
			}
			var mu sync.Mutex
			var all []sent
			came := map[int]time.Time{}
			g := newLimiter(nil, RoundTripFunc(func(r *http.Request) (*http.Response, error) {
				now := sent{chosen: time.Now()}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				if _, err := fmt.Sscanf(string(body), `{"content": "%d part %d"}`, &now.question, &now.part); err != nil {
					return nil, err
				}
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				time.Sleep(way)
				w := httptest.NewRecorder()
				server.ServeHTTP(w, r)
				mu.Lock()
				all = append(all, now)
				mu.Unlock()
				time.Sleep(way)
				return w.Result(), nil
			}), RequestsPerSecond, nil)
			var wg sync.WaitGroup
			posted := 0
			for i := range 30 {
				ready, life, parts := time.Duration(dice.Int64N(int64(time.Duration(seed+1)*time.Second))), 10*time.Minute, 1+dice.IntN(3)
				if dice.IntN(4) == 0 {
					life = time.Duration(dice.Int64N(int64(5 * time.Second)))
				}
				wg.Go(func() {
					time.Sleep(ready)
					ctx, cancel := context.WithTimeout(t.Context(), life)
					defer cancel()
					ctx, leave := InLine(ctx, fmt.Sprint(95+i))
					defer leave()
					mu.Lock()
					came[95+i] = time.Now()
					mu.Unlock()
					for part := range parts {
						err := postThrough(ctx, g, start.ChannelID, fmt.Sprintf("%d part %d", 95+i, part))
						if ctx.Err() != nil {
							return
						}
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						posted++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			nobodyWaits(t, g)
			for i, later := range all {
				if later.part > 0 {
					if all[i-1].question != later.question {
						t.Errorf("seed %d: a message to question %d stands within the answer to %d", seed, all[i-1].question, later.question)
					}
					continue
				}
				for _, earlier := range all[i+1:] {
					if earlier.part == 0 && earlier.question < later.question && came[earlier.question].Before(later.chosen) {
						t.Errorf("seed %d: question %d was answered before %d, which waited", seed, later.question, earlier.question)
					}
				}
			}
			if posted < 30 {
				t.Errorf("seed %d: %d messages were posted", seed, posted)
			}
		})
	}
}

// A message that Discord does not take at once keeps its turn until it does, or
// is given up.
func TestPostsKeepTheirTurn(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func() (*http.Response, error){
		"limited": func() (*http.Response, error) {
			return saying(429, `{"message": "slow", "retry_after": 3, "global": false}`), nil
		},
		"limited with others": func() (*http.Response, error) {
			return saying(429, `{"message": "slow", "retry_after": 30, "global": true}`), nil
		},
		"a server's error": func() (*http.Response, error) { return saying(502, "<html>"), nil },
		"a lost answer":    func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"silence": func() (*http.Response, error) {
			time.Sleep(requestTimeout)
			return nil, context.DeadlineExceeded
		},
		"a refusal": func() (*http.Response, error) {
			return saying(400, `{"code": 50035, "message": "Invalid Form Body"}`), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []string
				g := newLimiter(nil, RoundTripFunc(func(r *http.Request) (*http.Response, error) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return nil, err
					}
					_, nonce, _ := strings.Cut(string(body), `"nonce":"`)
					nonce, _, _ = strings.Cut(nonce, `"`)
					got = append(got, nonce)
					time.Sleep(time.Millisecond)
					if len(got) == 1 {
						return first()
					}
					return saying(200, `{"id": "1"}`), nil
				}), RequestsPerSecond, nil)
				session, err := NewSession(token, g)
				if err != nil {
					t.Fatal(err)
				}
				a := &Client{session: session, log: slog.New(slog.DiscardHandler), Pace: 1}
				var wg sync.WaitGroup
				for i := range 5 { // the last question is ready first, but the first one has been begun
					question := fmt.Sprint([]int{10, 14, 13, 12, 11}[i])
					wg.Go(func() {
						time.Sleep(time.Duration(i) * 100 * time.Microsecond)
						ctx, leave := InLine(t.Context(), question)
						defer leave()
						_, err := a.Send(ctx, "1", object.View{Components: []object.Component{{Type: object.TypeText, Content: "yes"}}}, question, question)
						if _, refused := errors.AsType[*Refusal](err); err != nil && !refused {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				nobodyWaits(t, g)
				want := []string{"10", "10", "11", "12", "13", "14"}
				if name == "a refusal" {
					want = want[1:]
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q were sent", got)
				}
			})
		})
	}
}

// What has no place in line goes before what has, one after another too; a
// place is left with its context, and what is no message needs none.
func TestPostsWithoutQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		g := newLimiter(nil, RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			mu.Lock()
			got = append(got, string(body))
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			return saying(200, "{}"), err
		}), RequestsPerSecond, nil)
		begun := time.Now()
		var wg sync.WaitGroup
		send := func(ctx context.Context, says string) {
			if err := postThrough(ctx, g, "1", says); err != nil {
				t.Error(err)
			}
		}
		forgotten, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		kept, leave := InLine(forgotten, "7")
		send(kept, "7")
		for _, says := range []string{"8", "a", "6", "b"} {
			wg.Go(func() {
				ctx := t.Context()
				if says < "a" {
					var leave context.CancelFunc
					ctx, leave = InLine(ctx, says)
					defer leave()
				}
				send(ctx, says)
			})
			synctest.Wait()
		}
		if err := call(kept, g, "channels/1/messages"); err != nil || len(got) != 2 {
			t.Errorf("after %q: %v", got, err)
		}
		again, leaveAgain := InLine(kept, "9") // it has a place
		leaveAgain()
		send(again, "7 again")
		wg.Wait()
		leave()
		if took := time.Since(begun); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		for i, says := range []string{"7", "", "7 again", "a", "b", "6", "8"} {
			if says != "" && !strings.Contains(got[i], `"`+says+`"`) {
				t.Errorf("%d: %q was sent, not %q", i, got[i], says)
			}
		}
		nobodyWaits(t, g)
	})
}

// Channels do not wait for one another.
func TestPostsInManyChannels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{way: func() time.Duration { return 5 * time.Millisecond }}
		g := newLimiter(nil, c, RequestsPerSecond, nil)
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				ctx, leave := InLine(t.Context(), fmt.Sprint(i))
				defer leave()
				if err := postThrough(ctx, g, fmt.Sprint(i), "yes"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(begun).Seconds(); took < 3 || took > 3.4 {
			t.Errorf("200 messages in 200 channels took %.2f s", took)
		}
		if n := c.most(); n > RequestsPerSecond {
			t.Errorf("%d requests came in one second", n)
		}
		nobodyWaits(t, g)
	})
}

// Over real connections too, one message of a channel is answered before the
// next one is sent.
func TestPostsOverHTTP(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	on := map[string]int{}
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		on[r.URL.Path]++
		if on[r.URL.Path] > 1 || err != nil {
			t.Errorf("%d messages are on the way to %s: %v", on[r.URL.Path], r.URL.Path, err)
		}
		got = append(got, r.URL.Path+string(body))
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		on[r.URL.Path]--
		mu.Unlock()
		w.Header().Set("X-RateLimit-Remaining", "9")
		w.Header().Set("X-RateLimit-Reset-After", "0.01")
	}))
	defer server.Close()
	base, err := ParseAPIURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	g := newLimiter(base, transport, 10000, nil)
	var wg sync.WaitGroup
	for i := range 120 {
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			defer cancel()
			ctx, leave := InLine(ctx, fmt.Sprint(i/3))
			defer leave()
			if err := postThrough(ctx, g, fmt.Sprint(i%3), "yes"); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
		if i%5 == 0 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond / 10)
				cancel()
			})
		}
	}
	wg.Wait()
	if len(got) < 96 {
		t.Errorf("%d messages were sent", len(got))
	}
}

// However many wait, come and give up at the same moment, with places or
// without: no more go out than a limit has left, nobody is forgotten, and
// nothing is lost with those who give up.
func TestWindowUnderContention(t *testing.T) {
	t.Parallel()
	const most, per = 5, 2 * time.Millisecond
	var mu sync.Mutex
	var began time.Time
	calls, let, given := 0, 0, 0
	call := func() (left int, pause time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(began) >= per {
			began, calls = time.Now(), 0
		}
		if calls++; calls > most {
			t.Errorf("%d requests went out in a window of %d", calls, most)
		}
		let++
		return most - calls, per - time.Since(began)
	}
	w := newWindow()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(i), 13))
			for range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%2 == 0 {
					time.AfterFunc(time.Duration(dice.Int64N(int64(8*per))), cancel)
				}
				var place *ticket
				leave := func() {}
				if i%4 < 2 {
					ctx, leave = InLine(ctx, fmt.Sprint(dice.IntN(100)))
					place = ticketOf(ctx)
				}
				err := w.wait(ctx, place)
				switch {
				case err != nil:
					if i%2 == 1 {
						t.Errorf("who waits for ever has given up: %v", err)
					}
					mu.Lock()
					given++
					mu.Unlock()
				case dice.IntN(10) == 0:
					call()
					w.unanswered()
				default:
					left, pause := call()
					w.answered(left, pause)
				}
				leave()
				cancel()
			}
		})
	}
	wg.Wait()
	standing := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.line)
	}
	for standing() > 0 { // places are left soon after
		time.Sleep(time.Millisecond)
	}
	if w.out != 0 {
		t.Errorf("%d are taken to be on the way", w.out)
	}
	if let+given != 40*20 || let == 0 || given == 0 {
		t.Errorf("%d went out, and %d gave up", let, given)
	}
}

// Who gives up at the moment at which they are let out leaves that to the next.
func TestWindowGivenUpWhenLetOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &window{until: time.Now().Add(time.Hour)}
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- w.wait(ctx, nil) }()
		synctest.Wait()
		go func() { second <- w.wait(t.Context(), nil) }()
		synctest.Wait()
		w.mu.Lock()
		cancel()
		w.left = 1
		w.next()
		w.mu.Unlock()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the first one was let out, and told %v", err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
		if w.out != 1 || w.left != 0 || len(w.line) > 0 {
			t.Errorf("%d are on the way, %d are left, and %d stand in line", w.out, w.left, len(w.line))
		}
	})
}
