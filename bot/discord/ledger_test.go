package discord

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/queue"
	"summitbot/bot/testserver"
)

// watched is a ledger that tells what it is about to keep, and of which question.
type watched struct {
	worker.Ledger
	accepting, answering func(id string)
}

func (l watched) Accept(ctx context.Context, p queue.Row, t queue.Terms) (queue.Acceptance, error) {
	l.accepting(p.ID)
	return l.Ledger.Accept(ctx, p, t)
}

func (l watched) Answer(ctx context.Context, r queue.Row, a queue.Result) error {
	l.answering(r.ID)
	return l.Ledger.Answer(ctx, r, a)
}

// A question is kept before it is acknowledged, and its answer before it is
// posted.
func TestKeptBeforeItIsSaid(t *testing.T) {
	t.Parallel()
	var w *world
	var accepted, answered atomic.Int32
	pause := func() { time.Sleep(20 * time.Millisecond) } // for what would go on beside it
	w = start(t, testserver.Faults{}, alaska(t), func(o *Options, b *Bot) {
		if b == nil {
			o.Ledger = watched{o.Ledger, func(id string) {
				accepted.Add(1)
				if pause(); strings.Contains(w.wire(), id+"/[token]/callback") || strings.Contains(w.wire(), `"message_id":"`+id) {
					t.Errorf("%s is acknowledged before it is accepted", id)
				}
			}, func(id string) {
				answered.Add(1)
				if pause(); strings.Contains(w.wire(), `"message_id":"`+id) || strings.Contains(w.wire(), "/@original") {
					t.Errorf("the answer to %s is posted before it is kept", id)
				}
			}}
		}
	})
	w.awaitReady()
	w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	holds(t, w.command("ben", "general", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}), "far from arbitrary")
	w.settle()
	if accepted.Load() != 2 || answered.Load() != 2 {
		t.Errorf("%d questions and %d answers were kept", accepted.Load(), answered.Load())
	}
	if wire := w.wire(); strings.Count(wire, `/[token]/callback"`) != 1 || strings.Count(wire, "/@original") != 1 || !strings.Contains(wire, `"message_reference":{"message_id"`) {
		t.Error("nothing of what is looked for is on the wire")
	}
}

// What is not answered when the bot is ended is answered by the next run, each
// where it was asked, and once.
func TestNextRunGoesOn(t *testing.T) {
	t.Parallel()
	slow := answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		<-ctx.Done()
		return bot.Answer{}, ctx.Err()
	})
	w := running(t, testserver.Faults{}, slow, nil)
	w.durably()
	w.restart(slow, func(o *Options, b *Bot) {
		o.Drain = 50 * time.Millisecond
		if b != nil {
			b.Timing.Quick = 10 * time.Millisecond
		}
	})
	mention := w.say("ana", "general", "@summitbot why Alaska?")
	direct := w.say("ana", "@summitbot", "why Alaska?")
	var commands []testserver.Interaction
	for _, show := range []string{command.ShowAll, command.ShowMe} {
		in, err := w.server.Command("ben", "general", command.Ask, map[string]any{command.OptQuestion: "why?", command.OptShow: show})
		if err != nil {
			t.Fatal(err)
		}
		commands = append(commands, in)
	}
	w.eventually("all are accepted", func() bool { return w.open() == 4 })
	w.eventually("the commands are acknowledged", func() bool { return strings.Count(w.wire(), `/callback"`) == 2 })
	w.restart(alaska(t), nil)
	for _, q := range []testserver.Message{mention, direct} {
		a := w.await(func(m testserver.Message) bool {
			return m.MessageReference != nil && m.MessageReference.MessageID == q.ID && strings.Contains(m.Text(), "far from arbitrary")
		})
		if a.EditedTimestamp == nil {
			t.Error("the placeholder was not used")
		}
	}
	for i, in := range commands {
		_, m := w.done(in, nil)
		holds(t, m, "far from arbitrary")
		if m.Ephemeral() != (i == 1) {
			t.Errorf("command %d: ephemeral is %t", i, m.Ephemeral())
		}
	}
	w.settle()
	if n := len(w.said("general")); n != 3 {
		t.Errorf("the bot said %d things", n)
	}
}

