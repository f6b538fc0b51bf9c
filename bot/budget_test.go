package bot

import (
	"context"
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
)

// ledgered counts what is put down.
type ledgered struct{ rows, tokens int }

func (l *ledgered) Spent(context.Context) (int, error) { return l.tokens, nil }

func (l *ledgered) Spend(_ context.Context, _ Question, u Usage) error {
	l.rows++
	l.tokens += u.Tokens()
	return nil
}

// What no model has worked on costs nothing; what one has worked on does, even
// if nothing came of it.
func TestOnlyWorkIsPaidFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply llmtest.Reply
		paid  bool
	}{
		"a wrong key":         {llmtest.Reply{Status: 401}, false},
		"a server that fails": {llmtest.Reply{Status: 500}, false},
		"too many requests":   {llmtest.Reply{Status: 429, RetryAfter: "60"}, false},
		"no balance":          {llmtest.Reply{Status: 402}, false},
		"an error in a 200":   {llmtest.Reply{Status: 200, Body: `{"error":"overloaded"}`}, false},
		"a page":              {llmtest.Reply{Status: 200, Body: "<html>"}, false},
		"a dropped call":      {llmtest.Reply{Text: "{", Fault: llmtest.Drop}, false},
		"a silent server":     {llmtest.Reply{Text: "{", Fault: llmtest.Stall}, false},
		"half a reply":        {llmtest.Reply{Text: `{"verdict":"ans`, Fault: llmtest.End, After: 3}, true},
		"a reply too long":    {llmtest.Reply{Text: `{"verdict":"ans`, Finish: "length"}, true},
		"no form":             {llmtest.Reply{Text: "I think so."}, true},
		"no count":            {llmtest.Reply{Text: "I think so.", NoUsage: true}, true},
		"thoughts alone":      {llmtest.Reply{Text: "<think>" + strings.Repeat("hm ", 100) + "</think>", NoUsage: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paid := &ledgered{}
			a := modelled(t, llmtest.New(t, c.reply), func(o *Options) { o.DailyTokens, o.Spending = 100_000, paid })
			for _, question := range []string{"why Alaska?", "why in Alaska?", "why there, in Alaska?"} { // the breaker opens
				if _, err := a.Answer(t.Context(), Question{Kind: Ask, Text: question}); err != nil {
					t.Fatal(err)
				}
			}
			if c.paid != (paid.rows > 0) || c.paid != (paid.tokens > 5000) {
				t.Errorf("%d tokens are put down in %d rows", paid.tokens, paid.rows)
			}
			if a.writer.budget.used != paid.tokens {
				t.Errorf("the budget counts %d, the purse %d", a.writer.budget.used, paid.tokens)
			}
		})
	}
}
