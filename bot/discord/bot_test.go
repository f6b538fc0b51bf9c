package discord

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/testserver"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

func TestEntrances(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)

	t.Run("mention", func(t *testing.T) {
		q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
		a := w.answerTo(q)
		holds(t, a, "> “", "far from arbitrary", "[1]", "-# [1] In-Depth Analysis: The Alaskan Calculus", en.AsOfWriting)
		if len(a.Mentions) != 0 || a.MentionEveryone {
			t.Errorf("the answer mentions %v", a.Mentions)
		}
	})
	t.Run("reply to the bot", func(t *testing.T) {
		q := w.say("ana", "replies", "@summitbot why was Alaska chosen?")
		first := w.answerTo(q)
		again := w.say("ana", "replies", "What does Putin want from NATO?", testserver.ReplyTo(first.ID))
		holds(t, w.answerTo(again), "far from arbitrary")
		w.say("ana", "replies", "and what of sanctions?", testserver.ReplyTo(first.ID), testserver.WithoutPing())
		last := w.say("ana", "replies", "@summitbot and what of Trump?")
		w.answerTo(last)
		if n := len(w.said("replies")); n != 3 {
			t.Errorf("the bot said %d things, not 3", n)
		}
	})
	t.Run("mention below somebody's question", func(t *testing.T) {
		q := w.say("ben", "general", "Why was Alaska chosen?")
		below := w.say("ana", "general", "@summitbot", testserver.ReplyTo(q.ID))
		_ = below // without the message content intent the question above may be blank
		w.answerTo(below)
	})
	t.Run("direct message", func(t *testing.T) {
		holds(t, w.answerTo(w.say("ana", "@summitbot", "Why was Alaska chosen?")), "far from arbitrary")
	})
	t.Run("empty mention", func(t *testing.T) {
		holds(t, w.answerTo(w.say("ana", "general", "@summitbot")), "/ask")
		holds(t, w.answerTo(w.say("ana", "general", "@summitbot \u2800\u3164\U000e0041")), "/ask")
	})
	t.Run("ask", func(t *testing.T) {
		m := w.command("ana", "general", "ask", map[string]any{"question": "Why was Alaska chosen?"})
		holds(t, m, "far from arbitrary")
		if m.Flags&testserver.FlagLoading != 0 {
			t.Error("the answer is still loading")
		}
	})
	t.Run("ask in a direct message", func(t *testing.T) {
		holds(t, w.command("ana", "@summitbot", "ask", map[string]any{"question": "Why was Alaska chosen?"}), "far from arbitrary")
	})
	t.Run("refusal", func(t *testing.T) {
		m := w.command("ana", "general", "ask", map[string]any{"question": "What's a good pizza recipe?"})
		if strings.Contains(m.Text(), en.AsOfWriting) {
			t.Errorf("a refusal says how it is proven:\n%s", m.Text())
		}
	})
	t.Run("takeaways", func(t *testing.T) {
		holds(t, w.command("ana", "general", "takeaways", map[string]any{"count": 2}), "### Key Takeaways", "1. ", "\n2. ", "-# [2] Key Takeaways, point 2 of 6")
	})
	t.Run("risks", func(t *testing.T) {
		w.command("ana", "risks", "risks", nil)
		w.settle()
		var all strings.Builder
		for _, m := range w.said("risks") {
			all.WriteString(m.Text() + "\n")
			if markdown.Length(m.Text()) > object.MaxText+20 {
				t.Errorf("a message has %d units", markdown.Length(m.Text()))
			}
		}
		rest := all.String()
		for _, g := range bot.Threatenable { // in their order
			_, after, found := strings.Cut(rest, "**"+en.Group(g)+"**\n- ")
			if !found {
				t.Errorf("no risks for %s in its place", g)
			}
			rest = after
		}
		if !strings.Contains(all.String(), "**Perception of Weakness**") {
			t.Errorf("a point has lost its label:\n%s", all.String())
		}
		m := w.command("ana", "general", "risks", map[string]any{"for": "Global stability"})
		holds(t, m, "**"+en.World+"**")
		for _, g := range bot.Threatenable {
			if g != bot.World && strings.Contains(m.Text(), "**"+en.Group(g)+"**") {
				t.Errorf("the risks for one group are those for %s too:\n%s", g, m.Text())
			}
		}
	})
	t.Run("help", func(t *testing.T) {
		m := w.command("ana", "general", "help", nil)
		holds(t, m, "/takeaways")
		if !m.Ephemeral() {
			t.Error("everybody sees the help")
		}
	})
}