// open is how many questions are open.
func (w *world) open() int {
	w.Helper()
	n, err := w.store.OpenQuestions(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// leaveOpen lets the bot end, and keeps questions as an earlier run would have
// left them.
func (w *world) leaveOpen(questions ...queue.Row) {
	w.Helper()
	w.stop()
	if err := <-w.ended; err != nil {
		w.Fatal(err)
	}
	for _, p := range questions {
		if _, err := w.store.Accept(w.Context(), p, queue.Terms{}); err != nil {
			w.Fatal(err)
		}
	}
}

// A command that can no longer be answered is answered as a message for who
// asked, and what was for them alone is told to them alone.
func TestLateCommands(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	place := w.say("ana", "general", "hello")
	var left []queue.Row
	for id, alone := range map[string]bool{place.ID + "1": false, place.ID + "2": true} {
		i := object.Interaction{ID: id, ApplicationID: w.bot.Self.Load().Application, Type: object.InteractionCommand, Token: "over", ChannelID: place.ChannelID, User: &object.User{ID: place.Author.ID}}
		e := event.OfInteraction(i, bot.Ask, "why?")
		e.Alone = alone
		p, err := e.Row()
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, p)
	}
	w.leaveOpen(left...)
	w.run(alaska(t), func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Acknowledge = 50 * time.Millisecond
		}
	})
	w.awaitReady()
	m := w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "<@"+place.Author.ID+">") })
	holds(t, m, "far from arbitrary")
	if len(m.Mentions) != 0 {
		t.Error("the asker was pinged")
	}
	w.eventually("the other one is told alone", func() bool {
		ms, err := w.server.MessagesFor("ana", "@summitbot", 0)
		return err == nil && len(ms) == 1 && strings.Contains(ms[0].Text(), "far from arbitrary")
	})
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things in the channel", n)
	}
}

// A command that is answered too late is answered with messages of its own, whatever
// shows the same: what stands below another question is not the command's.
func TestLateBesideTheSame(t *testing.T) {
	t.Parallel()
	seeds, ids := answerer(t), []string{}
	for _, s := range article(t).Sections {
		for _, p := range s.Passages {
			for _, sentence := range p.Sentences {
				ids = append(ids, sentence.ID)
			}
		}
	}
	long := answers(t, func(_ context.Context, q bot.Question) (bot.Answer, error) {
		return seeds.Recite(q, seeds.Articles()[0].Slug, ids[:30])
	})
	w := running(t, testserver.Faults{}, long, nil)
	place := w.say("ana", "general", "hello")
	i := object.Interaction{ID: place.ID + "1", ApplicationID: w.bot.Self.Load().Application, Type: object.InteractionCommand, Token: "over", ChannelID: place.ChannelID, User: &object.User{ID: place.Author.ID}}
	p, err := event.OfInteraction(i, bot.Ask, "why?").Row()
	if err != nil {
		t.Fatal(err)
	}
	p.ID = object.IDBefore(place.ID)
	p.Event = strings.ReplaceAll(p.Event, i.ID, p.ID)
	w.answerTo(w.say("ben", "general", "@summitbot why?"))
	w.settle()
	if n := len(w.said("general")); n != 2 {
		t.Fatalf("the answer has %d messages", n)
	}
	w.leaveOpen(p)
	w.run(long, func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Acknowledge = 50 * time.Millisecond
		}
	})
	w.awaitReady()
	w.eventually("the command is answered", func() bool { return strings.Contains(w.log.String(), "answered question="+p.ID) })
	w.settle()
	if n := len(w.said("general")); n != 4 {
		t.Errorf("two questions have %d messages of two each", n)
	}
}

// An answer that was made and not posted is posted as it is; a question that
// claim after claim has failed over is given up, with a word.
func TestAnswersAndFailuresAreKept(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	made, poison := w.say("ana", "made", "why?"), w.say("ana", "poison", "why?")
	var left []queue.Row
	for _, m := range []testserver.Message{made, poison} {
		p, err := event.OfMessage(object.Message{ID: m.ID, ChannelID: m.ChannelID, GuildID: "1", Content: "why?", Author: object.User{ID: m.Author.ID}}, "why?").Row()
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, p)
	}
	w.leaveOpen(left...)
	for range worker.MostClaims {
		claimed, err := w.store.Claim(t.Context(), 2, nil, nil)
		if err != nil || len(claimed) != 2 {
			t.Fatalf("%d are claimed, %v", len(claimed), err)
		}
		for _, p := range claimed {
			if p.ID != made.ID || p.State == queue.Answered {
				continue
			}
			if err := w.bot.Keep(t.Context(), &worker.Task{Row: p}, worker.Outcome{Views: []object.View{render.Line("made before")}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.store.ReleaseAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.run(answers(t, func(context.Context, bot.Question) (bot.Answer, error) {
		t.Error("it is answered anew")
		return bot.Answer{}, errBroken
	}), nil)
	w.awaitReady()
	if a := w.answerTo(made); a.Text() != "made before" {
		t.Errorf("posted is %q", a.Text())
	}
	if a := w.answerTo(poison); a.Text() != en.GaveUp {
		t.Errorf("posted is %q", a.Text())
	}
	w.logged("a question is given up")
}

// A store that fails keeps nobody from their answer, and nobody asks faster
// for it.
func TestFailingStore(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), func(o *Options, _ *Bot) { o.PerMinute = 2 })
	if err := w.store.Store.Close(); err != nil {
		t.Fatal(err)
	}
	w.answersOnce("general")
	w.answersOnce("general-2")
	w.say("ana", "general", "@summitbot why Alaska?")
	w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "asked many questions") })
}

