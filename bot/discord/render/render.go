package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// Accent colours of the badges. None of them is the only carrier of what it
// says: the badge's words stand beside it.
const (
	colourSeveral     = 0x2d7d46
	colourOne         = 0x3b6ea5
	colourExpectation = 0xb7791f
	colourNone        = 0x80848e
)

func colour(b bot.Badge) int {
	switch b {
	case bot.ProvenBySeveral:
		return colourSeveral
	case bot.ProvenByOne:
		return colourOne
	case bot.Expectation:
		return colourExpectation
	}
	return colourNone
}

// Answer turns an answer into the messages that show it, in order; an answer
// makes one at least. Each is within Discord's limits. Everything that comes
// from an article, a model or a member is escaped: it is shown as it is, and
// pings nobody. A claim and its sources stay in one message unless the claim
// alone is too long for one.
func Answer(a bot.Answer, l Look) []object.View {
	p := newPage(l)
	switch {
	case a.Reply != bot.NoReply:
		p.add(block{text: l.Words.Reply(a.Reply), lines: true})
	case len(a.Claims) == 0:
		p.refuse(a)
	default:
		p.answer(a)
	}
	views := p.views(p.head(a), p.foot(a), colour(a.Badge))
	last := &views[len(views)-1]
	last.Components = append(last.Components, p.buttons(a)...)
	return views
}

// views are the messages that show the page, each with the head, with its number
// where there are several, and with its sources; the last one has the foot. Head
// and foot may be empty.
func (p *page) views(head, foot string, colour int) []object.View {
	sheets := p.sheets(object.MaxText - markdown.Length(head) - markdown.Length(foot) - reserve)
	views := make([]object.View, len(sheets))
	for i, s := range sheets {
		box := object.Component{Type: object.TypeContainer, Accent: colour}
		if head != "" {
			box.Components = append(box.Components, Text(head))
		}
		box.Components = append(box.Components, Text(s.text))
		if sources := p.sources(s.cites); len(sources) > 0 {
			box.Components = append(append(box.Components, object.Component{Type: object.TypeSeparator}), sources...)
		}
		var below []string
		if len(sheets) > 1 {
			below = append(below, Small+fmt.Sprintf(p.look.Words.Page, i+1, len(sheets)))
		}
		if i == len(sheets)-1 && foot != "" {
			below = append(below, foot)
		}
		if len(below) > 0 {
			box.Components = append(box.Components, Text(strings.Join(below, "\n")))
		}
		views[i].Components = []object.Component{box}
	}
	return views
}

// reserve is the room that a message keeps, in units, for its page's number and
// one more line: that a part is missing, or for whom it is.
const reserve = 160

// Unfinished is the message that shows an answer of which not all is
// written: as much of it as one message holds, and why that is so.
func Unfinished(a bot.Answer, l Look, why string) object.View {
	p := newPage(l)
	p.answer(a)
	tail := Small + why
	s := p.sheets(object.MaxText - markdown.Length(tail) - reserve)[0]
	box := object.Component{Type: object.TypeContainer, Accent: colour(a.Badge), Components: []object.Component{Text(s.text)}}
	if len(s.cites) > 0 {
		box.Components = append(box.Components, Text(listed(s.cites, l.Words)))
	}
	box.Components = append(box.Components, Text(tail))
	return object.View{Components: []object.Component{box}}
}

// head is the line that says what the answer rests on.
func (p *page) head(a bot.Answer) string {
	switch {
	case a.Reply != bot.NoReply, a.Refusal != nil && a.Refusal.Reason == bot.Empty:
		return ""
	case len(a.Claims) == 0:
		return Small + "**" + p.look.Words.BadgeNotFound + "**"
	}
	how := p.look.Words.Quoted
	if a.Judged() {
		how = p.look.Words.Rewritten
	}
	return Small + "**" + p.look.Words.Evidence(a) + "** · " + how
}

