// Package customid has the ids that the bot's buttons, menus and forms carry.
package customid

import (
	"slices"
	"strconv"
	"strings"

	"summitbot/bot/discord/object"
)

// An ID says what a button or a menu does. It holds all that is needed
// for that, so that it works after a restart and after years; nothing about it
// is kept. It comes back from Discord, but only from messages of the bot's.
type ID struct {
	Verb Verb
	// Article is the beginning of the article's hash that the ids below are
	// of; empty where there are none.
	Article   string
	Passage   string // "p12"
	Sentences []int  // "s57" is 57
	Style     string
	Message   string // an answer's id
}

// Verb is what is to be done.
type Verb string

// The verbs.
const (
	ShowPassage Verb = "p" // shows a passage to whoever clicks
	GoToPassage Verb = "g" // shows another one in its place
	PickPassage Verb = "s" // a menu of passages; its values are of the form "p12" or "p12:57.58"
	VoteUp      Verb = "u"
	VoteDown    Verb = "d" // opens the form for what was wrong
	DownForm    Verb = "f" // that form
	Retell      Verb = "r" // tells an answer in another style
	AskNext     Verb = "n" // a menu of questions
	AskAgain    Verb = "a" // opens the form for a question
	AskForm     Verb = "q" // that form
	OpenThread  Verb = "t"
	StopWriting Verb = "c" // style is who asked, message what they asked by
)

// Verbs are all of them: an id with another is none.
var Verbs = []Verb{ShowPassage, GoToPassage, PickPassage, VoteUp, VoteDown, DownForm, Retell, AskNext, AskAgain, AskForm, OpenThread, StopWriting}

// HashLength is how much of an article's hash tells it from others.
const HashLength = 8

// String is the id as Discord keeps it: "verb:article:passage:57.58:style:message".
// Sentences for which there is no room are left out.
func (c ID) String() string {
	for {
		s := strings.Join([]string{string(c.Verb), c.Article, c.Passage, c.Numbers(), c.Style, c.Message}, ":")
		if len(s) <= object.MaxCustomID || len(c.Sentences) == 0 {
			return strings.TrimRight(s, ":")
		}
		c.Sentences = c.Sentences[:len(c.Sentences)-1]
	}
}

// Numbers are the sentences as they stand in an id, "57.58".
func (c ID) Numbers() string {
	out := make([]string, len(c.Sentences))
	for i, s := range c.Sentences {
		out[i] = strconv.Itoa(s)
	}
	return strings.Join(out, ".")
}

// Parse reads an id that String has written, and tells whether it is
// one.
func Parse(s string) (c ID, ok bool) {
	parts := strings.Split(s, ":")
	if len(s) > object.MaxCustomID || len(parts) > 6 || !slices.Contains(Verbs, Verb(parts[0])) {
		return ID{}, false
	}
	parts = append(parts, make([]string, 6-len(parts))...)
	c = ID{Verb: Verb(parts[0]), Article: parts[1], Passage: parts[2], Style: parts[4], Message: parts[5]}
	c.Sentences, ok = ParseSentences(parts[3])
	return c, ok
}

func ParseSentences(s string) (numbers []int, ok bool) {
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

// IDs are the sentences' ids as the article has them.
func (c ID) IDs() []string {
	var out []string
	for _, n := range c.Sentences {
		out = append(out, "s"+strconv.Itoa(n))
	}
	return out
}
