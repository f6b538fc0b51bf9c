package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"summitbot/bot/discord/inspect"
	"summitbot/bot/llm"
)

const doctorUsage = `usage: summitbot doctor [-json]

Checks everything that "serve" needs: the settings, the articles, the folder
for what is kept, Discord and the bot's standing there, and the model. Each
line says ok, warning, fault or skipped, and below it how to mend what is
wrong. It changes nothing, and may run while "serve" does. A model is asked
two questions, the longer one with as much text as it may ever be shown. The
exit code is 1 when there is a fault.

`

// health is what comes of a check.
type health string

const (
	isOK      health = "ok"
	isWarning health = "warning" // the bot works, but not as well as it could
	isFault   health = "fault"   // the bot does not work, or a part of it does not
	isSkipped health = "skipped" // an earlier check has to be well first
)

// A finding is one line of what the doctor says. It holds nothing secret.
type finding struct {
	Check  string `json:"check"`
	Status health `json:"status"`
	Found  string `json:"found"`
	Mend   string `json:"mend"` // what to do about it; empty when there is nothing to say
	// command is a command line that mends it, empty for none. In JSON it
	// stands at the end of Mend.
	command string
}

// errFaults ends the program with the exit code for failure.
var errFaults = errors.New("there are faults")

// A doctor carries out the checks, one after the other.
type doctor struct {
	environment
	tell func(finding)
	// cause names the check that has to be well first, by what cannot be
	// relied on: a check, or a setting.
	cause map[string]string
	count map[health]int

	cfg       config
	patience  time.Duration      // for each check of Discord
	inspector *inspect.Inspector // nil without a token that can be one
	app       inspect.Application
	servers   []inspect.Server // those that are looked at
	model     *llm.Client      // nil without a model
	every     time.Duration    // how often a check that waits says so; 0 means every 5 s
}

// A check finds out about one thing. It is skipped when one of what it needs,
// checks or settings, is not well.
type check struct {
	name  string
	needs []string
	// run tells what it finds. It is false when what needs this check cannot
	// be checked.
	run func(d *doctor, ctx context.Context) (well bool)
}

// runDoctor checks what the program needs.
func runDoctor(ctx context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("doctor", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "print one JSON array of {check, status, found, mend}")
	if err := parseFlags(env, fs, args, doctorUsage, false); err != nil {
		return err
	}
	out := sheet{w: env.stdout, colour: colourful(env)}
	all := []finding{}
	d := &doctor{environment: env, cause: map[string]string{}, count: map[health]int{}, patience: discordPatience}
	d.tell = func(f finding) {
		if ctx.Err() != nil {
			return // all that is found now is that the doctor is interrupted
		}
		d.count[f.Status]++
		if !*asJSON {
			out.line(f)
			return
		}
		f.Mend = strings.TrimSpace(f.Mend + " " + f.command)
		all = append(all, f)
	}
	defer d.close()
	for _, c := range checks {
		d.check(ctx, c)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("the checks are not all done: %w", err)
		}
	}
	if *asJSON {
		e := json.NewEncoder(env.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(all); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	} else {
		out.sum(d.count)
	}
	if out.err != nil {
		return fmt.Errorf("printing: %w", out.err)
	}
	if d.count[isFault] > 0 {
		return errFaults
	}
	return nil
}

// checks are all checks, in the order in which they are carried out.
var checks = []check{
	{"settings", nil, (*doctor).checkSettings},
	{"articles", []string{"ARTICLES"}, (*doctor).checkArticles},
	{"data", []string{"DATA_DIR"}, (*doctor).checkFolder},
	{"disk", []string{"data"}, (*doctor).checkDisk},
	{"database", []string{"data"}, (*doctor).checkDatabase},
	{"token", []string{"DISCORD_TOKEN", "DISCORD_API_URL"}, asking((*doctor).checkToken)},
	{"clock", []string{"discord", "DISCORD_API_URL"}, (*doctor).checkClock},
	{"invite", []string{"token"}, (*doctor).checkInvite},
	{"interactions", []string{"token"}, (*doctor).checkInteractions},
	{"intents", []string{"token", "MESSAGE_CONTENT"}, (*doctor).checkIntents},
	{"gateway", []string{"token"}, asking((*doctor).checkGateway)},
	{"servers", []string{"token", "DISCORD_GUILD_ID"}, asking((*doctor).checkServers)},
	{"commands", []string{"token", "DISCORD_GUILD_ID"}, asking((*doctor).checkCommands)},
	{"permissions", []string{"servers", "CHANNELS"}, asking((*doctor).checkPermissions)},
	{"model", []string{"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_JSON", "OPENAI_TIMEOUT", "OPENAI_PARALLEL"}, (*doctor).checkModel},
	{"context", []string{"model", "json", "CONTEXT_TOKENS"}, (*doctor).checkContext},
	{"judge", []string{"model", "json", "articles", "OPENAI_JUDGE", "OPENAI_JUDGE_MODEL", "OPENAI_JUDGE_BASE_URL", "OPENAI_JUDGE_API_KEY", "OPENAI_JUDGE_FORM"}, (*doctor).checkJudge},
}

