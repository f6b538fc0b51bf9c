package proof

import (
	"regexp"
	"strings"
	"unicode"
)

// figures are digits in any script with their separators, and a sign of
// per cent.
var figures = regexp.MustCompile(`[\p{Nd}\p{No}\p{Nl}][\p{N}.,]*(?:\s?(?:%|percent|per cent|prozent|por ciento|pour cent|процент|відсотк))?`)

// wordsOf are the runs of letters of a text.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
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
	for _, w := range wordsOf(strings.ToLower(text)) {
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

// checkNumbers checks that each number of the text, in digits or in letters,
// stands in the evidence, and each month that has one.
func checkNumbers(text, cited string) error {
	says := figuresIn(cited)
	for _, f := range figures.FindAllString(text, -1) {
		if !says[figureValue(f)] {
			return flaw(WrongNumber, "the evidence does not hold the number %s", f)
		}
	}
	for _, w := range wordsOf(text) {
		if v, ok := numberWords[strings.ToLower(w)]; ok && !says[v] && v != "2" {
			return flaw(WrongNumber, "the evidence does not hold the number %s", w)
		}
	}
	if !strings.ContainsFunc(text, unicode.IsDigit) {
		return nil // nor a date
	}
	there := monthsIn(cited)
	for m := range monthsIn(text) {
		if !there[m] {
			return flaw(WrongNumber, "the evidence does not hold that date")
		}
	}
	return nil
}

// dated matches a month beside a number, in six languages: alone, "march" and
// "may" are other words too.
var dated = regexp.MustCompile(`(?i)(\d{1,4}(?:st|nd|rd|th|er|º)?\.?\s+(?:de\s+|of\s+)?)(` + monthPattern + `)\pL*|(` + monthPattern + `)\pL*\s+(?:de\s+)?\d`)

// months begin the names of months, by their number.
var months = strings.Fields(`jan|enero|ene|янв|січ feb|febr|fév|fev|фев|лют mar|mär|мар|берез apr|avr|abr|апр|квіт may|mai|mayo|мая|май|трав
	jun|juin|июн|черв jul|juil|июл|лип aug|aoû|aou|ago|авг|серп sep|сен|верес oct|okt|окт|жовт nov|ноя|листоп dec|déc|dic|dez|дек|груд`)

var monthPattern = strings.Join(months, "|")

// monthsIn are the numbers of the months that a text names beside a number.
func monthsIn(text string) map[int]bool {
	in := map[int]bool{}
	for _, found := range dated.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(found[2] + found[3])
		for n, begins := range months {
			for b := range strings.SplitSeq(begins, "|") {
				if b == name {
					in[n+1] = true
				}
			}
		}
	}
	return in
}
