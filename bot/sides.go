package bot

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"summitbot/retrieval"
)

// eachSide matches words for each of two sides, such as "each of the two
// leaders"; its group is what they are.
var eachSide = regexp.MustCompile(`(?i)\b(?:each|both|either|two)(?: one)?(?: of)?(?: the| these| those| two| us| american| russian)* (\p{L}+)\b`)

// peoples match what two people are called together, or the sides that they
// stand for.
var peoples = regexp.MustCompile(`(?i)^(leaders?|presidents?|men|guys|dudes|sides?|part(y|ies)|players?|countr(y|ies)|nations?|powers?|governments?|capitals?|them|negotiators?|heads)$`)

// sides returns the question put for each of the two sides that it asks
// about, by name; nil when it asks about no sides or names one itself.
func (a *Answerer) sides(question string) []string {
	at := eachSide.FindStringSubmatchIndex(question)
	if at == nil {
		return nil
	}
	kind := question[at[2]:at[3]]
	names := a.people
	if !peoples.MatchString(kind) {
		names = namesBefore(a.articles, kind)
	}
	if len(names) < 2 || slices.ContainsFunc(names[:2], func(n string) bool { return strings.Contains(strings.ToLower(question), strings.ToLower(n)) }) {
		return nil
	}
	var out []string
	for _, n := range names[:2] {
		out = append(out, question[:at[0]]+n+question[at[1]:])
	}
	return out
}

// pairsOfWords calls each with the words of the articles' sentences that
// stand side by side with nothing but a space between them.
func pairsOfWords(articles []*retrieval.Article, each func(x, y string, opening bool)) {
	for _, art := range articles {
		for i := range art.Len() {
			x := ""
			for n, y := range strings.Fields(art.At(i).Text()) {
				word := strings.TrimFunc(y, func(r rune) bool { return !unicode.IsLetter(r) })
				word = strings.TrimSuffix(strings.TrimSuffix(word, "’s"), "'s")
				each(x, word, n == 1)
				if x = word; !strings.HasSuffix(y, word) && !strings.HasSuffix(y, "’s") && !strings.HasSuffix(y, "'s") {
					x = ""
				}
			}
		}
	}
}

// mainPeople returns the surnames of the people whom the articles name at
// least three times as often by it alone as with their first name, which
// stands nowhere else; the one named most often first.
func mainPeople(articles []*retrieval.Article) []string {
	times, full := map[string]int{}, map[[2]string]int{}
	inside := map[[2]string]bool{} // a sentence, where capitals mean names
	pairsOfWords(articles, func(x, y string, opening bool) {
		times[y]++
		if capital(x) && capital(y) {
			pair := [2]string{x, y}
			full[pair]++
			inside[pair] = inside[pair] || !opening
		}
	})
	var names []string
	for pair, n := range full {
		if first, last := pair[0], pair[1]; inside[pair] && n == times[first] && times[last] >= 4*n && !strings.HasSuffix(first, "ern") {
			names = append(names, last)
		}
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Or(cmp.Compare(times[y], times[x]), cmp.Compare(x, y)) })
	return slices.Compact(names)
}

// namesBefore returns the names that stand before a word, in any form, in the
// articles, together with it, in the order in which they first stand.
func namesBefore(articles []*retrieval.Article, word string) []string {
	stem := retrieval.Stems(word)
	if len(stem) == 0 {
		return nil
	}
	var names []string
	pairsOfWords(articles, func(x, y string, _ bool) {
		if capital(x) && !capital(y) && slices.Equal(retrieval.Stems(y), stem) {
			if name := x + " " + y; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	})
	return names
}

// capital says whether a word begins with a capital letter.
func capital(word string) bool {
	for _, r := range word {
		return unicode.IsUpper(r)
	}
	return false
}
