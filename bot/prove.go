package bot

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"summitbot/retrieval"
)

// A Statement is what somebody, the article's own sentences or a model,
// would like the bot to say. It is only a wish until a Gate has proven it.
type Statement struct {
	Text     string
	Evidence []Evidence
	// Group says whom a risk threatens; empty outside /risks.
	Group Threatened
}

// Evidence names the words of an article that a statement rests on.
type Evidence struct {
	Article  string // the article's slug
	Sentence string // the sentence's id, such as "s57"
	// Quote stands in the sentence, or begins there and runs on into the
	// next of the same passage. Quotation marks, dashes and white space may
	// be written differently. Empty means the whole sentence.
	Quote string
}

// A Claim is a proven statement: each of its quotations stands in an article
// at a known place. Only Gate.Prove makes one.
type Claim struct {
	text   string
	quotes []Quote
	group  Threatened
	own    bool // the text is the article's own words
	about  string
}

// Text is the claim as it is shown, on one line.
func (c Claim) Text() string { return c.text }

// About is what the claim's first sentence leans on, in words that a reader
// noted: whom "He" stands for, and the like. It is empty where the sentence is
// understood by itself.
func (c Claim) About() string { return c.about }

// Quotes are the quotations that prove the claim, at least one. The caller
// must not change them.
func (c Claim) Quotes() []Quote { return c.quotes }

// Group says whom the claim's risk threatens; empty outside /risks.
func (c Claim) Group() Threatened { return c.group }

// Voice is the voice of the claim's quotations: that of the last of them that
// is not told as fact, for what a claim begins with may only lead up to it.
func (c Claim) Voice() retrieval.Voice { return c.speaker().Voice }

// speaker is the quotation that the claim's voice is told by.
func (c Claim) speaker() Quote {
	for _, q := range slices.Backward(c.quotes) {
		if q.Voice != retrieval.Stated {
			return q
		}
	}
	return c.quotes[0]
}

// holds says whether the claim quotes from the sentence.
func (c Claim) holds(at retrieval.Place) bool {
	return slices.ContainsFunc(c.quotes, func(q Quote) bool {
		return q.Article == at.Article.Slug && q.Sentence == at.Sentence.ID
	})
}

// MarshalJSON writes the claim as {"text", "voice", "quotes"}, with "group"
// and "about" where there are such.
func (c Claim) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Text   string          `json:"text"`
		Voice  retrieval.Voice `json:"voice"`
		Quotes []Quote         `json:"quotes"`
		Group  Threatened      `json:"group,omitempty"`
		About  string          `json:"about,omitempty"`
	}{c.text, c.Voice(), c.quotes, c.group, c.about})
}

// A Quote is a piece of an article, word for word: the article's bytes from
// Start to End.
type Quote struct {
	Sentence string `json:"sentence"` // the id of the sentence that it begins in
	Start    int    `json:"start"`    // byte offsets into the article's file
	End      int    `json:"end"`
	Text     string `json:"text"`

	Article  string          `json:"-"` // the article's slug
	Section  string          `json:"-"` // the section's heading; empty above the first
	Passage  string          `json:"-"` // the passage's id, such as "p12"
	Number   int             `json:"-"` // the passage's place among those of its kind in its section, from 1
	Of       int             `json:"-"` // how many of its kind the section has
	Lead     string          `json:"-"` // the bullet's label, when the quotation begins with it
	Voice    retrieval.Voice `json:"-"`
	Holder   string          `json:"-"` // who holds an attributed view, when its sentence says so
	IsBullet bool            `json:"-"`
}

// ErrUnproven is what every refusal of Gate.Prove wraps.
var ErrUnproven = errors.New("unproven")

// Unproven says why a statement was not proven, so that whoever wrote it can
// mend it. It wraps ErrUnproven.
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

// The flaws.
const (
	NoText      Flaw = "no_text"     // there is nothing in it
	NoProof     Flaw = "no_proof"    // it has no evidence, or evidence that there is not
	Misquoted   Flaw = "misquoted"   // the quotation does not stand where it says, or is too short to prove anything
	Unsafe      Flaw = "unsafe"      // it holds what no message may: links, mentions, markup, instructions, odd characters
	WrongNumber Flaw = "number"      // a number that the evidence does not hold
	WrongName   Flaw = "name"        // a name that the evidence does not hold
	Negated     Flaw = "negated"     // it denies what the evidence affirms, or the other way round
	Hardened    Flaw = "hardened"    // it tells as fact, or as always so, what the evidence does not
	Swapped     Flaw = "swapped"     // who does something to whom is swapped
	Unsupported Flaw = "unsupported" // it is about something else than its evidence
)

