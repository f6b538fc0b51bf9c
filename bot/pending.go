package bot

import (
	"errors"
	"time"
)

// A Pending is a question that was accepted and is not finished.
type Pending struct {
	ID string // the question's
	// Place is where it was asked, Server the guild that the place is in,
	// empty for direct messages, and Member who asked.
	Place, Server, Member string
	// Event is what has to be known to answer it, and Answer the answer as it
	// is to be shown, empty until there is one. Both are for whoever wrote
	// them to read.
	Event, Answer string
	Accepted      time.Time
	// Attempts is how often it was claimed, and the fence of the claim: what
	// an earlier claim writes is refused.
	Attempts int
}

// ClaimLife is for how long a claim holds without being renewed. Discord
// remembers a nonce for longer, so that an answer which two claims post is one.
const ClaimLife = 20 * time.Second

// ErrTaken says that a question is no longer this process's to answer:
// somebody else has claimed it, or it is finished.
var ErrTaken = errors.New("somebody else has the question")

// Terms are what a question is accepted under.
type Terms struct {
	PerMinute int  // how many the member may ask in a minute; 0 is any number
	Claim     bool // for this process, unless the same member still waits for an answer in the same place
}

// An Acceptance says what has become of a question that was to be accepted.
type Acceptance struct {
	Fresh   bool          // it was not accepted before
	Wait    time.Duration // above 0: it is not accepted, for the member asks too fast, and may ask again after it
	Claimed bool          // it is this process's to answer
}

// A Finished is what has become of a question.
type Finished struct {
	Pending
	Question Question
	Answer   Answer
	Shown    string   // the answer as text
	Posted   []string // the ids of the messages that show it, as far as others can reply to them
}

// An Asked is a question that was answered.
type Asked struct{ Text, Member string }
