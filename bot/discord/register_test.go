package discord

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/inspect"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/testserver"
)

// registered are the names of the commands that the server has, with their
// types.
func (w *world) registered() map[string]int {
	w.Helper()
	var all []struct {
		Type int
		Name string
	}
	if err := w.bot.API.Do(w.Context(), rest.Request{Name: "read the commands", Method: http.MethodGet, URL: command.URL(w.bot.Self.Load().Application, ""), Into: &all}); err != nil {
		w.Fatal(err)
	}
	names := map[string]int{}
	for _, c := range all {
		names[c.Name] = c.Type
	}
	return names
}

// An Entry Point command of the application's stays, as it is, when the
// commands are registered; and when nothing else has changed, nothing is
// written.
func TestEntryPointStays(t *testing.T) {
	t.Parallel()
	w := startOn(t, testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: token, Portal: testserver.Portal{Activity: true}}}}, alaska(t), nil)
	w.awaitReady()
	before := w.bot.State()
	if names := w.registered(); names["launch"] != command.EntryPointCommand || names[command.Ask] != command.SlashCommand || before.Unregistered != "" {
		t.Errorf("%v are registered, %q", names, before.Unregistered)
	}
	holds(t, w.command("ana", "general", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}), "far from arbitrary")
	w.restart(alaska(t), nil)
	if n := strings.Count(w.wire(), `"method":"PUT"`); n != 1 {
		t.Errorf("the commands were written %d times", n)
	}
	looking, err := inspect.New(token, w.server.URL, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer looking.Close()
	found, err := looking.Commands(t.Context(), w.bot.Self.Load().Application, "", false)
	if err != nil || len(found.Others) > 0 {
		t.Errorf("an inspection finds %+v, %v", found, err)
	}
}

// Whatever Discord says about the commands, mentions are answered; it is tried
// again until they are taken, and the bot tells of it meanwhile.
func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	const url = `/applications/\d+/commands`
	body := func(code, message string) string { return `{"code":` + code + `,"message":"` + message + `"}` }
	for name, c := range map[string]struct {
		answer testserver.Answer
		told   string
	}{
		"200 a day":         {testserver.Answer{Method: "PUT", Status: 400, Body: body("30034", "Max number of daily application command creates has been reached (200)")}, "tried again every hour"},
		"an entry point":    {testserver.Answer{Method: "PUT", Status: 400, Body: body("50240", "You cannot remove this app's Entry Point command")}, "50240"},
		"missing access":    {testserver.Answer{Status: 403, Body: body("50001", "Missing Access")}, "50001"},
		"a form":            {testserver.Answer{Method: "PUT", Status: 400, Body: body("50035", "Invalid Form Body")}, "install a newer release"},
		"a page":            {testserver.Answer{Status: 403, Body: "<html>"}, "HTTP 403"},
		"gone":              {testserver.Answer{Status: 404, Body: body("10002", "Unknown Application")}, "10002"},
		"a server's error":  {testserver.Answer{Status: 503, Body: "<html>"}, "HTTP 503"},
		"nothing":           {testserver.Answer{Method: "GET", Status: 200, Body: "null"}, "none of Discord's"},
		"a list of nothing": {testserver.Answer{Method: "PUT", Status: 200, Body: "[null"}, "none of Discord's"},
		"a day's wait":      {testserver.Answer{Method: "PUT", Status: 429, Body: `{"message":"You are being rate limited.","retry_after":82721.0,"global":false}`, Header: map[string]string{"Retry-After": "82721"}}, "until"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.answer.Path = url
			w := start(t, testserver.Faults{Answers: []testserver.Answer{c.answer}}, alaska(t), nil)
			w.awaitReady()
			w.answersOnce("general")
			if s := w.bot.State(); !strings.Contains(s.Unregistered, c.told) || s.Unready() != "" {
				t.Errorf("the bot tells %q, and %q", s.Unregistered, s.Unready())
			}
			w.logged("the commands are not registered yet; mentions are answered")
			if name == "a day's wait" {
				tries := strings.Count(w.wire(), `"method":"PUT"`)
				w.answersOnce("later")
				if n := strings.Count(w.log.String(), "Discord asks the bot to wait"); n != 1 || tries != 1 || strings.Count(w.wire(), `"method":"PUT"`) != 1 {
					t.Errorf("it is told %d times, and tried %d", n, tries)
				}
				return
			}
			w.server.SetFaults(testserver.Faults{})
			w.eventually("the commands are registered", func() bool { return w.bot.State().Unregistered == "" })
			holds(t, w.command("ana", "commands", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}), "far from arbitrary")
		})
	}
}

