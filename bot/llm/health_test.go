package llm_test

import (
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
)

// The log tells once of each kind of failure, and when the model is back: as a
// warning, too, for those who read nothing else.
func TestEachFailureIsToldOnce(t *testing.T) {
	t.Parallel()
	refused := llmtest.Reply{Status: 400, Body: `{"error":{"message":"Content Exists Risk"}}`}
	long, cut, well := llmtest.Reply{Text: "{", Finish: "length"}, llmtest.Reply{Text: `{"a`}, llmtest.Reply{Text: object}
	odd := llmtest.Reply{Status: 400, Body: `{"error":"the moon is in the wrong house"}`}
	key := llmtest.Reply{Status: 401}
	c, log := client(t, llmtest.New(t, well, refused, refused, long, refused, key, key, cut, well, well, odd, odd, well), nil)
	for range 13 {
		ask(t, c)
	}
	var told []string
	for line := range strings.Lines(log.String()) {
		if !strings.Contains(line, "level=WARN") {
			t.Errorf("it logged %s", line)
		}
		_, kind, _ := strings.Cut(line, "whole reply (")
		kind, _, _ = strings.Cut(kind, ",")
		kind, _, _ = strings.Cut(kind, ")")
		told = append(told, kind)
	}
	if got, want := strings.Join(told, " "), "refused too_long unauthorised cut_short  bad_request "; got != want {
		t.Errorf("it told of %q, want %q, in\n%s", got, want, log)
	}
}
