package testserver

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// seen is what a server's Watch was told.
type seen struct {
	mu   sync.Mutex
	list []Event
}

func (s *seen) watch(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, e)
}

// of are the events of a type.
func (s *seen) of(kind string) (found []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.list {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// about tells whether an event of a type was told with a name and an id.
func (s *seen) about(kind, name, id string) bool {
	return slices.ContainsFunc(s.of(kind), func(e Event) bool { return e.Name == name && e.ID == id })
}

// await waits until what is looked for was told.
func (s *seen) await(t *testing.T, what string, found func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !found(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s was not told", what)
		}
	}
}

func TestWatch(t *testing.T) {
	var all seen
	w := newWorld(t, Options{Watch: all.watch})
	w.connect(allIntents)
	m := w.post("hello")
	all.await(t, "that the bot was told", func() bool { return all.about(Told, "MESSAGE_CREATE", m.ID) })
	if _, err := w.s.Edit("ana", m.ID, "bye"); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Delete("ana", m.ID); err != nil {
		t.Fatal(err)
	}
	for kind, content := range map[string]string{"MESSAGE_CREATE": "hello", "MESSAGE_UPDATE": "bye", "MESSAGE_DELETE": "bye"} {
		if list := all.of(kind); len(list) != 1 || list[0].Message.ID != m.ID || list[0].Message.Content != content || list[0].ChannelID != m.ChannelID {
			t.Errorf("%s: %+v", kind, list)
		}
	}
	if list := append(all.of(Missed), all.of(Violated)...); len(list) > 0 {
		t.Errorf("told %+v", list)
	}

	w.do("POST", "/channels/"+m.ChannelID+"/messages", `{"content":"","mood":"good"}`)
	for _, what := range []string{"no such key", "empty message"} {
		if !slices.ContainsFunc(all.of(Violated), func(e Event) bool {
			return e.Violation.Status == 400 && e.Violation.Code == 50006 && strings.Contains(e.Violation.Message, what)
		}) {
			t.Errorf("%q is no violation", what)
		}
	}
	w.s.SetFaults(Faults{RateLimit429: 1})
	w.do("GET", "/users/@me", "").expect(t, 429)
	if n := len(all.of(Violated)); n != 2 {
		t.Errorf("%d violations", n)
	}
}

// What no session is there for is missed at once.
func TestWatchNoSession(t *testing.T) {
	var all seen
	w := newWorld(t, Options{Watch: all.watch})
	m := w.post("is anybody there?")
	if !all.about(Missed, "MESSAGE_CREATE", m.ID) {
		t.Error("it is not missed")
	}
}

// What is behind the place up to which a client has read is told again when it
// resumes, and missed when it may not.
func TestWatchResume(t *testing.T) {
	for name, refused := range map[string]int{"resumed": 0, "refused": 1} {
		t.Run(name, func(t *testing.T) {
			var all seen
			w := newWorld(t, Options{Watch: all.watch})
			c := w.connect(allIntents)
			read := w.post("read")
			c.event("MESSAGE_CREATE")
			w.s.DropSockets()
			c.closed()
			unread := w.post("unread")
			w.s.SetFaults(Faults{InvalidSession: refused})
			again := w.dial()
			again.op(opHello)
			again.send(resumeText(c, c.seq))
			if refused == 0 {
				again.event("RESUMED")
				all.await(t, "the unread message", func() bool { return all.about(Told, "MESSAGE_CREATE", unread.ID) })
			} else {
				again.op(opInvalidSession)
			}
			if missed := all.about(Missed, "MESSAGE_CREATE", unread.ID); missed != (refused == 1) || all.about(Missed, "MESSAGE_CREATE", read.ID) {
				t.Errorf("missed: %+v", all.of(Missed))
			}
			w.s.mu.Lock()
			defer w.s.mu.Unlock()
			if n := len(w.s.sessions) + len(w.s.sessionOrder); n != 2-2*refused {
				t.Errorf("%d sessions are kept", n)
			}
		})
	}
}

// A client that begins a new session misses what only its old one was told.
func TestWatchNewSession(t *testing.T) {
	var all seen
	w := newWorld(t, Options{Watch: all.watch})
	c := w.connect(allIntents)
	w.s.DropSockets()
	c.closed()
	w.s.await(t.Context(), "the end", func() bool { return w.s.sessionOrder[0].conn == nil })
	unread := w.post("unread")
	if len(all.of(Missed)) > 0 {
		t.Error("it is missed while the session can be resumed")
	}
	w.connect(allIntents)
	if !all.about(Missed, "MESSAGE_CREATE", unread.ID) {
		t.Error("it is not missed")
	}
	n := len(all.of(Missed))
	w.post("for the new session")
	w.s.mu.Lock()
	old := w.s.sessionOrder[0]
	old.left = old.left.Add(-sessionLife)
	w.s.mu.Unlock()
	w.connect(allIntents)
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if slices.Contains(w.s.sessionOrder, old) || len(w.s.sessionOrder) != 2 {
		t.Errorf("%d sessions are kept", len(w.s.sessionOrder))
	}
	if m := all.of(Missed); len(m) != n {
		t.Errorf("missed: %+v", m)
	}
}

func TestStartAutocomplete(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	app := w.s.UserID("bot")
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"ask","description":"asks","options":[{"type":3,"name":"question","description":"what","autocomplete":true}]}]`).expect(t, 200)
	i, err := w.s.StartAutocomplete("ana", "general", "ask", map[string]any{"question": "wh"}, "question")
	if err != nil || i.State != StatePending || i.Type != interactionAutocomplete {
		t.Fatalf("%+v, %v", i, err)
	}
	got := in[struct{ ID, Token string }](t, c.event("INTERACTION_CREATE"))
	w.do("POST", "/interactions/"+got.ID+"/"+got.Token+"/callback", `{"type":8,"data":{"choices":[{"name":"why","value":"why"}]}}`).expect(t, 204)
	if i, err = w.s.Interaction(i.ID); err != nil || i.State != StateAnswered || len(i.Choices) != 1 {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestHindered(t *testing.T) {
	w := newWorld(t, Options{})
	c := w.connect(allIntents)
	app := w.s.UserID("bot")
	w.do("PUT", "/applications/"+app+"/commands", `[{"name":"ask","description":"asks"}]`).expect(t, 200)
	i, err := w.s.Command("ana", "general", "ask", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := in[struct{ ID, Token string }](t, c.event("INTERACTION_CREATE"))
	answer := func() answer {
		return w.do("POST", "/interactions/"+got.ID+"/"+got.Token+"/callback", `{"type":4,"data":{"content":"because"}}`)
	}
	const after = 20 * time.Millisecond
	w.s.SetFaults(Faults{RateLimit429: 1, RateLimitShared: 1, RateLimitGlobal: 1, RetryAfter: after, Internal500: 1, BadGateway502: 1, SlowREST: time.Millisecond})
	for _, status := range []int{429, 429, 429, 500, 502, 204} {
		answer().expect(t, status)
	}
	if i, err = w.s.Interaction(i.ID); err != nil || i.State != StateAnswered || i.Hindered != 3*after+2*repeatAfter+6*time.Millisecond {
		t.Errorf("%+v, %v", i, err)
	}
}
