package proof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"summitbot/retrieval"
)

// Notes are what a reader noted of sentences; [retrieval.Index] has them.
type Notes interface {
	// Note is what was noted of a sentence, empty where there is nothing.
	Note(at retrieval.Place) retrieval.Note
	// LeansOn is the sentence before, without which the given one cannot be
	// understood.
	LeansOn(at retrieval.Place) (retrieval.Place, bool)
}

// A Gate makes claims about articles. It is safe for concurrent use.
type Gate struct {
	articles map[string]*retrieval.Article
	notes    Notes
}

// NewGate returns a gate for articles, with what was noted of their sentences.
func NewGate(articles []*retrieval.Article, notes Notes) *Gate {
	g := &Gate{map[string]*retrieval.Article{}, notes}
	for _, a := range articles {
		g.articles[a.Slug] = a
	}
	return g
}

// Find returns the place that a piece of evidence names; headings have none.
func (g *Gate) Find(e Evidence) (retrieval.Place, bool) {
	a, ok := g.articles[e.Article]
	if !ok {
		return retrieval.Place{}, false
	}
	return a.Find(e.Sentence)
}

// Quote makes a claim of whole sentences, in their order. A sentence that there
// is not, or that holds what no message may, such as invisible characters, is an
// error.
func (g *Gate) Quote(group string, evidence ...Evidence) (Claim, error) {
	c := Claim{group: group, how: Quoted}
	var texts []string
	for _, e := range evidence {
		q, err := g.quote(e)
		if err != nil {
			return Claim{}, err
		}
		if err := checkCharacters(q.Text); err != nil {
			return Claim{}, err
		}
		c.quotes = append(c.quotes, q)
		texts = append(texts, strings.Fields(q.Text)...)
	}
	if len(c.quotes) == 0 {
		return Claim{}, flaw(NoEvidence, "no sentence is named")
	}
	c.text = strings.Join(texts, " ")
	if at, ok := g.Find(evidence[0]); ok {
		if note := g.notes.Note(at); note.Leans {
			c.about = note.Antecedent
		}
	}
	return c, nil
}

// After is the claim as it is told after another one, which may tell what it
// leans on.
func (c Claim) After(before Claim) Claim {
	last, first := before.quotes[len(before.quotes)-1], c.quotes[0]
	if before.how == Quoted && last.Article == first.Article && last.Passage == first.Passage && last.End < first.Start && first.Start-last.End <= 2 {
		c.about = ""
	}
	return c
}

// quote is a sentence or heading as a quotation.
func (g *Gate) quote(e Evidence) (q Quote, err error) {
	a, ok := g.articles[e.Article]
	if !ok {
		return q, flaw(NoEvidence, "there is no article %q", e.Article)
	}
	if at, ok := a.Find(e.Sentence); ok {
		return g.At(at, at.Sentence.Span), nil
	}
	for _, h := range a.Heads() {
		if h.ID == e.Sentence {
			return Quote{Sentence: h.ID, Start: h.Start, End: h.End, Text: a.Slice(h.Span), Article: a.Slug, Voice: retrieval.Stated}, nil
		}
	}
	return q, flaw(NoEvidence, "there is no sentence %q", e.Sentence)
}

// At is the quotation of the article's bytes at span, which begins in the
// sentence at the given place.
func (g *Gate) At(at retrieval.Place, span retrieval.Span) Quote {
	q := quoteAt(at, span)
	note := g.notes.Note(at)
	q.Voice, q.Holder = retrieval.VoiceOf(note), note.Holder
	own := note.HolderWords
	if q.Voice == retrieval.Forecast {
		own = note.Modal
	}
	q.SaysSo = own != "" && strings.Contains(q.Text, own)
	return q
}

// Passages are the passages of an article, in order, each quoted whole.
func Passages(a *retrieval.Article) []Quote {
	var all []Quote
	for i := range a.Len() {
		if at := a.At(i); at.Sentence == &at.Passage.Sentences[0] {
			all = append(all, quoteAt(at, at.Passage.Span))
		}
	}
	return all
}

