package bot

import (
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"
)

var (
	// presupposing matches a question that takes something for true.
	presupposing = regexp.MustCompile(`(?i)^\W*(\w+\W+)?(why|whyd|why'd|why’d|how come|how did|what made|what makes|after|now that|since|given that|so why|explain why|tell me why|which day will|when did|what were the terms)\b`)
	// negation matches what turns a sentence round.
	negation = regexp.MustCompile(`(?i)\b(not|never|no|nothing|none|without|unlikely|cannot|refus\w+|hardly|far from|less|isn['’]?t|aren['’]?t|don['’]?t|doesn['’]?t|didn['’]?t|won['’]?t)\b`)
	// year matches a year of our time.
	year = regexp.MustCompile(`\b(19|20)\d\d\b`)
)

// opposites are words that cannot both be true of the same thing, side
// against side, by their stems. They are general English.
var opposites = func() [][2]map[string]bool {
	var out [][2]map[string]bool
	for line := range strings.Lines(oppositesText) {
		if left, right, ok := strings.Cut(line, "|"); ok {
			out = append(out, [2]map[string]bool{stemSet(left), stemSet(right)})
		}
	}
	return out
}()

const oppositesText = `agree agreed accept accepted | refuse refused reject rejected decline declined turn snub cancel cancelled skip ditch
higher increase increased grow rise rising raised bigger | lower low decrease decreased smaller shrink fall falling drop dropped
condemn condemned criticise criticised denounce sanctions | support supported praise praised applaud applauded welcome welcomed back backed endorse endorsed cheer celebrated love loved approve approved thank
threat fear concern danger | welcome welcomed love loved like liked enjoy enjoyed support supported
more greater stronger strong strengthen expand enlarge bigger grow | less weaker weak weaken reduce reduction shrink halt dismantle divide divided
arbitrary random accident coincidence chance lottery dice lots whim | significant strategic symbolic deliberate deliberately arbitrary
sparsely empty vast remote | crowded packed populous busy dense full
question questioned questioning doubt skepticism skeptical distrust | trust trusted always back backed believe believed
transactional pragmatic | ideological ideologically idealistic principled
unpredictable unconventional erratic | predictable conventional steady reliable consistent
direct directly | indirect indirectly
resilience resilient adapting adapted survive | wreck wrecked collapse collapsed destroy destroyed ruin ruined crush crushed cripple crippled bankrupt
risks risk dangers downsides danger | nothing safe riskless guaranteed
peace peaceful diplomatic diplomacy dialogue humanitarian | weapons weapon war military arms fight
isolated isolate isolation | popular befriend embraced
mistrust distrust | trust trusting friendship friends
complex challenging difficult elusive | easy simple straightforward guaranteed certain
expansion enlargement | withdrawal
invasion annexation | liberation withdrawal retreat
higher | unimportant trivial
east eastward eastern | westward
unity united solidify | split divided fractured
favorable | unfavorable
success succeed | failure fail flop`

// corrects says whether a sentence contradicts what the question takes for
// true: it holds the opposite of a word of the question, or is turned round
// where the question is not, while both speak of the same things.
func corrects(question string, hit retrieval.Hit) bool {
	asked, said := retrieval.Stems(question), retrieval.Stems(hit.Text())
	has := func(stems []string, set map[string]bool) bool {
		return slices.ContainsFunc(stems, func(s string) bool { return set[s] })
	}
	for _, o := range opposites {
		for i := range 2 {
			mine, theirs := o[i], o[1-i]
			if has(asked, mine) && has(said, theirs) && !has(asked, theirs) && !has(said, mine) {
				return true
			}
		}
	}
	shared := 0
	for _, s := range asked {
		if !subjectWords[s] && slices.Contains(said, s) {
			shared++
		}
	}
	return shared >= 2 && negation.MatchString(question) != negation.MatchString(hit.Text())
}

// correct answers a question with a false premise by the sentences that
// contradict it. It says whether there are any.
func (a *Answerer) correct(ans *Answer, text string, found retrieval.Result) bool {
	if !presupposing.MatchString(text) {
		return false
	}
	for i, h := range found.Hits[:min(quoted, len(found.Hits))] {
		otherYear := i == 0 && h.Holds && wrongYear(text, h)
		if otherYear || corrects(text, h) {
			a.claim(ans, Statement{Text: h.Text(), Evidence: []Evidence{whole(h.Place)}})
		}
	}
	if len(ans.Claims) == 0 {
		return false
	}
	ans.Verdict = PremiseCorrected
	return true
}

// wrongYear says whether the question names a year that the article does not.
func wrongYear(question string, h retrieval.Hit) bool {
	for _, y := range year.FindAllString(question, -1) {
		if !strings.Contains(h.Article.Text, y) {
			return true
		}
	}
	return false
}
