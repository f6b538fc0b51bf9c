package report

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strconv"
)

// The picture's measures in pixels.
const (
	pictureWidth = 1600
	// tallest bounds the height of the sections; what is asked about least
	// is left out beyond it.
	tallest    = 3600
	margin     = 36
	gutter     = 48 // between the two halves
	halfWide   = (pictureWidth - 2*margin - gutter) / 2
	perLine    = 7
	cellGap    = 8
	cellWidth  = (halfWide - (perLine-1)*cellGap) / perLine
	cellHeight = 86
	headHeight = 36
	afterward  = 22 // below a section
	topHeight  = 132
	legend     = 92
)

// The picture's typefaces.
var (
	titleFace   = typeface{true, 34}
	factsFace   = typeface{false, 24}
	headingFace = typeface{true, 23}
	markFace    = typeface{false, 17}
	askedFace   = typeface{true, 34}
	citedFace   = typeface{false, 17}
	downFace    = typeface{true, 16}
	legendFace  = typeface{false, 21}
)

// The picture's colours: those of the page in the dark, on a ground that
// stands out from neither of Discord's themes.
var (
	ground   = color.RGBA{0x1e, 0x1f, 0x22, 0xff}
	paleInk  = color.RGBA{0xf4, 0xf1, 0xea, 0xff}
	softInk  = color.RGBA{0xb9, 0xb4, 0xab, 0xff}
	hotInk   = color.RGBA{0x16, 0x13, 0x0e, 0xff}
	downFill = color.RGBA{0xa8, 0x1c, 0x16, 0xff}
	white    = color.RGBA{0xff, 0xff, 0xff, 0xff}
	heat     = [Levels + 1]color.RGBA{
		{0x2b, 0x2d, 0x31, 0xff}, {0x3f, 0x34, 0x26, 0xff}, {0x5c, 0x43, 0x1c, 0xff},
		{0x82, 0x59, 0x14, 0xff}, {0xc4, 0x78, 0x1b, 0xff}, {0xf6, 0xb5, 0x5c, 0xff},
	}
)

// inkOn is the colour of text on a level of intensity.
func inkOn(level int) color.RGBA {
	if level >= 4 {
		return hotInk
	}
	return paleInk
}

// PNG writes a picture of the most asked about article, 1,600 pixels wide: a
// cell for each paragraph, in reading order by section, the brighter the more
// it was asked about.
func (r Report) PNG(w io.Writer) error {
	if len(r.Maps) == 0 {
		return errors.New("drawing the report: there is no article to draw")
	}
	m := slices.MaxFunc(r.Maps, func(a, b Map) int { return a.Questions - b.Questions })
	c, err := m.draw(r.span())
	if err != nil {
		return fmt.Errorf("drawing the report: %w", err)
	}
	if err := png.Encode(w, c.RGBA); err != nil {
		return fmt.Errorf("drawing the report: %w", err)
	}
	return nil
}

// draw draws the map over the name of a period.
func (m Map) draw(span string) (*canvas, error) {
	sections, left := m.fitting()
	halves := split(sections)
	tall := max(tallness(halves[0]), tallness(halves[1]))
	c := newCanvas(pictureWidth, topHeight+tall+legend, ground)
	c.text(margin, 58, c.fit(m.Title, pictureWidth-2*margin, titleFace), titleFace, paleInk)
	all, cold := m.cells()
	facts := fmt.Sprintf("%s, %s: %d of %s never asked about", span, counted(m.Questions, "question"), cold, counted(all, "paragraph"))
	if left > 0 {
		facts += fmt.Sprintf("; without the %s asked about least", counted(left, "section"))
	}
	c.text(margin, 98, c.fit(facts, pictureWidth-2*margin, factsFace), factsFace, softInk)
	for i, half := range halves {
		c.sections(i, half)
	}
	c.legend(m, topHeight+tall)
	return c, c.err
}

