package retrieval

import (
	"strings"
	"unicode/utf8"
)

// Voice says in whose voice a sentence speaks, so that an answer can keep
// what the article expects, or reports as somebody's view, from turning
// into fact.
type Voice string

// The voices. A view that the article only supposes ("he may believe") is
// Forecast.
const (
	Attributed Voice = "attributed" // somebody's view, plan or words, as the article reports them
	Forecast   Voice = "forecast"   // what the article expects, thinks possible or makes conditional
	Analysis   Voice = "analysis"   // the article's own judgement
	Stated     Voice = "stated"     // told as fact
)

// A cue is a set of the ways in which a word can give a voice away.
type cue uint16

const (
	says    cue = 1 << iota // speaks for somebody: "argues"
	holds                   // thinks or wants for somebody: "believes"
	holdsTo                 // the same where "that", "to" or the like follows: "plans"
	holdsAs                 // the same where "as" follows: "views"
	aim                     // what somebody is after: "agenda"
	view                    // what somebody sees from: "perspective"
	hedge                   // "may"
	hedgeOn                 // hedges where "on" follows: "hinges"
	hedgeTo                 // hedges between "is" and "to": "expected"
	hints                   // hedges where nothing stronger speaks: "can"
	duty                    // "must"
	infers                  // judges by itself: "suggests"
	verdict                 // begins a judgement where a weight follows: "is", "marks"
	weight                  // "crucial"
)

// cues are the words' cues. Bare verbs stand here too: the words around them
// tell "critics say" from "the right to say".
var cues = cueTable(map[cue]string{
	says: `said says say argued argues argue insisted insists insist contended contends contend warned warns warn
		asserted asserts assert alleged alleges allege predicted predicts predict announced announces declared declares
		proposed proposes promised promises vowed vows pledged pledges urged urges demanded accused accuses denied denies
		complained complains criticised criticises criticized criticizes told tells wrote writes`,
	holds: `believed believes believe thinks think thought suspected suspects suspect considers consider considered
		wants want wanted seeks expects intends intend intended favours favors hoped feared doubted advocated articulated
		expressed expresses envisions envisioned envisages envisaged prefers preferred reportedly allegedly supposedly`,
	holdsTo: `states stated notes noted reports reported adds added explains explained maintains maintained concedes
		conceded acknowledged acknowledges admitted admits concluded concludes estimates estimated claims claimed claim
		plans plan planned planning aims aim aimed aiming hopes hope hoping fears fear doubts doubt seek sought seeking
		agrees agreed calls called calling advocates threatens threatened feels felt`,
	holdsAs: `views view viewed sees see saw seen perceives perceive perceived regards regard regarded treats treat treated
		describes describe described portrays portray portrayed depicts depict depicted casts frames interprets`,
	aim:     `aim aims goal goals objective objectives agenda ambition ambitions desire desires intention intentions wish wishes plan plans`,
	view:    `perspective viewpoint standpoint view eyes opinion account telling`,
	hedge:   `may might could would will likely unlikely probably perhaps possibly presumably unless if wont wouldnt couldnt`,
	hedgeOn: `hinges hinge depends depend`,
	hedgeTo: `expected predicted projected forecast poised set bound due slated remains`,
	hints:   `can potentially`,
	duty:    `must should ought`,
	infers:  `suggests suggest signals signal implies imply deserves deserve underlines underline underscores underscore proves prove means`,
	verdict: `is are remains remain marks mark presents present offers offer carries carry serves serve takes take lies lie
		stands stand adds add represents represent provides provide poses pose makes make brings bring becomes become`,
	weight: `significant significance crucial critical essential imperative vital immense unique noteworthy remarkable complex
		complexity pivotal profound unprecedented important importance dangerous risky wise unwise mistake failure triumph
		opportunity decisive striking telling alarming puzzling paradox irony wrong right absurd inevitable necessary
		futile reckless naive overdue extraordinary historic dramatic formidable better worse`,
})

// The words that a cue is read together with.
var (
	toThat      = setOf(`that to for at it he she they there whether the`)
	articles    = setOf(`a an the`)
	determiners = setOf(`a an the that how why both its his her their this these no too more less`)
	bareNouns   = setOf(`plan claim hope aim fear doubt`)
	pronouns    = setOf(`he she it they we i you who`)
	ownVoice    = setOf(`we i`)
	beForms     = setOf(`is are was were be been being`)
	nounMarks   = setOf(`a an the his her its their our your this that free good political own of`)
	belittlers  = setOf(`merely simply just only`)
	opinions    = setOf(`clearly obviously arguably unfortunately sadly ironically tellingly remarkably`)
	comingTimes = setOf(`next soon tomorrow later by eventually`)
	alternating = setOf(`and but or even only`)
	embedders   = setOf(`what which how why where`)
	// beside are the words that stand between a subject and its verb.
	beside   = setOf(`has have had is are was were also now still long often never always once not today`)
	calendar = setOf(`monday tuesday wednesday thursday friday saturday sunday january february march april may june
		july august september october november december`)
	prepositions = setOf(`in on at of from to by for with after before since until during against between over under into
		about despite without within through near toward towards than as like unlike`)
)

