package bot

import (
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// evidenced is what a statement rests on: the sentences that its quotations
// touch, and the scopes of these.
type evidenced struct {
	cited  string
	scopes []string
	// around is what stands before the sentences that begin with a word for
	// somebody or something in it, and the headings: names may stand there.
	around string
}

// says says whether a text is the cited sentences' own words.
func (ev evidenced) says(text string) bool {
	_, ok := fold(ev.cited).find(text)
	return ok
}

var (
	// clauseMarks end a clause that may be true by itself.
	clauseMarks = regexp.MustCompile(`[;:—–]`)
	// conceding begins a clause that says what holds beside the rest, or on
	// which it depends.
	conceding   = regexp.MustCompile(`(?i)^\s*(?:\w+,\s+)?(?:while|although|though|even though|despite|whereas|rather than|instead of|not only|if|unless)\b`)
	adversative = regexp.MustCompile(`(?i),?\s+but\s+`)
)

// scope is what of a sentence bears on a quotation that stands in it from
// start to end: the clause around it, up to the next comma. What concedes
// something else, and what stands on the other side of a "but", is another
// matter.
func scope(sentence string, start, end int) string {
	left, right := 0, len(sentence)
	for _, m := range clauseMarks.FindAllStringIndex(sentence, -1) {
		if m[1] <= start {
			left = m[1]
		} else if m[0] >= end {
			right = min(right, m[0])
		}
	}
	if comma := strings.Index(sentence[end:], ", "); comma >= 0 {
		right = min(right, end+comma)
	}
	for _, m := range adversative.FindAllStringIndex(sentence, -1) {
		if m[1] <= start && m[1] > left {
			left = m[1]
		} else if m[0] >= end {
			right = min(right, m[0])
		}
	}
	if conceding.MatchString(sentence[left:start]) {
		if comma := strings.LastIndexByte(sentence[left:start], ','); comma >= 0 {
			left += comma + 1
		}
	}
	return sentence[left:right]
}

// plainly folds a text for comparing words: straight marks, small letters.
func plainly(text string) string { return strings.ToLower(fold(text).text) }

// checkNegation checks that the text is not turned round against its
// evidence: it denies something only if the evidence does, and affirms it
// only where the evidence does not deny it.
func checkNegation(text string, t tongue, ev evidenced) error {
	says := plainly(text)
	partly := merely.MatchString(says)
	says = merely.ReplaceAllString(says, " ")
	denied := negates.in(t, says)
	if denied && t == english && opposed(text, strings.Join(ev.scopes, "\n")) != "" {
		return nil // the negation of the contrary
	}
	deny, refuse := false, false
	for _, s := range ev.scopes {
		s = merely.ReplaceAllString(plainly(s), " ")
		refuse = refuse || negates.in(english, s)
		deny = deny || denies.MatchString(s)
		for _, w := range words.FindAllString(s, -1) { // what the text has from there softens nothing
			says = strings.ReplaceAll(says, w, " ")
		}
	}
	switch {
	case denied && !refuse && !deny:
		return flaw(Negated, "the text denies what the evidence does not")
	case !denied && !partly && refuse && !softened(says, t):
		return flaw(Negated, "the evidence denies something, and the text does not")
	}
	return nil
}

// softened says whether a text without a word of negation still says that
// something is not so.
func softened(text string, t tongue) bool {
	return t == english && softDenial.MatchString(text) || t != english && hardlyAny.in(t, text)
}

var (
	softDenial = regexp.MustCompile(`\b(far from|instead|rather than|rather|lack\w*|absent|absence|despite|against|unexpected\w*|unwilling|refusal|failure|fails?|failed|failing|deliberate\w*|stop\w*|block\w*|prevent\w*|exclu\w*|neutral\w*|elusive|impossible|out of|stay out|keep\w* .* out|avoid\w*|beyond|more than|other than|ha(lt|lts|lting)|denie\w*|doubt\w*|un\w+ed|dis\w+)\b`)
	hardlyAny  = newCues([tongues]string{
		english:   `instead`,
		spanish:   `más allá,en lugar,en vez,lejos de,evitar,impedir,falta,imposible,fracas*,deliberad*,difícil*`,
		german:    `statt,anstatt,fern,vermeid*,verhinder*,fehl*,unmöglich*,scheiter*,bewusst*,un*,schwer*,über`,
		french:    `loin,au-delà,au lieu,éviter,empêcher,manque*,impossible*,échou*,échec*,délibéré*,difficile*`,
		ukrainian: `далеко,замість,уник*,запоб*,відсутн*,неможлив*,провал*,не*`,
		russian:   `далеко,вместо,избе*,предотвра*,отсутств*,невозможн*,провал*,не*`,
	})
)

// checkHedges checks that what the evidence tells with reserve is not told as
// fact.
func checkHedges(text string, t tongue, ev evidenced) error {
	if hedges.in(t, plainly(text)) {
		return nil
	}
	for _, s := range ev.scopes {
		if found := reserved.FindString(plainly(s)); found != "" {
			return flaw(Hardened, "the evidence says %q, and the text tells it as fact", found)
		}
	}
	return nil
}

// reserved matches what keeps a sentence of the article's from being told as
// fact.
var reserved = regexp.MustCompile(`\b(may|might|could|would|likely|unlikely|possibly|perhaps|potential(ly)?|probably|suggests?|if|aims?|aiming|seek(s|ing)?|hop(e|es|ing)|wants?|believes?|perceives?|expected|intends?|appears?|seems?)\b`)

// checkHardening checks that the text does not say "all", "always" or "the
// most" of what the evidence does not say it of.
func checkHardening(text string, t tongue, ev evidenced) error {
	says := plainly(text)
	cited := plainly(ev.cited)
	found := strings.Trim(hardens[t]().FindString(says), " ,.;:!?\"")
	if found == "" || hardens.in(english, cited) || found == "most" && mostly.MatchString(cited) {
		return nil
	}
	return flaw(Hardened, "the evidence does not say %q", found)
}

// mostly matches what "most" may be said for.
var mostly = regexp.MustCompile(`\b(largely|mostly|mainly|widely|majority|generally)\b`)

// checkRoles checks that who does something to whom is not swapped: a word of
// the evidence that stands between two names may not stand between them the
// other way round, and whoever stands right beside a verb in the text may not
// stand on its other side alone in the evidence. Only English is read, and
// nothing that is told in the passive voice.
func checkRoles(text string, t tongue, ev evidenced) error {
	if t != english || passive.MatchString(text) {
		return nil
	}
	proof := between(ev.cited)
	for word, says := range between(text) {
		for _, p := range says {
			swapped := [2]entity{p[1], p[0]}
			if slices.Contains(proof[word], swapped) && !slices.Contains(proof[word], p) && !slices.Contains(says, swapped) {
				return flaw(Swapped, "the evidence has the two sides of %q the other way round", word)
			}
		}
	}
	for _, clause := range sentencesOf(possessive.ReplaceAllString(text, "their")) {
		all := wordsIn(clause)
		for _, n := range namings(all) {
			verb := n.at + 1
			for verb < len(all) && (auxiliary[all[verb]] || strings.HasSuffix(all[verb], "ly") || hedges.in(english, all[verb])) {
				verb++
			}
			joined := n.at > 0 && all[n.at-1] == "and"
			if verb < len(all) && !joined && misplaced(ev.cited, all[verb], n.entity, false) ||
				n.at > 0 && misplaced(ev.cited, all[n.at-1], n.entity, true) {
				return flaw(Swapped, "the evidence has the two sides of what %q does the other way round", all[n.at])
			}
		}
	}
	return nil
}

// auxiliary are words that may stand between somebody and what he does.
var auxiliary = wordSet(`is are was were be been being has have had do does did will would to also not then now still both`)

// passive matches what turns subject and object round.
var passive = regexp.MustCompile(`\bby\s+(?:the |a |an )?\p{L}+`)

// misplaced says whether the evidence has a verb with the name on the wrong
// side of it alone: before it, where the text has it after, or after it, where
// the text has it before.
func misplaced(cited, verb string, name entity, after bool) bool {
	if entityOf(verb) != 0 || len(retrieval.Stems(verb)) == 0 {
		return false
	}
	for _, clause := range sentencesOf(cited) {
		all := wordsIn(clause)
		at := slices.IndexFunc(all, func(w string) bool { return base(w) == base(verb) })
		if at < 0 || at+1 < len(all) && all[at+1] == "by" {
			continue
		}
		before, behind := false, false
		for _, n := range namings(all) {
			if n.entity == name {
				before = before || n.at < at
				behind = behind || n.at > at
			}
		}
		return before != behind && before == after
	}
	return false
}

// between are, by the words of a text as stems, the pairs of names nearest
// before and after them within a sentence.
func between(text string) map[string][][2]entity {
	pairs := map[string][][2]entity{}
	for _, sentence := range sentencesOf(text) {
		all := wordsIn(sentence)
		names := namings(all)
		for i, w := range all {
			var before, after entity
			for _, n := range names {
				if n.at < i {
					before = n.entity
				} else if n.at > i && after == 0 {
					after = n.entity
				}
			}
			if before == 0 || after == 0 || before == after || i+1 < len(all) && all[i+1] == "by" {
				continue
			}
			for _, stem := range retrieval.Stems(w) {
				pairs[stem] = append(pairs[stem], [2]entity{before, after})
			}
		}
	}
	return pairs
}

// sentencesOf are the parts of a text in which who does what stands together.
func sentencesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?;\n", r) })
}

// possessive matches a name in the possessive case, which does nothing.
var possessive = regexp.MustCompile(`\p{Lu}\p{L}+(?:’s|'s)`)

// base is a verb without its endings.
func base(w string) string {
	for _, ending := range []string{"ing", "ed", "es", "s", "e"} {
		if rest, ok := strings.CutSuffix(w, ending); ok && len(rest) > 2 {
			return rest
		}
	}
	return w
}

// alike says whether two stems are the same or have the same beginning.
func alike(x, y string) bool {
	const beginning = 5
	return x == y || len(x) > beginning && len(y) > beginning && x[:beginning] == y[:beginning]
}
