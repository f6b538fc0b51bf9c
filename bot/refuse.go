package bot

import (
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// answerable says how likely it is that what was found answers the question,
// of which there is something, as log odds: above 0 means that it does. The weights are those of a
// logistic regression on questions that the seed article does and does not
// answer; each was fitted on one author's questions and checked on another's.
//
// Where nothing is known of what the articles lack, the search's own
// confidence has to do.
func answerable(found retrieval.Result) float64 {
	if found.GapsKnown == 0 {
		return min(found.OnTopic, found.Answered+unsure)
	}
	score := found.Hits[0].Score / 20
	z := -0.7 +
		0.6*found.Coverage +
		0.5*score +
		1.3*found.Coverage*score -
		1.6*found.GapAsked -
		1.8*found.OtherAsked -
		1.1*found.Lacking -
		0.35*found.Other -
		1.0*float64(len(found.Names))
	if found.Concepts > 0 {
		z += 1.6 * float64(len(found.Unknown)) / float64(found.Concepts)
	}
	switch {
	case found.Wanted == retrieval.Number && !anyHolds(found.Hits):
		z -= 0.9
	case found.Wanted == retrieval.Time && found.Hits[0].Holds && found.Coverage > 0.5:
		z += 2 * score
	}
	return z
}

// unsure is how far below even odds a question may be that is answered all
// the same, where the articles' own words are all there is to go by.
const unsure = 1.5

// anyHolds says whether one of the best hits holds a value of the kind asked
// for.
func anyHolds(hits []retrieval.Hit) bool {
	for _, h := range hits[:min(quoted, len(hits))] {
		if h.Holds {
			return true
		}
	}
	return false
}

// wellKnown is how near a question written ahead has to be to say with its
// words what the article lacks.
const wellKnown = 0.4

// aboutIt is the coverage from which on a question is so much about the
// article that a name in it is worth repeating.
const aboutIt = 0.4

// leaningAllowance is what a follow-up is allowed that is not itself like a
// question which the article does not answer: it has few words of its own to
// be judged by.
const leaningAllowance = 1.5

// afterwards matches a question about what came of the summit, which an
// article written before it cannot know.
var afterwards = regexp.MustCompile(`(?i)\b(what happened (at|during|in|after) (the |this |that )?(\w+ )?(summit|meeting|talks|alaska)|how did (the |this )?(\w+ )?(summit|meeting|talks) (go|end|turn out)|did (the |this )?(\w+ )?(summit|meeting|talks) (succeed|fail|work)|(said?|did|do|happened) (\w+ )?after the (summit|meeting|talks)|did they (\w+ )?(agree|sign|reach))\b`)

// knownGap is how near a question that the article does not answer has to be
// for a follow-up to be taken for it.
const knownGap = 0.5

// judge decides whether what was found answers the question, and if not,
// with which words to refuse it. Subject is what the articles are about, in a
// word; leans says that the question is a follow-up.
func judge(question, subject string, leans bool, found retrieval.Result) (Verdict, Refusal, bool) {
	switch {
	case found.Concepts == 0:
		return OutOfScope, Refusal{Reason: Empty}, true
	case afterwards.MatchString(question):
		return NotInArticle, Refusal{Reason: AfterArticle}, true
	case len(found.Hits) == 0:
		return OutOfScope, Refusal{Reason: OffTopic}, true
	}
	z := answerable(found)
	if leans && found.GapAsked < knownGap {
		z += leaningAllowance
	}
	if z >= 0 && !(len(found.Names) > 0 && presupposing.MatchString(question)) {
		return "", Refusal{}, false
	}
	switch {
	case found.OtherAsked > found.GapAsked || found.Gap == nil && found.Coverage < 0.3:
		return OutOfScope, Refusal{Reason: OffTopic}, true
	case found.GapAsked >= wellKnown && namesIn(found.Gap.Lacks, question) && sharesWords(found.Gap, question, subject):
		return NotInArticle, Refusal{Reason: Lacks, Lacking: found.Gap.Lacks}, true
	case len(found.Names) > 0 && found.Coverage >= aboutIt:
		return NotInArticle, Refusal{Reason: NoSuchName, Lacking: asWritten(question, found.Names[0])}, true
	case found.Wanted != 0 && !anyHolds(found.Hits):
		return NotInArticle, Refusal{Reason: NoSuchValue, Lacking: kindWords[found.Wanted]}, true
	}
	return NotInArticle, Refusal{Reason: NoEvidence}, true
}

// sharesWords says whether the question holds something that a question which
// the article does not answer is about, beside names and what the article
// itself is about.
func sharesWords(gap *retrieval.Gap, question, subject string) bool {
	says := retrieval.Stems(question)
	of := retrieval.Stems(subject)
	return slices.ContainsFunc(retrieval.Stems(name.ReplaceAllString(gap.Text+" "+gap.Lacks, "")), func(w string) bool {
		return !slices.Contains(of, w) && slices.ContainsFunc(says, func(s string) bool { return alike(s, w) })
	})
}

// name is a word written with a capital.
var name = regexp.MustCompile(`\b\p{Lu}\p{L}+`)

// namesIn says whether the question holds every name of a text, so that a
// refusal does not bring up what nobody asked about.
func namesIn(text, question string) bool {
	question = strings.ToLower(question)
	for _, n := range name.FindAllString(text, -1) {
		if !strings.Contains(question, strings.ToLower(n)) {
			return false
		}
	}
	return true
}

// kindWords name the kinds of values in a refusal.
var kindWords = map[retrieval.Kind]string{
	retrieval.Number:   "number",
	retrieval.Time:     "date",
	retrieval.Name:     "name",
	retrieval.Location: "place",
	retrieval.Reason:   "reason",
}

// asWritten is a name as the question writes it.
func asWritten(question, name string) string {
	at := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name)).FindStringIndex(question)
	if at == nil {
		return name
	}
	return question[at[0]:at[1]]
}

// toBot matches what is said to the bot and not asked about any article: a
// greeting, thanks, or a question about the bot itself.
var toBot = regexp.MustCompile(`(?i)^\W*((hi|hello|hey|yo|hiya|good (morning|evening|day)|thanks?|thank you|thx|ty|help|test|ping|bot|there|so|much|again|please|and|ok|okay|cool|nice|great|lol|,)\W*)+$|^\W*(hi |hey |hello |so |ok )*(who|what|how) (are|r) (you|u)( doing| today)?\W*$|\b(what|who) (can|do|else can) (you|u|i) (do|ask|know|answer)( you| u)?( about)?\W*$|^\W*(how|what) (do|does|can) (you|this|this bot|the bot|it) (work|do)\W*$|\bare you (a |an )?(bot|robot|human|ai|real)\b`)
