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
