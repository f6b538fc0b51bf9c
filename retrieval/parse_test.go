package retrieval

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

const seedFile = "../seeds/alaska-summit.txt"

// readSeed returns the text of the seed article.
func readSeed(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(seedFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// golden holds got against the golden file of the given name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		var w, g string
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if w != g || i >= len(wantLines) || i >= len(gotLines) {
			t.Fatalf("%s:%d (-update writes it anew)\n got %q\nwant %q", path, i+1, g, w)
		}
	}
}

// outline writes the structure of an article, one span a line with its
// offsets; long texts are shown by both ends.
func outline(a *Article) string {
	var b strings.Builder
	show := func(indent, label string, s Span) {
		text := a.Slice(s)
		if r := []rune(text); len(r) > 60 {
			text = string(r[:36]) + " […] " + string(r[len(r)-20:])
		}
		fmt.Fprintf(&b, "%s%s %d-%d %q\n", indent, label, s.Start, s.End, text)
	}
	show("", "title", a.Title)
	show("", "subtitle", a.Subtitle)
	for _, s := range a.Sections {
		show("", "section", s.Heading)
		for _, p := range s.Passages {
			show("  ", fmt.Sprintf("%s %s", p.ID, p.Kind), p.Span)
			if p.Lead.Len() > 0 {
				show("    ", "lead", p.Lead)
			}
			for _, sent := range p.Sentences {
				show("    ", sent.ID, sent.Span)
			}
		}
	}
	show("", "chrome", a.Chrome)
	return b.String()
}

func TestParseSeed(t *testing.T) {
	text := readSeed(t)
	a, err := Parse("alaska-summit", text)
	if err != nil {
		t.Fatal(err)
	}
	checkArticle(t, a)
	golden(t, "alaska-summit.outline", outline(a))
	if got := a.Slice(a.Chrome); got != "Leave a Reply\nYou must be logged in to post a comment." {
		t.Errorf("chrome is %q", got)
	}
	if a.Hash != "c3a815fe3da2f2fd8f135ddd224ccfb0341db1fbf0cb6342aec8964647708ed3" {
		t.Errorf("hash is %s", a.Hash)
	}
}

// TestParseSeedLineEnds: however its lines end and however its paragraphs are
// set apart, the article has the same structure.
func TestParseSeedLineEnds(t *testing.T) {
	text := readSeed(t)
	a, err := Parse("seed", text)
	if err != nil {
		t.Fatal(err)
	}
	want := brief(a)
	for name, other := range map[string]string{
		"CRLF":        strings.ReplaceAll(text, "\n", "\r\n"),
		"CR":          strings.ReplaceAll(text, "\n", "\r"),
		"blank lines": strings.ReplaceAll(text, "\n", "\n\n"),
		"CRLF, blank": strings.ReplaceAll(text, "\n", "\r\n\r\n") + "\r\n",
		"BOM":         "\uFEFF" + text,
		"wrapped":     wrap(text, 72),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Parse("seed", other)
			if err != nil {
				t.Fatal(err)
			}
			checkArticle(t, a)
			if got := brief(a); got != want {
				t.Errorf("structure differs:\n%s", firstDifference(got, want))
			}
		})
	}
}

// firstDifference shows the first line at which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}

// wrap breaks every paragraph and bullet of text into lines of at most the
// given width and sets them apart by blank lines. Titles and headings stay
// whole.
func wrap(text string, width int) string {
	var paragraphs []string
	for l := range strings.SplitSeq(text, "\n") {
		if len(l) <= 140 {
			paragraphs = append(paragraphs, l)
			continue
		}
		var lines []string
		current, l, _ := strings.Cut(l, " ")
		indent := ""
		if current == "-" {
			indent = "  "
		}
		for word := range strings.FieldsSeq(l) {
			if utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) <= width {
				current += " " + word
				continue
			}
			if endsSentence(current) { // it would be taken for a paragraph's end
				last := strings.LastIndex(current, " ")
				current, word = current[:last], current[last+1:]+" "+word
			}
			lines = append(lines, current)
			current = indent + word
		}
		paragraphs = append(paragraphs, strings.Join(append(lines, current), "\n"))
	}
	return strings.Join(paragraphs, "\n\n")
}

