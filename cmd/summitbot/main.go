// Command summitbot is a Discord bot that answers members' questions about
// one article, and shows for every sentence that it posts where it stands in
// it. It also runs a Discord-compatible test server, so that it can be tried
// without Discord. Run it with -help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	env := environment{args: os.Args[1:], getenv: os.LookupEnv, dir: ".", stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	env.read = sync.OnceValues(func() (dotenv, error) { return readDotenv(env.dir) })
	code := exitFailure
	if err := adopt(env); err != nil {
		fmt.Fprintf(env.stderr, "summitbot: %v\n", err)
	} else {
		code = run(ctx, env)
	}
	stop()
	os.Exit(code)
}

// Exit codes of the program.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// A command is one of the program's commands.
type command struct {
	name, summary string
	// run does the work. It reads its own flags from args.
	run func(ctx context.Context, env environment, args []string) error
}

var commands = []command{
	{"local", "try the bot in the browser: test server, page and bot in one", runLocal},
	{"serve", "answer on Discord", runServe},
	{"ask", "answer in the terminal", runAsk},
	{"doctor", "check everything that serve needs, and say how to mend what is wrong", runDoctor},
	{"backup", "write all that is kept into a file", runBackup},
	{"export", "print the questions, answers and votes that are kept", runExport},
	{"expand", "write questions ahead for an article of your own, with a model", runExpand},
	{"eval", "measure how well questions are answered", runEval},
	{"report", "tell what was asked, what the article lacks, and what it took", runReport},
	{"ready", "ask a running serve whether it is ready, for health checks", runReady},
	{"version", "tell what this binary was built from", runVersion},
}

// run runs the program and returns its exit code.
func run(ctx context.Context, env environment) int {
	err := dispatch(ctx, env)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintf(env.stderr, "summitbot: %v\n", err)
		return exitUsage
	case errors.Is(err, errFaults): // which are told already
		return exitFailure
	}
	fmt.Fprintf(env.stderr, "summitbot: %v\n", err)
	return exitFailure
}

// dispatch finds the command that the arguments name and runs it.
func dispatch(ctx context.Context, env environment) error {
	if len(env.args) == 0 {
		return usagef("say what to do\n\n%s", strings.TrimSuffix(helpText(), "\n"))
	}
	name, args := env.args[0], env.args[1:]
	switch {
	case asksFor("help", name) && len(args) == 0:
		_, err := io.WriteString(env.stdout, helpText())
		return err
	case asksFor("help", name): // help serve
		name, args = args[0], []string{"-help"}
	case asksFor("version", name):
		name = "version"
	case len(args) == 1 && args[0] != "version" && asksFor("version", args[0]): // serve --version
		name, args = "version", nil
	}
	var names []string
	for _, c := range commands {
		if c.name == name {
			return c.run(ctx, env, args)
		}
		names = append(names, c.name)
	}
	return usagef("there is no command %q%s (summitbot help lists them)", name, meant("", name, names))
}

// asksFor tells whether an argument asks for the program's help or version, in any
// of the ways that programs know.
func asksFor(what, arg string) bool {
	return slices.Contains([]string{what, "-" + what, "--" + what, "-" + what[:1]}, arg)
}

func helpText() string {
	var s strings.Builder
	s.WriteString("summitbot answers questions about one article on Discord, and shows where it says so.\n\n")
	for _, c := range commands {
		fmt.Fprintf(&s, "  summitbot %-7s %s\n", c.name, c.summary)
	}
	s.WriteString("\nsummitbot help COMMAND tells a command's flags. Settings are read from the environment and from a file\n" +
		".env in the working directory; .env.example lists them all.\n")
	return s.String()
}
