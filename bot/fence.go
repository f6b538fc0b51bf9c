package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"summitbot/retrieval"
)

var (
	// links are what Discord would make clickable or would ping: addresses,
	// invites, mentions of members, roles, channels and everybody, and the
	// emoji and timestamps written in angle brackets.
	links = regexp.MustCompile(`(?i)(https?|ftp|discord)://|www\.|discord(app)?\.(gg|com)|@everyone|@here|<[@#a:t/i][^>]*>|\]\(`)
	// numbers are digits with their separators.
	numbers = regexp.MustCompile(`\p{N}[\p{N}.,]*`)
	// words are runs of letters.
	words = regexp.MustCompile(`\p{L}[\p{L}\p{M}]*`)
	// openers are common words that begin a sentence, beside those that an
	// article itself writes in small letters.
	openers = wordSet(`additionally although consequently conversely currently despite finally first furthermore hence here
		however instead likewise meanwhile moreover nevertheless nonetheless notably otherwise overall second similarly
		specifically still therefore third thus ultimately unlike whereas yes yet`)
	// numberWords are numbers in letters, each with what else says the same.
	numberWords = map[string][]string{
		"two": {"2", "both"}, "three": {"3"}, "four": {"4"}, "five": {"5"}, "six": {"6"}, "seven": {"7"}, "eight": {"8"},
		"nine": {"9"}, "ten": {"10"}, "eleven": {"11"}, "twelve": {"12", "dozen"}, "dozen": {"12", "twelve"}, "twenty": {"20"},
		"thirty": {"30"}, "forty": {"40"}, "fifty": {"50"}, "sixty": {"60"}, "seventy": {"70"}, "eighty": {"80"}, "ninety": {"90"},
		"hundred": nil, "thousand": nil, "million": nil, "billion": nil, "trillion": nil, "half": nil, "twice": nil,
		"dozens": nil, "hundreds": nil, "thousands": nil, "millions": nil, "billions": nil, "trillions": nil,
	}
)

// wordSet makes a set of the words of a text.
func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// readCommon notes the words that an article writes in small letters, which
// are no names.
func (g *Gate) readCommon(text string) {
	seen := map[string]bool{}
	for _, w := range words.FindAllString(text, -1) {
		if seen[w] || startsUpper(w) {
			continue
		}
		seen[w] = true
		for _, stem := range retrieval.Stems(w) {
			g.common[stem] = true
		}
	}
}

// startsUpper says whether w begins with a capital.
func startsUpper(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r) || unicode.IsTitle(r)
}

// fence checks that the text says no number and no name that the cited
// sentences do not, and nothing that Discord would act on.
func (g *Gate) fence(text, cited string) error {
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return fmt.Errorf("%w: the text holds the character %U, which cannot be shown", ErrUnproven, r)
		}
	}
	if _, ok := fold(cited).find(text); ok {
		return nil // the article's own words
	}
	if l := links.FindString(text); l != "" {
		return fmt.Errorf("%w: the text holds the link or mention %q", ErrUnproven, l)
	}
	says := saidIn(cited)
	for _, n := range numbers.FindAllString(text, -1) {
		if n = strings.TrimRight(n, ".,"); !says[n] {
			return fmt.Errorf("%w: the evidence does not hold the number %s", ErrUnproven, n)
		}
	}
	for _, at := range words.FindAllStringIndex(text, -1) {
		w := text[at[0]:at[1]]
		lower := strings.ToLower(w)
		if says[lower] {
			continue
		}
		if others, ok := numberWords[lower]; ok && !slices.ContainsFunc(others, func(o string) bool { return says[o] }) {
			return fmt.Errorf("%w: the evidence does not hold the number %s", ErrUnproven, w)
		}
		if startsUpper(w) && !(beginsSentence(text[:at[0]]) && g.isCommon(lower)) {
			return fmt.Errorf("%w: the evidence does not hold the name %s", ErrUnproven, w)
		}
	}
	return nil
}

// saidIn is the set of the numbers and the words, in small letters, of a text.
func saidIn(text string) map[string]bool {
	says := map[string]bool{}
	for _, n := range numbers.FindAllString(text, -1) {
		says[strings.TrimRight(n, ".,")] = true
	}
	for _, w := range words.FindAllString(text, -1) {
		w = strings.ToLower(w)
		says[w] = true
		for _, other := range numberWords[w] {
			says[other] = true
		}
	}
	return says
}

// isCommon says whether a word, in small letters, is a common one, which a
// capital at the beginning of a sentence does not make a name.
func (g *Gate) isCommon(word string) bool {
	if openers[word] || numberWords[word] != nil {
		return true
	}
	for _, stem := range retrieval.Stems(word) {
		if !g.common[stem] {
			return false
		}
	}
	return true
}

// beginsSentence says whether a word after the given text begins a sentence,
// where a capital makes no name.
func beginsSentence(before string) bool {
	before = strings.TrimRight(before, " \t\r\n\"'“”‘’(*_-–—")
	last, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || strings.ContainsRune(".!?…:", last)
}
