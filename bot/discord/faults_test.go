package discord

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/testserver"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// answersOnce asks in a fresh channel and checks that one answer comes.
func (w *world) answersOnce(channel string) {
	w.Helper()
	holds(w.T, w.answerTo(w.say("ana", channel, "@summitbot why was Alaska chosen?")), "far from arbitrary")
	w.settle()
	if n := len(w.said(channel)); n != 1 {
		w.Errorf("the bot said %d things in %s, not 1", n, channel)
	}
}

func (w *world) logged(part string) {
	w.Helper()
	if !strings.Contains(w.log.String(), part) {
		w.Errorf("the log does not say %q", part)
	}
}

func TestFaultsOfTheGateway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults testserver.Faults
		log    string
	}{
		"no Hello":               {testserver.Faults{NoHello: 1}, gateway.ErrSilent.Error()},
		"op 7 in place of READY": {testserver.Faults{ReconnectInsteadOfReady: 2}, gateway.ErrReconnect.Error()},
		"op 9":                   {testserver.Faults{InvalidSession: 2}, gateway.ErrInvalid.Error()},
		"close code 4000":        {testserver.Faults{CloseCode: 4000}, "4000"},
		"502 for the gateway":    {testserver.Faults{BadGateway502: 1}, "502"},
		"429 for the gateway":    {testserver.Faults{RateLimit429: 1}, "limits requests"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, c.faults, alaska(t), nil)
			w.logged(c.log)
			w.answersOnce("general")
		})
	}
}

// A gateway that is there, and asks for another connection again and again, is
// not kept waiting as one is that cannot be reached.
func TestPausesForAGatewayThatAsks(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]testserver.Faults{
		"op 7": {ReconnectInsteadOfReady: gateway.MostAsked},
		"op 9": {InvalidSession: gateway.MostAsked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backoff := 10 * time.Millisecond
			w := running(t, faults, alaska(t), func(_ *Options, b *Bot) {
				if b != nil {
					b.Timing.Backoff, b.Timing.Longest = backoff, time.Hour
				}
			})
			pauses := regexp.MustCompile(`pause=(\S+)`).FindAllStringSubmatch(w.log.String(), -1)
			if len(pauses) != gateway.MostAsked {
				t.Fatalf("the connection was lost %d times, not %d", len(pauses), gateway.MostAsked)
			}
			for _, p := range pauses {
				if d, err := time.ParseDuration(p[1]); err != nil || d > backoff<<(gateway.MostWhenUp-1) {
					t.Errorf("a pause of %s, %v", p[1], err)
				}
			}
		})
	}
}

// Questions asked while the connection is down are answered after it has
// been resumed.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose   func(*testserver.Server)
		resume bool
	}{
		"dropped socket": {(*testserver.Server).DropSockets, true},
		"op 7":           {(*testserver.Server).Reconnect, true},
		"close 4000":     {func(s *testserver.Server) { s.CloseSockets(4000) }, true},
		"close 1001":     {func(s *testserver.Server) { s.CloseSockets(1001) }, true},
		"close 4009":     {func(s *testserver.Server) { s.CloseSockets(4009) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), nil)
			w.answersOnce("before")
			c.lose(w.server.Server)
			if c.resume {
				w.answersOnce("meanwhile")
			} else {
				w.connections(2)
			}
			w.answersOnce("after")
			w.connections(2)
			if got := strings.Contains(w.log.String(), "resume=true"); got != c.resume {
				t.Errorf("resumed: %v, not %v", got, c.resume)
			}
		})
	}
}

// connections waits until the bot has connected so many times.
func (w *world) connections(n int) {
	w.Helper()
	w.eventually(fmt.Sprintf("the bot has connected %d times", n), func() bool {
		return strings.Count(w.log.String(), "connected to the gateway") >= n
	})
}

