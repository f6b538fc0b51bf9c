package discord

import (
	"fmt"
	"strconv"
	"strings"

	"summitbot/bot"
	"summitbot/retrieval"
)

// Render turns an answer into the contents of the messages that show it, in
// order; an answer that says anything makes one at least. Each is within
// Discord's length. Everything that comes from an article, a model or a
// member is escaped: it is shown as it is, and pings nobody. A claim and its
// sources stay in one message unless the claim alone is too long for one.
func Render(a bot.Answer) []string {
	p := &page{numbers: map[place]int{}}
	switch {
	case a.Refusal != nil && a.Refusal.Reason == bot.Empty:
		p.add(block{text: words.empty})
	case a.Refusal != nil && a.Refusal.Reason == bot.ToBot:
		p.add(block{text: words.help})
	case len(a.Claims) == 0:
		p.refuse(a)
	default:
		p.answer(a)
	}
	if a.Refusal != nil && len(a.Next) > 0 {
		p.add(block{text: words.askNext, keep: true, below: true, apart: true})
		for _, q := range a.Next {
			p.add(block{text: "- " + escape(q)})
		}
	}
	p.foot(a)
	return p.messages()
}

// renderUnfinished is the content of the message that shows an answer while it
// is written: as much of it as one message holds.
func renderUnfinished(a bot.Answer) string {
	p := &page{numbers: map[place]int{}}
	p.answer(a)
	p.tail = "-# " + words.writing
	return p.messages()[0]
}

// answer lays out the claims.
func (p *page) answer(a bot.Answer) {
	if a.Refusal != nil {
		p.add(block{text: escape(a.Lead())})
	}
	switch {
	case a.Verdict == bot.Partly && a.Refusal == nil:
		p.add(block{text: words.partly})
	case a.Verdict == bot.PremiseCorrected:
		p.add(block{text: words.corrected})
	}
	several := a.List && severalSections(a.Claims)
	if h := heading(a); a.List && h != "" && !several {
		p.add(block{text: "**" + escape(h) + "**", keep: true})
	}
	if expected(a.Claims) {
		p.add(block{text: words.forecast, keep: true})
	}
	var group bot.Threatened
	section, number := "", 0
	for _, c := range a.Claims {
		if g := c.Group(); g != group && g != bot.Everybody {
			group = g
			p.add(block{text: "__**" + escape(g.String()) + "**__", keep: true, apart: true})
		}
		if s := c.Quotes()[0].Section; several && s != section {
			section, number = s, 0
			p.add(block{text: "**" + escape(s) + "**", keep: true, apart: len(p.blocks) > 0})
		}
		p.claim(a, number, c)
		number++
	}
}

// severalSections says whether a list goes through several sections of the
// article, one after the other. Groups of risks have headings of their own.
func severalSections(claims []bot.Claim) bool {
	for _, c := range claims {
		if c.Group() != bot.Everybody {
			return false
		}
		if c.Quotes()[0].Section != claims[0].Quotes()[0].Section {
			return true
		}
	}
	return false
}

// claim lays out one claim, the i-th of its list from 0.
func (p *page) claim(a bot.Answer, i int, c bot.Claim) {
	mark, cites := "", make([]cite, 0, len(c.Quotes()))
	full := a.Mode == bot.FromModel
	for _, q := range c.Quotes() {
		n := p.number(q, full)
		if one := "[" + strconv.Itoa(n) + "]"; !strings.Contains(mark, one) {
			mark += one
		}
		cites = append(cites, cite{n, q, full})
	}
	text := c.Text()
	switch {
	case a.List:
		marker := "- "
		if c.Group() == bot.Everybody {
			marker = strconv.Itoa(i+1) + ". "
		}
		p.add(block{first: marker, text: led(text, c.Quotes()[0]) + " " + mark, cites: cites})
	case a.Mode == bot.FromModel:
		p.add(block{text: escape(text) + " " + mark, cites: cites, apart: i > 0})
	default:
		said := ""
		if words := c.Said(); words != "" && !expected(a.Claims) {
			said = "*" + escape(words) + ":* "
		}
		p.add(block{first: "> ", rest: "> ", text: said + "“" + escape(text) + "” " + mark, cites: cites, apart: i > 0})
	}
}

// refuse says that there is no answer, and shows what is near.
func (p *page) refuse(a bot.Answer) {
	if lead := a.Lead(); lead != "" {
		p.add(block{text: escape(lead)})
	}
	if len(a.Near) > 0 {
		p.add(block{text: words.nearest, keep: true})
	}
	for i, q := range a.Near {
		n := p.number(q, false)
		p.add(block{first: "> ", rest: "> ", text: fmt.Sprintf("“%s” [%d]", escape(q.Text), n), cites: []cite{{n, q, false}}, apart: i > 0})
	}
}

// foot says how the answer is proven, and what it cannot know.
func (p *page) foot(a bot.Answer) {
	fallen := ""
	if line := a.Fallback.Words(); line != "" {
		fallen = "-# " + line
	}
	if len(a.Claims) == 0 {
		p.tail = fallen
		return
	}
	passages := map[[2]string]bool{}
	for _, c := range a.Claims {
		for _, q := range c.Quotes() {
			passages[[2]string{q.Article, q.Passage}] = true
		}
	}
	one, several := words.quotedByOne, words.quotedBySeveral
	if a.Mode == bot.FromModel {
		one, several = words.modelByOne, words.modelBySeveral
	}
	proof := one
	if len(passages) > 1 {
		proof = fmt.Sprintf(several, strconv.Itoa(len(passages)))
	}
	p.tail = "-# " + proof + "\n-# " + words.asOfWriting
	if fallen != "" {
		p.tail = fallen + "\n" + p.tail
	}
}

// heading is the line above a list.
func heading(a bot.Answer) string {
	switch {
	case a.Heading != "":
		return a.Heading
	case a.Question.Kind == bot.Risks:
		return words.risksHeading
	case a.Question.Kind == bot.Takeaways:
		return words.takeawaysHeading
	}
	return ""
}

// expected says whether every claim is what the article expects.
func expected(claims []bot.Claim) bool {
	for _, c := range claims {
		if c.Voice() != retrieval.Forecast {
			return false
		}
	}
	return true
}

// led is a bullet's text with its label in bold.
func led(text string, q bot.Quote) string {
	if rest, ok := strings.CutPrefix(text, q.Lead+":"); ok && q.Lead != "" {
		return strings.TrimSpace("**" + escape(q.Lead) + "** " + escape(rest))
	}
	return escape(text)
}
