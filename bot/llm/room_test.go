package llm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// narrow is a server whose context has so many tokens, of which a prompt takes
// one for each of its bytes in four.
func narrow(context int) func(llmtest.Request) llmtest.Reply {
	return func(r llmtest.Request) llmtest.Reply {
		prompt := 0
		for _, m := range r.Messages {
			prompt += len(m.Content) / 4
		}
		if prompt+r.MaxTokens > context {
			return llmtest.Reply{Status: 400, Body: fmt.Sprintf(`{"object":"error","code":400,"message":"This model's maximum context length is %d tokens. However, you requested %d tokens (%d in the messages, %d in the completion)."}`,
				context, prompt+r.MaxTokens, prompt, r.MaxTokens)}
		}
		return llmtest.Reply{Text: `{"a":"b"}`}
	}
}

// A reply that the context has not the room for is asked for shorter, once,
// and is not asked for longer again.
func TestShorterReply(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(narrow(2000))
	c, log := client(t, srv, nil)
	for i, prompt := range []int{1000, 1000, 1200, 100} {
		_, err := c.Stream(t.Context(), llm.Request{System: strings.Repeat("word ", prompt*4/5), Schema: schema, SchemaName: "answer", MaxTokens: 1500}, func(string) error { return nil })
		if err != nil {
			t.Errorf("prompt %d: %v", i, err)
		}
	}
	var asked []int
	for _, r := range srv.Requests() {
		asked = append(asked, r.MaxTokens)
	}
	if len(asked) != 5 || asked[0] != 1500 || asked[1] < 900 || asked[3] >= asked[2] || asked[4] != 1500 {
		t.Errorf("replies of %d tokens were asked for", asked)
	}
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "a context of 2000") {
		t.Errorf("it logged %s", log)
	}
}

// A prompt that the context has not the room for is an error that says for how
// much of it there is.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(narrow(4096))
	c, _ := client(t, srv, nil)
	_, err := c.Stream(t.Context(), llm.Request{System: strings.Repeat("word ", 5200), Schema: schema, SchemaName: "answer", MaxTokens: 2500}, func(string) error { return nil })
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || e.Kind != llm.NoRoom || e.Limit != 4096 || e.Wanted != 9000 || len(srv.Requests()) != 1 {
		t.Fatalf("after %d requests: %v", len(srv.Requests()), err)
	}
	if fits := e.Fits(2500); fits < .40 || fits > .43 {
		t.Errorf("%v of the prompt fits", fits)
	}
	if fits := (&llm.Error{Kind: llm.NoRoom}).Fits(2500); fits != .5 {
		t.Errorf("where the server does not tell, %v of it fits", fits)
	}
}
