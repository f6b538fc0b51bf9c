package bot

import (
	"fmt"
	"regexp"
	"slices"

	"summitbot/retrieval"
)

// A part is a kind of section that articles of this sort have, told by its
// heading. Members want all of it, in order, which ranking cannot give.
type part struct{ heading *regexp.Regexp }

// sectionsOf are the parts by the kind of message that asks for them.
var sectionsOf = map[retrieval.Kind][]part{
	retrieval.Takeaways:  {takeaways},
	retrieval.Objectives: {headed(`objectives|goals`)},
	retrieval.Pros:       {pros},
	retrieval.Cons:       {cons},
	retrieval.Both:       {pros, cons},
	retrieval.Outlook:    {headed(`outlook`)},
	retrieval.Background: {headed(`context|background`)},
	retrieval.InDepth:    {headed(`analysis`)},
	retrieval.Previous:   {headed(`previous`)},
	retrieval.Action:     {headed(`call to action`)},
}

var (
	takeaways = headed(`takeaways?|key points`)
	pros      = headed(`potential pros|benefits|upsides`)
	cons      = headed(`potential cons|risks|downsides`)
)

// headed is the part whose headings have one of the words.
func headed(words string) part { return part{regexp.MustCompile(`(?i)\b(` + words + `)\b`)} }

// A section is a section of an article.
type section struct {
	article *retrieval.Article
	*retrieval.Section
}

// sections are the articles' sections that are of a part.
func (a *Answerer) sections(p part) []section {
	var found []section
	for _, art := range a.articles {
		for i := range art.Sections {
			s := &art.Sections[i]
			if p.heading.MatchString(art.Slice(s.Heading)) {
				found = append(found, section{art, s})
			}
		}
	}
	return found
}

// list answers with whole parts (a list, if they have bullets), each bullet (or paragraph, where there are
// no bullets) an item, of each part the first count, or all if that is 0. It
// says whether the articles have such parts.
func (a *Answerer) list(ans *Answer, count int, parts ...part) bool {
	for _, p := range parts {
		for _, s := range a.sections(p) {
			if ans.Heading != "" {
				ans.Heading += "; "
			}
			ans.Heading += s.article.Slice(s.Heading)
			bullets, items := s.hasBullets(), 0
			ans.List = ans.List || bullets
			for i := range s.Passages {
				if bullets && s.Passages[i].Kind != retrieval.Bullet || count > 0 && items == count {
					continue // what introduces the list, or is too much
				}
				items++
				a.claim(ans, Everybody, s.evidence(i)...)
			}
		}
	}
	if len(ans.Claims) > 0 {
		ans.Verdict = Answered
	}
	return len(ans.Claims) > 0
}

func (s section) hasBullets() bool {
	for i := range s.Passages {
		if s.Passages[i].Kind == retrieval.Bullet {
			return true
		}
	}
	return false
}

// evidence are the sentences of the section's passage i.
func (s section) evidence(i int) (all []Evidence) {
	for _, sent := range s.Passages[i].Sentences {
		all = append(all, Evidence{Article: s.article.Slug, Sentence: sent.ID})
	}
	return all
}

// takeaways answers /takeaways.
func (a *Answerer) takeaways(ans *Answer) error {
	n := ans.Question.Count
	if n < 0 {
		return fmt.Errorf("there are no %d takeaways: ask for a number from 1, or 0 for all", n)
	}
	ans.Kind = retrieval.Takeaways
	if !a.list(ans, n, takeaways) {
		a.refuse(ans, NotInArticle, Refusal{Reason: NoEvidence})
	}
	return nil
}

// first leaves the answer's first claims, or all if count is 0.
func (a *Answerer) first(ans *Answer, count int) {
	if count > 0 {
		ans.Claims = ans.Claims[:min(count, len(ans.Claims))]
	}
}

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
