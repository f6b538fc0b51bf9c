package testserver

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// span is text between delimiters: emphasis, underline, strike, spoiler.
type span struct {
	ast.BaseInline
	open, close string // HTML
}

var kindSpan = ast.NewNodeKind("DiscordSpan")

func (*span) Kind() ast.NodeKind { return kindSpan }

// Dump is for goldmark's debugging.
func (n *span) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// spanParser finds the spans of one delimiter character.
type spanParser struct{ char byte }

func (p spanParser) Trigger() []byte         { return []byte{p.char} }
func (p spanParser) IsDelimiter(b byte) bool { return b == p.char }
func (p spanParser) doubleOnly() bool        { return p.char == '~' || p.char == '|' }
func (p spanParser) OnMatch(n int) ast.Node  { return p.node(n) }
func (p spanParser) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char && (!p.doubleOnly() || opener.Length >= 2 && closer.Length >= 2)
}

func (p spanParser) node(consumed int) *span {
	tag := "em"
	switch {
	case p.char == '*' && consumed == 2:
		tag = "strong"
	case p.char == '_' && consumed == 2:
		tag = "u"
	case p.char == '~':
		tag = "s"
	case p.char == '|':
		return &span{open: `<span class="spoiler">`, close: "</span>"}
	}
	return &span{open: "<" + tag + ">", close: "</" + tag + ">"}
}

func (p spanParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	shortest := 1
	if p.doubleOnly() {
		shortest = 2
	}
	node := parser.ScanDelimiter(line, before, shortest, p)
	if node == nil || p.doubleOnly() && node.OriginalLength != 2 {
		return nil
	}
	if p.doubleOnly() { // punctuation beside a spoiler does not matter to Discord
		node.CanOpen, node.CanClose = true, true
	}
	node.Segment = segment.WithStop(segment.Start + node.OriginalLength)
	block.Advance(node.OriginalLength)
	pc.PushDelimiter(node)
	return node
}

// literal is HTML that is finished: a mention, an emoji, a time.
type literal struct {
	ast.BaseInline
	html string
}

var kindLiteral = ast.NewNodeKind("DiscordLiteral")

func (*literal) Kind() ast.NodeKind { return kindLiteral }

// Dump is for goldmark's debugging.
func (n *literal) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// mentionParser finds what stands in "<...>" and is no link.
// https://docs.discord.com/developers/reference#message-formatting
type mentionParser struct{}

var angled = regexp.MustCompile(`^<(?:(@&|@!?|#)(\d{1,20})|(a?):(\w{2,32}):\d{1,20}|t:(-?\d{1,13})(?::([tTdDfFsSR]))?|(/[^:<>\n]{1,100}):\d{1,20})>`)

func (mentionParser) Trigger() []byte { return []byte{'<', '@'} }

func (mentionParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	for _, all := range []string{"@everyone", "@here"} {
		if strings.HasPrefix(string(line), all) {
			block.Advance(len(all))
			return mentioned(all)
		}
	}
	m := angled.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	switch {
	case len(m[2]) > 0:
		name, _ := pc.Get(namesKey).(names)
		return mentioned(mentionText(name, string(m[1]), string(m[2])))
	case len(m[4]) > 0:
		return &literal{html: `<span class="emoji">:` + html.EscapeString(string(m[4])) + ":</span>"}
	case len(m[5]) > 0:
		return moment(string(m[5]), string(m[6]))
	}
	return mentioned(string(m[7]))
}

func mentioned(text string) *literal {
	return &literal{html: `<span class="mention">` + html.EscapeString(text) + "</span>"}
}

// mentionText names what a mention of an id means.
func mentionText(name names, sign, id string) string {
	kind := byte('@')
	switch sign {
	case "#":
		kind = '#'
	case "@&":
		kind = '&'
	}
	if name != nil {
		if text := name(kind, id); text != "" {
			return text
		}
	}
	return map[byte]string{'@': "@unknown-user", '#': "#unknown", '&': "@unknown-role"}[kind]
}

// moment is a timestamp; the page may word it in the reader's own zone.
func moment(seconds, style string) *literal {
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return mentioned("invalid time")
	}
	t := time.Unix(unix, 0).UTC()
	layout := map[string]string{
		"t": "15:04", "T": "15:04:05", "d": "02/01/2006", "D": "2 January 2006",
		"F": "Monday, 2 January 2006 15:04",
	}[style]
	if layout == "" {
		layout = "2 January 2006 15:04"
	}
	return &literal{html: fmt.Sprintf(`<time class="timestamp" datetime="%s" data-style="%s">%s</time>`, t.Format(time.RFC3339), style, t.Format(layout))}
}

