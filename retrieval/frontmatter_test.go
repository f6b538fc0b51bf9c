package retrieval

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// told is what is known of an article beside its text.
func told(a *Article) string {
	var all []string
	for _, of := range [][2]string{{"name", a.Name}, {"date", a.Date}, {"author", a.Author}, {"url", a.URL}} {
		if of[1] != "" {
			all = append(all, of[0]+"="+of[1])
		}
	}
	return strings.Join(all, "|")
}

// However front matter is written, what says what the article is is read, and
// nothing of it is quoted.
func TestFrontMatter(t *testing.T) {
	const body = "The quay cost 40 million crowns. It was built in 2019.\n"
	for name, c := range map[string]struct{ matter, want string }{
		"plain":             {"---\ntitle: Harbour Works\ndate: 2024-01-01\nauthor: Ada Bell\nurl: https://example.com/a?b=c#d\n---\n", "name=Harbour Works|date=2024-01-01|author=Ada Bell|url=https://example.com/a?b=c#d"},
		"no blank line":     {"---\ntitle: Works\n---\n", "name=Works"},
		"empty":             {"---\n---\n\n", ""},
		"comments alone":    {"---\n# nothing yet\n---\n", ""},
		"dots":              {"---\ntitle: Works\n...\n\n", "name=Works"},
		"Windows":           {"\ufeff---\r\ntitle: Works\r\ndate: 2024\r\n---\r\n\r\n", "name=Works|date=2024"},
		"old Mac":           {"---\rtitle: Works\r---\r\r", "name=Works"},
		"blanks":            {"\n\n--- \n title:   Works  \n date:\t2024\n---\t\n", "name=Works|date=2024"},
		"quoted":            {"---\ntitle: \"Works: a \\\"history\\\" \\u2013 so far\"\nauthor: 'O''Hara' # herself\n---\n", `name=Works: a "history" – so far|author=O'Hara`},
		"colons":            {"---\ntitle: Works: what: it cost\nog:title: Other\ntime: 10:30\n---\n", "name=Works: what: it cost"},
		"capitals":          {"---\nTitle: Works\nAUTHOR: Ada\n---\n", "name=Works|author=Ada"},
		"comments":          {"---\n# of the tool\ntitle: Works # working title\ndate: #none\n---\n", "name=Works"},
		"nothing":           {"---\ntitle:\ndate: ~\nauthor: null\nurl: \"\"\n---\n", ""},
		"a list in lines":   {"---\ntitle: Works\nauthors:\n  - Ada Bell\n  - \"Cy: Dee\"\ntags:\n- harbour\n- The money was lost.\n---\n", "name=Works|author=Ada Bell, Cy: Dee"},
		"a list in a line":  {"---\nauthor: [Ada Bell, \"Dee, Cy\", 'Ed']\ntags: [a, b]\ntitle: Works\n---\n", "name=Works|author=Ada Bell, Dee, Cy, Ed"},
		"a list over lines": {"---\ntags: [\n  \"one: two\", # ]\n  three\n]\ntitle: Works\n---\n", "name=Works"},
		"a block":           {"---\nauthor:\n  name: Ada Bell\n  url: nowhere\nparams:\n  title: Not this\n  deep:\n    date: 1999\ntitle: Works\n---\n", "name=Works|author=Ada Bell"},
		"blocks of authors": {"---\nauthors:\n  - name: Ada\n    url: x\n  - url: y\n    name: \"Cy\"\n---\n", "author=Ada, Cy"},
		"several lines":     {"---\nsummary: >\n  The money was lost.\n\n  Nobody knows where: to.\ndescription: |-\n  title: Not this\n  --- nor that\ntitle: >-\n  Harbour\n  Works\nnote: \"one\n  two: three\"\nplain: it goes\n  on and on: here\n---\n", "name=Harbour Works"},
		"a value below":     {"---\ntitle:\n  Harbour\n  Works\nauthor:\n  'Ada'\n---\n", "name=Harbour Works|author=Ada"},
		"brackets in words": {"---\ntitle: Works [draft\nauthor: it's \"her\nnote: {a: [1, 2], b: 'x'}\n---\n", `name=Works [draft|author=it's "her`},
		"braces":            {"---\n{\"title\": \"Not read\",\n\"date\": 1}\n---\n", ""},
		"odd keys":          {"---\n\"title\": Works\n? x\nReading time: 5\nтег: да\n<<: *base\n-x: 1\n---\n", "name=Works"},
		"too long":          {"---\ntitle: " + strings.Repeat("Works ", 1000) + "\n---\n", "name=" + strings.Repeat("Works ", 49) + "Works…"},
		"a type":            {"---\ntitle: !!str Works\nauthor: &a Ada\ndate: *d\n---\n", "name=Works|author=Ada"},
		"TOML":              {"+++\ntitle = \"Harbour \\\"Works\\\"\"\ndate = 2024-01-01T10:00:00Z # UTC\nauthors = ['Ada', \"Cy\"]\nurl = 'https://example.com/'\ntags = [\n  \"one\", # ]\n  \"two\",\n]\n\n[params]\ntitle = \"Not this\"\nodd line\n+++\n\n", `name=Harbour "Works"|date=2024-01-01T10:00:00Z|author=Ada, Cy|url=https://example.com/`},
		"TOML over lines":   {"+++\nsummary = \"\"\"\nThe money was lost.\n+ title = 'no'\"\"\"\ntitle = '''Works'''\n+++\n", "name=Works"},
	} {
		t.Run(name, func(t *testing.T) {
			text := c.matter + body
			a, err := Parse("works", text)
			if err != nil {
				t.Fatal(err)
			}
			checkArticle(t, a)
			if got := told(a); got != c.want {
				t.Errorf("it is told as %s, not %s", got, c.want)
			}
			if a.Len() != 2 || a.At(0).Text() != "The quay cost 40 million crowns." || a.At(0).Sentence.Start != strings.Index(text, "The quay") {
				t.Errorf("it is read as\n%s", outline(a))
			}
			if f := a.Slice(a.FrontMatter); !strings.Contains(c.matter, f) || len(f) < 7 {
				t.Errorf("the front matter is %q", f)
			}
		})
	}
}