// discordPatience is how long each check of Discord may take: somebody waits for
// what the doctor says.
const discordPatience = 15 * time.Second

// asking is a check that asks Discord, and ends when its time is over.
func asking(run func(d *doctor, ctx context.Context) bool) func(d *doctor, ctx context.Context) bool {
	return func(d *doctor, ctx context.Context) bool {
		ctx, cancel := context.WithTimeout(ctx, d.patience)
		defer cancel()
		return run(d, ctx)
	}
}

// check carries out a check, or says why it cannot be.
func (d *doctor) check(ctx context.Context, c check) {
	for _, need := range append([]string{"settings"}, c.needs...) {
		if cause := d.cause[need]; cause != "" && c.name != "settings" {
			d.skip(c.name, cause)
			return
		}
	}
	if !c.run(d, ctx) && d.cause[c.name] == "" {
		d.cause[c.name] = c.name
	}
}

// skip says that a check has to wait for another one.
func (d *doctor) skip(name, cause string) {
	d.cause[name] = cause
	d.say(name, isSkipped, "not checked: it needs "+cause, "")
}

// say tells a finding, with how to mend it in words and, where there is one, a
// command line that does.
func (d *doctor) say(name string, s health, found, mend string, command ...string) {
	d.tell(finding{name, s, printable(found), printable(mend), printable(strings.Join(command, " "))})
}

func (d *doctor) ok(name, format string, args ...any) {
	d.say(name, isOK, fmt.Sprintf(format, args...), "")
}

// close lets go of connections.
func (d *doctor) close() {
	if d.inspector != nil {
		d.inspector.Close()
	}
	if d.model != nil {
		d.model.Close()
	}
}

// printable is a text on one line without what a terminal would act on: names
// of servers, channels and models are strangers' words.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// A sheet prints findings for people.
type sheet struct {
	w      io.Writer
	colour bool
	err    error // the first of writing
}

// The sheet's measures, in characters.
const (
	statusWidth = 9
	checkWidth  = 14
	lineWidth   = 100
)

// colours are the codes of a terminal for statuses.
var colours = map[health]string{isOK: "\x1b[32m", isWarning: "\x1b[33m", isFault: "\x1b[1;31m", isSkipped: "\x1b[2m"}

// paint is a text in the colour.
func (s *sheet) paint(of health, text string) string {
	if !s.colour {
		return text
	}
	return colours[of] + text + "\x1b[0m"
}

// line prints a finding: how it is, its check, what was found, and below
// that how to mend it.
func (s *sheet) line(f finding) {
	var b bytes.Buffer
	b.WriteString(s.paint(f.Status, fmt.Sprintf("%-*s", statusWidth, f.Status)))
	fmt.Fprintf(&b, "%-*s", checkWidth, f.Check)
	wrap(&b, f.Found, statusWidth+checkWidth)
	if f.Mend != "" {
		fmt.Fprintf(&b, "%*s→ ", statusWidth+checkWidth, "")
		wrap(&b, f.Mend, statusWidth+checkWidth+2)
	}
	if f.command != "" { // on one line, to be copied
		fmt.Fprintf(&b, "%*s%s\n", statusWidth+checkWidth+2, "", f.command)
	}
	s.write(b.Bytes())
}

// sum prints how many findings there are of each kind.
func (s *sheet) sum(count map[health]int) {
	var parts []string
	for _, of := range []struct {
		health
		one, many string
	}{{isFault, "fault", "faults"}, {isWarning, "warning", "warnings"}, {isSkipped, "skipped", "skipped"}, {isOK, "ok", "ok"}} {
		switch n := count[of.health]; n {
		case 0:
		case 1:
			parts = append(parts, s.paint(of.health, "1 "+of.one))
		default:
			parts = append(parts, s.paint(of.health, fmt.Sprintf("%d %s", n, of.many)))
		}
	}
	s.write([]byte("\n" + strings.Join(parts, ", ") + "\n"))
}

func (s *sheet) write(text []byte) {
	if _, err := s.w.Write(text); s.err == nil {
		s.err = err
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

// colourful says whether standard output is a terminal that shows colours.
func colourful(env environment) bool {
	f, ok := env.stdout.(*os.File)
	if !ok {
		return false
	}
	if v, _ := env.getenv("NO_COLOR"); v != "" {
		return false
	}
	if v, _ := env.getenv("TERM"); v == "" || v == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}
