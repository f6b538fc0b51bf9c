package discord

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/queue"
	"summitbot/bot/testserver"
)

// What earlier releases have left on Discord and in databases is to work with
// every later one. The files hold it as it was written then: a release adds to
// them what is new, and changes nothing of what stands there.

// Every id that a release has put on a button, a menu or a form leads to what
// it did then.
func TestOldCustomIDs(t *testing.T) {
	t.Parallel()
	lines, err := os.ReadFile("testdata/customids.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	w := running(t, testserver.Faults{}, alaska(t), nil)
	channel := w.say("ana", "general", "hello").ChannelID
	verbsTried := map[customid.Verb]bool{}
	for line := range bytes.Lines(lines) {
		var old struct {
			ID    string
			Value string         // chosen in the menu that it is the id of
			Form  string         // the id of the form that comes, where "$MESSAGE" is the message that was clicked on
			Fill  map[string]any // what that is filled with
			Says  string
		}
		if err := json.Unmarshal(line, &old); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		id, _ := customid.Parse(old.ID)
		verbsTried[id.Verb] = true
		at := render.Row(object.Component{Type: object.TypeButton, Style: object.StyleSecondary, Label: "old", CustomID: old.ID})
		var chosen []string
		if old.Value != "" {
			chosen = []string{old.Value}
			at = render.Row(object.Component{Type: object.TypeSelect, CustomID: old.ID, Options: []object.SelectOption{{Label: "old", Value: old.Value}}})
		}
		p, err := w.bot.API.Send(t.Context(), channel, object.View{Components: []object.Component{render.Text("an old answer"), at}}, "", "")
		if err != nil {
			t.Fatal(err)
		}
		in, m := w.done(w.server.Component("ben", p.ID, old.ID, chosen...))
		if old.Form != "" {
			var form struct {
				ID string `json:"custom_id"`
			}
			if err := json.Unmarshal(in.Modal, &form); err != nil {
				t.Fatal(err)
			}
			if want := strings.ReplaceAll(old.Form, "$MESSAGE", p.ID); form.ID != want {
				t.Errorf("%s opens the form %q, not %q", old.ID, form.ID, want)
			}
			id, _ := customid.Parse(form.ID)
			verbsTried[id.Verb] = true
			_, m = w.done(w.server.Modal("ben", in.ID, form.ID, old.Fill))
		}
		if !strings.Contains(m.Text(), old.Says) {
			t.Errorf("%s is answered with %q, not %q", old.ID, m.Text(), old.Says)
		}
	}
	for _, v := range customid.Verbs {
		if !verbsTried[v] {
			t.Errorf("no id with %q is tried", v)
		}
	}
}

// A leftover is an open question as a release has kept it. What differs from
// one time to the other stands there by name.
type leftover struct {
	Kind  string          `json:"kind"`
	Event json.RawMessage `json:"event"`
}

// named are the ids and the like in what is kept of a question, by what stands
// for them; no name is within another.
func named(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	var e event.Envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	q := e.Question
	names := map[string]string{"$ID": q.ID, "$PLACE": q.Place, "$SERVER": q.Server, "$MEMBER": q.Member}
	if i := e.Interaction; i != nil {
		names["$TOKEN"], names["$CLICKED"] = i.Token, i.Clicked().ID
		if i.Message != nil && i.Message.Reference != nil {
			names["$ASKED"] = i.Message.Reference.MessageID
		}
	}
	if m := e.Message; m != nil && m.Reference != nil {
		names["$ANSWER"] = m.Reference.MessageID
		if m.Referenced != nil && m.Referenced.Reference != nil {
			names["$ASKED"] = m.Referenced.Reference.MessageID
		}
	}
	return names
}

// What a release has left open is answered by the next one.
func TestOldOpenQuestions(t *testing.T) {
	t.Parallel()
	const file = "testdata/open.jsonl"
	w := &seamed{world: &world{T: t, log: &safeBuffer{}, ready: make(chan string, 1)}}
	w.durably()
	w.up(alaska(t), nil)
	before := w.answerTo(w.say("ana", "general", "@summitbot why Alaska?"))
	again := render.Row(render.Button("again", customid.ID{Verb: customid.AskAgain}))
	asks, err := w.bot.API.Send(t.Context(), before.ChannelID, object.View{Components: []object.Component{render.Text("ask"), again}}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	w.rest()
	w.down()
	w.up(newPaid().answerer(w), func(o *Options, b *Bot) {
		if o.Drain, o.Workers = 0, 16; b != nil {
			b.Timing.Quick = time.Minute
		}
	})
	const why = "Why was Alaska chosen?"
	says := func(user, channel, content string, options ...testserver.PostOption) string {
		return w.say(user, channel, content, options...).ID
	}
	did := func(i testserver.Interaction, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return i.ID
	}
	fills := func(user string, opened testserver.Interaction, err error) string {
		t.Helper()
		form, _ := w.done(opened, err)
		return did(w.server.Modal(user, form.ID, "", map[string]any{render.FieldQuestion: why}))
	}
	left := map[string]string{ // by kind, the ids
		"mention":        says("mention", "general", "@summitbot "+why),
		"direct message": says("direct", "@summitbot", why),
		"reply":          says("reply", "general", "and when?", testserver.ReplyTo(before.ID)),
		"/ask":           did(w.server.Command("ask", "general", command.Ask, map[string]any{command.OptQuestion: why})),
		"/ask alone":     did(w.server.Command("alone", "general", command.Ask, map[string]any{command.OptQuestion: why, command.OptShow: command.ShowMe})),
		"/ask directly":  did(w.server.Command("askdirect", "@summitbot", command.Ask, map[string]any{command.OptQuestion: why})),
		"/takeaways":     did(w.server.Command("takeaways", "general", command.Takeaways, map[string]any{command.OptCount: 3})),
		"/risks":         did(w.server.Command("risks", "general", command.Risks, map[string]any{command.OptFor: "ukraine"})),
		"ask next":       did(w.server.Component("next", before.ID, w.one(before, customid.AskNext), options(before, w.one(before, customid.AskNext))[0])),
	}
	opened, err := w.server.Component("form", asks.ID, customid.ID{Verb: customid.AskAgain}.String())
	left["form"] = fills("form", opened, err)
	opened, err = w.server.ContextMenu("menu", "general", command.MenuAsk(), before.ID)
	left["message menu"] = fills("menu", opened, err)
	w.eventually("all are accepted, and acknowledged", func() bool {
		return w.open() == len(left) && strings.Count(w.wire(), `/callback"`) == 10
	})
	w.down()
	claimed, err := w.store.Claim(t.Context(), 32, nil, nil)
	if err != nil || len(claimed) != len(left) {
		t.Fatalf("%d are claimed, %v", len(claimed), err)
	}
	w.durably() // a new one, for what the file says of them
	kept := map[string]queue.Row{}
	for _, p := range claimed {
		for kind, id := range left {
			if p.ID == id {
				kept[kind] = p
			}
		}
	}
	if *rendertest.Update {
		writeLeftovers(t, file, kept)
	}
	lines, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	found := 0
	for scan := bufio.NewScanner(lines); scan.Scan(); found++ {
		var l leftover
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		p, there := kept[l.Kind]
		if !there {
			t.Fatalf("there is no %q", l.Kind)
		}
		event := string(l.Event)
		for name, id := range named(t, []byte(p.Event)) {
			event = strings.ReplaceAll(event, name, id)
		}
		event = strings.ReplaceAll(event, "$BOT", w.bot.Self.Load().User)
		if strings.Contains(event, "$") {
			t.Errorf("%s: a name is left in %s", l.Kind, event)
		}
		p.Event, p.Member = event, cmp.Or(p.Member, l.Kind)
		if _, err := w.store.Accept(t.Context(), p, queue.Terms{}); err != nil {
			t.Fatal(err)
		}
	}
	if found < len(left) {
		t.Errorf("%s has %d open questions, not %d", file, found, len(left))
	}
	w.up(alaska(t), nil)
	w.rest()
	for kind, id := range left {
		var answer testserver.Message
		if kept[kind].Place == "" {
			t.Errorf("%s: it has no place", kind)
		}
		if in, err := w.server.Interaction(id); err == nil {
			if in.State != testserver.StateAnswered {
				t.Errorf("%s is %s", kind, in.State)
				continue
			}
			answer, err = w.server.Message(in.MessageID)
			if err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if answer.Ephemeral() != (kind == "/ask alone") {
				t.Errorf("%s: that it is for its asker alone is %t", kind, answer.Ephemeral())
			}
		} else {
			answer = w.answerTo(testserver.Message{ID: id})
		}
		if !strings.Contains(answer.Text(), "[1]") {
			t.Errorf("%s is answered with %q", kind, answer.Text())
		}
	}
	w.down()
}

// writeLeftovers writes the file anew.
func writeLeftovers(t *testing.T, file string, kept map[string]queue.Row) {
	t.Helper()
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	for _, kind := range []string{"mention", "direct message", "reply", "/ask", "/ask alone", "/ask directly", "/takeaways", "/risks", "ask next", "form", "message menu"} {
		event := kept[kind].Event
		for name, id := range named(t, []byte(event)) {
			if id != "" {
				event = strings.ReplaceAll(event, id, name)
			}
		}
		event = strings.ReplaceAll(event, botID, "$BOT")
		if err := lines.Encode(leftover{kind, json.RawMessage(event)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// botID is the bot's id, as its token says.
const botID = "100000000000000001"
