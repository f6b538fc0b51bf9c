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

// A page is an answer on its way to becoming messages.
type page struct {
	look    Look
	blocks  []block
	numbers map[place]int // the numbers of the sources, from 1
	quoted  map[int][]int // by such a number, the sentences that are quoted
}

// place is what has a number of its own: a passage, a title or a heading, or,
// where quotations are shown in full, a quotation.
type place struct {
	article, passage string
	head             string // the title's or the heading's id
	start, end       int    // of a quotation
}

func newPage(l Look) *page { return &page{look: l, numbers: map[place]int{}, quoted: map[int][]int{}} }

// A block is a piece of an answer that is not cut unless it is too long for
// a message of its own.
type block struct {
	first, rest string // what its lines begin with: the first, and those after a cut
	text        string // escaped, on one line
	lines       bool   // text is the bot's own, of several lines
	cites       []cite // what it rests on; its message shows them
	keep        bool   // stands in one message with the next block
	apart       bool   // has an empty line before it
}

// A cite is a numbered quotation that a block rests on.
type cite struct {
	number int
	quote  bot.Quote
	full   bool // the quotation is shown, for the block does not show it
}

// A sheet is what one message shows of an answer.
type sheet struct {
	text  string
	cites []cite // by number, each once
}

// number is the number of a quotation's source; full says that the quotation
// is shown there.
func (p *page) number(q bot.Quote, full bool) int {
	at := place{article: q.Article, passage: q.Passage}
	if isHead(q) {
		at.head = q.Sentence
	}
	if full {
		at.start, at.end = q.Start, q.End
	}
	if _, ok := p.numbers[at]; !ok {
		p.numbers[at] = len(p.numbers) + 1
	}
	n := p.numbers[at]
	if s, ok := sentence(q); ok && !slices.Contains(p.quoted[n], s) {
		p.quoted[n] = append(p.quoted[n], s)
	}
	return n
}

// longestBlock is how long a block may be, in units. It leaves a message room
// for the rows of its sources.
const longestBlock = 1800

// add puts a block at the end. One that is too long is cut first.
func (p *page) add(b block) {
	if b.lines || markdown.Length(b.first+b.text) <= longestBlock {
		p.blocks = append(p.blocks, b)
		return
	}
	for i, piece := range markdown.Cut(b.text, longestBlock-markdown.Length(b.first+b.rest)-1) {
		part := block{first: b.rest, rest: b.rest, text: markdown.EscapeOpening(piece), cites: b.cites}
		if i == 0 {
			part.first, part.text, part.apart = b.first, piece, b.apart
		}
		p.blocks = append(p.blocks, part)
	}
}

// sheets fills messages with blocks, each with at most so much text, that of
// the sources included.
func (p *page) sheets(room int) []sheet {
	var out []sheet
	var open []block // the message being filled
	for len(p.blocks) > 0 {
		unit := p.unit()
		p.blocks = p.blocks[len(unit):]
		with := append(open[:len(open):len(open)], unit...)
		if p.weight(with) <= room {
			open = with
			continue
		}
		if len(open) > 0 {
			out = append(out, lay(open))
		}
		for len(unit) > 1 && p.weight(unit) > room { // headings and a very long block
			out = append(out, lay(unit[:1]))
			unit = unit[1:]
		}
		open = unit
	}
	return append(out, lay(open))
}

// weight is how much text blocks make, with their sources.
func (p *page) weight(blocks []block) int {
	s := lay(blocks)
	n := markdown.Length(s.text)
	if len(s.cites) > fewSources {
		return n + markdown.Length(listed(s.cites, p.look.Words))
	}
	for _, c := range s.cites {
		n += markdown.Length(source([]cite{c}, p.look.Words))
	}
	return n
}

// lay writes blocks, and lists what they rest on.
func lay(blocks []block) sheet {
	var s sheet
	var lines []string
	for i, b := range blocks {
		if b.apart && i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, b.first+b.text)
		for _, c := range b.cites {
			if !slices.ContainsFunc(s.cites, func(o cite) bool { return o.number == c.number }) {
				s.cites = append(s.cites, c)
			}
		}
	}
	s.text = strings.Join(lines, "\n")
	return s
}

// unit is the next block, with those that it must be kept with.
func (p *page) unit() []block {
	for i, b := range p.blocks {
		if !b.keep || i == len(p.blocks)-1 {
			return p.blocks[: i+1 : i+1]
		}
	}
	return nil
}

// Small begins a line in small print.
const Small = "-# "

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
