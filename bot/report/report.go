// Package report tells an operator how the bot does: what was asked, what the
// article lacks, which of its paragraphs the questions are about, what members
// voted against, and what it took. [New] makes the figures out of plain rows;
// they are shown as text for a terminal ([Report.Text]), a few lines for a
// message ([Report.Short]), a page ([Report.HTML]) and a picture of the
// article ([Report.PNG]). Equal rows make equal bytes, in whatever order the
// rows come.
//
// Questions, answers and votes hold the words of strangers. They are cleaned
// once, when they come in (clean.go), and escaped where they are shown.
package report

import (
	"cmp"
	"slices"
	"time"

	"summitbot/retrieval"
)

// Options say what a report is about.
type Options struct {
	// From and To are the period that is told of: rows from From on and
	// before To. A zero From begins with the first row; To is needed.
	From, To time.Time
	// Prices are what tokens cost; nil means not known, and no cost is told.
	Prices *Prices
}

// Prices are what a million tokens cost, in Currency.
type Prices struct {
	// Prompt is for tokens of prompts that were not cached, Cached for those
	// that were, Completion for those of replies.
	Prompt, Cached, Completion float64
	// Currency stands behind amounts, such as "USD".
	Currency string
}

// of is what is to be paid for tokens.
func (p Prices) of(t Tokens) float64 {
	return (float64(t.Prompt-t.Cached)*p.Prompt + float64(t.Cached)*p.Cached + float64(t.Completion)*p.Completion) / 1e6
}

// A Report holds the figures of a period.
type Report struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Questions counts the rows of the period; Servers in how many servers
	// they were asked, and Direct how many came by direct message.
	Questions int `json:"questions"`
	Servers   int `json:"servers"`
	Direct    int `json:"direct"`

	// Each of these counts every question once. Verdicts, Modes and Kinds
	// have a fixed order; what never happened is left out.
	Verdicts  []Count `json:"verdicts"`
	Modes     []Count `json:"modes"`
	Fallbacks []Count `json:"fallbacks"`
	Kinds     []Count `json:"kinds"`
	Series    Series  `json:"series"`

	// Gaps are what the refused questions are about that come near the
	// article, the most asked first, and OffTopic the others.
	Gaps     Themes `json:"gaps"`
	OffTopic Themes `json:"off_topic"`
	// ToBot counts what was refused because it asks nothing: greetings and
	// empty messages.
	ToBot int `json:"to_bot"`

	// Maps are the articles, in the order they were given.
	Maps []Map `json:"maps"`
	// Unplaced counts questions with sentences of an article that is not
	// there, or no longer in this wording.
	Unplaced int `json:"unplaced"`

	Up   int `json:"votes_up"`
	Down int `json:"votes_down"`
	// Worst are the answers with votes against them, the worst first.
	Worst []Judged `json:"worst"`

	// Times are how long answers took: all, then by mode.
	Times []Times `json:"times"`
	// Tokens are what all answers took of a model; Cost is nil where prices
	// are not known.
	Tokens Tokens `json:"tokens"`
	Cost   *Cost  `json:"cost,omitempty"`

	articles []*retrieval.Article // those of Maps
}

// Tokens are what a model took.
type Tokens struct {
	Calls  int `json:"calls"`
	Prompt int `json:"prompt"`
	// Cached are those of the prompts that the model had seen before.
	Cached     int `json:"cached"`
	Completion int `json:"completion"`
}

// all is how many tokens there were.
func (t Tokens) all() int { return t.Prompt + t.Completion }

// A Cost is an amount of money.
type Cost struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
	// Each is the amount by question that a model was asked for.
	Each float64 `json:"each"`
}

// New makes the report of the rows of a period about the given articles.
func New(rows []Row, articles []*retrieval.Article, o Options) Report {
	o.From, o.To = o.From.UTC(), o.To.UTC()
	in := period(rows, o)
	if o.From.IsZero() && len(in) > 0 {
		o.From = in[0].At.UTC()
	}
	r := Report{
		From: o.From, To: o.To, Questions: len(in), articles: articles,
		Verdicts: []Count{}, Modes: []Count{}, Fallbacks: []Count{}, Kinds: []Count{}, Worst: []Judged{}, // not null as JSON
	}
	r.count(in)
	r.Series = series(in, o.From, o.To)
	r.Maps, r.Unplaced = heatMaps(in, articles)
	r.gaps(in)
	r.judge(in)
	r.Times = times(in)
	r.spend(in, o.Prices)
	return r
}

// period returns the rows of the period in an order of their own: the oldest
// first.
func period(rows []Row, o Options) []*Row {
	var in []*Row
	for i := range rows {
		if at := rows[i].At; !at.Before(o.From) && at.Before(o.To) {
			in = append(in, &rows[i])
		}
	}
	slices.SortStableFunc(in, func(a, b *Row) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	return in
}

// Empty says whether there is nothing to tell of.
func (r Report) Empty() bool { return r.Questions == 0 }
