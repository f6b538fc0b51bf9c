package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"
)

// What files .env come with: of editors, shells, Windows and web pages.
func TestDotenv(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"":                       {},
		"A=1\nB=2":               {"A": "1", "B": "2"},
		"A=1\r\n\r\nB=2\r\n":     {"A": "1", "B": "2"},
		"A=1\rB=2\r":             {"A": "1", "B": "2"},
		"\ufeffA=1\nB=2\n":       {"A": "1", "B": "2"},
		"\ufeff# comment\nA=1\n": {"A": "1"},
		"A=1\n\ufeff# one file behind another\n\ufeffB=2":    {"A": "1", "B": "2"},
		" \t# comment\n\n  A = 1  \n":                        {"A": "1"},
		"export A=1\nexport\tB='2'\n":                        {"A": "1", "B": "2"},
		"A=\nB= \nC=''\nD=\"\"\n":                            {"A": "", "B": "", "C": "", "D": ""},
		"A=1 # one\nB=2\t#two\nC=3#three\nD=#4\nE= # none\n": {"A": "1", "B": "2", "C": "3#three", "D": "#4", "E": ""},
		"A=x=y==\n": {"A": "x=y=="},
		"A=sk-ab$CD12x\nB=$A\nC=${A}\nD=$$\nE=\"$A ${B:-x} $(id)\"\nF='$A'\nG=a\\$b\nH=\"a\\$b\"\n": {
			"A": "sk-ab$CD12x", "B": "$A", "C": "${A}", "D": "$$", "E": "$A ${B:-x} $(id)", "F": "$A", "G": `a\$b`, "H": "a$b"},
		`A="a\"b\\c\n"` + "\nB='a\"b\\n'\nC=\"it's\"\nD=it's\nE=a\"b\n": {"A": "a\"b\\c\n", "B": `a"b\n`, "C": "it's", "D": "it's", "E": `a"b`},
		"A='1' # one\nB=\"2\"#two\nC='#3'\n":                            {"A": "1", "B": "2", "C": "#3"},
		"A=\"one\ntwo = 2\n# three\"\r\nB=2\n":                          {"A": "one\ntwo = 2\n# three", "B": "2"},
		`A=C:\new\table` + "\nB=\"C:\\dir\"\n":                          {"A": `C:\new\table`, "B": `C:\dir`},
		"A=\u00a01\u00a0\n\u00a0\n\u2800\nB=\u200b2\u3164\n":            {"A": "1", "B": "2"},
		"A=1\nA=2\n":                    {"A": "2"},
		"A=für\nB=\"f\xfcr\"\n# \xff\n": {"A": "für", "B": "f\xfcr"},
		"a.b-c_1=x\n_=y\n":              {"a.b-c_1": "x", "_": "y"},
	} {
		got, from, faults := parseDotenv([]byte(text))
		if len(faults) > 0 || !maps.Equal(got, want) {
			t.Errorf("%q is read as %q, %v", text, got, faults)
		}
		if len(from) != len(got) {
			t.Errorf("%q: %d variables stand in %v", text, len(got), from)
		}
	}
}

