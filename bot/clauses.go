package bot

import (
	"regexp"
	"strings"

	"summitbot/retrieval"
)

// clauseEnds are the places where a question of several parts falls apart.
var clauseEnds = regexp.MustCompile(`(?i)[,;:?.–—]+\s+|\s+-\s+|\s+(?:and|but|while|versus|vs\.?|or|yet|with)\s+`)

// severalParts matches a question that asks for more than one thing.
var severalParts = regexp.MustCompile(`(?i)\b(and|vs\.?|versus|compare|contrast|both|either|while|but|difference|square|each|two)\b|[,;:?]\s+\w`)

// clauses splits a question that asks for more than one thing into its parts,
// each of which has content of its own; nil when it asks for one.
func clauses(question string) []string {
	if !severalParts.MatchString(question) {
		return nil
	}
	var out []string
	for _, c := range clauseEnds.Split(question, -1) {
		if n := len(retrieval.Stems(c)); n >= 2 || n == 1 && len(out) > 0 {
			out = append(out, strings.TrimSpace(c))
		}
	}
	if len(out) < 2 || len(out) > 4 {
		return nil
	}
	return out
}

// standing is how many words of content a clause needs to stand by itself;
// with fewer it is searched for with the whole question as its context.
const standing = 4

const (
	// dealt is how many hits a question of several parts is answered from.
	dealt = 14
	// ranked is how many hits of a part are looked through for those in the
	// section that it asks about.
	ranked = 60
	// leading is how many hits of the whole question stand among its parts'.
	leading = 2
)

// searchClauses searches for each of a question's parts and for the question
// as a whole, and deals the hits out in turn: the best of each part, then the
// best of the whole, then the second of each part, and so on.
func (a *Answerer) searchClauses(req retrieval.Request, parts []string) retrieval.Result {
	whole := a.index.Search(req, searched)
	var lists [][]retrieval.Hit
	for _, p := range parts {
		lists = append(lists, a.searchClause(req, p))
	}
	lists = append(lists, whole.Hits[:min(leading, len(whole.Hits))])
	whole.Hits = deal(lists)
	return whole
}

// deal takes the hits of the lists in turn: the best of each, then the second
// of each, and so on. A sentence that two lists share serves both.
func deal(lists [][]retrieval.Hit) []retrieval.Hit {
	type sentence struct {
		article *retrieval.Article
		number  int
	}
	taken := map[sentence]bool{}
	var hits []retrieval.Hit
	for i := range dealt {
		for _, l := range lists {
			if i < len(l) && !taken[sentence{l[i].Article, l[i].Number}] {
				taken[sentence{l[i].Article, l[i].Number}] = true
				hits = append(hits, l[i])
			}
		}
	}
	return hits[:min(dealt, len(hits))]
}

// searchClause searches for one part of a question. A short one means what
// the whole is about; one that asks for pros or cons is answered by those
// sections first.
func (a *Answerer) searchClause(whole retrieval.Request, clause string) []retrieval.Hit {
	req := retrieval.Request{Text: clause}
	if len(retrieval.Stems(clause)) < standing {
		req.Context = whole.Text
	}
	hits := a.index.Search(req, ranked).Hits
	if within := a.sidesOfScale(clause); len(within) > 0 {
		in := func(h retrieval.Hit) bool { return within[h.Section] }
		first, rest := partition(hits, in)
		hits = append(first, rest...)
	}
	return hits[:min(dealt, len(hits))]
}

// sidesOfScale are the sections of pros or cons that a clause has a word for.
func (a *Answerer) sidesOfScale(clause string) map[*retrieval.Section]bool {
	found := map[*retrieval.Section]bool{}
	for _, p := range []*part{pros, cons} {
		if _, cued := p.without(retrieval.Stems(clause)); cued {
			for _, s := range a.sections(p) {
				found[s.Section] = true
			}
		}
	}
	return found
}

// partition returns the hits that are in, and the others, each in order.
func partition(hits []retrieval.Hit, in func(retrieval.Hit) bool) (yes, no []retrieval.Hit) {
	for _, h := range hits {
		if in(h) {
			yes = append(yes, h)
		} else {
			no = append(no, h)
		}
	}
	return yes, no
}

// sentences are the sentences of a message, each with the mark that ends it.
var sentences = regexp.MustCompile(`[^.!?\n]+[.!?]*`)

// surely is how surely a sentence of a message has to be answered to be
// taken for the question, where the message as a whole is not.
const surely = 0.7

// questionWithin finds the question in a message that says other things too,
// such as whom to obey: its first sentence that is surely answered. A message
// of one sentence has none within.
func (a *Answerer) questionWithin(text string) (string, bool) {
	all := sentences.FindAllString(text, 4)
	if len(all) < 2 {
		return "", false
	}
	for _, s := range all {
		s = strings.TrimSpace(s)
		if !strings.HasSuffix(s, "?") {
			continue
		}
		if found := a.index.Search(retrieval.Request{Text: s}, searched); len(found.Hits) > 0 && answerable(found) > surely {
			return s, true
		}
	}
	return "", false
}
