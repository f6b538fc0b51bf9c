package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/retrieval"
	"summitbot/seeds/seedtest"
)

// to is when the made-up period ends.
var to = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)

// prices are made up too.
var prices = &Prices{Prompt: 0.40, Cached: 0.10, Completion: 1.60, Currency: "USD"}

// seedArticles returns the built-in article.
func seedArticles(t testing.TB) []*retrieval.Article { return seedtest.Index(t).Articles() }

// seedLines are the lines that were written ahead: of the built-in article, and for any.
func seedLines(t testing.TB) (own *retrieval.Bank, general *retrieval.Bank) {
	t.Helper()
	folder := os.DirFS(filepath.Join("..", "..", "seeds"))
	own, err := retrieval.ReadBank(folder, "alaska-summit", seedArticles(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	if general, err = retrieval.ReadBank(folder, "general", nil); err != nil {
		t.Fatal(err)
	}
	return own, general
}

// A maker makes up rows: questions of the seeds, asked over two weeks on
// three servers, some sentences far more often than others.
type maker struct {
	*rand.Rand
	article   *retrieval.Article
	questions [][]string // by sentence, the most asked sentence first
	answers   []string   // their sentences' ids
	stems     [][]string // of the article's sentences
	lacking   []gap      // what the article is known to lack
	other     []gap      // what it is not about
}

// A gap is a question without an answer, and what the article lacks.
type gap struct{ text, lacks string }

// favourites are sentences that everybody asks about.
var favourites = []string{"s1", "s45", "s31", "s56", "s8", "s38", "s52", "s74"}

func newMaker(t testing.TB, seed uint64) *maker {
	t.Helper()
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 8)), article: seedArticles(t)[0]}
	bank, general := seedLines(t)
	lacks := map[string]string{}
	for _, g := range bank.Gaps {
		if g.Named() {
			lacks[g.Name] = g.Lacks["en"]
		}
	}
	for _, line := range bank.Lines {
		switch {
		case line.Lang != "en" || line.Partly:
		case line.Kind == retrieval.Open && lacks[line.Target] != "":
			m.lacking = append(m.lacking, gap{line.Text, lacks[line.Target]})
		case line.Kind == retrieval.Answerable:
			i := slices.Index(m.answers, line.Target)
			if i < 0 {
				i = len(m.answers)
				m.answers, m.questions = append(m.answers, line.Target), append(m.questions, nil)
			}
			m.questions[i] = append(m.questions[i], line.Text)
		}
	}
	for _, line := range slices.Concat(bank.Lines, general.Lines) {
		if line.Kind == retrieval.OffTopic {
			m.other = append(m.other, gap{text: line.Text})
		}
	}
	for n := range m.article.Len() {
		m.stems = append(m.stems, retrieval.Stems(m.article.At(n).Text()))
	}
	swap := func(i, j int) {
		m.answers[i], m.answers[j] = m.answers[j], m.answers[i]
		m.questions[i], m.questions[j] = m.questions[j], m.questions[i]
	}
	m.Shuffle(len(m.answers), swap)
	for i, id := range favourites {
		swap(i, slices.Index(m.answers, id))
	}
	return m
}

// sampleRows makes up n rows.
func sampleRows(t testing.TB, n int, seed uint64) []Row {
	t.Helper()
	m := newMaker(t, seed)
	rows := make([]Row, n)
	for i := range rows {
		r := &rows[i]
		r.ID = fmt.Sprint(1400000000000000000 + i)
		day, hour := int(14*math.Sqrt(m.Float64())), int(12+5*m.NormFloat64())
		r.At = to.AddDate(0, 0, day-13).Truncate(24 * time.Hour).Add(time.Duration(min(max(hour, 0), 23))*time.Hour + time.Duration(m.IntN(3600))*time.Second)
		if r.At.After(to) {
			r.At = r.At.Add(-24 * time.Hour)
		}
		r.Server = []string{"", "1001", "1002", "1002", "1003", "1003", "1003"}[m.IntN(7)]
		switch x := m.Float64(); {
		case x < 0.06:
			m.list(r, bot.Takeaways, "Key Takeaways")
		case x < 0.1:
			m.list(r, bot.Risks, "Potential Cons for Putin")
		case x < 0.72:
			m.answered(r)
		default:
			m.refused(r)
		}
	}
	return rows
}

