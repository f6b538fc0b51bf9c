package doctor

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestDoctorSheet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 30)
	var out bytes.Buffer
	s := Sheet{W: &out}
	s.Line(Finding{Check: "data", Status: OK, Found: "it can be written"})
	s.Line(Finding{Check: "commands", Status: Warning, Found: long + "end", Mend: "take them away:", Command: "curl " + long + "end"})
	s.count = map[Status]int{OK: 3, Warning: 1, Fault: 2}
	s.Sum()
	want := `ok       data          it can be written
warning  commands      word word word word word word word word word word word word word word word
                       word word word word word word word word word word word word word word word
                       end
                       → take them away:
                         curl ` + long + `end

2 faults, 1 warning, 3 ok
`
	if out.String() != want {
		t.Errorf("it prints\n%s\nand not\n%s", &out, want)
	}
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > lineWidth && !strings.Contains(line, "curl") {
			t.Errorf("a line has %d characters: %s", n, line)
		}
	}
	out.Reset()
	s.Colour = true
	s.Line(Finding{Check: "token", Status: Fault, Found: "x"})
	if got := out.String(); got != "\x1b[1;31mfault    \x1b[0mtoken         x\n" {
		t.Errorf("in colour it is %q", got)
	}
	broken := Sheet{W: (*os.File)(nil)}
	broken.Line(Finding{Check: "token", Status: OK, Found: "x"})
	if broken.Err == nil {
		t.Error("a failure to print is swallowed")
	}
}
