package report

import (
	"time"

	"summitbot/bot"
)

// A Row is one question that was asked, with what became of it. A field that
// is not known is left at its zero value, and the report says so; only ID and
// At are needed.
type Row struct {
	// ID is the question's own, and in no other row.
	ID string
	// At is when it was asked.
	At time.Time
	// Server is the id of the server that it was asked in; empty for a direct
	// message. Whoever makes a report for one server gives that server's rows
	// alone.
	Server string
	// Kind says by which entrance: ask, takeaways or risks. The lists of the
	// other two count in the heat-map as cited, not as asked about.
	Kind bot.Kind
	// Question is the member's words as they were written; empty once they
	// are deleted (RETENTION_DAYS), and for lists.
	Question string

	// Verdict, Mode and Fallback are the answer's. Empty Verdict or Mode
	// means that it was not recorded.
	Verdict  bot.Verdict
	Mode     bot.Mode
	Fallback bot.Fallback
	// Reason and Lacking are the refusal's, both empty for an answer.
	Reason  bot.Reason
	Lacking string

	// Article is the slug of the article that the ids below are of, or the
	// beginning of its hash. Empty where there are none.
	Article string
	// Sentences are the ids of those that the answer cites, such as "s57".
	Sentences []string
	// Near are the ids of the sentences shown as nearest to a refused question.
	Near []string
	// Answer is the text as it was shown; only votes make it appear.
	Answer string

	// Took is the time from the question's arrival to its last edit; 0 means
	// that it was not measured.
	Took time.Duration
	// Usage is what the answer cost; zero without a model. CachedTokens are
	// a part of PromptTokens.
	Usage bot.Usage

	Votes Votes
}

// Votes are what members think of one answer.
type Votes struct {
	Up, Down int
	// Reasons holds one entry for each vote against that gives a reason:
	// wrong, unsupported, missing or other.
	Reasons []string
	// Words are what members wrote beside a vote against, the oldest first.
	Words []string
}

// list says whether it asks for a list of the article's, by command.
func (r *Row) list() bool { return r.Kind == bot.Takeaways || r.Kind == bot.Risks }
