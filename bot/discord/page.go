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
	blocks  []block
	numbers map[place]int // the numbers of the sources, from 1
	tail    string        // stands at the end of the last message
}

// place is what has a number of its own: a passage, or, where quotations are
// shown in full, a quotation.
type place struct {
	article, passage string
	start, end       int // of a quotation
}

// A block is a piece of an answer that is not cut unless it is too long for
// a message of its own.
type block struct {
	first, rest string // what its lines begin with: the first, and those after a cut
	text        string // escaped, on one line
	cites       []cite // what it rests on; shown at the end of its message
	keep        bool   // stands in one message with the next block
	apart       bool   // has an empty line before it
	below       bool   // stands below the sources of the blocks before it
}

// A cite is a numbered quotation that a block rests on.
type cite struct {
	number int
	quote  bot.Quote
	full   bool // the quotation is shown, for the block does not show it
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
	return p.numbers[at]
}

// add puts a block at the end. One that no message could hold is cut first.
func (p *page) add(b block) {
	if length(compose([]block{b}, "")) <= maxLength {
		p.blocks = append(p.blocks, b)
		return
	}
	for i, piece := range cut(b.text, maxLength-length(b.first+b.rest)-1) {
		part := block{first: b.rest, rest: b.rest, text: escapeOpening(piece)}
		if i == 0 {
			part.first, part.text, part.apart = b.first, piece, b.apart
		}
		p.blocks = append(p.blocks, part)
	}
	for _, c := range b.cites {
		for _, piece := range cut(strings.TrimPrefix(source([]cite{c}), small), maxLength-len(small)) {
			p.blocks = append(p.blocks, block{first: small, text: piece})
		}
	}
}

// messages fills messages with blocks.
func (p *page) messages() []string {
	var out []string
	var open []block // the message being filled
	for len(p.blocks) > 0 {
		unit := p.unit()
		if with := append(open[:len(open):len(open)], unit...); length(compose(with, "")) <= maxLength {
			open = with
		} else {
			if len(open) > 0 {
				out = append(out, compose(open, ""))
			}
			open = unit
			if length(compose(unit, "")) > maxLength { // a heading and a very long block
				for _, b := range unit[:len(unit)-1] {
					out = append(out, compose([]block{b}, ""))
				}
				open = unit[len(unit)-1:]
			}
		}
		p.blocks = p.blocks[len(unit):]
	}
	last := compose(open, p.tail)
	if length(last) <= maxLength {
		return append(out, last)
	}
	return append(out, compose(open, ""), p.tail)
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

// compose writes blocks as a message: their texts, their sources, the tail.
func compose(blocks []block, tail string) string {
	var lines []string
	var cites []cite
	cited := func() {
		if len(cites) > 0 {
			lines = append(lines, sources(cites))
		}
		cites = nil
	}
	for i, b := range blocks {
		if b.below {
			cited()
		}
		if b.apart && i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, b.first+b.text)
		cites = append(cites, b.cites...)
	}
	cited()
	if tail != "" {
		lines = append(lines, tail)
	}
	return strings.Join(lines, "\n")
}

// sources are the lines that say where the quotations stand. Neighbours from
// one section share a line unless they are shown in full.
func sources(cites []cite) string {
	var lines []string
	listed := map[int]bool{}
	var run []cite
	flush := func() {
		if len(run) > 0 {
			lines = append(lines, source(run))
		}
		run = nil
	}
	for _, c := range cites {
		if listed[c.number] {
			continue
		}
		listed[c.number] = true
		if n := len(run); n > 0 && (c.full || run[n-1].full || c.number != run[n-1].number+1 ||
			c.quote.Article != run[0].quote.Article || c.quote.Section != run[0].quote.Section) {
			flush()
		}
		run = append(run, c)
	}
	flush()
	return strings.Join(lines, "\n")
}

// source is the line for cites with numbers in a row, of one section.
func source(run []cite) string {
	first := run[0]
	numbers := fmt.Sprintf("[%d]", first.number)
	if len(run) > 1 {
		numbers += fmt.Sprintf("–[%d]", run[len(run)-1].number)
	}
	if first.full {
		return fmt.Sprintf("%s%s “%s” %s", small, numbers, escape(first.quote.Text), where(run))
	}
	return small + numbers + " " + where(run)
}

// where says where the quotations of one section stand.
func where(run []cite) string {
	first := run[0].quote
	spot := func(c cite) [2]string { return [2]string{c.quote.Article, c.quote.Passage} }
	if !slices.ContainsFunc(run, func(c cite) bool { return spot(c) != spot(run[0]) }) {
		return escape(clip(flat(first.Where()), 160))
	}
	section := escape(clip(flat(cmp.Or(first.Section, words.introduction)), 120))
	if slices.ContainsFunc(run, func(c cite) bool { return c.quote.IsBullet != first.IsBullet }) {
		return section
	}
	kind := "paragraphs"
	if first.IsBullet {
		kind = "points"
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
	return fmt.Sprintf("%s, %s %s", section, kind, clip(strings.Join(spans, ", "), 80))
}
