package report

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"summitbot/retrieval"

	"golang.org/x/net/html"
)

// known are the attributes that elements of the page may have.
var known = map[string]string{
	"html": "lang", "head": "", "body": "", "title": "", "style": "", "meta": "charset name content http-equiv",
	"header": "", "main": "id", "footer": "", "section": "class id aria-labelledby", "nav": "class aria-label", "article": "class", "div": "class id aria-hidden",
	"h1": "", "h2": "id", "h3": "dir", "p": "class dir", "br": "", "b": "", "i": "class style", "cite": "", "span": "class style aria-hidden",
	"a": "class href style title", "ul": "class aria-label aria-hidden", "ol": "class", "li": "class dir", "dl": "class", "dt": "", "dd": "",
	"table": "class style", "caption": "", "thead": "class", "tbody": "", "tr": "", "th": "scope class", "td": "class",
	"figure": "", "figcaption": "id", "details": "", "summary": "", "input": "type class id", "label": "for",
	"svg": "viewbox preserveaspectratio role aria-labelledby", "desc": "id", "g": "", "rect": "class x y width height",
}

var (
	plainStyle = regexp.MustCompile(`^((width|left):[0-9.]+%|flex-grow:[0-9]+(;--n:[0-9]+)?|margin-top:[0-9.]+rem)$`)
	plainClass = regexp.MustCompile(`^[a-z0-9_ ]*$`)
	plainName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
)

// checkPage holds a page to what it may be made of: known elements and
// attributes, links to its own places alone, its own style.
func checkPage(t *testing.T, page []byte) {
	t.Helper()
	checkText(t, string(page))
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	count, ids, refers := map[string]int{}, map[string]bool{}, map[string]bool{}
	for n := range root.Descendants() {
		switch n.Type {
		case html.CommentNode:
			t.Errorf("the page holds the comment %q", n.Data)
		case html.ElementNode:
			count[n.Data]++
			allowed, ok := known[n.Data]
			if !ok {
				t.Errorf("the page holds the element <%s>", n.Data)
			}
			for _, a := range n.Attr {
				checkAttribute(t, n.Data, strings.ToLower(a.Key), a.Val, strings.Fields(allowed), ids, refers)
			}
			if n.Data == "style" && (n.FirstChild == nil || n.FirstChild.Data != pageStyle) {
				t.Error("the page's style is not its own")
			}
		}
	}
	for _, once := range []string{"html", "head", "body", "style", "main", "footer"} {
		if count[once] != 1 {
			t.Errorf("the page holds %d times <%s>", count[once], once)
		}
	}
	for to := range refers {
		if !ids[to] {
			t.Errorf("the page refers to #%s, which it has not", to)
		}
	}
}

// checkAttribute checks one attribute, and notes ids and what refers to them.
func checkAttribute(t *testing.T, element, key, value string, allowed []string, ids, refers map[string]bool) {
	t.Helper()
	if !slices.Contains(allowed, key) {
		t.Errorf("<%s> has the attribute %s=%q", element, key, value)
	}
	switch key {
	case "style":
		if !plainStyle.MatchString(value) {
			t.Errorf("<%s> has the style %q", element, value)
		}
	case "class":
		if !plainClass.MatchString(value) {
			t.Errorf("<%s> has the class %q", element, value)
		}
	case "id":
		if !plainName.MatchString(value) || ids[value] {
			t.Errorf("the id %q is odd, or there twice", value)
		}
		ids[value] = true
	case "href":
		to, ok := strings.CutPrefix(value, "#")
		if !ok {
			t.Errorf("the page links to %q", value)
		}
		refers[to] = true
	case "aria-labelledby", "for":
		for to := range strings.FieldsSeq(value) {
			refers[to] = true
		}
	}
}

// checkText holds a text to UTF-8 without control characters, or others that
// turn the text around them.
func checkText(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Error("the text is no UTF-8")
	}
	for i, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029') {
			t.Fatalf("the text holds %U after %q", r, text[max(0, i-30):i])
		}
	}
}

