package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/worker"
	"summitbot/bot/store"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
)

// The seams of a question's life: what happens to it from two sides at once,
// or while nobody is there, over the wire.

// A seam is such a scenario; its error is what a member would see that is not
// right.
type seam struct {
	name   string
	shared bool // also where a gateway and a worker share PostgreSQL
	run    func(*seamed) error
}

// A seamed is a world whose bot is taken away and brought back: one process on
// SQLite, or, with a worker, two on PostgreSQL.
type seamed struct {
	*world
	worker *world // nil: the bot answers itself
}

// TestSeams runs all seams.
func TestSeams(t *testing.T) {
	t.Parallel()
	all := slices.Concat(seamsOfEndings, seamsOfEdits, seamsOfPlaces, seamsOfTime)
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.try(t, nil)
		})
		if s.shared {
			t.Run(s.name+" (PostgreSQL)", func(t *testing.T) {
				t.Parallel()
				s.try(t, postgrestest.New(t))
			})
		}
	}
}

// try runs a seam.
func (s seam) try(t *testing.T, db *postgrestest.Server) {
	t.Helper()
	w := &seamed{world: &world{T: t, log: &safeBuffer{}, ready: make(chan string, 1)}}
	if db == nil {
		w.durably()
	} else {
		w.worker = &world{T: t, log: w.log, ready: make(chan string, 1)}
		w.store, w.worker.store = sharedStore(t, db), sharedStore(t, db)
	}
	err := s.run(w)
	w.down()
	w.described()
	if err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Logf("log:\n%s", w.log.String())
	}
}

// sharedStore opens a database for one process of several, through another
// address if one is given.
func sharedStore(t *testing.T, db *postgrestest.Server, through ...string) *store.Standby {
	t.Helper()
	return stoodIn(t, store.Options{URL: db.URL(through...), Serving: true, Retention: time.Hour})
}

// up starts the bot, also again, and waits until it is ready.
func (w *seamed) up(a worker.Answerer, change func(*Options, *Bot)) {
	w.Helper()
	if w.server == nil {
		w.server = newDiscord(w.T, testserver.Options{})
	}
	role := func(r Role) func(*Options, *Bot) {
		return func(o *Options, b *Bot) {
			if o.Role = r; b != nil {
				b.Timing.Quick, b.Timing.Acknowledge = time.Millisecond, 2800*time.Millisecond
			}
			if change != nil {
				change(o, b)
			}
		}
	}
	if w.worker == nil {
		w.run(a, role(Everything))
		w.awaitReady()
		return
	}
	w.worker.server = w.server
	w.run(a, role(Gateway))
	w.worker.run(a, role(Worker))
	w.awaitReady()
	w.worker.awaitReady()
}

// down ends the bot at once: what it has in hand stays open, and what it has
// posted stands as it is.
func (w *seamed) down() {
	w.Helper()
	for _, p := range []*world{w.worker, w.world} {
		if p == nil || p.stop == nil {
			continue
		}
		p.stop()
		select {
		case err := <-p.ended:
			if err != nil {
				w.Errorf("Run: %v", err)
			}
		case <-time.After(willCome):
			w.Fatal("Run did not return")
		}
		p.stop = nil
	}
}

// undrained has a bot end without waiting for what it has in hand.
func undrained(o *Options, _ *Bot) { o.Drain = 0 }

// rest waits until nobody has anything to do.
func (w *seamed) rest() {
	w.Helper()
	w.settle()
	if w.worker != nil {
		w.worker.settle()
	}
}

// comes waits until something has come about, or returns that it has not.
func (w *seamed) comes(what string, come func() bool) error {
	for late := time.Now().Add(willCome); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if come() {
			return nil
		}
	}
	return fmt.Errorf("it never came about that %s", what)
}

// drafts are the bot's messages in a channel that are not finished.
func (w *seamed) drafts(channel string) (n int) {
	w.Helper()
	for _, m := range w.said(channel) {
		if m.Loading() || m.Text() == en.Looking || strings.Contains(m.Text(), en.Writing) {
			n++
		}
	}
	return n
}

// asks says something, and waits until it is accepted.
func (w *seamed) asks(user, channel, content string) testserver.Message {
	w.Helper()
	n := w.open()
	m := w.say(user, channel, "@summitbot "+content)
	w.eventually("it is accepted", func() bool { return w.open() > n })
	return m
}

