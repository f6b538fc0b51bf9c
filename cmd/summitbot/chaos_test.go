package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
)

// What the chaos test asks, and how often it kills.
const (
	chaosQuestions = 500
	chaosKills     = 25
)

// chaosAsk is one question, and what has become of it.
type chaosAsk struct {
	kind, user string
	message    testserver.Message     // of a mention or a direct message
	command    testserver.Interaction // of a command
}

// 500 questions while the bot is killed 25 times, a third of the model's
// replies fail, and Discord cuts connections, sends events twice and answers
// with 429 and 502: each that was accepted is answered, and once.
func TestChaos(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	var replies atomic.Int64
	quoting := llmtest.Quoting(0)
	model := httptest.NewServer(&llmtest.Server{Answer: func(r llmtest.Request) llmtest.Reply {
		if replies.Add(1)%3 == 0 {
			return llmtest.Reply{Status: http.StatusInternalServerError}
		}
		return quoting(r)
	}})
	defer model.Close()
	discord := discordtest.New(t, testserver.Options{
		Bots: []testserver.Bot{{Name: "summitbot", Token: botToken}}, GlobalPerSecond: -1,
		Faults: testserver.Faults{Seed: 3, RetryAfter: 50 * time.Millisecond, Rate: map[string]float64{
			"drop_socket": .005, "duplicate_events": .1, "rate_limit_429": .05, "bad_gateway_502": .03, "bad_gateway_after": .03,
		}},
	})
	data := filepath.Join(t.TempDir(), "data")
	vars := []string{
		"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + discord.URL, "DATA_DIR=" + data, "QUESTIONS_PER_MINUTE=0",
		"OPENAI_BASE_URL=" + model.URL + "/v1", "OPENAI_MODEL=scripted",
	}
	run := func() *process {
		p := launch(t, vars, "serve")
		p.ready()
		return p
	}
	p := run()
	ready := &world{p, discord.Server}
	for _, channel := range []string{"one", "two", "@summitbot"} { // from now on they are known
		ready.answerTo(ready.say("ana", channel, why), "[1]")
	}

	asked := make(chan []chaosAsk, 1)
	go func() { asked <- chaosAsking(t, discord.Server) }()
	for range chaosKills {
		time.Sleep(time.Duration(100+dice.IntN(700)) * time.Millisecond)
		p.signal(os.Kill)
		<-p.ended
		p = run()
	}
	all := <-asked
	discord.SetFaults(testserver.Faults{})

	// A last run without faults ends everything that is open.
	p.signal(os.Kill)
	<-p.ended
	p = run()
	w := &world{p, discord.Server}
	w.answerTo(w.say("ana", "afterwards", why), "[1]")
	chaosSettles(t, data)

	table := map[string]*struct{ asked, accepted, lost, doubled int }{}
	for _, a := range all {
		row := table[a.kind]
		if row == nil {
			row = &struct{ asked, accepted, lost, doubled int }{}
			table[a.kind] = row
		}
		row.asked++
		n, accepted := chaosAnswers(t, discord.Server, a)
		if accepted {
			row.accepted++
		}
		switch {
		case n == 0 && accepted:
			row.lost++
			t.Errorf("a %s of %s was lost: %s%s", a.kind, a.user, a.message.ID, a.command.ID)
		case n > 1:
			row.doubled++
			t.Errorf("a %s of %s was answered %d times", a.kind, a.user, n)
		}
	}
	t.Logf("%-16s %6s %9s %5s %8s", "", "asked", "accepted", "lost", "doubled")
	for kind, row := range table {
		t.Logf("%-16s %6d %9d %5d %8d", kind, row.asked, row.accepted, row.lost, row.doubled)
	}
	t.Logf("%d kills, %d requests to the model for %d questions", chaosKills+1, replies.Load(), len(all))
	if len(all) != chaosQuestions {
		t.Errorf("only %d questions were asked", len(all))
	}
}

// chaosAsking asks all the questions, one after the other.
func chaosAsking(t *testing.T, server *testserver.Server) (all []chaosAsk) {
	for i := range chaosQuestions {
		select {
		case <-t.Context().Done():
			return all
		case <-time.After(40 * time.Millisecond):
		}
		a := chaosAsk{user: fmt.Sprintf("member-%d", i)}
		channel := []string{"one", "two"}[i/3%2]
		var err error
		switch i % 3 {
		case 0:
			a.kind = "mention"
			a.message, err = server.Post(a.user, channel, fmt.Sprintf("%s %d", why, i))
		case 1:
			a.kind = "direct message" // of one member, for a bot cannot know others' without having been asked
			a.message, err = server.Post("ana", "@summitbot", fmt.Sprintf("Why was Alaska chosen? %d", i))
		default:
			a.kind = "command"
			a.command, err = server.Command(a.user, channel, "ask", map[string]any{"question": fmt.Sprintf("Why was Alaska chosen? %d", i)})
		}
		if err != nil {
			t.Errorf("asking: %v", err)
			return all
		}
		all = append(all, a)
	}
	return all
}

// chaosSettles waits until no question is open.
func chaosSettles(t *testing.T, data string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Folder: data})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		n, err := s.OpenQuestions(t.Context())
		switch {
		case err != nil:
			t.Fatal(err)
		case n == 0:
			return
		case time.Now().After(deadline):
			t.Fatalf("%d questions are still open", n)
		}
	}
}

// chaosAnswers counts the answers to a question, and tells whether it was
// accepted: a message is, for it can be read again; a command is when it was
// acknowledged.
func chaosAnswers(t *testing.T, server *testserver.Server, a chaosAsk) (n int, accepted bool) {
	t.Helper()
	if a.kind != "command" {
		channel, user := a.message.ChannelID, ""
		list, err := server.MessagesFor(user, channel, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.Author.Bot && m.MessageReference != nil && m.MessageReference.MessageID == a.message.ID && !m.Loading() {
				// A question that five runs in a row were killed over is given up.
				if n++; !strings.Contains(m.Text(), "[1]") && m.Text() != bot.Words("en").GaveUp {
					t.Errorf("a %s is answered with %q", a.kind, m.Text())
				}
			}
		}
		return n, true
	}
	in, err := server.Interaction(a.command.ID)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := server.Message(in.MessageID); err == nil && in.MessageID != "" && !m.Loading() {
		n++
	}
	list, err := server.Messages(in.Channel, 0)
	if err != nil {
		t.Fatal(err)
	}
	user := server.UserID(a.user)
	for _, m := range list {
		if m.Author.Bot && strings.Contains(m.Text(), "<@"+user+">") {
			n++
		}
	}
	return n, in.MessageID != ""
}
