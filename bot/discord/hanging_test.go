package discord

import (
	"context"
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/proof"
	"summitbot/bot/store/storetest"
	"summitbot/bot/testserver"
)

// Whatever the store does, nobody who uses a command, a button, a form or a menu
// reads that the application did not respond: the test server takes no
// acknowledgement after the 3 s that Discord gives. All are answered in the end,
// once, or told that what they did was not kept.
func TestStoreHangs(t *testing.T) {
	t.Parallel()
	retellable := answers(t, func(ctx context.Context, q bot.Question) (bot.Answer, error) {
		a, err := alaska(t).Stream(ctx, q, nil)
		if err != nil || len(a.Claims) == 0 {
			return a, err
		}
		judged, err := rendertest.Gate(t).Restore(bot.Statement{Text: "Alaska was chosen with care.", Evidence: a.Claims[0].Statement().Evidence}, proof.Judged, q.Text)
		a.Mode, a.Claims = bot.FromModel, []bot.Claim{judged}
		return a, err
	})
	w := running(t, testserver.Faults{}, retellable, nil)
	folder := t.TempDir()
	w.store = kept(t, folder)
	w.restart(retellable, func(o *Options, _ *Bot) { o.PerMinute = 100 })
	first := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	form := func(user string) (testserver.Interaction, error) {
		in, err := w.server.ContextMenu(user, "general", command.MenuAsk(), first.ID)
		if err != nil {
			return in, err
		}
		in, _ = w.done(in, nil)
		return w.server.Modal(user, in.ID, customid.ID{Verb: customid.AskForm}.String(), map[string]any{render.FieldQuestion: "why?"})
	}
	letGo := storetest.Lock(t, folder)
	mention := w.say("ben", "general", "@summitbot why Alaska?")
	all := map[string]testserver.Interaction{}
	for name, use := range map[string]func() (testserver.Interaction, error){
		"/ask": func() (testserver.Interaction, error) {
			return w.server.Command("cid", "general", command.Ask, map[string]any{command.OptQuestion: "why?"})
		},
		"/ask behind a mention": func() (testserver.Interaction, error) {
			return w.server.Command("ben", "general", command.Ask, map[string]any{command.OptQuestion: "why?"})
		},
		"/ask behind it, once more": func() (testserver.Interaction, error) {
			return w.server.Command("ben", "general", command.Ask, map[string]any{command.OptQuestion: "why?"})
		},
		"/forget-me": func() (testserver.Interaction, error) { return w.server.Command("dan", "general", command.Forget, nil) },
		"a menu": func() (testserver.Interaction, error) {
			return w.server.ContextMenu("eve", "general", command.MenuCheck(), first.ID)
		},
		"a button that retells": func() (testserver.Interaction, error) {
			return w.server.Component("fay", first.ID, w.one(first, customid.Retell))
		},
		"a vote": func() (testserver.Interaction, error) {
			return w.server.Component("gus", first.ID, w.one(first, customid.VoteUp))
		},
		"a form":                  func() (testserver.Interaction, error) { return form("hal") },
		"a form behind a mention": func() (testserver.Interaction, error) { return form("ben") },
	} {
		in, err := use()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = in
	}
	for name, in := range all {
		w.eventually(name+" is acknowledged, or is not", func() (known bool) {
			now, err := w.server.Interaction(in.ID)
			return err != nil || now.State != testserver.StatePending
		})
		if now, err := w.server.Interaction(in.ID); err != nil || now.State == testserver.StateFailed {
			t.Errorf("%s is %s: %s, %v", name, now.State, now.Error, err)
		}
	}
	w.answerTo(mention) // while it hangs
	letGo()
	for name, in := range all {
		ctx, cancel := context.WithTimeout(t.Context(), willCome)
		in, err := w.server.AwaitInteraction(ctx, in.ID)
		cancel()
		if err != nil || in.State != testserver.StateAnswered {
			t.Errorf("%s is %s, %v", name, in.State, err)
			continue
		}
		m, err := w.server.Message(in.MessageID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "ask") || strings.Contains(name, "form") {
			holds(t, m, "Alaska was chosen with care.")
		}
	}
	w.settle()
}

// A question that was heard while the store was away outlives the process once
// the store is back, though it is still being answered.
func TestHeardWhileAwayIsKept(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, alaska(t), nil)
	folder := t.TempDir()
	w.store = kept(t, folder)
	w.restart(heldBackUntil(t, release), nil)
	letGo := storetest.Lock(t, folder)
	q := w.say("ana", "general", "@summitbot why Alaska?")
	w.eventually("it is answered without the store", func() bool { return w.bot.Ledger.Away() && w.bot.Pool.Count() == 1 })
	letGo()
	w.eventually("the store is back", func() bool { return !w.bot.Ledger.Away() && w.store.Ping(t.Context()) == nil })
	w.eventually("it has a row: were the process killed now, it would be answered", func() bool { return w.open() == 1 })
	close(release)
	holds(t, w.answerTo(q), "far from arbitrary")
}
