package discord

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/proof"
	"summitbot/retrieval"
)

var update = flag.Bool("update", false, "write the golden files")

// anyhow tells every answer in every style.
func anyhow(bot.Answer, bot.Style) bool { return true }

// The looks of answers, as they are posted. The golden files show them; what
// is answered is the business of other tests.
func TestLooks(t *testing.T) {
	at := func(part string) retrieval.Place {
		for i := range article(t).Len() {
			if p := article(t).At(i); strings.Contains(p.Text(), part) {
				return p
			}
		}
		t.Fatalf("no sentence has %q", part)
		return retrieval.Place{}
	}
	quotes := func(parts ...string) bot.Answer {
		var all []retrieval.Place
		for _, p := range parts {
			all = append(all, at(p))
		}
		a, err := quoting(seedGate(t), bot.Question{Kind: bot.Ask}, all...)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	answered := quotes("far from arbitrary", "sparsely populated")
	forecast := quotes("could involve a ceasefire")
	list := quotes("Easing of Sanctions", "Gaining Strategic Leverage", "Domestic Political Capital")
	list.List, list.Heading = true, "Potential Pros for Putin"
	risks := bot.Answer{Kind: retrieval.Risks, Verdict: bot.Answered, Mode: bot.Quotes, Badge: bot.ProvenBySeveral, List: true}
	for _, threat := range []struct {
		to        bot.Threatened
		sentences []string
	}{
		{bot.Ukraine, []string{"s16", "s58"}}, {bot.West, []string{"s55"}}, {bot.Trump, []string{"s107"}},
		{bot.Russia, []string{"s86", "s87"}}, {bot.World, []string{"s103"}},
	} {
		risks.Claims = append(risks.Claims, claims(t, threat.to, threat.sentences...)...)
	}
	refused := bot.Answer{
		Verdict: bot.NotInArticle, Refusal: &bot.Refusal{Reason: bot.Lacks, Lacking: "what <@1> *Bob* said", Gap: &retrieval.Gap{Lacks: map[string]string{
			"en": "what <@1> *Bob* said", "de": "was <@1> *Bob* gesagt hat", "es": "qué dijo <@1> *Bob*", "fr": "ce qu’a dit <@1> *Bob*", "ru": "что сказал <@1> *Bob*", "uk": "що сказав <@1> *Bob*",
		}}},
		Near: []bot.Quote{answered.Claims[0].Quotes()[0], forecast.Claims[0].Quotes()[0]}, Next: []string{"Why was Alaska chosen?", "What are the key takeaways?"},
	}
	inEnglish := refused
	inEnglish.Refusal = &bot.Refusal{Reason: bot.Lacks, Lacking: "what comes after"} // known in English alone
	offTopic := bot.Answer{Verdict: bot.OutOfScope, Refusal: &bot.Refusal{Reason: bot.OffTopic}, Next: refused.Next}
	model := quotes("far from arbitrary", "Easing of Sanctions")
	model.Mode, model.Direct, model.Missing, model.Verdict = bot.FromModel, bot.PartlySo, "What <@1> *Bob* expects.", bot.Partly
	judged, err := seedGate(t).Restore(bot.Statement{
		Text: "There is a *chance* that sanctions are eased.", Evidence: []bot.Evidence{{Article: article(t).Slug, Sentence: "s82"}},
	}, proof.Judged, "Are sanctions eased?")
	if err != nil {
		t.Fatal(err)
	}
	model.Claims = append(model.Claims, judged)
	heads := func(ids ...string) bot.Answer {
		return bot.Answer{Verdict: bot.Answered, Mode: bot.Quotes, Badge: bot.ProvenByOne, Claims: claims(t, bot.Everybody, ids...)}
	}
	outline := heads("h2", "h3", "h4", "h5", "h6", "h7")
	outline.Kind, outline.List = retrieval.Outline, true
	shortOutline := outline
	shortOutline.Claims = outline.Claims[:2]
	for name, a := range map[string]bot.Answer{
		"answered": answered, "forecast": forecast, "list": list, "risks": risks,
		"refused": refused, "refused-in-english": inEnglish, "off-topic": offTopic, "model": model,
		"empty": {Refusal: &bot.Refusal{Reason: bot.Empty}},
		"about": heads("title", "subtitle"), "outline-asked": outline, "short-outline-asked": shortOutline,
		"title-and-sentence": heads("title", "s45"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, language := range bot.Languages {
				l := look(t)
				l.Words, l.Thread, l.Retells = bot.Words(language), true, anyhow
				views := Render(a, l)
				for _, v := range views {
					within(t, v)
				}
				golden(t, filepath.Join(language, name), drawn(views...))
			}
		})
	}
}

