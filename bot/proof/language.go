package proof

import (
	"strings"
	"unicode"
)

// common are the function words by which a language is told. A word of several
// languages stands in each of them.
var common = map[string]map[string]bool{
	"en": wordSet(`the of and to in is a that for with on as by it his he an be are at from this would could may why
		what when where who how was does did not no will can has have been or but if about over after before
		into than then they their there which were you do so only i me my we our us him her she all any some
		more other such too also just again out up down off get got tell say says said let please`),
	"es": wordSet(`el la los las de que y en un una del por con para su se es al lo como más sus qué quién cuándo dónde
		cómo cuál no si pero o ha han ser está son puede podría este esta eso sobre entre cuando donde porque
		ya muy también les nos hay fue a me te mi tu tras hasta desde según`),
	"de": wordSet(`der die das und ist ein eine den dem des zu mit für auf im von sich er es als auch einen einer seine
		seinen warum was wer wann wo wie wurde welche an aus bei nach um über unter vor dass nicht wird
		werden kann können könnte sind war hat haben hätte wenn oder aber nur noch am beim zum zur durch
		gegen ihre ihr in so will bin man ihn ihm dann dort hier mehr`),
	"fr": wordSet(`le la les de des et un une du que en pour dans sur au est il avec par se sa son ses ce l d qu
		pourquoi quand où qui quoi quel quelle comment pas ne plus peut pourrait ont sont être a à aux cette
		ces ou mais si elle ils leur leurs était serait y entre fait on me te tu sous depuis selon après
		avant tout tous`),
	"uk": wordSet(`і та що на у в з до за його це як від для є чому чи хто де коли про саме після який яка які не або
		але якщо може могло мають має був була буде щодо її їх їхній яке цей ця ці також бути`),
	"ru": wordSet(`и что на в с к по его это как от для из о почему ли кто где когда после какой какая какие не или но
		если может мог бы был была будет их её чтобы между также быть этот эта эти же только у за со`),
}

// wordSet makes a set of the words of a text.
func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// inCyrillic says whether most letters of a text are Cyrillic.
func inCyrillic(text string) bool {
	n := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cyrillic, r):
			n++
		case unicode.Is(unicode.Latin, r):
			n--
		}
	}
	return n > 0
}

// lettered is the language that a text's letters tell by themselves, empty where
// they tell none.
func lettered(text string) string {
	text = strings.ToLower(text)
	switch cyrillic := inCyrillic(text); {
	case cyrillic && strings.ContainsAny(text, "іїєґ"):
		return "uk"
	case cyrillic && strings.ContainsAny(text, "ыэъё"):
		return "ru"
	case !cyrillic && strings.ContainsAny(text, "¿¡ñ"):
		return "es"
	case !cyrillic && strings.ContainsAny(text, "ß"):
		return "de"
	}
	return ""
}

// Language is the code of the language that a text is written in, as far as
// the letters and function words of the bot's six tell: "en" where none does.
func Language(text string) string {
	if lang := lettered(text); lang != "" {
		return lang
	}
	best, most, candidates := "en", 0, []string{"en", "es", "de", "fr"}
	if inCyrillic(text) {
		best, candidates = "ru", []string{"ru", "uk"}
	}
	for _, lang := range candidates {
		if n := commonWords(text, lang); n > most {
			best, most = lang, n
		}
	}
	return best
}

// otherLanguage says whether a text is in another language than the article's
// and the question's, as far as both can be told.
func otherLanguage(text, question string) bool {
	t, q := Language(text), Language(question)
	if t == articleLanguage || t == q {
		return false
	}
	if question != "" && commonWords(text, t) < commonWords(text, q)+clearly && lettered(text) != t {
		return false
	}
	return question == "" || lettered(question) == q || commonWords(question, t) < commonWords(question, q)
}

// clearly is how many more function words of one language than of another a text
// has that is in the one.
const clearly = 2

// commonWords counts a text's words that are function words of a language.
func commonWords(text, lang string) (n int) {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if common[lang][w] {
			n++
		}
	}
	return n
}

// articleLanguage is the language of articles.
const articleLanguage = "en"
