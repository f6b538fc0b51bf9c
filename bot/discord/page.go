package discord

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"summitbot/bot"
)

// A page is an answer on its way to becoming messages.
type page struct {
	look    Look
	blocks  []block
	numbers map[place]int // the numbers of the sources, from 1
	quoted  map[int][]int // by such a number, the sentences that are quoted
}

// place is what has a number of its own: a passage, or, where quotations are
// shown in full, a quotation.
type place struct {
	article, passage string
	start, end       int // of a quotation
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
	if full {
		at.start, at.end = q.Start, q.End
	}
	if _, ok := p.numbers[at]; !ok {
		p.numbers[at] = len(p.numbers) + 1
	}
	n := p.numbers[at]
	if s, err := strconv.Atoi(strings.TrimPrefix(q.Sentence, "s")); err == nil && !slices.Contains(p.quoted[n], s) {
		p.quoted[n] = append(p.quoted[n], s)
	}
	return n
}

// longestBlock is how long a block may be, in units. It leaves a message room
// for the rows of its sources.
const longestBlock = 1800

// add puts a block at the end. One that is too long is cut first.
func (p *page) add(b block) {
	if b.lines || length(b.first+b.text) <= longestBlock {
		p.blocks = append(p.blocks, b)
		return
	}
	for i, piece := range cut(b.text, longestBlock-length(b.first+b.rest)-1) {
		part := block{first: b.rest, rest: b.rest, text: escapeOpening(piece), cites: b.cites}
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
	n := length(s.text)
	if len(s.cites) > fewSources {
		return n + length(listed(s.cites, p.look.Words))
	}
	for _, c := range s.cites {
		n += length(source([]cite{c}, p.look.Words))
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

// small begins a line in small print.
const small = "-# "

// listed are the lines that say where quotations stand. Neighbours from one
// section share a line unless they are shown in full.
func listed(cites []cite, w *bot.Wording) string {
	var lines []string
	var run []cite
	flush := func() {
		if len(run) > 0 {
			lines = append(lines, source(run, w))
		}
		run = nil
	}
	for _, c := range cites {
		if n := len(run); n > 0 && (c.full || run[n-1].full || c.number != run[n-1].number+1 ||
			c.quote.Article != run[0].quote.Article || c.quote.Section != run[0].quote.Section) {
			flush()
		}
		run = append(run, c)
	}
	flush()
	return strings.Join(lines, "\n")
}

// longestQuote is how much of a quotation a row shows; its button shows all.
const longestQuote = 300

// source is the line for cites with numbers in a row, of one section.
func source(run []cite, w *bot.Wording) string {
	first := run[0]
	numbers := fmt.Sprintf("[%d]", first.number)
	if len(run) > 1 {
		numbers += fmt.Sprintf("–[%d]", run[len(run)-1].number)
	}
	line := small + numbers + " " + where(run, w)
	if first.full {
		line += "\n> “" + escape(clip(flat(first.quote.Text), longestQuote)) + "”"
	}
	return line
}

// where says where the quotations of one section stand.
func where(run []cite, w *bot.Wording) string {
	first := run[0].quote
	spot := func(c cite) [2]string { return [2]string{c.quote.Article, c.quote.Passage} }
	if !slices.ContainsFunc(run, func(c cite) bool { return spot(c) != spot(run[0]) }) {
		return escape(clip(flat(w.Where(first)), 160))
	}
	section := escape(clip(flat(cmp.Or(first.Section, w.Introduction)), 120))
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
	return section + ", " + fmt.Sprintf(kind, clip(strings.Join(spans, ", "), 80))
}
