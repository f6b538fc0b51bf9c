package retrieval

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of an article that Parse accepts. An article is held in memory and
// read by people; a file beyond these is not one.
const (
	maxArticleBytes = 16 << 20
	maxHeadingRunes = 120
)

// ErrNoText is returned by Parse for a text without a single sentence.
var ErrNoText = errors.New("the article holds no sentence")

// Parse reads an article of plain text or simple Markdown: the title on the
// first line, perhaps a subtitle on the second, then headings (short lines
// without final punctuation, or Markdown's #), paragraphs, and bullets ("- ",
// "* ", "• " or "1. "), each on a line of its own. Where blank lines separate
// paragraphs, a paragraph may be wrapped over several lines. Front matter at
// the beginning and a reply form at the end are left out.
//
// Every byte of text ends up in exactly one of: front matter, title, subtitle, a heading,
// a passage, a bullet's or heading's mark, a rule, the chrome, a byte order
// mark at the start, or what is blank. Every byte of a passage but what is
// blank is in one of its sentences.
//
// The error names the line that is at fault; ErrNoText means that there is
// nothing to quote from.
func Parse(slug, text string) (*Article, error) {
	if len(text) > maxArticleBytes {
		return nil, fmt.Errorf("%s: %d bytes are more than the %d an article may have", slug, len(text), maxArticleBytes)
	}
	if err := checkUTF8(slug, text); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	a := &Article{Slug: slug, Hash: hex.EncodeToString(sum[:]), Text: text}
	begin, err := a.readFrontMatter()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", slug, err)
	}
	lines, apart := splitLines(text, begin)
	lines = a.cutChrome(lines)
	if apart {
		lines = joinWrapped(text, lines)
	}
	lines = a.takeTitle(lines)
	for i, ln := range lines {
		switch {
		case ln.level > 0 || ln.plain() && looksLikeHeading(text[ln.Start:ln.End]) && i+1 < len(lines):
			a.Sections = append(a.Sections, Section{Heading: ln.Span})
		default:
			a.addPassage(ln)
		}
	}
	a.number()
	if len(a.sentences) == 0 {
		return nil, fmt.Errorf("%s: %w", slug, ErrNoText)
	}
	return a, nil
}

// checkUTF8 names the first line that is not UTF-8 or holds a NUL byte,
// which no text has and many binary files do.
func checkUTF8(slug, text string) error {
	for i, r := range text {
		if r == 0 {
			return fmt.Errorf("%s: line %d holds a NUL byte: is it a text file, and in UTF-8?", slug, 1+strings.Count(text[:i], "\n"))
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
					return fmt.Errorf("%s: line 1 is not UTF-8 but UTF-16: save the file as UTF-8", slug)
				}
				return fmt.Errorf("%s: line %d is not UTF-8: save the file as UTF-8", slug, 1+strings.Count(text[:i], "\n"))
			}
		}
	}
	return nil
}

// A line is one line of text that is not blank, or a paragraph or bullet that
// is wrapped over several, without its marks and surrounding white space.
type line struct {
	Span
	bullet   bool
	level    int  // of a Markdown heading; 0 for none
	wrapped  bool // several lines, joined
	indented bool // begins with white space
	follows  bool // stands right below the line before it
}

// plain says whether ln could be a heading by its words.
func (ln line) plain() bool { return !ln.bullet && !ln.wrapped && ln.level == 0 }

// byteOrderMark begins the files of some editors.
const byteOrderMark = "\uFEFF"

// splitLines returns the lines of text from start on that are not blank, and
// whether blank lines stand between them.
func splitLines(text string, start int) (lines []line, apart bool) {
	follows := false
	for start < len(text) {
		end, next := lineEnd(text, start)
		ln, ok := readLine(text, Span{start, end})
		if ok {
			ln.follows = follows
			apart = apart || !follows && len(lines) > 0
			lines = append(lines, ln)
		}
		follows, start = ok, next
	}
	return lines, apart
}

