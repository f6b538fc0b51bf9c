package llmtest

import (
	"encoding/json"
	"strings"
)

// A JudgeCheck is one thing that a judge is asked.
type JudgeCheck struct {
	ID        int      `json:"id"`
	Kind      string   `json:"kind"`
	Question  string   `json:"question"`
	Statement string   `json:"statement"`
	Evidence  []string `json:"evidence"`
}

// Checks are the checks that a request asks a judge of; none in any other request.
func (r Request) Checks() []JudgeCheck {
	if len(r.Messages) == 0 {
		return nil
	}
	var asked struct{ Checks []JudgeCheck }
	if json.Unmarshal([]byte(r.Messages[len(r.Messages)-1].Content), &asked) != nil {
		return nil
	}
	return asked.Checks
}

// Results is a judge's reply: what judge says of each check.
func Results(checks []JudgeCheck, judge func(JudgeCheck) string) Reply {
	type result struct {
		ID     int    `json:"id"`
		Result string `json:"result"`
	}
	all := []result{}
	for _, c := range checks {
		all = append(all, result{c.ID, judge(c)})
	}
	body, err := json.Marshal(map[string]any{"results": all})
	if err != nil {
		return Reply{Status: 500, Body: err.Error()}
	}
	return Reply{Text: string(body)}
}

// Judging is a server whose model writes as answer says, and judges as judge says.
func Judging(answer func(Request) Reply, judge func(JudgeCheck) string) func(Request) Reply {
	return func(r Request) Reply {
		if checks := r.Checks(); len(checks) > 0 {
			return Results(checks, judge)
		}
		return answer(r)
	}
}

// Repeats says whether a text is evidence word for word, but for case,
// punctuation and spaces.
func Repeats(text string, evidence []string) bool {
	plain := func(s string) string { return strings.Join(words(s), " ") }
	for _, e := range evidence {
		if strings.Contains(plain(e), plain(text)) {
			return true
		}
	}
	return false
}
