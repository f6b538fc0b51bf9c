package retrieval

// A Kind is a kind of value that a question asks for and a sentence can
// hold. Kinds are bits, as a sentence can hold several.
type Kind uint8

// The kinds of values.
const (
	Number   Kind = 1 << iota // how many, how much, what percentage
	Time                      // when, what year
	Name                      // who: a proper name inside the sentence
	Location                  // where: a proper name after a preposition of place
	Reason                    // why: a word that gives a cause or a purpose
)

// Words by which a sentence holds a kind of value, and words that ask for it.
var (
	numberWords = setOf(`two three four five six seven eight nine ten eleven twelve dozen dozens hundred hundreds thousand
		thousands million millions billion billions trillion percent percentage half third quarter twice double triple`)
	timeWords = setOf(`january february march april june july august september october november december monday tuesday
		wednesday thursday friday saturday sunday today tomorrow yesterday tonight weekend week month
		decade decades century centuries early late ago`)
	reasonWords = setOf(`because due since therefore thus hence cause causes caused reason reasons led leads leading result
		results resulted order so allows allow offer desire need response seeking opportunity serves aim aims aimed`)
	placeWords   = setOf(`in at from near to of into across between around`)
	measureWords = setOf(`many much old far long tall large big often high fast`)
	numberNouns  = setOf(`percentage percent number amount population proportion share age size cost price total rate`)
	timeNouns    = setOf(`year years date day month century decade period time era`)
	placeNouns   = setOf(`city cities country countries state states place places region regions location town continent river`)
	nameNouns    = setOf(`name names group groups party company person people team language leader organization book king
		emperor president author religion nickname term title university school tribe nationality`)
	reasonNouns = setOf(`reason reasons cause causes motive motives purpose`)
)

// wanted is the kind of value that a question of so many words asks for, 0
// when they do not tell.
func wanted(words int, text func(i int) string) Kind {
	for i := range words {
		next := func(n int) string {
			if i+n < words {
				return text(i + n)
			}
			return ""
		}
		switch text(i) {
		case "how":
			switch {
			case measureWords[next(1)]:
				return Number
			case next(1) == "come":
				return Reason
			}
		case "when", "whens", "wen":
			if i == 0 || i+1 < words {
				return Time
			}
		case "who", "whos", "whom", "whose":
			return Name
		case "where", "wheres":
			return Location
		case "why", "whys", "whyd", "y":
			return Reason
		case "what", "which", "whats", "wat":
			for n := 1; n <= 3; n++ {
				switch t := next(n); {
				case numberNouns[t]:
					return Number
				case timeNouns[t]:
					return Time
				case placeNouns[t]:
					return Location
				case reasonNouns[t]:
					return Reason
				case nameNouns[t]:
					return Name
				}
			}
		}
	}
	return 0
}

// A kindReader tells the kinds of values that the words of a sentence are.
type kindReader struct {
	prev  string
	begun bool // a word was read
}

// read returns the kinds that the sentence's next word is a value of.
func (k *kindReader) read(w word) Kind {
	var kinds Kind
	switch c := w.text[0]; {
	case '0' <= c && c <= '9':
		kinds = Number
		if len(w.text) == 4 && (c == '1' || c == '2') {
			kinds = Time
		}
	case numberWords[w.text]:
		kinds = Number
	case timeWords[w.text]:
		kinds = Time
	case reasonWords[w.text]:
		kinds = Reason
	}
	if w.capital && k.begun {
		kinds |= Name
		if placeWords[k.prev] || k.prev == "the" {
			kinds |= Location
		}
	}
	k.prev, k.begun = w.text, true
	return kinds
}
