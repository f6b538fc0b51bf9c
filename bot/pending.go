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
	Accepted      time.Time // by this machine's clock
	// Attempts is how often it was claimed, and the fence of the claim: what
	// an earlier claim writes is refused.
	Attempts int
}

// A Place is where questions are asked: a channel, in a guild, or with an empty
// Server one of direct messages.
type Place struct{ ID, Server string }

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

// A Record is what is kept of a finished question: its words for as long as
// the operator says, and never who asked it.
type Record struct {
	ID       string        `json:"id"`
	Accepted time.Time     `json:"accepted"`
	Took     time.Duration `json:"took_ns"` // from accepted to posted
	Server   string        `json:"server,omitempty"`
	Kind     Kind          `json:"kind,omitempty"`
	Question string        `json:"question,omitempty"`
	History  []string      `json:"history,omitempty"` // what it goes on from
	Answer   string        `json:"answer,omitempty"`  // as it was shown
	Verdict  Verdict       `json:"verdict,omitempty"` // empty when it was given up or could not be answered
	Mode     Mode          `json:"mode,omitempty"`
	Fallback Fallback      `json:"fallback,omitempty"`
	Reason   Reason        `json:"reason,omitempty"`  // of a refusal
	Lacking  string        `json:"lacking,omitempty"` // as the refusal says
	// Article is the slug of the one that is quoted; Sentences are those
	// quoted, and Near those that stand near a refused question.
	Article   string   `json:"article,omitempty"`
	Sentences []string `json:"sentences,omitempty"`
	Near      []string `json:"near,omitempty"`
	Usage     Usage    `json:"usage"`
	Votes     []Vote   `json:"votes,omitempty"`
}

// A Stage is how far a question has come.
type Stage int

// The stages.
const (
	Over     Stage = iota // it is finished, or not known
	Waiting               // nobody has claimed it yet
	UnderWay              // it is claimed, or waits to be claimed again
)
