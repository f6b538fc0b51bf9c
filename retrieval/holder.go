package retrieval

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Holder is the name of who holds an attributed sentence's view, where the
// sentence itself names it before the words that attribute it: "Kremlin",
// "Finance Minister Elena Duarte". It is empty for every other sentence. The
// label of a bullet names nobody.
func (p Place) Holder() string {
	if p.Sentence.Voice != Attributed {
		return ""
	}
	u := hear(p.Text(), nil)
	_, cue := u.voice()
	first := 0
	if lead := p.Passage.Lead; lead.Len() > 0 && lead.Start == p.Sentence.Start {
		for first < cue && u.words[first].start < lead.Len() {
			first++
		}
	}
	return u.holder(first, cue)
}

// holder is the name of who holds the view that the word at cue gives away,
// looked for from first on. A name that is not sure is left out.
func (u utterance) holder(first, cue int) string {
	clause := cue
	for clause > first && !u.words[clause].opens {
		clause--
	}
	if u.words[cue].cue&view != 0 && u.stance(cue) || !u.attributes(cue) {
		return u.owner(clause, cue)
	}
	if u.passive(cue) {
		return ""
	}
	if name := u.subject(clause, cue, false); name != "" {
		return name
	}
	if cue-2 >= first && pronouns[u.at(cue-1)] && embedders[u.at(cue-2)] {
		return u.subject(first, clause, true) // "…, what he perceives as"
	}
	for i := clause; i < cue; i++ {
		if !beside[u.at(i)] && !strings.HasSuffix(u.at(i), "ly") {
			return "" // a subject that is no name
		}
	}
	return u.subject(first, clause, false) // "Trump, known for his tone, sees …"
}

// owner is the name in the words [from, noun) that the noun is said to belong
// to, perhaps with one word between.
func (u utterance) owner(from, noun int) string {
	for i := from; i < noun; i++ {
		if !u.named(i) {
			continue
		}
		end := u.nameEnd(i, noun)
		if end >= noun-1 && u.possessive(end-1) {
			return u.name(i, end)
		}
		i = end - 1
	}
	return ""
}

// passive says whether the verb at i has its object before it: "is seen as",
// "often viewed as".
func (u utterance) passive(i int) bool {
	w := u.words[i]
	if w.cue&(says|holds|holdsTo|holdsAs) == 0 || strings.HasSuffix(w.text, "ing") {
		return false
	}
	for j := i - 1; j >= max(0, i-2); j-- {
		if beForms[u.words[j].text] {
			return true
		}
	}
	return u.at(i+1) == "as" && !pronouns[u.at(i-1)]
}

// subject is the first name in the words [from, to) that no preposition
// governs, empty where there is none. A possessive one ends the search, and
// counts if whose is true.
func (u utterance) subject(from, to int, whose bool) string {
	for i := from; i < to; i++ {
		if !u.named(i) {
			continue
		}
		end := u.nameEnd(i, to)
		before := i - 1
		if articles[u.at(before)] {
			before--
		}
		switch governed := before >= from && prepositions[u.at(before)]; {
		case governed, !u.leads(i, end):
		case u.possessive(end-1) && !whose:
			return ""
		default:
			return u.name(i, end)
		}
		i = end - 1
	}
	return ""
}

// name is the words [from, to) as they are written, a possessive ending left
// out.
func (u utterance) name(from, to int) string {
	last := u.raw(to - 1)
	name := u.text[u.words[from].start : u.words[to-1].start+len(last)]
	for _, ending := range [...]string{"’s", "'s", "’", "'"} {
		if cut, ok := strings.CutSuffix(name, ending); ok {
			return cut
		}
	}
	return name
}

// named says whether the word at i begins a name or, at the sentence's
// beginning, may be what the sentence is about.
func (u utterance) named(i int) bool {
	w := u.words[i]
	r, _ := utf8.DecodeRuneInString(w.text)
	return w.capital && unicode.IsLetter(r) && !calendar[w.text] && !stopWords[w.text] && !prepositions[w.text] && !strings.HasSuffix(w.text, "ly")
}

// leads says whether the words [i, end) may be a subject of their own rather
// than the capital at a sentence's beginning: "Critics of", not "Senior
// officials".
func (u utterance) leads(i, end int) bool {
	if !u.words[i].opens || end > i+1 || end >= len(u.words) {
		return true
	}
	next := u.words[end]
	return next.opens || next.cue != 0 || stopWords[next.text] || beside[next.text] || strings.HasSuffix(next.text, "ly")
}

// nameEnd is where the name that begins at i ends: "Bank of England",
// "Putin and Trump".
func (u utterance) nameEnd(i, to int) int {
	end := i + 1
	for end < to && !u.words[end].opens && !u.possessive(end-1) {
		switch u.at(end) {
		case "of", "and", "de", "van", "von":
			if end+1 < to && u.words[end+1].capital && !calendar[u.at(end+1)] {
				end += 2
				continue
			}
		}
		if !u.named(end) {
			break
		}
		end++
	}
	return end
}
