package discord

import (
	"strings"
	"testing"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/object"
	"summitbot/bot/testserver"
)

// While a model writes, the asker and those who manage the server can stop it, and
// nobody else. What stands then stays, marked so, without the button; an answer
// that is finished cannot be stopped.
func TestStop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by       string
		ask      func(w *seamed)
		finishes bool
	}{
		"the asker":         {by: "ana", ask: func(w *seamed) { w.asks("ana", "general", "why Alaska?") }},
		"a manager":         {by: "mod", ask: func(w *seamed) { w.asks("ana", "general", "why Alaska?") }},
		"somebody else":     {by: "ben", ask: func(w *seamed) { w.asks("ana", "general", "why Alaska?") }, finishes: true},
		"by a command":      {by: "ana", ask: func(w *seamed) { w.commands("ana", "why Alaska?") }},
		"somebody's answer": {by: "ben", ask: func(w *seamed) { w.commands("ana", "why Alaska?") }, finishes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &seamed{world: &world{T: t, log: &safeBuffer{}, ready: make(chan string, 1)}}
			w.durably()
			p := newPaid()
			w.up(p.answerer(w), func(o *Options, _ *Bot) { o.Model = true })
			defer w.down()
			if err := w.server.Permit("mod", "", []string{"MANAGE_GUILD"}, nil); err != nil {
				t.Fatal(err)
			}
			c.ask(w)
			draft := w.await(func(m testserver.Message) bool { return strings.Contains(m.Text(), en.Writing) })
			button := w.one(draft, customid.StopWriting)
			_, told := w.done(w.server.Component(c.by, draft.ID, button))
			if !told.Ephemeral() {
				t.Error("everybody is told")
			}
			if c.finishes {
				holds(t, told, en.StopDenied)
				close(p.let)
			} else {
				holds(t, told, en.StopDone)
				w.eventually("the model is paid no longer", func() bool { return p.stopped.Load() == 1 })
			}
			w.rest()
			now := w.refresh(draft)
			holds(t, now, "far from arbitrary")
			if strings.Contains(now.Text(), en.StoppedHere) == c.finishes || strings.Contains(now.Text(), en.Writing) || len(customIDs(now, customid.StopWriting)) > 0 {
				t.Errorf("what stands is %q", now.Text())
			}
			id, _ := customid.Parse(button)
			if late := w.bot.stop(t.Context(), id.Message, en); object.TextOf(late.Components) != en.StopLate {
				t.Errorf("who stops it once more is told %q", object.TextOf(late.Components))
			}
		})
	}
}

// commands asks by a command, and waits until that is accepted.
func (w *seamed) commands(user, question string) {
	w.Helper()
	n := w.open()
	if _, err := w.server.Command(user, "general", command.Ask, map[string]any{command.OptQuestion: question}); err != nil {
		w.Fatal(err)
	}
	w.eventually("it is accepted", func() bool { return w.open() > n })
}
