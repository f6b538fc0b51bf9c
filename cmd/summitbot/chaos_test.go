package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/store"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"
	"summitbot/bot/wording"
)

// What the chaos tests ask, and how often they kill.
const (
	chaosQuestions = 500
	chaosEvery     = 40 * time.Millisecond // one is asked: they are asked all the time
	chaosKills     = 25
	chaosWriters   = 7 // members who write to the bot directly
)

// chaosFaults are what Discord does meanwhile.
var chaosFaults = testserver.Faults{Seed: 3, RetryAfter: 50 * time.Millisecond, Rate: map[string]float64{
	"drop_socket": .005, "duplicate_events": .1, "rate_limit_429": .05, "bad_gateway_502": .03, "bad_gateway_after": .03,
}}

// 500 questions while the bot is killed 25 times, a third of the model's
// replies fail, and Discord cuts connections, sends events twice and answers
// with 429 and 502: each that was accepted is answered, and once.
func TestChaos(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return postgrestest.New(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChaos(t, testserver.Options{}, store.Options{Folder: filepath.Join(t.TempDir(), "data"), URL: url(t)})
			dice := rand.New(rand.NewPCG(1, 2))
			run := func() *process {
				p := launchAs(t, c.program, c.vars, "serve")
				p.ready()
				// One that stands by, while another seems to live, is ready too.
				p.await(p.stderr, "connected to the gateway", 1)
				return p
			}
			p := run()
			c.introduce(p, "one", "two")
			asked := c.ask(chaosEvery, "one", "two")
			for range chaosKills {
				time.Sleep(time.Duration(100+dice.IntN(700)) * time.Millisecond)
				p.signal(os.Kill)
				<-p.ended
				p = run()
			}
			all := <-asked
			c.discord.SetFaults(testserver.Faults{})

			// A last run without faults ends everything that is open.
			p.signal(os.Kill)
			<-p.ended
			run()
			c.settle()
			c.count(all, chaosQuestions, chaosKills+1)
		})
	}
}

// A chaos is a test server, a model and a store, for bots that do not live
// long.
type chaos struct {
	*testing.T
	discord *discordtest.Server
	model   *payingModel
	kept    store.Options
	program string
	vars    []string            // settings of the bots
	said    map[string][]saying // by channel, in the end
}

// program builds the program as it is released, once. The race detector, which
// looks at it in the other tests, would make a process that is to die within a
// second spend most of that on starting.
var program = sync.OnceValues(func() (string, error) {
	var err error
	if programFolder, err = os.MkdirTemp("", "summitbot"); err != nil {
		return "", err
	}
	name := filepath.Join(programFolder, "summitbot")
	if out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return name, nil
})

func newChaos(t *testing.T, o testserver.Options, kept store.Options) *chaos {
	t.Helper()
	o.Bots, o.GlobalPerSecond, o.Faults = []testserver.Bot{{Name: "summitbot", Token: botToken}}, -1, chaosFaults
	c := &chaos{T: t, discord: discordtest.New(t, o), model: &payingModel{paid: map[string]int{}}, kept: kept, said: map[string][]saying{}}
	var err error
	if c.program, err = program(); err != nil {
		t.Fatal(err)
	}
	c.model.server = &llmtest.Server{Answer: c.model.answer}
	model := httptest.NewServer(c.model.server)
	t.Cleanup(model.Close)
	c.vars = []string{
		"DISCORD_TOKEN=" + botToken, "DISCORD_API_URL=" + c.discord.URL, "DATA_DIR=" + kept.Folder, "DATABASE_URL=" + kept.URL, "QUESTIONS_PER_MINUTE=0",
		"OPENAI_BASE_URL=" + model.URL + "/v1", "OPENAI_MODEL=scripted",
		"OPENAI_PARALLEL=1", // a killed process loses as many replies as it was waiting for
	}
	return c
}

// programFolder is where the program was built; the test run removes it.
var programFolder string

// A payingModel answers with quotations, but for every third request, and
// counts how often the answer to each question was written to its end.
type payingModel struct {
	server *llmtest.Server
	delay  atomic.Int64 // in nanoseconds

	mu       sync.Mutex
	requests int
	paid     map[string]int
}

// chaosNumber is what tells the questions of a chaos apart.
var chaosNumber = regexp.MustCompile(`#\d+`)

func (m *payingModel) answer(r llmtest.Request) llmtest.Reply {
	time.Sleep(time.Duration(m.delay.Load()))
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests++; m.requests%3 == 0 {
		return llmtest.Reply{Status: http.StatusInternalServerError}
	}
	if all := chaosNumber.FindAllString(r.Messages[len(r.Messages)-1].Content, -1); len(all) > 0 {
		m.paid[all[len(all)-1]]++ // those before are what it goes on from
	}
	return llmtest.Quoting(0)(r)
}

// twice is how many answers were paid for more than once.
func (m *payingModel) twice() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, times := range m.paid {
		n += times - 1
	}
	return n
}

// introduce asks once in every channel, and has everybody who will write to the
// bot do so once, so that they are known from then on.
func (c *chaos) introduce(p *process, channels ...string) {
	c.Helper()
	w := &world{p, c.discord.Server}
	for _, channel := range channels {
		w.answerTo(w.say("ana", channel, why), "[1]")
	}
	for i := range chaosWriters {
		w.answerTo(w.say(fmt.Sprint("writer-", i), "@summitbot", why), "[1]")
	}
}

// chaosAsk is one question, and what has become of it.
type chaosAsk struct {
	kind, user string
	message    testserver.Message     // of a mention or a direct message
	command    testserver.Interaction // of a command
}