// A refusal is tried again ever more seldom, what ends with the day by the
// hour, and a limit when it is over.
func TestRegisterPauses(t *testing.T) {
	t.Parallel()
	b := &Bot{Worker: &worker.Worker{Timing: worker.DefaultTiming}}
	for try, want := range map[int]time.Duration{1: time.Minute, 3: 4 * time.Minute, 7: time.Hour, 1000: time.Hour} {
		if got := b.registerPause(&rest.Refusal{Code: rest.CodeMissingAccess}, try); got != want {
			t.Errorf("after try %d the pause is %v, not %v", try, got, want)
		}
	}
	if got := b.registerPause(&rest.Refusal{Code: rest.CodeDailyCommands}, 1); got != time.Hour {
		t.Errorf("after the day's commands the pause is %v", got)
	}
	if got := b.registerPause(&rest.Limited{Until: time.Now().Add(82721 * time.Second)}, 1); got < 82720*time.Second || got > 82722*time.Second {
		t.Errorf("after a limit the pause is %v", got)
	}
}

// A limit on asking for the gateway is told once and kept to: the bot neither
// ends nor asks again, and says meanwhile that it is not connected.
func TestGatewayIsLimited(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{Answers: []testserver.Answer{{
		Method: "GET", Path: "/gateway/bot", Status: 429, Header: map[string]string{"Retry-After": "82721"},
		Body: `{"message":"You are being rate limited.","retry_after":82721.0,"global":false}`,
	}}}, alaska(t), nil)
	w.eventually("it is told", func() bool { return strings.Contains(w.log.String(), "Discord asks the bot to wait") })
	w.logged(`what="find the gateway"`)
	select {
	case err := <-w.ended:
		t.Fatalf("Run ended with %v", err)
	case <-time.After(time.Second): // in which it would have tried again many times
	}
	if n, told := strings.Count(w.wire(), "/gateway/bot"), strings.Count(w.log.String(), "Discord asks the bot to wait"); n != 1 || told != 1 {
		t.Errorf("it was asked for %d times, and told %d times", n, told)
	}
	if why := w.bot.State().Unready(); why == "" {
		t.Error("a bot that is not connected is ready")
	}
}

// Answers of Discord's that are none, be they nothing, cut off, a page or
// without end, are asked for again: what was carried out stands once and is
// known by its id, and what was not is.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]testserver.Answer{
		"null":        {Body: "null"},
		"an object":   {Body: "{}"},
		"wrong types": {Body: `{"id":[],"components":7}`},
		"cut off":     {Body: `{"id":"12`},
		"too short":   {Body: `{"id":"12"}`, Header: map[string]string{"Content-Length": "4096"}},
		"a page":      {Body: "<html>sign in</html>"},
		"empty":       {Body: ""},
		"large":       {Body: `{"id":"` + strings.Repeat("x", rest.LongestAnswer) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), nil)
			w.answersOnce("before")
			c.Status, c.Times, c.Performed = http.StatusOK, 1, true
			first, edit, list, hook := c, c, c, c
			first.Method, first.Path = http.MethodPost, `/channels/\d+/messages$`
			edit.Method, edit.Path, edit.Performed = http.MethodPatch, `/channels/\d+/messages/\d+$`, false
			list.Method, list.Path = http.MethodGet, `/channels/\d+/messages`
			hook.Method, hook.Path = http.MethodPatch, `/webhooks/`
			w.server.SetFaults(testserver.Faults{Answers: []testserver.Answer{first, edit, list, hook}})
			q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
			holds(t, w.answerTo(q), "far from arbitrary")
			w.settle()
			if _, err := w.server.Edit("ana", q.ID, "@summitbot what about pizza?"); err != nil {
				t.Fatal(err)
			}
			w.eventually("the answer is another", func() bool {
				said := w.said("general")
				return len(said) == 1 && !strings.Contains(said[0].Text(), "far from arbitrary")
			})
			holds(t, w.command("ana", "commands", command.Ask, map[string]any{command.OptQuestion: "why Alaska?"}), "far from arbitrary")
			w.settle()
			if n, m := len(w.said("general")), len(w.said("commands")); n != 1 || m != 1 {
				t.Errorf("the bot said %d and %d things, not 1", n, m)
			}
			if strings.Contains(w.log.String(), "posted=false") {
				t.Error("an answer that stands counts as not posted")
			}
		})
	}
}