// brief writes an article's structure on short lines: T title, S subtitle,
// # heading, P paragraph, B bullet with its [lead], sentences divided by |,
// white space as single spaces, X chrome.
func brief(a *Article) string {
	var lines []string
	add := func(label string, s Span) {
		if s.Len() > 0 {
			lines = append(lines, label+" "+flat(a.Slice(s)))
		}
	}
	add("T", a.Title)
	add("S", a.Subtitle)
	for _, s := range a.Sections {
		add("#", s.Heading)
		for _, p := range s.Passages {
			var sentences []string
			for _, sent := range p.Sentences {
				sentences = append(sentences, flat(a.Slice(sent.Span)))
			}
			label := "P "
			if p.Kind == Bullet {
				label = "B "
			}
			if p.Lead.Len() > 0 {
				label += "[" + flat(a.Slice(p.Lead)) + "] "
			}
			lines = append(lines, label+strings.Join(sentences, " | "))
		}
	}
	add("X", a.Chrome)
	return strings.Join(lines, "\n")
}

// flat writes white space as single spaces.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"paragraphs", "A Title\nOne. Two.\nThree.", "T A Title\nP One. | Two.\nP Three."},
		{"no title", "It began. It went on.\nIt ended.", "P It began. | It went on.\nP It ended."},
		{"title that asks", "Why Alaska?\nBecause it is near.", "T Why Alaska?\nP Because it is near."},
		{"subtitle", "A Title\nA Line Below It?\nIt began.", "T A Title\nS A Line Below It?\nP It began."},
		{"heading below the title", "A Title\nA Heading\nIt began.", "T A Title\n# A Heading\nP It began."},
		{"a line at the end is no heading", "A Title\nIt began.\nThe End", "T A Title\nP It began.\nP The End"},
		{"one sentence", "What now?", "P What now?"},
		{"trailing line feeds", "A Title\nOne.\n\n\n", "T A Title\nP One."},
		{"CRLF", "A Title\r\nOne. Two.\r\n- Three.\r\n", "T A Title\nP One. | Two.\nB Three."},
		{"BOM", "\uFEFFA Title\nOne.", "T A Title\nP One."},
		{"BOM and Markdown", "\uFEFF# A Title\n\nOne.", "T A Title\nP One."},
		{"indented", "  A Title  \n\tOne.  \n", "T A Title\nP One."},
		{"Markdown", "# A Title\n\nOne.\n\n## First\n\n- Two.\n* Three: four.\n• Five.\n\n---\n\n### last, in small letters\nSix.",
			"T A Title\nP One.\n# First\nB Two.\nB [Three] Three: four.\nB Five.\n# last, in small letters\nP Six."},
		{"Markdown's underline", "A Title\n=======\n\nOne.", "T A Title\nP One."},
		{"no Markdown heading", "A Title\n#metoo was a movement.\n####### seven.", "T A Title\nP #metoo was a movement.\nP ####### seven."},
		{"numbered", "A Title\n1. One.\n2) Two: three.\n10. Ten.\n1.5 percent is no number of a bullet.",
			"T A Title\nB One.\nB [Two] Two: three.\nB Ten.\nP 1.5 percent is no number of a bullet."},
		{"empty marks", "A Title\n-\n#\n- - -\n***\nOne.", "T A Title\nP One."},
		{"lead of many words", "A Title\n- One two three four five six seven eight nine: ten.", "T A Title\nB One two three four five six seven eight nine: ten."},
		{"lead of two sentences", "A Title\n- It began. Then: it ended.", "T A Title\nB It began. | Then: it ended."},
		{"time is no lead", "A Title\n- At 10:30 they met.", "T A Title\nB At 10:30 they met."},

		{"wrapped", "A Title\n\nThe leaders met in a town that few\nPeople knew. They spoke for an\nhour.\n\nIt ended.",
			"T A Title\nP The leaders met in a town that few People knew. | They spoke for an hour.\nP It ended."},
		{"wrapped without a title", "The leaders met in a town that few\npeople knew.\n\nIt ended.",
			"P The leaders met in a town that few people knew.\nP It ended."},
		{"wrapped below its heading", "A Title\n\nA Heading\nThe leaders met in a town that few\npeople knew.\n\nIt ended.",
			"T A Title\n# A Heading\nP The leaders met in a town that few people knew.\nP It ended."},
		{"wrapped bullets", "A Title\n\n- Place: the leaders met in a town\n  that few people knew.\n- Time: an\n\thour.\nIt ended.",
			"T A Title\nB [Place] Place: the leaders met in a town that few people knew.\nB [Time] Time: an hour.\nP It ended."},
		{"wrapped, CRLF", "A Title\r\n\r\nThe leaders met in a town\r\nthat few people knew.\r\n",
			"T A Title\nP The leaders met in a town that few people knew."},
		{"not wrapped: no blank lines", "A Title\nHe met, at last,\nthe other,\nand left.",
			"T A Title\nP He met, at last,\nP the other,\nP and left."},
		{"a quotation ends a line", "A Title\n\nHe said “it is over.”\nThen he left.", "T A Title\nP He said “it is over.”\nP Then he left."},

		{"chrome", "A Title\nOne.\nLeave a Reply\nYou must be logged in.", "T A Title\nP One.\nX Leave a Reply You must be logged in."},
		{"chrome with a mark", "# A Title\n\nOne.\n\n## Leave a comment:\n\nName", "T A Title\nP One.\nX ## Leave a comment: Name"},
		{"chrome below an unfinished line", "A Title\n\nOne.\n\nTags: war, peace\nLeave a Reply\nName", "T A Title\nP One.\nP Tags: war, peace\nX Leave a Reply Name"},
		{"words of the chrome in a sentence", "A Title\nLeave a reply, he said.", "T A Title\nP Leave a reply, he said."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Parse("x", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			checkArticle(t, a)
			if got := brief(a); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestSplitSentences(t *testing.T) {
	for _, want := range []string{
		"The U.S. President met him. | He left.",
		"U.S.-Russia relations cooled. | Why?",
		"Dr. Smith and Mr. Jones met Gen. Lee. | They spoke.",
		"J. R. R. Tolkien wrote it. | It sold.",
		"It cost 3.5 million dollars. | Prices rose 2.1%.",
		"“Will he come?” asked a reporter. | Nobody knew.",
		"He asked, “Will he come?” | Nobody knew.",
		"“It is over.” | He left.",
		"Wait... they had not finished. | Then they had.",
		"It was over… or was it? | It was!",
		"Really?! | Yes.",
		"See e.g. the treaty of 1867, i.e. the sale. | It held.",
		"(It was late.) | They left.",
		"Nobody said a word",
		"One | ",
	} {
		parts := strings.Split(want, " | ")
		text := strings.Join(parts, " ")
		var got []string
		for _, s := range splitSentences(text, Span{0, len(text)}) {
			got = append(got, text[s.Start:s.End])
		}
		if g, w := strings.Join(got, " | "), strings.TrimSuffix(want, " | "); g != w {
			t.Errorf("got  %s\nwant %s", g, w)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		noText           bool
	}{
		{"empty", "", "x: the article holds no sentence", true},
		{"white space", " \n\r\n\t\n", "x: the article holds no sentence", true},
		{"BOM alone", "\uFEFF", "x: the article holds no sentence", true},
		{"only a title", "The Alaskan Gamble\n", "x: the article holds no sentence", true},
		{"only a Markdown title", "# What now?", "x: the article holds no sentence", true},
		{"only headings", "# One\n## Two\n", "x: the article holds no sentence", true},
		{"only chrome", "Leave a Reply\nYou must be logged in.", "x: the article holds no sentence", true},
		{"only a title and chrome", "A Title\nShare this:\nMail", "x: the article holds no sentence", true},
		{"binary", "One.\n\x89PNG\x00", "x: line 2 is not UTF-8", false},
		{"NUL", "One.\n\nTwo.\x00", "x: line 3 holds a NUL byte", false},
		{"invalid UTF-8", "One.\nTwo.\ncaf\xe9.\n", "x: line 3 is not UTF-8", false},
		{"UTF-16", "\xff\xfeO\x00", "x: line 1 is not UTF-8", false},
		{"cut in a rune", "One.\nRussia\xe2\x80", "x: line 2 is not UTF-8", false},
		{"too long", strings.Repeat("One. ", maxArticleBytes/5+1), fmt.Sprintf("are more than the %d", maxArticleBytes), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Parse("x", tt.text)
			if a != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, %v; want an error with %q", a, err, tt.want)
			}
			if errors.Is(err, ErrNoText) != tt.noText {
				t.Errorf("errors.Is(%v, ErrNoText) is not %v", err, tt.noText)
			}
		})
	}
}

// TestParseReplacementCharacter: U+FFFD itself is text like any other.
func TestParseReplacementCharacter(t *testing.T) {
	a, err := Parse("x", "A caf\uFFFD opened.")
	if err != nil {
		t.Fatal(err)
	}
	checkArticle(t, a)
}

func TestParseLongLines(t *testing.T) {
	for name, text := range map[string]string{
		"one sentence":  strings.Repeat("word ", 50_000) + ".",
		"one word":      strings.Repeat("x", 500_000),
		"initials":      strings.Repeat("A. ", 50_000),
		"stops":         strings.Repeat(". ", 100_000),
		"many lines":    strings.Repeat("A line.\n", 20_000),
		"wrapped lines": "A Title\n\n" + strings.Repeat("a line\n", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Parse("x", text)
			if err != nil {
				t.Fatal(err)
			}
			checkArticle(t, a)
		})
	}
}

