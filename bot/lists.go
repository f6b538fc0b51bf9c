package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// A section is a section of an article.
type section struct {
	article *retrieval.Article
	*retrieval.Section
}

// sections are the articles' sections that are of a part.
func (a *Answerer) sections(p *part) []*section {
	var found []*section
	for _, art := range a.articles {
		for i := range art.Sections {
			s := &art.Sections[i]
			if p.heading.MatchString(art.Slice(s.Heading)) {
				found = append(found, &section{art, s})
			}
		}
	}
	return found
}

// list answers with whole parts, each bullet (or paragraph, where there are
// no bullets) an item. It says whether the articles have such parts.
func (a *Answerer) list(ans *Answer, parts ...*part) bool {
	var found []*section
	for _, p := range parts {
		found = append(found, a.sections(p)...)
	}
	if len(found) == 0 {
		return false
	}
	ans.Verdict, ans.List = Answered, true
	for i, s := range found {
		if i > 0 {
			ans.Heading += "; "
		}
		ans.Heading += s.article.Slice(s.Heading)
		bullets := s.hasBullets()
		for i := range s.Passages {
			if bullets && s.Passages[i].Kind != retrieval.Bullet {
				continue // what introduces the list
			}
			a.claim(ans, s.statement(i))
		}
	}
	return true
}

func (s *section) hasBullets() bool {
	for i := range s.Passages {
		if s.Passages[i].Kind == retrieval.Bullet {
			return true
		}
	}
	return false
}

// statement is the section's passage i in its own words, each sentence cited.
func (s *section) statement(i int) Statement {
	p := &s.Passages[i]
	st := Statement{Text: s.article.Slice(p.Span)}
	for _, sent := range p.Sentences {
		st.Evidence = append(st.Evidence, Evidence{Article: s.article.Slug, Sentence: sent.ID})
	}
	return st
}

// takeaways answers /takeaways.
func (a *Answerer) takeaways(ans *Answer) error {
	n := ans.Question.Count
	if n < 0 {
		return fmt.Errorf("there are no %d takeaways: ask for a number from 1, or 0 for all", n)
	}
	if !a.list(ans, takeaways) {
		a.refuse(ans, NotInArticle, Refusal{Reason: NoEvidence})
		return nil
	}
	if n > 0 {
		ans.Claims = ans.Claims[:min(n, len(ans.Claims))]
	}
	return nil
}

var (
	// enumerates matches a question that asks for several things which one
	// sentence of the article may hold together.
	enumerates = regexp.MustCompile(`(?i)\b(list|name|everything|each thing|all (of )?(it|them|that)|every|what all|(which|what) (two|three|four|five|[2-9]|kinds|sorts|types|things|forms|steps|ways|ones|principles)|(two|three|four|five|[2-9]) (\p{L}+ )?(things|ways|kinds|steps|principles|points|areas))\b`)
	// enumeration matches a sentence that lists things.
	enumeration = regexp.MustCompile(`, [^,]+,? (and|or) |\b(including|such as|like|ranging from)\b`)
)

// topOf matches a question for the first few items of a list.
var topOf = regexp.MustCompile(`(?i)\b(?:top|first|just|only|main|biggest|give me|gimme)(?: the)? (two|three|four|five|[1-9])\b|\b(two|three|four|five|[1-9]) (?:main|biggest|most|key|top)\b`)

// atMost is how many items of a list a question asks for; 0 for all of them.
func atMost(question string) int {
	m := topOf.FindStringSubmatch(question)
	if m == nil {
		return 0
	}
	word := strings.ToLower(m[1] + m[2])
	if n := slices.Index([]string{"two", "three", "four", "five"}, word); n >= 0 {
		return n + 2
	}
	return int(word[0] - '0')
}
