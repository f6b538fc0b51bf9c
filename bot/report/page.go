package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"summitbot/bot"
)

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var pageStyle string

// pageTemplate escapes whatever stands in it by where it stands.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// How much the page shows at once; the rest is behind a summary.
const (
	pageThemes = 10
	pageWorst  = 5
)

// A page is what the template shows.
type page struct {
	Style                             template.CSS
	Span, From                        string
	Empty                             bool
	Nothing                           string
	Tiles                             []tile
	Contents                          []link
	Days, Spread                      chart
	Verdicts, Modes, Fallbacks, Kinds bars
	Gaps, OffTopic                    themesView
	Maps                              []mapView
	Votes                             string
	Worst, RestWorst                  []judgedView
	MoreWorst                         string
	Times                             []timesView
	Spending                          []Amount
	Priced                            bool
	Unplaced, ToBot                   string
}

type (
	tile struct{ Label, Value, Note string }
	link struct{ ID, Label string }
	bars struct {
		Title string
		Rows  []barRow
	}
	barRow struct {
		Class, Label, N, Share string
		Width                  float64 // of the widest, in percent
	}
	themesView struct {
		N           string
		First, Rest []Theme
		More        string
	}
	judgedView struct {
		Judged
		At, Given string
	}
	timesView struct{ Label, N, P50, P90, P99 string }
)

// HTML writes the report as one page, which needs nothing but itself: no
// script, no network. It follows the reader's choice of light or dark, and
// fits screens from 360 pixels on.
func (r Report) HTML(w io.Writer) error {
	if err := pageTemplate().Execute(w, r.page()); err != nil {
		return fmt.Errorf("writing the report's page: %w", err)
	}
	return nil
}

// page is the report as the template shows it.
func (r Report) page() page {
	p := page{Style: template.CSS(pageStyle), Span: r.span(), From: r.from(), Empty: r.Empty(), Nothing: r.nothing()}
	if p.Empty {
		return p
	}
	p.Tiles = r.tiles()
	p.Days = r.days()
	p.Verdicts = r.bars("What became of them", r.Verdicts, verdictClass)
	p.Modes = r.bars("Who wrote the answers", r.Modes, modeClass)
	p.Fallbacks = r.bars("Whether that was meant so", r.Fallbacks, nil)
	p.Kinds = r.bars("How they were asked", r.Kinds, nil)
	p.Gaps, p.OffTopic = viewThemes(r.Gaps), viewThemes(r.OffTopic)
	for i, m := range r.Maps {
		p.Maps = append(p.Maps, viewMap(i, m))
	}
	p.votes(r)
	if len(r.Times) > 0 {
		p.Spread = r.spread()
	}
	for _, t := range r.Times {
		p.Times = append(p.Times, timesView{t.modeLabel(), number(t.N), took(t.P50), took(t.P90), took(t.P99)})
	}
	if r.Tokens != (Tokens{}) {
		p.Spending, p.Priced = r.spending(), r.Cost != nil
	}
	if r.Unplaced > 0 {
		p.Unplaced = counted(r.Unplaced, "question") + " named sentences of an article, or of a wording of it, that is no longer there."
	}
	if r.ToBot > 0 {
		p.ToBot = counted(r.ToBot, "message") + " only greeted the bot, or asked nothing."
	}
	p.contents()
	return p
}

// contents lists the parts that are there.
func (p *page) contents() {
	p.Contents = append(p.Contents, link{"questions", "Questions"})
	if p.Gaps.N != "" {
		p.Contents = append(p.Contents, link{"gaps", "Gaps"})
	}
	for i, m := range p.Maps {
		label := "The article"
		if len(p.Maps) > 1 {
			label = fmt.Sprintf("Article %d", i+1)
		}
		p.Contents = append(p.Contents, link{m.ID, label})
	}
	p.Contents = append(p.Contents, link{"votes", "Votes"}, link{"work", "Time and cost"})
	if p.OffTopic.N != "" {
		p.Contents = append(p.Contents, link{"other", "Something else"})
	}
}

// tiles are the figures at the top.
func (r Report) tiles() []tile {
	answered := of(r.Verdicts, bot.Answered, bot.Partly, bot.PremiseCorrected)
	out := []tile{
		{"Questions", number(r.Questions), r.from()},
		{"Answered", percent(answered, r.Questions), number(answered) + " of them"},
		{"Gaps", number(r.Gaps.N), "near the article, not in it"},
		{"Votes for", percent(r.Up, r.Up+r.Down), fmt.Sprintf("%s for, %s against", number(r.Up), number(r.Down))},
	}
	if len(r.Times) > 0 {
		out = append(out, tile{"Median time", took(r.Times[0].P50), took(r.Times[0].P99) + " for 99 in 100"})
	}
	switch n := r.Tokens.all(); {
	case r.Cost != nil && n > 0:
		out = append(out, tile{strings.TrimRight("Cost, "+r.Cost.Currency, ", "), money(r.Cost.Amount), number(n) + " tokens"})
	case n > 0:
		out = append(out, tile{"Tokens", number(n), "prices not given"})
	}
	return out
}

// classes colour values; what is not among them has the colour of the unknown.
var (
	verdictClass = map[string]string{
		string(bot.Answered): "answered", string(bot.Partly): "partly", string(bot.PremiseCorrected): "premise_corrected",
		string(bot.NotInArticle): "not_in_article", string(bot.OutOfScope): "out_of_scope",
	}
	modeClass = map[string]string{string(bot.FromModel): "model", string(bot.Quotes): "quotes"}
)

// bars is a table with a bar for each count.
func (r Report) bars(title string, counts []Count, classes map[string]string) bars {
	b := bars{Title: title}
	most := 0
	for _, c := range counts {
		most = max(most, c.N)
	}
	for _, c := range counts {
		b.Rows = append(b.Rows, barRow{class(classes, c.Name), c.Label, number(c.N), percent(c.N, r.Questions), float64(1000*c.N/most) / 10})
	}
	return b
}

// class is the class of a value; empty where values have no colours.
func class(classes map[string]string, name string) string {
	switch c := classes[name]; {
	case classes == nil || c != "":
		return c
	default:
		return "unknown"
	}
}

// viewThemes is themes as the page shows them; N is empty when there are none.
func viewThemes(t Themes) themesView {
	if t.N == 0 {
		return themesView{}
	}
	n := min(pageThemes, len(t.Groups))
	v := themesView{N: number(t.N), First: t.Groups[:n], Rest: t.Groups[n:]}
	if len(v.Rest) > 0 {
		v.More = counted(len(v.Rest), "smaller group")
	}
	return v
}

// votes shows the answers that were voted against.
func (p *page) votes(r Report) {
	p.Votes = fmt.Sprintf("%s for and %s against in all; the worst come first.", counted(r.Up, "vote"), number(r.Down))
	if r.Down == 0 {
		p.Votes = fmt.Sprintf("Nobody has voted against an answer; there is %s for one.", counted(r.Up, "vote"))
	}
	var all []judgedView
	for _, j := range r.Worst {
		v := judgedView{j, moment(j.At), j.given()}
		v.Question = orGone(j.Question)
		all = append(all, v)
	}
	n := min(pageWorst, len(all))
	p.Worst, p.RestWorst = all[:n], all[n:]
	if len(p.RestWorst) > 0 {
		p.MoreWorst = counted(len(p.RestWorst), "more answer")
	}
}
