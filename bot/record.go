package bot

import "time"

// A Place is where questions are asked: a channel, in a guild, or with an empty
// Server one of direct messages.
type Place struct{ ID, Server string }

// A Record is what is kept of a question that is closed: its words for as long as
// the operator says, and never who asked it.
type Record struct {
	ID       string        `json:"id"`
	Accepted time.Time     `json:"accepted"`
	Took     time.Duration `json:"took_ns"` // from accepted to when an answer stood first
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
	Ended     string   `json:"ended,omitempty"` // why nothing more was done for it, if it was abandoned
	Votes     []Vote   `json:"votes,omitempty"`
}

// A Vote is what a member thinks of an answer. A member has one for an answer;
// a later one takes its place.
type Vote struct {
	Answer    string    `json:"answer"` // the id of the message that shows the answer, its first one
	Asked     string    `json:"-"`      // the id of the question, where it is known
	Member    string    `json:"member"` // the member's id; where it is read back, a keyed hash of it
	Up        bool      `json:"up"`
	Reason    string    `json:"reason,omitempty"`    // of a vote against it: wrong, unsupported, missing or other
	Words     string    `json:"words,omitempty"`     // the member's own, may be empty
	Question  string    `json:"question,omitempty"`  // empty where it is no longer known
	Text      string    `json:"text,omitempty"`      // the answer as it was shown
	Article   string    `json:"article,omitempty"`   // the beginning of the article's hash
	Sentences []string  `json:"sentences,omitempty"` // those that the answer rests on
	At        time.Time `json:"at"`                  // when it was cast
}