// What may have been answered long ago, by a run that could not keep it or by
// one that has ended, is looked for before it is answered again; as long as
// that cannot be done, nothing is posted.
func TestAnsweredBefore(t *testing.T) {
	t.Parallel()
	var fails atomic.Bool
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(_ *Options, b *Bot) {
		if b == nil {
			return
		}
		b.Timing.Nonce = 0
		readings(b, func(http.RoundTripper, *http.Request) (*http.Response, error) {
			if fails.Load() {
				return nil, &rest.ServerError{Status: http.StatusBadGateway}
			}
			return nil, nil
		})
	})
	m := w.say("ana", "general", "@summitbot why Alaska?")
	for range rest.FullPage + 1 {
		w.say("ben", "general", "hello")
	}
	close(release)
	a := w.answerTo(m)
	w.settle()
	row, err := event.OfMessage(object.Message{ID: m.ID, ChannelID: m.ChannelID, GuildID: "1"}, "why?").Row()
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.bot.Begin(row, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	fails.Store(true)
	if err := w.bot.Reconcile(t.Context(), again, []object.View{render.Line("anew")}); err == nil {
		t.Error("it is posted though nobody could look")
	}
	fails.Store(false)
	if err := w.bot.Reconcile(t.Context(), again, []object.View{render.Line("anew")}); err != nil || w.refresh(a).Text() != "anew" || len(w.said("general")) != 1 {
		t.Errorf("%q stands, %v", w.refresh(a).Text(), err)
	}
}

// What somebody else has taken over is left to them: neither its answer nor
// its end is written.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	answering, goOn := make(chan string, 1), make(chan struct{})
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		answering <- q.ID
		<-goOn
		return alaska(t).Stream(ctx, q, nil)
	}), nil)
	m := w.say("ana", "general", "@summitbot why Alaska?")
	<-answering
	if err := w.store.ReleaseAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	claimed, err := w.store.Claim(t.Context(), 1, nil, nil)
	if err != nil || len(claimed) != 1 || claimed[0].ID != m.ID {
		t.Fatalf("claimed are %v, %v", claimed, err)
	}
	close(goOn)
	w.eventually("it is noticed", func() bool { return strings.Contains(w.log.String(), "taken over") })
	if n := len(w.said("general")); n != 0 {
		t.Errorf("the bot said %d things", n)
	}
	if n := w.open(); n != 1 {
		t.Errorf("%d questions are open", n)
	}
}

// A member's questions in one place go on from one another, also after a
// restart, and not from what is about something else.
func TestConversation(t *testing.T) {
	t.Parallel()
	histories := make(chan []string, 8)
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		histories <- q.History
		return alaska(t).Stream(ctx, q, nil)
	}), nil)
	w.durably()
	w.restart(w.bot.Answerer, nil)
	for i, c := range []struct {
		user, text string
		want       []string
	}{
		{"ana", "why Alaska?", nil},
		{"ana", "what's a good pizza recipe?", []string{"why Alaska?"}},
		{"ben", "and the risks?", nil},
		{"ana", "and when?", []string{"why Alaska?"}},
	} {
		w.answerTo(w.say(c.user, "general", "@summitbot "+c.text))
		if got := <-histories; !slices.Equal(got, c.want) {
			t.Errorf("%q goes on from %q, want %q", c.text, got, c.want)
		}
		w.settle()
		if i == 2 {
			w.restart(w.bot.Answerer, nil)
		}
	}
}

