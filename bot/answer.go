package bot

import "summitbot/retrieval"

// An Answer is what the bot has to say to one Question. All that it asserts
// about the article stands in Claims, each proven; the rest is the bot's own
// words about its answer, and says nothing about the world.
type Answer struct {
	Question Question
	Verdict  Verdict
	Mode     Mode
	Badge    Badge
	// Claims are the proven statements, in the order in which to read them.
	Claims []Claim
	// List says that the claims are items of one list, to be shown as such.
	List bool
	// Heading is the article's heading that a list stands under; empty
	// when the answer is not one section's list.
	Heading string
	// Refusal says what the article lacks; nil when the question is answered.
	Refusal *Refusal
	// Near holds the passages nearest to a refused question, best first.
	Near []Quote
	// Next holds questions that the article does answer, to ask next.
	Next []string
	// Fallback says why the answer is not the model's, or not all of it;
	// empty where no model was to be asked.
	Fallback Fallback
	// Dropped is how many of the model's statements could not be proven.
	Dropped int
	// Usage is what the answer cost.
	Usage Usage
	// Hits are the sentences that the answer was drawn from, best first;
	// the evaluation reads them.
	Hits []retrieval.Hit
}

// Verdict says how far a question was answered.
type Verdict string

// The verdicts.
const (
	Answered         Verdict = "answered"
	Partly           Verdict = "partly"
	NotInArticle     Verdict = "not_in_article"
	PremiseCorrected Verdict = "premise_corrected"
	OutOfScope       Verdict = "out_of_scope"
)

// Mode says who wrote the claims.
type Mode string

// The modes.
const (
	Quotes    Mode = "quotes" // the article's own words
	FromModel Mode = "model"  // a model's words, held to quotations
)

// Badge sums up the evidence of an answer.
type Badge string

// The badges.
const (
	ProvenBySeveral Badge = "proven_by_several" // quotations from two passages or more
	ProvenByOne     Badge = "proven_by_one"     // quotations from one passage
	Expectation     Badge = "expectation"       // every claim is what the author expects
	NotFound        Badge = "not_in_article"    // no claim
)

// A Refusal says why there is no answer.
type Refusal struct {
	Reason Reason
	// Lacking is what the article lacks, in the question's own words: a
	// name, or a kind of value such as "a number". Empty when the reason
	// says it all.
	Lacking string
}

// Reason is the reason of a refusal.
type Reason string

// The reasons.
const (
	OffTopic     Reason = "off_topic"     // the question is about something else
	NoSuchValue  Reason = "no_such_value" // no evidence holds a value of the kind asked for
	NoSuchName   Reason = "no_such_name"  // the article never names the person or place
	AfterArticle Reason = "after_article" // it asks about what came after the article
	Lacks        Reason = "lacks"         // the article is known not to say it
	NoEvidence   Reason = "no_evidence"   // near the article's subject, but not in it
	Empty        Reason = "empty"         // there is no question in it
	ToBot        Reason = "to_bot"        // it greets the bot, or asks what it can do
)
