package discord

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/testserver"
)

// readings has the requests that read messages answered by something else.
func readings(b *Bot, by roundTrip) {
	next := b.gate.next
	b.gate.next = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/messages") {
			if answer, err := by(r); answer != nil || err != nil {
				return answer, err
			}
		}
		return next.RoundTrip(r)
	})
}

// What came while no bot was there is read until Discord has let the bot do
// so, and a place that is gone keeps nothing from being read elsewhere.
func TestMissedWhileDiscordFails(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska, nil)
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
	w.run(alaska, func(_ *Options, b *Bot) {
		if b == nil {
			return
		}
		readings(b, func(r *http.Request) (*http.Response, error) {
			status := http.StatusNotFound
			if !strings.Contains(r.URL.Path, gone) {
				if status = http.StatusServiceUnavailable; failures.Add(1) > places*maxTries {
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

// lateRecords tells of the newest question in every place, from its second
// answer on, as one that is asked in an hour.
type lateRecords struct {
	Records
	asked *atomic.Int32
}

func (l lateRecords) Places(ctx context.Context, since time.Time) ([]bot.Pending, error) {
	places, err := l.Records.Places(ctx, since)
	if l.asked.Add(1) > 1 {
		for i := range places {
			places[i].ID = fmt.Sprint((time.Now().Add(time.Hour).UnixMilli() - discordEpoch) << 22)
		}
	}
	return places, err
}

// A new session ends the reading for the one before, and reads what that has
// not come to, from where it would have.
func TestMissedBeforeTheLastSession(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska, nil)
	w.answersOnce("general")
	w.leaveOpen()
	m := w.say("ben", "general", "@summitbot why Alaska?")
	var asked atomic.Int32
	begun := make(chan struct{}, 1)
	w.run(alaska, func(o *Options, b *Bot) {
		if b == nil {
			o.Records = lateRecords{w.store, &asked}
			return
		}
		var once atomic.Bool
		readings(b, func(r *http.Request) (*http.Response, error) {
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
	if n := asked.Load(); n < 2 {
		t.Errorf("where questions were asked was looked up %d times", n)
	}
}
