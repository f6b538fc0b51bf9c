package bot

import (
	"regexp"
	"slices"

	"summitbot/retrieval"
)

// A part is a kind of section that articles of this sort have, told by its
// heading and asked for by name. Members want all of it, in order, which
// ranking cannot give.
type part struct {
	heading *regexp.Regexp
	// cues are the words and phrases that ask for the part, as stems. A
	// question asks for it when nothing of what it says is left but cues,
	// the article's main subject, and the words that ask for lists.
	cues [][]string
	// phrases matches what asks for the part in stop words alone; nil for
	// none.
	phrases *regexp.Regexp
	// weak are further words that go with a cue but are none.
	weak map[string]bool
	// suggestion asks for the part in a member's words.
	suggestion string
}

// The parts that are asked for. The order decides between cues of several.
var (
	takeaways  = newPart(`takeaways?|key points`, "What are the key takeaways?", "takeaway", "main point", "key point", "main message", "key message", "main idea", "key idea", "tldr", "tl dr", "summary", "summarize", "summarise", "sum up", "recap", "gist", "nutshell", "highlight", "bottom line", "remember", "cliff note", "essence", "short version")
	cons       = newPart(`potential cons|risks|downsides`, "What are the potential cons for Putin?", "con", "downside", "drawback", "disadvantage", "negative", "minus", "pitfall", "risk", "danger", "hazard", "peril", "go wrong", "go sideways", "go south", "backfire", "blow up", "blow up face", "bad side", "bad part", "bad stuff", "ugly", "stand lose", "flip side", "bite", "bite butt", "blow face")
	pros       = newPart(`potential pros|benefits|upsides`, "What are the potential pros for Putin?", "pro", "pros", "upside", "benefit", "advantage", "plus", "plus point", "positive", "good side", "good part", "good stuff", "stand gain", "reward", "perk", "bright side", "go well", "go right", "what in it")
	objectives = newPart(`objectives|goals`, "What are Putin's strategic objectives?", "objective", "goal", "aim", "ambition", "agenda", "wish list", "wishlist", "shopping list", "want", "seek", "hope", "hope gain", "hope achieve", "hope get", "try achieve", "try get", "motive", "motivation", "intention", "beyond battlefield")
	outlook    = newPart(`outlook`, "What is the outlook?", "outlook", "future", "future hold", "next", "happen next", "come next", "forecast", "road ahead", "look ahead", "scenario", "where head")
	action     = newPart(`call to action`, "What does the article ask readers to do?", "call action", "call to action", "ask reader", "tell reader", "urge reader", "want reader", "reader do", "should reader", "citizen do", "people do", "do help", "help out")
	background = newPart(`context|background`, "What is the background of the summit?", "background", "historical context", "backstory", "back story", "lead up")

	// allParts are tried in this order.
	allParts = []*part{takeaways, cons, pros, objectives, outlook, action, background}
)

func init() {
	outlook.phrases = regexp.MustCompile(`(?i)^\W*(so |and |ok )*what('?s| is| comes| happens| will happen| would happen| could happen)? (next|after (this|that))\W*$|where (is|does) (this|it|all this) (go|going|head|heading|lead|leading)`)
	action.phrases = regexp.MustCompile(`(?i)\bwhat\b.*\b(can|should|could|must|ought|supposed)\b.*\b(we|i|people|readers|citizens|folks|us)\b.*\bdo(ing)?\b|\bwhat\b.*\b(we|i|people|readers|citizens|folks)\b.*\b(can|should|could|must|ought|supposed)\b.*\bdo\b`)
	pros.weak = stemSet("win wins gain walk away good bring home")
	cons.weak = stemSet("lose loss hurt bad sour trouble end could")
}

// newPart makes a part of its heading's words and its cues.
func newPart(heading, suggestion string, cues ...string) *part {
	p := &part{heading: regexp.MustCompile(`(?i)\b(` + heading + `)\b`), suggestion: suggestion}
	for _, c := range cues {
		p.cues = append(p.cues, retrieval.Stems(c))
	}
	return p
}

