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

// veto holds a text to what is exact: cited are the sentences that it names,
// around is what may name somebody in them beside (headings, what they lean on).
func veto(text, cited, around, question string) error {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return flaw(NoText, "it is empty")
	}
	if err := Safe(text, question); err != nil {
		return err
	}
	if n, most := utf8.RuneCountInString(text), longer*utf8.RuneCountInString(cited); n > most {
		return flaw(TooLong, "it has %d characters, more than %d: three times its evidence", n, most)
	}
	if err := checkNumbers(text, cited); err != nil {
		return err
	}
	return checkNames(text, cited+"\n"+around)
}

// articleLanguage is the language of articles.
const articleLanguage = "en"

// checkCharacters checks that a text holds nothing that cannot be seen.
func checkCharacters(text string) error {
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsSpace(r) && (unicode.IsControl(r) || retrieval.Blank(r)) || unicode.Is(unicode.Cf, r) {
			return flaw(Unsafe, "it holds the character %U, which cannot be seen", r)
		}
	}
	return nil
}

// replied matches a yes or no at the beginning of a text, in the bot's languages.
var replied = regexp.MustCompile(`(?i)^(?:yes|yeah|yep|no|nope|ja|nein|doch|oui|non|sí|si|да|нет|так|ні)\s*[,.;:!–—-]\s*`)

// cutReply is a text without the yes or no that it begins with.
func cutReply(text string) string {
	rest := replied.ReplaceAllString(text, "")
	if rest == text {
		return text
	}
	first, n := utf8.DecodeRuneInString(rest)
	return string(unicode.ToUpper(first)) + rest[n:]
}

// bare is a text's letters and digits, word by word, in small letters: what is
// the same but for case, punctuation and spaces has the same.
func bare(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), " ")
}