func TestFind(t *testing.T) {
	a, err := Parse("x", "A Title\nOne. Two.\nA Heading\nThree.\nFour.")
	if err != nil {
		t.Fatal(err)
	}
	at, ok := a.Find("s4")
	if !ok || at.Text() != "Four." || at.Heading() != "A Heading" || at.Number != 3 || at.Paragraph != 2 || at.Passage.ID != "p3" {
		t.Errorf("Find(s4) is %+v, %v", at, ok)
	}
	for _, id := range []string{"", "s", "s0", "s5", "s-1", "s+1", "s01", "S1", "1", "p1", "s1 ", "s99999999999999999999", "s١"} {
		if at, ok := a.Find(id); ok {
			t.Errorf("Find(%q) found %q", id, at.Text())
		}
	}
}

// outside matches what may stand between the spans of an article, line by
// line: a mark, a rule, or nothing.
var outside = regexp.MustCompile(`^(?:[-*•]|[0-9]{1,3}[.)]|#+|[-*_= ]{3,})?$`)

// checkArticle holds an article against what Parse promises.
func checkArticle(t *testing.T, a *Article) {
	t.Helper()
	end := len(a.Text) - len(strings.TrimPrefix(a.Text, byteOrderMark))
	if a.FrontMatter.Len() > 0 {
		checkOutside(t, a.Text[end:a.FrontMatter.Start])
		end = a.FrontMatter.End
	}
	next := func(what string, s Span) {
		if s.Len() == 0 {
			return
		}
		if s.Start < end || s.End > len(a.Text) || s.Len() < 0 {
			t.Fatalf("%s %v begins before %d or ends after %d", what, s, end, len(a.Text))
		}
		checkOutside(t, a.Text[end:s.Start])
		if body := a.Slice(s); strings.TrimFunc(body, unicode.IsSpace) != body {
			t.Fatalf("%s %q has white space around it", what, body)
		}
		end = s.End
	}
	next("title", a.Title)
	next("subtitle", a.Subtitle)
	number, passages := 0, 0
	for i := range a.Sections {
		s := &a.Sections[i]
		next("heading", s.Heading)
		for j := range s.Passages {
			p := &s.Passages[j]
			passages++
			if p.ID != fmt.Sprintf("p%d", passages) {
				t.Fatalf("passage %d has the id %s", passages, p.ID)
			}
			next("passage "+p.ID, p.Span)
			checkSentences(t, a, p)
			for k := range p.Sentences {
				checkPlace(t, a, number, Place{a, s, p, &p.Sentences[k], number, j + 1})
				number++
			}
		}
	}
	if number != a.Len() || number == 0 {
		t.Fatalf("%d sentences, Len is %d", number, a.Len())
	}
	if a.Chrome.Len() > 0 {
		checkOutside(t, a.Text[end:a.Chrome.Start])
		end = a.Chrome.End
	}
	checkOutside(t, a.Text[end:])
}