// quoteAt is At for a sentence of which nothing was noted.
func quoteAt(at retrieval.Place, span retrieval.Span) Quote {
	q := Quote{
		Sentence: at.Sentence.ID, Start: span.Start, End: span.End, Text: at.Article.Slice(span),
		Article: at.Article.Slug, Section: at.Heading(), Passage: at.Passage.ID,
		Number: sameKind(at, at.Paragraph), Of: sameKind(at, len(at.Section.Passages)),
		Voice: retrieval.Stated, IsBullet: at.Passage.Kind == retrieval.Bullet,
	}
	if l := at.Passage.Lead; l.Len() > 0 && l.Start == span.Start && l.End < span.End {
		q.Lead = at.Article.Slice(l)
	}
	return q
}

// sameKind is how many of the first n passages of the place's section are of
// its own passage's kind: paragraphs or bullets.
func sameKind(at retrieval.Place, n int) int {
	count := 0
	for i := range at.Section.Passages[:n] {
		if at.Section.Passages[i].Kind == at.Passage.Kind {
			count++
		}
	}
	return count
}

// Shown is a sentence as a judge is shown it: whole, after the one that it leans
// on or the words that a reader noted for that, and under its heading.
func (g *Gate) Shown(at retrieval.Place) string {
	piece := strings.Join(strings.Fields(at.Text()), " ")
	if before, leans := g.notes.LeansOn(at); leans {
		piece = strings.Join(strings.Fields(before.Text()), " ") + " " + piece
	} else if note := g.notes.Note(at); note.Leans && note.Antecedent != "" {
		piece = "(" + note.Antecedent + ") " + piece
	}
	if h := at.Heading(); h != "" {
		piece = strings.Join(strings.Fields(h), " ") + "\n" + piece
	}
	return piece
}

// MostEvidence is how many sentences a statement may rest on.
const MostEvidence = 8

// Examine holds a statement, which answers a question, to what is exact. A yes or
// no that it begins with is left out, unless the article says it: that is a reply,
// which is judged by itself. What comes of it may be said as a quotation, or has to
// be judged; an error wraps ErrUnproven and says what is wrong.
func (g *Gate) Examine(s Statement, question string) (Examined, error) {
	if _, ok := g.Recited(s); !ok {
		s.Text = cutReply(strings.Join(strings.Fields(s.Text), " "))
	}
	return g.examine(s, question)
}

// Recited is the claim of a statement that is the sentences that it names but for
// case, punctuation and spaces, and whether it is that.
func (g *Gate) Recited(s Statement) (Claim, bool) {
	own, err := g.Quote(s.Group, g.inOrder(s.Evidence)...)
	return own, err == nil && bare(own.text) == bare(s.Text)
}

// examine is Examine of a statement whose words stay as they are.
func (g *Gate) examine(s Statement, question string) (Examined, error) {
	x := Examined{claim: Claim{text: strings.Join(strings.Fields(s.Text), " "), group: s.Group, how: Judged}, question: question}
	if n := len(s.Evidence); n == 0 || n > MostEvidence {
		return Examined{}, flaw(NoEvidence, "it names %d sentences, and not 1 to %d", n, MostEvidence)
	}
	var evidence, known []string
	for _, e := range g.inOrder(s.Evidence) {
		q, err := g.quote(e)
		if err != nil {
			return Examined{}, err
		}
		x.claim.quotes = append(x.claim.quotes, q)
		evidence = append(evidence, q.Text)
		at, ok := g.Find(e)
		if !ok { // a heading
			x.evidence = append(x.evidence, strings.Join(strings.Fields(q.Text), " "))
			continue
		}
		shown := g.Shown(at)
		x.evidence = append(x.evidence, shown)
		if before, leans := g.notes.LeansOn(at); leans {
			evidence = append(evidence, before.Text())
		}
		known = append(known, shown, g.notes.Note(at).Holder)
	}
	if own, ok := g.Recited(s); ok {
		x.claim = own
		return x, nil
	}
	cited := strings.Join(evidence, "\n")
	return x, veto(x.claim.text, cited, cited+"\n"+strings.Join(known, "\n"), question)
}

