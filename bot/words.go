package bot

import (
	"fmt"
	"strings"

	"summitbot/retrieval"
)

// Lead is the first line of a refusal, what the article does not say, or of
// a correction. It is empty for an answer.
func (a Answer) Lead() string {
	switch {
	case a.Verdict == PremiseCorrected:
		return "The article says otherwise:"
	case a.Refusal == nil:
		return ""
	}
	switch a.Refusal.Reason {
	case OffTopic:
		return "That is not what the article is about, so I have nothing to quote."
	case NoSuchValue:
		return fmt.Sprintf("The article does not say: it gives no %s for that.", a.Refusal.Lacking)
	case Lacks:
		return fmt.Sprintf("The article does not say %s.", a.Refusal.Lacking)
	case NoSuchName:
		return fmt.Sprintf("The article never mentions %s.", a.Refusal.Lacking)
	case AfterArticle:
		return "The article was written before the summit and cannot know what came after."
	case Empty:
		return "Ask me something about the article."
	case ToBot:
		return "I answer questions about the article, with its own words for proof. Ask in your own words, or for the key takeaways or the risks."
	}
	return "The article does not say that."
}

// Words are the badge in a member's words.
func (b Badge) Words() string {
	switch b {
	case ProvenBySeveral:
		return "Proven by several passages of the article"
	case ProvenByOne:
		return "Proven by one passage of the article"
	case Expectation:
		return "What the article expects, not what has happened"
	}
	return "Not in the article"
}

// Words say to a member why the answer is not the model's, or not all of it;
// empty for no fallback.
func (f Fallback) Words() string {
	switch f {
	case NoModelReply:
		return "The model did not answer, so this is said in the article’s own words."
	case NothingLeft:
		return "What the model wrote could not be proven, so this is said in the article’s own words."
	case BudgetSpent:
		return "The day’s budget for the model is spent, so this is said in the article’s own words."
	case CutOff:
		return "The model stopped before it was done; what stands here is proven."
	}
	return ""
}

// PlainText is the answer as a terminal shows it.
func (a Answer) PlainText() string {
	var s strings.Builder
	if lead := a.Lead(); lead != "" {
		s.WriteString(lead + "\n")
	}
	if a.Heading != "" {
		s.WriteString(a.Heading + "\n\n")
	}
	group := Everybody
	for i, c := range a.Claims {
		if c.Group() != group {
			group = c.Group()
			fmt.Fprintf(&s, "%s\n\n", group)
		}
		text := c.Text()
		if said := c.Said(); said != "" && !a.List {
			text = said + ": " + text
		}
		fmt.Fprintf(&s, "%d. %s\n", i+1, text)
		for _, q := range c.Quotes() {
			fmt.Fprintf(&s, "   [%s] %s\n", q.Sentence, q.Where())
		}
		s.WriteString("\n")
	}
	if len(a.Near) > 0 {
		s.WriteString("\nNearest in the article:\n\n")
	}
	for _, q := range a.Near {
		fmt.Fprintf(&s, "- %s\n   [%s] %s\n", q.Text, q.Sentence, q.Where())
	}
	if a.Refusal != nil && len(a.Next) > 0 {
		fmt.Fprintf(&s, "\nThe article does answer:\n\n- %s\n", strings.Join(a.Next, "\n- "))
	}
	if len(a.Claims) > 0 {
		fmt.Fprintf(&s, "%s.\n", a.Badge.Words())
	}
	if line := a.Fallback.Words(); line != "" {
		s.WriteString(line + "\n")
	}
	return s.String()
}

// Where says where the quotation stands: its section, and its paragraph or
// bullet there.
func (q Quote) Where() string {
	section := q.Section
	if section == "" {
		section = "Introduction"
	}
	kind := "paragraph"
	if q.IsBullet {
		kind = "point"
	}
	return fmt.Sprintf("%s, %s %d of %d", section, kind, q.Number, q.Of)
}

// Said says in whose voice the claim speaks, as the words that stand before
// it; empty where the article says it in its own voice, or the claim says
// itself whose view it is or that it is no fact.
func (c Claim) Said() string {
	q := c.speaker()
	switch {
	case !c.own && (q.Voice != retrieval.Attributed || hedges.in(tongueOf(c.text), plainly(c.text))):
		return "" // the gate keeps what is no fact from being told as one
	case q.Voice == retrieval.Forecast:
		return "The article expects"
	case q.Voice != retrieval.Attributed || strings.HasPrefix(c.text, "From "):
		return ""
	case q.Holder == "":
		return "A view that the article reports"
	case q.Holder == "Kremlin":
		return "The Kremlin’s view, as the article reports it"
	}
	return q.Holder + "’s view, as the article reports it"
}
