package retrieval

import (
	"fmt"
	"slices"
	"strings"
)

// Synonyms are groups of words and phrases that mean the same in questions
// about the articles.
type Synonyms struct {
	groups  [][]string
	members int // of all groups
}

// ParseSynonyms reads groups of synonyms: one group a line, its members
// separated by commas; empty lines and lines that begin with # are left out.
// The error names the line.
func ParseSynonyms(text string) (*Synonyms, error) {
	s := &Synonyms{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		group := make([]string, 0, strings.Count(line, ",")+1)
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
		s.members += len(group)
	}
	return s, nil
}

// A phrases is a trie of the groups' members by their terms. Its root is node
// 0.
type phrases struct {
	next   map[step]uint32
	member []member // until finish
	// The groups of the members that end at node n are [start[n], start[n+1])
	// of groups.
	start  []uint32
	groups []uint32
}

// A step leads from a node of the trie over a term to another one.
type step struct{ node, term uint32 }

// A member is where a group's member ends.
type member struct{ node, group uint32 }

// add puts a member, as its terms, into the trie.
func (p *phrases) add(terms []uint32, group uint32) {
	node := uint32(0)
	for _, t := range terms {
		next, ok := p.next[step{node, t}]
		if !ok {
			next = uint32(len(p.next) + 1)
			p.next[step{node, t}] = next
		}
		node = next
	}
	p.member = append(p.member, member{node, group})
}

// finish lays the groups out. The trie is read after it.
func (p *phrases) finish() {
	nodes := len(p.next) + 1
	p.start = make([]uint32, nodes+1)
	for _, m := range p.member {
		p.start[m.node+1]++
	}
	for n := range nodes {
		p.start[n+1] += p.start[n]
	}
	p.groups = make([]uint32, len(p.member))
	next := slices.Clone(p.start)
	for _, m := range p.member {
		p.groups[next[m.node]] = m.group
		next[m.node]++
	}
	p.member = nil
}

// at returns the groups of the members that end at a node.
func (p *phrases) at(node uint32) []uint32 { return p.groups[p.start[node]:p.start[node+1]] }

// longest returns the length of the longest member that terms begin with and
// its groups; 0 when there is none.
func (p *phrases) longest(terms []uint32) (length int, groups []uint32) {
	p.every(terms, func(n int, gs []uint32) { length, groups = n, gs })
	return length, groups
}

// every calls yield with the length and the groups of each member that terms
// begin with, the shortest first.
func (p *phrases) every(terms []uint32, yield func(length int, groups []uint32)) {
	node := uint32(0)
	for i, t := range terms {
		next, ok := p.next[step{node, t}]
		if !ok {
			return
		}
		if gs := p.at(next); len(gs) > 0 {
			yield(i+1, gs)
		}
		node = next
	}
}
