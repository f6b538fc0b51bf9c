package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/wording"
)

// fewSources is how many sources have a row with a button of their own; more
// of them share a menu.
const fewSources = 5

// sources are the rows that say where the quotations stand: with a button for
// each passage, or a menu of many.
func (p *page) sources(cites []cite) []object.Component {
	if len(cites) > fewSources {
		return p.manySources(cites)
	}
	var out []object.Component
	var plain []cite // in a row, without a passage
	flush := func() {
		if len(plain) > 0 {
			out = append(out, Text(listed(plain, p.look.Words)))
		}
		plain = nil
	}
	for _, c := range cites {
		id, ok := p.look.passage(c.quote)
		if !ok {
			plain = append(plain, c)
			continue
		}
		flush()
		id.Sentences = p.quoted[c.number]
		b := Button(p.look.Words.ShowPassage, id)
		out = append(out, object.Component{Type: object.TypeSection, Components: []object.Component{Text(source([]cite{c}, p.look.Words))}, Accessory: &b})
	}
	flush()
	return out
}

// manySources are the lines that say where the quotations stand, and a menu of
// their passages.
func (p *page) manySources(cites []cite) []object.Component {
	out := []object.Component{Text(listed(cites, p.look.Words))}
	menu := object.Component{Type: object.TypeSelect, Placeholder: p.look.Words.PassageSelect}
	for _, c := range cites {
		id, ok := p.look.passage(c.quote)
		id.Sentences = p.quoted[c.number]
		value := markdown.Clip(id.Passage+":"+id.Numbers(), object.MaxOption)
		taken := slices.ContainsFunc(menu.Options, func(o object.SelectOption) bool { return o.Value == value })
		if !ok || taken || len(menu.Options) == object.MaxOptions {
			continue
		}
		menu.CustomID = customid.ID{Verb: customid.PickPassage, Article: id.Article}.String()
		menu.Options = append(menu.Options, object.SelectOption{Label: markdown.Clip(fmt.Sprintf("[%d] %s", c.number, markdown.Flat(p.look.Words.Where(c.quote))), object.MaxOption), Value: value})
	}
	if len(menu.Options) > 0 {
		out = append(out, Row(menu))
	}
	return out
}

// isHead says whether a quotation is a title, a subtitle or a heading, which
// stands in no passage.
func isHead(q bot.Quote) bool { return q.Passage == "" }

// sentence is the number of the sentence that a quotation begins in; a head has
// none.
func sentence(q bot.Quote) (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(q.Sentence, "s"))
	return n, err == nil && !isHead(q)
}

// listed are the lines that say where quotations stand. Neighbours from one
// section share a line unless they are shown in full, and so do headings.
func listed(cites []cite, w *wording.Words) string {
	var lines []string
	var run []cite
	flush := func() {
		if len(run) > 0 {
			lines = append(lines, source(run, w))
		}
		run = nil
	}
	for _, c := range cites {
		if n := len(run); n > 0 && (c.full || run[n-1].full || c.number != run[n-1].number+1 || !together(c.quote, run[0].quote, w)) {
			flush()
		}
		run = append(run, c)
	}
	flush()
	return strings.Join(lines, "\n")
}

// together says whether quotations stand in one section, or are headings of one
// article.
func together(q, r bot.Quote, w *wording.Words) bool {
	return q.Article == r.Article && q.Section == r.Section && isHead(q) == isHead(r) && (!isHead(q) || w.Where(q) == w.Where(r))
}

// longestQuote is how much of a quotation a row shows; its button shows all.
const longestQuote = 300

// source is the line for cites with numbers in a row, of one section.
func source(run []cite, w *wording.Words) string {
	first := run[0]
	numbers := fmt.Sprintf("[%d]", first.number)
	if len(run) > 1 {
		numbers += fmt.Sprintf("–[%d]", run[len(run)-1].number)
	}
	line := Small + numbers + " " + where(run, w)
	if first.full {
		line += "\n> “" + markdown.Escape(markdown.Clip(markdown.Flat(first.quote.Text), longestQuote)) + "”"
	}
	return line
}

// where says where the quotations of one section stand.
func where(run []cite, w *wording.Words) string {
	first := run[0].quote
	if isHead(first) && len(run) > 1 {
		return w.HeadingsPlace
	}
	spot := func(c cite) [2]string { return [2]string{c.quote.Article, c.quote.Passage} }
	if !slices.ContainsFunc(run, func(c cite) bool { return spot(c) != spot(run[0]) }) {
		return markdown.Escape(markdown.Clip(markdown.Flat(w.Where(first)), 160))
	}
	section := markdown.Escape(markdown.Clip(markdown.Flat(cmp.Or(first.Section, w.Introduction)), 120))
	if slices.ContainsFunc(run, func(c cite) bool { return c.quote.IsBullet != first.IsBullet }) {
		return section
	}
	kind := w.Paragraphs
	if first.IsBullet {
		kind = w.Points
	}
	var spans []string // "2", "4–6"
	for i := 0; i < len(run); {
		from, to := run[i].quote.Number, run[i].quote.Number
		for i++; i < len(run) && (run[i].quote.Number == to || run[i].quote.Number == to+1); i++ {
			to = run[i].quote.Number
		}
		if from == to {
			spans = append(spans, strconv.Itoa(from))
		} else {
			spans = append(spans, fmt.Sprintf("%d–%d", from, to))
		}
	}
	return section + ", " + fmt.Sprintf(kind, markdown.Clip(strings.Join(spans, ", "), 80))
}