// claims are what stands under ids in the seed article, quoted whole: titles,
// headings, sentences.
func claims(t *testing.T, group bot.Threatened, ids ...string) (all []bot.Claim) {
	t.Helper()
	for _, id := range ids {
		c, err := seedGate(t).Quote(group, bot.Evidence{Article: article(t).Slug, Sentence: id})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		all = append(all, c)
	}
	return all
}

// The other things that the bot says, as they are posted.
func TestOtherLooks(t *testing.T) {
	ballotless := &Bot{answerer: answerer(t)}
	a := article(t)
	spot := customID{verb: voteDown, article: a.Hash[:hashLength], sentences: []int{45}}
	supported, err := answerer(t).Check(t.Context(), "The choice of Alaska as the summit location is far from arbitrary.")
	if err != nil {
		t.Fatal(err)
	}
	unjudged := bot.CheckedPart{Text: "A third claim", Finding: bot.Unjudged}
	unjudged.Claims = claims(t, bot.Everybody, "s45", "s46", "s12")
	for _, language := range bot.Languages {
		w := bot.Words(language)
		l := look(t)
		l.Words = w
		contradicted := supported.Parts[0]
		contradicted.Text, contradicted.Finding = "Another <@1> claim", bot.Contradicted
		checked := bot.Checked{Parts: append([]bot.CheckedPart{contradicted, unjudged}, supported.Parts...)}
		reply := func(r bot.Reply) []object.View {
			return Render(bot.Answer{Verdict: bot.OutOfScope, Mode: bot.Quotes, Badge: bot.NotFound, Reply: r, Next: []string{"Why Alaska?"}}, l)
		}
		for name, views := range map[string][]object.View{
			"passage": {passageView(w, a, "p16", []string{"s45", "s47"})}, "first-passage": {passageView(w, a, "p1", nil)},
			"no-passage": {passageView(w, a, "p999", nil)}, "outline": {ballotless.outlineView(w)}, "sources": {ballotless.sourcesView(w)},
			"stale":   {stale(bot.Words(language))},
			"checked": slices.Concat(renderCheck(checked, l), renderCheck(bot.Checked{}, l), renderCheck(bot.Checked{Parts: supported.Parts, More: true}, l)),
			"replies": slices.Concat(reply(bot.ReplyThanks), reply(bot.ReplyHelp), reply(bot.ReplyLanguage), reply(bot.ReplyChat), reply(bot.ReplySource), reply(bot.ReplyRetell)),
			"forms":   {{Components: questionForm(w, "why?").Components}, {Components: downVoteForm(w, spot, "1574801004841402368").Components}},
			"lines": {
				line(w.Help), line(fmt.Sprintf(w.Privacy, 30)), line(w.PrivacyShort), line(fmt.Sprintf(w.Ahead, 7)), line(w.Forgotten), line(w.Looking), line(w.Failed), line(w.Stopped), line(w.Busy), tooFast(w, 3*time.Second),
				line(w.UnknownCommand), line(w.Thanks), line(fmt.Sprintf(w.ThreadOpened, "<#1>")), line(fmt.Sprintf(w.ThreadThere, "<#1>")),
				line(w.ThreadDenied), line(w.ThreadHello), line(w.ThreadHelloAll), line(bar{lacks: object.MayView}.told(w, "1")), line(bar{lacks: object.MaySend}.told(w, "1")), line(bar{lacks: object.MaySendInThreads}.told(w, "1")), line(bar{lacks: object.MayReadHistory}.told(w, "1")), line(bar{locked: true}.told(w, "1")), line(w.NoText), line(fmt.Sprintf(w.ByRole, "<@1>")),
			},
		} {
			for _, v := range views {
				if name != "forms" {
					within(t, v)
				}
			}
			golden(t, filepath.Join(language, name), drawn(views...))
		}
	}
	data, err := json.MarshalIndent(commands(false, true), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "commands", string(data)+"\n")
}

