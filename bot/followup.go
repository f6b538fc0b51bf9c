package bot

import (
	"regexp"
	"strings"

	"summitbot/retrieval"
)

var (
	// referring matches words that stand for something said before.
	referring = regexp.MustCompile(`(?i)\b(it|its|that|this|these|those|they|them|their|he|him|his|she|her|there|then|one|ones|same|either|both|instead|else|too|also|so|such|ok|okay|and|but|or|now|what about|how about|not)\b`)
	// joining matches a question that goes on from the one before.
	joining = regexp.MustCompile(`(?i)^\W*(and|but|so|or|ok|okay|also|then|now|why|how come|which|what about|how about|who|where|when|really|like what|such as|for example|what else)\b`)
)

const (
	// fewStems is how many words of content a question has at most that
	// needs the one before.
	fewStems = 2
	// maxContext bounds the words that are carried on.
	maxContext = 16
	// remembered is how many sentences of the last answer a follow-up is
	// understood by.
	remembered = 2
)

// resolve returns what the question means after what was asked before: its
// own words, the words of the earlier questions that it leans on, and the
// sentences that answered them. Earlier questions are resolved in turn, so
// that "why?" after "and there?" still knows what was talked about.
//
// A question that is well answered by itself is left as it is, as is one that
// says nothing which could go on from another.
func (a *Answerer) resolve(history []string, question string) retrieval.Request {
	question = bare(question)
	if len(history) == 0 || !a.goesOn(question) {
		return retrieval.Request{Text: question, Context: a.unsaid(question)}
	}
	var before retrieval.Request
	for i, h := range history {
		before = resolveOne(before, bare(h))
		if i == len(history)-1 {
			for _, hit := range a.index.Search(before, remembered).Hits {
				before.Near = append(before.Near, hit.Place)
			}
		}
	}
	return resolveOne(before, question)
}

// goesOn says whether a question can go on from the one before it: it refers
// to something, or does not stand by itself and joins on, or is one known
// word or phrase.
func (a *Answerer) goesOn(question string) bool {
	found := a.index.Search(retrieval.Request{Text: question}, searched)
	known := found.Concepts == 0 || found.Concepts > len(found.Unknown)
	switch {
	case pronouns.MatchString(question):
		return true
	case found.Asked > sameQuestion:
		return false
	}
	return known && (joining.MatchString(question) || found.Concepts == 1)
}

// sameQuestion is how near a question written ahead has to be for a question
// to stand by itself.
const sameQuestion = 0.9

// pronouns match words that stand for something said before, wherever they
// stand.
var pronouns = regexp.MustCompile(`(?i)\b(it|its|that|this|these|those|they|them|their|there|ones?|him)\b`)

// resolveOne resolves a question after the resolved one before it.
func resolveOne(before retrieval.Request, question string) retrieval.Request {
	r := retrieval.Request{Text: question}
	if before.Text == "" {
		return r
	}
	own := retrieval.Stems(question)
	leans := referring.MatchString(question) || joining.MatchString(question)
	if len(own) > fewStems && !leans || len(own) > 8 {
		return r
	}
	words := strings.Fields(before.Text + " " + before.Context)
	if len(words) > maxContext {
		words = words[:maxContext]
	}
	r.Context = strings.Join(words, " ")
	r.Near = before.Near
	if pointing.MatchString(question) && len(before.Near) > 0 {
		if where.MatchString(before.Text) {
			r.Context = ""
		}
		for _, place := range placed.FindAllStringSubmatch(before.Near[0].Text(), -1) {
			r.Context += " " + place[1]
		}
	}
	return r
}

var (
	// pointing matches a question about the place that was told.
	pointing = regexp.MustCompile(`(?i)\b(there|that place|this place)\b`)
	// where matches a question for a place, which "there" stands for after it.
	where = regexp.MustCompile(`(?i)^\W*(and |so )?(where|(in |at )?(which|what) (place|city|state|country|location))\b`)
	// placed matches a place in a sentence.
	placed = regexp.MustCompile(`\b(?:in|at|near|from) ((?:\p{Lu}\p{L}+ ?)+)`)
)