func TestRefusedResume(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.server.SetFaults(testserver.Faults{InvalidSession: 1})
	w.server.DropSockets()
	w.connections(2)
	w.logged(gateway.ErrInvalid.Error())
	w.answersOnce("general")
}

func TestDuplicatedEvents(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.server.SetFaults(testserver.Faults{DuplicateEvents: -1})
	w.answersOnce("general")
	w.command("ana", "commands", "ask", map[string]any{"question": "Why was Alaska chosen?"})
	w.settle()
	if n := len(w.said("commands")); n != 1 {
		t.Errorf("the bot said %d things, not 1", n)
	}
}

func TestUnknownComponent(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.server.SetFaults(testserver.Faults{UnknownComponent: 1})
	w.answersOnce("general") // discordgo could not even read the question
	w.answersOnce("after")
}

func TestFaultsOfRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults testserver.Faults
		slow   bool
	}{
		"429":                      {faults: testserver.Faults{RateLimit429: 3, RetryAfter: 20 * time.Millisecond}},
		"global 429":               {faults: testserver.Faults{RateLimitGlobal: 2, RetryAfter: 20 * time.Millisecond}},
		"502, not carried out":     {faults: testserver.Faults{BadGateway502: 2}},
		"502, carried out":         {faults: testserver.Faults{BadGatewayAfter: 2}},
		"502 under a placeholder":  {faults: testserver.Faults{BadGateway502: 3}, slow: true},
		"carried out, placeholder": {faults: testserver.Faults{BadGatewayAfter: 3}, slow: true},
		"429 under a placeholder":  {faults: testserver.Faults{RateLimit429: 3, RetryAfter: 20 * time.Millisecond}, slow: true},
		"slow":                     {faults: testserver.Faults{SlowREST: 30 * time.Millisecond}, slow: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := running(t, testserver.Faults{}, alaska(t), func(_ *Options, b *Bot) {
				if b != nil && c.slow {
					b.Timing.Quick = 0
				}
			})
			w.server.SetFaults(c.faults)
			w.answersOnce("general")
			w.server.SetFaults(c.faults)
			holds(t, w.command("ana", "commands", "ask", map[string]any{"question": "Why was Alaska chosen?"}), "far from arbitrary")
			w.settle()
			if n := len(w.said("commands")); n != 1 {
				t.Errorf("the bot said %d things, not 1", n)
			}
		})
	}
}

// When every answer to the placeholder is lost, the placeholder stands all
// the same, and its nonce is taken: the answer must end up in its place.
func TestPlaceholderOfWhichNobodyKnows(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := running(t, testserver.Faults{}, heldBackUntil(t, release), func(_ *Options, b *Bot) {
		if b != nil {
			b.Timing.Quick = 0
		}
	})
	w.server.SetFaults(testserver.Faults{Answers: []testserver.Answer{{Method: http.MethodPost, Path: "/messages$", Status: http.StatusBadGateway, Times: rest.MaxTries, Performed: true}}})
	q := w.say("ana", "general", "@summitbot why was Alaska chosen?")
	w.eventually("the placeholder is given up", func() bool { return w.server.PendingFaults().None() })
	w.eventually("the log tells it", func() bool { return strings.Contains(w.log.String(), "an unfinished answer was not shown") })
	close(release)
	holds(t, w.answerTo(q), "far from arbitrary")
	w.settle()
	if n := len(w.said("general")); n != 1 {
		t.Errorf("the bot said %d things, not 1", n)
	}
}