// cueTable turns the words of each cue into the cues of each word.
func cueTable(words map[cue]string) map[string]cue {
	table := map[string]cue{}
	for c, list := range words {
		for w := range strings.FieldsSeq(list) {
			table[w] |= c
		}
	}
	return table
}

// An utterance is a sentence cut into words to be listened to.
type utterance struct {
	text  string
	words []spoken
}

// spoken is a word as it is heard in a sentence.
type spoken struct {
	word
	cue
	// opens says that it begins the sentence or stands behind a mark that
	// parts clauses.
	opens bool
}

// hear cuts a sentence into words, in room while it lasts.
func hear(sentence string, room []spoken) utterance {
	u := utterance{sentence, room[:0]}
	before := 0
	eachWord(sentence, func(w word) {
		gap := sentence[max(before, w.start-8):w.start]
		opens := len(u.words) == 0 || gap[len(gap)-1] != ' ' && gap[len(gap)-1] != '-' || parts(gap)
		u.words = append(u.words, spoken{w, cues[w.text], opens})
		before = w.start
	})
	return u
}

// parts says whether what stands before a word parts two clauses.
func parts(gap string) bool {
	if len(gap) < 2 || gap[len(gap)-2] < utf8.RuneSelf && wordRune(rune(gap[len(gap)-2])) {
		return false // the common case: one space
	}
	return strings.ContainsAny(gap, ",;:()“”\"—–")
}

// voiceOf labels one sentence.
func voiceOf(sentence string) Voice {
	var room [64]spoken
	v, _ := hear(sentence, room[:]).voice()
	return v
}

// voice is the voice of u and the number of the word that gives it away, -1
// for Stated. The first of an attribution, a hedge and a duty decides, save
// that speech in a clause of its own ("…, officials said") rules the whole
// sentence. Weaker cues count where there is none of these.
func (u utterance) voice() (Voice, int) {
	strong, strongAt, clause := Stated, -1, 0
	for i, w := range u.words {
		if w.opens {
			clause = i
		}
		switch {
		case w.cue == 0 && w.text != "according":
		case strongAt < 0 && u.attributes(i), strongAt < clause && u.speaks(i):
			return Attributed, i
		case strongAt >= 0:
		case u.hedges(i):
			strong, strongAt = Forecast, i
		case w.cue&duty != 0:
			strong, strongAt = Analysis, i
			if w.text == "should" && u.comes(i) {
				strong = Forecast
			}
		}
	}
	if strongAt >= 0 {
		return strong, strongAt
	}
	return u.weakVoice()
}

// weakVoice is the voice of a sentence without a strong cue.
func (u utterance) weakVoice() (Voice, int) {
	hint, judgement := -1, -1
	for i, w := range u.words {
		switch {
		case w.cue&aim != 0 && u.owned(i):
			return Attributed, i
		case hint < 0 && w.cue&hints != 0 && !w.capital:
			hint = i
		case judgement < 0 && u.judges(i):
			judgement = i
		}
	}
	switch {
	case hint >= 0:
		return Forecast, hint
	case judgement >= 0:
		return Analysis, judgement
	}
	return Stated, -1
}

// at is the word at i, empty where there is none.
func (u utterance) at(i int) string {
	if i < 0 || i >= len(u.words) {
		return ""
	}
	return u.words[i].text
}

// raw is the word at i as it is written, its possessive ending included.
func (u utterance) raw(i int) string {
	start := u.words[i].start
	end := wordEnd(u.text, start)
	for _, mark := range [...]string{"’", "'"} {
		if strings.HasPrefix(u.text[end:], mark) && strings.HasSuffix(u.text[:end], "s") {
			end += len(mark) // "the voters’ view"
		}
	}
	return u.text[start:end]
}

// possessive says whether the word at i says whose the next one is.
func (u utterance) possessive(i int) bool {
	switch u.at(i) {
	case "", "it":
		return false // "it's"
	case "his", "her", "its", "their":
		return true
	}
	r := u.raw(i)
	return strings.HasSuffix(r, "’s") || strings.HasSuffix(r, "'s") || strings.HasSuffix(r, "’") || strings.HasSuffix(r, "'")
}

// owned says whether the noun at i is said to be somebody's, perhaps with
// one word between: "Putin's underlying aims", "the objectives for Putin".
func (u utterance) owned(i int) bool {
	if u.possessive(i-1) || u.possessive(i-2) && !u.words[i].opens && !u.words[i-1].opens {
		return true
	}
	next := u.at(i + 1)
	return (next == "for" || next == "of") && i+2 < len(u.words) && u.words[i+2].capital
}

