package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/testserver"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// judged waits until all is done with, and fails unless the report has the
// rows, each of one thing asked, and no others.
func (w *watched) judged(want map[string]verdict) report {
	w.Helper()
	w.settled()
	r := w.checker.report()
	got := map[string]row{}
	for _, row := range r.Rows {
		got[row.Kind] = row
	}
	for kind, v := range want {
		one := tally{asked: 1, verdicts: map[verdict]int{v: 1}}
		row := got[kind]
		row.P50, row.P90, row.P99 = 0, 0, 0
		if row != one.as(kind) {
			w.Errorf("%s: %+v\nwant %+v", kind, row, one.as(kind))
		}
		told := slices.ContainsFunc(r.Findings, func(f string) bool { return strings.HasPrefix(f, kind+" ") })
		if told != (v > unreached) {
			w.Errorf("%s: the findings are\n%s", kind, strings.Join(r.Findings, "\n"))
		}
	}
	if len(got) != len(want) || r.Total.Asked != len(want) {
		w.Errorf("%d kinds, %d asked, and not %d", len(got), r.Total.Asked, len(want))
	}
	return r
}

// The checker sees what a bot does well, and each thing that it does wrong.
func TestChecker(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	want := map[string]verdict{}
	for how, v := range map[string]verdict{
		"fine": answered, "slowly": answered, "pages": answered, "loses": lost, "twice": doubled, "page-twice": doubled,
		"late": late, "unfinished": wrong, "a-page": wrong, "apologises": wrong,
	} {
		kind := "mention/" + how
		w.say(kind, wantAnswer, "@bot "+how)
		want[kind] = v
	}
	for how, v := range map[string]verdict{
		"fine": answered, "slowly": answered, "loses": lost, "twice": doubled, "late": late, "unfinished": wrong, "apologises": wrong,
	} {
		kind := "command/" + how
		w.use(kind, wantAnswer, how)
		want[kind] = v
	}
	w.use("form", wantForm, "form")
	w.use("no-form", wantForm, "fine")
	w.use("anything", wantAcknowledged, "slowly")
	w.say("chatter", wantSilence, "hello")
	w.say("answered-chatter", wantSilence, "all is fine")
	want["form"], want["no-form"], want["anything"], want["chatter"], want["answered-chatter"] = answered, wrong, answered, answered, wrong
	w.settled()
	time.Sleep(2 * time.Second) // for what comes late
	r := w.judged(want)
	if r.Violations != 0 || r.Limited != 0 || r.Unkept != 0 || len(r.Refused) != 0 {
		t.Errorf("%+v", r)
	}
	err := r.fault()
	for _, words := range []string{"of 22 asked", "2 lost", "3 doubled", "2 late", "7 wrong"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v does not say %q", err, words)
		}
	}
	var s strings.Builder
	if err := r.print(&s); err != nil || !strings.Contains(s.String(), "mention/late") || !strings.Contains(s.String(), "- command/loses") {
		t.Errorf("it prints, %v,\n%s", err, s.String())
	}
}

// What is edited or deleted has to be answered anew, or not at all.
func TestCheckerChanges(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	want := map[string]verdict{}
	questions := map[string]testserver.Message{}
	kinds := map[string]verdict{"in-place": answered, "in-vain": wrong, "beside": doubled, "never": lost, "deleted": answered, "kept": wrong}
	for kind := range kinds {
		how := "fine"
		if kind == "kept" {
			how = "keeps"
		}
		questions[kind] = w.say("asked/"+kind, wantAnswer, "@bot "+how)
		want["asked/"+kind] = answered
	}
	if changed, err := w.checker.change("too-soon", wantGone, "", "1", func() error { return errors.New("never called") }); changed || err != nil {
		t.Errorf("something unknown was changed: %v %v", changed, err)
	}
	w.settled()
	for kind, v := range kinds {
		id := questions[kind].ID
		w.known(id)
		wanted, words, act := wantAnswer, "new", func() error {
			_, err := w.server.Edit("ana", id, "@bot "+kind)
			return err
		}
		if kind == "deleted" || kind == "kept" {
			wanted, words, act = wantGone, "", func() error { return w.server.Delete("ana", id) }
		}
		if changed, err := w.checker.change("change/"+kind, wanted, words, id, act); !changed || err != nil {
			t.Fatalf("%s: %v %v", kind, changed, err)
		}
		want["change/"+kind] = v
	}
	w.judged(want)
}

