package bot

import "time"

// A Vote is what a member thinks of an answer. A member has one for an answer;
// a later one takes its place.
type Vote struct {
	Answer    string // the id of the message that shows the answer
	Member    string // the member's id
	Up        bool
	Reason    string    // of a vote against it: wrong, unsupported, missing or other
	Words     string    // the member's own, may be empty
	Question  string    // empty where it is no longer known
	Text      string    // the answer as it was shown
	Article   string    // the beginning of the article's hash
	Sentences []string  // those that the answer is proven by
	At        time.Time // when it was cast
}
