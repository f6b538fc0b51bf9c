package worker

import (
	"context"
	"time"

	"summitbot/bot"
	"summitbot/bot/queue"
	"summitbot/retrieval"
)

// An Answerer answers questions. Answer is called from several goroutines at
// a time, and should return soon after its context has ended. Its error is
// for the operator; the member is told that something went wrong.
type Answerer interface {
	// Stream answers a question. While the answer is being written, show gets
	// what is written so far; it is not called after Stream has returned.
	Stream(ctx context.Context, q bot.Question, show func(bot.Answer)) (bot.Answer, error)
	// Check says what the articles say of a claim.
	Check(ctx context.Context, claim string) (bot.Checked, error)
	// Recite answers with sentences of an article, Retell in another style.
	Recite(q bot.Question, article string, sentences []string) (bot.Answer, error)
	// Retells says whether it can.
	Retell(ctx context.Context, a bot.Answer, style bot.Style) bot.Answer
	Retells(a bot.Answer, style bot.Style) bool
	// JudgeState is what is known of who judges a model's words.
	JudgeState() bot.JudgeState
	// Complete goes on from what is typed so far, in a language.
	Complete(typed, lang string, limit, most int) []string
	// Articles are what is answered from, at least one.
	Articles() []*retrieval.Article
}

// A Ledger keeps the rows of questions, and hands them out to one process at a
// time: package queue says what becomes of them. A claim ends by itself after
// queue.ClaimLife when it is not renewed. What changes a claimed row, and
// does not find it at its fence and its revision, returns queue.ErrTaken or
// queue.ErrRevised. While the store is away, a Ledger keeps in memory what it
// accepts, answers soon all the same, and has its other calls fail.
type Ledger interface {
	// Accept makes a row, with what it takes of its member's quota.
	Accept(ctx context.Context, r queue.Row, t queue.Terms) (queue.Acceptance, error)
	// Claim takes up to most open rows that are due and that nobody works on, but
	// none of those in hand, nor in the places that are full: those whose turn it
	// is first, and one at a time of what a member asked in one place.
	Claim(ctx context.Context, most int, inHand, full []string) ([]queue.Row, error)
	// Renew renews the claims of what is in hand, tells which of it is another's by
	// now, closed or revised, and counts the open rows.
	Renew(ctx context.Context, inHand []queue.Held) (open int, changed []string, err error)
	// Read reads a claimed row anew, and renews its claim.
	Read(ctx context.Context, id string, fence int) (queue.Row, error)
	// Record keeps what stands of a claimed row, and whether it is acknowledged.
	Record(ctx context.Context, r queue.Row) error
	// Answer keeps the answer to a claimed row before it is posted, with Posts.
	Answer(ctx context.Context, r queue.Row, a queue.Result) error
	// Settle closes a claimed row of which all stands that should, with Posts.
	Settle(ctx context.Context, r queue.Row) error
	// Abandon closes a claimed row for a reason, which operators read, with Posts.
	Abandon(ctx context.Context, r queue.Row, reason string) error
	// Release gives up one claim, with Posts; after a pause anybody may claim the
	// row. ReleaseAll gives up all of this process's at once.
	Release(ctx context.Context, r queue.Row, pause time.Duration) error
	ReleaseAll(ctx context.Context) error
	// Acknowledge notes that an interaction was acknowledged, whoever has it.
	Acknowledge(ctx context.Context, id string) error
	// Revise changes what is asked (Text, Edited, Event), unless that is no news:
	// the row is Accepted again.
	Revise(ctx context.Context, r queue.Row, t queue.Terms) (queue.Revision, error)
	// Withdraw has what stands of a question taken back, with what has to be known
	// for that (Event), and tells whether there is such a row. Where it must, it
	// makes one, so that what stands without one is taken back too.
	Withdraw(ctx context.Context, r queue.Row, must bool) (known bool, err error)
	// Stop stops answering a question, and tells whether there was something to
	// stop.
	Stop(ctx context.Context, id string) (stopped bool, err error)
	// Lose notes that a message was deleted, if it is a recorded post that stands.
	Lose(ctx context.Context, message string) error
	// Ahead counts the rows before one that nobody has claimed; it is negative for
	// one that is claimed, or waits for its member's own question alone.
	Ahead(ctx context.Context, id string) (int, error)
	// Nudges tells that there may be something to claim, and Revised the ids of
	// rows that were changed from outside, maybe by another process.
	Nudges() <-chan struct{}
	Revised() <-chan string
	// Away tells whether the store was, when it was asked last.
	Away() bool
	// Durable tells whether rows outlive the process, and Shared whether other
	// processes may claim them.
	Durable() bool
	Shared() bool
}

// Records know what was asked before, and what members think of it.
type Records interface {
	// Take lets a member do what costs as much as a question, or tells how
	// long they have to wait.
	Take(ctx context.Context, member string, perMinute int) (wait time.Duration, err error)
	// History is what a member asked last in a place, the oldest first, and
	// Move takes it to another place.
	History(ctx context.Context, place, member string) ([]string, error)
	Move(ctx context.Context, from, to, member string) error
	// AskedFor is the question that a message answers, or the one with an id,
	// empty if not known.
	AskedFor(ctx context.Context, message, question string) (string, error)
	// Places are where questions were asked since a moment, the one where one
	// was asked last first.
	Places(ctx context.Context, since time.Time) ([]bot.Place, error)
	// Vote keeps a vote in place of the member's earlier one on the answer.
	Vote(ctx context.Context, v bot.Vote) error
	// Forget deletes what is kept of a member.
	Forget(ctx context.Context, member string) error
}
