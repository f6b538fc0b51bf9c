package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"summitbot/bot"
)

// How much the text tells: columns of a line, groups of gaps, paragraphs and
// answers.
const (
	textWidth  = 100
	textThemes = 12
	textCells  = 10
	textWorst  = 5
)

// nothing says that there is nothing to tell.
func (r Report) nothing() string {
	return "Nobody has asked anything in this time, so there is nothing to tell yet.\n" +
		"Ask the bot something, or look further back, and come again."
}

// Text is the report for a terminal: lines of at most 100 characters, without
// any control character but line feeds.
func (r Report) Text() string {
	t := &textPage{}
	t.line("summitbot report, %s", r.span())
	if r.Empty() {
		t.line("\n%s", r.nothing())
		return t.String()
	}
	t.line("%s %s", counted(r.Questions, "question"), r.from())
	t.counts("What became of them", r.Verdicts, r.Questions)
	t.counts("Who wrote the answers", r.Modes, r.Questions)
	t.counts("Whether that was meant so", r.Fallbacks, r.Questions)
	t.counts("How they were asked", r.Kinds, r.Questions)
	t.series(r.Series)
	t.themes("What the article lacks", r.Gaps)
	t.themes("About something else", r.OffTopic)
	if r.ToBot > 0 {
		t.line("\n%s only greeted the bot, or asked nothing.", counted(r.ToBot, "message"))
	}
	for _, m := range r.Maps {
		t.heat(m)
	}
	if r.Unplaced > 0 {
		t.line("\n%s about an article, or a wording of it, that is no longer there.", counted(r.Unplaced, "question"))
	}
	t.worst(r)
	t.times(r.Times)
	t.spent(r)
	return t.String()
}

// A textPage is a text in the making.
type textPage struct{ strings.Builder }

// line writes a line, shortened to the width.
func (t *textPage) line(format string, args ...any) {
	for l := range strings.Lines(fmt.Sprintf(format, args...)) {
		t.WriteString(strings.TrimRight(clip(strings.TrimRight(l, "\n"), textWidth), " ") + "\n")
	}
}

// heading begins a part.
func (t *textPage) heading(format string, args ...any) {
	title := fmt.Sprintf(format, args...)
	t.line("\n%s\n%s", title, strings.Repeat("─", min(textWidth, utf8.RuneCountInString(title))))
}

// bar is a bar of n parts of most, at most so many characters long.
func bar(n, most, length int) string {
	if most == 0 {
		return ""
	}
	eighths := (8*length*n + most/2) / most
	if eighths == 0 && n > 0 {
		eighths = 1
	}
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

func (t *textPage) counts(title string, counts []Count, of int) {
	t.heading("%s", title)
	for _, c := range counts {
		t.line("%-30s %7s %6s  %s", c.Label, number(c.N), percent(c.N, of), bar(c.N, of, 40))
	}
}

func (t *textPage) series(s Series) {
	t.heading("Questions by %s", s.Unit)
	most := 0
	for _, step := range s.Steps {
		most = max(most, step.N)
	}
	t.line("%-10s %7s %8s", "", "asked", "refused")
	for _, step := range s.Steps {
		t.line("%10s %7s %8s  %s", s.label(step), number(step.N), number(of(step.Verdicts, bot.NotInArticle, bot.OutOfScope)), bar(step.N, most, 60))
	}
}

func (t *textPage) themes(title string, themes Themes) {
	if themes.N == 0 {
		return
	}
	t.heading("%s (%s refused)", title, number(themes.N))
	for i, g := range themes.Groups {
		if i == textThemes {
			rest, n := themes.Groups[i:], 0
			for _, g := range rest {
				n += g.N
			}
			t.line("%5s  in %s", number(n), counted(len(rest), "smaller group"))
			break
		}
		near := ""
		if g.Near != "" {
			near = " (nearest: " + g.Near + ")"
		}
		t.line("%5s  %s%s", number(g.N), g.About(), near)
		for _, s := range g.Samples {
			t.line("         “%s”", s)
		}
	}
}

// heights show the levels of intensity.
var heights = []rune("·▁▂▄▆█")

func (t *textPage) heat(m Map) {
	all, cold := m.cells()
	t.heading("“%s”", m.Title)
	t.line("%s, %s of %s never asked about. A mark for each, from · (none) to █:", counted(m.Questions, "question"), number(cold), counted(all, "paragraph"))
	for _, s := range m.Sections {
		var marks strings.Builder
		for _, c := range s.Cells {
			marks.WriteRune(heights[c.Level])
		}
		t.line("  §%-3d %-50s %s", s.Number, clip(s.Name(), 50), marks.String())
	}
	ranked := m.ranked()
	if len(ranked) == 0 {
		return
	}
	t.line("\n%7s %6s %8s", "asked", "cited", "against")
	for _, c := range ranked[:min(textCells, len(ranked))] {
		t.line("%7s %6s %8s  %-8s %s", number(c.Asked), number(c.Cited), number(c.Down), c.Mark(), c.Text)
	}
}

func (t *textPage) worst(r Report) {
	t.heading("Votes: %s for, %s against", number(r.Up), number(r.Down))
	if len(r.Worst) == 0 {
		t.line("Nobody has voted against an answer.")
	}
	for _, j := range r.Worst[:min(textWorst, len(r.Worst))] {
		t.line("%3d against, %d for  %s UTC  %s", j.Down, j.Up, moment(j.At), j.given())
		t.line("     asked: %s", orGone(j.Question))
		t.line("  answered: %s", orGone(strings.ReplaceAll(j.Answer, "\n", " ")))
		for _, w := range j.Words {
			t.line("      says: “%s”", w)
		}
	}
}

// orGone stands in for words that are no longer kept.
func orGone(s string) string {
	if s == "" {
		return "(its words are no longer kept)"
	}
	return s
}

func (t *textPage) times(all []Times) {
	if len(all) == 0 {
		return
	}
	t.heading("Time to an answer")
	t.line("%-30s %7s %9s %9s %9s", "", "n", "p50", "p90", "p99")
	for _, x := range all {
		t.line("%-30s %7s %9s %9s %9s", x.modeLabel(), number(x.N), took(x.P50), took(x.P90), took(x.P99))
	}
}

func (t *textPage) spent(r Report) {
	if r.Tokens == (Tokens{}) {
		return
	}
	t.heading("Tokens")
	for _, row := range r.spending() {
		t.line("%-30s %12s", row.Label, row.Value)
	}
	if r.Cost == nil {
		t.line("No prices are given, so no cost is told.")
	}
}