// replies are the bot's messages that reply to a message, oldest first.
func (w *seamed) replies(m testserver.Message) (all []testserver.Message) {
	w.Helper()
	for _, a := range w.said(m.ChannelID) {
		if a.MessageReference != nil && a.MessageReference.MessageID == m.ID {
			all = append(all, a)
		}
	}
	return all
}

// A paid answerer shows a draft of its answer, and is paid until its context
// ends or it is let go on.
type paid struct {
	let            chan struct{}
	begun, stopped atomic.Int32
}

func newPaid() *paid { return &paid{let: make(chan struct{})} }

func (p *paid) answerer(w *seamed) worker.Answerer {
	seeds := alaska(w.T)
	return scripted{answerer(w.T), func(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error) {
		a, err := seeds.Stream(ctx, q, nil)
		show(a)
		p.begun.Add(1)
		select {
		case <-p.let:
			return a, err
		case <-ctx.Done():
			p.stopped.Add(1)
			return bot.Answer{}, ctx.Err()
		}
	}}
}

var seamsOfEndings = []seam{
	{name: "a question that is cancelled while another holds it is paid for no longer", shared: true, run: func(w *seamed) error {
		p := newPaid()
		w.up(p.answerer(w), nil)
		q := w.asks("ana", "general", "why Alaska?")
		w.eventually("it is being answered", func() bool { return p.begun.Load() == 1 })
		if stopped, err := w.store.Stop(w.Context(), q.ID); err != nil || !stopped {
			return fmt.Errorf("it is stopped: %t, %w", stopped, err)
		}
		err := w.comes("the holder stops", func() bool { return p.stopped.Load() == 1 })
		close(p.let)
		return err
	}},
	{name: "what stands of a question that is cancelled is settled", shared: true, run: func(w *seamed) error {
		p := newPaid()
		w.up(p.answerer(w), nil)
		q := w.asks("ana", "general", "why Alaska?")
		w.eventually("a draft stands", func() bool {
			return w.drafts("general") == 1 && strings.Contains(w.said("general")[0].Text(), en.Writing)
		})
		if stopped, err := w.store.Stop(w.Context(), q.ID); err != nil || !stopped {
			return fmt.Errorf("it is stopped: %t, %w", stopped, err)
		}
		close(p.let) // or it was stopped by now
		w.rest()
		if n := w.drafts("general"); n > 0 {
			return fmt.Errorf("%d of 1 cancelled question stays a draft for ever: %q", n, w.said("general")[0].Text())
		}
		if all := w.said("general"); len(all) != 1 || !strings.Contains(all[0].Text(), en.StoppedHere) || !strings.Contains(all[0].Text(), "far from arbitrary") {
			return fmt.Errorf("what stands is not what stood, marked as stopped: %d messages, %q", len(all), all[0].Text())
		}
		return nil
	}},
	{name: "a deleted question is paid for no longer, and its draft goes", shared: true, run: func(w *seamed) error {
		p := newPaid()
		w.up(p.answerer(w), nil)
		q := w.asks("ana", "general", "why Alaska?")
		w.eventually("a draft stands", func() bool { return w.drafts("general") == 1 && p.begun.Load() == 1 })
		if err := w.server.Delete("ana", q.ID); err != nil {
			return err
		}
		err := w.comes("the holder stops", func() bool { return p.stopped.Load() == 1 })
		close(p.let)
		return errors.Join(err, w.comes("the draft goes", func() bool { return len(w.said("general")) == 0 }))
	}},
	{name: "questions that nobody had begun to answer, deleted while the bot is down", shared: true, run: func(w *seamed) error {
		return w.deletedMeanwhile(func() (kept, gone testserver.Message) {
			w.up(heldBackUntil(w.T, nil), func(o *Options, _ *Bot) { o.Drain, o.Workers = 0, 1 })
			w.asks("eve", "elsewhere", "why Alaska?") // the one hand there is, is full
			return w.asks("ana", "general", "why Alaska?"), w.asks("ben", "general", "why Alaska?")
		}, nil)
	}},
	{name: "questions with drafts, deleted while the bot is down", shared: true, run: func(w *seamed) error {
		return w.deletedMeanwhile(func() (kept, gone testserver.Message) {
			w.up(newPaid().answerer(w), undrained)
			kept, gone = w.asks("ana", "general", "why Alaska?"), w.asks("ben", "general", "why Alaska?")
			w.eventually("both drafts stand", func() bool { return w.drafts("general") == 2 })
			return kept, gone
		}, nil)
	}},
	{name: "answered questions, deleted while the bot is down", shared: true, run: func(w *seamed) error {
		return w.deletedMeanwhile(func() (kept, gone testserver.Message) {
			w.up(alaska(w.T), nil)
			kept, gone = w.say("ana", "general", "@summitbot why Alaska?"), w.say("ben", "general", "@summitbot why Alaska?")
			w.answerTo(kept)
			w.answerTo(gone)
			w.rest()
			return kept, gone
		}, nil)
	}},
	{name: "answered questions, deleted while the bot is down, whose session is resumed", run: func(w *seamed) error {
		share := func(o *Options, _ *Bot) { o.Share = w.store.Gateway(false) }
		return w.deletedMeanwhile(func() (kept, gone testserver.Message) {
			w.up(alaska(w.T), share)
			kept, gone = w.say("ana", "general", "@summitbot why Alaska?"), w.say("ben", "general", "@summitbot why Alaska?")
			w.answerTo(kept)
			w.answerTo(gone)
			w.rest()
			return kept, gone
		}, share)
	}},
	{name: "where the bot may not read, nothing is taken for deleted", run: func(w *seamed) error {
		w.up(newPaid().answerer(w), undrained)
		q := w.asks("ana", "general", "why Alaska?")
		w.eventually("a draft stands", func() bool { return w.drafts("general") == 1 })
		w.down()
		if err := w.server.Permit("summitbot", "general", nil, []string{"READ_MESSAGE_HISTORY"}); err != nil {
			return err
		}
		w.up(alaska(w.T), nil)
		w.rest()
		if n := len(w.replies(q)); n != 1 {
			return fmt.Errorf("%d answers stand to a question that stands", n)
		}
		return nil
	}},
}