// inOrder is evidence in the article's order, each piece once.
func (g *Gate) inOrder(evidence []Evidence) []Evidence {
	sorted := slices.Clone(evidence)
	number := func(e Evidence) int {
		if at, ok := g.Find(e); ok {
			return at.Number
		}
		return -1 // a heading stands above
	}
	slices.SortStableFunc(sorted, func(x, y Evidence) int {
		return cmp.Or(cmp.Compare(x.Article, y.Article), cmp.Compare(number(x), number(y)))
	})
	return slices.Compact(sorted)
}

// Examined is a statement that code found nothing wrong with.
type Examined struct {
	claim    Claim    // what it is, or would be if it were upheld
	question string   // what it answers
	evidence []string // for the judge: each sentence with what it leans on, under its heading
}

// Quotation returns the claim if the statement is word for word what it cites,
// so that there is nothing to judge.
func (x Examined) Quotation() (Claim, bool) {
	if x.claim.how != Quoted {
		return Claim{}, false
	}
	return x.claim, true
}

// Evidence is what a judge is shown of the statement's sentences, in the article's order.
func (x Examined) Evidence() []string { return x.evidence }

// longestAsked is how many characters of a question a judge is shown.
const longestAsked = 400

// Check is what a judge has to be asked of it.
func (x Examined) Check() Check {
	question := x.question
	if r := []rune(question); len(r) > longestAsked {
		question = string(r[:longestAsked])
	}
	return Check{Kind: OfStatement, Question: question, Statement: x.claim.text, Evidence: x.evidence}
}

// Upheld returns the claim, if a judge upheld what it was asked of it.
func (x Examined) Upheld(by Judgements) (Claim, bool) {
	if x.claim.how != Quoted && by.Of(x.Check()) != Supported {
		return Claim{}, false
	}
	return x.claim, true
}

// Restore makes a claim that was kept again. Code examines it anew; what a judge
// had upheld stays so.
func (g *Gate) Restore(s Statement, how How, question string) (Claim, error) {
	x, err := g.examine(s, question)
	if err != nil {
		return Claim{}, err
	}
	if x.claim.how != Quoted && how != Judged {
		return Claim{}, flaw(NotUpheld, "it is no quotation, and nobody judged it")
	}
	return x.claim, nil
}

// Safe checks that a text that is no statement, and rests on no sentence, holds
// nothing that no message may, and is in the language of the question.
func Safe(text, question string) error {
	if err := checkCharacters(text); err != nil {
		return err
	}
	if found := acts.FindString(text); found != "" {
		return flaw(Unsafe, "it holds the link, mention or mark-up %q", found)
	}
	if otherLanguage(text, question) {
		return flaw(WrongLanguage, "it is in %q, and the question is not", Language(text))
	}
	return nil
}

// ErrUnproven is what every refusal wraps.
var ErrUnproven = errors.New("unproven")

// Unproven says why a statement may not be said. It wraps ErrUnproven.
type Unproven struct {
	Flaw   Flaw
	Detail string
}

// Error says what is wrong with the statement.
func (u *Unproven) Error() string { return "unproven: " + u.Detail }

// Unwrap returns ErrUnproven.
func (u *Unproven) Unwrap() error { return ErrUnproven }

// Flaw is the kind of thing that is wrong with a statement.
type Flaw string

// The flaws. All but the last are found by code.
const (
	NoText        Flaw = "no_text"     // there is nothing in it
	NoEvidence    Flaw = "no_evidence" // it names no sentence, or one that there is not
	Unsafe        Flaw = "unsafe"      // links, mentions, mark-up, characters that cannot be seen
	WrongNumber   Flaw = "number"      // a number, date or percentage that the evidence does not hold
	WrongName     Flaw = "name"        // a name that the evidence does not hold
	WrongLanguage Flaw = "language"    // neither the article's language nor the question's
	TooLong       Flaw = "long"        // more than three times its evidence
	NotUpheld     Flaw = "not_upheld"  // the judge did not uphold it
)

func flaw(f Flaw, format string, args ...any) error {
	return &Unproven{f, fmt.Sprintf(format, args...)}
}
