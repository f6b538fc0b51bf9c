package testserver

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders Discord's Markdown to HTML that is safe to put into a
// page: only the tags of the renderers here, all other text escaped.
// https://support.discord.com/hc/en-us/articles/210298617-Markdown-Text-101
type markdown struct {
	parser   parser.Parser
	renderer renderer.Renderer
}

// names is how a mention reads: kind is '@', '#' or '&', "" an unknown id.
type names func(kind byte, id string) string

var namesKey = parser.NewContextKey()

func newMarkdown() *markdown {
	return &markdown{
		parser: parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(subtextParser{}, 250),
				util.Prioritized(parser.NewListParser(), 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(headingParser{parser.NewATXHeadingParser()}, 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(parser.NewBlockquoteParser(), 800),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(mentionParser{}, 150),
				util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(spanParser{'_'}, 500),
				util.Prioritized(spanParser{'*'}, 501),
				util.Prioritized(spanParser{'~'}, 502),
				util.Prioritized(spanParser{'|'}, 503),
				util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
			),
		),
		renderer: renderer.NewRenderer(renderer.WithNodeRenderers(
			util.Prioritized(discordRenderer{}, 100),
			util.Prioritized(gmhtml.NewRenderer(gmhtml.WithHardWraps(), gmhtml.WithWriter(textWriter{gmhtml.DefaultWriter})), 1000),
		)),
	}
}

// render turns one text into HTML.
func (m *markdown) render(source string, name names) string {
	src := []byte(separate(strings.ToValidUTF8(source, "\uFFFD")))
	pc := parser.NewContext()
	pc.Set(namesKey, name)
	var out bytes.Buffer
	doc := m.parser.Parse(text.NewReader(src), parser.WithContext(pc))
	if err := m.renderer.Render(&out, src, doc); err != nil {
		return "<p>" + html.EscapeString(source) + "</p>" // a buffer does not fail
	}
	return strings.TrimSpace(out.String())
}

var (
	fenceLine = regexp.MustCompile("^\\s*```")
	quoteLine = regexp.MustCompile(`^> `)
	listLine  = regexp.MustCompile(`^\s*([-*]|\d{1,9}\.) `)
)

// separate makes explicit what Discord reads line by line: a quotation and a
// list end with the first line that is not of their form, where CommonMark
// would take it in as a lazy continuation. ">>> " quotes the whole rest.
func separate(source string) string {
	var out strings.Builder
	last, fenced, rest := byte(0), false, false
	for line := range strings.SplitAfterSeq(source, "\n") {
		if fenceLine.MatchString(line) && strings.Count(line, "```")%2 == 1 {
			fenced = !fenced
		}
		if !fenced && !rest && strings.HasPrefix(line, ">>> ") {
			rest, line = true, line[4:]
			last = breakBefore(&out, last, '>')
		}
		kind := lineKind(line)
		if fenced {
			kind = last
		}
		if rest {
			out.WriteString("> ")
		} else {
			last = breakBefore(&out, last, kind)
		}
		if !fenced && !rest && strings.HasPrefix(line, ">") && kind != '>' {
			out.WriteByte('\\') // ">" without a space is text
		}
		out.WriteString(line)
	}
	return out.String()
}

// breakBefore writes the empty line that ends a quotation or list of kind
// last, and returns the kind of the next line.
func breakBefore(out *strings.Builder, last, next byte) byte {
	if (last == '>' || last == '-') && next != last && next != ' ' || next == '>' && last != '>' && last != 0 {
		out.WriteByte('\n')
	}
	if next == ' ' {
		return last
	}
	return next
}

// lineKind is '>' for a quotation, '-' for a list, ' ' for a line that
// continues whatever is open, and 'p' for others.
func lineKind(line string) byte {
	switch {
	case quoteLine.MatchString(line):
		return '>'
	case listLine.MatchString(line):
		return '-'
	case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "  "):
		return ' '
	}
	return 'p'
}
