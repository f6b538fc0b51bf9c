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
	s.Line(Finding{Check: "token", Status: Fault, Found: "it is not set", Mend: "set it"})
	s.Line(Finding{Check: "gateway", Status: Fault, Found: "it is away", Mend: "wait"})
	s.count[OK] += 2
	s.Sum()
	want := `ok       data          it can be written
warning  commands      word word word word word word word word word word word word word word word
                       word word word word word word word word word word word word word word word
                       end
                       → take them away:
                         curl ` + long + `end
fault    token         it is not set
                       → set it
fault    gateway       it is away
                       → wait

2 faults, 1 warning, 3 ok
First: token: set it
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
	well := Sheet{W: &out}
	well.Line(Finding{Check: "commands", Status: Warning, Found: "none"})
	well.Sum()
	if !strings.HasSuffix(out.String(), "\n1 warning\nReady: nothing keeps the bot from working.\n") {
		t.Errorf("without a fault it ends with %q", &out)
	}
	out.Reset()
	worse := Sheet{W: &out}
	worse.Line(Finding{Check: "commands", Status: Fault, Found: "none", Mend: "say:", Command: "curl x"})
	worse.Sum()
	if !strings.HasSuffix(out.String(), "\n1 fault\nFirst: commands: say:\n       curl x\n") {
		t.Errorf("with a command that mends it, it ends with %q", &out)
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
