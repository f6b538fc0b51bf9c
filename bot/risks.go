package bot

import (
	"fmt"
	"slices"

	"summitbot/retrieval"
)

// Threatenable are those whom risks may threaten, in the order in which they
// are told.
var Threatenable = []Threatened{Ukraine, West, Trump, Russia, World}

// noted is what the notes call them.
var noted = map[Threatened]string{
	Ukraine: "Ukraine", West: "United States and allies", Trump: "Trump", Russia: "Russia and Putin", World: "global stability",
}

// risks answers /risks for whom they threaten: the sentences that are noted
// to tell a threat, in the article's order, each once, those that say the same as
// an earlier one left out. Of an article without notes they are the items of
// its sections on risks.
func (a *Answerer) risks(ans *Answer, only Threatened) error {
	if only != Everybody && !slices.Contains(Threatenable, only) {
		return fmt.Errorf("there is no group of risks %q: there are %q", only, Threatenable)
	}
	ans.Kind = retrieval.Risks
	told := map[string]bool{}
	for _, group := range Threatenable {
		if only != Everybody && only != group {
			continue
		}
		a.eachNoted(noted[group], func(at retrieval.Place, note retrieval.Note) {
			if slices.ContainsFunc(append(note.Twin, note.Sentence), func(id string) bool { return told[id] }) {
				return
			}
			told[note.Sentence] = true
			evidence := []Evidence{whole(at)}
			if before, leans := a.index.LeansOn(at); leans && !lastQuoted(ans, before) {
				evidence = slices.Insert(evidence, 0, whole(before))
			}
			a.claim(ans, group, evidence...)
		})
	}
	ans.Verdict, ans.List = Answered, len(ans.Claims) > 0
	if len(ans.Claims) == 0 && (only != Everybody || !a.list(ans, 0, cons)) {
		a.refuse(ans, NotInArticle, Refusal{Reason: NoEvidence})
	}
	return nil
}

// eachNoted calls do for every sentence that is noted to threaten somebody.
func (a *Answerer) eachNoted(whom string, do func(retrieval.Place, retrieval.Note)) {
	for _, art := range a.articles {
		for i := range art.Len() {
			at := art.At(i)
			if note := a.index.Note(at); slices.Contains(note.Threatens, whom) {
				do(at, note)
			}
		}
	}
}

// lastQuoted says whether the answer's last claim quotes the sentence.
func lastQuoted(ans *Answer, at retrieval.Place) bool {
	return len(ans.Claims) > 0 && ans.Claims[len(ans.Claims)-1].Holds(at)
}