// deletedMeanwhile has the bot begin to answer two questions, and one of them
// deleted while it is down. Then only the other one is answered.
func (w *seamed) deletedMeanwhile(begin func() (kept, gone testserver.Message), change func(*Options, *Bot)) error {
	kept, gone := begin()
	w.down()
	if err := w.server.Delete(gone.Author.ID, gone.ID); err != nil {
		return err
	}
	w.up(alaska(w.T), change)
	holds(w.T, w.answerTo(kept), "far from arbitrary")
	_ = w.comes("no answer stands to the deleted question", func() bool { return len(w.said(kept.ChannelID)) == 1 })
	w.rest()
	if n, all := len(w.replies(kept)), len(w.said(kept.ChannelID)); n != 1 || all != 1 {
		return fmt.Errorf("%d messages answer the question that stands, and %d the 1 that is deleted", n, all-n)
	}
	return nil
}

// long is an Answerer whose answers have as many messages as the question says.
func long(w *seamed) worker.Answerer {
	seeds := answerer(w.T)
	var ids []string
	for _, s := range article(w.T).Sections {
		for _, p := range s.Passages {
			for _, sentence := range p.Sentences {
				ids = append(ids, sentence.ID)
			}
		}
	}
	return answers(w.T, func(_ context.Context, q bot.Question) (bot.Answer, error) {
		most := strings.Count(q.Text, "part") + 1
		for n := 1; n <= len(ids); n++ {
			a, err := seeds.Recite(q, seeds.Articles()[0].Slug, ids[:n])
			if err != nil || len(render.Answer(a, look(w.T))) == most {
				return a, err
			}
		}
		return bot.Answer{}, fmt.Errorf("no answer has %d messages", most)
	})
}

// parts says what is wrong with an answer that is to have so many messages.
func (w *seamed) parts(q testserver.Message, want int) error {
	all := w.replies(q)
	if len(all) != want {
		return fmt.Errorf("the answer has %d messages, not %d", len(all), want)
	}
	for i, m := range all {
		if page := fmt.Sprintf(en.Page, i+1, want); want > 1 && !strings.Contains(m.Text(), page) {
			return fmt.Errorf("message %d does not say %q", i+1, page)
		}
		if buttons := len(customIDs(m, customid.VoteUp)); (buttons > 0) != (i == want-1) {
			return fmt.Errorf("message %d of %d has %d buttons to vote", i+1, want, buttons)
		}
	}
	return nil
}

