package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"summitbot/retrieval"

	"github.com/caarlos0/env/v11"
)

// dotenvFile is the file with settings, in the working directory.
const dotenvFile = ".env"

const (
	longestDotenv = 1 << 20 // bytes that it may have
	mostFaults    = 5       // that are told of it
)

// origins are the lines of .env that variables stand in, by their names. Those
// of the environment have none.
type origins map[string]int

// at is a variable's name, with where it stands.
func (o origins) at(name string) string {
	if line := o[name]; line > 0 {
		return fmt.Sprintf("%s in line %d of %s", name, line, dotenvFile)
	}
	return name
}

// A dotenv is what a file .env says.
type dotenv struct {
	vars map[string]string
	from origins
}

// A dotenvFault is a line of .env that is not understood. It repeats nothing of
// what stands there, which may be a secret.
type dotenvFault struct {
	line int
	want string
}

// Error names the line, and says what is expected of it.
func (f *dotenvFault) Error() string {
	return fmt.Sprintf("%s is not understood in line %d: %s", dotenvFile, f.line, f.want)
}

// What is expected of a line that is not understood.
const (
	wantLine   = "every line is NAME=value or a # comment"
	wantClosed = "the value's quotation mark is never closed: the same one has to stand behind the value"
	wantBare   = "behind the value's closing quotation mark only a # comment may stand"
	wantText   = "it holds a NUL byte, which no text does: begin anew with a copy of .env.example"
	wantUTF8   = "the file is %s: save it as UTF-8 (in an editor, by Save As; in PowerShell, (Get-Content .env) | Set-Content -Encoding utf8 .env)"
)

// readDotenv reads the file .env of a folder, where there is one. The lines
// that are not understood are told together, up to a number of them.
func readDotenv(dir string) (dotenv, error) {
	f, err := os.Open(filepath.Join(dir, dotenvFile))
	if errors.Is(err, fs.ErrNotExist) {
		return dotenv{}, nil
	}
	if err != nil {
		return dotenv{}, fmt.Errorf("reading %s: %w", dotenvFile, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, longestDotenv+1))
	switch {
	case err != nil:
		return dotenv{}, fmt.Errorf("reading %s: %w", dotenvFile, err)
	case len(text) > longestDotenv:
		return dotenv{}, usagef("%s has more than %d bytes: begin anew with a copy of .env.example", dotenvFile, longestDotenv)
	}
	vars, from, faults := parseDotenv(text)
	if more := len(faults) - mostFaults; more > 0 {
		faults = append(faults[:mostFaults], fmt.Errorf("and so on, in %d lines more", more))
	}
	if len(faults) > 0 {
		return dotenv{}, fmt.Errorf("%w%s", silent{errUsage}, oneLine(errors.Join(faults...)))
	}
	return dotenv{vars, from}, nil
}

// readVars merges the file .env under the environment, and tells where in the
// file what counts of it stands. An empty variable counts as not set.
func readVars(e environment) (vars map[string]string, from origins, err error) {
	file, err := e.dotenv()
	if err != nil {
		return nil, nil, err
	}
	vars, from = map[string]string{}, origins{}
	maps.Copy(vars, file.vars)
	maps.Copy(from, file.from)
	for _, name := range slices.Concat(settingNames(), networkNames, slices.Collect(maps.Keys(retired))) {
		if v, ok := e.getenv(name); ok && v != "" {
			vars[name] = v
			delete(from, name)
		}
	}
	maps.DeleteFunc(vars, func(_, v string) bool { return v == "" })
	return vars, from, nil
}

// oneLine is the text of several errors.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// parseDotenv reads the text of a file .env: lines of NAME=value, perhaps with
// "export" before them, and # comments. Blanks around names and values are
// left out, and what stands behind a value, a blank and a #. A value in
// quotation marks may go on over several lines, and stands for itself, but
// that in double ones \n, \r, \t, \", \\ and \$ are what they are to a shell.
// A $ is a $: variables are not replaced. Of a name that stands there twice
// the last one counts.
func parseDotenv(text []byte) (vars map[string]string, from origins, faults []error) {
	if name := foreignEncoding(text); name != "" {
		return nil, nil, []error{&dotenvFault{1, fmt.Sprintf(wantUTF8, name)}}
	}
	vars, from = map[string]string{}, origins{}
	rest := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
	for at := 1; rest != ""; {
		name, value, n, want := assignment(rest)
		if want != "" {
			faults = append(faults, &dotenvFault{at, want})
		} else if name != "" {
			vars[name], from[name] = value, at
		}
		at += strings.Count(rest[:n], "\n")
		rest = rest[n:]
	}
	return vars, from, faults
}

