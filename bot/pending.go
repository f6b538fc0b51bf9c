package bot

import "time"

// A Pending is a question that was accepted and is not finished: whoever
// keeps it hands it out again after a restart.
type Pending struct {
	ID    string // the question's
	Place string
	// Event is what has to be known to answer it, and Answer the answer as it
	// is to be shown, empty until there is one. Both are for whoever wrote
	// them to read.
	Event, Answer string
	Accepted      time.Time
}
