package bot

import (
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// contraries are words of which one says the contrary of the other, side
// against side, by their stems.
var contraries = readContraries(`
weaken weak weaker weakening undermine | strengthen strong stronger strengthening bolster boost solidify reinforce
increase increasing rise raise grow growing higher expand tighten | decrease reduce reducing reduction lower ease easing lift lifted shrink cut
success successful successfully succeed win victory | fail failure failed failing flop collapse defeat
divide divided dividing division split fragment fragmented disunity discord | unite united unity unified solidify together
praise praised laud lauded applaud welcome welcomed endorse endorsed celebrate | condemn condemned criticise criticize denounce confront confrontational
trust trusted trusts confidence friendship | mistrust distrust suspicion skepticism skeptical doubt question questioning
crowded dense densely | sparse sparsely empty
easy easily simple | hard difficult challenging complex
resilience resilient adapt adapting | crush crushed wreck wrecked ruin ruined cripple crippled
support supporting aid help | weapons weapon
support supports supported back backed endorse | skepticism skeptical oppose opposed
strengthen stronger strong | reduce reduction limit
quick brief painless | protracted devastating unimaginable
arbitrary arbitrarily random randomly accident chance | deliberate deliberately purpose
attack invade invasion | withdraw withdrawal retreat
gain gains | loss losses lose
`)

func readContraries(table string) (out [][2]map[string]bool) {
	for line := range strings.Lines(table) {
		if left, right, ok := strings.Cut(line, "|"); ok {
			out = append(out, [2]map[string]bool{stemSet(left), stemSet(right)})
		}
	}
	return out
}

// stemSet makes a set of the stems of the words of a text.
func stemSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, s := range retrieval.Stems(words) {
		set[s] = true
	}
	return set
}

// year matches a year of our time.
var year = regexp.MustCompile(`\b(19|20)\d\d\b`)

// hyphened matches words, those with hyphens as one.
var hyphened = regexp.MustCompile(`\p{L}+(?:-\p{L}+)*`)

// reversing are the beginnings that turn a word into its contrary.
var reversing = []string{"un", "in", "im", "ir", "dis", "mis", "non", "non-", "de-", "anti-"}

// shortestReversed is how many letters a word has at least that is looked for
// with such a beginning.
const shortestReversed = 5

// opposed returns a word of the text of which the evidence has the contrary
// alone, empty for none. Only English is read.
func opposed(text, evidence string) string {
	says, holds := hyphened.FindAllString(plainly(text), -1), hyphened.FindAllString(plainly(evidence), -1)
	for _, x := range says {
		if slices.Contains(holds, x) {
			continue
		}
		for _, p := range reversing {
			if rest, ok := strings.CutPrefix(x, p); ok && len(rest) >= shortestReversed && slices.Contains(holds, rest) {
				return x
			}
			if len(x) >= shortestReversed && slices.Contains(holds, p+x) {
				return x
			}
		}
	}
	told, proof := retrieval.Stems(text), retrieval.Stems(evidence)
	has := func(stems []string, side map[string]bool) string {
		for _, s := range stems {
			if side[s] {
				return s
			}
		}
		return ""
	}
	for _, pair := range contraries {
		for i := range pair {
			word := has(told, pair[i])
			if word != "" && has(told, pair[1-i]) == "" && has(proof, pair[1-i]) != "" && has(proof, pair[i]) == "" {
				return word
			}
		}
	}
	return ""
}

var (
	// awayFrom matches what a sentence says that something is not.
	awayFrom = regexp.MustCompile(`\b(?:far from|lack of|absence of|rather than|instead of)(?: being| a| an| the)? (\pL+)`)
	// narrowed matches words that say that something is all.
	narrowed = regexp.MustCompile(`\b(?:merely|only|just|simply|solely)\b`)
	// around a day, what tells which one it is
	whichDay = regexp.MustCompile(`\b(this|last|next|past|coming) (monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|month|year)\b`)
)

// checkContrary checks that an English text does not say the contrary of its
// evidence by other means than a negation.
func checkContrary(text string, t tongue, ev evidenced) error {
	if t != english {
		return nil
	}
	says := plainly(text)
	bearing := strings.Join(ev.scopes, "\n")
	denied := negates.in(english, merely.ReplaceAllString(says, " "))
	if word := opposed(text, bearing); word != "" && !denied {
		return flaw(Negated, "the evidence has the contrary of %q", word)
	}
	cited := plainly(bearing)
	for _, m := range awayFrom.FindAllStringSubmatch(cited, -1) {
		for _, w := range retrieval.Stems(m[1]) {
			if !denied && !softDenial.MatchString(says) && slices.ContainsFunc(retrieval.Stems(text), func(s string) bool { return alike(s, w) }) {
				return flaw(Negated, "the evidence says %q, and the text does not", m[0])
			}
		}
	}
	if narrowed.MatchString(merely.ReplaceAllString(says, " ")) && merely.MatchString(cited) {
		return flaw(Negated, "the evidence says that it is not all, and the text that it is")
	}
	for _, m := range whichDay.FindAllStringSubmatch(says, -1) {
		for _, have := range whichDay.FindAllStringSubmatch(plainly(ev.cited), -1) {
			if m[2] == have[2] && m[1] != have[1] && m[1]+have[1] != "comingnext" {
				return flaw(WrongNumber, "the evidence says %q, not %q", have[0], m[0])
			}
		}
	}
	return nil
}

// dated matches a word and the year that it is said to be of.
var dated = regexp.MustCompile(`(\p{L}{4,})(?:\s+(?:in|of|since|from|early|late|mid|the|year)){1,3}\s+(\d{4})\b`)

// happening are words that are said of anything with a date.
var happening = stemSet(`begin began begun start started launch launched happen happened occur occurred took taken place date dated back since until after before`)

// checkDates checks that two dates of the evidence have not changed places: the
// year that the text gives to a word is the first that follows it in the
// evidence.
func checkDates(text string, t tongue, ev evidenced) error {
	if t != english {
		return nil
	}
	for _, m := range dated.FindAllStringSubmatch(text, -1) {
		stems := retrieval.Stems(m[1])
		if len(stems) != 1 || happening[stems[0]] {
			continue
		}
		if year := yearAfter(ev.cited, stems[0]); year != "" && year != m[2] {
			return flaw(WrongNumber, "the evidence has %s for %q, not %s", year, m[1], m[2])
		}
	}
	return nil
}

// yearAfter is the first year after a word, given by its stem; empty for none.
func yearAfter(text, stem string) string {
	for _, at := range words.FindAllStringIndex(text, -1) {
		if s := retrieval.Stems(text[at[0]:at[1]]); len(s) == 1 && s[0] == stem {
			return year.FindString(text[at[1]:])
		}
	}
	return ""
}
