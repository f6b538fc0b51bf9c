package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"summitbot/bot"
	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

func TestServe(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})

	// A mention, and a reply to its answer.
	q := w.say("ana", "general", why)
	a := w.answerTo(q, alaska)
	w.holds(a, "[1]", "-# [1]", "In-Depth Analysis: The Alaskan Calculus")
	if len(a.Mentions) != 0 || a.MentionEveryone {
		t.Errorf("the answer mentions %v", a.Mentions)
	}
	w.holds(w.answerTo(w.say("ben", "general", "What does Putin want from NATO?", testserver.ReplyTo(a.ID)), "NATO"), "[1]")

	// What is not meant for the bot, and what it cannot know.
	w.say("ana", "general", "why was Alaska chosen?")
	pizza := w.answerTo(w.say("ana", "general", "@summitbot what's a good pizza recipe?"), "")
	if n := len(w.said("general")); n != 3 {
		t.Errorf("the bot said %d things, not 3", n)
	}
	if m := w.command("ana", "general", "ask", map[string]any{"question": "What's a good pizza recipe?"}); m.Text() != pizza.Text() {
		t.Errorf("one refusal says\n%s\nand the other\n%s", pizza.Text(), m.Text())
	}

	// Direct messages, and commands there.
	w.answerTo(w.say("ana", "@summitbot", "Why was Alaska chosen?"), alaska)
	w.holds(w.command("ana", "@summitbot", "ask", map[string]any{"question": "Why was Alaska chosen?"}), alaska, "[1]")

	// The commands.
	w.holds(w.command("ana", "commands", "ask", map[string]any{"question": "Why was Alaska chosen?"}), alaska, "[1]")
	if m := w.command("ana", "commands", "help", nil); !m.Ephemeral() {
		t.Error("everybody sees the help")
	} else {
		w.holds(m, "/ask", "/takeaways", "/risks")
	}
	w.holds(w.command("ana", "commands", "takeaways", map[string]any{"count": 2}), "Key Takeaways", "1. ", "2. ", "[1]")

	w.signal(syscall.SIGTERM)
	w.exits(exitOK)
	if _, log := w.printed(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic") {
		t.Error("the log tells errors")
	}
}

// A list comes whole, over as many messages as it takes.
func TestServeLists(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})
	all := func(channel, name string, options map[string]any) string {
		w.Helper()
		w.command("ana", channel, name, options)
		w.answerTo(w.say("ana", channel, why), alaska)
		var text strings.Builder
		for _, m := range w.said(channel) {
			if n := len([]rune(m.Text())); n > 4000 {
				t.Errorf("a message has %d characters", n)
			}
			text.WriteString(m.Text() + "\n")
		}
		return text.String()
	}
	article := string(seed(t, "alaska-summit.txt"))
	takeaways := all("takeaways", "takeaways", nil)
	_, section, _ := strings.Cut(article, "\nKey Takeaways\n")
	n := 0
	for line := range strings.Lines(section) {
		point, ok := strings.CutPrefix(line, "- ")
		if !ok {
			break
		}
		if n++; !strings.Contains(takeaways, strings.TrimSpace(point)) {
			t.Errorf("/takeaways lacks: %s", point)
		}
	}
	if n < 5 {
		t.Fatalf("the article has %d takeaways", n)
	}

	risks := all("risks", "risks", nil)
	for _, part := range []string{wording.For("en").Group(bot.Russia), wording.For("en").Group(bot.West), wording.For("en").Group(bot.World), "Perception of Weakness"} {
		if !strings.Contains(risks, part) {
			t.Errorf("/risks lacks %q:\n%s", part, risks)
		}
	}
	world := all("world", "risks", map[string]any{"for": wording.For("en").Group(bot.World)})
	if !strings.Contains(world, wording.For("en").Group(bot.World)) || strings.Contains(world, wording.For("en").Group(bot.Russia)) || len(world) >= len(risks) {
		t.Errorf("/risks for the world:\n%s", world)
	}
	w.signal(os.Interrupt)
	w.exits(exitOK)
}

// Whatever goes wrong while connecting, the bot comes through. The faults are
// waited out side by side: Discord allows one IDENTIFY in 5 s, and a Hello is
// waited for three times as long.
func TestServeConnects(t *testing.T) {
	t.Parallel()
	worlds := map[string]*world{}
	for name, faults := range map[string]testserver.Faults{
		"no Hello":               {NoHello: 1},
		"op 7 in place of READY": {ReconnectInsteadOfReady: 1},
		"op 9":                   {InvalidSession: 1},
		"502":                    {BadGateway502: 1},
		"429":                    {RateLimit429: 1},
	} {
		server, address := testServer(t, faults)
		worlds[name] = &world{serving(t, address), server}
	}
	for name, w := range worlds {
		w.ready()
		if left := w.server.PendingFaults(); !left.None() {
			t.Errorf("%s did not happen: %+v", name, left)
		}
		w.answersOnce("general")
		w.signal(syscall.SIGTERM)
		w.exits(exitOK)
	}
}

