package bot

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"summitbot/retrieval"
)

// longestClaim is how many characters a statement in other words than the
// article's may have.
const longestClaim = 700

var (
	// acts is what Discord would make clickable, would ping or would lay out,
	// and what addresses of other kinds look like: links, domains, invites,
	// mentions, emoji and timestamps in angle brackets, and Markdown.
	acts = regexp.MustCompile("(?i)[a-z]+://|www\\.|\\b[\\w-]+\\.(?:com|net|org|gg|io|ru|me|ly|co|app|info|xyz|link|example|dev|ai)\\b|@everyone|@here|@\\w|<[@#a:t/i][^>]*>|\\]\\(|`|\\*\\*|__|~~|\\|\\||^\\s*(?:#{1,3}|>|-#|-|\\*)\\s|\\[\\d+\\]|\\[s\\d+\\]")
	// commands is what addresses the reader or the bot instead of telling of
	// the article.
	commands = regexp.MustCompile(`(?i)\b(?:ignore|disregard|forget) (?:all |any |the |your )*(?:previous|prior|above|earlier|instructions?)|\bsystem prompt|\b(?:click|tap|subscribe|sign up|download|log in|dm|message|contact|send) (?:here|me|us|now|on|this|to me|for)\b|\bas an ai\b|\bmy instructions\b|\b(?:api|secret) key\b|\bpassword\b`)
	// figures are digits in any script with their separators, and a sign of
	// per cent.
	figures = regexp.MustCompile(`[\p{Nd}\p{No}\p{Nl}][\p{N}.,]*(?:\s?(?:%|percent|per cent|prozent|por ciento|pour cent|процент|відсотк))?`)
	// words are runs of letters.
	words = regexp.MustCompile(`\p{L}[\p{L}\p{M}]*`)
	// openers are common words that begin a sentence, beside those that an
	// article itself writes in small letters.
	openers = wordSet(`additionally although consequently conversely currently despite finally first furthermore hence here
		however instead likewise meanwhile moreover nevertheless nonetheless notably otherwise overall second similarly
		specifically still therefore third thus ultimately unlike whereas yes yet both by each he her his it its she their they this`)
)

// wordSet makes a set of the words of a text.
func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// commonIn are the stems of the words that articles write in small letters,
// which are no names.
func commonIn(articles []*retrieval.Article) map[string]bool {
	common, seen := map[string]bool{}, map[string]bool{}
	for _, a := range articles {
		for _, w := range words.FindAllString(a.Text, -1) {
			if seen[w] || startsUpper(w) {
				continue
			}
			seen[w] = true
			for _, stem := range retrieval.Stems(w) {
				common[stem] = true
			}
		}
	}
	return common
}

// startsUpper says whether w begins with a capital.
func startsUpper(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r) || unicode.IsTitle(r)
}

// fence checks that a text says no more than its evidence does, and nothing
// that Discord would act on. The article's own words always pass, but for
// characters that cannot be shown.
func (g *Gate) fence(text string, ev evidenced) error {
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return flaw(Unsafe, "the text holds the character %U, which cannot be shown", r)
		}
	}
	if ev.says(text) {
		return nil
	}
	if n := utf8.RuneCountInString(text); n > longestClaim {
		return flaw(Unsafe, "the text has %d characters, more than %d", n, longestClaim)
	}
	if found := acts.FindString(text); found != "" {
		return flaw(Unsafe, "the text holds the link, mention or markup %q", found)
	}
	if found := commands.FindString(text); found != "" {
		return flaw(Unsafe, "the text gives the instruction %q", found)
	}
	t := tongueOf(text)
	for _, check := range []func(string, tongue, evidenced) error{
		checkFigures, g.checkNames, checkDates, checkNegation, checkContrary, checkHedges, checkHardening, checkRoles, checkSubstance,
	} {
		if err := check(text, t, ev); err != nil {
			return err
		}
	}
	return nil
}

// numberWords are numbers in letters, each with its value; those without one
// stand for themselves alone.
var numberWords = readNumberWords(`2 two two zwei dos deux два дві две двух двох
3 three drei tres trois три трёх трех трьох
4 four vier cuatro quatre четыре чотири
5 five fünf cinco cinq пять п'ять
6 six sechs seis шесть шість
7 seven sieben siete sept семь сім
8 eight acht ocho huit восемь вісім
9 nine neun nueve neuf девять дев'ять
10 ten zehn diez dix десять
11 eleven elf once onze
12 twelve zwölf doce douze двенадцать дванадцять dozen dutzend docena douzaine дюжина
20 twenty zwanzig veinte vingt двадцать двадцять
30 thirty
40 forty
50 fifty
60 sixty
70 seventy
80 eighty
90 ninety
100 hundred hundert cien ciento cent сто
1000 thousand tausend mil mille тысяча тисяча
1000000 million millionen millón millones millions миллион миллионов мільйон мільйонів
1000000000 billion milliarde milliarden milliard миллиард мільярд
half half hälfte mitad moitié половина
twice twice doppelt doble double вдвое вдвічі
dozens dozens dutzende docenas dizaines десятки
hundreds hundreds hunderte cientos centaines сотни сотні
thousands thousands tausende miles milliers тысячи тисячі
trillion trillion trillions billions
second second seconds
quarter quarter viertel
`)