// The further messages of a command's answer, which have no nonces, are posted
// once: when nobody knows whether one came through, and when another run goes
// on from an unknown place.
func TestRestOfAnswerIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, show := range []string{command.ShowAll, command.ShowMe} {
		t.Run(show, func(t *testing.T) {
			t.Parallel()
			var lose atomic.Bool
			var token atomic.Value // of the last interaction
			w := running(t, testserver.Faults{}, answers(t, allOfIt(t)), func(_ *Options, b *Bot) {
				if b == nil {
					return
				}
				through(b, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
					_, hook, there := strings.Cut(r.URL.Path, "/webhooks/")
					if there {
						token.Store(strings.Split(hook, "/")[1])
					}
					resp, err := next.RoundTrip(r)
					if err == nil && r.Method == http.MethodPost && there && lose.Swap(false) {
						_ = resp.Body.Close()
						return nil, &rest.ServerError{Status: http.StatusBadGateway}
					}
					return resp, err
				})
			})
			count := func(channel string) (n int) {
				t.Helper()
				list, err := w.server.MessagesFor("ana", channel, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range list {
					if m.Author.Bot {
						n++
					}
				}
				return n
			}
			ask := func(channel string) testserver.Interaction {
				t.Helper()
				in, err := w.server.Command("ana", channel, command.Ask, map[string]any{command.OptQuestion: "all of it", command.OptShow: show})
				if err != nil {
					t.Fatal(err)
				}
				w.done(in, nil)
				w.settle()
				return in
			}
			ask("whole")
			whole := count("whole")
			if whole < 3 {
				t.Fatalf("the answer comes in %d messages", whole)
			}
			lose.Store(true)
			in := ask("lost")
			if n := count("lost"); n != whole || lose.Load() {
				t.Errorf("there are %d messages, not %d", n, whole)
			}
			if others, err := w.server.MessagesFor("ben", "lost", 0); err != nil || (len(others) == 0) != (show == command.ShowMe) {
				t.Errorf("somebody else sees %d messages, %v", len(others), err)
			}
			if show == command.ShowMe {
				return // nobody can look for what one member alone sees
			}
			e := event.OfInteraction(object.Interaction{
				ID: in.ID, ApplicationID: w.bot.Self.Load().Application, ChannelID: w.said("lost")[0].ChannelID, Token: token.Load().(string),
			}, bot.Ask, "all of it")
			row, err := e.Row()
			if err != nil {
				t.Fatal(err)
			}
			row.Acked, row.Unsure = true, true
			again, err := w.bot.Begin(row, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			a, err := allOfIt(t)(t.Context(), e.Question)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.bot.Reconcile(t.Context(), again, render.Answer(a, e.Look(w.bot.Answerer.Articles(), w.bot.Answerer.Retells, false))); err != nil {
				t.Fatal(err)
			}
			if n := count("lost"); n != whole {
				t.Errorf("there are %d messages after another run, not %d", n, whole)
			}
		})
	}
}

func TestFatalCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{4004, 4010, 4011, 4012, 4013, 4014} {
		w := start(t, testserver.Faults{CloseCode: code}, alaska(t), nil)
		f, ok := errors.AsType[*gateway.FatalError](w.failed())
		if !ok || f.Code != code || f.Error() == "" {
			t.Errorf("%d: Run ended with %v", code, f)
		}
	}
}

func TestRefusedToken(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{RejectToken: -1}, alaska(t), nil)
	err := w.failed()
	f, ok := errors.AsType[*gateway.FatalError](err)
	if !ok || (f.Code != 4004 && f.Code != http.StatusUnauthorized) || !strings.Contains(f.Error(), "DISCORD_TOKEN") {
		t.Errorf("Run ended with %v", err)
	}
}

func TestTokenRefusedWhileRunning(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	w.server.SetFaults(testserver.Faults{RejectToken: -1})
	w.say("ana", "general", "@summitbot why was Alaska chosen?")
	f, ok := errors.AsType[*gateway.FatalError](w.failed())
	if !ok || f.Code != http.StatusUnauthorized {
		t.Errorf("Run ended with %v", f)
	}
}

