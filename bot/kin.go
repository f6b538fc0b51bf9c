package bot

import (
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// What a model writes is its own only in the wording. A model that obeys what
// somebody put into a question or an article writes of something else, behind
// an honest quotation. These checks hold a statement to what it cites, part by
// part, and to its question's language.

var (
	// parts end a part of an English statement that says something by itself.
	parts = regexp.MustCompile(`[,;:()—–.!?\n]|\s(?:and|but|while|whereas|because|so)\s`)
	// initials are letters with a full stop that ends no part.
	initials = regexp.MustCompile(`\b(\p{Lu})\.`)
	// linking are words of content that only lead from one part to the next.
	linking = wordSet(`example instance hand result short addition fact other words turn contrast sum particular consequence
		importantly article`)
)

// supported is the share of an English statement's words of content that its
// evidence has to hold, in any form; supportedStrictly that of an answer to a
// question which says what to write.
const (
	supported         = 0.3
	supportedStrictly = 0.6
)

// checkSubstance checks that the text is about what its evidence is about. An
// English text has a fair share of its words from there, and some in each of
// its parts; one in another language is tied to it by names, figures and words
// that sound alike.
func checkSubstance(text string, t tongue, ev evidenced) error {
	if t != english {
		return checkKin(text, ev)
	}
	says := retrieval.Stems(text)
	held := retrieval.Stems(ev.cited)
	if len(says) == 0 {
		return flaw(Unsupported, "the text has no word of content")
	}
	if n := sharedStems(says, held); float64(n) < supported*float64(len(says)) {
		return flaw(Unsupported, "of %d words of content the evidence has %d", len(says), n)
	}
	for _, part := range parts.Split(initials.ReplaceAllString(text, "$1"), -1) {
		if says := retrieval.Stems(plainPart(part)); len(says) > 0 && sharedStems(says, held) == 0 {
			return flaw(Unsupported, "the evidence has nothing of %q", strings.TrimSpace(part))
		}
	}
	return nil
}

// plainPart is a part of a statement without words that only lead on to it,
// and without names and figures, which are compared by themselves.
func plainPart(part string) string {
	var plain []string
	for _, w := range words.FindAllString(part, -1) {
		if small := strings.ToLower(w); !linking[small] && !openers[small] && numberWords[small] == "" && entityOf(small) == 0 {
			plain = append(plain, w)
		}
	}
	return strings.Join(plain, " ")
}

// sharedStems is how many of the stems are among the others, in any form.
func sharedStems(says, held []string) (n int) {
	for _, w := range says {
		if slices.ContainsFunc(held, func(h string) bool { return alike(w, h) }) {
			n++
		}
	}
	return n
}

// wordsATie is for how many words of a sentence in another language than the
// article's one word has to be that the evidence has too.
const wordsATie = 15

// checkKin checks that each sentence of a text in another language has
// something that can be compared with its English evidence: a name, a figure,
// or a word that sounds like one of its words ("Sanktionen", "санкции").
func checkKin(text string, ev evidenced) error {
	cited := wordsIn(ev.cited + "\n" + ev.around)
	named := map[entity]bool{}
	for _, n := range namings(cited) {
		named[n.entity] = true
	}
	figures := figuresIn(ev.cited)
	sounds := map[string]bool{}
	for _, w := range cited {
		if s := sound(w); s != "" {
			sounds[s] = true
		}
	}
	for _, sentence := range sentencesOf(text) {
		all := wordsIn(sentence)
		ties := 0
		for _, n := range namings(all) {
			if named[n.entity] {
				ties++
			}
		}
		for f := range figuresIn(sentence) {
			if figures[f] {
				ties++
			}
		}
		for _, w := range all {
			if entityOf(w) == 0 && sounds[sound(w)] {
				ties++
			}
		}
		if len(all) > ties*wordsATie {
			return flaw(Unsupported, "nothing ties %q to the evidence: name who or what it is about", strings.TrimSpace(sentence))
		}
	}
	return nil
}

// heard is how many letters of a word are compared by their sound, and
// shortestHeard how many a word has that is compared at all.
const (
	heard         = 4
	shortestHeard = 5
)

// sound is how a word begins, as it sounds in any of the languages; empty for
// a word that is too short to tell.
func sound(w string) string {
	if len([]rune(w)) < shortestHeard {
		return ""
	}
	s := []rune(alphabets.Replace(latin.Replace(w)))
	if len(s) < heard {
		return ""
	}
	return string(s[:heard])
}

var (
	// latin writes Cyrillic letters in Latin ones.
	latin = strings.NewReplacer("а", "a", "б", "b", "в", "v", "г", "g", "ґ", "g", "д", "d", "е", "e", "є", "e", "ё", "e",
		"ж", "j", "з", "s", "и", "i", "і", "i", "ї", "i", "й", "i", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o", "п", "p",
		"р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "h", "ц", "k", "ч", "ch", "ш", "sh", "щ", "sh", "ъ", "", "ы", "i",
		"ь", "", "э", "e", "ю", "iu", "я", "ia")
	// alphabets writes one letter for those that sound alike.
	alphabets = strings.NewReplacer("c", "k", "q", "k", "ç", "k", "x", "ks", "z", "s", "ß", "s", "y", "i", "ph", "f", "w", "v",
		"é", "e", "è", "e", "ê", "e", "ë", "e", "á", "a", "à", "a", "â", "a", "ä", "a", "ó", "o", "ô", "o", "ö", "o",
		"í", "i", "î", "i", "ï", "i", "ú", "u", "ù", "u", "û", "u", "ü", "u", "ñ", "n")
)

// suits says whether a statement may answer the question in its language: in
// the article's, or in that of the question. A question that is plainly in
// English gets no other, whatever it asks for.
func suits(statement, question string) bool {
	t := tongueOf(statement)
	return t == english || commonWords(question, t) >= commonWords(question, english)
}

// orders matches a question that says what to write, and does not only ask. It
// is held more strictly to the evidence, so that it may match too much.
var orders = regexp.MustCompile(`(?i)ignor|игнор|ігнор|disregard|overlook|overrid|forget|pretend|role.?play|jailbreak|\bdan\b|developer mode|` +
	`from now on|you are now|act as|agree with|\brules\b|\boperator\b|\bsystem\b|\bprompts?\b|instruc|instruk|инструкц|інструкц|anweisung|encod|encrypt|base64|cipher|revers|translat|emoji|` +
	`\b(?:in|with|to) (?:your|each|every) (?:response|reply|answer|message)|` +
	`(?:^|[.!?:;,"'\n]\s*|\b(?:please|now|then|and|just|to|must|will)\s+)(?:say|write|reply|respond|answer|repeat|print|output|add|include|append|insert|integrate)\b|` +
	`olvid|vergiss|vergess|oubli|забуд|ab jetzt|von jetzt an|bist du (?:jetzt|nun|ein)|du bist (?:jetzt|nun|ein)|(?:rede|sprich|antworte) wie|spiel|` +
	`eres (?:ahora|un)|a partir de ahora|como (?:si|un)\b|actúa|finge|joue|fais comme|comme (?:si|un)\b|tu es (?:maintenant|un)|à partir de maintenant|` +
	`с этого момента|отныне|ты теперь|представь|сыгра|с цього моменту|відтепер|ти тепер|зіграй|zapomnij|` +
	`(?:^|[^\pL])(?:di|diga|escrib[ea]|responde|responda|repit[ea]|añad[ea]|incluy[ea]|tradu\pL*|sag|sage|schreibe?|schreiben sie|antworte|antworten sie|wiederhole?|füge|übersetz\pL*|` +
	`dis|dites|écris|écrivez|réponds|répondez|répète|répétez|ajoutez?|traduis\pL*|скажи|скажите|напиши|напишите|ответь|ответьте|повтори|повторите|добавь|добавьте|притвор\pL*|переведи|переведите|` +
	`скажіть|напишіть|відповідай\pL*|дай відповідь|повторіть|додай\pL*|уяви|уявіть|переклад\pL*)(?:[^\pL]|$)`)

// ownWords are words for the article itself, which a question and its answer
// may both have.
var ownWords = wordSet(`article author text passage piece it this summit`)

// parrots says whether a statement is a piece of a question, word for word, and
// not of its evidence. A claim that is checked may be repeated: it does not ask.
func parrots(statement, question, cited string) bool {
	said := wordsIn(statement)
	return strings.Contains(question, "?") && len(said) >= run && containsRun(wordsIn(question), said) && !containsRun(wordsIn(cited), said)
}

// strays says whether an English statement goes further from its evidence than
// a question may lead it that says what to write: too few of its words are from
// there, or it repeats words of the question's: one of content that no article
// has, or three in a row that the evidence has not.
func (a *Answerer) strays(statement, question, cited string) bool {
	says := retrieval.Stems(statement)
	if float64(sharedStems(says, retrieval.Stems(cited))) < supportedStrictly*float64(len(says)) {
		return true
	}
	said, asked, held := wordsIn(statement), wordsIn(question), wordsIn(cited)
	for _, w := range said {
		stems := retrieval.Stems(w)
		if len(stems) == 0 || ownWords[w] || entityOf(w) != 0 || !slices.Contains(asked, w) {
			continue
		}
		if !slices.ContainsFunc(stems, func(s string) bool { return a.gate.common()[s] }) {
			return true
		}
	}
	for i := 0; i+run <= len(said); i++ {
		if containsRun(asked, said[i:i+run]) && !containsRun(held, said[i:i+run]) {
			return true
		}
	}
	return false
}

// run is how many words in a row are no accident.
const run = 3

// containsRun says whether the words stand among all in a row.
func containsRun(all, run []string) bool {
	for i := 0; i+len(run) <= len(all); i++ {
		if slices.Equal(all[i:i+len(run)], run) {
			return true
		}
	}
	return false
}

// proveFor proves what a model answers a question with: by the gate, and
// against what the question might have told it to write.
func (a *Answerer) proveFor(question string, s Statement) (Claim, error) {
	claim, err := a.gate.Prove(s)
	if err != nil || claim.own {
		return claim, err
	}
	var cited strings.Builder
	for _, q := range claim.quotes {
		if at, ok := a.find(Evidence{Article: q.Article, Sentence: q.Sentence}); ok {
			cited.WriteString(at.Text() + "\n" + q.Text + "\n")
		}
	}
	switch {
	case !suits(claim.text, question):
		return Claim{}, flaw(Unsafe, "the text is not in the language of the question")
	case parrots(claim.text, question, cited.String()):
		return Claim{}, flaw(Unsafe, "the text repeats the question")
	case !orders.MatchString(question):
	case tongueOf(claim.text) != english:
		return Claim{}, flaw(Unsafe, "the question says what to write, and is answered in the language of the passages alone")
	case a.strays(claim.text, question, cited.String()):
		return Claim{}, flaw(Unsafe, "the question says what to write, and the text has words that the evidence does not: keep to its words")
	}
	return claim, nil
}