// fitting returns the sections that the picture has room for, in their order,
// and how many it has not.
func (m Map) fitting() (in []Section, left int) {
	order := slices.Clone(m.Sections)
	slices.SortStableFunc(order, func(a, b Section) int { return b.asked() - a.asked() })
	room := 2 * tallest
	for _, s := range order {
		if room -= s.height(); room < 0 && len(in) > 0 {
			break
		}
		in = append(in, s)
	}
	slices.SortFunc(in, func(a, b Section) int { return a.Number - b.Number })
	return in, len(m.Sections) - len(in)
}

// height is how tall a section is drawn.
func (s Section) height() int {
	lines := (len(s.Cells) + perLine - 1) / perLine
	return headHeight + lines*(cellHeight+cellGap) + afterward
}

func tallness(sections []Section) (height int) {
	for _, s := range sections {
		height += s.height()
	}
	return height
}

// split cuts sections into two halves of about one height, the first not the
// lower one if it can be helped.
func split(sections []Section) (halves [2][]Section) {
	best := -1
	for n := range len(sections) + 1 {
		if tall := max(tallness(sections[:n]), tallness(sections[n:])); best < 0 || tall <= best {
			best, halves = tall, [2][]Section{sections[:n], sections[n:]}
		}
	}
	return halves
}

// sections draws the sections of one half.
func (c *canvas) sections(half int, sections []Section) {
	x, y := margin+half*(halfWide+gutter), topHeight
	for _, s := range sections {
		end := c.text(x, y+22, fmt.Sprintf("§%d  ", s.Number), headingFace, softInk)
		c.text(end, y+22, c.fit(s.Name(), x+halfWide-end, headingFace), headingFace, paleInk)
		for i, cell := range s.Cells {
			at := image.Pt(x+i%perLine*(cellWidth+cellGap), y+headHeight+i/perLine*(cellHeight+cellGap))
			c.cell(image.Rectangle{at, at.Add(image.Pt(cellWidth, cellHeight))}, cell)
		}
		y += s.height()
	}
}

// cell draws one paragraph.
func (c *canvas) cell(r image.Rectangle, cell Cell) {
	ink := inkOn(cell.Level)
	c.box(r, 9, heat[cell.Level])
	faint := ink
	if cell.Level == 0 {
		faint = softInk
	}
	c.text(r.Min.X+9, r.Min.Y+21, cell.Mark(), markFace, faint)
	if cell.Asked > 0 {
		c.text(r.Min.X+9, r.Min.Y+54, brief(cell.Asked), askedFace, ink)
	}
	if cell.Cited > 0 {
		c.text(r.Min.X+9, r.Min.Y+77, "“"+brief(cell.Cited), citedFace, faint)
	}
	if cell.Down > 0 {
		c.against(r.Max.Sub(image.Pt(6, 6)), brief(cell.Down))
	}
}

// against draws the mark of votes against, its lower right corner at p, and
// returns its width.
func (c *canvas) against(p image.Point, n string) int {
	text := "▼" + n
	width := c.width(text, downFace) + 12
	c.box(image.Rect(p.X-width, p.Y-23, p.X, p.Y), 7, downFill)
	c.text(p.X-width+6, p.Y-6, text, downFace, white)
	return width
}

// brief is a number that fits into a cell.
func brief(n int) string {
	switch {
	case n < 10_000:
		return strconv.Itoa(n)
	case n < 10_000_000:
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n/1_000_000) + "M"
}

// legend explains the picture, from y on.
func (c *canvas) legend(m Map, y int) {
	x := margin
	word := func(s string, gap int) { x = c.text(x, y+32, s, legendFace, softInk) + gap }
	word("Asked about:", 16)
	for _, step := range m.ramp() {
		c.box(image.Rect(x, y+12, x+38, y+38), 6, heat[step.Level])
		x += 48
		word(step.Label, 26)
	}
	x = margin
	y += 42
	word("In a cell: how often it was asked about, “ how often it was cited, ", 4)
	x += c.against(image.Pt(x+c.width("▼n", downFace)+12, y+36), "n") + 10
	word("votes against answers that cite it", 0)
}
