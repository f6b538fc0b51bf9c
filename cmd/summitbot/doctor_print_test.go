package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/discord/inspect"
	"summitbot/bot/llm"
	"summitbot/bot/store"
	"summitbot/bot/testserver"
	"summitbot/prompts"
)

func TestDoctorSheet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 30)
	var out bytes.Buffer
	s := sheet{w: &out}
	s.line(finding{Check: "data", Status: isOK, Found: "it can be written"})
	s.line(finding{Check: "commands", Status: isWarning, Found: long + "end", Mend: "take them away:", command: "curl " + long + "end"})
	s.sum(map[health]int{isOK: 3, isWarning: 1, isFault: 2})
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
	s.colour = true
	s.line(finding{Check: "token", Status: isFault, Found: "x"})
	if got := out.String(); got != "\x1b[1;31mfault    \x1b[0mtoken         x\n" {
		t.Errorf("in colour it is %q", got)
	}
	broken := sheet{w: closed(t)}
	broken.line(finding{Check: "token", Status: isOK, Found: "x"})
	if broken.err == nil {
		t.Error("a failure to print is swallowed")
	}
}

// closed is a file that cannot be written.
func closed(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A file is no terminal, and neither is a buffer.
func TestDoctorColours(t *testing.T) {
	t.Parallel()
	e := settings(t, "", map[string]string{"TERM": "xterm"})
	e.stdout = new(bytes.Buffer)
	if colourful(e) {
		t.Error("a buffer is coloured")
	}
	e.stdout = closed(t)
	if colourful(e) {
		t.Error("a file is coloured")
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	e.stdout = null // a character device, as a terminal is
	if !colourful(e) {
		t.Error("a terminal is not coloured")
	}
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		plain := settings(t, "", map[string]string{"TERM": "xterm", name: value})
		plain.stdout = null
		if colourful(plain) {
			t.Errorf("with %s=%s it is coloured", name, value)
		}
	}
}

// What strangers have named cannot act on the operator's terminal.
func TestDoctorPrintsNoControls(t *testing.T) {
	t.Parallel()
	p := newPatient(t, testserver.Options{Guild: "House\x1b[2J\u202e of\ncards"}, testserver.Bot{})
	code, out := p.examined()
	if code != exitOK || !strings.Contains(out, "House [2J of cards") || strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("it ended with %d and printed %q", code, out)
	}
}

func TestDoctorDisk(t *testing.T) {
	t.Parallel()
	for free, want := range map[uint64]health{0: isFault, 10 << 20: isFault, 100 << 20: isWarning, 1 << 40: isOK} {
		if got := room(free); got != want || (roomMends[got] == "") != (want == isOK) {
			t.Errorf("%s: %s, %q", size(free), got, roomMends[got])
		}
	}
	if free, err := freeSpace(t.TempDir()); err != nil || free == 0 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if _, err := freeSpace(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there has a disk")
	}
}

// A disk that is full is no matter of rights, and the other way round.
func TestDoctorMendsFolders(t *testing.T) {
	t.Parallel()
	for cause, says := range map[error]string{
		syscall.ENOSPC: "make room there", syscall.EDQUOT: "quota", syscall.EROFS: "can only be read", syscall.EACCES: "let the user that runs serve write there",
	} {
		err := errors.Join(&os.PathError{Op: "write", Path: "data/file", Err: cause}, nil)
		if got := folderMend(err); !strings.Contains(got, says) {
			t.Errorf("%v: %s", cause, got)
		}
	}
}

func TestDoctorJudgesDatabases(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state store.State
		err   error
		as    health
		says  string
	}{
		"none":    {store.State{Known: 2}, nil, isOK, "serve makes its tables"},
		"whole":   {store.State{Made: true, Version: 2, Known: 2}, nil, isOK, "is whole"},
		"waiting": {store.State{Made: true, Version: 2, Known: 2, Waiting: 3}, nil, isOK, "wait for an answer: 3"},
		"older":   {store.State{Made: true, Version: 1, Known: 2}, nil, isOK, "from version 1 to 2"},
		"newer":   {store.State{Made: true, Version: 9, Known: 2}, nil, isFault, "run that release again"},
		"damaged": {store.State{Made: true}, fmt.Errorf("reading: %w", store.ErrDamaged), isFault, "move it away"},
		"useless": {store.State{}, fmt.Errorf("opening: %w", &store.Trouble{Found: "found", Mend: "how to mend it", Cause: errors.New("no")}), isFault, "found (no)how to mend it"},
		"denied":  {store.State{Made: true}, errors.New("permission denied"), isFault, "read and write it"},
	} {
		var got finding
		d := &doctor{tell: func(f finding) { got = f }}
		d.judge(c.state, c.err)
		if got.Check != "database" || got.Status != c.as || !strings.Contains(got.Found+got.Mend, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDoctorMisspelt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"DISCORD_TOKEN": "", "POSTGRES_PASSWORD": "", "HOME": "",
		"DISCORD_BOT_TOKEN": "DISCORD_TOKEN", "DISCORD_TOKN": "DISCORD_TOKEN", "DISCORD_GUILD": "DISCORD_GUILD_ID",
		"discord_token": "DISCORD_TOKEN", "Log_Level": "LOG_LEVEL", "home": "",
		"CHANNEL": "CHANNELS", "OPENAI_KEY": "OPENAI_API_KEY", "OPENAI_MODEL_NAME": "OPENAI_MODEL", "LOG": "LOG_LEVEL",
	} {
		if got := misspelt(name); got != want {
			t.Errorf("%s is taken for %q, not %q", name, got, want)
		}
	}
}

