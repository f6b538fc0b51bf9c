package proof

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// harbour is a small article with what notes are for.
const harbour = `The Talks
The Costs
On 3 March, Minister Ole Brandt met Ana Moreno in Kyiv. She may sign the treaty if 40% of the ports agree.
It cost three million crowns. Russia, the United States and NATO were silent.
`

// noted is what is noted of it.
type noted struct{}

func (noted) Note(at retrieval.Place) retrieval.Note {
	switch at.Sentence.ID {
	case "s2":
		return retrieval.Note{Voice: "attributed", Holder: "Moreno", Leans: true}
	case "s3":
		return retrieval.Note{Voice: "stated", Leans: true, Antecedent: "the treaty"}
	case "s4":
		return retrieval.Note{Voice: "call"}
	}
	return retrieval.Note{}
}

func (n noted) LeansOn(at retrieval.Place) (retrieval.Place, bool) {
	if at.Sentence.ID != "s2" {
		return retrieval.Place{}, false
	}
	return at.Article.At(at.Number - 1), true
}

func gate(t testing.TB) *Gate {
	t.Helper()
	a, err := retrieval.Parse("harbour", harbour)
	if err != nil {
		t.Fatal(err)
	}
	return NewGate([]*retrieval.Article{a}, noted{})
}

// of is a statement of sentences.
func of(text string, sentences ...string) Statement {
	s := Statement{Text: text}
	for _, id := range sentences {
		s.Evidence = append(s.Evidence, Evidence{"harbour", id})
	}
	return s
}

