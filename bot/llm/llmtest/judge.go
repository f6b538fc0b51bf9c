package llmtest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"summitbot/bot/proof"
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

// The ways in which Rewording puts a sentence beside its own: in words that say
// the same, and in words that say the opposite.
const (
	told    = "The article says this: "
	twisted = "It is not true that "
)

// Rewording is Quoting, but for what is to be judged: it says yes to every
// question, twists the second sentence into its opposite, and tells the third in
// other words.
func Rewording(pace time.Duration) func(Request) Reply {
	return scripted(pace, func(q *quotations) {
		q.Direct = "yes"
		for i, begins := range []string{"", twisted, told} {
			if i < len(q.Statements) {
				q.Statements[i].Text = begins + q.Statements[i].Text
			}
		}
	})
}

// Judge is a judge of what Rewording writes, and of the pairs by which judges are
// tried: it upholds sentences as they are and in words that say the same.
func Judge(c JudgeCheck) string {
	for _, p := range proof.TrialPairs() {
		if p.Kind == c.Kind && p.Question == c.Question && p.Text == c.Statement && slices.Equal(p.Evidence, c.Evidence) {
			return string(p.Truth)
		}
	}
	if rest, ok := strings.CutPrefix(c.Statement, twisted); ok && Repeats(rest, c.Evidence) {
		return string(proof.Contradicted)
	}
	if c.Kind != proof.OfReply && Repeats(strings.TrimPrefix(c.Statement, told), c.Evidence) {
		return string(proof.Supported)
	}
	return string(proof.NotSaid)
}

// Repeats says whether a text is evidence word for word, but for case,
// punctuation and spaces.
func Repeats(text string, evidence []string) bool {
	plain := func(s string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
		}), " ")
	}
	said := plain(text)
	return said != "" && slices.ContainsFunc(evidence, func(e string) bool { return strings.Contains(" "+plain(e)+" ", " "+said+" ") })
}
