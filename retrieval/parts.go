package retrieval

import (
	"slices"
	"strings"
)

// mostParts is how many sentences a message has at most that are looked at one
// by one.
const mostParts = 4

// questionMarks end questions in the languages that have them.
const questionMarks = "?？؟"

// takeApart finds the questions in a message of several sentences: each that is
// clearly answered by itself. It is done where the message as a whole
// is refused, and one of them is not (whatever else the message says, such as
// whom to obey), or where two or more ask for different things.
func (u *Understanding) takeApart(ix *Index, req Request, limit int) {
	spans := splitSentences(req.Text, Span{0, len(req.Text)})
	if len(spans) < 2 || len(spans) > mostParts {
		return
	}
	var parts []Understanding
	for _, s := range spans {
		text := req.Text[s.Start:s.End]
		if !strings.ContainsAny(text, questionMarks) {
			continue
		}
		part, _ := ix.understand(Request{Text: text, Without: req.Without}, limit)
		if part.clear(slices.Contains(refused, u.Kind)) && !slices.ContainsFunc(parts, func(p Understanding) bool { return p.same(part) }) {
			parts = append(parts, part)
		}
	}
	switch {
	case len(parts) == 0, len(parts) == 1 && !slices.Contains(refused, u.Kind):
		return
	case len(parts) == 1:
		parts[0].Text = u.Text
		*u = parts[0]
		return
	}
	u.Kind, u.Parts, u.Gap = Several, parts, nil
	u.Hits = dealt(parts, u.Hits, limit)
}

// clear says whether a part of a message is a question that the article
// answers; surely so, where the message as a whole is refused.
func (u Understanding) clear(surely bool) bool {
	const sure = 1 // of log odds
	switch u.Kind {
	case Answerable, FalsePremise:
		return !surely || u.Sure >= sure
	case Takeaways, Objectives, Pros, Cons, Both, Risks, Outlook, Background, InDepth, Previous, Action, Outline, TitleAsked, SourceAsked:
		return true
	}
	return false
}

// same says whether two parts ask for the same.
func (u Understanding) same(v Understanding) bool {
	return u.Kind == v.Kind && (u.Kind != Answerable || len(u.Hits) > 0 && len(v.Hits) > 0 && u.Hits[0].Place == v.Hits[0].Place)
}

// SeveralSignals are what SeveralWeights weigh.
type SeveralSignals struct{ Exemplars, Second, Third float64 }

// Odds are the log odds that the message has several questions.
func (w SeveralWeights) Odds(s SeveralSignals) float64 {
	return w.Exemplars*s.Exemplars + w.Second*s.Second + w.Third*s.Third + w.Bias
}

// severalSignals are those of a message.
func (ix *Index) severalSignals(l *look) SeveralSignals {
	m := ix.meaning.Load()
	several := float64(nothing)
	for i, own := range m.own {
		if c, ok := own.kinds[Several]; ok {
			several = add(several, float64(ix.affinity(l.own[i])[c]))
		}
	}
	s := SeveralSignals{Exemplars: several - ix.nearest(l)}
	if best := ix.rank(l, 3); len(best) == 3 {
		s.Second, s.Third = best[0].Score-best[1].Score, best[0].Score-best[2].Score
	}
	return s
}

// dealt are the hits of parts in turn, and then those of the whole, each once.
func dealt(parts []Understanding, whole []Hit, limit int) []Hit {
	var out []Hit
	take := func(h Hit) {
		if len(out) < limit && !slices.ContainsFunc(out, func(o Hit) bool { return o.Place == h.Place }) {
			out = append(out, h)
		}
	}
	for i := range limit {
		for _, p := range parts {
			if i < len(p.Hits) {
				take(p.Hits[i])
			}
		}
	}
	for _, h := range whole {
		take(h)
	}
	return out
}
