package discord

// words are the sentences that members read, apart from the answers' own
// content. Each %s stands for what its name says.
var words = struct {
	askDescription, questionDescription   string
	takeawaysDescription                  string
	countDescription                      string
	risksDescription, forDescription      string
	styleDescription                      string
	brief, plain, debate                  string
	helpDescription                       string
	help, looking, failed, stopped, busy  string
	unknownCommand, oldButton, incomplete string

	// Answers.
	risksHeading, takeawaysHeading string
	forecast                       string
	partly, corrected              string
	quotedByOne, quotedBySeveral   string // how many passages
	asOfWriting                    string
	modelByOne, modelBySeveral     string // how many passages
	writing                        string

	// Refusals.
	empty, introduction string
	nearest, askNext    string
}{
	askDescription:       "Ask about the article; every answer is quoted from it",
	questionDescription:  "Your question about the article",
	takeawaysDescription: "The article's key takeaways, each with its source",
	countDescription:     "How many of them, from the first; all if left out",
	risksDescription:     "The risks that the article names, each with its source",
	forDescription:       "Whom the risks threaten; everybody if left out",
	styleDescription:     "How to tell them; in the article's own words if left out",
	brief:                "Briefly",
	plain:                "In plain words",
	debate:               "For a debate",
	helpDescription:      "What I can do",

	help: "I answer questions about one article, and only from it: every answer is quoted word for word, with its place.\n" +
		"- Mention me with a question, reply to me, or write to me directly.\n" +
		"- `/ask` asks a question, `/takeaways` lists the article's key takeaways, `/risks` the risks it names.\n" +
		"What the article does not say, I do not answer.",
	looking:        "Looking in the article…",
	failed:         "Something went wrong on my side; nothing was posted. Please ask again.",
	stopped:        "I was restarted before I could answer. Please ask again.",
	busy:           "Too many questions at once; ask again in a moment.",
	unknownCommand: "I no longer know this command.",
	oldButton:      "This button is too old; ask again to get a new one.",
	incomplete:     "-# Part of this answer could not be posted. Ask again to get all of it.",

	risksHeading:     "Risks the article names",
	takeawaysHeading: "Key takeaways",
	forecast:         "What the article expects, not what is known.",
	partly:           "The article answers this only in part:",
	corrected:        "The article says it differently:",
	quotedByOne:      "Quoted word for word from the article; proven by 1 passage.",
	quotedBySeveral:  "Quoted word for word from the article; proven by %s passages.",
	asOfWriting:      "From the article as of its writing; it cannot know what came after.",
	modelByOne:       "Put in short words and checked against the article; proven by 1 passage.",
	modelBySeveral:   "Put in short words and checked against the article; proven by %s passages.",

	writing: "Still writing…",

	introduction: "Introduction", // where the article has no heading yet
	empty:        "There is no question in that. Ask me something about the article, or see `/help`.",
	nearest:      "Nearest passages:",
	askNext:      "You could ask:",
}