// An edit while the question is being answered: the answer has to be one to
// what was asked in the end.
func TestCheckerEditedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	for _, how := range []string{"in-place", "in-vain"} {
		var m testserver.Message
		if err := w.checker.askToEdit(how, "new", func() (err error) {
			m, err = w.server.Post("ana", "general", "@bot fine")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.known(m.ID)
		if _, err := w.server.Edit("ana", m.ID, "@bot "+how); err != nil {
			t.Fatal(err)
		}
	}
	w.judged(map[string]verdict{"in-place": answered, "in-vain": wrong})
}

// An answer that has the wanted words already may stay as it is when the question is
// edited once more: that is not watched.
func TestCheckerEditedToTheSame(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	var m testserver.Message
	if err := w.checker.askToEdit("edited", "new", func() (err error) {
		m, err = w.server.Post("ana", "general", "@bot fine")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.known(m.ID)
	if _, err := w.server.Edit("ana", m.ID, "@bot in-place"); err != nil {
		t.Fatal(err)
	}
	w.settled()
	for _, c := range []struct {
		words   string
		watched bool
	}{{"new", false}, {"newer", true}} {
		did := false
		got, err := w.checker.change("again", wantAnswer, c.words, m.ID, func() error { did = true; return nil })
		if err != nil || got != c.watched || did != c.watched {
			t.Errorf("an edit to what has %q is watched: %v, done: %v, %v", c.words, got, did, err)
		}
	}
}

// A deletion while the question is being answered: the answer has to go, and
// must not come back.
func TestCheckerDeletedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	for kind, how := range map[string]string{"gone": "fine", "stands": "keeps"} {
		m := w.say(kind, wantGone, "@bot "+how)
		w.known(m.ID)
		if err := w.server.Delete("ana", m.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.judged(map[string]verdict{"gone": answered, "stands": wrong})
}

// What the bot could not know of is not held against it, unless it stands to
// be read.
func TestCheckerUnreached(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	edited, deleted := w.say("first", wantAnswer, "@bot fine"), w.say("second", wantAnswer, "@bot fine")
	w.settled()
	w.bot.leave()
	if _, err := w.server.AwaitMessage(t.Context(), func(testserver.Message) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.use("command", wantAnswer, "fine")
	w.say("mention", wantAnswer, "@bot fine")
	change := func(kind string, want wanted, id string, act func() error) {
		t.Helper()
		if changed, err := w.checker.change(kind, want, "", id, act); !changed || err != nil {
			t.Fatal(changed, err)
		}
	}
	change("edit", wantAnswer, edited.ID, func() error {
		_, err := w.server.Edit("ana", edited.ID, "@bot in-place")
		return err
	})
	change("deletion", wantGone, deleted.ID, func() error { return w.server.Delete("ana", deleted.ID) })
	again := startFakeBot(t, w.server, w.checker.limit) // a new session, which is told nothing of it
	defer again.leave()
	r := w.judged(map[string]verdict{
		"first": answered, "second": answered, "command": unreached, "mention": lost, "edit": unreached, "deletion": unreached,
	})
	if r.Away.Times != 1 || r.Away.Seconds <= 0 || r.Away.Longest > r.Away.Seconds {
		t.Errorf("away: %+v", r.Away)
	}
}

// What is against the rules, and what answers nothing, is held against a bot;
// what the server's faults lead to is not.
func TestCheckerViolations(t *testing.T) {
	t.Parallel()
	for name, faulty := range map[string]bool{"without faults": false, "with faults": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatched(t, options{faulty: faulty, limit: 3 * time.Second})
			w.say("rules", wantAnswer, "@bot breaks-rules")
			w.say("talk", wantAnswer, "@bot talks")
			w.settled()
			w.bot.call("DELETE", "/channels/"+w.server.UserID("bot")+"/messages/1", "") // code 10003
			m := w.say("third", wantAnswer, "@bot fine")
			w.settled()
			w.bot.call("DELETE", "/channels/"+m.ChannelID+"/messages/1", "") // code 10008
			w.bot.call("POST", "/channels/"+m.ChannelID+"/messages", `{"content":"late","message_reference":{"message_id":"1"}}`)
			w.server.SetFaults(testserver.Faults{RateLimit429: 1})
			w.bot.call("GET", "/users/@me", "")
			r := w.judged(map[string]verdict{"rules": answered, "talk": answered, "third": answered})
			bad, refused := 4, 0
			if faulty {
				bad, refused = 3, 1
			}
			if r.Violations != bad || r.Refused["10008 Unknown Message"] != refused || r.Refused["50035 Unknown message"] != 1 {
				t.Errorf("%d violations; refused: %v\n%s", r.Violations, r.Refused, strings.Join(r.Findings, "\n"))
			}
			if r.fault() == nil {
				t.Error("nothing is held against the bot")
			}
		})
	}
}

// What was asked long ago is judged and forgotten, and its second answer is
// then one to nothing.
func TestCheckerForgets(t *testing.T) {
	t.Parallel()
	w := newWatched(t, options{})
	m := w.say("old", wantAnswer, "@bot fine")
	w.settled()
	w.checker.forget(time.Now())
	w.checker.mu.Lock()
	if n := len(w.checker.items) + len(w.checker.order) + len(w.checker.owners); n != 0 {
		t.Errorf("%d things are kept", n)
	}
	w.checker.mu.Unlock()
	w.bot.post(asked{ID: m.ID, ChannelID: m.ChannelID}, "an answer")
	if r := w.judged(map[string]verdict{"old": answered}); r.Violations != 1 || !strings.Contains(strings.Join(r.Findings, ""), "answers nothing that is known") {
		t.Errorf("%+v", r)
	}
	w.checker.mu.Lock()
	defer w.checker.mu.Unlock()
	if len(w.done) != 1 || w.done[0].id != m.ID || w.done[0].user != "ana" || w.done[0].command || w.done[0].message.Content != "an answer" {
		t.Errorf("the members were told %+v", w.done)
	}
}

// What is not to be seen on the server was not asked.
func TestCheckerAsk(t *testing.T) {
	c := newChecker(options{limit: time.Second, read: read})
	if err := c.ask("nothing", wantAnswer, func() error { return nil }); err == nil {
		t.Error("nothing was asked, and that is no error")
	}
	sorry := errors.New("sorry")
	if err := c.ask("refused", wantAnswer, func() error { return sorry }); !errors.Is(err, sorry) {
		t.Errorf("the error is %v", err)
	}
	if r := c.report(); r.Total.Asked != 0 || r.fault() != nil {
		t.Errorf("%+v", r)
	}
}

// A command that fails is lost, unless the bot was told too late, or faults
// took the time that it had.
func TestExcused(t *testing.T) {
	asked := time.Now().Add(-5 * time.Second)
	for name, c := range map[string]struct {
		told     time.Duration // after it was asked; negative: never
		hindered time.Duration
		missed   bool
		want     verdict
	}{
		"in time":        {told: time.Second, want: lost},
		"never told":     {told: -1, want: unreached},
		"missed":         {told: time.Millisecond, missed: true, want: unreached},
		"told late":      {told: inTime + 1, want: unreached},
		"hindered":       {told: inTime / 2, hindered: inTime, want: unreached},
		"hardly at all":  {told: inTime / 2, hindered: inTime / 4, want: lost},
		"hindered alone": {hindered: inTime + 1, want: unreached},
	} {
		it := item{command: true, state: testserver.StateFailed, asked: asked, hindered: c.hindered, missed: c.missed}
		if c.told >= 0 {
			it.told = asked.Add(c.told)
		}
		if got := it.judge(time.Now(), 30*time.Second); got != c.want {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}