// headingParser knows three levels; deeper ones are text, and a heading needs
// its text.
type headingParser struct{ parser.BlockParser }

var headingForm = regexp.MustCompile(`^ {0,3}#{1,3} +[^\s#]`)

func (p headingParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	if !headingForm.Match(line) {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// subtext is a line "-# small".
type subtext struct{ ast.BaseBlock }

var kindSubtext = ast.NewNodeKind("DiscordSubtext")

func (*subtext) Kind() ast.NodeKind { return kindSubtext }

// Dump is for goldmark's debugging.
func (n *subtext) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

type subtextParser struct{}

func (subtextParser) Trigger() []byte { return []byte{'-'} }

func (subtextParser) Open(_ ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	if !strings.HasPrefix(string(line), "-# ") {
		return nil, parser.NoChildren
	}
	node := &subtext{}
	body := text.NewSegment(segment.Start+3, segment.Stop)
	node.Lines().Append(body.TrimRightSpace(reader.Source()))
	reader.Advance(segment.Len() - 1)
	return node, parser.NoChildren
}

func (subtextParser) Continue(ast.Node, text.Reader, parser.Context) parser.State {
	return parser.Close
}
func (subtextParser) Close(ast.Node, text.Reader, parser.Context) {}
func (subtextParser) CanInterruptParagraph() bool                 { return true }
func (subtextParser) CanAcceptIndentedLine() bool                 { return false }

// discordRenderer writes the nodes of this file, and links in its own way.
type discordRenderer struct{}

func (discordRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindSpan, func(w util.BufWriter, _ []byte, n ast.Node, enter bool) (ast.WalkStatus, error) {
		tag := n.(*span).close
		if enter {
			tag = n.(*span).open
		}
		_, err := w.WriteString(tag)
		return ast.WalkContinue, err
	})
	r.Register(kindLiteral, func(w util.BufWriter, _ []byte, n ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		_, err := w.WriteString(n.(*literal).html)
		return ast.WalkContinue, err
	})
	r.Register(kindSubtext, func(w util.BufWriter, _ []byte, _ ast.Node, enter bool) (ast.WalkStatus, error) {
		tag := "</small></p>\n"
		if enter {
			tag = `<p class="subtext"><small>`
		}
		_, err := w.WriteString(tag)
		return ast.WalkContinue, err
	})
	r.Register(ast.KindFencedCodeBlock, renderCode)
	r.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, enter bool) (ast.WalkStatus, error) {
		return renderLink(w, string(n.(*ast.Link).Destination), enter)
	})
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, enter bool) (ast.WalkStatus, error) {
		if enter {
			if _, err := w.WriteString("!"); err != nil {
				return ast.WalkStop, err
			}
		}
		return renderLink(w, string(n.(*ast.Image).Destination), enter)
	})
	r.Register(ast.KindAutoLink, renderAutoLink)
}

// renderLink opens or closes a link; one that is not http or https is text.
func renderLink(w util.BufWriter, destination string, enter bool) (ast.WalkStatus, error) {
	if !webAddress(destination) {
		return ast.WalkContinue, nil
	}
	tag := "</a>"
	if enter {
		tag = `<a href="` + html.EscapeString(destination) + `" target="_blank" rel="noopener noreferrer nofollow">`
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func webAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func renderAutoLink(w util.BufWriter, source []byte, n ast.Node, enter bool) (ast.WalkStatus, error) {
	if !enter {
		return ast.WalkContinue, nil
	}
	link := n.(*ast.AutoLink)
	address := string(link.URL(source))
	if _, err := renderLink(w, address, true); err != nil {
		return ast.WalkStop, err
	}
	if _, err := w.WriteString(html.EscapeString(string(link.Label(source)))); err != nil {
		return ast.WalkStop, err
	}
	return renderLink(w, address, false)
}

// renderCode writes a code block without its language.
func renderCode(w util.BufWriter, source []byte, n ast.Node, enter bool) (ast.WalkStatus, error) {
	if !enter {
		return ast.WalkContinue, nil
	}
	var body strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		body.Write(line.Value(source))
	}
	_, err := w.WriteString("<pre><code>" + html.EscapeString(body.String()) + "</code></pre>\n")
	return ast.WalkSkipChildren, err
}

// textWriter writes text as it is: Discord has backslash escapes but, other
// than CommonMark, no character references.
type textWriter struct{ gmhtml.Writer }

func (t textWriter) Write(w util.BufWriter, source []byte) {
	plain := make([]byte, 0, len(source))
	for i := 0; i < len(source); i++ {
		if source[i] == '\\' && i+1 < len(source) && util.IsPunct(source[i+1]) {
			i++
		}
		plain = append(plain, source[i])
	}
	t.RawWrite(w, plain)
}