// Whatever goes wrong later, each question is answered, and once.
func TestServeStays(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})
	connected := 1
	for _, c := range []struct {
		name   string
		faults testserver.Faults
		lose   func(*testserver.Server)
	}{
		{"429", testserver.Faults{RateLimit429: 2}, nil},
		{"global-429", testserver.Faults{RateLimitGlobal: 2}, nil},
		{"502", testserver.Faults{BadGateway502: 2}, nil},
		{"502-carried-out", testserver.Faults{BadGatewayAfter: 2}, nil},
		{"twice", testserver.Faults{DuplicateEvents: 3}, nil},
		{"unknown-component", testserver.Faults{UnknownComponent: 1}, nil},
		{"dropped-socket", testserver.Faults{}, (*testserver.Server).DropSockets},
		{"op-7", testserver.Faults{}, (*testserver.Server).Reconnect},
	} {
		w.server.SetFaults(c.faults)
		if c.lose != nil {
			c.lose(w.server)
			connected++
		}
		w.answersOnce(c.name)
		w.await(w.stderr, "connected to the gateway", connected)
		if left := w.server.PendingFaults(); !left.None() {
			t.Errorf("%s did not happen: %+v", c.name, left)
		}
	}
	w.signal(syscall.SIGTERM)
	w.exits(exitOK)
	if out, log := w.printed(); strings.Contains(log, "panic") || strings.Count(out, "ready:") != 1 {
		t.Error("the log tells a panic, or the bot was ready twice")
	}
}

// What no retry mends ends the program, with a word for the operator.
func TestServeGivesUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults testserver.Faults
		says   string
	}{
		"4004":          {testserver.Faults{CloseCode: 4004}, "Discord refused the token (4004): set DISCORD_TOKEN"},
		"4014":          {testserver.Faults{CloseCode: 4014}, "Discord refused a privileged intent (4014)"},
		"refused token": {testserver.Faults{RejectToken: -1}, "Discord refused the token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, address := testServer(t, c.faults)
			p := launch(t, []string{"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + address, "LOG_LEVEL=debug"}, "serve")
			p.exits(exitFailure)
			out, log := p.printed()
			last := log[strings.LastIndex(strings.TrimSuffix(log, "\n"), "\n")+1:]
			if out != "" || !strings.HasPrefix(last, "summitbot: ") || !strings.Contains(last, c.says) {
				t.Errorf("it ended with %q", last)
			}
		})
	}
}

// Where nobody listens, the bot goes on trying, and can be stopped.
func TestServeWithoutServer(t *testing.T) {
	t.Parallel()
	p := serving(t, "http://"+deserted)
	p.await(p.stderr, "the gateway is not known yet", 2)
	p.signal(os.Interrupt)
	p.exits(exitOK)
	if out, _ := p.printed(); out != "" {
		t.Errorf("it printed %q", out)
	}
}

// A question that is being answered when the program is told to stop is
// answered before it ends.
func TestServeFinishesWhatItHas(t *testing.T) {
	t.Parallel()
	server := testserver.New(testserver.Options{Bots: []testserver.Bot{{Name: "summitbot", Token: botToken}}})
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	letGo := sync.OnceFunc(func() { close(release) })
	listener := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/messages/@original") { // the answer, over the acknowledgement
			once.Do(func() { close(reached) })
			<-release
		}
		server.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		letGo()
		server.Close()
		listener.Close()
	})
	w := &world{serving(t, listener.URL), server}
	w.ready()

	i, err := server.Command("ana", "general", "ask", map[string]any{"question": "Why was Alaska chosen?"})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-reached:
	case <-w.ended:
		t.Fatalf("the process ended with code %d", w.code)
	}
	w.signal(syscall.SIGTERM)
	letGo()
	w.exits(exitOK)
	if i, err = server.AwaitInteraction(t.Context(), i.ID); err != nil || i.State != testserver.StateAnswered {
		t.Fatalf("the question is %s: %s %v", i.State, i.Error, err)
	}
	m, err := server.Message(i.MessageID)
	if err != nil {
		t.Fatal(err)
	}
	w.holds(m, alaska)
}
