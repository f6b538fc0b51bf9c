package render

import (
	"testing"

	"summitbot/bot"
	"summitbot/bot/proof"
	"summitbot/bot/wording"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// article is the seed article.
func article(t seedtest.TB) *retrieval.Article {
	t.Helper()
	return seedtest.Index(t).Articles()[0]
}

// answerer is the real one, without a model.
func answerer(t seedtest.TB) *bot.Answerer {
	t.Helper()
	return bot.NewAnswerer(seedtest.Index(t), bot.Options{})
}

// answersFrom is the real answerer over some articles, of which it knows their
// words alone.
func answersFrom(t seedtest.TB, articles ...*retrieval.Article) *bot.Answerer {
	t.Helper()
	return bot.NewAnswerer(seedtest.ByWords(t, articles...), bot.Options{})
}

// quoting is an answer that quotes whole sentences.
func quoting(gate *proof.Gate, q bot.Question, sentences ...retrieval.Place) (bot.Answer, error) {
	a := bot.Answer{Question: q, Verdict: bot.Answered, Mode: bot.Quotes}
	for _, at := range sentences {
		c, err := gate.Quote("", bot.Evidence{Article: at.Article.Slug, Sentence: at.Sentence.ID})
		if err != nil {
			return a, err
		}
		a.Claims = append(a.Claims, c)
	}
	a.Badge = bot.ProvenByOne
	for _, c := range a.Claims {
		if c.Quotes()[0].Passage != a.Claims[0].Quotes()[0].Passage {
			a.Badge = bot.ProvenBySeveral
		}
	}
	return a, nil
}

// seedGate is the gate for the seed article and its notes.
func seedGate(t seedtest.TB) *proof.Gate {
	t.Helper()
	return proof.NewGate(seedtest.Index(t).Articles(), seedtest.Index(t))
}

// look shows answers from the article as the bot does, in English.
func look(t seedtest.TB) Look {
	t.Helper()
	return Look{Words: en, Articles: []*retrieval.Article{article(t)}}
}

// en is what the bot says in English.
var en = wording.For("en")

// claims are what stands under ids in the seed article, quoted whole: titles,
// headings, sentences.
func claims(t *testing.T, group bot.Threatened, ids ...string) (all []bot.Claim) {
	t.Helper()
	for _, id := range ids {
		c, err := seedGate(t).Quote(group, bot.Evidence{Article: article(t).Slug, Sentence: id})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		all = append(all, c)
	}
	return all
}