// foot says what the answer cannot know, and why it is as it is.
func (p *page) foot(a bot.Answer) string {
	var lines []string
	for _, l := range []string{p.look.Note, p.look.Words.FallenBack(a.Fallback)} {
		if l != "" {
			lines = append(lines, Small+l)
		}
	}
	if len(a.Claims) > 0 {
		lines = append(lines, Small+p.look.Words.AsOfWriting)
	}
	return strings.Join(lines, "\n")
}

// answer lays out the claims.
func (p *page) answer(a bot.Answer) {
	w := p.look.Words
	switch {
	case a.Direct != bot.NoDirect:
		p.add(block{text: "**" + markdown.Escape(w.Lead(a)) + "**"})
	case a.Refusal != nil || a.Verdict == bot.PremiseCorrected:
		p.add(block{text: markdown.Escape(w.Lead(a))})
	case a.Verdict == bot.Partly:
		p.add(block{text: w.Partly})
	}
	several := a.List && severalSections(a.Claims)
	if h := w.Heading(a); h != "" && !several {
		p.add(block{text: "### " + markdown.Escape(h), keep: true})
	}
	if expected(a.Claims) {
		p.add(block{text: "*" + w.Forecast + "*", keep: true})
	}
	var group bot.Threatened
	section, number := "", 0
	for i, c := range a.Claims {
		if g := c.Group(); g != group && g != bot.Everybody {
			group = g
			p.add(block{text: "**" + markdown.Escape(w.Group(g)) + "**", keep: true, apart: i > 0})
		}
		if s := c.Quotes()[0].Section; several && s != section {
			section, number = s, 0
			p.add(block{text: "**" + markdown.Escape(s) + "**", keep: true, apart: len(p.blocks) > 0})
		}
		p.claim(a, number, c)
		number++
	}
	if a.Missing != "" {
		p.add(block{text: markdown.Escape(fmt.Sprintf(w.Missing, a.Missing)), apart: true})
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
	full := c.How() == proof.Judged
	for _, q := range c.Quotes() {
		n := p.number(q, a.Judged())
		if one := "[" + strconv.Itoa(n) + "]"; !strings.Contains(mark, one) {
			mark += one
		}
		cites = append(cites, cite{n, q, full})
	}
	said := ""
	if words := p.look.Words.Said(c, a.List); words != "" && !expected(a.Claims) {
		said = "*" + markdown.Escape(words) + ":* "
	}
	if about := c.About(); about != "" { // what "it" or "he" is
		said += "(" + markdown.Escape(about) + ") "
	}
	text := c.Text()
	switch {
	case a.List:
		marker := "- "
		if c.Group() == bot.Everybody {
			marker = strconv.Itoa(i+1) + ". "
		}
		p.add(block{first: marker, text: said + led(text, c.Quotes()[0]) + " " + mark, cites: cites})
	case full:
		p.add(block{text: said + markdown.Escape(text) + " " + mark, cites: cites, apart: i > 0})
	default:
		p.add(block{first: "> ", rest: "> ", text: said + "“" + markdown.Escape(text) + "” " + mark, cites: cites, apart: i > 0})
	}
}

// refuse says that there is no answer, and shows what is near.
func (p *page) refuse(a bot.Answer) {
	if lead := p.look.Words.Lead(a); lead != "" {
		p.add(block{text: markdown.Escape(lead)})
	}
	if len(a.Near) > 0 {
		p.add(block{text: p.look.Words.Nearest, keep: true})
	}
	p.near(a.Near)
}

// near shows the passages that come nearest to an answer.
func (p *page) near(quotes []bot.Quote) {
	for i, q := range quotes {
		n := p.number(q, false)
		p.add(block{first: "> ", rest: "> ", text: fmt.Sprintf("“%s” [%d]", markdown.Escape(q.Text), n), cites: []cite{{n, q, false}}, apart: i > 0})
	}
}

// expected says whether there are claims, and every one is what the article expects.
func expected(claims []bot.Claim) bool {
	if len(claims) == 0 {
		return false
	}
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
		return strings.TrimSpace("**" + markdown.Escape(q.Lead) + "** " + markdown.Escape(rest))
	}
	return markdown.Escape(text)
}

