package discord

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/queue"
	"summitbot/bot/testserver"
)

// readings has the requests that read messages answered by something else.
func readings(b *Bot, by func(next http.RoundTripper, r *http.Request) (*http.Response, error)) {
	through(b, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/messages") {
			if answer, err := by(next, r); answer != nil || err != nil {
				return answer, err
			}
		}
		return next.RoundTrip(r)
	})
}

// missedOne is a world whose bot has ended, and then a question came where one
// was asked before.
func missedOne(t *testing.T) (*world, testserver.Message) {
	t.Helper()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.answersOnce("general")
	w.leaveOpen()
	return w, w.say("ben", "general", "@summitbot why Alaska?")
}

// What came while no bot was there is read until Discord has let the bot do
// so, and a place that is gone keeps nothing from being read elsewhere.
func TestMissedWhileDiscordFails(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	const places = 2*readers + 1
	for i := range places {
		w.answerTo(w.say("ana", fmt.Sprint("place-", i), "@summitbot why Alaska?"))
	}
	w.settle()
	w.leaveOpen()
	var asked []testserver.Message
	for i := range places {
		asked = append(asked, w.say("ben", fmt.Sprint("place-", i), "@summitbot why Alaska?"))
	}
	gone := asked[places-1].ChannelID
	var failures atomic.Int32
	w.run(alaska(t), func(_ *Options, b *Bot) {
		if b == nil {
			return
		}
		readings(b, func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
			status := http.StatusNotFound
			if !strings.Contains(r.URL.Path, gone) {
				if status = http.StatusServiceUnavailable; failures.Add(1) > places*rest.MaxTries {
					return nil, nil
				}
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"code":10003,"message":"Unknown Channel"}`)), Request: r}, nil
		})
	})
	w.awaitReady()
	for _, m := range asked[:places-1] {
		holds(t, w.answerTo(m), "far from arbitrary")
	}
	w.settle()
	w.logged("is not read yet")
	w.logged("cannot be read")
	if n := len(w.said(gone)); n != 1 {
		t.Errorf("the bot said %d things where it may not read", n)
	}
}

// A new session ends the reading for the one before, and reads what that has
// not come to, from where it would have.
func TestMissedBeforeTheLastSession(t *testing.T) {
	t.Parallel()
	w, m := missedOne(t)
	begun := make(chan struct{}, 1)
	w.run(alaska(t), func(_ *Options, b *Bot) {
		if b == nil {
			return
		}
		var once atomic.Bool
		readings(b, func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
			if once.Swap(true) {
				return nil, nil
			}
			begun <- struct{}{}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	})
	w.awaitReady()
	<-begun
	w.server.CloseSockets(4009)
	holds(t, w.answerTo(m), "far from arbitrary")
}

// What a process has not come to read is read by the next one, whatever was
// asked in the same place since.
func TestMissedByAProcessThatEnds(t *testing.T) {
	t.Parallel()
	w, m := missedOne(t)
	s := stored(t)
	w.run(alaska(t), func(o *Options, b *Bot) {
		if o.Share = s.Gateway(false); b != nil {
			readings(b, func(http.RoundTripper, *http.Request) (*http.Response, error) {
				return nil, &rest.ServerError{Status: http.StatusBadGateway}
			})
		}
	})
	w.awaitReady()
	w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	w.restart(alaska(t), func(o *Options, _ *Bot) { o.Share = s.Gateway(false) })
	holds(t, w.answerTo(m), "far from arbitrary")
}

// stuck is a ledger that accepts nothing until it is let.
type stuck struct {
	worker.Ledger
	let chan struct{}
}

func (s stuck) Accept(ctx context.Context, r queue.Row, t queue.Terms) (queue.Acceptance, error) {
	<-s.let
	return s.Ledger.Accept(context.WithoutCancel(ctx), r, t)
}

// A session is kept when the questions are accepted that were missed before it:
// whoever goes on with it is not told of them.
func TestMissedAreAcceptedFirst(t *testing.T) {
	t.Parallel()
	w, m := missedOne(t)
	let := make(chan struct{})
	kept := &cutOff{Shards: stored(t).Gateway(false)}
	w.run(alaska(t), func(o *Options, b *Bot) {
		if o.Share = kept; b == nil {
			o.Ledger = stuck{o.Ledger, let}
		}
	})
	w.awaitReady()
	w.eventually("it is heard", func() bool { return w.bot.heard.Contains(m.ID) })
	time.Sleep(20 * w.bot.Timing.Poll)
	if n := kept.last.Load(); n > 0 {
		t.Errorf("a session is kept, up to %d", n)
	}
	close(let)
	w.answerTo(m)
	w.eventually("the session is kept", func() bool { return kept.last.Load() > 0 })
}

// A place that cannot be read has no others read again, nor keeps other shards'
// sessions from being kept; and it is given up in the end.
func TestMissedInOnePlace(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.answersOnce("good")
	w.answersOnce("bad")
	bad := w.said("bad")[0].ChannelID
	w.leaveOpen()
	var good, fails atomic.Int32
	w.run(alaska(t), func(_ *Options, b *Bot) {
		if b == nil {
			return
		}
		readings(b, func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, bad) {
				fails.Add(1)
				return nil, &rest.ServerError{Status: http.StatusBadGateway}
			}
			good.Add(1)
			return nil, nil
		})
	})
	w.awaitReady()
	w.eventually("it is tried again", func() bool { return fails.Load() > 2*rest.MaxTries })
	if n := good.Load(); n != 1 {
		t.Errorf("the other place was read %d times", n)
	}
	if !w.bot.intake.barrier().Passed() {
		t.Error("it counts as a question that is being accepted")
	}
	c := &catchUp{bot: w.bot, begun: time.Now().Add(-missed - time.Second), left: []unread{{place: bad, since: time.Now()}}}
	if !c.run(t.Context(), t.Context(), t.Context(), time.Now()) || len(c.left) > 0 {
		t.Error("it is not given up")
	}
	w.logged("could not be read")
}

// Where many messages came, the last are read, and heard as they came.
func TestMissedAmongMany(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.answersOnce("general")
	w.leaveOpen()
	var asked []testserver.Message
	for i := range mostPages*rest.FullPage + 5 {
		text := "hello"
		if i%(3*rest.FullPage) == 3 {
			text = "@summitbot why Alaska?"
		}
		if m := w.say("ben", "general", text); text != "hello" {
			asked = append(asked, m)
		}
	}
	w.run(alaska(t), nil)
	w.awaitReady()
	var answers []string
	for _, m := range asked[1:] {
		answers = append(answers, w.answerTo(m).ID)
	}
	if !slices.IsSortedFunc(answers, func(a, b string) int { return strings.Compare(a, b) }) {
		t.Errorf("the answers came as %v", answers)
	}
	w.logged("is read in part")
}
