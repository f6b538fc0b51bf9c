package bot

import (
	"fmt"
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
	"summitbot/prompts"
)

// measured is a server whose context has so many tokens, a prompt's bytes in
// four among them, and that counts the requests it refuses.
func measured(context int, answer llmtest.Reply) func(llmtest.Request) llmtest.Reply {
	return func(r llmtest.Request) llmtest.Reply {
		prompt := 0
		for _, m := range r.Messages {
			prompt += prompts.Tokens(len(m.Content))
		}
		if prompt+r.MaxTokens > context {
			return llmtest.Reply{Status: 400, Body: fmt.Sprintf(`{"error":{"message":"request (%d tokens) exceeds the available context size (%d tokens)","n_prompt_tokens":%d,"n_ctx":%d}}`,
				prompt, context, prompt, context)}
		}
		return answer
	}
}

// Where the article is too much for a model's context, it is asked with less of
// it, and from then on at once.
func TestFewerPassages(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t)
	srv.Answers(llmtest.Judging(measured(4096, reply("answered", choice)), honest))
	a := modelled(t, srv, nil)
	for i, question := range []string{"why Alaska?", "Why was Alaska chosen?"} {
		ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: question})
		if err != nil || ans.Mode != FromModel || ans.Fallback != NoFallback || ans.Usage.Calls != 2 {
			t.Fatalf("%s %q, %d calls, %v", ans.Mode, ans.Fallback, ans.Usage.Calls, err)
		}
		if asked, _ := written(srv); len(asked) != 2+i {
			n := len(asked)
			t.Errorf("question %d: the model was asked %d times", i+1, n)
		}
	}
	all, _ := written(srv)
	for _, r := range all[1:] {
		if text := r.Messages[0].Content; len(text) >= len(all[0].Messages[0].Content) || !strings.Contains(text, s45) {
			t.Errorf("a prompt of %d bytes does not show what was asked about", len(text))
		}
	}
}

// A model that has no room for anything is asked twice, and spends nothing.
func TestNoRoomAtAll(t *testing.T) {
	t.Parallel()
	for name, said := range map[string]string{
		"with numbers": `{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 9000 tokens (6500 in the messages, 2500 in the completion)."}}`,
		"without":      `{"error":{"message":"Please reduce the length of the messages.","code":"context_length_exceeded"}}`,
		"too little":   `{"error":{"message":"prompt is too long: 6500 tokens > 200 maximum"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, llmtest.Reply{Status: 400, Body: said})
			a := modelled(t, srv, func(o *Options) { o.DailyTokens = 10 })
			for range 4 {
				ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "why Alaska?"})
				if err != nil || ans.Fallback != NoModelReply || len(ans.Claims) == 0 {
					t.Errorf("%q, %d claims, %v", ans.Fallback, len(ans.Claims), err)
				}
			}
			if n := len(srv.Requests()); n > 8 {
				t.Errorf("the model was asked %d times", n)
			}
		})
	}
}
