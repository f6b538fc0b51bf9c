// Package rendertest makes answers of the seed article's sentences, draws what the
// bot posts, and compares it with golden files.
package rendertest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/proof"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// Update is whether golden files are written.
var Update = flag.Bool("update", false, "write the golden files")

// Golden compares a text with the golden file of a name.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "looks", name+".txt")
	if *Update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got:\n%s\nwant:\n%s", file, got, want)
	}
}

// Drawn is what views show, for people to read.
func Drawn(views ...object.View) string {
	var s strings.Builder
	for i, v := range views {
		if i > 0 {
			s.WriteString("=== the next message ===\n")
		}
		draw(&s, "", v.Components)
	}
	return s.String()
}

func draw(s *strings.Builder, indent string, components []object.Component) {
	for _, c := range components {
		switch c.Type {
		case object.TypeText:
			s.WriteString(indent + strings.ReplaceAll(c.Content, "\n", "\n"+indent) + "\n")
		case object.TypeSeparator:
			s.WriteString(indent + "----\n")
		case object.TypeContainer:
			fmt.Fprintf(s, "%s+ #%06x\n", indent, c.Accent)
			draw(s, indent+"| ", c.Components)
		case object.TypeSection:
			draw(s, indent, append(c.Components, *c.Accessory))
		case object.TypeRow:
			draw(s, indent, c.Components)
		case object.TypeButton:
			mark := ""
			if c.Emoji != nil {
				mark = c.Emoji.Name + " "
			}
			if c.Disabled {
				mark = "(off) "
			}
			fmt.Fprintf(s, "%s[ %s%s ] %s\n", indent, mark, c.Label, c.CustomID)
		case object.TypeSelect:
			fmt.Fprintf(s, "%s[ %s v ] %s\n", indent, c.Placeholder, c.CustomID)
			for _, o := range c.Options {
				fmt.Fprintf(s, "%s    %s = %s\n", indent, o.Label, o.Value)
			}
		case object.TypeLabel:
			fmt.Fprintf(s, "%s%s:\n", indent, c.Label)
			draw(s, indent+"  ", []object.Component{*c.Component})
		case object.TypeInput:
			fmt.Fprintf(s, "%s[ %s ] %s\n", indent, c.Value, c.CustomID)
		default:
			fmt.Fprintf(s, "%stype %d\n", indent, c.Type)
		}
	}
}

// Within fails for a view that is not within Discord's limits.
func Within(t *testing.T, v object.View) {
	t.Helper()
	if n := markdown.Length(strings.ReplaceAll(object.TextOf(v.Components), "\n", "")); n > object.MaxText {
		t.Errorf("a message shows %d units", n)
	}
	if n := object.Count(v.Components); n == 0 || n > object.MaxComponents {
		t.Errorf("a message has %d components", n)
	}
	ids := map[string]bool{}
	var check func(components []object.Component)
	check = func(components []object.Component) {
		for _, c := range components {
			switch n := len([]rune(c.Content)); {
			case c.Type == object.TypeText && (strings.TrimSpace(c.Content) == "" || n > object.MaxText):
				t.Errorf("a text of %d characters", n)
			case c.Type == object.TypeButton && (c.Label == "" || len([]rune(c.Label)) > object.MaxLabel):
				t.Errorf("a button says %q", c.Label)
			case c.Type == object.TypeSelect && (len(c.Options) == 0 || len(c.Options) > object.MaxOptions):
				t.Errorf("a menu has %d options", len(c.Options))
			case c.Type == object.TypeRow && (len(c.Components) == 0 || len(c.Components) > 5):
				t.Errorf("a row of %d", len(c.Components))
			}
			if c.Type == object.TypeButton || c.Type == object.TypeSelect {
				if _, ok := customid.Parse(c.CustomID); !ok || ids[c.CustomID] {
					t.Errorf("a custom id %q is wrong or there twice", c.CustomID)
				}
				ids[c.CustomID] = true
			}
			values := map[string]bool{}
			for _, o := range c.Options {
				if o.Label == "" || o.Value == "" || len([]rune(o.Label)) > object.MaxOption || len([]rune(o.Value)) > object.MaxOption || values[o.Value] {
					t.Errorf("an option %+v", o)
				}
				values[o.Value] = true
			}
			check(c.Components)
			if c.Accessory != nil {
				check([]object.Component{*c.Accessory})
			}
		}
	}
	check(v.Components)
}

// Gate is the gate for the seed article and its notes.
func Gate(t seedtest.TB) *proof.Gate {
	t.Helper()
	return proof.NewGate(seedtest.Index(t).Articles(), seedtest.Index(t))
}

// Quoting is an answer that quotes whole sentences.
func Quoting(gate *proof.Gate, q bot.Question, sentences ...retrieval.Place) (bot.Answer, error) {
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

// Claims are what stands under ids in the seed article, quoted whole: titles,
// headings, sentences.
func Claims(t *testing.T, group bot.Threatened, ids ...string) (all []bot.Claim) {
	t.Helper()
	for _, id := range ids {
		c, err := Gate(t).Quote(group, bot.Evidence{Article: seedtest.Index(t).Articles()[0].Slug, Sentence: id})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		all = append(all, c)
	}
	return all
}