// The prompt of the probe is as long as it is said to be, begins with what is
// asked for, and has it nowhere else.
func TestDoctorWatchword(t *testing.T) {
	t.Parallel()
	for _, tokens := range []int{0, 1000, 9000, 40000} {
		p, word := watchword(tokens)
		n := prompts.Tokens(len(p.System)+len(p.User)) + shortReply
		if tokens > 1500 && (n < tokens-50 || n > tokens+50) {
			t.Errorf("asked for %d tokens, it has %d", tokens, n)
		}
		if strings.Count(p.System+p.User, word) != 1 || !strings.Contains(p.System, "[s1] The watchword of the lighthouse is "+word) {
			t.Errorf("%q is not in %.500s", word, p.System)
		}
	}
}

// The README's link is the one that is built.
func TestReadmeHasTheInviteLink(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if link := inspect.InviteURL("APPLICATION_ID"); !strings.Contains(string(data), link) {
		t.Errorf("README.md does not have %s", link)
	}
}

// What Ollama needs is told as commands.
func TestDoctorKnowsOllama(t *testing.T) {
	t.Parallel()
	cfg := config{OpenAIBaseURL: "http://localhost:11434/v1", OpenAIModel: "llama3.1", ContextTokens: 6000}
	client, err := llm.New(llm.Config{BaseURL: "http://" + deserted + "/v1", Model: "llama3.1"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for kind, want := range map[llm.Kind]string{
		llm.Unavailable: "OLLAMA_CONTEXT_LENGTH=9216 ollama serve",
		llm.NoModel:     "ollama pull llama3.1",
		llm.TimedOut:    "",
	} {
		var got finding
		d := &doctor{tell: func(f finding) { got = f }, cfg: cfg, model: client}
		d.silent(t.Context(), "model", "here", "llama3.1", &llm.Error{Kind: kind, Detail: `Post "http://localhost:11434/v1": connection refused`})
		if got.command != want || got.Status != isFault || got.Mend == "" || !strings.HasSuffix(got.Found, complaints[kind]+": connection refused") {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestDoctorJudgesStandings(t *testing.T) {
	t.Parallel()
	good := []inspect.Place{{Name: "general", Answers: true}}
	for name, c := range map[string]struct {
		of   inspect.Standing
		as   health // empty: nothing is said
		says string
	}{
		"well":              {inspect.Standing{Places: good}, "", ""},
		"timed out":         {inspect.Standing{Places: good, Silenced: time.Now().Add(time.Hour)}, isFault, "Remove Timeout"},
		"was timed out":     {inspect.Standing{Places: good, Silenced: time.Now().Add(-time.Hour)}, "", ""},
		"roles without":     {inspect.Standing{Places: good, Lacks: []string{"Read Message History"}}, isWarning, "roles lack Read Message History"},
		"an administrator":  {inspect.Standing{Places: good, Administrator: true}, isWarning, "switch off Administrator"},
		"channels it reads": {inspect.Standing{Places: append([]inspect.Place{{Name: "rules", Lacks: []string{"Send Messages"}}}, good...)}, isWarning, "#rules (Send Messages)"},
		"no channel":        {inspect.Standing{}, isFault, "allow View Channel"},
	} {
		var got finding
		d := &doctor{tell: func(f finding) { got = f }}
		d.judgeStanding("House", c.of, isFault)
		if got.Status != c.as || !strings.Contains(got.Found+got.Mend, c.says) || c.as != "" && !strings.HasPrefix(got.Found, "House: ") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
