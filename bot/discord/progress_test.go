package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/proof"
	"summitbot/bot/testserver"
	"summitbot/retrieval"
)

// writes answers by showing one claim more at each step that the test takes.
type writes struct {
	article *retrieval.Article
	gate    *proof.Gate
	step    chan struct{}
	last    int
}

func (w writes) stream(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error) {
	var a bot.Answer
	for i := range w.last {
		select {
		case <-w.step:
		case <-ctx.Done():
			return bot.Answer{}, ctx.Err()
		}
		a, _ = rendertest.Quoting(w.gate, q, w.article.At(44), w.article.At(45), w.article.At(46))
		a.Claims = a.Claims[:i+1]
		show(a)
	}
	return a, nil
}

// What is written so far is shown, in the place where the answer will stand.
func TestUnfinishedAnswersAreShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		ask  func(w *world)
	}{
		{"a mention", func(w *world) { w.say("ana", "general", "@summitbot why was Alaska chosen?") }},
		{"a command", func(w *world) {
			if _, err := w.server.Command("ana", "general", "ask", map[string]any{"question": "why Alaska?"}); err != nil {
				w.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			step := make(chan struct{})
			w := running(t, testserver.Faults{}, scripted{answerer(t), writes{article(t), rendertest.Gate(t), step, 3}.stream}, func(_ *Options, b *Bot) {
				if b != nil {
					b.Timing.Quick = 0
				}
			})
			c.ask(w)
			step <- struct{}{}
			first := w.await(func(m testserver.Message) bool {
				return strings.Contains(m.Text(), "far from arbitrary") && strings.Contains(m.Text(), en.Writing)
			})
			step <- struct{}{}
			w.await(func(m testserver.Message) bool {
				return m.ID == first.ID && strings.Contains(m.Text(), "geographically significant") && strings.Contains(m.Text(), en.Writing)
			})
			step <- struct{}{}
			w.await(func(m testserver.Message) bool {
				return m.ID == first.ID && strings.Contains(m.Text(), "sparsely populated") && !strings.Contains(m.Text(), en.Writing)
			})
			w.settle()
			if n := len(w.said("general")); n != 1 {
				t.Errorf("the bot said %d things, not 1", n)
			}
		})
	}
}

// Two edits of a message are as far apart as Discord wants them, the last one
// included.
func TestEditsAreFarApart(t *testing.T) {
	t.Parallel()
	const apart = 60 * time.Millisecond
	step := make(chan struct{}, 3)
	w := running(t, testserver.Faults{}, scripted{answerer(t), writes{article(t), rendertest.Gate(t), step, 3}.stream}, func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Quick, b.Timing.Edit = 0, apart
		}
	})
	w.say("ana", "general", "@summitbot why was Alaska chosen?")
	w.await(func(m testserver.Message) bool { return m.Text() == en.Looking })
	step <- struct{}{}
	w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), en.Writing) })
	for range 2 {
		step <- struct{}{}
	}
	w.await(func(m testserver.Message) bool {
		return strings.Contains(m.Text(), "sparsely populated") && !strings.Contains(m.Text(), en.Writing)
	})
	w.settle()
	var at []time.Time
	for line := range strings.Lines(w.wire()) {
		var r struct {
			Kind, Method, Path string
			Time               time.Time
		}
		if json.Unmarshal([]byte(line), &r) == nil && r.Kind == "rest" && r.Method == "PATCH" {
			at = append(at, r.Time)
		}
	}
	if len(at) < 2 {
		t.Fatalf("there were %d edits: %s", len(at), w.wire())
	}
	for i := range at[1:] {
		if d := at[i+1].Sub(at[i]); d < apart-5*time.Millisecond {
			t.Errorf("two edits are %v apart", d)
		}
	}
}

// Answers that are written at the same time are each edited on their own: no
// message oftener than Discord wants, and none waits for another.
func TestAnswersAreEditedSideBySide(t *testing.T) {
	t.Parallel()
	const (
		apart   = 100 * time.Millisecond
		answers = 20
	)
	w := running(t, testserver.Faults{}, scripted{answerer(t), func(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error) {
		a, err := rendertest.Quoting(rendertest.Gate(t), q, article(t).At(44), article(t).At(45), article(t).At(46))
		for i := range 12 {
			part := a
			part.Claims = a.Claims[:1+i%3]
			show(part)
			if bot.Sleep(ctx, apart/3) != nil {
				return a, ctx.Err()
			}
		}
		return a, err
	}}, func(o *Options, b *Bot) {
		o.Workers, o.RequestsPerSecond = answers, unlimited
		if b != nil {
			b.Timing.Quick, b.Timing.Edit = 0, apart
		}
	})
	var all []testserver.Interaction
	for i := range answers {
		in, err := w.server.Command("ana", fmt.Sprintf("channel-%d", i), command.Ask, map[string]any{command.OptQuestion: "why?"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, in)
	}
	for _, in := range all {
		_, m := w.done(in, nil)
		w.await(func(now testserver.Message) bool {
			return now.ID == m.ID && !strings.Contains(now.Text(), en.Writing) && !now.Loading()
		})
	}
	last, edits := map[string]time.Time{}, map[string]int{}
	for line := range strings.Lines(w.wire()) {
		var r struct {
			Method   string
			Time     time.Time
			Response struct{ ID string }
		}
		if json.Unmarshal([]byte(line), &r) != nil || r.Method != "PATCH" || r.Response.ID == "" { // its acknowledgement was on its way
			continue
		}
		id := r.Response.ID
		if before, there := last[id]; there && r.Time.Sub(before) < apart-5*time.Millisecond {
			t.Errorf("two edits of a message are %v apart", r.Time.Sub(before))
		}
		last[id] = r.Time
		edits[id]++
	}
	if len(edits) != answers {
		t.Errorf("%d messages were edited, not %d", len(edits), answers)
	}
	for id, n := range edits {
		if n < 2 {
			t.Errorf("message %s was edited %d times: it has waited for others", id, n)
		}
	}
}
