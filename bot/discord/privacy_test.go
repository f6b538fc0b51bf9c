package discord

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// Members are told of the content of messages, and of a model, where the bot
// has them, and nowhere else.
func TestPrivacyLooks(t *testing.T) {
	for _, language := range wording.Languages {
		w := wording.For(language)
		var views []object.View
		for _, b := range []*Bot{{keptDays: 30}, {}, {keptDays: 7, content: true}, {Worker: &worker.Worker{Model: true}, keptDays: 7}, {Worker: &worker.Worker{Model: true}, content: true, elsewhere: true}} {
			if b.Worker == nil {
				b.Worker = &worker.Worker{}
			}
			v := b.privacy(w)
			rendertest.Within(t, v)
			views = append(views, v)
			for sentence, want := range map[string]bool{w.PrivacyMentions: !b.content, w.PrivacyContent: b.content, w.PrivacyModel: b.Model, w.PrivacyJudge: b.elsewhere, w.PrivacyForget: true} {
				if strings.Contains(object.TextOf(v.Components), sentence) != want {
					t.Errorf("content %v, a model %v: it says, or does not say, %q", b.content, b.Model, sentence)
				}
			}
		}
		rendertest.Golden(t, filepath.Join(language, "privacy"), rendertest.Drawn(views...))
	}
}

// The bot asks for no privileged intent, and is shown no word that is not said
// to it; with MessageContent it asks for that one alone.
func TestIntents(t *testing.T) {
	t.Parallel()
	const content, privileged = 1 << 15, 1<<1 | 1<<8 | 1<<15 // of members, presences and content
	for _, on := range []bool{false, true} {
		server := testserver.Options{}
		if !on {
			server.Bots = []testserver.Bot{{Name: "summitbot", Token: token, Portal: testserver.Portal{Withheld: privileged}}}
		}
		w := startOn(t, server, alaska(t), func(o *Options, _ *Bot) { o.MessageContent = on })
		w.awaitReady()
		w.say("ana", "general", "a xylophone")
		w.answersOnce("general")
		identified := false
		for line := range strings.Lines(w.wire()) {
			var r struct {
				Payload struct {
					Op int
					D  struct{ Intents int }
				}
			}
			if json.Unmarshal([]byte(line), &r) != nil || r.Payload.Op != 2 {
				continue
			}
			identified = true
			if got := r.Payload.D.Intents & privileged; got != map[bool]int{true: content}[on] {
				t.Errorf("with message content %v, the privileged intents are %b", on, got)
			}
		}
		if told := strings.Contains(w.wire(), "xylophone"); told != on || !identified {
			t.Errorf("with message content %v, the bot is told of other messages: %v; identified: %v", on, told, identified)
		}
	}
}

// judging is an Answerer that knows something of its judge.
type judging struct {
	worker.Answerer
	state bot.JudgeState
}

func (j judging) JudgeState() bot.JudgeState { return j.state }

// Members are told why a model's words are not posted, where there is a model.
func TestHelpTellsOfTheJudge(t *testing.T) {
	t.Parallel()
	for _, language := range wording.Languages {
		w := wording.For(language)
		for _, c := range []struct {
			state bot.JudgeState
			why   string
		}{{bot.JudgeState{Off: true}, w.JudgeOff}, {bot.JudgeState{}, w.JudgeTried}, {bot.JudgeState{Tried: true}, w.JudgeRefused}, {bot.JudgeState{Tried: true, Trusted: true}, ""}} {
			for _, model := range []bool{true, false} {
				b := &Bot{Worker: &worker.Worker{Answerer: judging{state: c.state}, Model: model}}
				want := w.Help
				if model && c.why != "" {
					want += "\n" + c.why
				}
				if got := object.TextOf(b.help(w).Components); got != want {
					t.Errorf("with a model %v, %+v: %s", model, c.state, got)
				}
			}
		}
	}
}
