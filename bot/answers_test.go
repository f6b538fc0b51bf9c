package bot_test

import (
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/wording"
	"summitbot/seeds/seedtest"
)

// What members write, and what becomes of it: the verdict, and words that the
// first claim, the refusal or the reply holds.
func TestAnswers(t *testing.T) {
	a := bot.NewAnswerer(seedtest.Index(t), bot.Options{})
	for _, c := range []struct {
		history  []string
		question string
		verdict  bot.Verdict
		holds    string
	}{
		{nil, "why Alaska?", bot.Answered, "geographically"},
		{nil, "why \u0301 Alaska", bot.Answered, "geographically"},
		{[]string{"what about sanctions?"}, "why Alaska?", bot.Answered, "geographically"},
		{nil, "How many soldiers have died?", bot.NotInArticle, "losses"},
		{nil, "What's a good pizza recipe?", bot.OutOfScope, "not what the article is about"},
		{nil, "what happened at the summit?", bot.NotInArticle, "does not say"},
		{nil, "why did russia start the full scale invasion in 2019?", bot.PremiseCorrected, "early 2022"},
		{nil, "", bot.OutOfScope, "Ask me something"},
		{nil, "\u2800\u3164", bot.OutOfScope, "Ask me something"},
		{[]string{"why Alaska?"}, "thanks!", bot.OutOfScope, "You are welcome"},
		{nil, "when is the summit?", bot.Answered, "next Friday"},
		{nil, "where exactly is the summit taking place?", bot.Answered, "Alaska"},
		{nil, "who will be there", bot.Answered, "President Vladimir Putin"},
		{[]string{"where does the summit take place?"}, "why there?", bot.Answered, ""},
		{nil, "what can you do?", bot.OutOfScope, "I answer questions"},
		{nil, "what languages do you speak", bot.OutOfScope, "any language"},
		{nil, "who wrote this article?", bot.NotInArticle, "neither its author nor its date"},
		{nil, "what is the title?", bot.Answered, "The Alaskan Gamble"},
		{nil, "summarize the article", bot.Answered, "views the summit"},
		{nil, "top 2 takeaways", bot.Answered, "views the summit"},
		{nil, "list the downsides for Putin", bot.Answered, "Perception of Weakness"},
		{nil, "what are the sections of the article", bot.Answered, "Context & Background"},
		{[]string{"why Alaska?"}, "can you explain that more simply?", bot.Answered, "geographically"},
		{nil, "When is the summit? And what are the takeaways?", bot.Answered, "next Friday"},
		{nil, "Wann treffen sich Trump und Putin?", bot.Answered, "next Friday"},
		{nil, "В каком городе на Аляске пройдёт встреча?", bot.NotInArticle, "в каком городе"},
	} {
		ans, err := a.Answer(t.Context(), bot.Question{Kind: bot.Ask, Text: c.question, History: c.history})
		if err != nil {
			t.Fatal(err)
		}
		said := wording.ForText(c.question).Lead(ans)
		if len(ans.Claims) > 0 {
			said += ans.Claims[0].Text()
		}
		if ans.Verdict != c.verdict || !strings.Contains(said, c.holds) {
			t.Errorf("%.40q after %q is %s: %s %q, want %s with %q", c.question, c.history, ans.Kind, ans.Verdict, said, c.verdict, c.holds)
		}
		if (len(ans.Claims) == 0) != (ans.Refusal != nil || ans.Reply != bot.NoReply) {
			t.Errorf("%.40q: %d claims, the refusal %v and the reply %q", c.question, len(ans.Claims), ans.Refusal, ans.Reply)
		}
	}
}
