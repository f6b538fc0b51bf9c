package bot

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"summitbot/retrieval"
)

// harbor is an article with what is hard to quote: s1 to s5 are paragraphs,
// s6 and s7 one bullet, s8 the next.
const harbor = `The Harbor Talks
President Ada Moreno met Minister Ole Brandt in Bergen on 12 March 2021. She said: “We can’t wait for de-escalation.” Nearly 10,000 ships waited — 3.5 percent of the fleet — and two ports closed.
Critics called the talks a fake—Moreno denied it. The harbor café reopened; see https://harbor.example for hours.
The Costs
- Lost Trade: It cost three million crowns (€0.3 million). Everyone paid.
- Lost Trust: Brandt left.
`

// parse reads an article that a test is about.
func parse(t testing.TB, slug, text string) *retrieval.Article {
	t.Helper()
	a, err := retrieval.Parse(slug, text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// seed is the seed article.
func seed(t testing.TB) *retrieval.Article {
	t.Helper()
	text, err := os.ReadFile("../seeds/alaska-summit.txt")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, "alaska-summit", string(text))
}

// cite is evidence from the harbor article: a sentence, and perhaps a quote.
func cite(sentence string, quote ...string) Evidence {
	return Evidence{Article: "harbor", Sentence: sentence, Quote: strings.Join(quote, "")}
}

func TestProveQuotes(t *testing.T) {
	gate := NewGate(parse(t, "harbor", harbor))
	for _, tt := range []struct {
		name, sentence, quote string
		want                  string // the article's bytes; empty for a refusal
	}{
		{"whole sentence", "s7", "", "Everyone paid."},
		{"part", "s1", "met Minister Ole Brandt", "met Minister Ole Brandt"},
		{"white space around", "s7", " Everyone\n paid. ", "Everyone paid."},
		{"straight quotation marks", "s2", `She said: "We can't wait`, "She said: “We can’t wait"},
		{"other quotation marks", "s2", "„We can‘t wait", "“We can’t wait"},
		{"hyphens for dashes", "s3", "waited - 3.5 percent", "waited — 3.5 percent"},
		{"dash for a hyphen", "s2", "can’t wait for de–escalation", "can’t wait for de-escalation"},
		{"beside a dash without spaces", "s4", "Moreno denied it", "Moreno denied it"},
		{"up to a dash without spaces", "s4", "called the talks a fake", "called the talks a fake"},
		{"no-break space", "s3", "and two\u00a0ports", "and two ports"},
		{"runs on into the next", "s2", "wait for de-escalation.” Nearly 10,000 ships", "wait for de-escalation.” Nearly 10,000 ships"},
		{"runs on, in a bullet", "s6", "million). Everyone", "million). Everyone"},

		{"invented", "s1", "met King Olav", ""},
		{"too short", "s3", "two ports", ""},
		{"stitched", "s1", "President Ada Moreno met Bergen", ""},
		{"stitched with an ellipsis", "s1", "President Ada Moreno … in Bergen", ""},
		{"changed number", "s3", "10,500 ships", ""},
		{"changed name", "s1", "Minister Ole Hansen", ""},
		{"changed case", "s7", "everyone paid", ""},
		{"a letter left out", "s5", "The harbor cafe", ""},
		{"on the wrong sentence", "s1", "Nearly 10,000 ships", ""},
		{"on the sentence before", "s2", "Nearly 10,000 ships", ""},
		{"begins in the sentence before", "s3", "de-escalation.” Nearly", ""},
		{"runs on beyond the next", "s1", "2021. She said: “We can’t wait for de-escalation.” Nearly", ""},
		{"runs on into the next bullet", "s7", "Everyone paid. - Lost Trust", ""},
		{"runs on into the next paragraph", "s3", "two ports closed. Critics", ""},
		{"runs on into a heading", "s5", "for hours. The Costs", ""},
		{"inside a word", "s1", "resident Ada", ""},
		{"ends inside a word", "s1", "President Ad", ""},
		{"half of a compound", "s2", "wait for de", ""},
		{"other half of a compound", "s2", "escalation", ""},
		{"can of can’t", "s2", "We can", ""},
		{"part of a number", "s3", "000 ships", ""},
		{"up to a number’s comma", "s3", "Nearly 10", ""},
		{"after a number’s point", "s3", "5 percent", ""},
		{"half a letter", "s5", "caf\xc3", ""},
		{"half a sign", "s6", "crowns (\xe2", ""},
		{"other half of a letter", "s5", "\xa9 reopened", ""},
		{"blank", "s7", " \n", ""},
		{"zero-width", "s7", "Everyone\u200b paid", ""},
		{"no such sentence", "s9", "Everyone paid", ""},
		{"no sentence", "", "Everyone paid", ""},
		{"not an id", "s07", "Everyone paid", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := gate.Prove(Statement{Text: cmp.Or(tt.want, "It is so."), Evidence: []Evidence{cite(tt.sentence, tt.quote)}})
			if tt.want == "" {
				if !errors.Is(err, ErrUnproven) {
					t.Fatalf("got %+v, %v; want a refusal", c, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			q := c.Quotes()[0]
			if q.Text != tt.want || harbor[q.Start:q.End] != tt.want || q.Sentence != tt.sentence {
				t.Errorf("got %q at %d-%d of %s, want %q", q.Text, q.Start, q.End, q.Sentence, tt.want)
			}
		})
	}
}

func TestProveText(t *testing.T) {
	gate := NewGate(parse(t, "harbor", harbor))
	for _, tt := range []struct {
		name, text string
		cited      []Evidence
		refused    string // what the error says; empty for a claim
	}{
		{"the sentence itself", "Everyone paid.", []Evidence{cite("s7")}, ""},
		{"other words", "According to the article, ships had to wait.", []Evidence{cite("s3")}, ""},
		{"number and name of the evidence", "Moreno met Brandt in 2021.", []Evidence{cite("s1", "met Minister Ole Brandt")}, ""},
		{"of two pieces of evidence", "Moreno met Brandt, who left.", []Evidence{cite("s1"), cite("s8")}, ""},
		{"of a sentence that is run on into", "Moreno said she could not wait, while 10,000 ships waited.", []Evidence{cite("s1"), cite("s2", "de-escalation.” Nearly")}, ""},
		{"common word with a capital", "Ports closed. Critics: talks were fake.", []Evidence{cite("s3"), cite("s4")}, ""},
		{"an opener", "However, Brandt left.", []Evidence{cite("s8")}, ""},
		{"a number in digits", "It cost 3 million crowns in trade.", []Evidence{cite("s6")}, ""},
		{"both for two", "Both ports were shut.", []Evidence{cite("s3")}, ""},
		{"white space", "Everyone\r\n\tpaid.", []Evidence{cite("s7")}, ""},
		{"the article's own link", "The harbor café reopened; see https://harbor.example for hours.", []Evidence{cite("s5")}, ""},

		{"empty", "", []Evidence{cite("s7")}, "empty"},
		{"blank", " \n\u00a0", []Evidence{cite("s7")}, "empty"},
		{"marks alone", "“…”", []Evidence{cite("s7")}, "empty"},
		{"no evidence", "Everyone paid.", nil, "no evidence"},
		{"other article", "Everyone paid.", []Evidence{{Article: "port", Sentence: "s7"}}, `no article "port"`},
		{"one bad piece of evidence", "Everyone paid.", []Evidence{cite("s7"), cite("s8", "Moreno left")}, "s8 does not say"},
		{"changed number", "It took place in 2022.", []Evidence{cite("s1")}, "number 2022"},
		{"shortened number", "Nearly 10 ships waited.", []Evidence{cite("s3")}, "number 10"},
		{"number cut off", "Nearly 10", []Evidence{cite("s3")}, "number 10"},
		{"number without its point", "It was 35 percent.", []Evidence{cite("s3")}, "number 35"},
		{"number of another sentence", "Brandt left in 2021.", []Evidence{cite("s8")}, "number 2021"},
		{"changed number in words", "It cost four million crowns.", []Evidence{cite("s6")}, "number four"},
		{"changed magnitude", "It cost three billion crowns.", []Evidence{cite("s6")}, "number billion"},
		{"fraction", "It cost ½ of it.", []Evidence{cite("s6")}, "number ½"},
		{"changed name", "The president met Ole Hansen.", []Evidence{cite("s1")}, "name Hansen"},
		{"changed name at the beginning", "Hansen met Brandt.", []Evidence{cite("s1")}, "name Hansen"},
		{"changed name after a full stop", "They met. Hansen left.", []Evidence{cite("s1")}, "name Hansen"},
		{"changed name after a colon", "As the article says: Hansen left.", []Evidence{cite("s1")}, "name Hansen"},
		{"name of another sentence", "Moreno left.", []Evidence{cite("s8")}, "name Moreno"},
		{"mention of a member", "Brandt left, <@123>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"mention of a role", "Brandt left, <@&123>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"mention of a channel", "Brandt left, see <#123>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"mention of a command", "Brandt left, see </ask:123>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"mention of everyone", "@everyone paid.", []Evidence{cite("s7")}, "link, mention or markup"},
		{"mention of those here", "brandt left @HERE.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"emoji", "He left <a:wave:123>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"timestamp", "He left <t:1618953630:R>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"the server's guide", "He left, see <id:guide>.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"link", "He left, see http://evil.example.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"link behind words", "He [left](evil.example).", []Evidence{cite("s8")}, "link, mention or markup"},
		{"invite", "He left for discord.gg/abc.", []Evidence{cite("s8")}, "link, mention or markup"},
		{"the article's link elsewhere", "Everyone paid at https://harbor.example.", []Evidence{cite("s7"), cite("s5")}, "link, mention or markup"},
		{"zero-width space", "Everyone\u200b paid.", []Evidence{cite("s7")}, "U+200B"},
		{"right-to-left override", "Everyone \u202epaid.", []Evidence{cite("s7")}, "U+202E"},
		{"NUL", "Everyone\x00 paid.", []Evidence{cite("s7")}, "U+0000"},
		{"escape", "Everyone \x1b[31mpaid.", []Evidence{cite("s7")}, "U+001B"},
		{"not UTF-8", "Everyone \xff paid.", []Evidence{cite("s7")}, "U+FFFD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := gate.Prove(Statement{Text: tt.text, Evidence: tt.cited})
			if tt.refused == "" {
				if err != nil {
					t.Fatal(err)
				}
				if want := strings.Join(strings.Fields(tt.text), " "); c.Text() != want || len(c.Quotes()) != len(tt.cited) {
					t.Errorf("got %q with %d quotes, want %q with %d", c.Text(), len(c.Quotes()), want, len(tt.cited))
				}
				return
			}
			if !errors.Is(err, ErrUnproven) || !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("got %+v, %v; want a refusal with %q", c, err, tt.refused)
			}
		})
	}
}

// TestProveOwnWords: every sentence of an article proves itself, and no
// other article's.
func TestProveOwnWords(t *testing.T) {
	a := seed(t)
	gate := NewGate(a, parse(t, "harbor", harbor))
	for n := range a.Len() {
		at := a.At(n)
		c, err := gate.Prove(Statement{Text: at.Text(), Evidence: []Evidence{whole(at)}})
		if err != nil {
			t.Errorf("%s: %v", at.Sentence.ID, err)
			continue
		}
		q := c.Quotes()[0]
		if c.Text() != at.Text() || q.Text != at.Text() || c.Voice() != at.Sentence.Voice || q.Section != at.Heading() {
			t.Errorf("%s: got %+v", at.Sentence.ID, c)
		}
		if _, err := gate.Prove(Statement{Text: at.Text(), Evidence: []Evidence{cite("s7", at.Text())}}); err == nil {
			t.Errorf("%s is taken for a sentence of another article", at.Sentence.ID)
		}
	}
}

// TestProveWrapped: an article whose lines are wrapped, with any line ends,
// is quoted byte for byte and shown on one line.
func TestProveWrapped(t *testing.T) {
	const text = "The Talks\r\n\r\nThe ministers met in a small town that\r\nfew people knew. They left.\r\n"
	a := parse(t, "wrapped", text)
	c, err := NewGate(a).Prove(Statement{Text: a.At(0).Text(), Evidence: []Evidence{
		{Article: "wrapped", Sentence: "s1"}, {Article: "wrapped", Sentence: "s1", Quote: "small town that few people"}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "The ministers met in a small town that few people knew."; c.Text() != want {
		t.Errorf("text is %q, want %q", c.Text(), want)
	}
	for i, want := range []string{"The ministers met in a small town that\r\nfew people knew.", "small town that\r\nfew people"} {
		if q := c.Quotes()[i]; q.Text != want || text[q.Start:q.End] != want {
			t.Errorf("quote %d is %q, want %q", i+1, q.Text, want)
		}
	}
}

func TestQuotePlace(t *testing.T) {
	gate := NewGate(parse(t, "harbor", harbor))
	c, err := gate.Prove(Statement{Text: "Everyone paid.", Evidence: []Evidence{cite("s6"), cite("s6", "three million crowns"), cite("s7"), cite("s1")}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range c.Quotes() {
		got = append(got, strings.Join([]string{q.Article, q.Passage, Words("en").Where(q), q.Lead}, " / "))
	}
	want := []string{
		"harbor / p3 / The Costs, point 1 of 2 / Lost Trade",
		"harbor / p3 / The Costs, point 1 of 2 / ",
		"harbor / p3 / The Costs, point 1 of 2 / ",
		"harbor / p1 / Introduction, paragraph 1 of 2 / ",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestClaimJSON(t *testing.T) {
	gate := NewGate(parse(t, "harbor", harbor))
	c, err := gate.Prove(Statement{Text: "Brandt left.", Evidence: []Evidence{cite("s8", "Lost Trust: Brandt left")}, Group: West})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(harbor, "Lost Trust: Brandt left")
	want, err := json.Marshal(map[string]any{"text": "Brandt left.", "voice": "stated", "group": "west",
		"quotes": []map[string]any{{"sentence": "s8", "start": at, "end": at + len("Lost Trust: Brandt left"), "text": "Lost Trust: Brandt left"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !sameJSON(t, got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// sameJSON says whether two JSON texts hold the same values.
func sameJSON(t *testing.T, x, y []byte) bool {
	t.Helper()
	var values [2]any
	for i, text := range [][]byte{x, y} {
		if err := json.Unmarshal(text, &values[i]); err != nil {
			t.Fatal(err)
		}
	}
	one, err := json.Marshal(values[0])
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(values[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(one) == string(other)
}

// FuzzProve: whatever is proven is a text without links of its own or
// invisible characters, with quotations that stand in the article where they
// say, begin in the sentence that they cite and end no later than the next.
func FuzzProve(f *testing.F) {
	articles := []*retrieval.Article{seed(f), parse(f, "harbor", harbor)}
	gate := NewGate(articles...)
	for _, s := range [][3]string{
		{"Everyone paid.", "s7", "Everyone paid."},
		{"Moreno met Brandt.", "s1", "met Minister Ole Brandt"},
		{"Ships waited.", "s2", "de-escalation.\" Nearly 10,000"},
		{"@everyone <@1>", "s8", "Brandt\u00a0left"},
		{"caf\xc3", "s5", "\xa9"},
		{"x", "s3", "- 3.5 percent of the fleet -"},
		{"Putin views it so.", "s93", "views the summit with Donald Trump as a critical opportunity"},
		{"Russia's aims", "s9", "Putin's aims are multifaceted"},
		{"Putin has long advocated for it.", "s33", "Putin has long advocated"},
		{"", "", ""},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, text, sentence, quote string) {
		for _, a := range articles {
			c, err := gate.Prove(Statement{Text: text, Evidence: []Evidence{{Article: a.Slug, Sentence: sentence, Quote: quote}}})
			if err != nil {
				if !errors.Is(err, ErrUnproven) {
					t.Fatalf("%v is no refusal", err)
				}
				continue
			}
			checkQuotes(t, c, a)
			checkClaimText(t, c, a)
			if q := c.Quotes()[0]; quote != "" && fold(q.Text).text != strings.TrimSpace(fold(quote).text) {
				t.Fatalf("%q was quoted as %q", quote, q.Text)
			}
		}
	})
}

// checkQuotes checks that a claim's quotations stand where they say.
func checkQuotes(t *testing.T, c Claim, articles ...*retrieval.Article) {
	t.Helper()
	if len(c.Quotes()) == 0 {
		t.Fatalf("%q has no quotation", c.Text())
	}
	for _, q := range c.Quotes() {
		for _, a := range articles {
			if a.Slug == q.Article {
				checkQuote(t, q, a)
			}
		}
	}
}

// checkQuote checks that a quotation stands in its article where it says.
func checkQuote(t *testing.T, q Quote, a *retrieval.Article) {
	t.Helper()
	at, ok := a.Find(q.Sentence)
	if !ok {
		t.Fatalf("there is no sentence %s", q.Sentence)
	}
	end := at.Sentence.End
	if at.Number+1 < a.Len() {
		end = a.At(at.Number + 1).Sentence.End
	}
	if q.Start < at.Sentence.Start || q.Start >= at.Sentence.End || q.End <= q.Start || q.End > min(end, at.Passage.End) {
		t.Fatalf("%s %v: the quotation is at %d-%d", q.Sentence, at.Sentence.Span, q.Start, q.End)
	}
	if q.Text != a.Text[q.Start:q.End] || strings.TrimSpace(q.Text) == "" || !utf8.ValidString(q.Text) {
		t.Fatalf("%s: the quotation is %q, the article has %q", q.Sentence, q.Text, a.Text[q.Start:q.End])
	}
	var like []string // the ids of the section's passages of the same kind
	for _, p := range at.Section.Passages {
		if p.Kind == at.Passage.Kind {
			like = append(like, p.ID)
		}
	}
	if q.Passage != at.Passage.ID || q.Section != at.Heading() || q.Of != len(like) || q.Number < 1 || q.Number > q.Of || like[q.Number-1] != q.Passage {
		t.Fatalf("%s: its place is %+v", q.Sentence, q)
	}
}

// checkClaimText checks what no claim's text may hold.
func checkClaimText(t *testing.T, c Claim, a *retrieval.Article) {
	t.Helper()
	if !utf8.ValidString(c.Text()) || strings.ContainsAny(c.Text(), "\x00\x1b\n\r\u200b\u200d\u202e\u2066\ufeff") {
		t.Fatalf("the text is %q", c.Text())
	}
	if strings.Contains(c.Text(), "@everyone") && !strings.Contains(a.Text, "@everyone") {
		t.Fatalf("the text mentions everyone: %q", c.Text())
	}
}
