package llm

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How servers tell how many tokens there is room for.
var roomTold = []*regexp.Regexp{
	regexp.MustCompile(`[<>]=?\s*(?:n_ctx:?\s*)?(\d+)`),
	regexp.MustCompile(`(\d+) maximum`),
	regexp.MustCompile(`context (?:length|window|size|limit)\D{0,30}(\d+)`),
	regexp.MustCompile(`allowed \((\d+)\)`),
	regexp.MustCompile(`(?:limit:?|at most) (\d+)`),
	regexp.MustCompile(`maximum[^\d.]{0,50}(\d+)`),
}

// How they tell how many tokens a prompt has.
var promptTold = []*regexp.Regexp{
	regexp.MustCompile(`(\d+) (?:tokens )?(?:in the messages|of text input|input tokens|from the input)`),
	regexp.MustCompile("(\\d+) [`']?inputs[`']? tokens"),
	regexp.MustCompile(`(?:messages resulted in|prompt contains|prompt is too long:|first|n_keep:) (\d+)`),
	regexp.MustCompile(`(?:request|token count|requested tokens|the input|prompt length|prompt) \((\d+)`),
	regexp.MustCompile(`(\d+) \+ \d+ >`),
}

// How they tell how many tokens were asked for, and how many with the prompt.
var (
	replyTold = []*regexp.Regexp{
		regexp.MustCompile(`(\d+) (?:tokens )?(?:in the (?:completion|output)|output tokens|for the completion)`),
		regexp.MustCompile("(\\d+) [`']?max_new_tokens"),
		regexp.MustCompile(`\d+ \+ (\d+) >`),
	}
	wantedTold = []*regexp.Regexp{regexp.MustCompile(`requested:? (?:about |a total of )?(\d+)(?: tokens|[,.]|$)`)}
)

// thousands matches a comma between digits.
var thousands = regexp.MustCompile(`(\d),(\d{3})\b`)

// count reads the numbers of tokens, and how long to wait where nothing but words
// tell.
func (r *refusal) count() {
	words := strings.ToLower(thousands.ReplaceAllString(strings.Join(r.words, " "), "$1$2"))
	if r.room == 0 {
		r.room = tell(words, roomTold)
	}
	if r.prompt == 0 {
		r.prompt = tell(words, promptTold)
	}
	if r.wanted = tell(words, wantedTold); r.wanted == 0 && r.prompt > 0 {
		r.wanted = r.prompt + tell(words, replyTold)
	}
	if m := againTold.FindString(words); r.wait == 0 && m != "" {
		r.wait, _ = time.ParseDuration(strings.TrimPrefix(m, "try again in "))
	}
}

// againTold is how servers without a header tell how long to wait.
var againTold = regexp.MustCompile(`try again in (\d+m)?\d+(\.\d+)?(ms|s)\b`)

// tell is the first number that is told in one of the given ways, 0 for none.
func tell(words string, ways []*regexp.Regexp) int {
	for _, way := range ways {
		if m := way.FindStringSubmatch(words); m != nil {
			n, err := strconv.Atoi(m[1])
			if err == nil {
				return n
			}
		}
	}
	return 0
}

// Words about a limit to the length of replies, and about a name that is not
// known at all.
var (
	saysLimit   = regexp.MustCompile(`(?i)above|exceed|too (large|high|big|long)|at most|less than|<=?|range|maximum|between|greater`)
	saysUnknown = regexp.MustCompile(`(?i)not supported|unsupported|unrecogni[sz]ed|unknown|extra|does not support`)
	digits      = regexp.MustCompile(`\d+`)
)

// lengths are the numbers that a server names when it says that a reply is too
// long, and none where it says no such thing.
func (r refusal) lengths() (all []int) {
	words := thousands.ReplaceAllString(strings.Join(r.words, " "), "$1$2")
	if !saysLimit.MatchString(words) || saysUnknown.MatchString(words) {
		return nil
	}
	for _, d := range digits.FindAllString(words, -1) {
		if n, err := strconv.Atoi(d); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// longest is the longest of some lengths that is shorter than what was asked
// for, and long enough for a reply; 0 for none.
func longest(lengths []int, asked int) (most int) {
	for _, n := range lengths {
		if n >= leastReply && n < asked {
			most = max(most, n)
		}
	}
	return most
}

// fit is how to ask for a reply that a context has room for beside the prompt,
// and whether it would be long enough.
func (a asking) fit(req Request, e *Error) (asking, bool) {
	const densest = 1 // no text has more tokens than bytes
	a.room, a.rate = e.Limit, min(densest, float64(e.prompt)/float64(max(1, promptBytes(req))))
	left := e.Limit - e.prompt
	return a, a.length != "" && left >= leastReply && left < req.MaxTokens
}

// Fits is the share of the prompt that there is room for beside a reply of so
// many tokens: of an error of the kind NoRoom, from 0 to 1. Where the server
// does not tell, it is a half.
func (e *Error) Fits(reply int) float64 {
	if e.Limit == 0 || e.prompt == 0 {
		return .5
	}
	return max(0, min(1, float64(e.Limit-min(reply, e.Limit/3))/float64(e.prompt)))
}