// What is shown keeps within each of Discord's limits, up to its edge.
func TestLimits(t *testing.T) {
	long := func(passages int) *retrieval.Article {
		var s strings.Builder
		s.WriteString("A title\n\nOne section\n")
		for i := range passages {
			fmt.Fprintf(&s, "- **Point %d**: %s end %d.\n", i, strings.Repeat("word ", 70+i%40), i)
		}
		a, err := retrieval.Parse("long", s.String())
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for passages := 1; passages <= 40; passages++ {
		a := long(passages)
		gate := gateOf(a)
		for _, mode := range []bot.Mode{bot.Quotes, bot.FromModel} {
			ans := bot.Answer{Verdict: bot.Answered, Mode: mode, List: mode == bot.Quotes, Badge: bot.ProvenBySeveral}
			for i := range a.Len() {
				at := a.At(i)
				c, err := gate.Quote("", bot.Evidence{Article: "long", Sentence: at.Sentence.ID})
				if err != nil {
					t.Fatal(err)
				}
				ans.Claims = append(ans.Claims, c)
			}
			ans.Next = []string{strings.Repeat("q", object.MaxOption), strings.Repeat("q", object.MaxOption+1), "why?"}
			for _, language := range bot.Languages {
				views := Render(ans, Look{Words: bot.Words(language), Articles: []*retrieval.Article{a}, Retells: anyhow, Thread: true})
				for _, v := range views {
					within(t, v)
				}
				if strings.Contains(fmt.Sprint(views), strings.Repeat("q", object.MaxOption+1)) {
					t.Error("a question is offered that is too long for a menu")
				}
			}
		}
	}
	for _, language := range bot.Languages {
		w := bot.Words(language)
		longest := max(markdown.Length(small+w.Incomplete), markdown.Length(small+fmt.Sprintf(w.ForAsker, "<@"+strings.Repeat("9", 20)+">")))
		if n := longest + markdown.Length(small+fmt.Sprintf(w.Page, 99, 99)) + 2; n > reserve {
			t.Errorf("%s: %d units may have to go into a full message, %d are kept free", language, n, reserve)
		}
	}
	// The longest texts that a page may have are not cut, one unit more is.
	p := newPage(look(t))
	p.add(block{text: strings.Repeat("x", longestBlock)})
	p.add(block{text: strings.Repeat("x", longestBlock+1)})
	if len(p.blocks) != 3 {
		t.Errorf("%d blocks", len(p.blocks))
	}
	for n, pages := range map[int]int{object.MaxText: 1, object.MaxText + 1: 2} {
		p := newPage(look(t))
		p.add(block{text: strings.Repeat("x", longestBlock)})
		p.add(block{text: strings.Repeat("y", longestBlock)})
		p.add(block{text: strings.Repeat("z", n-2*longestBlock-2)}) // two line breaks
		if got := len(p.sheets(object.MaxText)); got != pages {
			t.Errorf("%d units make %d pages, not %d", n, got, pages)
		}
	}
	for _, c := range commands(false, true) {
		texts := append(slices.Collect(maps.Values(c.Descriptions)), c.Description)
		names := append(slices.Collect(maps.Values(c.Names)), c.Name)
		for _, o := range c.Options {
			texts = append(append(texts, o.Description), slices.Collect(maps.Values(o.Descriptions))...)
			names = append(append(names, o.Name), slices.Collect(maps.Values(o.Names))...)
		}
		for _, s := range texts {
			if len([]rune(s)) > 100 {
				t.Errorf("a description is too long: %q", s)
			}
		}
		for _, s := range names {
			if n := len([]rune(s)); n < 1 || n > 32 {
				t.Errorf("a name is too long: %q", s)
			}
		}
	}
}

// golden compares a text with the golden file of a name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "looks", name+".txt")
	if *update {
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

// drawn is what views show, for people to read.
func drawn(views ...object.View) string {
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

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain words, and 3.5 of them": "plain words, and 3.5 of them",
		"**bold** _it_ ~~no~~ `code`":  "\\*\\*bold\\*\\* \\_it\\_ \\~\\~no\\~\\~ \\`code\\`",
		"<@1> @everyone <#2> <:a:3>":   `\<\@1\> \@everyone \<\#2\> \<:a:3\>`,
		"see https://x.y/z_a":          `see https\://x.y/z\_a`,
		"[a](https://b.c)":             `\[a\](https\://b.c)`,
		"# heading":                    `\# heading`,
		"-# small":                     `\-# small`,
		"- item":                       `\- item`,
		"12. item":                     `12\. item`,
		"> quote":                      `\> quote`,
		"||spoiler||":                  `\|\|spoiler\|\|`,
		"two\nlines\u202e\x00":         "two lines",
		`back\slash`:                   `back\\slash`,
		"👨‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿":      "👨‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"قال \u2067هو\u2069 نعم": "قال هو نعم",
		"می\u200cخواهم":          "می\u200cخواهم",
	} {
		if got := markdown.Escape(in); strings.ReplaceAll(got, `\#`, "#") != strings.ReplaceAll(want, `\#`, "#") {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

// unescape is how Discord shows an escaped text.
func unescape(s string) string {
	return regexp.MustCompile(`\\([[:punct:]])`).ReplaceAllString(s, "$1")
}

// bare is a text with a dot for each escaped character.
func bare(s string) string {
	return regexp.MustCompile(`\\[[:punct:]]`).ReplaceAllString(s, "·")
}

var active = regexp.MustCompile(`@|<|\]\(|://|\|\||__[^*]|~~`)

// checkMessages holds for whatever Render returns.
func checkMessages(t *testing.T, a bot.Answer, views []object.View) {
	t.Helper()
	var messages []string
	for _, v := range views {
		within(t, v)
		messages = append(messages, object.TextOf(v.Components))
	}
	for _, m := range messages {
		if n := markdown.Length(m); n > object.MaxText || strings.TrimSpace(m) == "" {
			t.Errorf("a message has %d units:\n%s", n, m)
		}
		if found := active.FindString(strings.ReplaceAll(strings.ReplaceAll(bare(m), "__**", ""), "**__", "")); found != "" {
			t.Errorf("a message holds an active %q:\n%s", found, m)
		}
		if strings.Count(bare(m), "`")%2 != 0 {
			t.Errorf("a message leaves code open:\n%s", m)
		}
	}
	all := []rune(unescape(strings.Join(messages, "\n")))
	for _, c := range a.Claims {
		for _, r := range strings.ReplaceAll(markdown.Flat(c.Text()), ":", "") {
			if r == ' ' {
				continue
			}
			for len(all) > 0 && all[0] != r {
				all = all[1:]
			}
			if len(all) == 0 {
				t.Fatalf("the messages have lost a part of %q", c.Text())
			}
			all = all[1:]
		}
		// A source may follow before the next claim, but a claim is whole
		// where no cut was needed.
		if text := markdown.Escape(c.Text()); markdown.Length(text) < longestBlock-200 && c.Quotes()[0].Lead == "" && !strings.Contains(strings.Join(messages, "\n"), text) {
			t.Errorf("a claim was cut: %q", c.Text())
		}
	}
}

// within fails for a view that is not within Discord's limits.
func within(t *testing.T, v object.View) {
	t.Helper()
	if n := markdown.Length(strings.ReplaceAll(object.TextOf(v.Components), "\n", "")); n > object.MaxText {
		t.Errorf("a message shows %d units", n)
	}
	if n := count(v.Components); n == 0 || n > object.MaxComponents {
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
				if _, ok := parseCustomID(c.CustomID); !ok || ids[c.CustomID] {
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

func FuzzRender(f *testing.F) {
	f.Add(article(f).Text[:6000], "why was Alaska chosen?")
	f.Add("Title\n\nSection one\n- **Lead**: @everyone <@1> see https://a.b/c `x` ||y||.\n- # b\n"+strings.Repeat("word_ ", 900)+".\n", "lead?")
	f.Add("T\n"+strings.Repeat("\\<", 1500)+" end. "+strings.Repeat("😀", 2500)+"\n1. one\n", "<@1> # `?")
	f.Fuzz(func(t *testing.T, text, question string) {
		if len(text) > 16<<10 || len(question) > 2000 {
			return // longer ones find nothing new, slowly
		}
		art, err := retrieval.Parse("fuzz", text)
		if err != nil {
			return
		}
		real := answersFrom(t, art)
		gate := gateOf(art)
		for _, k := range []bot.Kind{bot.Ask, bot.Takeaways, bot.Risks} {
			a, err := real.Answer(t.Context(), bot.Question{Kind: k, Text: question})
			if err != nil {
				t.Fatal(err)
			}
			l := Look{Words: bot.Words(bot.Languages[len(text)%len(bot.Languages)]), Articles: []*retrieval.Article{art}, Retells: anyhow, Thread: true}
			m := Render(a, l)
			if len(m) == 0 {
				t.Fatal("no message")
			}
			checkMessages(t, a, m)
			within(t, renderUnfinished(a, l, en.Writing))
		}
		for _, mode := range []bot.Mode{bot.Quotes, bot.FromModel} {
			for _, list := range []bool{false, true} {
				a := bot.Answer{Verdict: bot.Answered, Mode: mode, List: list, Heading: question}
				quote := func(id string) {
					if c, err := gate.Quote("", bot.Evidence{Article: "fuzz", Sentence: id}); err == nil {
						a.Claims = append(a.Claims, c)
					}
				}
				for _, h := range art.Heads()[:min(len(art.Heads()), 20)] {
					quote(h.ID)
				}
				for i := range min(art.Len(), 60) {
					quote(art.At(i).Sentence.ID)
				}
				if len(a.Claims) > 0 { // an Answerer makes a refusal of an answer without any
					checkMessages(t, a, Render(a, Look{Words: en, Articles: []*retrieval.Article{art}, Retells: anyhow, Thread: true}))
				}
			}
		}
	})
}

// What was checked of a long message is told in several, each with its number.
func TestLongCheckIsNumbered(t *testing.T) {
	l := look(t)
	part := bot.CheckedPart{Text: strings.Repeat("claim ", 60), Finding: bot.Unjudged, Claims: claims(t, bot.Everybody, "s45", "s46", "s12")}
	views := renderCheck(bot.Checked{Parts: slices.Repeat([]bot.CheckedPart{part}, 6)}, l)
	if len(views) < 2 {
		t.Fatalf("there is %d message", len(views))
	}
	for i, v := range views {
		within(t, v)
		if shown, want := object.TextOf(v.Components), fmt.Sprintf(l.Words.Page, i+1, len(views)); !strings.Contains(shown, want) {
			t.Errorf("message %d does not say %q: %s", i+1, want, shown)
		}
	}
}
