package bot

import (
	"slices"
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
)

func TestRecite(t *testing.T) {
	a := seedAnswerer(t)
	ans, err := a.Recite(Question{}, "alaska-summit", []string{"s45", "s12"})
	if err != nil || len(ans.Claims) != 2 || !strings.Contains(ans.Claims[0].Text(), "far from arbitrary") || ans.Badge != ProvenBySeveral || ans.Mode != Quotes {
		t.Errorf("%+v, %v", ans, err)
	}
	for _, bad := range []struct{ article, sentence string }{{"alaska-summit", "s999"}, {"alaska-summit", "x"}, {"other", "s1"}} {
		if ans, err := a.Recite(Question{}, bad.article, []string{bad.sentence}); err == nil {
			t.Errorf("%v is %+v", bad, ans)
		}
	}
}

func TestRetell(t *testing.T) {
	offline := seedAnswerer(t)
	ans, err := offline.Recite(Question{}, "alaska-summit", []string{"s45"})
	if err != nil {
		t.Fatal(err)
	}
	if got := offline.Retell(t.Context(), ans, Brief); got.Claims[0].Text() != ans.Claims[0].Text() {
		t.Errorf("without a model it is told as %q", got.Claims[0].Text())
	}
	for name, c := range map[string]struct {
		reply    llmtest.Reply
		style    Style
		text     string
		fallback Fallback
	}{
		"shorter":     {reply("answered", drafted{"Alaska was far from arbitrary.", choice.Sentence}), Brief, "Alaska was far from arbitrary.", NoFallback},
		"a lie":       {reply("answered", drafted{"It is a lie that Alaska was arbitrary.", choice.Sentence}), Plain, ans.Claims[0].Text(), NothingLeft},
		"no reply":    {llmtest.Reply{Status: 401}, Plain, ans.Claims[0].Text(), NoModelReply},
		"quotes only": {llmtest.Reply{Status: 401}, AsWritten, ans.Claims[0].Text(), NoFallback},
	} {
		got := modelled(t, serving(t, c.reply), nil).Retell(t.Context(), ans, c.style)
		if len(got.Claims) != 1 || got.Claims[0].Text() != c.text || got.Fallback != c.fallback {
			t.Errorf("%s: %q, %q", name, got.Claims[0].Text(), got.Fallback)
		}
	}
}

// A list with labels can be told by them, in the article's own words, without a
// model too; nothing else can be told otherwise then.
func TestLabels(t *testing.T) {
	offline := seedAnswerer(t)
	list, err := offline.Recite(Question{}, "alaska-summit", []string{"s82", "s84"})
	if err != nil {
		t.Fatal(err)
	}
	got := offline.Retell(t.Context(), list, Brief)
	if len(got.Claims) != 2 || got.Claims[0].Text() != "Easing of Sanctions" || got.Claims[1].Text() != "Gaining Strategic Leverage" ||
		got.Mode != Quotes || !strings.HasPrefix(got.Claims[0].Quotes()[0].Text, "Easing of Sanctions: While") {
		t.Errorf("it is %+v", got.Claims)
	}
	prose, err := offline.Recite(Question{}, "alaska-summit", []string{"s45"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ans   Answer
		style Style
		want  bool
	}{{list, Brief, true}, {list, Plain, false}, {prose, Brief, false}, {prose, AsWritten, true}} {
		if offline.Retells(c.ans, c.style) != c.want {
			t.Errorf("%q in style %q: want %v", c.ans.Claims[0].Text(), c.style, c.want)
		}
	}
}

func TestComplete(t *testing.T) {
	a := seedAnswerer(t)
	for _, typed := range []string{"", "w", "why ala", "what does putin want", "zzz"} {
		got := a.Complete(typed, "en", 25, 100)
		if len(got) > 25 || typed != "zzz" && len(got) < 5 {
			t.Errorf("%q: %d questions", typed, len(got))
		}
		for i, q := range got {
			if len([]rune(q)) > 100 || slices.Contains(got[:i], q) {
				t.Errorf("%q: %q is too long or there twice", typed, q)
			}
		}
	}
	for typed, want := range map[string]string{"why is the summit being": "Alaska", "neutral gr": "neutral"} {
		if got := a.Complete(typed, "en", 3, 100); len(got) == 0 || !strings.Contains(got[0], want) {
			t.Errorf("%q: %q", typed, got)
		}
	}
}
