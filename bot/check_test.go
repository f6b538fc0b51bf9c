package bot

import (
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		judge    string // what it says of everything; empty for a server that is down
		message  string
		findings []Finding
		fallback Fallback
	}{
		"supported":      {"supported", "Alaska was chosen on purpose.", []Finding{Supported}, NoFallback},
		"contradicted":   {"contradicted", "Alaska was picked at random.", []Finding{Contradicted}, NoFallback},
		"not said":       {"not_said", "Alaska is cold.", []Finding{NotSaid}, NoFallback},
		"no such word":   {"certainly", "Alaska is cold.", []Finding{Unjudged}, NoFallback},
		"no reply":       {"", "Alaska was sold.", []Finding{Unjudged}, NoModelReply},
		"nothing at all": {"supported", "🍕", nil, NoFallback},
		"word for word":  {"contradicted", "the choice of Alaska as the summit location is far from ARBITRARY", []Finding{Supported}, NoFallback},
		"several claims": {"contradicted", "The choice of Alaska as the summit location is far from arbitrary. Putin likes cats!", []Finding{Contradicted, Supported}, NoFallback},
		"a question":     {"not_said", "The choice of Alaska is arbitrary?", []Finding{NotSaid}, NoFallback},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := llmtest.New(t, llmtest.Reply{Status: 401})
			if c.judge != "" {
				srv.Answers(llmtest.Judging(nil, func(llmtest.JudgeCheck) string { return c.judge }))
			}
			got, err := modelled(t, srv, nil).Check(t.Context(), c.message)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Parts) != len(c.findings) || got.Fallback != c.fallback {
				t.Fatalf("%+v %q, want %v %q", got.Parts, got.Fallback, c.findings, c.fallback)
			}
			for i, p := range got.Parts {
				if p.Finding != c.findings[i] || len(p.Claims) == 0 {
					t.Errorf("%q is %s with %d sentences, want %s", p.Text, p.Finding, len(p.Claims), c.findings[i])
				}
			}
		})
	}
}

// Without a judge nothing is said of a claim but what is exact.
func TestCheckWithoutAJudge(t *testing.T) {
	got, err := seedAnswerer(t).Check(t.Context(), "Alaska was picked at random. "+strings.Repeat("And so on. ", 50))
	if err != nil || len(got.Parts) != mostParts || got.Parts[0].Finding != Unjudged || len(got.Parts[0].Claims) != weighed || !got.More {
		t.Errorf("%+v, %v", got, err)
	}
}
