package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"summitbot/bot/testserver"
	"summitbot/bot/testserver/discordtest"

	"github.com/gorilla/websocket"
)

// A fakeBot does what it is told, and so does wrong what it is told to. What
// it is asked is the name of a behaviour, such as "@bot twice".
type fakeBot struct {
	t     *testing.T
	url   string
	ws    *websocket.Conn
	id    string
	limit time.Duration
	wg    sync.WaitGroup

	mu      sync.Mutex
	answers map[string]string // its first answer, by the question
	keeps   map[string]bool   // questions whose answers stand, come what may
}

// asked is what the bot reads of an event.
type asked struct {
	ID        string
	ChannelID string `json:"channel_id"`
	Content   string
	Author    struct{ Bot bool }
	Mentions  []struct{ ID string }
	Token     string
	Data      struct {
		Options []struct{ Value string }
	}
}

// startFakeBot connects a bot, which has the command /ask.
func startFakeBot(t *testing.T, server *discordtest.Server, limit time.Duration) *fakeBot {
	t.Helper()
	b := &fakeBot{t: t, url: server.URL, limit: limit, answers: map[string]string{}, keeps: map[string]bool{}}
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/gateway", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		res.Body.Close()
	}
	b.ws = ws
	identify := `{"op":2,"d":{"token":"any","intents":37376,"properties":{}}}` // messages anywhere, with their content
	if err := ws.WriteMessage(websocket.TextMessage, []byte(identify)); err != nil {
		t.Fatal(err)
	}
	if err := server.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.id = server.UserID("bot")
	b.call("PUT", "/applications/"+b.id+"/commands", `[{"name":"ask","description":"asks","options":[{"type":3,"name":"how","description":"how to answer"}]}]`)
	b.wg.Go(b.listen)
	t.Cleanup(b.leave)
	return b
}

// leave ends the connection and all that the bot does.
func (b *fakeBot) leave() {
	b.ws.Close()
	b.wg.Wait()
	http.DefaultClient.CloseIdleConnections()
}

// listen acts on events until the connection ends.
func (b *fakeBot) listen() {
	for {
		_, data, err := b.ws.ReadMessage()
		if err != nil {
			return
		}
		var event struct {
			T string
			D json.RawMessage
		}
		var a asked
		if json.Unmarshal(data, &event) != nil || json.Unmarshal(event.D, &a) != nil || a.Author.Bot {
			continue
		}
		b.wg.Go(func() {
			switch event.T {
			case "MESSAGE_CREATE":
				b.onMessage(a)
			case "MESSAGE_UPDATE":
				b.onEdit(a)
			case "MESSAGE_DELETE":
				b.onDelete(a)
			case "INTERACTION_CREATE":
				b.onCommand(a)
			}
		})
	}
}

// call makes a REST call and returns the id in its answer.
func (b *fakeBot) call(method, path, body string) string {
	r, err := http.NewRequest(method, b.url+"/api/v10"+path, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return ""
	}
	r.Header.Set("Authorization", "Bot any")
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Error(err)
		return ""
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Error(err)
	}
	var made struct{ ID string }
	if bytes.HasPrefix(data, []byte("{")) && json.Unmarshal(data, &made) != nil {
		b.t.Errorf("%s %s: %s", method, path, data)
	}
	return made.ID
}

func (b *fakeBot) post(a asked, text string) string {
	return b.call("POST", "/channels/"+a.ChannelID+"/messages", fmt.Sprintf(`{"content":%q,"message_reference":{"message_id":%q,"fail_if_not_exists":false}}`, text, a.ID))
}

func (b *fakeBot) edit(a asked, message, text string) {
	b.call("PATCH", "/channels/"+a.ChannelID+"/messages/"+message, fmt.Sprintf(`{"content":%q}`, text))
}

// onMessage answers a message in the way that it asks for.
func (b *fakeBot) onMessage(a asked) {
	for how := range strings.FieldsSeq(a.Content) {
		switch how {
		case "fine":
			b.answered(a, b.post(a, "an answer"))
		case "slowly":
			b.edit(a, b.post(a, "…"), "an answer")
		case "pages":
			b.post(a, "1/2")
			b.post(a, "2/2")
		case "keeps":
			b.mu.Lock()
			b.keeps[a.ID] = true
			b.mu.Unlock()
			b.answered(a, b.post(a, "an answer"))
		case "twice":
			b.post(a, "an answer")
			b.post(a, "another answer")
		case "page-twice":
			b.post(a, "1/2")
			b.post(a, "2/2")
			b.post(a, "2/2")
		case "late":
			time.Sleep(b.limit + time.Second)
			b.post(a, "an answer")
		case "unfinished":
			b.post(a, "…")
		case "a-page":
			b.post(a, "1/2")
		case "apologises":
			b.post(a, "sorry")
		case "breaks-rules":
			b.answered(a, b.post(a, "an answer"))
			b.call("POST", "/channels/"+a.ChannelID+"/messages", `{"content":""}`)
		case "talks":
			b.answered(a, b.post(a, "an answer"))
			b.call("POST", "/channels/"+a.ChannelID+"/messages", `{"content":"by the way"}`)
		}
	}
}

