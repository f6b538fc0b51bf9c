package discord

import (
	"slices"
	"strconv"
	"strings"
	"summitbot/bot/discord/object"
)

// A customID says what a button or a menu does. It holds all that is needed
// for that, so that it works after a restart and after years; nothing about it
// is kept. It comes back from Discord, but only from messages of the bot's.
type customID struct {
	verb verb
	// article is the beginning of the article's hash that the ids below are
	// of; empty where there are none.
	article   string
	passage   string // "p12"
	sentences []int  // "s57" is 57
	style     string
	message   string // an answer's id
}

// verb is what is to be done.
type verb string

// The verbs.
const (
	showPassage verb = "p" // shows a passage to whoever clicks
	goToPassage verb = "g" // shows another one in its place
	pickPassage verb = "s" // a menu of passages; its values are of the form "p12" or "p12:57.58"
	voteUp      verb = "u"
	voteDown    verb = "d" // opens the form for what was wrong
	downForm    verb = "f" // that form
	retell      verb = "r" // tells an answer in another style
	askNext     verb = "n" // a menu of questions
	askAgain    verb = "a" // opens the form for a question
	askForm     verb = "q" // that form
	openThread  verb = "t"
	stopWriting verb = "c" // style is who asked, message what they asked by
)

var verbs = []verb{showPassage, goToPassage, pickPassage, voteUp, voteDown, downForm, retell, askNext, askAgain, askForm, openThread, stopWriting}

// hashLength is how much of an article's hash tells it from others.
const hashLength = 8

// String is the id as Discord keeps it: "verb:article:passage:57.58:style:message".
// Sentences for which there is no room are left out.
func (c customID) String() string {
	for {
		s := strings.Join([]string{string(c.verb), c.article, c.passage, c.numbers(), c.style, c.message}, ":")
		if len(s) <= object.MaxCustomID || len(c.sentences) == 0 {
			return strings.TrimRight(s, ":")
		}
		c.sentences = c.sentences[:len(c.sentences)-1]
	}
}

// numbers are the sentences as they stand in an id, "57.58".
func (c customID) numbers() string {
	out := make([]string, len(c.sentences))
	for i, s := range c.sentences {
		out[i] = strconv.Itoa(s)
	}
	return strings.Join(out, ".")
}

// parseCustomID reads an id that String has written, and tells whether it is
// one.
func parseCustomID(s string) (c customID, ok bool) {
	parts := strings.Split(s, ":")
	if len(s) > object.MaxCustomID || len(parts) > 6 || !slices.Contains(verbs, verb(parts[0])) {
		return customID{}, false
	}
	parts = append(parts, make([]string, 6-len(parts))...)
	c = customID{verb: verb(parts[0]), article: parts[1], passage: parts[2], style: parts[4], message: parts[5]}
	c.sentences, ok = parseSentences(parts[3])
	return c, ok
}

func parseSentences(s string) (numbers []int, ok bool) {
	if s == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}

// ids are the sentences' ids as the article has them.
func (c customID) ids() []string {
	var out []string
	for _, n := range c.sentences {
		out = append(out, "s"+strconv.Itoa(n))
	}
	return out
}