// checkForms checks all that a report is shown as.
func checkForms(t *testing.T, r Report) {
	t.Helper()
	checkPage(t, pageOf(t, r))
	text := r.Text()
	checkText(t, text)
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > textWidth {
			t.Errorf("a line has %d characters: %q", n, line)
		}
	}
	short := r.Short()
	checkText(t, short)
	if n := len(utf16.Encode([]rune(short))); n >= 1900 {
		t.Errorf("the short form has %d units", n)
	}
	if at := strings.IndexAny(short, "\\*_~`|[]<>@#"); at >= 0 || strings.Contains(short, "://") {
		t.Errorf("the short form holds what Discord acts on: %q", short)
	}
	for line := range strings.Lines(short) {
		if regexp.MustCompile(`^\s*(-|\+|>|\d+[.)])`).MatchString(line) {
			t.Errorf("the short form has a line that begins a list: %q", line)
		}
	}
}

// No words of strangers are taken for anything but words.
func TestStrangeWords(t *testing.T) {
	t.Parallel()
	articles := seedArticles(t)
	r := New(strangeRows(strange, articles[0]), articles, Options{To: to, Prices: &Prices{Currency: strange[0]}})
	checkForms(t, r)
	if page := string(pageOf(t, r)); !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the page does not show the words as they were written")
	}
	for _, w := range strange {
		checkForms(t, New(strangeRows([]string{w}, articles[0]), articles, Options{To: to}))
	}
	checkForms(t, sampleReport(t))
	checkForms(t, New(nil, articles, Options{To: to}))
	checkForms(t, smallReport(t))
}

// FuzzForms looks for words that break out of any form of the report.
func FuzzForms(f *testing.F) {
	for i, w := range strange {
		f.Add(w, strange[(i+1)%len(strange)])
	}
	article := smallArticle(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		checkForms(t, New(strangeRows([]string{a, b}, article), []*retrieval.Article{article}, Options{To: to}))
	})
}

// The parts of the page are told apart in both schemes, as WCAG 2.1 measures
// it: text at 4.5:1 (AA), and what charts are drawn with at 3:1.
func TestContrast(t *testing.T) {
	t.Parallel()
	light, dark := map[string]string{}, map[string]string{}
	before, after, ok := strings.Cut(pageStyle, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("the style has no dark scheme")
	}
	variable := regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`)
	for _, m := range variable.FindAllStringSubmatch(before, -1) {
		light[m[1]] = m[2]
	}
	for _, m := range variable.FindAllStringSubmatch(after, -1) {
		dark[m[1]] = m[2]
	}
	if a, b := slices.Sorted(maps.Keys(light)), slices.Sorted(maps.Keys(dark)); !slices.Equal(a, b) || len(a) < 20 {
		t.Fatalf("the schemes have the colours\n%v\n%v", a, b)
	}
	for scheme, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		hold := func(front, back string, least float64) {
			if c := contrast(colours[front], colours[back]); c < least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, below %.1f", scheme, front, back, c, least)
			}
		}
		for _, text := range []string{"ink", "soft", "link"} {
			hold(text, "page", 4.5)
			hold(text, "card", 4.5)
		}
		hold("down", "card", 4.5)
		hold("soft", "h0", 4.5)
		hold("focus", "card", 3)
		for name := range colours {
			if strings.HasPrefix(name, "v-") || strings.HasPrefix(name, "m-") {
				hold(name, "card", 3)
			}
		}
		for i := range Levels + 1 {
			text := "ink"
			if i >= 4 {
				text = "hot"
			}
			hold(text, fmt.Sprint("h", i), 4.5)
		}
	}
}

// So are those of the picture.
func TestPictureContrast(t *testing.T) {
	t.Parallel()
	hex := func(c interface{ RGBA() (r, g, b, a uint32) }) string {
		r, g, b, _ := c.RGBA()
		return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
	}
	for i, back := range heat {
		if c := contrast(hex(inkOn(i)), hex(back)); c < 4.5 {
			t.Errorf("text on level %d has a contrast of %.2f", i, c)
		}
	}
	for name, c := range map[string]float64{
		"facts": contrast(hex(softInk), hex(ground)), "a cold mark": contrast(hex(softInk), hex(heat[0])), "votes against": contrast(hex(white), hex(downFill)),
	} {
		if c < 4.5 {
			t.Errorf("%s: a contrast of %.2f", name, c)
		}
	}
}