// attributes says whether the word at i gives what follows, or the sentence,
// to somebody else than the article.
func (u utterance) attributes(i int) bool {
	w := u.words[i]
	switch before, next := u.at(i-1), u.at(i+1); {
	case w.text == "according":
		return next == "to"
	case w.cue&view != 0 && (u.possessive(i-1) || u.possessive(i-2)):
		return u.stance(i)
	case w.cue&(says|holds|holdsTo|holdsAs) == 0, w.capital && !w.opens, ownVoice[before]:
		return false
	case before == "to":
		return false // "the right to say"
	case w.cue&hedgeTo != 0 && beForms[before] && next == "to":
		return false // "is expected to"
	case w.cue&(says|holds) != 0:
		return true
	case w.cue&holdsTo != 0 && toThat[next] && u.verb(i):
		return true
	}
	return w.cue&holdsAs != 0 && u.verb(i) && u.as(i)
}

// speaks says whether the word at i tells that somebody said the sentence.
func (u utterance) speaks(i int) bool {
	w := u.words[i]
	return (w.cue&says != 0 || w.text == "according") && u.attributes(i)
}

// stance says whether the noun at i stands with the preposition of a view:
// "from the Kremlin's perspective", "in his eyes".
func (u utterance) stance(i int) bool {
	for j := i - 2; j >= max(0, i-6); j-- {
		switch u.words[j].text {
		case "from", "in", "by", "on", "to":
			return true
		}
		if u.words[j+1].opens {
			break
		}
	}
	return false
}

// verb says whether a word that is a noun or a verb is one here, by what
// stands before it.
func (u utterance) verb(i int) bool {
	text, before := u.words[i].text, u.at(i-1)
	if strings.HasSuffix(text, "ing") {
		// "is not seeking to", but not "seeking to …, he …".
		return beForms[before] || beForms[u.at(i-2)]
	}
	if text == "called" || text == "agreed" || text == "agrees" {
		return u.at(i+1) == "for" || u.at(i+1) == "that"
	}
	if bareNouns[text] && !(strings.HasSuffix(before, "s") || pronouns[before] || i > 0 && u.words[i-1].capital || beside[before]) {
		return false // "the new plan to"
	}
	return i > 0 && !nounMarks[before] && !(u.possessive(i-1) && !beForms[u.at(i+1)])
}

// as says whether "as" follows the verb at i in its clause.
func (u utterance) as(i int) bool {
	sight := u.words[i].text == "saw" || u.words[i].text == "seen"
	for j := i + 1; j <= min(i+8, len(u.words)-1) && !u.words[j].opens; j++ {
		if u.words[j].text == "as" {
			// "saw prices rise as supply fell" is no view.
			return !sight || j == i+1 || determiners[u.at(j+1)]
		}
	}
	return false
}

// hedges says whether the word at i makes the sentence less than certain.
func (u utterance) hedges(i int) bool {
	w := u.words[i]
	before, next := u.at(i-1), u.at(i+1)
	switch {
	case w.capital && (!w.opens || w.text == "may"):
		return false // a name or a month
	case w.text == "if":
		return next != "not" && (w.opens || alternating[before])
	case w.text == "will":
		return !nounMarks[before] || before == "this" || before == "that" // not "the will of the people"
	case w.cue&hedgeOn != 0:
		return next == "on" || next == "upon" || u.at(i+2) == "on"
	case w.cue&hedgeTo != 0:
		return next == "to" && (beForms[before] || beForms[u.at(i-2)]) || w.text == "remains" && next == "to" && u.at(i+2) == "be"
	}
	return w.cue&hedge != 0
}

// comes says whether a time to come stands behind the word at i: "should
// arrive in 2031".
func (u utterance) comes(i int) bool {
	for _, w := range u.words[i+1:] {
		if comingTimes[w.text] || len(w.text) == 4 && w.text >= "1900" && w.text <= "2199" {
			return true
		}
	}
	return false
}

// judges says whether a judgement of the article's own begins at i.
func (u utterance) judges(i int) bool {
	w := u.words[i]
	next := u.at(i + 1)
	switch {
	case w.text == "far":
		return next == "from" && (beForms[u.at(i-1)] || w.opens)
	case w.opens && opinions[w.text]:
		return true
	case w.text == "matters":
		return u.at(i-1) == "what" || u.at(i-1) == "that"
	case w.text == "not":
		return belittlers[next] && beForms[u.at(i-1)]
	case w.capital:
		return false
	case w.cue&infers != 0:
		return determiners[next]
	case w.cue&verdict == 0:
		return false
	}
	for j := i + 1; j <= min(i+5, len(u.words)-1) && !u.words[j].opens; j++ {
		if u.words[j].cue&weight != 0 && !u.words[j].capital {
			return true
		}
	}
	return false
}