// lineEnd is where the line that begins at start ends, and where the next one
// begins. Lines end with a line feed, a carriage return or both.
func lineEnd(text string, start int) (end, next int) {
	n := strings.IndexAny(text[start:], "\n\r")
	if n < 0 {
		return len(text), len(text)
	}
	end, next = start+n, start+n+1
	if strings.HasPrefix(text[end:], "\r\n") {
		next++
	}
	return end, next
}

// The marks of bullets and headings, and lines that hold no text: rules and
// empty bullets and headings.
var (
	bulletMark  = regexp.MustCompile(`^(?:[-*•]|[0-9]{1,3}[.)])[\t ]+`)
	headingMark = regexp.MustCompile(`^#{1,6}[\t ]+`)
	noText      = regexp.MustCompile(`^(?:[-*•]|#+|[-*_= ]{3,})$`)
)

// readLine strips a line of its marks and says whether it holds any text.
func readLine(text string, s Span) (line, bool) {
	ln := line{Span: trim(text, s)}
	ln.indented = ln.Start > s.Start
	body := text[ln.Start:ln.End]
	if body == "" || noText.MatchString(body) {
		return ln, false
	}
	if mark := headingMark.FindString(body); mark != "" {
		ln.level = strings.Count(mark, "#")
		ln.Start += len(mark)
	} else if mark := bulletMark.FindString(body); mark != "" {
		ln.bullet = true
		ln.Start += len(mark)
	}
	ln.Span = trim(text, ln.Span)
	return ln, ln.Len() > 0
}

// joinWrapped joins the lines of paragraphs and bullets that are wrapped.
func joinWrapped(text string, lines []line) []line {
	var joined []line
	for i, ln := range lines {
		if i > 0 && ln.follows && ln.level == 0 && !ln.bullet && goesOn(text, joined[len(joined)-1], lines[i-1], ln) {
			last := &joined[len(joined)-1]
			last.End, last.wrapped = ln.End, true
			continue
		}
		joined = append(joined, ln)
	}
	return joined
}

// goesOn says whether the paragraph or bullet whose last line is last goes on
// in the line next, right below it: it does not end a sentence there, and is
// no heading. A bullet goes on where it is indented.
func goesOn(text string, whole, last, next line) bool {
	body := text[last.Start:last.End]
	switch {
	case whole.level > 0, whole.bullet && !next.indented, endsSentence(body):
		return false
	case whole.plain() && looksLikeHeading(body):
		// A line is wrapped where the next word did not fit.
		word, _, _ := strings.Cut(text[next.Start:next.End], " ")
		return utf8.RuneCountInString(body)+1+utf8.RuneCountInString(word) > utf8.RuneCountInString(text[next.Start:next.End])
	}
	return true
}

// endsSentence says whether a line ends where a sentence does.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, "\"'”’»)]*_")
	last, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?…", last) && !endsAbbreviated(s)
}

// looksLikeHeading says whether a line of plain text is a heading: short,
// begun with a capital or a digit, and not ended like a sentence.
func looksLikeHeading(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return utf8.RuneCountInString(s) <= maxHeadingRunes &&
		(unicode.IsUpper(first) || unicode.IsDigit(first)) &&
		!strings.ContainsRune(".!?…:;,”\"’)»", last)
}

// chromeLines are the lines that begin a page's furniture in the exports of
// common blog engines.
var chromeLines = []string{"leave a reply", "leave a comment", "post a comment", "related posts", "share this"}

// cutChrome takes the furniture at the end off lines and notes its span: it
// begins at the first chrome line with no heading's worth of text after it.
func (a *Article) cutChrome(lines []line) []line {
	for i := max(0, len(lines)-12); i < len(lines); i++ {
		body := strings.ToLower(strings.TrimRight(a.Text[lines[i].Start:lines[i].End], ":."))
		if slices.Contains(chromeLines, body) {
			a.Chrome = Span{lines[i].Start - len(mark(a.Text, lines[i].Start)), lines[len(lines)-1].End}
			return lines[:i]
		}
	}
	return lines
}

