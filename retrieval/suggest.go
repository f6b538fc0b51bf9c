package retrieval

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suggest returns the questions written ahead that are nearest to the given
// one, best first and at most limit of them, each answered by another
// sentence and none the question itself. Of each sentence's questions the
// first is taken, which is written to be shown. Sentences that skip tells to
// are left out; it may be nil.
func (ix *Index) Suggest(question string, limit int, skip func(Place) bool) []string {
	q := ix.analyse(Request{Text: question})
	r := ix.rankers.Get().(*ranker)
	defer ix.release(r, &q)
	best := map[uint32]float32{}
	for d, like := range ix.likenesses(&q, &ix.byQuestion, ix.questionScale, r.questions) {
		s := ix.answers[d]
		best[s] = max(best[s], like)
	}
	order := slices.SortedFunc(maps.Keys(best), func(x, y uint32) int {
		return cmp.Or(cmp.Compare(best[y], best[x]), cmp.Compare(x, y))
	})
	var out []string
	for _, s := range order {
		if skip != nil && skip(ix.place(int(s))) {
			continue
		}
		first := slices.Index(ix.answers, s)
		if text := ix.questions[first].Text; len(out) < limit && !strings.EqualFold(text, strings.TrimSpace(question)) {
			out = append(out, text)
		}
	}
	return out
}

// Complete returns questions written ahead that go on from what a person has
// typed so far, best first and at most limit of them, none longer than most
// characters and each answered by another sentence. First come those that hold
// every typed word, the last of which may be unfinished; then those nearest in
// their words. With nothing typed, they are spread over the articles.
func (ix *Index) Complete(typed string, limit, most int) []string {
	words := strings.FieldsFunc(strings.ToLower(typed), notOfWord)
	type found struct {
		question int
		at       int // of the first typed word in it, in words
	}
	byAnswer := map[uint32]found{}
	for i, q := range ix.questions {
		if utf8.RuneCountInString(q.Text) > most {
			continue
		}
		at := heldAt(strings.FieldsFunc(strings.ToLower(q.Text), notOfWord), words)
		if old, there := byAnswer[ix.answers[i]]; at >= 0 && (!there || at < old.at) {
			byAnswer[ix.answers[i]] = found{i, at}
		}
	}
	order := slices.SortedFunc(maps.Values(byAnswer), func(a, b found) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.question, b.question))
	})
	var out []string
	step := 1
	if len(words) == 0 {
		step = max(1, len(order)/max(1, limit))
	}
	for i := 0; i < len(order) && len(out) < limit; i += step {
		out = append(out, ix.questions[order[i].question].Text)
	}
	if len(words) == 0 || len(out) == limit {
		return out
	}
	for _, q := range ix.Suggest(typed, 2*limit, nil) {
		if len(out) < limit && utf8.RuneCountInString(q) <= most && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return out
}

func notOfWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// heldAt is where the first of the typed words stands in a question that
// holds them all in their order, the last one by its beginning; else -1.
func heldAt(question, typed []string) int {
	first, at := 0, 0
	for i, w := range typed {
		for at < len(question) && question[at] != w && !(i == len(typed)-1 && strings.HasPrefix(question[at], w)) {
			at++
		}
		if at == len(question) {
			return -1
		}
		if i == 0 {
			first = at
		}
		at++
	}
	return first
}
