// Package queue says what a question is while it is on its way: a row, which has
// a state, a claim and a revision, and how these change. Package store keeps rows,
// package discord works on them.
package queue

import (
	"errors"
	"time"

	"summitbot/bot"
)

// A Row is a question from when it was accepted until nothing is left to be
// done for it. Three things say how it is, and nothing else does:
//
//   - its [State] is how far it is;
//   - its claim is who works on it: a process, until when, and a fence that grows
//     with every claim, so that what an earlier one writes is refused;
//   - its revision grows with every change from outside, which needs no claim: the
//     question was edited, deleted or stopped. Whoever has the claim keeps it and
//     is told, and what they write for an earlier revision is refused.
//
// The states, and what leads from one to another ([Transitions]):
//
//	         Accept
//	           ▼
//	       accepted ──Answer──▶ answered ──Settle──▶ settled
//	           │                   ▲
//	         Stop                  │
//	           ▼                   │
//	        stopped ────Answer─────┘
//
//	any but withdrawn ──Revise────▶ accepted    the question was edited
//	any ────────────────Withdraw──▶ withdrawn ──Settle──▶ settled
//	any that is open ───Abandon───▶ abandoned
//
// What is open is claimed (Claim) by one process at a time, which keeps the claim
// alive (Renew) and gives it up with what it has recorded (Release). Meanwhile it
// records what it has posted (Record), and that an interaction was acknowledged
// (Acknowledge). A message of the bot's that somebody else deleted is lost for
// good (Lose). What was accepted while the store was away is moved there (Move).
//
// Each of them is one guarded statement. That a row is not as the guard says is
// news, not a fault: [ErrTaken] or [ErrRevised].
type Row struct {
	ID string // the question's, for ever
	// Place is where it was asked, Server the guild that the place is in,
	// empty for direct messages, and Member who asked.
	Place, Server, Member string
	Kind                  bot.Kind
	Text                  string // what is asked, so that an edit is known which asks the same
	Edited                string // when the question was edited last, as Discord writes it; empty for never
	// Event is what has to be known to answer it, and Body the answer as it is to
	// be shown, empty until there is one. Both are for whoever wrote them to read.
	Event, Body string
	Accepted    time.Time // by this machine's clock
	State       State
	Revision    int // from 0
	Fence       int // of the claim, from 1
	// Tries is how often this revision was claimed, this time included.
	Tries int
	// Acked says that whoever asked was told that it was heard: that an
	// interaction was acknowledged, or by a line below a message.
	Acked bool
	// Posts are the messages that show the answer, as they were recorded last, by
	// part. Unsure says that there may be others: an earlier claim was cut short
	// before it could record them.
	Posts  []Post
	Unsure bool
}

// Open says whether something is to be done for the row.
func (r Row) Open() bool { return r.State.Open() }

// A State is how far a row is.
type State string

// The states.
const (
	Accepted  State = "accepted"  // to be answered
	Answered  State = "answered"  // its answer is kept, and is to be posted
	Stopped   State = "stopped"   // by a member, before it was answered: what stands stays, marked so
	Withdrawn State = "withdrawn" // by its author: what stands is to be taken back
	Settled   State = "settled"   // what should stand on Discord stands there
	Abandoned State = "abandoned" // nothing more is done, for a reason
)

// States are all states.
var States = []State{Accepted, Answered, Stopped, Withdrawn, Settled, Abandoned}

// Open says whether something is to be done for a row in this state.
func (s State) Open() bool { return s != Settled && s != Abandoned }

// A Transition is one of the changes that a row goes through.
type Transition string

// The transitions.
const (
	Accept      Transition = "accept"
	Claim       Transition = "claim"
	Renew       Transition = "renew"
	Acknowledge Transition = "acknowledge"
	Record      Transition = "record"
	Answer      Transition = "answer"
	Settle      Transition = "settle"
	Release     Transition = "release"
	Abandon     Transition = "abandon"
	Revise      Transition = "revise"
	Withdraw    Transition = "withdraw"
	Stop        Transition = "stop"
	Lose        Transition = "lose"
	Move        Transition = "move"
)

// Transitions are all transitions.
var Transitions = []Transition{Accept, Claim, Renew, Acknowledge, Record, Answer, Settle, Release, Abandon, Revise, Withdraw, Stop, Lose, Move}

// ClaimLife is for how long a claim holds without being renewed. Discord
// remembers a nonce for longer, so that an answer which two claims post is one.
const ClaimLife = 20 * time.Second

// What a guarded change finds instead of what it expects.
var (
	// ErrTaken says that the row is not this claim's any more: somebody else has
	// it, or it is closed.
	ErrTaken = errors.New("the question is somebody else's by now, or closed")
	// ErrRevised says that the claim holds, but that the row was changed from
	// outside. It is to be read again.
	ErrRevised = errors.New("the question was changed meanwhile")
)

// A Post is a message of the bot's that shows a part of an answer.
type Post struct {
	Message string // its id
	Channel string // where it stands, if that is not the row's place
	Part    int    // which part, from 0
	Shows   string // a hash of what it shows; empty where that is not known
	Gone    bool   // somebody else has deleted it: nothing is posted in its place
}

// Terms are what a question is accepted or revised under.
type Terms struct {
	PerMinute int  // how many the member may ask in a minute; 0 is any number
	Claim     bool // for this process, unless the same member still waits for an answer in the same place
}

// An Acceptance says what has become of a question that was to be accepted.
type Acceptance struct {
	Fresh   bool          // it was not accepted before
	Wait    time.Duration // above 0: it is not accepted, for the member asks too fast, and may ask again after it
	Claimed bool          // it is this process's to answer, with 1 as the fence
}

// A Revision says what has become of an edit.
type Revision struct {
	Known   bool          // there is such a row
	Revised bool          // it asks something else, and is to be answered anew
	Wait    time.Duration // above 0: it is not revised, for the member asks too fast
}

// A Held is a row that a process works on, as it knows it.
type Held struct {
	ID              string
	Fence, Revision int
}

// A Result is what was answered.
type Result struct {
	Question bot.Question // with what it goes on from
	Answer   bot.Answer
	Shown    string // as text
	Body     string // as it is to be shown
}
