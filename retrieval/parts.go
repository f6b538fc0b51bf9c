package retrieval

import (
	"cmp"
	"slices"
	"strings"
)

const (
	// fewestWords is how many words a part of a message has at least, mostParts
	// how many parts a message is taken apart into.
	fewestWords = 2
	mostParts   = 4
	// triedCuts is how many places to cut a message at are tried by meaning.
	triedCuts = 3
)

// takeApart makes the understanding that of a message with several questions,
// if the message is one: each of its parts has to be as clear by itself as the whole, or
// nearly, and they have to ask for different things.
func (u *Understanding) takeApart(ix *Index, w KindWeights, l *look, req Request, limit int) {
	if ix.severalSignal(l) < w.Split {
		return
	}
	texts := ix.cut(l.text, req.Without, mostParts)
	if len(texts) < 2 {
		return
	}
	var parts []Understanding
	for _, t := range texts {
		part := ix.understandAlone(Request{Text: t, Without: req.Without}, limit)
		if slices.ContainsFunc(parts, func(p Understanding) bool { return p.same(part) }) {
			continue
		}
		parts = append(parts, part)
	}
	if len(parts) < 2 {
		return
	}
	u.Kind, u.Parts, u.Corrects, u.Gap = Several, parts, nil, nil
	u.Hits = dealt(parts, u.Hits, limit)
}

// same says whether two parts ask for the same.
func (u Understanding) same(v Understanding) bool {
	return u.Kind == v.Kind && (u.Kind != Answerable || len(u.Hits) > 0 && len(v.Hits) > 0 && u.Hits[0].Place == v.Hits[0].Place)
}

// severalSignal is how much nearer a message is to messages with several
// questions than to any single one.
func (ix *Index) severalSignal(l *look) float64 {
	m := ix.meaning.Load()
	several := float64(nothing)
	for i, own := range m.own {
		if c, ok := own.kinds[Several]; ok {
			several = add(several, float64(ix.affinity(l.own[i])[c]))
		}
	}
	return several - ix.nearest(l)
}

// A cutting is a place to cut a message at, and how clear both sides are.
type cutting struct {
	left, right string
	clear       float64
}

// cut cuts a message where both sides are the clearest questions, into most
// parts at the most. Where to cut is first told by letters, for all places
// between words, and then by meaning, for the best of them.
func (ix *Index) cut(text, without string, most int) []string {
	words := strings.Fields(text)
	if most < 2 || len(words) < 2*fewestWords {
		return []string{text}
	}
	var cuttings []cutting
	for i := fewestWords; i <= len(words)-fewestWords; i++ {
		c := cutting{left: strings.Join(words[:i], " "), right: strings.Join(words[i:], " ")}
		x, y := ix.compare(c.left, nil, without), ix.compare(c.right, nil, without)
		c.clear = ix.nearestBy(x, affinities.byLetters) + ix.nearestBy(y, affinities.byLetters)
		if strings.ContainsAny(words[i-1][len(words[i-1])-1:], ".?!,;:") {
			c.clear += 1 // it is cut there already
		}
		cuttings = append(cuttings, c)
	}
	slices.SortStableFunc(cuttings, func(x, y cutting) int { return cmp.Compare(y.clear, x.clear) })
	whole := ix.nearest(ix.lookAt(text, without))
	best := cutting{clear: whole}
	for _, c := range cuttings[:min(triedCuts, len(cuttings))] {
		c.clear = min(ix.nearest(ix.lookAt(c.left, without)), ix.nearest(ix.lookAt(c.right, without)))
		if c.clear >= best.clear {
			best = c
		}
	}
	if best.left == "" {
		return []string{text}
	}
	out := ix.cut(best.left, without, most-1)
	return append(out, ix.cut(best.right, without, most-len(out))...)
}

// dealt are the hits of parts in turn, and then those of the whole, each once.
func dealt(parts []Understanding, whole []Hit, limit int) []Hit {
	var out []Hit
	take := func(h Hit) {
		if len(out) < limit && !slices.ContainsFunc(out, func(o Hit) bool { return o.Place == h.Place }) {
			out = append(out, h)
		}
	}
	for i := range limit {
		for _, p := range parts {
			if i < len(p.Hits) {
				take(p.Hits[i])
			}
		}
	}
	for _, h := range whole {
		take(h)
	}
	return out
}