// Every body that shows something also holds an allowed_mentions that pings
// nobody, edits and interaction callbacks included: described looks at those of
// every test.
func TestNothingPings(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Quick = 0
		}
	})
	w.answerTo(w.say("ana", "general", "@summitbot why was Alaska chosen?"))
	w.answerTo(w.say("ana", "general", "@summitbot"))
	w.command("ana", "general", "risks", nil)
	w.command("ana", "general", "help", nil)
	w.settle()
	if checked := w.pingsNobody(); checked < 5 {
		t.Errorf("only %d bodies with components were seen", checked)
	}
}

// Styles are offered where there is a model, and reach the Answerer.
func TestStyles(t *testing.T) {
	t.Parallel()
	asked := make(chan bot.Question, 2)
	for _, styles := range []bool{true, false} {
		w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
			asked <- q
			return answerer(t).Answer(ctx, q)
		}), func(o *Options, _ *Bot) { o.Styles = styles })
		_, err := w.server.Command("ana", "general", "takeaways", map[string]any{"style": "In plain words", "count": 2})
		switch {
		case (err == nil) != styles:
			t.Errorf("with styles %v: %v", styles, err)
		case styles:
			if q := <-asked; q.Style != bot.Plain || q.Count != 2 {
				t.Errorf("it was asked for %+v", q)
			}
		}
	}
}

func TestUnheard(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.say("ana", "general", "why was Alaska chosen?")
	w.say("ana", "general", "> @summitbot why was Alaska chosen?\nI wonder too")
	w.say("ana", "general", "write `@summitbot why` to ask")
	w.say("ana", "general", "@everyone why was Alaska chosen?")
	w.answerTo(w.say("ana", "general", "@summitbot why was Alaska chosen?"))
	if said := w.said("general"); len(said) != 1 {
		t.Errorf("the bot said %d things, not 1", len(said))
	}
}

func TestLongAnswerIsSplit(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, allOfIt(t)), nil)
	check := func(channel string) {
		t.Helper()
		w.settle()
		said, all := w.said(channel), ""
		if len(said) < 3 {
			t.Fatalf("the answer came in %d messages", len(said))
		}
		for _, m := range said {
			if markdown.Length(m.Text()) > object.MaxText+20 {
				t.Errorf("a message has %d units", markdown.Length(m.Text()))
			}
			all += m.Text() + "\n"
		}
		last := -1
		for i := range article(t).Len() {
			at := strings.Index(all, markdown.Escape(article(t).At(i).Text()))
			if at <= last {
				t.Fatalf("sentence %d is lost or out of order", i+1)
			}
			last = at
		}
		if strings.Count(all, en.AsOfWriting) != 1 || !strings.HasSuffix(all, en.AsOfWriting+"\n") {
			t.Error("the last line is not at the end alone")
		}
	}
	w.answerTo(w.say("ana", "general", "@summitbot all of it"))
	check("general")
	w.command("ana", "commands", "ask", map[string]any{"question": "all of it"})
	check("commands")
}

// allOfIt answers with every sentence of the article.
func allOfIt(t seedtest.TB) func(context.Context, bot.Question) (bot.Answer, error) {
	var all []retrieval.Place
	for i := range article(t).Len() {
		all = append(all, article(t).At(i))
	}
	gate := rendertest.Gate(t)
	return func(_ context.Context, q bot.Question) (bot.Answer, error) {
		return rendertest.Quoting(gate, q, all...)
	}
}

func TestSlowAnswerHasPlaceholder(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Quick, b.Timing.Retype = 0, time.Millisecond
		}
	})
	q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
	holder := w.await(func(m testserver.Message) bool { return m.Text() == en.Looking })
	w.eventually("typing is shown again and again", func() bool { return strings.Count(w.wire(), "/typing\"") >= 3 })
	close(release)
	if a := w.answerTo(q); a.ID != holder.ID {
		t.Error("the answer is not where the placeholder was")
	}
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things, not 1", n)
	}
}