// listWords ask for a list, or say no more than that something is asked.
var listWords = stemSet(`list all every full complete entire whole everything name each rundown run down number main key
	potential possible big major top strategic overall six five four three two seven eight ten 6 5 4 3 need em please bullet
	point points item items enumerate tell show give way ways stuff side quick breakdown dont skip leave miss one think
	would could might get out like happen time far really come new good thing lot pls plz gimme want tldr summary short walk
	away scoop ask bit last 1 there every single vs versus`)

// subjectWords name the article's subject.
var subjectWords = stemSet(`putin putins vlad vladimir russia russian russias moscow kremlin summit meeting meet alaska
	talks talk president leader leaders boss guy his him deal thing article author piece text writer event here face side`)

// stemSet makes a set of the stems of the words of a text.
func stemSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, s := range retrieval.Stems(words) {
		set[s] = true
	}
	return set
}

// partsAsked returns the parts that a question asks for as a whole, none when
// it asks for none or for something narrower.
func partsAsked(question string) []*part {
	stems := retrieval.Stems(question)
	if len(stems) > 14 || asksWho.MatchString(question) {
		return nil
	}
	for _, p := range allParts {
		if rest, cued := p.without(stems); cued && len(rest) == 0 && (p != objectives || aimed.MatchString(question)) {
			return []*part{p}
		}
	}
	if rest, cued := pros.without(stems); cued {
		if rest, cued = cons.without(rest); cued && len(rest) == 0 {
			return []*part{pros, cons}
		}
	}
	for _, p := range allParts {
		if p.phrases != nil && p.phrases.MatchString(question) && len(stems) <= 6 {
			return []*part{p}
		}
	}
	return nil
}

// aimed matches a question that asks for objectives by their name, or says
// whose wishes it asks for: they are all of one side.
var aimed = regexp.MustCompile(`(?i)\b(objectives?|goals?|aims?|ambitions?|agenda|list|beyond the battlefield|putin['’]?s?|vlad\p{L}*|he|him|his|russians?|russia['’]?s?|moscow['’]?s?|kremlin['’]?s?)\b`)

// asksWho matches a question for somebody, which no list answers.
var asksWho = regexp.MustCompile(`(?i)^\W*(and |so |but )*(who|whom|whose|when|where)\b`)

// risksAsked returns whom the risks threaten that a question asks for, and
// whether it asks for risks at all of somebody other than Putin.
func risksAsked(question string) (Threatened, bool) {
	rest, cued := cons.without(retrieval.Stems(question))
	if !cued || len(rest) == 0 {
		return Everybody, false
	}
	only := func(set map[string]bool) bool {
		return !slices.ContainsFunc(rest, func(s string) bool { return !set[s] })
	}
	switch {
	case only(westWords):
		return West, true
	case only(worldWords):
		return World, true
	}
	return Everybody, false
}

var (
	westWords  = stemSet(`ukraine ukrainians kyiv west western nato europe european alliance allies eu`)
	worldWords = stemSet(`world global globe stability planet everyone everybody international order peace`)
)

// without takes the part's cues, the subject and the words that ask for
// lists off the stems, and says whether there was a cue.
func (p *part) without(stems []string) (rest []string, cued bool) {
	for i := 0; i < len(stems); {
		n := p.cueAt(stems[i:])
		switch {
		case n > 0:
			cued = true
			i += n
			continue
		case !listWords[stems[i]] && !subjectWords[stems[i]] && !p.weak[stems[i]]:
			rest = append(rest, stems[i])
		}
		i++
	}
	return rest, cued
}

// cueAt is the length of the longest cue that stems begin with, 0 for none.
func (p *part) cueAt(stems []string) int {
	longest := 0
	for _, c := range p.cues {
		if len(c) > longest && len(c) <= len(stems) && slices.Equal(c, stems[:len(c)]) {
			longest = len(c)
		}
	}
	return longest
}