// often picks an index, small ones far more often.
func (m *maker) often(n int) int { return int(float64(n) * math.Pow(m.Float64(), 2.8)) }

// list makes a row of a list by command.
func (m *maker) list(r *Row, kind bot.Kind, heading string) {
	r.Kind, r.Verdict, r.Mode, r.Article = kind, bot.Answered, bot.Quotes, m.article.Hash[:8]
	for n := range m.article.Len() {
		if at := m.article.At(n); at.Heading() == heading {
			r.Sentences = append(r.Sentences, at.Sentence.ID)
		}
	}
	r.Took = time.Duration(1500+m.IntN(3000)) * time.Microsecond
}

// answered makes a row of an answered question.
func (m *maker) answered(r *Row) {
	at := m.often(len(m.answers))
	r.Kind, r.Verdict, r.Article = bot.Ask, bot.Answered, m.article.Hash[:8]
	r.Question = m.questions[at][m.IntN(len(m.questions[at]))]
	switch x := m.Float64(); {
	case x < 0.09:
		r.Verdict = bot.Partly
	case x < 0.13:
		r.Verdict = bot.PremiseCorrected
	}
	r.Sentences = []string{m.answers[at]}
	if m.IntN(3) > 0 {
		r.Sentences = append(r.Sentences, m.answers[m.often(len(m.answers))])
	}
	for _, id := range r.Sentences {
		if place, ok := m.article.Find(id); ok {
			r.Answer += place.Text() + "\n"
		}
	}
	m.written(r)
	m.votes(r)
}

// written makes up who wrote the answer, and what that took.
func (m *maker) written(r *Row) {
	r.Mode = bot.FromModel
	r.Took = time.Duration(math.Exp(0.5*m.NormFloat64()) * 2.4 * float64(time.Second)).Round(time.Millisecond)
	r.Usage = bot.Usage{Calls: 1 + m.IntN(8)/7, PromptTokens: 5600 + m.IntN(500), CompletionTokens: 120 + m.IntN(500)}
	r.Usage.PromptTokens *= r.Usage.Calls
	if m.IntN(3) > 0 {
		r.Usage.CachedTokens = 5120
	}
	switch m.IntN(16) {
	case 0:
		r.Mode, r.Fallback, r.Usage, r.Took = bot.Quotes, bot.NoModelReply, bot.Usage{Calls: 1}, 20*time.Second+time.Duration(m.IntN(1500))*time.Millisecond
	case 1:
		r.Mode, r.Fallback = bot.Quotes, bot.NothingLeft
	case 2:
		r.Mode, r.Fallback, r.Usage, r.Took = bot.Quotes, bot.BudgetSpent, bot.Usage{}, time.Duration(2+m.IntN(6))*time.Millisecond
	case 3:
		r.Verdict, r.Fallback = bot.Partly, bot.CutOff
	}
}

// votes makes up votes.
func (m *maker) votes(r *Row) {
	if m.IntN(4) > 0 {
		return
	}
	r.Votes.Up = m.IntN(4)
	if m.IntN(4) > 0 {
		return
	}
	r.Votes.Down = 1 + m.often(5)
	words := []string{"that is not what I asked", "the second quote is about something else", "says nothing about Ukraine's own view", "outdated??", ""}
	for range r.Votes.Down {
		r.Votes.Reasons = append(r.Votes.Reasons, []string{"wrong", "unsupported", "missing", "missing", "other"}[m.IntN(5)])
		r.Votes.Words = append(r.Votes.Words, words[m.IntN(len(words))])
	}
}