// A title line in the text counts before the front matter's; where there is
// none, the first heading is a heading.
func TestFrontMatterTitle(t *testing.T) {
	for text, want := range map[string]string{
		"---\ntitle: Harbour Works\n---\n\n# Harbour Works\n\nIt cost a lot.\n":         "Harbour Works: T Harbour Works\nP It cost a lot.",
		"---\ntitle: Harbour Works\n---\n\nharbour works\n\nIt cost a lot.\n":           "harbour works: T harbour works\nP It cost a lot.",
		"---\ntitle: Works\n---\n\n# The Harbour Works\n\n## Costs\n\nIt cost a lot.\n": "The Harbour Works: T The Harbour Works\n# Costs\nP It cost a lot.",
		"---\ntitle: Works\n---\n\n## Costs\n\nIt cost a lot.\n\n## Uses\n\nNone.\n":    "Works: # Costs\nP It cost a lot.\n# Uses\nP None.",
		"---\ntitle: Works\n---\n\n# Costs\n\nIt cost a lot.\n\n# Uses\n\nNone.\n":      "Works: # Costs\nP It cost a lot.\n# Uses\nP None.",
		"---\ntitle: Works\n---\nCosts\nIt cost a lot.\nUses\nNone.\n":                  "Works: # Costs\nP It cost a lot.\n# Uses\nP None.",
		"---\ndate: 2024\n---\nHarbour Works\nIt cost a lot.\n":                         "Harbour Works: T Harbour Works\nP It cost a lot.",
		"---\ntitle: Works\n---\nIt cost a lot.\n":                                      "Works: P It cost a lot.",
	} {
		a, err := Parse("works", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		checkArticle(t, a)
		if got := a.Name + ": " + brief(a); got != want {
			t.Errorf("%q is read as\n%s\nand not\n%s", text, got, want)
		}
	}
}

// What only looks like front matter is the article's own.
func TestNoFrontMatter(t *testing.T) {
	for text, want := range map[string]string{
		"---\ntitle: Works\n\nIt cost a lot.\n":                "P title: Works\nP It cost a lot.",
		"---\ntitle: Works\n----\nIt cost a lot.\n":            "P title: Works\nP It cost a lot.",
		"---\n\nIt cost: a lot.\n\n---\n\nIt was built.\n":     "P It cost: a lot.\nP It was built.",
		"---\nIt cost a lot.\n---\nIt was built.\n":            "P It cost a lot.\nP It was built.",
		"-----\ntitle: Works\n-----\nIt cost a lot.\n":         "P title: Works\nP It cost a lot.",
		"A Title\n\n---\nauthor: Ada\n---\n\nIt cost a lot.\n": "T A Title\nP author: Ada\nP It cost a lot.",
		"+++\nIt cost a lot.\n+++\n":                           "P +++\nP It cost a lot.\nP +++",
	} {
		a, err := Parse("works", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := brief(a); a.FrontMatter.Len() > 0 || got != want {
			t.Errorf("%q is read as\n%s\nand not\n%s", text, got, want)
		}
	}
}

// A fault names the file and the line, and says what is expected.
func TestFrontMatterFaults(t *testing.T) {
	for matter, want := range map[string]string{
		"---\ntitle: Works\nurl: javascript:alert(1)\n---\n":      "line 3: the url in the front matter is no address like https://",
		"---\r\nurl: /works/\r\n---\r\n":                          "line 2: the url in the front matter",
		"\n+++\ntitle = 'x'\nurl = \"ftp://example.com\"\n+++\n":  "line 4: the url in the front matter",
		"---\nurl: https://\n---\n":                               "line 2: the url in the front matter",
		"---\nurl: [https://a.example, https://b.example]\n---\n": "line 2: the url in the front matter",
		"---\ntitle: Works\nThe quay cost a lot.\n---\n":          "line 3: in front matter every line is \"key: value\"",
		"---\ntitle: Works\ntags: [a,\nb\n---\n":                  "line 3: a quotation mark or a bracket is never closed",
		"---\ntitle: \"Works\nauthor: Ada\n---\n":                 "line 2: a quotation mark or a bracket is never closed",
		"+++\ntitle = 'Works'\nThe quay cost a lot.\n+++\n":       "line 3: in front matter every line is \"key = value\"",
	} {
		_, err := Load(fstest.MapFS{"works.md": {Data: []byte(matter + "\nIt cost a lot.\n")}}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "works.md: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", matter, err)
		}
	}
}

// Whatever stands between the fences, nothing of it is quoted, and what it says
// is in one line.
func FuzzFrontMatter(f *testing.F) {
	for _, s := range []string{
		"title: x", "title: \"a\\", "a: [\"b\\\"]", "author:\n- name: x\n-", "url: https://x.y/\x00", "a: '", "{", "  a: b\nc: d", "title: |\n ---\n x",
		"a: &b !c *d", "title: [[[]", "x: }\n]\ny: ]", "title: '''", "title: \"\\u", "+", "[a]\nb = 1", "title = \"\"\"\nx\"\"\"",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	line := regexp.MustCompile(`line [0-9]+`)
	f.Fuzz(func(t *testing.T, inner string, toml bool) {
		fence := "---"
		if toml {
			fence = "+++"
		}
		head := fmt.Sprintf("%s\n%s\n%[1]s\n", fence, inner)
		a, err := Parse("works", head+"The quay cost 40 million crowns.\n")
		if err != nil {
			if !line.MatchString(err.Error()) && !errors.Is(err, ErrNoText) {
				t.Errorf("the fault names no line: %v", err)
			}
			return
		}
		checkArticle(t, a)
		if a.FrontMatter.Len() == 0 {
			return // it is an ordinary text
		}
		for i := range a.Len() {
			if a.At(i).Sentence.Start < a.FrontMatter.End {
				t.Errorf("%q is quoted", a.At(i).Text())
			}
		}
		for _, s := range []string{a.Name, a.Date, a.Author, a.URL} {
			if strings.ContainsAny(s, "\n\r") || strings.TrimFunc(s, unicode.IsSpace) != s {
				t.Errorf("%q is not one line", s)
			}
		}
		if u, err := url.Parse(a.URL); a.URL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			t.Errorf("the address is %q, %v", a.URL, err)
		}
	})
}