// Whoever has many before them is told how many, and the answer takes the
// place of that, also to a question that was edited meanwhile; a member who waits for
// nothing but an own question is not, nor who asked by a command.
func TestPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(o *Options, b *Bot) {
		o.Workers = 1
		if b != nil {
			b.Timing.Waiting = 50 * time.Millisecond
		}
	})
	var last testserver.Message
	for i := range tellAhead + 1 {
		last = w.say(fmt.Sprint("member-", i), "general", "@summitbot why Alaska?")
		w.eventually("it is accepted", func() bool { return w.open() == i+1 })
	}
	own := w.say("member-0", "general", "@summitbot and when?")
	changed := w.say("zoe", "general", "@summitbot why?")
	toldTo := func(m testserver.Message) testserver.Message {
		return w.await(func(a testserver.Message) bool {
			return a.MessageReference != nil && a.MessageReference.MessageID == m.ID
		})
	}
	waits, err := w.server.Command("yan", "commands", command.Ask, map[string]any{command.OptQuestion: "why?"})
	if err != nil {
		t.Fatal(err)
	}
	toldTo(changed)
	if _, err := w.server.Edit("zoe", changed.ID, "@summitbot what is a good pizza recipe?"); err != nil {
		t.Fatal(err)
	}
	w.eventually("the edit is heard", func() bool { return strings.Contains(w.log.String(), "a question was edited") })
	told := toldTo(last)
	if want := fmt.Sprintf(en.Ahead, tellAhead); told.Text() != want {
		t.Errorf("told is %q, want %q", told.Text(), want)
	}
	close(release)
	w.settle()
	if m := w.answerTo(changed); strings.Contains(m.Text(), "far from arbitrary") {
		t.Errorf("the edited question is answered with %q", m.Text())
	}
	if _, m := w.done(waits, nil); len(w.said("commands")) != 1 {
		t.Errorf("a command, by which Discord shows that the bot is thinking, got %d messages", len(w.said("commands")))
	} else {
		holds(t, m, "far from arbitrary")
	}
	for _, m := range []testserver.Message{last, own} {
		holds(t, w.answerTo(m), "far from arbitrary")
	}
	if now := w.refresh(told); !strings.Contains(now.Text(), "far from arbitrary") {
		t.Errorf("the place in the queue still stands: %q", now.Text())
	}
	if n := len(w.said("general")); n != tellAhead+3 {
		t.Errorf("the bot said %d things", n)
	}
}

// A question that Discord takes no answer to for a while is tried again, and
// keeps nothing else from being answered.
func TestDiscordIsAwayForLong(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.server.SetFaults(testserver.Faults{BadGateway502: rest.MaxTries * worker.MaxDeliveries})
	q := w.say("ana", "general", "@summitbot why Alaska?")
	w.eventually("it is given up for now", func() bool {
		return strings.Contains(w.log.String(), "posting failed")
	})
	w.server.SetFaults(testserver.Faults{})
	if n := len(w.bot.Pool.IDs()); n > 1 {
		t.Errorf("%d questions are in hand", n)
	}
	holds(t, w.answerTo(q), "far from arbitrary")
	w.settle()
	holds(t, w.answerTo(w.say("ana", "general", "@summitbot why Alaska?")), "far from arbitrary")
	if n := len(w.said("general")); n != 2 {
		t.Errorf("the bot said %d things", n)
	}
}

// Whatever waits to be said in a channel where little may be said, clicks
// elsewhere are answered; and nobody makes the bot say more than others.
func TestManyCallsWithoutAQuestion(t *testing.T) {
	t.Parallel()
	const perMinute = 3
	var flood atomic.Value // the channel's id
	flood.Store("none")
	w := running(t, testserver.Faults{}, alaska(t), func(o *Options, b *Bot) {
		if o.PerMinute, o.Drain = perMinute, 0; b == nil {
			return
		}
		through(b, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, flood.Load().(string)) { // as if its limit were used up
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return next.RoundTrip(r)
		})
	})
	flood.Store(w.say("ana", "flood", "hello").ChannelID)
	for i := range 40 * perMinute {
		w.say(fmt.Sprint("member-", i/perMinute), "flood", "@summitbot")
	}
	w.eventually("all that are let wait", func() bool { return w.open() == 40*perMinute && w.bot.Pool.Count() > w.bot.Pool.Room })
	w.command("ben", "elsewhere", "help", nil)
	for range 2 * perMinute {
		w.say("ana", "other", "@summitbot")
	}
	holds(t, w.answerTo(w.say("ben", "other", "@summitbot why Alaska?")), "far from arbitrary") // in the order of the gateway
	w.eventually("she is told", func() bool {
		ms, err := w.server.MessagesFor("ana", "@summitbot", 0)
		return err == nil && len(ms) == 1 && len(w.said("other")) == perMinute+1
	})
	time.Sleep(50 * time.Millisecond)
	if ms, err := w.server.MessagesFor("ana", "@summitbot", 0); err != nil || len(ms) != 1 || len(w.said("other")) != perMinute+1 {
		t.Errorf("she was told %d times, and the bot said %d things, %v", len(ms), len(w.said("other")), err)
	}
}
