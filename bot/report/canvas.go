package report

import (
	"image"
	"image/color"
	"image/draw"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// fonts are those that pictures are written with.
var fonts = sync.OnceValues(func() (all [2]*opentype.Font, err error) {
	for i, data := range [][]byte{goregular.TTF, gobold.TTF} {
		if all[i], err = opentype.Parse(data); err != nil {
			return all, err
		}
	}
	return all, nil
})

// A typeface names one of the fonts and a size in pixels.
type typeface struct {
	bold bool
	size float64
}

// A canvas is a picture in the making. All its measures are in pixels.
type canvas struct {
	*image.RGBA
	faces map[typeface]font.Face
	err   error // the first one
}

func newCanvas(width, height int, ground color.RGBA) *canvas {
	c := &canvas{RGBA: image.NewRGBA(image.Rect(0, 0, width, height)), faces: map[typeface]font.Face{}}
	draw.Draw(c, c.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	return c
}

// face returns a typeface made ready; nil after an error.
func (c *canvas) face(t typeface) font.Face {
	if f, ok := c.faces[t]; ok {
		return f
	}
	all, err := fonts()
	f := all[0]
	if t.bold {
		f = all[1]
	}
	var face font.Face
	if err == nil {
		face, err = opentype.NewFace(f, &opentype.FaceOptions{Size: t.size, DPI: 72, Hinting: font.HintingFull})
	}
	if err != nil {
		if c.err == nil {
			c.err = err
		}
		return nil
	}
	c.faces[t] = face
	return face
}

// width is how wide a text is.
func (c *canvas) width(s string, t typeface) int {
	face := c.face(t)
	if face == nil {
		return 0
	}
	return font.MeasureString(face, s).Ceil()
}

// text writes a text on one line from x on, standing on y, and returns where
// it ends.
func (c *canvas) text(x, y int, s string, t typeface, ink color.RGBA) int {
	face := c.face(t)
	if face == nil {
		return x
	}
	d := font.Drawer{Dst: c, Src: image.NewUniform(ink), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(s)
	return d.Dot.X.Ceil()
}

// fit shortens a text to a width.
func (c *canvas) fit(s string, most int, t typeface) string {
	if c.width(s, t) <= most {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := strings.TrimRight(string(runes[:n]), " ") + "…"; c.width(cut, t) <= most {
			return cut
		}
	}
	return ""
}

// box fills a rectangle with round corners.
func (c *canvas) box(r image.Rectangle, radius float32, fill color.RGBA) {
	w, h := float32(r.Dx()), float32(r.Dy())
	z := vector.NewRasterizer(r.Dx(), r.Dy())
	z.MoveTo(radius, 0)
	z.LineTo(w-radius, 0)
	z.QuadTo(w, 0, w, radius)
	z.LineTo(w, h-radius)
	z.QuadTo(w, h, w-radius, h)
	z.LineTo(radius, h)
	z.QuadTo(0, h, 0, h-radius)
	z.LineTo(0, radius)
	z.QuadTo(0, 0, radius, 0)
	z.ClosePath()
	z.Draw(c, r, image.NewUniform(fill), image.Point{})
}
