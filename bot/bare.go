package bot

import (
	"regexp"
	"strings"

	"summitbot/retrieval"
)

var (
	// takingPlace matches the verbs that a question for the time or the
	// place of something has beside its subject. No article need say them.
	takingPlace = regexp.MustCompile(`(?i)\b((tak(e|es|ing)|took) place|(being |be )?held|happen(s|ing|ed)?|go(es|ing)? down|going on|scheduled( for)?)\b`)
	// timeOrPlace matches a question for either.
	timeOrPlace = regexp.MustCompile(`(?i)\b(when|where|(what|which) (day|date|time|place|city|state))\b`)
	// emphatic matches words with which such a question asks for nothing more.
	emphatic = regexp.MustCompile(`(?i)\b(exactly|precisely|actually|really|roughly|specifically|again|just)\b`)
	// atTheEvent matches words that say no more than that the event is meant
	// which the article is about.
	atTheEvent = regexp.MustCompile(`(?i)\s+(out of|from|at|during|through|with|in) (this|the|that|their|his)( whole| alaska| upcoming)* (summit|meeting|talks|event|meetup|thing)\b`)
)

// bare takes off a question what it says beside what it asks, unless hardly
// anything is left.
func bare(question string) string {
	if timeOrPlace.MatchString(question) {
		question = strings.TrimSpace(emphatic.ReplaceAllString(takingPlace.ReplaceAllString(question, ""), ""))
	}
	if cut := atTheEvent.ReplaceAllString(question, ""); len(retrieval.Stems(cut)) >= 2 {
		return cut
	}
	return question
}

// unnamed matches a question without content of its own that still asks
// something: for a time, a place, people, or what it is all about.
var unnamed = regexp.MustCompile(`(?i)^\W*((so|and|ok|hey|but)\W+)*(when|where|who)\b|\bwhat\W*s? .*\babout\W*$`)

// unsaid is what a question means that names no subject: the articles' own.
// It is empty for any other question.
func (a *Answerer) unsaid(question string) string {
	if len(retrieval.Stems(question)) > 0 || !unnamed.MatchString(question) {
		return ""
	}
	return a.subject
}

// subject is what an article is about, in a word: of its title's words, the
// one that it writes most often in small letters. Several articles have none
// in common.
func subject(articles []*retrieval.Article) string {
	if len(articles) != 1 {
		return ""
	}
	a := articles[0]
	times := map[string]int{}
	for i := range a.Len() {
		for w := range strings.FieldsSeq(a.At(i).Text()) {
			times[strings.Trim(w, ",.;:!?")]++
		}
	}
	best := ""
	for w := range strings.FieldsSeq(strings.ToLower(a.Name)) {
		if w = strings.Trim(w, ",.;:!?"); len(retrieval.Stems(w)) > 0 && times[w] > times[best] {
			best = w
		}
	}
	return best
}
