package bot

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"summitbot/bot/proof"
	"summitbot/prompts"
	"summitbot/retrieval"
)

// readDraft reads a reply in pieces of n bytes.
func readDraft(t testing.TB, shown prompts.Passages, reply string, n int) (*draft, []Statement) {
	t.Helper()
	d := newDraft(shown)
	var all []Statement
	for len(reply) > 0 {
		m := min(n, len(reply))
		s, err := d.write(reply[:m])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s...)
		reply = reply[m:]
	}
	return d, all
}

func shownSeed(t testing.TB) prompts.Passages {
	return prompts.Pack([]*retrieval.Article{seed(t)}, nil, 100_000)
}

func TestDraft(t *testing.T) {
	shown := shownSeed(t)
	const (
		one = `{"text": "It \"is\" so: } ] {", "sentences": ["s57", "[S58]"]}`
		two = `{"sentences": ["s999", "s1"], "text": "Zw\u00f6lf \ud83c\udf55"}`
	)
	want := []Statement{
		{Text: `It "is" so: } ] {`, Evidence: []Evidence{{Article: "alaska-summit", Sentence: "s57"}, {Article: "alaska-summit", Sentence: "s58"}}},
		{Text: "Zwölf 🍕", Evidence: []Evidence{{Article: "", Sentence: "s999"}, {Article: "alaska-summit", Sentence: "s1"}}},
	}
	for _, c := range []struct {
		name, reply string
		statements  []Statement
		verdict     Verdict // empty for a reply that is none
		missing     string
	}{
		{"whole", `{"verdict":"partly","statements":[` + one + "," + two + `],"missing":"the price"}`, want, Partly, "the price"},
		{"verdict last", `{"statements":[` + one + `, ` + two + "]\n,\"missing\":\"\",\"verdict\":\"false_premise\"}", want, PremiseCorrected, ""},
		{"words around", "Here it is: {\"verdict\":\"answered\",\"statements\":[" + one + "],\"missing\":\"\"}\nI hope {this} helps", want[:1], Answered, ""},
		{"in a fence", "```json\n{\"verdict\":\"answered\",\"statements\":[" + one + "],\"missing\":\"\"}\n```", want[:1], Answered, ""},
		{"other keys", `{"thoughts":["statements",{"text":"no"}],"statements":[` + one + `],"more":[{"text":"x"}],"verdict":"answered"}`, want[:1], Answered, ""},
		{"two lists", `{"statements":[` + one + `],"statements":[` + two + `],"verdict":"answered"}`, want[:1], Answered, ""},
		{"no statement", `{"verdict":"not_in_article","statements":[],"missing":"x"}`, nil, NotInArticle, "x"},
		{"unknown verdict", `{"verdict":"sure","statements":[]}`, nil, Partly, ""},
		{"cut off", `{"verdict":"answered","statements":[` + one + "," + two[:40], want[:1], "", ""},
		{"statements that are none", `{"verdict":"answered","statements":["x",5,[` + one + `],{"text":5}]}`, nil, Answered, ""},
		{"no JSON", "I cannot answer that.", nil, "", ""},
		{"empty", "", nil, "", ""},
	} {
		for _, n := range []int{1, 3, 1 << 20} {
			d, got := readDraft(t, shown, c.reply, n)
			if !reflect.DeepEqual(got, c.statements) {
				t.Errorf("%s, %d bytes at once: %+v, want %+v", c.name, n, got, c.statements)
			}
			if (d.close() == nil) != (c.verdict != "") || d.Verdict != c.verdict || d.Missing != c.missing {
				t.Errorf("%s: %q %q %v, want %q %q", c.name, d.Verdict, d.Missing, d.close(), c.verdict, c.missing)
			}
		}
	}
}

func TestDraftBounds(t *testing.T) {
	shown := shownSeed(t)
	statement := `{"text":"x","sentences":[` + strings.Repeat(`"s1",`, 50) + `"s2"]},`
	d, all := readDraft(t, shown, `{"statements":[`+strings.Repeat(statement, 50), 1000)
	if len(all) != mostStatements || len(all[0].Evidence) != proof.MostEvidence {
		t.Errorf("%d statements with %d pieces of evidence", len(all), len(all[0].Evidence))
	}
	if _, err := d.write(strings.Repeat("x", longestDraft)); err == nil {
		t.Error("a reply without end is read")
	}
}

// FuzzDraft: a reply in pieces is read as the whole is, and one that is valid
// JSON has the statements that encoding/json finds.
func FuzzDraft(f *testing.F) {
	f.Add(`{"verdict":"answered","statements":[{"text":"a\"}","sentences":["s1"]}],"missing":""}`, 3)
	f.Add(`x {"statements":[{"text":"\ud83c`, 1)
	f.Add(`{"statements":[[{"text":"x"}],{"text":{"y":[]}}]]}}`, 2)
	shown := shownSeed(f)
	f.Fuzz(func(t *testing.T, reply string, n int) {
		if len(reply) > longestDraft {
			return
		}
		whole, all := readDraft(t, shown, reply, len(reply)+1)
		parts, some := readDraft(t, shown, reply, 1+(n&0xff))
		if !reflect.DeepEqual(all, some) || whole.Verdict != parts.Verdict || whole.Missing != parts.Missing {
			t.Fatalf("in pieces it is %+v, as a whole %+v", some, all)
		}
		var read struct {
			Statements []struct {
				Text      string
				Sentences []string
			}
		}
		plain := strings.Count(strings.ToLower(reply), "tatement") == 1 && !strings.Contains(reply, `\u`)
		if strings.HasPrefix(reply, `{"statements":[`) && plain && json.Unmarshal([]byte(reply), &read) == nil {
			if len(all) != min(len(read.Statements), mostStatements) && !strings.Contains(reply, "null") {
				t.Fatalf("%d statements were read, there are %d", len(all), len(read.Statements))
			}
		}
	})
}