func readNumberWords(table string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		for _, w := range fields[min(1, len(fields)):] {
			values[w] = fields[0]
		}
	}
	delete(values, "second") // a rank or a time as often as a number
	delete(values, "seconds")
	return values
}

// figuresIn are the values of the numbers of a text.
func figuresIn(text string) map[string]bool {
	values := map[string]bool{}
	for _, f := range figures.FindAllString(text, -1) {
		values[figureValue(f)] = true
	}
	for _, w := range words.FindAllString(strings.ToLower(text), -1) {
		if v, ok := numberWords[w]; ok {
			values[v] = true
		}
	}
	return values
}

// figureValue is a figure in plain digits, with a sign of per cent if it is
// one.
func figureValue(f string) string {
	var b strings.Builder
	percent := false
	for _, r := range f {
		switch {
		case unicode.Is(unicode.Nd, r):
			b.WriteRune('0' + digitValue(r))
		case unicode.IsNumber(r), r == '.' || r == ',':
			b.WriteRune(r)
		case !unicode.IsSpace(r):
			percent = true
		}
	}
	value := strings.TrimRight(b.String(), ".,")
	if grouped.MatchString(value) {
		value = strings.NewReplacer(".", "", ",", "").Replace(value)
	}
	value = strings.ReplaceAll(value, ",", ".")
	if percent {
		value += "%"
	}
	return value
}

// grouped matches digits in groups of three.
var grouped = regexp.MustCompile(`^\d{1,3}(?:[.,]\d{3})+$`)

// digitValue is the value of a decimal digit of any script: each has its ten
// in a row, beginning at a multiple that the one before 0 is no digit of.
func digitValue(r rune) rune {
	zero := r
	for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
		zero--
	}
	return r - zero
}

// checkFigures checks that each number of the text, in digits or in letters,
// stands in the evidence.
func checkFigures(text string, _ tongue, ev evidenced) error {
	says := figuresIn(ev.cited)
	text = twoSides.ReplaceAllString(text, "")
	for _, f := range figures.FindAllString(text, -1) {
		if !says[figureValue(f)] {
			return flaw(WrongNumber, "the evidence does not hold the number %s", f)
		}
	}
	for _, w := range words.FindAllString(text, -1) {
		if v, ok := numberWords[strings.ToLower(w)]; ok && !says[v] && !(v == "2" && bothOf.MatchString(ev.cited)) {
			return flaw(WrongNumber, "the evidence does not hold the number %s", w)
		}
	}
	return nil
}

// twoSides matches what those who talk are called together, which is no
// figure.
var twoSides = regexp.MustCompile(`(?i)\btwo (?:sides|leaders|presidents|men|countries|nations|powers|capitals)\b`)

// bothOf matches words for two.
var bothOf = regexp.MustCompile(`(?i)\b(both|two)\b`)

// checkNames checks that each name of the text stands in the evidence, as
// such or by another of its names, and that no word mixes two scripts.
func (g *Gate) checkNames(text string, t tongue, ev evidenced) error {
	lower := wordsIn(ev.cited + "\n" + ev.around)
	says := map[string]bool{}
	for _, w := range lower {
		says[w] = true
	}
	named := map[entity]bool{}
	for _, n := range namings(lower) {
		named[n.entity] = true
	}
	for _, at := range words.FindAllStringIndex(text, -1) {
		w := text[at[0]:at[1]]
		if mixed(w) {
			return flaw(Unsafe, "the word %s mixes the letters of two scripts", w)
		}
		small := strings.ToLower(w)
		if says[small] {
			continue
		}
		// In small letters "us" and "who" are no names, but "путин" is.
		if e := entityOf(small); e != 0 && (startsUpper(w) && !shortWord(w) || t > french) {
			if !named[e] {
				return flaw(WrongName, "the evidence does not hold the name %s", w)
			}
			continue
		}
		if !startsUpper(w) || t == german || beginsSentence(text[:at[0]]) && (t != english || g.isCommon(small)) {
			continue // German writes every noun so
		}
		if _, number := numberWords[small]; !number {
			return flaw(WrongName, "the evidence does not hold the name %s", w)
		}
	}
	return nil
}

// shortWord says whether a word that is written like the short name of
// something, but not in capitals, is a common one: "Us", "Un".
func shortWord(w string) bool {
	return len(w) <= 3 && w != strings.ToUpper(w) && w != "Xi"
}

// mixed says whether a word has both Latin and other letters.
func mixed(w string) bool {
	latin, other := false, false
	for _, r := range w {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.IsLetter(r):
			other = true
		}
	}
	return latin && other
}

// wordsIn are the words of a text in small letters, without the ending of a
// possessive.
func wordsIn(text string) []string {
	all := words.FindAllString(strings.ToLower(text), -1)
	out := all[:0]
	for _, w := range all {
		if w != "s" {
			out = append(out, w)
		}
	}
	return out
}

// isCommon says whether a word, in small letters, is a common one, which a
// capital at the beginning of a sentence does not make a name.
func (g *Gate) isCommon(word string) bool {
	if openers[word] || numberWords[word] != "" {
		return true
	}
	common := g.common()
	for _, stem := range retrieval.Stems(word) {
		if !common[stem] {
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

// flaw is the error of a statement that is not proven.
func flaw(f Flaw, format string, args ...any) error {
	return &Unproven{f, fmt.Sprintf(format, args...)}
}
