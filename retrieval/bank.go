package retrieval

import "strings"

// A Bank is what was written ahead: messages as members write them, each with
// what it asks for, and what is known of the article's sentences. It is all
// that the program knows of how people ask. seeds/README.md describes its
// files.
type Bank struct {
	Lines     []Line
	Gaps      []Gap
	Notes     []Note // by the sentence's number; empty where there are none
	Curated   []Curated
	FollowUps []FollowUp
	Index     *lineIndex // made of the lines ahead; nil where there is none
}

// A Line is one message of the bank and what it asks for.
type Line struct {
	Text   string
	Lang   string // "en" and the like
	Author string // who wrote it, by its file's name, "questions.en1"; for learning by folds
	Class
	// Partly says that the message asks for more than its class.
	Partly bool
	// Count is how many items the message asks for, 0 where it does not say.
	Count int
	// Premise is the false statement that a message of the class FalsePremise
	// takes for true, Instead the words of the sentence that say otherwise.
	Premise, Instead string
}

// A Class is what a message asks for: what answers it, or what kind it is of.
type Class struct {
	Kind Kind
	// Target is the id of the sentence that answers a message of the kind
	// Answerable, that contradicts one of the kind FalsePremise, or that a
	// line of the kind Text is; the name of the gap that one of the kind Open
	// asks for; else empty.
	Target string
}

// Kind is what kind of message something is.
type Kind string

// The kinds of messages.
const (
	Answerable   Kind = "answerable"    // a sentence answers it
	Several      Kind = "several"       // several questions in one
	Open         Kind = "open"          // the article does not say, see Gap
	FalsePremise Kind = "false_premise" // it takes something for true that the article contradicts

	// Whole sections of the article.
	Takeaways  Kind = "takeaways"
	Objectives Kind = "objectives"
	Pros       Kind = "pros"
	Cons       Kind = "cons"
	Both       Kind = "pros_and_cons"
	Risks      Kind = "risks"
	Outlook    Kind = "outlook"
	Background Kind = "background"
	InDepth    Kind = "analysis"
	Previous   Kind = "previous" // earlier dealings of those whom it is about
	Action     Kind = "action"   // what readers are called to do
	Outline    Kind = "outline"

	// The article, the bot, its last answer.
	TitleAsked  Kind = "title"
	SourceAsked Kind = "author_date_source"
	AboutIt     Kind = "what_is_this_article"
	Help        Kind = "bot_help"
	Language    Kind = "language"
	Thanks      Kind = "thanks_greeting"
	Simpler     Kind = "simplify"
	Shorter     Kind = "shorter_longer"

	// What is not to be answered.
	Chat      Kind = "insult_smalltalk"
	OffTopic  Kind = "off_topic"
	Injection Kind = "injection"

	// Lines that are in an index for something else than what they ask.
	Text         Kind = "text"          // a sentence of the article
	NeedsHistory Kind = "needs_history" // a message that cannot be understood alone
	StandsAlone  Kind = "stands_alone"  // one that can, after others
)

// intents are the kinds that lines of the files of intents may have.
var intents = []Kind{
	Takeaways, Objectives, Pros, Cons, Both, Risks, Outlook, Background, InDepth, Previous, Action, Outline,
	TitleAsked, SourceAsked, AboutIt, Help, Language, Thanks, Simpler, Shorter, Chat, OffTopic, Injection,
}

// A Gap is something that members ask and an article does not say.
type Gap struct {
	Name string
	// Lacks completes "The article does not say …" by language.
	Lacks map[string]string
	// Near are the ids of the sentences that come nearest.
	Near []string
}

// general begins the names of gaps that gather what fits no other; they are
// too wide to be named in a refusal.
const general = "general-"

// Named says whether a refusal may name the gap.
func (g Gap) Named() bool { return !strings.HasPrefix(g.Name, general) }

// A Note is what a reader noted of a sentence.
type Note struct {
	Sentence string `json:"sentence"`
	Voice    string `json:"voice"`  // stated, attributed, analysis, forecast or call
	Holder   string `json:"holder"` // whose view it is, where it is attributed
	// HolderWords and Modal are the sentence's own words that say whose view it
	// is, and that it is no fact; empty where it has none.
	HolderWords string `json:"holder_words"`
	Modal       string `json:"modal"`
	// Leans says that it cannot be understood without the one before, or
	// without Antecedent, where that is given; GoesOn that what it says ends in the next one.
	Leans      bool   `json:"leans"`
	Antecedent string `json:"antecedent"`
	GoesOn     bool   `json:"goes_on"`
	// List and Label are the list that it is an item of, and the item's label.
	List  string `json:"list"`
	Label string `json:"label"`
	// Threatens are those whom what it tells threatens; Twin are sentences
	// that say the same.
	Threatens []string `json:"threatens"`
	Twin      []string `json:"twin"`
}

// A Curated is a question that is shown to members, in several languages.
type Curated struct {
	Sentence string
	Text     map[string]string // by language
	// Weight is how good a first question it is, up to 5.
	Weight int
}

// A FollowUp is a message with what was asked before it, for learning when a
// message needs that.
type FollowUp struct {
	Lang     string   `json:"lang"`
	History  []string `json:"history"` // the oldest first
	Text     string   `json:"question"`
	Needs    bool     `json:"needs"`    // it cannot be understood alone
	Alone    string   `json:"alone"`    // the same, said so that it can
	Sentence string   `json:"sentence"` // that answers it; empty where none does
	Kind     string   `json:"kind"`
	Author   string   `json:"-"`
}

// Languages are those of the bank's gaps and curated questions.
var Languages = []string{"en", "de", "fr", "es", "ru", "uk"}
