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

// searchClauses searches for a question as a whole and for each of its
// clauses, and deals the hits out in turn: the best of the whole, then of
// each clause, and so on.
func (a *Answerer) searchClauses(req retrieval.Request, parts []string) retrieval.Result {
	whole := a.index.Search(req, searched)
	lists := [][]retrieval.Hit{whole.Hits}
	for _, p := range parts {
		part := retrieval.Request{Text: p}
		if len(retrieval.Stems(p)) < standing {
			part.Context = req.Text
		}
		lists = append(lists, a.index.Search(part, searched).Hits)
	}
	seen := map[string]bool{}
	var dealt []retrieval.Hit
	for i := range searched {
		for _, l := range lists {
			if i < len(l) {
				if id := l[i].Article.Slug + l[i].Sentence.ID; !seen[id] {
					seen[id] = true
					dealt = append(dealt, l[i])
				}
			}
		}
	}
	whole.Hits = dealt[:min(searched, len(dealt))]
	return whole
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
