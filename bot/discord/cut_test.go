package discord

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/worker"
	"summitbot/bot/queue"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
)

const (
	// cutQuestions are being answered when a process is cut off.
	cutQuestions = 20
	// cutFor is for how long it is: longer than any lease.
	cutFor = queue.ClaimLife * 3 / 2
	// cutShows is how often a model has written something more.
	cutShows = 200 * time.Millisecond
	// cutEnds is the time between the ends of two answers: the first is ready as
	// soon as the process is cut off, the last after it is back.
	cutEnds = 2 * time.Second
)

// One of two processes is cut from the database in the middle of 20 answers, and
// goes on writing them. When that is over, each question has one answer, and it
// is finished, whoever has finished it.
func TestCutOff(t *testing.T) {
	t.Parallel()
	for name, hears := range map[string]bool{"the one that hears": true, "one that answers": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withOneCut(t, hears)
		})
	}
}

func withOneCut(t *testing.T, hears bool) {
	db := postgrestest.New(t)
	line := postgrestest.NewLine(t, db.Address)
	server, log := newDiscord(t, testserver.Options{}), &safeBuffer{}
	var writing sync.WaitGroup // the process that is cut off
	var stops []func()
	process := func(role Role, a worker.Answerer, through ...string) *world {
		w := &world{T: t, server: server, log: log, ready: make(chan string, 1), store: sharedStore(t, db, through...)}
		w.run(a, func(o *Options, b *Bot) {
			if o.Role, o.Workers = role, cutQuestions; b == nil {
				if role != Worker {
					o.Share = w.store.Gateway(true)
				}
				return
			}
			b.Timing.Quick, b.Timing.Edit = time.Millisecond, cutShows
		})
		stop := sync.OnceFunc(func() {
			w.stop()
			if err := <-w.ended; err != nil {
				t.Error(err)
			}
		})
		stops = append(stops, stop)
		t.Cleanup(stop)
		w.awaitReady()
		return w
	}
	seeds, begins := alaska(t), make(chan struct{})
	slow := scripted{answerer(t), func(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error) {
		writing.Add(1)
		defer writing.Done()
		a, err := seeds.Stream(ctx, q, nil)
		var n int
		if _, wrong := fmt.Sscanf(q.Text, "number %d", &n); wrong != nil {
			return a, wrong
		}
		var end <-chan time.Time
		for begins := begins; ; {
			select {
			case <-begins:
				begins, end = nil, time.After(time.Duration(n)*cutEnds)
			case <-time.After(cutShows):
				show(a)
			case <-end:
				return a, err
			case <-ctx.Done():
				return bot.Answer{}, ctx.Err()
			}
		}
	}}
	var w *world
	if hears {
		w = process(Everything, slow, line.Address)
	} else {
		w = process(Gateway, seeds)
		process(Worker, slow, line.Address)
	}
	var asked []testserver.Message
	for i := range cutQuestions {
		asked = append(asked, w.say("ana", fmt.Sprintf("server-%d/general", i), fmt.Sprintf("@summitbot number %d: why was Alaska chosen?", i)))
	}
	answers := func(q testserver.Message) (all []testserver.Message) {
		for _, m := range w.said(q.ChannelID) {
			if m.MessageReference != nil && m.MessageReference.MessageID == q.ID {
				all = append(all, m)
			}
		}
		return all
	}
	for _, q := range asked {
		w.await(func(m testserver.Message) bool {
			return m.MessageReference != nil && m.MessageReference.MessageID == q.ID && strings.Contains(m.Text(), en.Writing)
		})
	}
	process(Worker, seeds)
	line.Cut(true)
	close(begins)
	time.Sleep(cutFor)
	line.Cut(false)
	writing.Wait()
	w.settle()
	for _, stop := range stops { // nothing is on its way any more
		stop()
	}
	drafts := 0
	for _, q := range asked {
		all := answers(q)
		if len(all) != 1 {
			t.Errorf("%q has %d answers", q.Content, len(all))
		}
		for _, m := range all {
			if m.Text() == en.Looking || strings.Contains(m.Text(), en.Writing) {
				drafts++
			}
		}
	}
	if drafts > 0 {
		t.Errorf("%d of %d answers are never finished", drafts, cutQuestions)
	}
	if t.Failed() {
		t.Logf("log:\n%s", log.String())
	}
}
