package report

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"summitbot/bot"
)

const (
	// shortLength is how long the short form is at most, in UTF-16 units, as
	// Discord counts them.
	shortLength = 1900
	shortThemes = 5
	shortCells  = 5
	shortWorst  = 3
	shortChars  = 110
)

// Short is the report in a few lines, less than 1,900 UTF-16 units, for a
// message. It is no Markdown: nothing in it begins a list, a mention, a link
// or any formatting, in strangers' words neither.
func (r Report) Short() string {
	lines := []string{"Report, " + r.span()}
	if r.Empty() {
		lines = append(lines, r.nothing())
	} else {
		lines = append(lines, r.summary()...)
		lines = append(lines, r.shortThemes()...)
		lines = append(lines, r.shortCells()...)
		lines = append(lines, r.shortWorst()...)
	}
	var out strings.Builder
	left := shortLength
	for _, l := range lines {
		l = plain(l) + "\n"
		if left -= len(utf16.Encode([]rune(l))); left < 0 {
			break
		}
		out.WriteString(l)
	}
	return strings.TrimRight(out.String(), "\n")
}

// plain takes out of a text what Discord's Markdown or mentions begin with.
func plain(s string) string {
	s = strings.ReplaceAll(s, "://", " ")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\\*_~`|[]<>@#", r) {
			return -1
		}
		return r
	}, s)
}

// inWords writes signs of percent that would not be shown.
var inWords = strings.NewReplacer("<", "under ", ">", "over ")

// summary tells the figures.
func (r Report) summary() []string {
	said := func(name string, verdicts ...bot.Verdict) string {
		n := of(r.Verdicts, verdicts...)
		return fmt.Sprintf("%s %s (%s)", number(n), name, inWords.Replace(percent(n, r.Questions)))
	}
	lines := []string{
		strings.TrimSpace(counted(r.Questions, "question") + " " + r.from()),
		said("answered", bot.Answered, bot.Partly, bot.PremiseCorrected) + ", " + said("not in the article", bot.NotInArticle) + ", " + said("about something else", bot.OutOfScope),
		fmt.Sprintf("Votes: %s for, %s against", number(r.Up), number(r.Down)),
	}
	if len(r.Times) > 0 {
		t := r.Times[0]
		lines = append(lines, fmt.Sprintf("Time to an answer: %s in the middle, %s for 9 in 10, %s for 99 in 100", took(t.P50), took(t.P90), took(t.P99)))
	}
	if n := r.Tokens.all(); n > 0 {
		line := counted(n, "token")
		if r.Cost != nil {
			line += ", " + r.Cost.String()
		}
		lines = append(lines, line)
	}
	return lines
}

func (r Report) shortThemes() (lines []string) {
	if r.Gaps.N == 0 {
		return nil
	}
	lines = []string{"", "What the article lacks:"}
	for _, g := range r.Gaps.Groups[:min(shortThemes, len(r.Gaps.Groups))] {
		line := fmt.Sprintf("%d× %s", g.N, g.About())
		if g.How != ByGap && len(g.Samples) > 0 {
			line += ": “" + g.Samples[0] + "”"
		}
		lines = append(lines, clip(line, shortChars))
	}
	return lines
}

func (r Report) shortCells() (lines []string) {
	for _, m := range r.Maps {
		ranked := m.ranked()
		if len(ranked) == 0 {
			continue
		}
		all, cold := m.cells()
		lines = append(lines, "", fmt.Sprintf("Most asked about in “%s” (%d of %d paragraphs: never):", clip(m.Title, 60), cold, all))
		for _, c := range ranked[:min(shortCells, len(ranked))] {
			lines = append(lines, clip(fmt.Sprintf("%d× %s %s", c.Asked, c.Mark(), c.Text), shortChars))
		}
	}
	return lines
}

func (r Report) shortWorst() (lines []string) {
	if len(r.Worst) == 0 {
		return nil
	}
	lines = []string{"", "Most votes against:"}
	for _, j := range r.Worst[:min(shortWorst, len(r.Worst))] {
		line := fmt.Sprintf("%d× %s", j.Down, orGone(j.Question))
		if why := j.given(); why != "" {
			line += " (" + why + ")"
		}
		lines = append(lines, clip(line, shortChars+40))
	}
	return lines
}