func (l Look) article(slug string) *retrieval.Article {
	i := slices.IndexFunc(l.Articles, func(a *retrieval.Article) bool { return a.Slug == slug })
	if i < 0 {
		return nil
	}
	return l.Articles[i]
}

// buttons are what can be done with an answer.
func (p *page) buttons(a bot.Answer) []object.Component {
	w := p.look.Words
	var rows []object.Component
	if ref, ok := p.reference(a); ok {
		up, down := ref, ref
		up.Verb, down.Verb = customid.VoteUp, customid.VoteDown
		yes, no := Button(w.Helpful, up), Button(w.NotHelpful, down)
		yes.Emoji, no.Emoji = &object.Emoji{Name: "👍"}, &object.Emoji{Name: "👎"}
		first := []object.Component{yes, no}
		if p.look.Thread {
			first = append(first, Button(w.InThread, customid.ID{Verb: customid.OpenThread}))
		}
		rows = append(rows, Row(first...))
		if again := p.retellings(a, ref); len(again) > 0 {
			rows = append(rows, Row(again...))
		}
	}
	if len(a.Next) > 0 {
		menu := object.Component{Type: object.TypeSelect, Placeholder: w.AskNext, CustomID: customid.ID{Verb: customid.AskNext}.String()}
		for _, q := range a.Next[:min(len(a.Next), 3)] {
			if q = markdown.Flat(q); len([]rune(q)) <= object.MaxOption {
				menu.Options = append(menu.Options, object.SelectOption{Label: q, Value: q})
			}
		}
		if len(menu.Options) > 0 {
			rows = append(rows, Row(menu))
		}
	}
	return rows
}

// reference names the sentences that an answer rests on, in the form that
// fits into a button, the article alone for titles and headings; ok is false
// where there are no claims, or claims of more articles than one.
func (p *page) reference(a bot.Answer) (id customid.ID, ok bool) {
	for _, c := range a.Claims {
		for _, q := range c.Quotes() {
			article := p.look.article(q.Article)
			if article == nil || id.Article != "" && id.Article != article.Hash[:customid.HashLength] {
				return customid.ID{}, false
			}
			id.Article = article.Hash[:customid.HashLength]
			if n, ok := sentence(q); ok && !slices.Contains(id.Sentences, n) {
				id.Sentences = append(id.Sentences, n)
			}
		}
	}
	return id, id.Article != ""
}

// retellings are the buttons that tell an answer otherwise, from the claims
// that stand already. Titles and headings are told as they are.
func (p *page) retellings(a bot.Answer, ref customid.ID) []object.Component {
	if p.look.Retells == nil || slices.ContainsFunc(a.Claims, func(c bot.Claim) bool { return slices.ContainsFunc(c.Quotes(), isHead) }) {
		return nil
	}
	w := p.look.Words
	var out []object.Component
	for _, s := range []struct {
		label string
		style bot.Style
	}{{w.Shorter, bot.Brief}, {w.PlainWords, bot.Plain}, {w.QuotesOnly, bot.AsWritten}} {
		ref.Verb, ref.Style = customid.Retell, string(s.style)
		if s.style == bot.AsWritten {
			ref.Style = AsWritten
		}
		already := s.style == a.Question.Style && s.style != bot.AsWritten || s.style == bot.AsWritten && !a.Judged()
		whole, _ := customid.Parse(ref.String())
		if !already && p.look.Retells(a, s.style) && len(whole.Sentences) == len(ref.Sentences) {
			out = append(out, Button(s.label, ref))
		}
	}
	return out
}

// AsWritten is bot.AsWritten in a custom id, which may not end with nothing.
const AsWritten = "quotes"
