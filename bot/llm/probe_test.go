package llm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
)

// parrot replies with the beginning of the prompt that it reads.
func parrot(r llmtest.Request) llmtest.Reply {
	word, _, _ := strings.Cut(r.Messages[0].Content, " ")
	return llmtest.Reply{Text: `{"a":"` + word + `"}`}
}

func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		answer        func(llmtest.Request) llmtest.Reply
		context       int // of the server
		mode          llm.JSONMode
		inForm, found bool
		tokens        int // what the server says at most; 0 for any number
	}{
		"well":              {parrot, 0, llm.Schema, true, true, 0},
		"a long context":    {parrot, 5000, llm.Schema, true, true, 0},
		"a short context":   {parrot, 500, llm.Schema, true, false, 500},
		"words around":      {says("Here you are: {\"a\":\"needle\"}\nAnything else?"), 0, llm.Schema, true, true, 0},
		"no JSON":           {says("needle"), 0, llm.Schema, false, true, 0},
		"another object":    {says(`{"b":"needle"}`), 0, llm.Schema, false, true, 0},
		"a list":            {says(`["needle"]`), 0, llm.Schema, false, true, 0},
		"knows no schemas":  {refusing("json_schema", parrot), 0, llm.Object, true, true, 0},
		"knows no form":     {refusing("json_", parrot), 0, llm.Text, true, true, 0},
		"thinks about JSON": {says("<think>{</think>{\"a\":\"needle\"}"), 0, llm.Schema, true, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			srv := llmtest.New(t)
			srv.Answer, srv.Context = c.answer, c.context
			model, _ := client(t, srv, nil)
			got, err := model.Probe(t.Context(), llm.Request{
				System: "needle " + strings.Repeat("hay ", 2000), User: "u", Schema: schema, SchemaName: "answer", MaxTokens: 100,
			}, "needle")
			if err != nil {
				t.Fatal(err)
			}
			if got.Mode != c.mode || got.InForm != c.inForm || got.Found != c.found || got.Took <= 0 {
				t.Errorf("found %+v", got)
			}
			if got.PromptTokens == 0 || c.tokens > 0 && got.PromptTokens > c.tokens {
				t.Errorf("the prompt had %d tokens", got.PromptTokens)
			}
		})
	}
	srv := llmtest.New(t, llmtest.Reply{Status: 401, Body: `{"error":{"message":"no ` + canary + `"}}`})
	model, _ := client(t, srv, nil)
	_, err := model.Probe(t.Context(), llm.Request{Schema: schema}, "needle")
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || e.Kind != llm.Unauthorised || !strings.Contains(e.Mend(), "OPENAI_API_KEY") || strings.Contains(err.Error(), canary) {
		t.Errorf("a wrong key: %v", err)
	}
}

// says is a model that says one thing.
func says(text string) func(llmtest.Request) llmtest.Reply {
	return func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Text: text} }
}

// refusing is a model whose server does not know some forms of replies.
func refusing(form string, otherwise func(llmtest.Request) llmtest.Reply) func(llmtest.Request) llmtest.Reply {
	return func(r llmtest.Request) llmtest.Reply {
		if r.ResponseFormat != nil && strings.HasPrefix(r.ResponseFormat.Type, form) {
			return llmtest.Reply{Status: 400, Body: `{"error":{"message":"response_format is not supported"}}`}
		}
		return otherwise(r)
	}
}

func TestModels(t *testing.T) {
	srv := llmtest.New(t)
	srv.Known = []string{"tiny", "large"}
	model, _ := client(t, srv, nil)
	if got, err := model.Models(t.Context()); err != nil || !slices.Equal(got, srv.Known) {
		t.Errorf("the models are %q, %v", got, err)
	}
	gone, _ := client(t, srv, func(c *llm.Config) { c.BaseURL += "/nothing" })
	if _, err := gone.Models(t.Context()); !kind(err, llm.NoModel) {
		t.Errorf("a server without a list: %v", err)
	}
}

// kind says whether an error is of a kind.
func kind(err error, k llm.Kind) bool {
	e, ok := errors.AsType[*llm.Error](err)
	return ok && e.Kind == k
}