// checkOutside checks that no text stands between two spans.
func checkOutside(t *testing.T, gap string) {
	t.Helper()
	for l := range strings.FieldsFuncSeq(gap, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if l = strings.TrimFunc(l, Blank); !outside.MatchString(l) {
			t.Fatalf("%q stands in no passage", l)
		}
	}
}

// checkSentences checks that a passage's sentences are ordered and disjoint,
// and leave out nothing but white space.
func checkSentences(t *testing.T, a *Article, p *Passage) {
	t.Helper()
	end := p.Start
	for _, s := range p.Sentences {
		if s.Start < end || s.Len() <= 0 || !IsBlank(a.Text[end:s.Start]) {
			t.Fatalf("%s: %s %v does not follow upon %d", p.ID, s.ID, s.Span, end)
		}
		end = s.End
	}
	if end != p.End {
		t.Fatalf("%s: its sentences end at %d, it at %d", p.ID, end, p.End)
	}
	if l := p.Lead; l.Len() > 0 && (p.Kind != Bullet || l.Start != p.Start || l.End > p.Sentences[0].End) {
		t.Fatalf("%s: lead %v is not in its first sentence", p.ID, l)
	}
}

// checkPlace checks that At and Find both lead to a place.
func checkPlace(t *testing.T, a *Article, number int, want Place) {
	t.Helper()
	if id := fmt.Sprintf("s%d", number+1); want.Sentence.ID != id {
		t.Fatalf("sentence %d has the id %s", number+1, want.Sentence.ID)
	}
	found, ok := a.Find(want.Sentence.ID)
	if at := a.At(number); !ok || at != want || found != want {
		t.Fatalf("At is %+v, Find %+v, the structure has %+v", at, found, want)
	}
	if want.Text() != a.Text[want.Sentence.Start:want.Sentence.End] {
		t.Fatalf("%s: text %q", want.Sentence.ID, want.Text())
	}
}

func FuzzParse(f *testing.F) {
	f.Add(readSeed(f))
	for _, s := range []string{
		"", "\uFEFF", "A Title\r\n\r\nOne.\rTwo.\n", "# \n-\n- x\n1. y\n1.\n2)z", "- - - a", "-\u00a0x\n\u2028y\u0085z.",
		"A Title\n\n- A: b\n  c\n d. E\nf", "## Leave a Reply\nx", "x\nLeave a reply\n- share this", "\uFEFF- leave a comment",
		"A. B. C. “D?” e… f", "\x00", "\xff", "A\n=\n\n***\n____\n\n#######\n# #", "- “A”: b。C: d", "•x\n• y\n•",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		if a.Text != text {
			t.Fatal("the text was changed")
		}
		checkArticle(t, a)
	})
}