// ask asks all the questions, one after the other, in the channels given and
// in direct messages.
func (c *chaos) ask(every time.Duration, channels ...string) <-chan []chaosAsk {
	asked := make(chan []chaosAsk, 1)
	go func() {
		var all []chaosAsk
		defer func() { asked <- all }()
		for i := range chaosQuestions {
			select {
			case <-c.Context().Done():
				return
			case <-time.After(every):
			}
			a, err := c.askOne(i, channels[i/3%len(channels)])
			if err != nil {
				c.Errorf("asking: %v", err)
				return
			}
			all = append(all, a)
		}
	}()
	return asked
}

func (c *chaos) askOne(i int, channel string) (a chaosAsk, err error) {
	a.user = fmt.Sprintf("member-%d", i)
	text := fmt.Sprintf("Why was Alaska chosen? #%d", i)
	switch i % 3 {
	case 0:
		a.kind = "mention"
		a.message, err = c.discord.Post(a.user, channel, "@summitbot "+text)
	case 1:
		a.kind = "direct message" // of those whom the bot knows, each of whom is answered one after the other
		a.message, err = c.discord.Post(fmt.Sprint("writer-", i%chaosWriters), "@summitbot", text)
	default:
		a.kind = "command"
		a.command, err = c.discord.Command(a.user, channel, "ask", map[string]any{"question": text})
	}
	return a, err
}

// settle waits until no question is open, for longer than it takes a process to
// move there what it has accepted while the store was away.
func (c *chaos) settle() {
	c.Helper()
	s, err := store.Open(c.Context(), c.kept)
	if err != nil {
		c.Fatal(err)
	}
	defer s.Close()
	for deadline, quiet := time.Now().Add(5*patience), 0; quiet < 75; time.Sleep(200 * time.Millisecond) {
		n, err := s.OpenQuestions(c.Context())
		if quiet++; err != nil || n > 0 { // what was missed is read first
			quiet = 0
		}
		if time.Now().After(deadline) {
			c.Fatalf("%d questions are still open, %v", n, err)
		}
	}
}

// count counts the answers, and prints the table.
func (c *chaos) count(all []chaosAsk, want, kills int) {
	c.Helper()
	type row struct{ asked, accepted, lost, doubled int }
	table := map[string]*row{"mention": {}, "direct message": {}, "command": {}}
	for _, a := range all {
		row := table[a.kind]
		row.asked++
		n, accepted := c.answers(a)
		if accepted {
			row.accepted++
		}
		switch {
		case n == 0 && accepted:
			row.lost++
			c.Errorf("a %s of %s was lost: %s%s", a.kind, a.user, a.message.ID, a.command.ID)
		case n > 1:
			row.doubled++
			c.Errorf("a %s of %s was answered %d times", a.kind, a.user, n)
		}
	}
	c.Logf("%-16s %6s %9s %5s %8s", "", "asked", "accepted", "lost", "doubled")
	for _, kind := range []string{"mention", "direct message", "command"} {
		c.Logf("%-16s %6d %9d %5d %8d", kind, table[kind].asked, table[kind].accepted, table[kind].lost, table[kind].doubled)
	}
	c.Logf("%d kills, %d requests to the model for %d questions, %d answers paid twice", kills, c.model.requests, len(all), c.model.twice())
	if len(all) != want {
		c.Errorf("only %d questions were asked", len(all))
	}
	if c.model.twice() > kills {
		c.Errorf("%d answers were paid for twice, more than one for each kill", c.model.twice())
	}
}

// A saying is a message of the bot's in some channel.
type saying struct{ answers, text, id, edited string }

// sayings are the bot's messages in a channel that are finished.
func (c *chaos) sayings(channel string) (all []saying) {
	c.Helper()
	if known, ok := c.said[channel]; ok {
		return known
	}
	list, err := c.discord.MessagesFor("", channel, 0)
	if err != nil {
		c.Fatal(err)
	}
	for _, m := range list {
		if !m.Author.Bot || m.Loading() {
			continue
		}
		s := saying{text: m.Text(), id: m.ID}
		if m.EditedTimestamp != nil {
			s.edited = *m.EditedTimestamp
		}
		if m.MessageReference != nil {
			s.answers = m.MessageReference.MessageID
		}
		all = append(all, s)
	}
	c.said[channel] = all
	return all
}

// answers counts the answers to a question, and tells whether it was accepted:
// a message is, for it can be read again; a command is when it was
// acknowledged.
func (c *chaos) answers(a chaosAsk) (n int, accepted bool) {
	c.Helper()
	if a.kind != "command" {
		for _, s := range c.sayings(a.message.ChannelID) {
			if s.answers != a.message.ID {
				continue
			}
			// A question that claim after claim was killed over is given up.
			if n++; !strings.Contains(s.text, "[1]") && s.text != wording.For("en").GaveUp {
				c.Errorf("the %s %s is answered with %q in %s, last edited %s", a.kind, a.message.ID, s.text, s.id, s.edited)
			}
		}
		return n, true
	}
	in, err := c.discord.Interaction(a.command.ID)
	if err != nil {
		c.Fatal(err)
	}
	if m, err := c.discord.Message(in.MessageID); err == nil && in.MessageID != "" && !m.Loading() {
		n++
	}
	user := c.discord.UserID(a.user)
	for _, s := range c.sayings(in.Channel) {
		if strings.Contains(s.text, "<@"+user+">") {
			n++
		}
	}
	return n, in.MessageID != ""
}
