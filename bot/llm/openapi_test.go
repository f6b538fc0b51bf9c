package llm_test

import (
	"encoding/json"
	"os"
	"testing"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"

	"github.com/getkin/kin-openapi/openapi3"
)

// Every request for a completion validates against
// OpenAI's description of its API, whose file OPENAI_OPENAPI names.
func TestRequestsAreValid(t *testing.T) {
	file := os.Getenv("OPENAI_OPENAPI")
	if file == "" {
		if os.Getenv("SUMMITBOT_CI") != "" {
			t.Fatal("OPENAI_OPENAPI does not name OpenAI's description of its API")
		}
		t.Skip("OPENAI_OPENAPI does not name OpenAI's description of its API")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	schema := doc.Components.Schemas["CreateChatCompletionRequest"]
	if schema == nil {
		t.Fatal("the description has no CreateChatCompletionRequest")
	}
	for _, model := range []string{"gpt-4.1-mini", "gpt-5-mini", "o3", "llama3.1"} {
		for _, mode := range []llm.JSONMode{llm.Schema, llm.Object, llm.Text} {
			srv := llmtest.New(t, llmtest.Reply{Text: "{}"})
			c, _ := client(t, srv, func(cfg *llm.Config) { cfg.Model, cfg.JSON = model, mode })
			if _, _, err := ask(t, c); err != nil {
				t.Fatal(err)
			}
			var body any
			if err := json.Unmarshal(srv.Requests()[0].Body, &body); err != nil {
				t.Fatal(err)
			}
			if err := schema.Value.VisitJSON(body); err != nil {
				t.Errorf("%s %s: %v", model, mode, err)
			}
			delete(body.(map[string]any), "messages")
			if schema.Value.VisitJSON(body) == nil {
				t.Error("a request without messages is taken")
			}
		}
	}
}
