package render

import (
	"summitbot/bot"
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

// look shows answers from the article as the bot does, in English.
func look(t seedtest.TB) Look {
	t.Helper()
	return Look{Words: en, Articles: []*retrieval.Article{article(t)}}
}

// en is what the bot says in English.
var en = wording.For("en")
