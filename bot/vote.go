package bot

import "time"

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
