package wording

import (
	"fmt"
	"strings"

	"summitbot/bot"
)

// PlainText is an answer as a terminal shows it.
func PlainText(a bot.Answer) string {
	var s strings.Builder
	w := ForText(a.Question.Text)
	if lead := w.Lead(a); lead != "" {
		s.WriteString(lead + "\n")
	}
	if a.Heading != "" {
		s.WriteString(a.Heading + "\n\n")
	}
	group := bot.Everybody
	for i, c := range a.Claims {
		if c.Group() != group {
			group = c.Group()
			fmt.Fprintf(&s, "%s\n\n", w.Group(group))
		}
		text := c.Text()
		if about := c.About(); about != "" {
			text = "(" + about + ") " + text
		}
		if said := w.Said(c, a.List); said != "" {
			text = said + ": " + text
		}
		fmt.Fprintf(&s, "%d. %s\n", i+1, text)
		for _, q := range c.Quotes() {
			fmt.Fprintf(&s, "   [%s] %s\n", q.Sentence, w.Where(q))
		}
		s.WriteString("\n")
	}
	if a.Missing != "" {
		fmt.Fprintf(&s, w.Missing+"\n", a.Missing)
	}
	if len(a.Near) > 0 {
		s.WriteString("\n" + w.Nearest + "\n\n")
	}
	for _, q := range a.Near {
		fmt.Fprintf(&s, "- %s\n   [%s] %s\n", q.Text, q.Sentence, w.Where(q))
	}
	if a.Refusal != nil && len(a.Next) > 0 {
		fmt.Fprintf(&s, "\n%s\n\n- %s\n", w.CouldAsk, strings.Join(a.Next, "\n- "))
	}
	if len(a.Claims) > 0 {
		fmt.Fprintf(&s, "%s.\n", w.Evidence(a))
	}
	if line := w.FallenBack(a.Fallback); line != "" {
		s.WriteString(line + "\n")
	}
	return s.String()
}
