package retrieval

import (
	"bufio"
	"fmt"
	"strings"
)

// Synonyms are groups of words and phrases that mean the same in questions
// about the articles.
type Synonyms struct{ groups [][]string }

// ParseSynonyms reads groups of synonyms: one group a line, its members
// separated by commas; empty lines and lines that begin with # are left out.
// The error names the line.
func ParseSynonyms(text string) (*Synonyms, error) {
	s := &Synonyms{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var group []string
		for member := range strings.SplitSeq(line, ",") {
			member = strings.TrimSpace(member)
			if member == "" {
				return nil, fmt.Errorf("line %d: a member of the group is empty", n)
			}
			group = append(group, member)
		}
		if len(group) < 2 {
			return nil, fmt.Errorf("line %d: a group needs two members", n)
		}
		s.groups = append(s.groups, group)
	}
	return s, lines.Err()
}

// A phrases is a trie of the groups' members by their terms.
type phrases struct {
	next   map[uint32]*phrases
	groups []uint32 // the groups of the member that ends here
}

// add puts a member, as its terms, into the trie.
func (p *phrases) add(terms []uint32, group uint32) {
	for _, t := range terms {
		if p.next == nil {
			p.next = map[uint32]*phrases{}
		}
		if p.next[t] == nil {
			p.next[t] = &phrases{}
		}
		p = p.next[t]
	}
	p.groups = append(p.groups, group)
}

// longest returns the length of the longest member that terms begin with and
// its groups; 0 when there is none.
func (p *phrases) longest(terms []uint32) (length int, groups []uint32) {
	for i, t := range terms {
		if p = p.next[t]; p == nil {
			break
		}
		if len(p.groups) > 0 {
			length, groups = i+1, p.groups
		}
	}
	return length, groups
}

// every calls yield with the groups of each member that terms begin with.
func (p *phrases) every(terms []uint32, yield func(groups []uint32)) {
	for _, t := range terms {
		if p = p.next[t]; p == nil {
			return
		}
		if len(p.groups) > 0 {
			yield(p.groups)
		}
	}
}
