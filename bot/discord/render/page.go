package render

import (
	"slices"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/markdown"
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