// mark is the heading's or bullet's mark, with its white space, that stands
// on the line before offset start.
func mark(text string, start int) string {
	begin := strings.LastIndexAny(text[:start], "\n\r") + 1
	return strings.TrimLeftFunc(text[begin:start], unicode.IsSpace)
}

// takeTitle takes the title, and the subtitle if there is one, off lines. A
// text that begins with a sentence has no title but that of its front matter.
func (a *Article) takeTitle(lines []line) []line {
	switch {
	case len(lines) == 0:
		return lines
	case a.Name != "":
		if !a.titled(lines) {
			return lines
		}
	case lines[0].level == 0 && !titleLike(a.Text, lines[0]):
		return lines
	case len(lines) == 1 && lines[0].level == 0 && !looksLikeHeading(a.Slice(lines[0].Span)):
		return lines // "What now?" alone is a sentence
	}
	a.Title = lines[0].Span
	a.Name = a.Slice(a.Title)
	lines = lines[1:]
	if len(lines) > 1 && lines[0].level == 0 && a.subtitled(lines) {
		a.Subtitle = lines[0].Span
		lines = lines[1:]
	}
	return lines
}

// titleLike says whether a first line can be a title: a heading that may
// also ask or exclaim.
func titleLike(text string, ln line) bool {
	return !ln.bullet && !ln.wrapped && looksLikeHeading(strings.TrimRight(text[ln.Start:ln.End], "?!"))
}

// subtitled says whether the first of lines is a subtitle: like a title, and
// followed by a paragraph (a heading is followed by one too, but ends
// without a question mark, and is no subtitle when Markdown marks headings).
func (a *Article) subtitled(lines []line) bool {
	body := a.Text[lines[0].Start:lines[0].End]
	next := lines[1]
	return titleLike(a.Text, lines[0]) &&
		(strings.ContainsAny(body[len(body)-1:], "?!") || next.level > 0 ||
			next.plain() && looksLikeHeading(a.Text[next.Start:next.End]))
}

// addPassage appends a paragraph or bullet to the last section.
func (a *Article) addPassage(ln line) {
	if len(a.Sections) == 0 {
		a.Sections = append(a.Sections, Section{})
	}
	s := &a.Sections[len(a.Sections)-1]
	p := Passage{Kind: Paragraph, Span: ln.Span}
	for _, sp := range splitSentences(a.Text, ln.Span) {
		p.Sentences = append(p.Sentences, Sentence{Span: sp})
	}
	p.Span = Span{p.Sentences[0].Start, p.Sentences[len(p.Sentences)-1].End} // without what is blank
	if ln.bullet {
		p.Kind = Bullet
		p.Lead = lead(a.Text, p.Sentences[0].Span)
	}
	s.Passages = append(s.Passages, p)
}

// lead finds a bullet's label in its first sentence: up to eight words before
// a colon.
func lead(text string, s Span) Span {
	body := text[s.Start:s.End]
	colon := strings.Index(body, ": ")
	if colon <= 0 || strings.ContainsAny(body[:colon], ".!?") || len(strings.Fields(body[:colon])) > 8 {
		return Span{}
	}
	return trim(text, Span{s.Start, s.Start + colon})
}

// number gives passages and sentences their ids.
func (a *Article) number() {
	passages := 0
	for i := range a.Sections {
		for j := range a.Sections[i].Passages {
			p := &a.Sections[i].Passages[j]
			passages++
			p.ID = fmt.Sprintf("p%d", passages)
			for k := range p.Sentences {
				a.sentences = append(a.sentences, location{i, j, k})
				s := &p.Sentences[k]
				s.ID = fmt.Sprintf("s%d", len(a.sentences))
			}
		}
	}
}