// A Gate proves statements against articles. It is the promise of the
// product: nothing is said about an article that does not carry a quotation
// which stands in it, and nothing that says more than it.
//
// The article's own words pass as they are. A statement in other words passes
// only if
//
//   - it has evidence, and each piece of it quotes whole words that stand in
//     the sentence it names, or begin there and run on into the next; three
//     words at least, or all of a shorter sentence;
//   - each number in it, in digits or letters, and each name stands in the
//     cited sentences, as such or by an alias of names.csv;
//   - it denies nothing that the clauses of its quotations do not deny,
//     affirms nothing that they do, and says the contrary of none of their
//     words ("praised" for "condemned", "stable" for "unstable");
//   - what the clauses tell with reserve ("may", "could", "aims to") is not
//     told as fact, and nothing is "all", "always" or "the most" that the
//     evidence does not say so of;
//   - who does something to whom is not swapped, and a fair share of its
//     words are the evidence's, some of them in each of its parts;
//   - it holds no link, mention, Markdown, instruction, or character that
//     cannot be shown.
//
// Statements in Spanish, German, French, Ukrainian and Russian are held to
// figures, names, negation, reserve and safety, and to a name, a figure or a
// like-sounding word of the evidence in each sentence: their words cannot be
// compared with the article's, so that a contrary word goes unseen. German writes every noun as a name, so there only the names of
// names.csv are known. A Gate is safe for concurrent use.
type Gate struct {
	articles map[string]*retrieval.Article
	common   func() map[string]bool // see commonIn
}

// NewGate returns a gate that proves statements against the articles.
func NewGate(articles ...*retrieval.Article) *Gate {
	g := &Gate{
		articles: make(map[string]*retrieval.Article, len(articles)),
		common:   sync.OnceValue(func() map[string]bool { return commonIn(articles) }),
	}
	for _, a := range articles {
		g.articles[a.Slug] = a
	}
	return g
}

// Prove returns the statement as a claim, or an error that wraps ErrUnproven
// and says what is wrong with it.
func (g *Gate) Prove(s Statement) (Claim, error) {
	if !words.MatchString(s.Text) && !figures.MatchString(s.Text) {
		return Claim{}, flaw(NoText, "the statement is empty")
	}
	if len(s.Evidence) == 0 {
		return Claim{}, flaw(NoProof, "the statement has no evidence")
	}
	quotes := make([]Quote, 0, len(s.Evidence))
	var ev evidenced
	for _, e := range s.Evidence {
		q, err := g.locate(e, &ev)
		if err != nil {
			return Claim{}, err
		}
		quotes = append(quotes, q)
	}
	if err := g.fence(s.Text, ev); err != nil {
		return Claim{}, err
	}
	return Claim{strings.Join(strings.Fields(s.Text), " "), quotes, s.Group, ev.says(s.Text), ""}, nil
}

// token matches a word or a figure.
var token = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{M}\p{N}.,’'‑-]*`)

// fewestWords is how many words a quotation has at least, unless it is a
// whole sentence.
const fewestWords = 3

// locate finds the evidence in its article. It returns the quotation, and
// adds what it says to what the statement rests on.
func (g *Gate) locate(e Evidence, ev *evidenced) (q Quote, err error) {
	a, ok := g.articles[e.Article]
	if !ok {
		return q, flaw(NoProof, "there is no article %q", e.Article)
	}
	at, ok := a.Find(e.Sentence)
	if i := slices.IndexFunc(a.Heads(), func(h retrieval.Head) bool { return h.ID == e.Sentence }); !ok && i >= 0 {
		head := a.Heads()[i]
		text := a.Slice(head.Span)
		ev.cited += text + "\n"
		ev.scopes = append(ev.scopes, scope(text, 0, len(text)))
		return Quote{Sentence: head.ID, Start: head.Start, End: head.End, Text: text, Article: a.Slug, Voice: retrieval.Stated}, nil
	}
	if !ok {
		return q, flaw(NoProof, "there is no sentence %q", e.Sentence)
	}
	span := at.Sentence.Span
	if e.Quote != "" {
		if span, ok = find(a, at, e.Quote); !ok {
			return q, flaw(Misquoted, "%s does not say %q", e.Sentence, e.Quote)
		}
		if len(token.FindAllString(a.Slice(span), fewestWords)) < fewestWords && span.End < at.Sentence.End {
			return q, flaw(Misquoted, "%q is too short to prove anything: quote %d words at least", e.Quote, fewestWords)
		}
	}
	whole := at.Sentence.Span
	if span.End > whole.End {
		whole.End = a.At(at.Number + 1).Sentence.End
	}
	sentences := a.Slice(whole)
	ev.cited += sentences + "\n"
	ev.scopes = append(ev.scopes, scope(sentences, span.Start-whole.Start, span.End-whole.Start))
	ev.around += at.Heading() + "\n"
	for before, leans := leansOn(at); leans; before, leans = leansOn(before) {
		ev.around += before.Text() + "\n"
	}
	return quoteAt(at, span), nil
}

