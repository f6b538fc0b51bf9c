package proof

import (
	"strings"
	"unicode"
)

// common are the function words by which a language is told.
var common = map[string]map[string]bool{
	"en": wordSet(`the of and to in is a that for with on as by it his he an be are at from this would could may why
		what when where who how was does did not no will can has have been or but if about over after before
		into than then they their there which were you do so only`),
	"es": wordSet(`el la los las de que y en un una del por con para su se es al lo como más sus qué quién cuándo dónde
		cómo cuál no si pero o ha han ser está son puede podría este esta eso sobre entre cuando donde porque
		ya muy también les nos hay fue`),
	"de": wordSet(`der die das und ist ein eine den dem des zu mit für auf im von sich er es als auch einen einer seine
		seinen warum was wer wann wo wie wurde welche an aus bei nach um über unter vor dass nicht wird
		werden kann können könnte sind war hat haben hätte wenn oder aber nur noch am beim zum zur durch
		gegen ihre ihr`),
	"fr": wordSet(`le la les de des et un une du que en pour dans sur au est il avec par se sa son ses ce l d qu
		pourquoi quand où qui quoi quel quelle comment pas ne plus peut pourrait ont sont être a à aux cette
		ces ou mais si elle ils leur leurs était serait y entre fait`),
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

// Language is the code of the language that a text is written in, as far as
// the function words of the bot's six tell: "en" where none does.
func Language(text string) string {
	text = strings.ToLower(text)
	cyrillic, latin := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	best, most, candidates := "en", 0, []string{"en", "es", "de", "fr"}
	if cyrillic > latin {
		switch {
		case strings.ContainsAny(text, "іїєґ"):
			return "uk"
		case strings.ContainsAny(text, "ыэъё"):
			return "ru"
		}
		best, candidates = "ru", []string{"ru", "uk"}
	}
	for _, lang := range candidates {
		if n := commonWords(text, lang); n > most {
			best, most = lang, n
		}
	}
	return best
}

// commonWords counts a text's words that are function words of a language.
func commonWords(text, lang string) (n int) {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if common[lang][w] {
			n++
		}
	}
	return n
}
