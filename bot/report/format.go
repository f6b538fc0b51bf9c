package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// number is a count with commas between thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted is a count with its noun, whose plural ends in s.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// percent is a share in whole percent. What is not all is not told as 100 %,
// and what is something not as 0 %.
func percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	switch p := (200*n + of) / (2 * of); {
	case p == 0 && n > 0:
		return "<1 %"
	case p == 100 && n < of:
		return ">99 %"
	default:
		return strconv.Itoa(p) + " %"
	}
}

// took is a duration as people read it, to two digits or so.
func took(d time.Duration) string {
	switch s := d.Seconds(); {
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f ms", 1000*s)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", 1000*s)
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", s)
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", s)
	default:
		return fmt.Sprintf("%.0f min", s/60)
	}
}

// money is an amount: in cents, or to four digits behind the point below a
// tenth.
func money(amount float64) string {
	digits := 2
	if amount < 0.1 {
		digits = 4
	}
	return strconv.FormatFloat(amount, 'f', digits, 64)
}

// String is the amount with its currency.
func (c Cost) String() string { return strings.TrimSpace(money(c.Amount) + " " + c.Currency) }

// moment is a time of day in UTC.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") }

// span names the period.
func (r Report) span() string {
	if r.From.IsZero() {
		return "until " + moment(r.To) + " UTC"
	}
	return moment(r.From) + " – " + moment(r.To) + " UTC"
}

// from tells where the questions were asked; empty when no server is known.
func (r Report) from() string {
	switch {
	case r.Servers == 0:
		return ""
	case r.Direct == 0:
		return "in " + counted(r.Servers, "server")
	}
	return fmt.Sprintf("in %s, %s by direct message", counted(r.Servers, "server"), number(r.Direct))
}

// label names a step of a series.
func (s Series) label(step Step) string {
	layouts := map[string]string{"hour": "15:04", "day": "2 Jan", "week": "2 Jan", "month": "Jan 2006", "year": "2006"}
	return step.Start.Format(layouts[s.Unit])
}

// steps tells the ranges of a scale, the palest first: "1", "2–6", "7+".
func (m Map) steps() []string {
	var out []string
	for i, least := range m.Scale {
		switch {
		case i == len(m.Scale)-1 && len(m.ranked()) > 0 && m.ranked()[0].Asked > least:
			out = append(out, fmt.Sprintf("%d–%d", least, m.ranked()[0].Asked))
		case i < len(m.Scale)-1 && m.Scale[i+1]-1 > least:
			out = append(out, fmt.Sprintf("%d–%d", least, m.Scale[i+1]-1))
		default:
			out = append(out, strconv.Itoa(least))
		}
	}
	return out
}

// About is what a theme's questions are about, in a line.
func (t Theme) About() string {
	return t.Label
}

// modeLabel names whose times they are.
func (t Times) modeLabel() string {
	if t.Name == "" {
		return "all answers"
	}
	return modes[position(modes, t.Name)].label
}

// given joins the reasons of votes against an answer.
func (j Judged) given() string {
	var parts []string
	for _, c := range j.Reasons {
		if c.N > 1 {
			parts = append(parts, fmt.Sprintf("%s (%d)", c.Label, c.N))
		} else {
			parts = append(parts, c.Label)
		}
	}
	return strings.Join(parts, ", ")
}