// What is not understood is told with its line and what is expected there,
// and with nothing of what it holds.
func TestDotenvFaults(t *testing.T) {
	t.Parallel()
	encoded := func(text string, big bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(text)) {
			if big {
				b.WriteString(string([]byte{byte(u >> 8), byte(u)}))
			} else {
				b.WriteString(string([]byte{byte(u), byte(u >> 8)}))
			}
		}
		return b.String()
	}
	for text, want := range map[string]string{
		"A=1\n" + canary + "\n":                      "line 2: every line is NAME=value",
		"A=1\r\n\r\n" + canary + " B=2\r\n":          "line 3: every line is NAME=value",
		"\ufeff\nA: " + canary + "\n":                "line 2: every line is NAME=value",
		"=" + canary:                                 "line 1: every line is NAME=value",
		"export\nA=1":                                "line 1: every line is NAME=value",
		"set A=" + canary:                            "line 1: every line is NAME=value",
		"A\u200bB=" + canary:                         "line 1: every line is NAME=value",
		"A=1\nB=\"" + canary + "\nC=3\n":             "line 2: the value's quotation mark is never closed",
		"A='" + canary:                               "line 1: the value's quotation mark is never closed",
		"A=\"x\ny\"\nB='" + canary + "'x\n":          "line 3: behind the value's closing quotation mark",
		"A='it's " + canary + "'\n":                  "line 1: behind the value's closing quotation mark",
		"A=1\nB=\x00" + canary + "\n":                "line 2: it holds a NUL byte",
		"A=1\nB='\n\x00" + canary + "'\n":            "line 2: it holds a NUL byte",
		encoded("\ufeffA="+canary+"\n", false):       "line 1: the file is UTF-16: save it as UTF-8",
		encoded("\ufeffA="+canary+"\n", true):        "line 1: the file is UTF-16: save it as UTF-8",
		encoded("A="+canary+"\n", false):             "line 1: the file is UTF-16: save it as UTF-8",
		encoded("# "+canary+"\nA=1\n", true):         "line 1: the file is UTF-16: save it as UTF-8",
		"\xff\xfe\x00\x00A\x00\x00\x00=\x00\x00\x00": "line 1: the file is UTF-32: save it as UTF-8",
		strings.Repeat(canary+"\n", 100):             "and so on, in 95 lines more",
		"A=1\n" + strings.Repeat("# long\n", 1<<18):  "has more than 1048576 bytes",
	} {
		_, err := readConfig(settings(t, text, nil))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), ".env ") {
			t.Errorf("%.60q: %v", text, err)
		}
		if err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "\x00")) {
			t.Errorf("%.60q: the error tells too much: %v", text, err)
		}
	}
}

// A value that is not understood is told with its line in .env, and with what
// it can be; one of the environment without a line.
func TestSettingsFaultsTellTheirLines(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"LOG_LEVEL": "want debug, info, warn or error", "LOG_FORMAT": "want auto, text or json", "SHARDS": "want auto or a number from 1",
		"QUESTIONS_PER_MINUTE": "want a whole number", "OPENAI_TIMEOUT": "want a time such as 20s or 2m", "PPROF": "want on or off",
		"METRICS_ADDR": "want HOST:PORT", "CHANNELS": "digits alone", "DISCORD_API_URL": "http://127.0.0.1:8080",
		"DATABASE_URL": "postgres://user:password@host:5432/database", "DISCORD_GUILD_ID": "digits alone",
	}
	for name, want := range values {
		_, err := readConfig(settings(t, "# one\n\n"+name+"="+canary+"\n", nil))
		if err == nil || !strings.HasPrefix(err.Error(), name+" in line 3 of .env ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s in the file: %v", name, err)
		}
		_, err = readConfig(settings(t, "# one\n", map[string]string{name: canary}))
		if err == nil || !strings.HasPrefix(err.Error(), name+" is not ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s in the environment: %v", name, err)
		}
	}
	for _, secret := range []string{"DISCORD_TOKEN=a b", "DATABASE_URL=hunter2", "DISCORD_API_URL=http:x", "LOG_LEVEL=user:pass"} {
		name, value, _ := strings.Cut(secret, "=")
		if _, err := readConfig(settings(t, secret+"\n", nil)); err != nil && strings.Contains(strings.ReplaceAll(err.Error(), name, ""), `"`+value) {
			t.Errorf("what may be secret is told: %v", err)
		}
	}
	if _, err := readConfig(settings(t, "A=1\nRETENTION_DAYS=-1\n", nil)); err == nil || !strings.HasPrefix(err.Error(), `RETENTION_DAYS in line 2 of .env ("-1") cannot be negative`) {
		t.Errorf("a negative number: %v", err)
	}
}

// So are faults that show only where the setting is used.
func TestFaultsInUseTellTheirLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, want string
		command    []string
	}{
		"a token":     {"# one\nDISCORD_TOKEN=\"" + canary + " x\"\n", "DISCORD_TOKEN in line 2 of .env is not understood: ", []string{"serve"}},
		"no folder":   {"ARTICLES=nowhere\n", "ARTICLES in line 1 of .env: ", []string{"ask", "why?"}},
		"no version":  {"\nOPENAI_BASE_URL=http://localhost:1\nOPENAI_MODEL=m\n", "(OPENAI_BASE_URL in line 2 of .env, OPENAI_MODEL in line 3 of .env)", []string{"ask", "why?"}},
		"no address":  {"METRICS_ADDR=nowhere\n", "METRICS_ADDR in line 1 of .env is not understood: want HOST:PORT", []string{"ready"}},
		"no database": {"A=1\nDATABASE_URL=mysql://" + canary + "@localhost\n", "DATABASE_URL in line 2 of .env is not ", []string{"serve"}},
	} {
		e := settings(t, c.file, nil)
		var out, log strings.Builder
		e.args, e.stdin, e.stdout, e.stderr = c.command, strings.NewReader(""), &out, &log
		if code := run(t.Context(), e); code == exitOK || !strings.Contains(log.String(), c.want) || strings.Contains(log.String(), canary) {
			t.Errorf("%s: it ended with %d and printed %s%s", name, code, &out, &log)
		}
	}
}