// A connection on which not even acknowledgements come is given up after one
// and a half heartbeats, and the session resumed.
func TestSilentGateway(t *testing.T) {
	t.Parallel()
	w := startOn(t, testserver.Options{Faults: testserver.Faults{Silent: 1}, HeartbeatInterval: 400 * time.Millisecond}, alaska(t), nil)
	w.awaitReady()
	w.connections(2)
	w.logged(gateway.ErrSilent.Error())
	w.logged("resume=true")
	w.answersOnce("general")
}

// What Discord still shows of an earlier release is answered, and what it
// refuses of an interaction does not end the bot.
func TestRemainsOfEarlierReleases(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	me := w.bot.Self.Load()
	old := append(command.All(false, false), command.Command{Name: "old", Type: command.SlashCommand, Description: "Gone", Options: []command.Option{}})
	if err := w.bot.API.Do(t.Context(), rest.Request{Name: "register", Method: http.MethodPut, URL: discordgo.EndpointApplicationGlobalCommands(me.Application), Body: old, Repeatable: true}); err != nil {
		t.Fatal(err)
	}
	if m := w.command("ana", "general", "old", nil); m.Text() != en.UnknownCommand || !m.Ephemeral() {
		t.Errorf("/old: the bot said %q", m.Text())
	}

	channel := w.say("ana", "general", "hello").ChannelID
	button := map[string]any{"type": 1, "components": []any{map[string]any{"type": 2, "style": 1, "label": "More", "custom_id": "x"}}}
	var m struct {
		ID string `json:"id"`
	}
	if err := w.bot.API.Do(t.Context(), rest.Request{Name: "post", Method: http.MethodPost, URL: discordgo.EndpointChannelMessages(channel), Body: map[string]any{"content": "x", "components": []any{button}}, Into: &m}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.Component("ana", m.ID, "x"); err != nil {
		t.Fatal(err)
	}
	if m := w.await(func(m testserver.Message) bool { return strings.HasPrefix(m.Text(), en.Stale) }); !m.Ephemeral() {
		t.Error("everybody sees that a button is too old")
	}

	over := object.Interaction{ApplicationID: me.Application, ID: "1", Token: "over"}
	_, edited := w.bot.API.EditOriginal(t.Context(), over, render.Line("x"))
	_, followed := w.bot.API.FollowUp(t.Context(), over, render.Line("x"))
	for _, err := range []error{edited, followed, w.bot.API.Acknowledge(t.Context(), over, false)} {
		if err == nil || gateway.Fatal(err) != nil || strings.Contains(err.Error(), "over/") {
			t.Errorf("an interaction that is over: %v", err)
		}
	}
	if f := gateway.Fatal(&rest.Refusal{Status: http.StatusUnauthorized, Code: rest.CodeInvalidWebhookToken}); f != nil {
		t.Errorf("an interaction's old token ends the bot: %v", f)
	}
}

// An option that is wrong is told by its name, and without the token.
func TestWrongOptions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"no token": func(o *Options) { o.Token = "" }, "a broken token": func(o *Options) { o.Token = "secret\nsecret" }, "a quoted token": func(o *Options) { o.Token = `"secret"` },
		"another host": func(o *Options) { o.APIURL = "http://example.com" }, "no workers": func(o *Options) { o.Workers = 0 },
		"no log": func(o *Options) { o.Log = nil }, "no answerer": func(o *Options) { o.Answerer = nil }, "a negative drain": func(o *Options) { o.Drain = -1 },
	} {
		o := Options{Token: token, Answerer: alaska(t), Log: slog.New(slog.DiscardHandler), Workers: 1}
		change(&o)
		if _, err := New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The words of a close code are treated the same, and the code is known still.
func TestCloseCodesTellNoToken(t *testing.T) {
	t.Parallel()
	c := rest.RedactClose(&websocket.CloseError{Code: 4004, Text: "no " + token + "\x1b"}, token)
	if text := c.Error(); strings.Contains(text, "secretsecret") || strings.Contains(text, "\x1b") || gateway.Fatal(c) == nil {
		t.Errorf("%q", text)
	}
}
