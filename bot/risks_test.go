package bot

import (
	"slices"
	"strings"
	"testing"
)

// TestRisks: the risks by whom they threaten are a list.
func TestRisks(t *testing.T) {
	a := seed(t)
	for _, group := range append([]Threatened{Everybody}, Threatenable...) {
		t.Run(string(group), func(t *testing.T) {
			ans := answer(t, Question{Kind: Risks, For: group}, a)
			if ans.Verdict != Answered || !ans.List || ans.Refusal != nil {
				t.Errorf("got %s, list %v, refusal %v", ans.Verdict, ans.List, ans.Refusal)
			}
		})
	}
}

// TestRisksOnce: no risk is told twice, groups follow one another in one
// order, and in each the risks stand in the article's order.
func TestRisksOnce(t *testing.T) {
	ans := answer(t, Question{Kind: Risks}, seed(t))
	order := Threatenable
	told := map[string]bool{}
	group, last := -1, -1
	for _, c := range ans.Claims {
		g := slices.Index(order, c.Group())
		switch {
		case g < group || g < 0:
			t.Errorf("%q of group %q stands after group %q", c.Text(), c.Group(), order[group])
		case g > group:
			group, last = g, -1
		}
		first := c.Quotes()[0]
		if first.Start <= last {
			t.Errorf("%s stands after what follows it in the article", first.Sentence)
		}
		last = first.Start
		checkOnce(t, c, told)
	}
	if group != len(order)-1 {
		t.Errorf("the last group is %d", group)
	}
}

// checkOnce checks that a claim cites no sentence twice, and that its text
// tells no sentence that was told before.
func checkOnce(t *testing.T, c Claim, told map[string]bool) {
	t.Helper()
	cited := map[string]bool{}
	for _, q := range c.Quotes() {
		if cited[q.Sentence] {
			t.Errorf("%q cites %s twice", c.Text(), q.Sentence)
		}
		cited[q.Sentence] = true
		if strings.Contains(c.Text(), q.Text) {
			if told[q.Sentence] {
				t.Errorf("%s is told twice", q.Sentence)
			}
			told[q.Sentence] = true
		}
	}
}

// TestRisksNarrowed: a group alone holds the risks that are noted for it, those
// of the whole among them.
func TestRisksNarrowed(t *testing.T) {
	a := seed(t)
	all := answer(t, Question{Kind: Risks}, a)
	for _, g := range Threatenable {
		narrowed := answer(t, Question{Kind: Risks, For: g}, a)
		told := map[string]bool{}
		for _, c := range narrowed.Claims {
			if c.Group() != g {
				t.Errorf("%s alone has %q of %s", g, c.Text(), c.Group())
			}
			for _, q := range c.Quotes() {
				told[q.Sentence] = true
			}
		}
		for _, c := range all.Claims {
			last := c.Quotes()[len(c.Quotes())-1]
			if c.Group() == g && !told[last.Sentence] {
				t.Errorf("%s alone lacks %s", g, last.Sentence)
			}
		}
	}
}

// TestRisksOfOthers: of an article without notes, the items of its sections on
// risks are told.
func TestRisksOfOthers(t *testing.T) {
	a := parse(t, "x", `The Talks
The talks carry a risk that no section of risks names.
Potential Risks
- Loss of Face: It could look weak.
- Delay: Nothing may come of it.
`)
	ans := answer(t, Question{Kind: Risks}, a)
	if !ans.List || len(ans.Claims) != 2 || cited(ans.Claims[0]) != "s2" {
		t.Errorf("risks are %+v", ans.Claims)
	}
	if ans := answer(t, Question{Kind: Risks, For: Ukraine}, a); ans.Verdict != NotInArticle {
		t.Errorf("risks for somebody who is not noted: %+v", ans.Claims)
	}
}
