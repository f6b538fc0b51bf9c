package retrieval

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Front matter is what many writers of Markdown put before a text for their
// tools: YAML between lines of ---, or TOML between lines of +++. The words in
// it are not the article's. Only entries at its top level are read, and of
// those the few that say what the article is; lists, blocks and texts of
// several lines are gone over, whatever they hold.

// A matter is a kind of front matter.
type matter struct {
	fence string
	ends  []string // lines that end it
	toml  bool
	entry *regexp.Regexp // matches an entry's beginning; its group is the key
	block string         // what a block without entries of the top level begins with
	odd   *regexp.Regexp // matches what else may stand at a line's beginning
	want  string         // what is expected of a line that is none of these
}

var matters = []matter{
	{
		fence: "---", ends: []string{"---", "..."},
		entry: regexp.MustCompile(`^("[^"]+"|'[^']+'|[^\s#"'\[\]{},|>&*!%@?-][^#]{0,40}?|[-?][^\s#][^#]{0,40}?)[\t ]*:(?:[\t ]|$)`),
		block: "{",
		odd:   regexp.MustCompile(`^(?:[\t #\]}]|-(?:[\t ]|$)|\?[\t ])`),
		want: `in front matter every line is "key: value", or goes on, indented, from the line above; ` +
			"where the --- above is only a rule, leave a blank line below it",
	},
	{
		fence: "+++", ends: []string{"+++"}, toml: true,
		entry: regexp.MustCompile(`^[\t ]*("[^"]+"|'[^']+'|[A-Za-z0-9_.-]+)[\t ]*=`),
		block: "[",
		odd:   regexp.MustCompile(`^[\t ]*(?:#|\]|\}|$)`),
		want:  `in front matter every line is "key = value"; where the +++ above is only a rule, leave a blank line below it`,
	},
}

// goesBelow matches a line that belongs to the entry above it.
var goesBelow = regexp.MustCompile(`^(?:[\t ]|-(?:[\t ]|$))`)

// An entry is a key of front matter with what stands behind it.
type entry struct {
	key   string
	value []string // its lines; the first without the key
	line  int      // in the file, from 1
}

// readFrontMatter reads an article's front matter, if it has any, and returns
// where the text behind it begins. The error names the line that is at fault.
func (a *Article) readFrontMatter() (begin int, err error) {
	begin = len(a.Text) - len(strings.TrimPrefix(a.Text, byteOrderMark))
	lines := rawLines(a.Text, begin)
	first := 0
	for first < len(lines) && IsBlank(a.Slice(lines[first])) {
		first++
	}
	if first == len(lines) {
		return begin, nil
	}
	for _, m := range matters {
		if strings.TrimRight(a.Slice(lines[first]), "\t ") != m.fence {
			continue
		}
		last, indent := m.end(a, lines[first+1:])
		if last < 0 {
			continue
		}
		last += first + 1
		entries, err := m.entries(a, lines[first+1:last], indent, first+2)
		if err != nil {
			return 0, err
		}
		a.FrontMatter = Span{lines[first].Start, lines[last].End}
		return lines[last].End, a.describe(entries, m.toml)
	}
	return begin, nil
}

// rawLines are the lines of a text from an offset on, without their ends.
func rawLines(text string, begin int) (lines []Span) {
	for begin < len(text) {
		end, next := lineEnd(text, begin)
		lines = append(lines, Span{begin, end})
		begin = next
	}
	return lines
}

// end is the number of the line that ends front matter whose first fence
// stands above the lines, and how far its entries are indented. It is negative
// where there is none: no line ends it, or what comes first is no entry. Then
// the fence is an ordinary rule.
func (m matter) end(a *Article, lines []Span) (last int, indent string) {
	begun := false
	for i, s := range lines {
		body := strings.TrimRight(a.Slice(s), "\t ")
		if slices.Contains(m.ends, body) {
			return i, indent
		}
		bare := strings.TrimLeft(body, "\t ")
		if begun || strings.HasPrefix(bare, "#") {
			continue
		}
		if begun = m.entry.MatchString(bare) || strings.HasPrefix(bare, m.block); !begun {
			return -1, ""
		}
		indent = body[:len(body)-len(bare)]
	}
	return -1, ""
}