var seamsOfEdits = []seam{
	{name: "a question edited twice while it is answered is answered to its last text, once", shared: true, run: func(w *seamed) error {
		let := make(chan struct{})
		a := long(w)
		w.up(scripted{answerer(w.T), func(ctx context.Context, q bot.Question, _ func(bot.Answer)) (bot.Answer, error) {
			select {
			case <-let:
			case <-ctx.Done():
				return bot.Answer{}, ctx.Err()
			}
			return a.Stream(ctx, q, nil)
		}}, nil)
		q := w.asks("ana", "general", "one")
		w.eventually("a draft stands", func() bool { return w.drafts("general") == 1 })
		for _, text := range []string{"two part", "three part part"} {
			if _, err := w.server.Edit("ana", q.ID, "@summitbot "+text); err != nil {
				return err
			}
		}
		close(let)
		err := w.comes("the last text is answered", func() bool { return w.parts(q, 3) == nil })
		w.rest()
		return errors.Join(err, w.parts(q, 3))
	}},
	{name: "an answer of three messages becomes one, and three again", shared: true, run: func(w *seamed) error {
		return w.becomes(func() {})
	}},
	{name: "an answer of three messages becomes one, and three again, each time by another life of the bot", run: func(w *seamed) error {
		return w.becomes(func() {
			w.down()
			w.up(long(w), nil)
		})
	}},
	{name: "an edit whose answer is cut short by the bot's end", run: func(w *seamed) error {
		w.up(long(w), undrained)
		q := w.say("ana", "general", "@summitbot three part part")
		w.answerTo(q)
		w.rest()
		w.down()
		p := newPaid()
		w.up(p.answerer(w), undrained)
		if _, err := w.server.Edit("ana", q.ID, "@summitbot one"); err != nil {
			return err
		}
		w.eventually("it is being answered anew", func() bool { return p.begun.Load() == 1 })
		w.down()
		w.up(long(w), nil)
		w.answerTo(w.say("ben", "general", "@summitbot one")) // what was missed is read meanwhile
		w.rest()
		if err := w.parts(q, 1); err != nil {
			return err
		}
		if m := w.replies(q)[0]; !strings.Contains(m.Text(), en.Edited) {
			return fmt.Errorf("the answer is not that to the edited question: %q", m.Text())
		}
		return nil
	}},
	{name: "a vote on any message of an answer counts for the answer", run: func(w *seamed) error {
		w.up(long(w), nil)
		q := w.say("ana", "general", "@summitbot three part part")
		w.eventually("it is answered", func() bool { return w.parts(q, 3) == nil })
		i, err := w.server.Command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "part part"})
		if err != nil {
			return err
		}
		w.done(i, nil)
		w.rest()
		all := w.said("general")
		for _, m := range all {
			if ids := customIDs(m, customid.VoteUp); len(ids) > 0 {
				w.done(w.server.Component("ben", m.ID, ids[0]))
			}
		}
		return w.judged(func(r bot.Record) error {
			if len(r.Votes) != 1 || !r.Votes[0].Up || r.Votes[0].Question == "" {
				return fmt.Errorf("the answer to %q has the votes %+v", r.Question, r.Votes)
			}
			return nil
		}, 2)
	}},
}

// judged looks at what is known of finished questions, of which there are so
// many.
func (w *seamed) judged(look func(bot.Record) error, want int) error {
	n := 0
	var wrong error
	err := w.store.Records(w.Context(), "", time.Time{}, func(r bot.Record) error {
		n++
		wrong = errors.Join(wrong, look(r))
		return nil
	})
	if n != want {
		wrong = errors.Join(wrong, fmt.Errorf("%d questions are finished, not %d", n, want))
	}
	return errors.Join(err, wrong)
}

// becomes has a question with a long answer edited into one with a short one,
// and back; between happens before each edit.
func (w *seamed) becomes(between func()) error {
	w.up(long(w), nil)
	q := w.say("ana", "general", "@summitbot three part part")
	for i, text := range []string{"", "one", "three part part", "two part"} {
		if i > 0 {
			between()
			if _, err := w.server.Edit("ana", q.ID, "@summitbot "+text); err != nil {
				return err
			}
		}
		want := []int{3, 1, 3, 2}[i]
		if err := w.comes(fmt.Sprintf("there are %d messages", want), func() bool { return w.parts(q, want) == nil }); err != nil {
			return errors.Join(err, w.parts(q, want))
		}
		w.rest()
		if err := w.parts(q, want); err != nil {
			return err
		}
	}
	return nil
}
