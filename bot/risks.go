package bot

import (
	"fmt"
	"regexp"
	"slices"

	"summitbot/retrieval"
)

var (
	// threat is how a sentence of an outlook or of the takeaways names a risk.
	threat = regexp.MustCompile(`(?i)\b(risks?|dangers?|isolation|embolden\w*|fragmented|exploit\w*|mistrust|endanger\w*|destabili[sz]\w*)\b`)
	// worldCues and westCues say whom such a sentence threatens; without
	// them it is the side whose hopes and fears the article weighs.
	worldCues = regexp.MustCompile(`(?i)\b(global (order|stability|security)|U\.S\.-Russia relations)`)
	westCues  = regexp.MustCompile(`(?i)\b(Western (alliance|unity)|NATO|Ukraine)\b`)
)

// A risk is a statement that names a risk, and the words of its label.
type risk struct {
	Statement
	lead []string
}

// risks answers /risks for whom they threaten: the bullets of the cons, and the sentences of the
// takeaways and the outlook that name a risk, grouped by whom they threaten.
// A sentence that only says again what a bullet says is cited with it.
func (a *Answerer) risks(ans *Answer, only Threatened) error {
	if only != Everybody && only != Russia && only != West && only != World {
		return fmt.Errorf("there is no group of risks %q: use %q, %q or %q", only, Russia, West, World)
	}
	groups := map[Threatened][]risk{}
	for _, s := range a.sections(cons) {
		for i := range s.Passages {
			lead := retrieval.Stems(s.article.Slice(s.Passages[i].Lead))
			groups[Russia] = append(groups[Russia], risk{s.statement(i), lead})
		}
	}
	for _, p := range []*part{takeaways, outlook} {
		for _, s := range a.sections(p) {
			s.collectRisks(groups)
		}
	}
	ans.Verdict, ans.List = Answered, true
	for _, g := range []Threatened{Russia, West, World} {
		if only == Everybody || only == g {
			a.claimRisks(ans, g, groups[g])
		}
	}
	if len(ans.Claims) == 0 {
		ans.List = false
		a.refuse(ans, NotInArticle, Refusal{Reason: NoEvidence})
	}
	return nil
}

// collectRisks adds the section's sentences that name a risk to groups.
func (s *section) collectRisks(groups map[Threatened][]risk) {
	for i := range s.Passages {
		for _, sent := range s.Passages[i].Sentences {
			text := s.article.Slice(sent.Span)
			evidence := Evidence{Article: s.article.Slug, Sentence: sent.ID}
			if restates(groups[Russia], text, evidence) || !threat.MatchString(text) {
				continue
			}
			g := threatened(text)
			groups[g] = append(groups[g], risk{Statement: Statement{Text: text, Evidence: []Evidence{evidence}}})
		}
	}
}

// restates says whether a sentence only says again what risks say: it holds
// all the words of a label, or two thirds of them where it names a risk
// itself. It is then cited with each such risk.
func restates(risks []risk, text string, evidence Evidence) bool {
	words := retrieval.Stems(text)
	said := false
	for i, r := range risks {
		held := 0
		for _, w := range r.lead {
			if slices.Contains(words, w) {
				held++
			}
		}
		needed := len(r.lead)
		if threat.MatchString(text) {
			needed = (2*needed + 2) / 3
		}
		if len(r.lead) > 0 && held >= needed {
			risks[i].Evidence = append(risks[i].Evidence, evidence)
			said = true
		}
	}
	return said
}

// threatened says whom a risk's sentence threatens.
func threatened(text string) Threatened {
	switch {
	case worldCues.MatchString(text):
		return World
	case westCues.MatchString(text):
		return West
	}
	return Russia
}

// claimRisks adds one group of risks to the answer. A sentence that leans on
// the one before it ("This would…") is given together with it, unless the
// reader has just read it.
func (a *Answerer) claimRisks(ans *Answer, group Threatened, risks []risk) {
	for _, r := range risks {
		st := r.Statement
		st.Group = group
		at, ok := a.find(st.Evidence[0])
		if before, leans := leansOn(at); ok && leans && !lastQuoted(ans, before) {
			st.Text = before.Text() + " " + st.Text
			st.Evidence = slices.Insert(st.Evidence, 0, whole(before))
		}
		a.claim(ans, st)
	}
}

// lastQuoted says whether the answer's last claim quotes the sentence.
func lastQuoted(ans *Answer, at retrieval.Place) bool {
	return len(ans.Claims) > 0 && ans.Claims[len(ans.Claims)-1].holds(at)
}
