package doctor

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A Sheet prints findings for people.
type Sheet struct {
	W      io.Writer
	Colour bool  // W is a terminal that shows colours
	Err    error // the first of writing

	count map[Status]int
	first Finding // the first fault: what is to be mended before all else
}

// The sheet's measures, in characters.
const (
	statusWidth = 9
	checkWidth  = 14
	lineWidth   = 100
)

// colours are the codes of a terminal for statuses.
var colours = map[Status]string{OK: "\x1b[32m", Warning: "\x1b[33m", Fault: "\x1b[1;31m", Skipped: "\x1b[2m"}

// paint is a text in the status's colour.
func (s *Sheet) paint(of Status, text string) string {
	if !s.Colour {
		return text
	}
	return colours[of] + text + "\x1b[0m"
}

// Line prints a finding: how it is, its check, what was found, and below that how
// to mend it.
func (s *Sheet) Line(f Finding) {
	if s.count == nil {
		s.count = map[Status]int{}
	}
	if s.count[f.Status]++; f.Status == Fault && s.first.Status == "" {
		s.first = f
	}
	var b bytes.Buffer
	b.WriteString(s.paint(f.Status, fmt.Sprintf("%-*s", statusWidth, f.Status)))
	fmt.Fprintf(&b, "%-*s", checkWidth, f.Check)
	wrap(&b, f.Found, statusWidth+checkWidth)
	if f.Mend != "" {
		fmt.Fprintf(&b, "%*s→ ", statusWidth+checkWidth, "")
		wrap(&b, f.Mend, statusWidth+checkWidth+2)
	}
	if f.Command != "" { // on one line, to be copied
		fmt.Fprintf(&b, "%*s%s\n", statusWidth+checkWidth+2, "", f.Command)
	}
	s.write(b.Bytes())
}

// Sum prints how many findings of each kind there were, and at the end that the bot
// is ready, or what to do first.
func (s *Sheet) Sum() {
	var parts []string
	for _, of := range []struct {
		Status
		many string
	}{{Fault, "faults"}, {Warning, "warnings"}, {Skipped, "skipped"}, {OK, "ok"}} {
		switch n := s.count[of.Status]; n {
		case 0:
		case 1:
			parts = append(parts, s.paint(of.Status, "1 "+string(of.Status)))
		default:
			parts = append(parts, s.paint(of.Status, fmt.Sprintf("%d %s", n, of.many)))
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n%s\n", strings.Join(parts, ", "))
	switch {
	case s.count[Fault] == 0:
		b.WriteString("Ready: nothing keeps the bot from working.\n")
	default:
		b.WriteString("First: ")
		wrap(&b, fmt.Sprintf("%s: %s", s.first.Check, cmp.Or(s.first.Mend, s.first.Found)), len("First: "))
		if s.first.Command != "" {
			fmt.Fprintf(&b, "       %s\n", s.first.Command)
		}
	}
	s.write(b.Bytes())
}

func (s *Sheet) write(text []byte) {
	if _, err := s.W.Write(text); s.Err == nil {
		s.Err = err
	}
}

// wrap writes a text and a line's end. Its lines begin at a column; words are
// kept whole, so that addresses and commands can be copied.
func wrap(b *bytes.Buffer, text string, column int) {
	at := column
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > lineWidth:
			fmt.Fprintf(b, "\n%*s", column, "")
			at = column
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteByte('\n')
}