// quoteAt is the quotation of the article's bytes at span, which begins in
// the sentence at the given place.
func quoteAt(at retrieval.Place, span retrieval.Span) Quote {
	q := Quote{
		Sentence: at.Sentence.ID, Start: span.Start, End: span.End, Text: at.Article.Slice(span),
		Article: at.Article.Slug, Section: at.Heading(), Passage: at.Passage.ID,
		Number: sameKind(at, at.Paragraph), Of: sameKind(at, len(at.Section.Passages)),
		Voice: at.Sentence.Voice, Holder: at.Holder(), IsBullet: at.Passage.Kind == retrieval.Bullet,
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

// find looks for the quotation in the sentence at the given place and the
// one after it in its passage, and returns its bytes in the article. It must
// begin in the sentence itself, and begin and end with whole words.
func find(a *retrieval.Article, at retrieval.Place, quote string) (retrieval.Span, bool) {
	within := at.Sentence.Span
	if at.Number+1 < a.Len() {
		if next := a.At(at.Number + 1); next.Passage == at.Passage {
			within.End = next.Sentence.End
		}
	}
	span, ok := fold(a.Slice(within)).find(quote)
	span.Start += within.Start
	span.End += within.Start
	return span, ok && span.Start < at.Sentence.End
}

// A folded is a text with its quotation marks, dashes and white space written
// in one way: straight marks, hyphens, single spaces.
type folded struct {
	text     string
	original string
	// offsets[i] is the offset in original of byte i of text; it has one
	// entry more than text has bytes, for its end.
	offsets []int
}

// find returns the bytes of the original in which the words of want stand,
// the first time that they stand there as whole words.
func (f folded) find(want string) (retrieval.Span, bool) {
	if want = strings.TrimSpace(fold(want).text); want == "" || !utf8.ValidString(want) {
		return retrieval.Span{}, false
	}
	for from := 0; ; {
		i := strings.Index(f.text[from:], want)
		if i < 0 {
			return retrieval.Span{}, false
		}
		i += from
		span := retrieval.Span{Start: f.offsets[i], End: f.offsets[i+len(want)]}
		if !insideWord(f.original, span.Start) && !insideWord(f.original, span.End) {
			return span, true
		}
		from = i + 1
	}
}

// insideWord says whether a word of s goes on across offset i. Marks between
// two letters or digits are part of a word: "de-escalation", "can’t", "3.5".
func insideWord(s string, i int) bool {
	before, n := utf8.DecodeLastRuneInString(s[:i])
	after, m := utf8.DecodeRuneInString(s[i:])
	switch {
	case strings.ContainsRune("-‐‑'’.,:/", before):
		before, _ = utf8.DecodeLastRuneInString(s[:i-n])
	case strings.ContainsRune("-‐‑'’.,:/", after):
		after, _ = utf8.DecodeRuneInString(s[i+m:])
	}
	return wordRune(before) && wordRune(after)
}

// wordRune says whether r is part of a word.
func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// fold folds s.
func fold(s string) folded {
	var b strings.Builder
	b.Grow(len(s))
	offsets := make([]int, 0, len(s)+1)
	space := false
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		out := s[i : i+size]
		switch {
		case unicode.IsSpace(r):
			if space {
				continue
			}
			out = " "
		case r < utf8.RuneSelf:
		case strings.ContainsRune("“”„‟«»", r):
			out = `"`
		case strings.ContainsRune("‘’‚‛", r):
			out = "'"
		case strings.ContainsRune("‐‑‒–—―−", r):
			out = "-"
		}
		space = unicode.IsSpace(r)
		b.WriteString(out)
		for range len(out) {
			offsets = append(offsets, i)
		}
	}
	return folded{b.String(), s, append(offsets, len(s))}
}
