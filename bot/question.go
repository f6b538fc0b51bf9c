package bot

// A Question is one thing that a member wants answered, from whichever
// entrance it came: a mention, a direct message, a command, the terminal or
// the evaluation.
type Question struct {
	// ID is unique for ever: the id of the Discord message or interaction,
	// or whatever the caller uses to tell its questions apart.
	ID string
	// Place is where the answer goes (a channel's id), Server the guild that
	// it is in, and Member who asks. All may be empty outside Discord, and
	// Server is in direct messages.
	Place, Server, Member string
	// Kind says what is asked for.
	Kind Kind
	// Text is the member's own words; only Ask reads it.
	Text string
	// History holds the earlier questions of the same conversation, oldest
	// first. It is read to understand a follow-up and is never an answer.
	History []string
	// Count limits Takeaways; 0 means all of them.
	Count int
	// Style says how Takeaways and Risks are told, where there is a model.
	Style Style
	// Without leaves out what one author wrote ahead, to measure on that
	// author's own questions; empty everywhere else.
	Without string `json:"-"`
	// For narrows Risks to whom they threaten; empty means everybody.
	For Threatened
}

// Kind is the kind of a Question.
type Kind string

// The kinds of questions.
const (
	Ask       Kind = "ask"       // a question in the member's own words
	Takeaways Kind = "takeaways" // the article's key takeaways, in order
	Risks     Kind = "risks"     // what the article names as risks
	Check     Kind = "check"     // what the article says of a message
	Retell    Kind = "retell"    // an earlier answer in another style
	Help      Kind = "help"      // the bot was called without a question
)

// Threatened says whom a risk threatens.
type Threatened = string

// Whom the article's risks threaten.
const (
	Everybody Threatened = ""
	Ukraine   Threatened = "ukraine"
	West      Threatened = "west" // the United States and its allies
	Trump     Threatened = "trump"
	Russia    Threatened = "russia" // Russia and Putin
	World     Threatened = "world"  // global stability
)

// Style is how a list is told.
type Style string

// The styles.
const (
	AsWritten Style = ""       // in the article's own words
	Brief     Style = "brief"  // in a few words
	Plain     Style = "plain"  // in words that anybody understands
	Debate    Style = "debate" // as arguments that one can put to others
)