func TestAnswererFails(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, answers(t, func(_ context.Context, q bot.Question) (bot.Answer, error) {
		if strings.Contains(q.Text, "panic") {
			panic("on purpose")
		}
		return bot.Answer{}, errBroken
	}), nil)
	for _, q := range []string{"fail", "panic"} {
		if m := w.command("ana", "general", "ask", map[string]any{"question": q}); m.Text() != en.Failed {
			t.Errorf("%s: the bot said %q", q, m.Text())
		}
		if a := w.answerTo(w.say("ana", "general", "@summitbot "+q)); a.Text() != en.Failed {
			t.Errorf("%s: the bot said %q", q, a.Text())
		}
	}
	if log := w.log.String(); !strings.Contains(log, errBroken.Error()) || !strings.Contains(log, "panic: a string") {
		t.Errorf("the log does not say why:\n%s", log)
	}
}

func TestOneChannelKeepsItsOrder(t *testing.T) {
	t.Parallel()
	first := make(chan struct{})
	var asked atomic.Int32
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		asked.Add(1)
		if strings.Contains(q.Text, "number 0") {
			select {
			case <-first:
			case <-ctx.Done():
			}
		}
		return bot.Answer{Question: q, Refusal: &bot.Refusal{Reason: bot.Lacks, Lacking: q.Text}}, nil
	}), nil)
	for i := range 8 {
		w.say("ana", "general", fmt.Sprintf("@summitbot number %d", i))
	}
	w.answerTo(w.say("ana", "elsewhere", "@summitbot number 9")) // is not held up
	w.eventually("the first question of each channel is begun", func() bool { return asked.Load() >= 2 })
	if n := asked.Load(); n != 2 {
		t.Errorf("%d questions were begun, not 2", n)
	}
	close(first)
	w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), "number 7") })
	for i, m := range w.said("general") {
		if want := fmt.Sprintf("number %d", i); !strings.Contains(m.Text(), want) {
			t.Errorf("answer %d is %q", i, m.Text())
		}
	}
}

func TestFullQueueSaysSo(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(_ *Options, b *Bot) {
		if b != nil {
			b.Claims.Open.Store(maxOpen)
		}
	})
	q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
	w.eventually("it is accepted", func() bool { return w.open() == 1 })
	w.bot.Claims.Open.Store(maxOpen + 1)
	if a := w.answerTo(w.say("ben", "general", "@summitbot me too")); a.Text() != en.Busy {
		t.Errorf("the bot said %q", a.Text())
	}
	if m := w.command("ben", "general", "ask", map[string]any{"question": "me too"}); m.Text() != en.Busy || !m.Ephemeral() {
		t.Errorf("the bot said %q", m.Text())
	}
	close(release)
	w.answerTo(q)
}

func TestCommandsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	for _, server := range []bool{false, true} {
		w := running(t, testserver.Faults{}, alaska(t), nil)
		id := ""
		if server {
			id = w.guild()
		}
		for i, want := range []bool{server, false} { // they are already there globally
			changed, err := command.Register(t.Context(), w.bot.API, w.bot.Self.Load().Application, id, false)
			if err != nil || changed != want {
				t.Errorf("server %v, time %d: changed %v, %v", server, i, changed, err)
			}
		}
	}
}

func TestStopFinishesWhatItHas(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		close(begun)
		select {
		case <-release:
		case <-ctx.Done():
		}
		return alaska(t).Stream(ctx, q, nil)
	}), nil)
	q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
	<-begun
	w.stop()
	w.eventually("the queue is closed", w.bot.isLeaving)
	w.say("ben", "general", "@summitbot too late?")
	close(release)
	if err := w.failed(); err != nil {
		t.Errorf("Run: %v", err)
	}
	holds(t, w.answerTo(q), "far from arbitrary")
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things, not 1", n)
	}
}

func TestStopTellsWhomItLeaves(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	w := running(t, testserver.Faults{}, answers(t, func(ctx context.Context, _ bot.Question) (bot.Answer, error) {
		close(begun)
		<-ctx.Done()
		return bot.Answer{}, ctx.Err()
	}), func(o *Options, b *Bot) {
		o.Drain = 20 * time.Second // a tenth of it is for telling, on a busy machine
	})
	q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
	<-begun
	w.stop()
	if a := w.answerTo(q); a.Text() != en.Stopped {
		t.Errorf("the bot said %q", a.Text())
	}
}

func (b *Bot) isLeaving() bool {
	select {
	case <-b.leaving:
		return true
	default:
		return false
	}
}
