package proof

import (
	"regexp"
	"strings"
	"unicode"
)

// figures are digits in any script with their separators, and a sign of
// per cent.
var figures = regexp.MustCompile(`[\p{Nd}\p{No}\p{Nl}][\p{N}.,]*(?:\s?%)?`)

// perCent matches the words for the sign of per cent, which hold a hundred.
var perCent = regexp.MustCompile(`(?i)\b(?:per\s?cent|pour\s?cent|por\s?ciento|prozent)|(?i)процент\pL*|(?i)відсотк\pL*`)

// wordsOf are the runs of letters of a text.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

// numberWords are numbers in letters, each with its value; those without one
// stand for themselves alone.
var numberWords = readNumberWords(`2 two two zwei dos deux два дві две двух двох both beide beiden ambos ambas оба обе обоих обидва обидві обох
3 three drei tres trois три трёх трех трьох
4 four vier cuatro quatre четыре чотири
5 five fünf cinco cinq пять пять
6 six sechs seis шесть шість
7 seven sieben siete sept семь сім
8 eight acht ocho huit восемь вісім
9 nine neun nueve neuf девять девять
10 ten zehn diez dix десять
11 eleven elf onze одиннадцать одинадцять
12 twelve zwölf doce douze двенадцать дванадцять dozen dutzend docena douzaine дюжина
13 thirteen dreizehn trece treize тринадцать тринадцять
14 fourteen vierzehn catorce quatorze четырнадцать чотирнадцять
15 fifteen fünfzehn quince quinze пятнадцать пятнадцять
16 sixteen sechzehn dieciséis seize шестнадцать шістнадцять
17 seventeen siebzehn diecisiete семнадцать сімнадцять
18 eighteen achtzehn dieciocho восемнадцать вісімнадцять
19 nineteen neunzehn diecinueve девятнадцать девятнадцять
20 twenty zwanzig veinte vingt двадцать двадцять
30 thirty dreißig treinta trente тридцать тридцять
40 forty vierzig cuarenta quarante сорок
50 fifty fünfzig cincuenta cinquante пятьдесят пятдесят
60 sixty sechzig sesenta soixante шестьдесят шістдесят
70 seventy siebzig setenta семьдесят сімдесят
80 eighty achtzig ochenta восемьдесят вісімдесят
90 ninety neunzig noventa девяносто девяносто
100 hundred hundert cien ciento cent сто
1000 thousand tausend mil mille тысяча тысячи тисяча тисячі
1000000 million millionen millón millones millions миллион миллиона миллионов мільйон мільйона мільйонів
1000000000 billion billions milliarde milliarden milliard milliards миллиард миллиарда миллиардов мільярд мільярда мільярдів
1000000000000 trillion trillions billón billones триллион триллионов трильйон трильйонів
half half hälfte mitad moitié половина половину
twice twice doppelt doble double вдвое вдвічі
dozens dozens dutzende docenas dizaines десятки
hundreds hundreds hunderte cientos centaines сотни сотні
thousands thousands tausende miles milliers
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
	return values
}

// apostrophes takes out what stands within Ukrainian words.
var apostrophes = strings.NewReplacer("'", "", "’", "", "ʼ", "")

// figuresIn are the values of the numbers of a text.
func figuresIn(text string) map[string]bool {
	values := map[string]bool{}
	text = perCent.ReplaceAllString(text, "%")
	for _, f := range figures.FindAllString(text, -1) {
		values[figureValue(f)] = true
	}
	for _, w := range wordsOf(apostrophes.Replace(text)) {
		if v, ok := numberWords[strings.ToLower(w)]; ok {
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

// digitValue is the value of a decimal digit of any script: they stand in the
// tables of Unicode in rows of ten.
func digitValue(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// checkNumbers checks that each number of a text, in digits or in letters, and each
// month stands in what is known. "Two" is said of any pair that is named there.
func checkNumbers(text, known string) error {
	says := figuresIn(known)
	text = perCent.ReplaceAllString(text, "%")
	for _, f := range figures.FindAllString(text, -1) {
		if !says[figureValue(f)] {
			return flaw(WrongNumber, "the evidence does not hold the number %s", f)
		}
	}
	for _, w := range wordsOf(apostrophes.Replace(text)) {
		if v, ok := numberWords[strings.ToLower(w)]; ok && !says[v] && v != "2" {
			return flaw(WrongNumber, "the evidence does not hold the number %s", w)
		}
	}
	there := monthsIn(known)
	for month, w := range monthsIn(text) {
		if _, ok := there[month]; !ok {
			return flaw(WrongNumber, "the evidence does not hold the month %s", w)
		}
	}
	return nil
}

// monthNames are the names of months and their short forms, a month a line.
var monthNames = readMonths(`january jan januar enero ene janvier janv январь января январе січень січня січні
february feb februar febrero février févr февраль февраля феврале лютий лютого лютому
march märz marzo mars март марта марте березень березня березні
april apr abril avril апрель апреля апреле квітень квітня квітні
may mai mayo май мая мае травень травня травні
june jun juni junio juin июнь июня июне червень червня червні
july jul juli julio juillet июль июля июле липень липня липні
august aug agosto août август августа августе серпень серпня серпні
september sept septiembre septembre сентябрь сентября сентябре вересень вересня вересні
october oct oktober okt octubre octobre октябрь октября октябре жовтень жовтня жовтні
november nov noviembre novembre ноябрь ноября ноябре листопад листопада листопаді
december dec dezember dez diciembre dic décembre déc декабрь декабря декабре грудень грудня грудні`)

// otherwise are the names of months that are other words as often: they count
// beside a number alone.
var otherwise = wordSet("may mai mayo march mars jan dec sept jun nov ene dic лютий лютого лютому мае мая")

func readMonths(table string) map[string]int {
	months := map[string]int{}
	n := 0
	for line := range strings.Lines(table) {
		n++
		for w := range strings.FieldsSeq(line) {
			months[w] = n
		}
	}
	return months
}

// monthsIn are the months that a text names, each with its word.
func monthsIn(text string) map[int]string {
	in := map[int]string{}
	fields := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) })
	dated := func(i int) bool {
		return i >= 0 && i < len(fields) && strings.ContainsFunc(fields[i], unicode.IsNumber)
	}
	for i, w := range fields {
		name := strings.ToLower(w)
		n, ok := monthNames[name]
		if ok && (!otherwise[name] || dated(i-1) || dated(i+1) || dated(i-2) && len(fields[i-1]) <= 2) { // "3 de mayo", "3 of May"
			in[n] = w
		}
	}
	return in
}
