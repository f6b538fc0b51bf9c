package llm_test

import (
	"testing"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// What a model is asked with goes by its name at first, and every name is
// asked.
func TestThinkingModels(t *testing.T) {
	for name, thinks := range map[string]bool{
		"gpt-5-mini": true, "gpt-6": true, "o3": true, "o4-mini-2025-04-16": true,
		"o3mini": false, "gpt-5o": false, "o1js-coder": false, "gpt-50b": false, "o3_local": false, "tiny": false, "gpt-6-sol": true, "code-davinci-002": false,
	} {
		srv := llmtest.New(t, llmtest.Reply{Text: object})
		c, _ := client(t, srv, func(cfg *llm.Config) { cfg.Model = name })
		if _, _, err := ask(t, c); err != nil {
			t.Fatal(err)
		}
		r := srv.Requests()[0]
		if thinks != (r.MaxCompletion == 100 && r.MaxTokens == 0 && !r.Has("temperature")) || thinks == (r.MaxTokens == 100 && r.Has("temperature")) {
			t.Errorf("%s: the request is %s", name, r.Body)
		}
	}
}