// What is no file that can be read is told as what it is.
func TestDotenvIsNoFile(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(file string) error{
		"a folder":    func(file string) error { return os.Mkdir(file, 0o700) },
		"a ring":      func(file string) error { return os.Symlink(dotenvFile, file) },
		"a dead link": func(file string) error { return os.Symlink("nowhere", file) },
	} {
		e := settings(t, "", nil)
		if err := make(filepath.Join(e.dir, dotenvFile)); err != nil {
			t.Fatal(err)
		}
		_, err := readConfig(e)
		if want := name != "a dead link"; (err != nil) != want || err != nil && !strings.HasPrefix(err.Error(), "reading .env: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A pipe in the place of .env, which says all once, is enough.
func TestDotenvOfAPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, dotenvFile), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launchIn(t, dir, "summitbot", nil, "serve")
	f, err := os.OpenFile(filepath.Join(dir, dotenvFile), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("DISCORD_TOKEN=" + botToken + "\nDISCORD_API_URL=http://127.0.0.1:1\nDATABASE_URL=postgres://127.0.0.1:1/x\nDISCORD_GUILD=1\n")
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	p.exits(exitFailure)
	if _, log := p.printed(); !strings.Contains(log, "DISCORD_GUILD_ID") || !strings.Contains(log, "opening the store in PostgreSQL") {
		t.Errorf("it printed %s", log)
	}
}

// faulty matches what is said of a line.
var faulty = regexp.MustCompile(`^\.env is not understood in line ([0-9]+): (.*)$`)

// Whatever a file holds, a value is of its bytes, and a fault names one of its
// lines and repeats nothing.
func FuzzDotenv(f *testing.F) {
	for _, text := range []string{
		"A=1\n", "\ufeffexport A='$x' # c\r\nB=\"a\\n\"\r", "\xff\xfeA\x00=\x00", "A=\"\n'\n", "=\n\x00\nA", "A=' # '#'", "A=\u2800x\u3164\n",
	} {
		f.Add([]byte(text))
	}
	wants := map[string]bool{wantLine: true, wantClosed: true, wantBare: true, wantText: true, fmt.Sprintf(wantUTF8, "UTF-16"): true, fmt.Sprintf(wantUTF8, "UTF-32"): true}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
		vars, from, faults := parseDotenv(text)
		for name, value := range vars {
			line := strings.Split(lines, "\n")[from[name]-1]
			if !variableName.MatchString(name) || !strings.Contains(line, name) {
				t.Errorf("%q stands in line %d, %q", name, from[name], line)
			}
			if !strings.Contains(lines, `\`) && !strings.Contains(lines, value) {
				t.Errorf("%s is %q, which stands nowhere in %q", name, value, lines)
			}
		}
		for _, err := range faults {
			m := faulty.FindStringSubmatch(err.Error())
			var n int
			if m != nil {
				_, _ = fmt.Sscan(m[1], &n)
			}
			if m == nil || !wants[m[2]] || n < 1 || n > strings.Count(lines, "\n")+1 {
				t.Errorf("a fault is told as %v", err)
			}
		}
	})
}

// A value in single quotation marks comes out as it went in.
func FuzzDotenvValue(f *testing.F) {
	for _, value := range []string{"", "sk-ab$CD12x", " # x\n", "\ufeff", `\"`, "$(x) ${y}"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsAny(value, "'\r\x00") {
			return // which have to be written otherwise, or cannot be
		}
		vars, _, faults := parseDotenv([]byte("# a file\nexport NAME='" + value + "' # a value\nLAST=1\n"))
		if len(faults) > 0 || len(vars) != 2 || vars["NAME"] != value || vars["LAST"] != "1" {
			t.Errorf("%q comes out as %q, %v", value, vars, faults)
		}
	})
}
