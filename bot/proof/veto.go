package proof

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"summitbot/retrieval"
)

// longer is how many times as long as its evidence a statement may be.
const longer = 3

// acts is what Discord would make clickable, would ping or would lay out, and
// what addresses of other kinds look like: links, domains, invites, mentions,
// whatever else stands in angle brackets, and Markdown.
var acts = regexp.MustCompile("(?i)[a-z]+://|www\\.|\\b[\\w-]+\\.(?:com|net|org|gg|io|ru|me|ly|co|app|info|xyz|link|example|dev|ai)\\b|@everyone|@here|@\\w|<[^\\s\\d=]|\\]\\(|`|\\*\\*|__|~~|\\|\\||^\\s*(?:#{1,3}|>|-#|-|\\*)\\s|\\[\\d+\\]|\\[s\\d+\\]")

// veto holds a text to what is exact: evidence is the sentences that it names, with
// what they lean on, known is that with their headings and whose views they are.
func veto(text, evidence, known, question string) error {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return flaw(NoText, "it is empty")
	}
	if err := Safe(text, question); err != nil {
		return err
	}
	if n, most := utf8.RuneCountInString(text), longer*utf8.RuneCountInString(evidence); n > most {
		return flaw(TooLong, "it has %d characters, more than %d: three times its evidence", n, most)
	}
	return Within(text, known)
}

// Within checks that each number, date and percentage of a text, and each name that
// names.csv has, stands in what is known.
func Within(text, known string) error {
	if err := checkNumbers(text, known); err != nil {
		return err
	}
	return checkNames(text, known)
}

// checkCharacters checks that a text holds nothing that cannot be seen.
func checkCharacters(text string) error {
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsSpace(r) && (unicode.IsControl(r) || retrieval.Blank(r)) || unicode.Is(unicode.Cf, r) {
			return flaw(Unsafe, "it holds the character %U, which cannot be seen", r)
		}
	}
	return nil
}

// replied matches a yes or no at the beginning of a text, in the bot's languages,
// with what stands between it and the rest.
var replied = regexp.MustCompile(`(?i)^(?:yes|yeah|yep|no|nope|ja|nein|doch|oui|non|sí|si|да|нет|так|ні)\s*(?:[,.;:!–—]|-\s)\s*`)

// cutReply is a text without the yes or no that it begins with. What follows a
// full stop has to be words: "No. 1" is no reply.
func cutReply(text string) string {
	begin := replied.FindString(text)
	rest := text[len(begin):]
	first, n := utf8.DecodeRuneInString(rest)
	if begin == "" || rest != "" && !unicode.IsLetter(first) {
		return text
	}
	if rest == "" {
		return ""
	}
	return string(unicode.ToUpper(first)) + rest[n:]
}

// bare is a text's letters, digits and signs such as "%", word by word, in small
// letters: what is the same but for case, punctuation and spaces has the same.
func bare(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !unicode.IsSymbol(r) && !strings.ContainsRune("%‰&#", r)
	}), " ")
}
