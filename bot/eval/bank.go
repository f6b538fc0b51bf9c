package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"summitbot/bot"
	"summitbot/retrieval"
	"summitbot/retrieval/folds"
)

// Bank is an evaluation on the bank's own lines, by folds: each line is asked
// of an answerer that was learned without its author. Cases are some of the
// lines of each kind; they are the same every time.
type Bank struct {
	Cases []Case
	fold  map[string]int // of a case, by its id
	by    []*bot.Answerer
}

// most is how many lines of each kind are asked.
var most = map[string]int{
	"fact": 100, "paraphrase": 200, typo: 60, list: 80, multihop: 60, followup: 80,
	"unanswerable_near": 120, falsePremise: 120, "offtopic": 80, "injection": 40, meta: 60, "lang": 150,
}

// Kinds of cases that are made of others.
const (
	typo     = "typo"
	followup = "followup"
)

// NewBank makes an evaluation of the seeds. Answerers has one for each fold.
func NewBank(s *folds.Seeds, answerers []*bot.Answerer) *Bank {
	b := &Bank{fold: map[string]int{}, by: answerers}
	m := maker{Bank: b, seeds: s, random: rand.New(rand.NewPCG(3, 4)), all: map[string][]Case{}}
	lines := s.Lines()
	for i, line := range lines {
		m.line(line, folds.Of(line, i))
	}
	m.several(lines)
	for i, f := range s.Bank.FollowUps {
		m.followUp(f, i%folds.Count)
	}
	kinds := []string{"fact", "paraphrase", typo, list, multihop, followup, "unanswerable_near", falsePremise, "offtopic", "injection", meta, "lang"}
	for _, kind := range kinds {
		all := m.all[kind]
		m.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, c := range all[:min(most[kind], len(all))] {
			fold := b.fold[c.ID]
			c.ID = fmt.Sprintf("%s-%d", kind, len(b.Cases)+1)
			b.fold[c.ID] = fold
			b.Cases = append(b.Cases, c)
		}
	}
	return b
}

// Answer asks the answerer of the question's fold.
func (b *Bank) Answer(ctx context.Context, q bot.Question) (bot.Answer, error) {
	return b.by[b.fold[q.ID]].Answer(ctx, q)
}

// A maker makes cases of lines.
type maker struct {
	*Bank
	seeds  *folds.Seeds
	random *rand.Rand
	all    map[string][]Case // by kind
}

// add adds a case of a kind.
func (m *maker) add(kind string, fold int, c Case) {
	c.Kind = kind
	c.ID = fmt.Sprintf("%s/%d", kind, len(m.all[kind]))
	m.fold[c.ID] = fold
	m.all[kind] = append(m.all[kind], c)
}

// line makes a case of a line.
func (m *maker) line(line retrieval.Line, fold int) {
	c := Case{Question: line.Text, Without: line.Author}
	switch {
	case line.Partly, line.Kind == retrieval.Several:
	case line.Kind == retrieval.Answerable:
		c.Answerable, c.GoldAny = true, m.pieces(line.Target)
		switch {
		case line.Lang != "en":
			m.add("lang", fold, c)
		case line.Author == "questions.en7" || line.Author == "questions.en8":
			m.add("fact", fold, c)
		default:
			m.add("paraphrase", fold, c)
			c.Question = mistyped(line.Text, m.random)
			m.add(typo, fold, c)
		}
	case line.Kind == retrieval.Open:
		m.add("unanswerable_near", fold, c)
	case line.Kind == retrieval.FalsePremise:
		c.Answerable, c.GoldAny = true, m.pieces(line.Target)
		m.add(falsePremise, fold, c)
	case line.Kind == retrieval.OffTopic, line.Kind == retrieval.Chat:
		m.add("offtopic", fold, c)
	case line.Kind == retrieval.Injection:
		m.add("injection", fold, c)
	case slices.Contains([]retrieval.Kind{retrieval.Takeaways, retrieval.Objectives, retrieval.Pros, retrieval.Cons}, line.Kind):
		c.Answerable, c.GoldAny = true, [][]string{m.items(string(line.Kind), line.Count)}
		m.add(list, fold, c)
	case slices.Contains([]retrieval.Kind{retrieval.TitleAsked, retrieval.SourceAsked, retrieval.Help, retrieval.Thanks, retrieval.Language}, line.Kind):
		if line.Kind == retrieval.TitleAsked {
			c.Answerable, c.Gold = true, []string{m.seeds.Article.Slice(m.seeds.Article.Title)}
		}
		m.add(meta, fold, c)
	}
}

// pieces are the sentences of which each answers what the given one does.
func (m *maker) pieces(id string) [][]string {
	var out [][]string
	for _, n := range m.seeds.Right(id) {
		out = append(out, []string{m.seeds.Article.At(n).Text()})
	}
	return out
}

// items are the first sentences of a list's items, as the notes have them, or
// the first count of them.
func (m *maker) items(name string, count int) []string {
	var out []string
	label := ""
	for i, note := range m.seeds.Bank.Notes {
		if note.List != name || note.Label != "" && note.Label == label {
			continue
		}
		label = note.Label
		if count == 0 || len(out) < count {
			out = append(out, m.seeds.Article.At(i).Text())
		}
	}
	return out
}

// several makes cases of the messages with several questions.
func (m *maker) several(lines []retrieval.Line) {
	parts := map[string][]string{}
	for i, line := range lines {
		if line.Partly {
			parts[line.Text] = append(parts[line.Text], line.Target)
			continue
		}
		targets := parts[line.Text]
		if line.Kind != retrieval.Several || len(targets) == 0 {
			continue
		}
		sets := [][]string{nil}
		for _, target := range targets {
			var longer [][]string
			for _, set := range sets {
				for _, piece := range m.pieces(target) {
					longer = append(longer, append(slices.Clone(set), piece...))
				}
			}
			sets = longer
		}
		m.add(multihop, folds.Of(line, i), Case{Question: line.Text, Answerable: true, GoldAny: sets, Without: line.Author})
	}
}

// followUp makes a case of a follow-up that a sentence answers, or none.
func (m *maker) followUp(f retrieval.FollowUp, fold int) {
	c := Case{Question: f.Text, History: f.History, Without: f.Author}
	if f.Sentence != "" {
		c.Answerable, c.GoldAny = true, m.pieces(f.Sentence)
	}
	m.add(followup, fold, c)
}

// mistyped is a text with two typing errors in its longer words: letters
// swapped, left out or doubled.
func mistyped(text string, random *rand.Rand) string {
	words := strings.Fields(text)
	for range 2 {
		i := random.IntN(len(words))
		w := []rune(words[i])
		if len(w) < 4 {
			continue
		}
		at := 1 + random.IntN(len(w)-2)
		switch random.IntN(3) {
		case 0:
			w[at], w[at+1] = w[at+1], w[at]
		case 1:
			w = slices.Delete(w, at, at+1)
		default:
			w = slices.Insert(w, at, w[at])
		}
		words[i] = string(w)
	}
	return strings.Join(words, " ")
}