func TestQuote(t *testing.T) {
	t.Parallel()
	g := gate(t)
	c, err := g.Quote("costs", Evidence{"harbour", "s2"}, Evidence{"harbour", "s3"})
	if err != nil || c.How() != Quoted || c.Group() != "costs" || len(c.Quotes()) != 2 ||
		c.Text() != "She may sign the treaty if 40% of the ports agree. It cost three million crowns." {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, q := range c.Quotes() {
		if harbour[q.Start:q.End] != q.Text {
			t.Errorf("%+v is not at its offsets", q)
		}
	}
	if voice, holder := c.Told(); voice != retrieval.Attributed || holder != "Moreno" {
		t.Errorf("its voice is %s, of %q", voice, holder)
	}
	one, err := g.Quote("", Evidence{"harbour", "s3"})
	if err != nil || one.About() != "the treaty" {
		t.Errorf("it is about %q, %v", one.About(), err)
	}
	before, err := g.Quote("", Evidence{"harbour", "s2"})
	if err != nil || one.After(before).About() != "the treaty" { // another paragraph
		t.Errorf("after another paragraph it is about %q, %v", one.After(before).About(), err)
	}
	for _, bad := range [][]Evidence{nil, {{"harbour", "s9"}}, {{"elsewhere", "s1"}}} {
		if _, err := g.Quote("", bad...); !errors.Is(err, ErrUnproven) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// What is exact, code decides: want is the flaw, "quoted" or "judge".
func TestExamine(t *testing.T) {
	t.Parallel()
	g := gate(t)
	for _, c := range []struct {
		name, question string
		statement      Statement
		want           string
	}{
		{"the sentence", "", of("It cost three million crowns.", "s3"), "quoted"},
		{"but for case, punctuation and spaces", "", of("it  cost THREE million crowns", "s3"), "quoted"},
		{"two of them, in any order", "", of("She may sign the treaty if 40% of the ports agree. It cost three million crowns.", "s3", "s2"), "quoted"},
		{"a word less", "", of("It cost million crowns.", "s3"), "judge"},
		{"nine tenths of it", "", of("She may sign the treaty if 40% of the ports.", "s2"), "judge"},
		{"other words", "", of("The price was three million crowns.", "s3"), "judge"},
		{"the opposite is the judge's", "", of("It did not cost three million crowns.", "s3"), "judge"},
		{"no sentence", "", of("It cost three million crowns."), "no_evidence"},
		{"nine sentences", "", of("It cost three million crowns.", slices.Repeat([]string{"s1"}, 9)...), "no_evidence"},
		{"a sentence that there is not", "", of("It cost three million crowns.", "s7"), "no_evidence"},
		{"no yes", "", of("No-fly zones and Non-NATO ports.", "s4"), "judge"},
		{"a yes before the sentence", "Was it dear?", of("Yes, it cost three million crowns.", "s3"), "quoted"},
		{"a no in another language", "¿fue caro?", of("No: costó mucho dinero en las coronas de la época.", "s3"), "judge"},
		{"a yes alone", "Was it dear?", of("Yes.", "s3"), "no_text"},
		{"nothing", "", of(" \n", "s3"), "no_text"},
		{"blanks", "", of("\u2800\u3164", "s3"), "unsafe"},
		{"a blank among letters", "", of("It cost \u2800 crowns.", "s3"), "unsafe"},
		{"another number", "", of("It cost four million crowns.", "s3"), "number"},
		{"the number in digits", "", of("It cost 3 million crowns.", "s3"), "judge"},
		{"the number in another language", "was hat es gekostet?", of("Es hat drei Millionen Kronen gekostet.", "s3"), "judge"},
		{"another percentage", "", of("She may sign if 41% agree.", "s2"), "number"},
		{"a number for a percentage", "", of("She may sign if 40 agree.", "s2"), "number"},
		{"the percentage in words", "", of("She may sign if 40 per cent agree.", "s2"), "judge"},
		{"the percentage in other words", "¿cuándo?", of("Puede firmar si el 40 por ciento de los puertos acepta.", "s2"), "judge"},
		{"a teen", "сколько?", of("Это стоило пятнадцать миллионов крон.", "s3"), "number"},
		{"a number with an apostrophe", "скільки?", of("Це коштувало п'ять мільйонів крон.", "s3"), "number"},
		{"trillions for millions", "", of("It cost three trillion crowns.", "s3"), "number"},
		{"digits of another script", "", of("It cost 𝟛 million crowns.", "s3"), "judge"},
		{"others of it", "", of("It cost 𝟚 million crowns.", "s3"), "number"},
		{"decades are no month", "", of("She may sign in 40% of the decades, and separatist ports too.", "s2"), "judge"},
		{"a month without a day", "", of("They met in Kyiv in April.", "s1"), "number"},
		{"another month", "", of("They met on 3 April.", "s1"), "number"},
		{"the month in another language", "wann war es?", of("Das Treffen war am 3. März.", "s1"), "judge"},
		{"a month that is no date", "", of("She may march on.", "s2"), "judge"},
		{"a name of the evidence", "", of("Brandt went to Kyiv.", "s1"), "judge"},
		{"in another script", "хто був у Києві?", of("Брандт був у Києві.", "s1"), "judge"},
		{"another of its names", "", of("Washington and Moscow were silent.", "s4"), "judge"},
		{"abbreviated", "", of("The U.S. was silent.", "s4"), "judge"},
		{"a name that it does not hold", "", of("China was silent.", "s4"), "name"},
		{"the same in another script", "кто молчал?", of("Китай молчал.", "s4"), "name"},
		{"what it leans on", "", of("The minister met her in Kyiv, and she may sign.", "s2"), "judge"},
		{"in capitals", "", of("The US was silent.", "s4"), "judge"},
		{"a common word is no name", "", of("They polish it in turkey red.", "s3"), "judge"},
		{"the name that it looks like", "", of("The Polish were silent.", "s3"), "name"},
		{"states is no name", "", of("The text states that it cost much.", "s3"), "judge"},
		{"us is no name", "", of("They told us that it cost much.", "s3"), "judge"},
		{"a name that the file does not know", "", of("Lindqvist met Moreno.", "s1"), "judge"},
		{"two scripts in a word", "", of("Mоreno met Brandt.", "s1"), "unsafe"},
		{"a link", "", of("It cost three, see https://x.example", "s3"), "unsafe"},
		{"a mention", "", of("@everyone, it cost much.", "s3"), "unsafe"},
		{"mark-up", "", of("It **cost** much.", "s3"), "unsafe"},
		{"a direction override", "", of("It cost \u202emuch.", "s3"), "unsafe"},
		{"three times as long", "", of(strings.Repeat("It cost very much. ", 9), "s3"), "long"},
		{"the question's language", "¿cuánto costó?", of("Costó mucho dinero en las coronas de la época.", "s3"), "judge"},
		{"a question of few small words", "Könnte Brandt an bestehenden Kosten rütteln?", of("Er könnte auf eine Prüfung drängen, und das wäre teuer.", "s3"), "judge"},
		{"another's than the question's", "¿cuánto costó?", of("Le traité a coûté cher, et il est pour les ports.", "s3"), "language"},
		{"neither's", "what did it cost?", of("Costó mucho dinero en las coronas de la época.", "s3"), "language"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := g.Examine(c.statement, c.question)
			got := "judge"
			if u, ok := errors.AsType[*Unproven](err); ok {
				got = string(u.Flaw)
			} else if q, ok := x.Quotation(); ok {
				got = "quoted"
				if q.How() != Quoted || strings.ContainsAny(q.Text(), "THREE") && strings.Contains(q.Text(), "THREE") {
					t.Errorf("the quotation is %q", q.Text())
				}
			}
			if got != c.want {
				t.Errorf("it is %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// A judge sees whole sentences, each with what it leans on, under its heading.
func TestShown(t *testing.T) {
	t.Parallel()
	g := gate(t)
	x, err := g.Examine(of("It was dear, and she may sign.", "s3", "s2", "s2"), "What of it?")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"The Costs\nOn 3 March, Minister Ole Brandt met Ana Moreno in Kyiv. She may sign the treaty if 40% of the ports agree.",
		"The Costs\n(the treaty) It cost three million crowns.",
	}
	if !slices.Equal(x.Evidence(), want) || x.Check().Kind != OfStatement || x.Check().Statement != "It was dear, and she may sign." || x.Check().Question != "What of it?" {
		t.Errorf("it is shown %q", x.Evidence())
	}
}

// Nobody but a judge lets a statement in other words pass.
func TestUpheld(t *testing.T) {
	t.Parallel()
	g := gate(t)
	s := of("The price was three million crowns.", "s3")
	x, err := g.Examine(s, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := x.Upheld(Judgements{}); ok {
		t.Error("it is upheld by nobody")
	}
	for result, want := range map[string]bool{"supported": true, "contradicted": false, "not_said": false, "SUPPORTED": true, "yes": false, "": false} {
		judged, err := NewJudge(InJSON, 1).Judge(t.Context(), replying(`{"results":[{"id":1,"result":"`+result+`"}]}`), x.Check())
		if err != nil {
			t.Fatal(err)
		}
		c, ok := x.Upheld(judged)
		if ok != want || ok && (c.How() != Judged || c.Text() != s.Text || len(c.Quotes()) != 1) {
			t.Errorf("%q: upheld %v as %+v", result, ok, c)
		}
	}
	if _, err := g.Restore(s, Quoted, ""); err == nil {
		t.Error("words that nobody judged are restored")
	}
	if c, err := g.Restore(s, Judged, ""); err != nil || c.Text() != s.Text {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := g.Restore(of("The price was four million crowns.", "s3"), Judged, ""); err == nil {
		t.Error("a number that does not stand there is restored")
	}
}

// The article's own sentences may all be said.
func TestSeedArticle(t *testing.T) {
	t.Parallel()
	ix := seedtest.Index(t)
	g := NewGate(ix.Articles(), ix)
	a := ix.Articles()[0]
	for n := range a.Len() {
		at := a.At(n)
		x, err := g.Examine(Statement{Text: at.Text(), Evidence: []Evidence{{a.Slug, at.Sentence.ID}}}, "why?")
		if err != nil {
			t.Errorf("%s: %v", at.Sentence.ID, err)
		} else if _, ok := x.Quotation(); !ok {
			t.Errorf("%s is no quotation of itself", at.Sentence.ID)
		}
	}
}

// Whatever is written, it is refused or examined, and what is shown of a
// quotation is the article's.
func FuzzExamine(f *testing.F) {
	g := gate(f)
	f.Add("It cost three million crowns.", "s3", "why?")
	f.Add("Es kostete 3.000.000 Kronen \xff\u202e", "s2", "warum?")
	f.Fuzz(func(t *testing.T, text, sentence, question string) {
		x, err := g.Examine(of(text, sentence), question)
		if err != nil {
			if !errors.Is(err, ErrUnproven) {
				t.Fatal(err)
			}
			return
		}
		if q, ok := x.Quotation(); ok && !strings.Contains(strings.Join(strings.Fields(harbour), " "), q.Text()) {
			t.Errorf("%q is quoted", q.Text())
		}
	})
}

// What code takes for an answer of three statements.
func BenchmarkExamine(b *testing.B) {
	g := NewGate(seedtest.Index(b).Articles(), seedtest.Index(b))
	statements := []Statement{
		{Text: "The place was chosen with care: it lies where the influence of Russia and the United States meets.", Evidence: []Evidence{{"alaska-summit", "s45"}, {"alaska-summit", "s46"}}},
		{Text: "Putin may seek another form of NATO.", Evidence: []Evidence{{"alaska-summit", "s52"}}},
		{Text: "Якщо саміт не дасть результатів, Росія може опинитися в більшій ізоляції.", Evidence: []Evidence{{"alaska-summit", "s104"}}},
	}
	for b.Loop() {
		for _, s := range statements {
			if _, err := g.Examine(s, "Чому Аляска?"); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Nothing is taken from a claim that is restored, and its statement proves it again.
func TestRestore(t *testing.T) {
	t.Parallel()
	g := gate(t)
	s := of("No. Non-NATO ports were silent.", "s4")
	if _, err := g.Restore(s, Quoted, ""); !errors.Is(err, ErrUnproven) {
		t.Errorf("what nobody judged is restored: %v", err)
	}
	x, err := g.Examine(s, "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := g.Restore(Statement{Text: x.Check().Statement, Evidence: s.Evidence}, Judged, ""); err != nil || again.Text() != "Non-NATO ports were silent." || again.How() != Judged {
		t.Errorf("it is %q, %s, %v", again.Text(), again.How(), err)
	}
	if _, ok := g.Recited(of("No, it cost three million crowns.", "s3")); ok {
		t.Error("a no before a sentence is the sentence")
	}
}

// A statement is told by whom all its sentences are, and by nobody where they differ.
func TestTold(t *testing.T) {
	t.Parallel()
	g := gate(t)
	for _, c := range []struct {
		how    How
		ids    []string
		voice  retrieval.Voice
		holder string
	}{
		{Quoted, []string{"s2", "s3"}, retrieval.Attributed, "Moreno"},
		{Judged, []string{"s2"}, retrieval.Attributed, "Moreno"},
		{Judged, []string{"s2", "s3"}, retrieval.Attributed, ""},
		{Judged, []string{"s3"}, retrieval.Stated, ""},
		{Judged, []string{"s3", "s4"}, retrieval.Stated, ""},
	} {
		claim := Claim{how: c.how}
		for _, id := range c.ids {
			q, err := g.quote(Evidence{"harbour", id})
			if err != nil {
				t.Fatal(err)
			}
			claim.quotes = append(claim.quotes, q)
		}
		if voice, holder := claim.Told(); voice != c.voice || holder != c.holder {
			t.Errorf("%s %v is told as %s of %q", c.how, c.ids, voice, holder)
		}
	}
}