// entries are those of the lines between the fences, the first of which has
// the number given in the file.
func (m matter) entries(a *Article, lines []Span, indent string, number int) (all []entry, err error) {
	var open nesting
	for i, s := range lines {
		body := strings.TrimPrefix(a.Slice(s), indent)
		key := m.entry.FindStringSubmatch(body)
		switch {
		case open.inside():
			last := &all[len(all)-1]
			last.value = append(last.value, body)
			open.read(body)
		case key != nil:
			value := body[len(key[0]):]
			all = append(all, entry{strings.ToLower(strings.Trim(key[1], `"'`)), []string{value}, number + i})
			open = nesting{toml: m.toml}
			open.read(value)
		case strings.HasPrefix(body, m.block):
			return all, nil // from here on, all is below the top level
		case !m.odd.MatchString(body) && !IsBlank(body):
			return nil, fmt.Errorf("line %d: %s", number+i, m.want)
		case len(all) > 0 && goesBelow.MatchString(body):
			last := &all[len(all)-1]
			last.value = append(last.value, body)
		}
	}
	if open.inside() {
		return nil, fmt.Errorf("line %d: a quotation mark or a bracket is never closed in this entry of the front matter", all[len(all)-1].line)
	}
	return all, nil
}

// A nesting follows how deep in brackets and quotation marks a value is.
type nesting struct {
	toml  bool
	depth int
	quote string // the mark that ends what is quoted; empty outside
	begun bool
}

// inside says whether the value has to go on.
func (n *nesting) inside() bool { return n.depth > 0 || n.quote != "" }

// read goes on with a line. Quotation marks and brackets within plain words
// are letters.
func (n *nesting) read(line string) {
	start := true // a value or an item may begin here
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case n.quote != "":
			if c == '\\' && n.quote[0] == '"' {
				i++
			} else if strings.HasPrefix(line[i:], n.quote) {
				i += len(n.quote) - 1
				n.quote = ""
			}
			continue
		case c == ' ' || c == '\t':
			start = start || n.depth > 0
			continue
		case c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			n.begun = true
			return
		case start && (c == '"' || c == '\'') && (n.depth > 0 || !n.begun):
			n.quote = string(c)
			if three := strings.Repeat(n.quote, 3); n.toml && strings.HasPrefix(line[i:], three) {
				n.quote = three
				i += 2
			}
		case start && (c == '[' || c == '{') && (n.depth > 0 || !n.begun):
			n.depth++
			n.begun = true
			continue
		case n.depth > 0 && (c == ']' || c == '}'):
			n.depth--
		}
		n.begun = true
		start = n.depth > 0 && (c == ',' || c == ':' || c == '=')
	}
	n.begun = true
}

// describe takes from front matter what it says of the article.
func (a *Article) describe(entries []entry, toml bool) error {
	for _, e := range entries {
		switch value := e.text(toml); e.key {
		case "title":
			a.Name = shorten(value)
		case "date":
			a.Date = shorten(value)
		case "author", "authors":
			a.Author = cmp.Or(shorten(value), a.Author)
		case "url":
			if u, err := url.Parse(value); value != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
				return fmt.Errorf("line %d: the url in the front matter is no address like https://example.com/article", e.line)
			}
			a.URL = value
		}
	}
	return nil
}

// longestMatter is how many characters of an entry are kept: what is longer
// is no name and no address.
const longestMatter = 300

// shorten cuts what is too long.
func shorten(s string) string {
	if r := []rune(s); len(r) > longestMatter {
		return strings.TrimSpace(string(r[:longestMatter-1])) + "…"
	}
	return s
}

