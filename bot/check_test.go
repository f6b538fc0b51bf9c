package bot

import (
	"testing"

	"summitbot/bot/llm/llmtest"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		reply    llmtest.Reply
		claim    string
		finding  Finding
		fallback Fallback
		claims   int
	}{
		"supported":      {reply("answered", choice), "Alaska was chosen on purpose.", Supported, NoFallback, 1},
		"contradicted":   {reply("false_premise", choice), "Alaska was picked at random.", Contradicted, NoFallback, 1},
		"mixed":          {reply("partly", choice), "Alaska was chosen on purpose, in 1867.", Mixed, NoFallback, 1},
		"partly proven":  {reply("answered", choice, sold), "Alaska was chosen on purpose.", Mixed, NoFallback, 1},
		"not said":       {reply("not_in_article"), "Alaska is cold.", NotSaid, NoFallback, 0},
		"not proven":     {reply("answered", sold), "Alaska was sold.", Unjudged, NothingLeft, 0},
		"no reply":       {llmtest.Reply{Status: 401}, "Alaska was sold.", Unjudged, NoModelReply, 0},
		"nothing at all": {llmtest.Reply{Status: 401}, "🍕", NotSaid, NoFallback, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := modelled(t, llmtest.New(t, c.reply), nil).Check(t.Context(), c.claim)
			if err != nil {
				t.Fatal(err)
			}
			if got.Finding != c.finding || got.Fallback != c.fallback || len(got.Claims) != c.claims {
				t.Errorf("%s %q with %d claims, want %s %q with %d", got.Finding, got.Fallback, len(got.Claims), c.finding, c.fallback, c.claims)
			}
			if c.claims == 0 && name != "nothing at all" && len(got.Near) == 0 {
				t.Error("nothing near is shown")
			}
		})
	}
	t.Run("word for word", func(t *testing.T) {
		a := seedAnswerer(t)
		for claim, want := range map[string]Finding{
			"the choice of Alaska as the summit location is far from arbitrary":  Supported,
			"The choice of Alaska as the summit location is arbitrary.":          Unjudged,
			"The choice of Alaska as the summit location is far from arbitrary?": Unjudged,
			"The invasion of Ukraine began in 2014.":                             Unjudged,
		} {
			got, err := a.Check(t.Context(), claim)
			if err != nil || got.Finding != want || len(got.Claims) > 0 != (want == Supported) {
				t.Errorf("%q: %s with %d claims, %v", claim, got.Finding, len(got.Claims), err)
			}
		}
	})
	t.Run("without a model", func(t *testing.T) {
		got, err := seedAnswerer(t).Check(t.Context(), "Alaska was picked at random.")
		if err != nil || got.Finding != Unjudged || len(got.Near) != nearest {
			t.Errorf("%s with %d passages, %v", got.Finding, len(got.Near), err)
		}
	})
}