// refused makes a row of a refused question.
func (m *maker) refused(r *Row) {
	r.Kind, r.Verdict, r.Reason = bot.Ask, bot.NotInArticle, bot.Lacks
	asked := m.lacking[m.often(len(m.lacking))]
	switch x := m.Float64(); {
	case x < 0.04:
		r.Verdict, r.Reason, asked = bot.OutOfScope, "", gap{text: "hi bot"}
	case x < 0.25:
		r.Verdict, r.Reason, asked = bot.OutOfScope, bot.OffTopic, m.other[m.often(len(m.other))]
	case x < 0.5:
		r.Reason, asked.lacks = bot.NoEvidence, ""
	}
	r.Question, r.Lacking, r.Mode = asked.text, asked.lacks, bot.Quotes
	if m.IntN(12) == 0 {
		r.Question = "" // deleted
	}
	r.Took = time.Duration(1200+m.IntN(2500)) * time.Microsecond
	if r.Verdict == bot.NotInArticle {
		r.Article, r.Near = m.article.Hash[:8], m.near(asked.text)
	}
}

// near returns the sentences that share most with a question.
func (m *maker) near(question string) []string {
	says := retrieval.Stems(question)
	var best []string
	most := 0
	for n, stems := range m.stems {
		id, common := m.article.At(n).Sentence.ID, 0
		for _, stem := range stems {
			if slices.Contains(says, stem) {
				common++
			}
		}
		if common > most {
			most, best = common, []string{id}
		} else if common == most && common > 0 && len(best) < 2 {
			best = append(best, id)
		}
	}
	return best
}

// sampleReport is the report of 400 made-up rows.
func sampleReport(t testing.TB) Report {
	t.Helper()
	return New(sampleRows(t, 400, 1), seedArticles(t), Options{From: to.AddDate(0, 0, -14), To: to, Prices: prices})
}

// strange are words that strangers may write to break something.
var strange = []string{
	`</style></title><script>alert(1)</script><img src=x onerror=alert(1)>`,
	`"'><svg/onload=alert(1)> &amp; &lt;b&gt; {{.}} ${x} <!-- ]]>`,
	"javascript:alert(1)//\u2028\u2029 onmouseover=alert(1)",
	"\x1b[31mred\x1b[0m \x07bell\x00nul\r\nnew line\ttab\x7f\u0085",
	"\u202egnp.exe\u202c \u2066isolated\u2069 \u200fright\u200e zero\u200bwidth\ufeff \U000e0041tag",
	"שלום, מה עם הפסגה? السلام عليكم",
	"Z̷̢̛̮̗̲͎̜̺̲̲͉͔͚͉̈́̏̌͑́̓̈́̅̋̎̚͝͝a̵l̶g̷o",
	"@everyone <@123> <#4> **bold** ||spoiler|| [a](https://x.example) https://x.example `code` # head",
	"\xff\xfe broken \xc3",
	strings.Repeat("A", 4096),
	strings.Repeat("wide words of many letters ", 200),
	"👩‍👩‍👧‍👦 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag",
}

// strangeRows are rows about an article of which every word is strange.
func strangeRows(words []string, article *retrieval.Article) []Row {
	var rows []Row
	for i, w := range words {
		base := Row{ID: fmt.Sprint(i, w), At: to.Add(-time.Duration(i+1) * time.Hour), Server: w, Question: w, Article: article.Slug, Answer: w + "\n" + w,
			Sentences: []string{"s1", w}, Near: []string{"s2", w},
			Votes: Votes{Up: 1, Down: 2 + i, Reasons: []string{w, "wrong"}, Words: []string{w, w}}}
		for j, v := range []bot.Verdict{bot.Answered, bot.NotInArticle, bot.OutOfScope, bot.Verdict(w)} {
			for k, reason := range []bot.Reason{bot.Lacks, bot.OffTopic, bot.NoEvidence, bot.Reason(w)} {
				r := base
				r.ID, r.Verdict, r.Reason, r.Lacking = fmt.Sprint(i, j, k, w), v, reason, w
				r.Mode, r.Kind, r.Fallback = bot.Mode(w), bot.Kind(w), bot.Fallback(w)
				rows = append(rows, r)
			}
		}
	}
	return rows
}
