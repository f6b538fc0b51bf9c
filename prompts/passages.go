package prompts

import (
	"slices"
	"strings"

	"summitbot/retrieval"
)

// Passages are those that a prompt shows, in the articles' order.
type Passages struct {
	articles []*retrieval.Article
	several  bool // several articles are asked about, so that ids name theirs
	held     map[*retrieval.Passage]bool
}

// bytesPerToken is how many bytes of English a token holds at least, on
// average; OpenAI's rule of thumb is four characters. idTokens is what the
// id of a sentence takes.
const (
	bytesPerToken = 4
	idTokens      = 4
)

// Pack returns the passages to show within a budget of tokens: all of them
// when they fit, else those of the best hits, as many as fit, in the order of
// the hits.
func Pack(articles []*retrieval.Article, hits []retrieval.Hit, budget int) Passages {
	shown := Passages{several: len(articles) > 1, held: map[*retrieval.Passage]bool{}}
	all := Fits(articles, budget)
	left := budget
	for _, h := range hits {
		if n := tokens(h.Passage); !all && !shown.held[h.Passage] && n <= left {
			shown.held[h.Passage] = true
			left -= n
		}
	}
	for _, a := range articles {
		any := false
		for i := range a.Sections {
			for j := range a.Sections[i].Passages {
				p := &a.Sections[i].Passages[j]
				if all {
					shown.held[p] = true
				}
				any = any || shown.held[p]
			}
		}
		if any {
			shown.articles = append(shown.articles, a)
		}
	}
	return shown
}

// Fits says whether the articles fit into a budget of tokens whole.
func Fits(articles []*retrieval.Article, budget int) bool {
	total := 0
	for _, a := range articles {
		for i := range a.Sections {
			for j := range a.Sections[i].Passages {
				total += tokens(&a.Sections[i].Passages[j])
			}
		}
	}
	return total <= budget
}

// tokens is about how many tokens a passage takes.
func tokens(p *retrieval.Passage) int {
	return Tokens(p.Len()) + idTokens*len(p.Sentences)
}

// Tokens is about how many tokens a text of so many bytes takes.
func Tokens(bytes int) int { return bytes/bytesPerToken + 1 }

// Holds says whether the passages hold the sentence of the article with the
// given slug.
func (s Passages) Holds(slug, sentence string) bool {
	return slices.ContainsFunc(s.articles, func(a *retrieval.Article) bool {
		at, ok := a.Find(sentence)
		return ok && a.Slug == slug && s.held[at.Passage]
	})
}

// ID is a sentence as prompts name it: by its id, after its article's slug and
// a colon where there are several articles.
func (s Passages) ID(slug, sentence string) string {
	if s.several {
		return slug + ":" + sentence
	}
	return sentence
}

// Sentence is the article's slug and the sentence's id of what a model names
// as a sentence. It reads "[s57]" and "S57" too. The slug is empty when
// nothing of that name is shown.
func (s Passages) Sentence(name string) (slug, sentence string) {
	name = strings.ToLower(strings.Trim(name, " []()"))
	slug, sentence, named := strings.Cut(name, ":")
	if !named {
		sentence = name
		if len(s.articles) != 1 || s.several {
			return "", sentence
		}
		slug = s.articles[0].Slug
	}
	if !s.Holds(slug, sentence) {
		return "", sentence
	}
	return slug, sentence
}

// example is a sentence's name, for the instructions.
func (s Passages) example() string {
	if len(s.articles) == 0 {
		return "s1"
	}
	return s.ID(s.articles[0].Slug, "s7")
}

// String is the passages as prompts show them: under their headings, a
// sentence a line, each after its name.
func (s Passages) String() string {
	var b strings.Builder
	for _, a := range s.articles {
		b.WriteString("\n# " + line(a.Name) + "\n")
		for i := range a.Sections {
			s.section(&b, a, &a.Sections[i])
		}
	}
	return b.String()
}

func (s Passages) section(b *strings.Builder, a *retrieval.Article, section *retrieval.Section) {
	headed := false
	for i := range section.Passages {
		p := &section.Passages[i]
		if !s.held[p] {
			continue
		}
		if h := line(a.Slice(section.Heading)); !headed && h != "" {
			b.WriteString("\n## " + h + "\n")
		}
		headed = true
		b.WriteString("\n")
		for j := range p.Sentences {
			b.WriteString("[" + s.ID(a.Slug, p.Sentences[j].ID) + "] " + line(a.Slice(p.Sentences[j].Span)) + "\n")
		}
	}
}

// line is a text on one line.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }
