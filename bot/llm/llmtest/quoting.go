package llmtest

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// numbered matches a sentence of a prompt with its name before it.
var numbered = regexp.MustCompile(`(?m)^\[([\w:-]*s\d+)\] (.+)$`)

// words are a text's words of four letters or more.
func words(text string) []string {
	all := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.DeleteFunc(all, func(w string) bool { return utf8.RuneCountInString(w) < 4 })
}

// Quoting is a model that knows nothing but can read: it answers with the
// three numbered sentences of the prompt ("[s1] …", a line each) that have
// most words of the user's in common, each word for word, in JSON of the form
// {"verdict", "direct", "statements": [{"sentences", "text"}], "missing"}. Pace is
// the time between two tokens. What it is asked as a judge it answers as Judge does.
func Quoting(pace time.Duration) func(Request) Reply {
	return scripted(pace, func(*quotations) {})
}

// judgement is how many tokens' time a judgement takes.
const judgement = 25

// scripted is a model that quotes, with a change to what it would write.
func scripted(pace time.Duration, change func(*quotations)) func(Request) Reply {
	return func(r Request) Reply {
		if checks := r.Checks(); len(checks) > 0 {
			reply := Results(checks, Judge)
			reply.Quiet = judgement * pace
			return reply
		}
		var system, user string
		for _, m := range r.Messages {
			if m.Role == "system" {
				system += m.Content
			} else {
				user += m.Content
			}
		}
		q := quote(system, user)
		change(&q)
		body, err := json.Marshal(q)
		if err != nil {
			return Reply{Status: 500, Body: err.Error()}
		}
		return Reply{Text: string(body), Pace: pace}
	}
}

type quotation struct {
	Sentences []string `json:"sentences"`
	Text      string   `json:"text"`
}

type quotations struct {
	Verdict    string      `json:"verdict"`
	Direct     string      `json:"direct"`
	Statements []quotation `json:"statements"`
	Missing    string      `json:"missing"`
}

// quote finds the sentences of a prompt that have words of the user's.
func quote(system, user string) quotations {
	asked := map[string]bool{}
	for _, w := range words(user) {
		asked[w] = true
	}
	type hit struct {
		quotation
		common int
	}
	var hits []hit
	for _, m := range numbered.FindAllStringSubmatch(system, -1) {
		n := 0
		for _, w := range slices.Compact(slices.Sorted(slices.Values(words(m[2])))) {
			if asked[w] {
				n++
			}
		}
		if n > 0 {
			hits = append(hits, hit{quotation{[]string{m[1]}, m[2]}, n})
		}
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return cmp.Compare(y.common, x.common) })
	q := quotations{Verdict: "not_in_article", Direct: "none", Statements: []quotation{}}
	for _, h := range hits[:min(3, len(hits))] {
		q.Verdict = "answered"
		q.Statements = append(q.Statements, h.quotation)
	}
	return q
}