// text is an entry's value as one line of words; those of a list have commas
// between them. A block with keys has none but its name.
func (e entry) text(toml bool) string {
	first, below := tag.ReplaceAllString(strings.TrimSpace(e.value[0]), ""), e.value[1:]
	whole := strings.TrimSpace(strings.Join(append([]string{first}, below...), " "))
	switch {
	case strings.HasPrefix(first, "["):
		return strings.Join(items(whole), ", ")
	case strings.HasPrefix(first, `"`), strings.HasPrefix(first, "'"):
		return unquote(whole, toml)
	case strings.HasPrefix(first, "|"), strings.HasPrefix(first, ">"):
		return flatten(strings.Join(below, " "))
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "*"):
		return ""
	}
	switch first = uncommented(first); first {
	case "~", "null":
		return ""
	case "":
		return under(below)
	}
	for _, more := range below { // a plain value may go on
		first += " " + uncommented(strings.TrimSpace(more))
	}
	return flatten(first)
}

var (
	// tag matches a type or a name that YAML lets stand before a value.
	tag = regexp.MustCompile(`^(?:[!&]\S*[\t ]+)+`)
	// item matches one of a list in brackets.
	item = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\[\],"'{}\s][^\[\],{}]*`)
	// listed matches an item of a list in lines of its own.
	listed = regexp.MustCompile(`^[\t ]*-[\t ]+(.*)$`)
	// named matches the line of a block that holds a name.
	named = regexp.MustCompile(`^[\t ]*(?:-[\t ]+)?name:[\t ]+(.*)$`)
	// keyed matches a line of a block with keys.
	keyed = regexp.MustCompile(`^[\t ]*(?:-[\t ]+)?[\w.-]+:(?:[\t ]|$)`)
)

// under is what stands below a key without a value: names or a list, or else
// the words of a text.
func under(lines []string) string {
	var names, plain []string
	for _, l := range lines {
		of := listed.FindStringSubmatch(l)
		name := named.FindStringSubmatch(l)
		switch {
		case name != nil:
			names = append(names, bare(name[1]))
		case keyed.MatchString(l):
		case of != nil:
			names = append(names, bare(of[1]))
		default:
			plain = append(plain, bare(l))
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	if len(names) > 0 {
		return strings.Join(names, ", ")
	}
	return flatten(strings.Join(plain, " "))
}

// bare is a value of one line in words.
func bare(value string) string {
	value = strings.TrimSpace(value)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		return unquote(value, false)
	}
	return flatten(uncommented(value))
}

// items are those of a list in brackets.
func items(list string) (all []string) {
	for _, s := range item.FindAllString(list[1:max(1, strings.LastIndexByte(list, ']'))], -1) {
		if s = bare(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// unquote is what stands in quotation marks, up to the closing one.
func unquote(value string, toml bool) string {
	mark := value[:1]
	if three := strings.Repeat(mark, 3); toml && strings.HasPrefix(value, three) {
		mark = three
	}
	body := value[len(mark):]
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		switch {
		case strings.HasPrefix(body[i:], "''") && mark == "'" && !toml:
			b.WriteByte('\'')
			i++
		case strings.HasPrefix(body[i:], mark):
			return flatten(b.String())
		case body[i] == '\\' && mark[0] == '"':
			r, _, rest, err := strconv.UnquoteChar(body[i:], '"')
			if err != nil { // an escape that Go does not have
				continue
			}
			b.WriteRune(r)
			i = len(body) - len(rest) - 1
		default:
			b.WriteByte(body[i])
		}
	}
	return flatten(b.String())
}

// uncommented is a plain value without the comment behind it.
func uncommented(value string) string {
	if strings.HasPrefix(value, "#") {
		return ""
	}
	for _, mark := range []string{" #", "\t#"} {
		value, _, _ = strings.Cut(value, mark)
	}
	return strings.TrimSpace(value)
}

// flatten writes white space as single spaces.
func flatten(s string) string { return strings.Join(strings.Fields(s), " ") }

// titled says whether the first of a text's lines, of which there is one, is its
// title where front matter has one too: it says the same, or is a heading of
// the first level, and the only one. Other first lines are headings and
// paragraphs then.
func (a *Article) titled(lines []line) bool {
	first := lines[0]
	if !first.bullet && strings.EqualFold(flatten(a.Slice(first.Span)), a.Name) {
		return true
	}
	return first.level == 1 && !slices.ContainsFunc(lines[1:], func(ln line) bool { return ln.level == 1 })
}
