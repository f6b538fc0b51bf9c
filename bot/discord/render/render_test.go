package render

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/proof"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

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
		a, err := rendertest.Quoting(rendertest.Gate(t), bot.Question{Kind: bot.Ask}, all...)
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
		risks.Claims = append(risks.Claims, rendertest.Claims(t, threat.to, threat.sentences...)...)
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
	judged, err := rendertest.Gate(t).Restore(bot.Statement{
		Text: "There is a *chance* that sanctions are eased.", Evidence: []bot.Evidence{{Article: article(t).Slug, Sentence: "s82"}},
	}, proof.Judged, "Are sanctions eased?")
	if err != nil {
		t.Fatal(err)
	}
	model.Claims = append(model.Claims, judged)
	heads := func(ids ...string) bot.Answer {
		return bot.Answer{Verdict: bot.Answered, Mode: bot.Quotes, Badge: bot.ProvenByOne, Claims: rendertest.Claims(t, bot.Everybody, ids...)}
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
			for _, language := range wording.Languages {
				l := look(t)
				l.Words, l.Thread, l.Retells = wording.For(language), true, anyhow
				views := Answer(a, l)
				for _, v := range views {
					rendertest.Within(t, v)
				}
				rendertest.Golden(t, filepath.Join(language, name), rendertest.Drawn(views...))
			}
		})
	}
}

// The other things that the bot says, as they are posted.
func TestOtherLooks(t *testing.T) {
	articles := answerer(t).Articles()
	a := article(t)
	spot := customid.ID{Verb: customid.VoteDown, Article: a.Hash[:customid.HashLength], Sentences: []int{45}}
	supported, err := answerer(t).Check(t.Context(), "The choice of Alaska as the summit location is far from arbitrary.")
	if err != nil {
		t.Fatal(err)
	}
	unjudged := bot.CheckedPart{Text: "A third claim", Finding: bot.Unjudged}
	unjudged.Claims = rendertest.Claims(t, bot.Everybody, "s45", "s46", "s12")
	for _, language := range wording.Languages {
		w := wording.For(language)
		l := look(t)
		l.Words = w
		contradicted := supported.Parts[0]
		contradicted.Text, contradicted.Finding = "Another <@1> claim", bot.Contradicted
		checked := bot.Checked{Parts: append([]bot.CheckedPart{contradicted, unjudged}, supported.Parts...)}
		reply := func(r bot.Reply) []object.View {
			return Answer(bot.Answer{Verdict: bot.OutOfScope, Mode: bot.Quotes, Badge: bot.NotFound, Reply: r, Next: []string{"Why Alaska?"}}, l)
		}
		for name, views := range map[string][]object.View{
			"passage": {Passage(w, a, "p16", []string{"s45", "s47"})}, "first-passage": {Passage(w, a, "p1", nil)},
			"no-passage": {Passage(w, a, "p999", nil)}, "outline": {Outline(w, articles)}, "sources": {Sources(w, articles)},
			"stale":   {Stale(wording.For(language))},
			"checked": slices.Concat(Check(checked, l), Check(bot.Checked{}, l), Check(bot.Checked{Parts: supported.Parts, More: true}, l)),
			"replies": slices.Concat(reply(bot.ReplyThanks), reply(bot.ReplyHelp), reply(bot.ReplyLanguage), reply(bot.ReplyChat), reply(bot.ReplySource), reply(bot.ReplyRetell)),
			"forms":   {{Components: QuestionForm(w, "why?").Components}, {Components: DownVoteForm(w, spot, "1574801004841402368").Components}},
		} {
			for _, v := range views {
				if name != "forms" {
					rendertest.Within(t, v)
				}
			}
			rendertest.Golden(t, filepath.Join(language, name), rendertest.Drawn(views...))
		}
	}
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
			for _, language := range wording.Languages {
				views := Answer(ans, Look{Words: wording.For(language), Articles: []*retrieval.Article{a}, Retells: anyhow, Thread: true})
				for _, v := range views {
					rendertest.Within(t, v)
				}
				if strings.Contains(fmt.Sprint(views), strings.Repeat("q", object.MaxOption+1)) {
					t.Error("a question is offered that is too long for a menu")
				}
			}
		}
	}
	for _, language := range wording.Languages {
		w := wording.For(language)
		longest := max(markdown.Length(Small+w.Incomplete), markdown.Length(Small+fmt.Sprintf(w.ForAsker, "<@"+strings.Repeat("9", 20)+">")))
		if n := longest + markdown.Length(Small+fmt.Sprintf(w.Page, 99, 99)) + 2; n > reserve {
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
		rendertest.Within(t, v)
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
			l := Look{Words: wording.For(wording.Languages[len(text)%len(wording.Languages)]), Articles: []*retrieval.Article{art}, Retells: anyhow, Thread: true}
			m := Answer(a, l)
			if len(m) == 0 {
				t.Fatal("no message")
			}
			checkMessages(t, a, m)
			rendertest.Within(t, Unfinished(a, l, en.Writing))
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
					checkMessages(t, a, Answer(a, Look{Words: en, Articles: []*retrieval.Article{art}, Retells: anyhow, Thread: true}))
				}
			}
		}
	})
}

// What was checked of a long message is told in several, each with its number.
func TestLongCheckIsNumbered(t *testing.T) {
	l := look(t)
	part := bot.CheckedPart{Text: strings.Repeat("claim ", 60), Finding: bot.Unjudged, Claims: rendertest.Claims(t, bot.Everybody, "s45", "s46", "s12")}
	views := Check(bot.Checked{Parts: slices.Repeat([]bot.CheckedPart{part}, 6)}, l)
	if len(views) < 2 {
		t.Fatalf("there is %d message", len(views))
	}
	for i, v := range views {
		rendertest.Within(t, v)
		if shown, want := object.TextOf(v.Components), fmt.Sprintf(l.Words.Page, i+1, len(views)); !strings.Contains(shown, want) {
			t.Errorf("message %d does not say %q: %s", i+1, want, shown)
		}
	}
}

// gateOf is a gate for an article of which nothing was noted.
func gateOf(a *retrieval.Article) *proof.Gate {
	return proof.NewGate([]*retrieval.Article{a}, unnoted{})
}

type unnoted struct{}

func (unnoted) Note(retrieval.Place) retrieval.Note                      { return retrieval.Note{} }
func (unnoted) LeansOn(retrieval.Place) (before retrieval.Place, _ bool) { return before, false }
