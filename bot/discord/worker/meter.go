package worker

import (
	"time"

	"summitbot/bot"
)

// A Meter counts what becomes of questions. Its methods return at once, and are
// called from several goroutines at a time.
type Meter interface {
	// Heard tells what has become of a question that came in.
	Heard(what Hearing)
	// Answered tells of an answer, or why it could not be made, or not be
	// posted.
	Answered(a bot.Answer, unmade, unposted error)
	// Took tells how long a stage of a question took.
	Took(s Stage, d time.Duration)
}

// A Hearing is what becomes of a question that came in.
type Hearing string

// What becomes of questions.
const (
	Accepted Hearing = "accepted" // it is kept, or answered without being kept
	TooFast  Hearing = "too_fast" // its member asks too fast
	Full     Hearing = "full"     // there are too many questions
)

// A Stage is a part of what a question takes.
type Stage string

// The stages.
const (
	Accepting Stage = "accept" // until it is kept
	Answering Stage = "answer" // making the answer, once it is its turn
	Posting   Stage = "post"   // posting it
	Total     Stage = "total"  // from accepted to posted
)