func (b *fakeBot) answered(a asked, message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[a.ID] = message
}

func (b *fakeBot) answer(a asked) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.answers[a.ID]
}

// onEdit answers an edited message anew, in place unless it is told otherwise.
func (b *fakeBot) onEdit(a asked) {
	switch {
	case strings.Contains(a.Content, "in-place"):
		b.edit(a, b.answer(a), "a new answer")
	case strings.Contains(a.Content, "in-vain"):
		b.edit(a, b.answer(a), "an answer")
	case strings.Contains(a.Content, "beside"):
		b.post(a, "a new answer")
	}
}

// onDelete deletes the answer to a deleted message, if it knows of one.
func (b *fakeBot) onDelete(a asked) {
	b.mu.Lock()
	id, keeps := b.answers[a.ID], b.keeps[a.ID]
	b.mu.Unlock()
	if id != "" && !keeps {
		b.call("DELETE", "/channels/"+a.ChannelID+"/messages/"+id, "")
	}
}

// onCommand answers a command in the way that it asks for.
func (b *fakeBot) onCommand(a asked) {
	how := ""
	for _, o := range a.Data.Options {
		how = o.Value
	}
	respond := func(body string) { b.call("POST", "/interactions/"+a.ID+"/"+a.Token+"/callback", body) }
	original := "/webhooks/" + b.id + "/" + a.Token + "/messages/@original"
	switch how {
	case "fine":
		respond(`{"type":4,"data":{"content":"an answer"}}`)
	case "slowly":
		respond(`{"type":5}`)
		b.call("PATCH", original, `{"content":"an answer"}`)
	case "twice":
		respond(`{"type":4,"data":{"content":"an answer"}}`)
		b.call("POST", "/webhooks/"+b.id+"/"+a.Token, `{"content":"an answer"}`)
	case "unfinished":
		respond(`{"type":5}`)
	case "late":
		respond(`{"type":5}`)
		time.Sleep(b.limit + time.Second)
		b.call("PATCH", original, `{"content":"an answer"}`)
	case "apologises":
		respond(`{"type":4,"data":{"content":"sorry"}}`)
	case "form":
		respond(`{"type":9,"data":{"custom_id":"f","title":"f","components":[{"type":18,"label":"what","component":{"type":4,"custom_id":"t","style":1}}]}}`)
	}
}

// read reads the fake bot's messages.
func read(m testserver.Message) (r reading) {
	switch m.Content {
	case "…":
		r.unfinished = true
	case "sorry":
		r.apology = m.Content
	case "1/2", "2/2":
		r.page, r.of = int(m.Content[0]-'0'), 2
	}
	return r
}

// A watched world is a server with a checker and the fake bot.
type watched struct {
	*testing.T
	server  *discordtest.Server
	checker *checker
	bot     *fakeBot
	done    []answer
}

func newWatched(t *testing.T, o options) *watched {
	t.Helper()
	w := &watched{T: t}
	o.limit, o.read = cmp.Or(o.limit, 4*time.Second), read
	o.answered = func(a answer) { w.done = append(w.done, a) }
	w.checker = newChecker(o)
	w.server = discordtest.New(t, testserver.Options{DefaultBot: "bot", GlobalPerSecond: -1, Watch: w.checker.watch})
	w.bot = startFakeBot(t, w.server, o.limit)
	return w
}

// say has a member say something.
func (w *watched) say(kind string, want wanted, content string) (posted testserver.Message) {
	w.Helper()
	err := w.checker.ask(kind, want, func() (err error) {
		posted, err = w.server.Post("ana", "general", content)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return posted
}

// use has a member use the command.
func (w *watched) use(kind string, want wanted, how string) {
	w.Helper()
	err := w.checker.ask(kind, want, func() error {
		_, err := w.server.Command("ana", "general", "ask", map[string]any{"how": how})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// known waits until the bot knows its answer to a message, which others may
// have seen before it: it knows what to edit and delete from then on.
func (w *watched) known(id string) {
	w.Helper()
	for deadline := time.Now().Add(time.Minute); w.bot.answer(asked{ID: id}) == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("the bot has not answered %s", id)
		}
	}
}

// settled waits until nothing is open, and then a little for what comes late.
func (w *watched) settled() {
	w.Helper()
	for deadline := time.Now().Add(time.Minute); w.checker.open() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("%d are still open", w.checker.open())
		}
	}
}
