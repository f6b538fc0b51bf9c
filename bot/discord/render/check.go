package render

import (
	"fmt"

	"summitbot/bot"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
)

// Check shows what the article says of each claim of a message, the worst
// first.
func Check(c bot.Checked, l Look) []object.View {
	p := newPage(l)
	a := bot.Answer{Mode: bot.Quotes, Fallback: c.Fallback}
	for i, part := range c.Parts {
		p.add(block{first: Small, text: markdown.Escape(l.Words.Claimed + ": “" + markdown.Clip(part.Text, 300) + "”"), apart: i > 0})
		p.add(block{text: "**" + l.Words.Judged(part.Finding) + "**"})
		if part.Finding == bot.NotSaid {
			p.add(block{text: l.Words.Nearest, keep: true})
		}
		for j, q := range part.Claims {
			p.claim(a, j, q)
		}
	}
	for _, part := range c.Parts {
		a.Claims = append(a.Claims, part.Claims...)
	}
	if len(c.Parts) == 0 {
		p.add(block{text: l.Words.NothingToCheck})
	}
	if c.More {
		p.add(block{first: Small, text: fmt.Sprintf(l.Words.MoreToCheck, len(c.Parts)), apart: true})
	}
	worst := bot.NotSaid
	if len(c.Parts) > 0 {
		worst = c.Parts[0].Finding
	}
	return p.views("", p.foot(a), checkedColour(worst))
}

func checkedColour(f bot.Finding) int {
	switch f {
	case bot.Supported:
		return colourSeveral
	case bot.Contradicted:
		return colourExpectation
	}
	return colourNone
}
