package bot

import (
	"slices"
	"strings"
	"testing"
)

// TestRisks: the risks by whom they threaten, as they read.
func TestRisks(t *testing.T) {
	a := seed(t)
	for name, group := range map[string]Threatened{"risks": Everybody, "risks-russia": Russia, "risks-west": West, "risks-world": World} {
		t.Run(name, func(t *testing.T) {
			ans := answer(t, Question{Kind: Risks, For: group}, a)
			if ans.Verdict != Answered || !ans.List || ans.Refusal != nil {
				t.Errorf("got %s, list %v, refusal %v", ans.Verdict, ans.List, ans.Refusal)
			}
			golden(t, name+".txt", ans.PlainText())
		})
	}
}

// TestRisksOnce: no risk is told twice, groups follow one another in one
// order, and in each the risks stand in the article's order.
func TestRisksOnce(t *testing.T) {
	ans := answer(t, Question{Kind: Risks}, seed(t))
	order := []Threatened{Russia, West, World}
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

// TestRisksNarrowed: a group alone holds the same risks as within the whole;
// one that leans on a risk of another group brings that one's words along.
func TestRisksNarrowed(t *testing.T) {
	a := seed(t)
	all := answer(t, Question{Kind: Risks}, a)
	for _, g := range []Threatened{Russia, West, World} {
		var want []string
		for _, c := range all.Claims {
			if c.Group() == g {
				want = append(want, c.Text())
			}
		}
		narrowed := answer(t, Question{Kind: Risks, For: g}, a)
		if len(narrowed.Claims) != len(want) {
			t.Errorf("%s alone has %d risks, within the whole %d", g, len(narrowed.Claims), len(want))
			continue
		}
		for i, c := range narrowed.Claims {
			if c.Group() != g || !strings.HasSuffix(c.Text(), want[i]) {
				t.Errorf("%s alone has %q, within the whole %q", g, c.Text(), want[i])
			}
		}
	}
}

// TestRisksByCue: which sentences of another article's outlook are risks,
// and whom they threaten.
func TestRisksByCue(t *testing.T) {
	a := parse(t, "x", `The Talks
The talks carry a risk that no section of risks names.
Potential Cons
- Loss of Face: It could look weak.
Outlook
There is a danger to NATO. A fragmented global order may follow. Isolation looms. The weather is fine. A loss of face is likely.
`)
	ans := answer(t, Question{Kind: Risks}, a)
	var got []string
	for _, c := range ans.Claims {
		got = append(got, string(c.Group())+": "+cited(c))
	}
	if want := []string{"russia: s2 s7", "russia: s5", "west: s3", "world: s4"}; !slices.Equal(got, want) {
		t.Errorf("risks are %q, want %q", got, want)
	}
}