// foreignEncoding is the encoding of a text, where it is none of ASCII's kin:
// by its byte order mark, or by the NUL bytes beside its first character.
func foreignEncoding(text []byte) string {
	begins := func(marks ...string) bool {
		for _, m := range marks {
			if bytes.HasPrefix(text, []byte(m)) {
				return true
			}
		}
		return false
	}
	nul := func(i int) bool { return i < len(text) && text[i] == 0 }
	switch {
	case begins("\xff\xfe\x00\x00", "\x00\x00\xfe\xff"), nul(1) && nul(2) && nul(3), nul(0) && nul(1) && nul(2):
		return "UTF-32"
	case begins("\xff\xfe", "\xfe\xff"), nul(0) != nul(1):
		return "UTF-16"
	}
	return ""
}

var (
	// variableName matches what a variable may be called.
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	// exporting matches what a shell may want before it.
	exporting = regexp.MustCompile(`^export[\t ]+`)
	// comment matches what may stand behind a value.
	comment = regexp.MustCompile(`(?s)[\t ]#.*`)
)

// assignment reads a line, or several where a value goes on over their ends,
// and returns how many bytes they have. A line without a variable has no name,
// and one that is not understood wants something.
func assignment(text string) (name, value string, n int, want string) {
	line, _, _ := strings.Cut(text, "\n")
	n = min(len(line)+1, len(text))
	if head := strings.TrimLeftFunc(line, retrieval.Blank); head == "" || head[0] == '#' {
		return "", "", n, ""
	}
	if strings.Contains(line, "\x00") {
		return "", "", n, wantText
	}
	name, value, found := strings.Cut(line, "=")
	begin := len(name) + 1
	name = exporting.ReplaceAllString(strings.TrimFunc(name, retrieval.Blank), "")
	if !found || !variableName.MatchString(name) {
		return "", "", n, wantLine
	}
	bare := strings.TrimLeftFunc(value, retrieval.Blank)
	if bare == "" || bare[0] != '\'' && bare[0] != '"' {
		return name, strings.TrimFunc(comment.ReplaceAllString(value, ""), retrieval.Blank), n, ""
	}
	begin += len(value) - len(bare)
	value, length := quoted(text[begin:])
	if length == 0 {
		return "", "", n, wantClosed
	}
	behind, _, _ := strings.Cut(text[begin+length:], "\n")
	n = min(begin+length+len(behind)+1, len(text))
	if behind = strings.TrimLeftFunc(behind, retrieval.Blank); behind != "" && behind[0] != '#' {
		return "", "", n, wantBare
	}
	if strings.Contains(value, "\x00") {
		return "", "", n, wantText
	}
	return name, value, n, ""
}

// escapes are what a character stands for behind a backslash, in double
// quotation marks. Behind all others the backslash is one.
var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\', '$': '$'}

// quoted reads a value that begins with a quotation mark, and returns how many
// bytes it has with both marks; 0 where there is no second one.
func quoted(text string) (value string, length int) {
	mark := text[0]
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		c := text[i]
		switch {
		case c == mark:
			return b.String(), i + 1
		case c == '\\' && mark == '"' && i+1 < len(text) && escapes[text[i+1]] != 0:
			i++
			c = escapes[text[i]]
		}
		b.WriteByte(c)
	}
	return "", 0
}

// retired are settings that there were once, with what to do about them.
var retired = map[string]string{
	"OPENAI_EMBEDDING_MODEL": "leave it out: the program has a sentence encoder of its own (MEANING)",
}

// settingNames are the names of all settings.
func settingNames() []string {
	params, err := env.GetFieldParams(&config{})
	if err != nil {
		panic(err) // a fault in the declaration of config, which every test would meet
	}
	var names []string
	for _, p := range params {
		names = append(names, p.Key)
	}
	return names
}
