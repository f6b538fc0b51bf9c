package bot

import (
	"cmp"
	"slices"

	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// What may be said, and why: package proof makes it.
type (
	Claim     = proof.Claim
	Quote     = proof.Quote
	Statement = proof.Statement
	Evidence  = proof.Evidence
)

// An Answer is what the bot has to say to one Question. All that it asserts
// about the article stands in Claims; the rest is the bot's own
// words about its answer, and says nothing about the world.
type Answer struct {
	Question Question
	// Kind is what kind of message the question is.
	Kind    retrieval.Kind
	Verdict Verdict
	Mode    Mode
	Badge   Badge
	// Claims are what may be said, in the order in which to read them.
	Claims []Claim
	// List says that the claims are items of one list, to be shown as such.
	List bool
	// Heading is the article's heading that the claims stand under; empty
	// when the answer is not a section.
	Heading string
	// Refusal says what the article lacks; nil when the question is answered.
	Refusal *Refusal
	// Reply names words of the bot's own that are the answer, as to thanks;
	// empty for any other.
	Reply Reply
	// Near holds the passages nearest to a refused question, best first.
	Near []Quote
	// Next holds questions that the article does answer, to ask next.
	Next []string
	// Fallback says why the answer is not the model's, or not all of it;
	// empty where no model was to be asked.
	Fallback Fallback
	// Direct answers a question by yes or no, upheld by the judge; empty where
	// there is no such answer.
	Direct Direct
	// Missing is what was asked and the article does not say, in the model's
	// words; empty where the judge did not say so too.
	Missing string
	// Dropped is how many of the model's statements were not upheld.
	Dropped int
	// Usage is what the answer cost.
	Usage Usage
	// resolved is the question as it was understood, with what was asked before it
	// where it needs that; unjudged says that a judge gave no word on a part, so
	// that the answer is not kept.
	resolved string
	unjudged bool
	// Hits are the sentences that the answer was drawn from, best first;
	// the evaluation reads them.
	Hits []retrieval.Hit
}

// Judged says whether any of the claims is in a model's words, which a judge
// upheld; where none is, all are quotations.
func (a Answer) Judged() bool {
	return slices.ContainsFunc(a.Claims, func(c Claim) bool { return c.How() == proof.Judged })
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
	FromModel Mode = "model"  // what a model wrote: quotations, and words that a judge upheld
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
	// Lacking is what the article lacks, in English, as the end of a sentence
	// that begins "The article does not say"; Gap holds it in other languages.
	// Both are empty when the reason says it all.
	Lacking string
	Gap     *retrieval.Gap `json:"-"`
}

// Reason is the reason of a refusal.
type Reason string

// The reasons.
const (
	OffTopic   Reason = "off_topic"   // the question is about something else
	Lacks      Reason = "lacks"       // the article is known not to say it
	NoEvidence Reason = "no_evidence" // near the article's subject, but not in it
	Empty      Reason = "empty"       // there is no question in it
)

// Reply names words of the bot's own.
type Reply string

// The replies.
const (
	NoReply       Reply = ""
	ReplyThanks   Reply = "thanks"   // to thanks and greetings
	ReplyHelp     Reply = "help"     // what the bot can do, in short
	ReplyLanguage Reply = "language" // which languages it speaks
	ReplyChat     Reply = "chat"     // to small talk
	ReplySource   Reply = "source"   // who wrote the article, when and where
	ReplyRetell   Reply = "retell"   // to "simpler, please", where nothing was said
)

// Direct is a direct reply.
type Direct string

// The direct replies.
const (
	NoDirect Direct = ""
	Yes      Direct = "yes"
	No       Direct = "no"
	PartlySo Direct = "partly"
	Disputed Direct = "disputed"
	Unclear  Direct = "unclear"
)

// forJudge are the direct replies as a judge is asked of them.
var forJudge = map[Direct]string{Yes: "Yes", No: "No", PartlySo: "Partly", Disputed: "Disputed", Unclear: "Unclear"}

// Usage is what replies cost.
type Usage struct {
	Calls                                        int `json:"calls"`
	PromptTokens, CachedTokens, CompletionTokens int
}

// Tokens is how many tokens were paid for.
func (u Usage) Tokens() int { return u.PromptTokens + u.CompletionTokens }

func (u *Usage) add(v Usage) {
	u.Calls += v.Calls
	u.PromptTokens += v.PromptTokens
	u.CachedTokens += v.CachedTokens
	u.CompletionTokens += v.CompletionTokens
}

// Fallback says why an answer is not the model's, or not all of it.
type Fallback string

// The reasons for falling back on the article's own words.
const (
	NoFallback   Fallback = ""            // the answer is as it should be
	NoModelReply Fallback = "unavailable" // the model gave no reply
	NothingLeft  Fallback = "unproven"    // nothing that it wrote could be proven
	BudgetSpent  Fallback = "budget"      // the day's tokens are spent
	CutOff       Fallback = "cut_short"   // its reply ended too soon; what is there stands
	NotJudged    Fallback = "unjudged"    // no judge upheld its words, so that what it cites is quoted
)

// Passages are the passages of an article, in order, each quoted whole.
func Passages(a *retrieval.Article) []Quote { return proof.Passages(a) }

// asked is the question as it was understood.
func (a Answer) asked() string { return cmp.Or(a.resolved, a.Question.Text) }
